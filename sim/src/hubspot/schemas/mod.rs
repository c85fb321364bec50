//! Object types of a portal's own, and what the schemas API tells of HubSpot's: a type is made with its
//! table, so that its records are written, read and searched at once.

mod answer;
mod ask;
mod associations;
mod body;
mod change;
mod create;
mod json;
mod state;

pub(crate) use ask::route;
pub(crate) use state::{Definition, SAVED_ID_MAX, Schema, Schemas};
