//! Scenarios as files: what a script says, read and checked, with the place of each step. Plays nothing.

mod file;
mod schema;
mod word;

pub use file::{Script, Step};
pub use schema::schema;
pub(crate) use word::{Action, Word};
