//! The limits tracking API: how far an account uses what its plan lets it keep. It reads what refuses
//! too many and refuses nothing itself.

mod answer;
mod ask;
mod associations;
mod json;

pub(crate) use ask::route;
