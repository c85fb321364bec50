//! Whether a value may be written to a property, and the text under which it is kept.

mod accept;
mod email;
mod options;
mod refusal;
mod rules;
mod value;

#[cfg(test)]
mod tests;

pub(crate) use accept::{Accepted, Rules, accept};
pub(crate) use email::address;
pub(crate) use refusal::{Invalid, problem};
pub(crate) use rules::{Check, RuleType};
