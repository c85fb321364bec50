//! Files that people write: read as YAML, and what is wrong with one told with its place. Knows no
//! file's meaning.

mod members;
mod source;

pub(crate) use members::Members;
pub(crate) use source::Source;
pub use source::{Malformed, Wrong};
