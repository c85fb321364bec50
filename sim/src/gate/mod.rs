//! The doors before an act: limits and tokens, as plain functions on state. They read no clock and
//! know no system; what a refusal says is the system's to word.

mod limits;
mod tokens;

pub use limits::{Charge, Decision, Limits, Reading, Readings, advertised};
pub use tokens::{Grant, Tokens};
