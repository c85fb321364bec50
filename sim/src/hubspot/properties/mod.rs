//! Property definitions, their groups and a portal's own rules for values: what the properties and
//! property validations APIs read and change.

mod answer;
mod ask;
mod batch;
pub(crate) mod body;
pub(crate) mod define;
mod formula;
mod groups;
pub(crate) mod json;
mod validations;

pub(crate) use ask::route;
pub(crate) use define::is_field_type;
pub(crate) use validations::route as validations;
