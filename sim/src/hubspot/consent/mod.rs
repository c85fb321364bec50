//! Communication preferences: who may be written to, and what the API says of it.

mod answer;
mod ask;
mod bulk;
mod state;

pub(crate) use answer::Definition;
pub(crate) use ask::route;
pub(crate) use state::{Consent, Said, show};
