//! Scenarios as files: what a script says, read and checked, with the place of each step. Plays nothing.

mod file;
mod form;
mod schema;
mod word;

pub use file::{Script, Step};
pub(crate) use form::misfits;
pub use schema::schema;
pub(crate) use word::{Action, Word};
