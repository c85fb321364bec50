//! Pipelines and their stages (facts/hubspot-crm.md §10): what a portal has from its first day, how they
//! are changed, and what a record's stage says of the record. Records themselves are not written here.

mod answer;
mod ask;
mod audit;
mod change;
mod check;
mod rules;
mod state;
mod wire;

pub(crate) use ask::route;
pub(crate) use change::give_properties;
pub(crate) use check::{is_state, probability};
pub(crate) use state::{Metadata, Pipeline, PipelineStage, Pipelines};
