//! Communication preferences: who may be written to, and what the API says of it.

mod answer;
mod ask;
mod state;

pub(crate) use answer::{Definition, answer};
pub(crate) use ask::{Ask, route};
pub(crate) use state::{Consent, Said, show};
