//! Files that people write: read as YAML, and what is wrong with one told with its place. Knows no
//! file's meaning.

mod members;
mod places;
mod source;

pub(crate) use members::Members;
pub(crate) use places::Places;
pub(crate) use source::Source;
pub use source::{Malformed, Wrong};
