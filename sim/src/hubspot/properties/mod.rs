//! Property definitions and their groups: what the properties API reads and changes.

pub(crate) mod json;
