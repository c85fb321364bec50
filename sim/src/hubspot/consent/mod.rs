//! Communication preferences: who may be written to.

mod state;

pub(crate) use state::{Consent, Said, show};
