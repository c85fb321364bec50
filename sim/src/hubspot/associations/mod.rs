//! Associations: which records stand in relation to which, as what, and the API that says so
//! (facts/hubspot-crm.md §6). What a record is, and what it reads like, is the record API's.

mod answer;
mod ask;
mod batch;
mod body;
mod check;
mod definitions;
mod inline;
mod labels;
mod maxima;
mod refusal;
mod saved;
mod searched;
mod shown;
mod store;
mod usage;
mod v3;
mod wire;

#[cfg(test)]
mod tests;

pub(crate) use ask::route;
pub(crate) use body::Inline;
pub(crate) use definitions::Category;
pub(crate) use inline::{check, check_one, tie};
pub(crate) use refusal::not_permitted;
pub(crate) use saved::{Put, SavedType, TYPE_ID_MAX};
pub(crate) use searched::{Linked, PREFIX, asked};
pub(crate) use shown::{Asked, Shown};
pub(crate) use store::{Associations, Tied};
pub(crate) use usage::Near;
