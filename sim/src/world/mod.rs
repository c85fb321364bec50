//! A world: its time, its chance, and the one step by which a request changes it.

mod moment;
mod seed;
pub(crate) mod step;

pub use moment::{BadMoment, BadSpan, Moment, parse_span};
pub use seed::Seed;
