//! The owners of a portal: who records may belong to (facts/hubspot-crm.md §10). They are read only; a
//! portal has the same ones all its life.

mod ask;
mod people;

pub(crate) use ask::route;
pub(crate) use people::Owners;
