//! HubSpot: its objects, its routes and its wording of errors.

mod account;
mod batch;
mod batch_reply;
mod body;
mod errors;
mod object;
mod phone;
mod query;
mod read;
mod record;
mod room;
mod routes;
mod search;
mod table;
mod tester;
mod types;
mod unique;
mod validate;
mod wire;
mod write;
mod wrong_json;

#[cfg(test)]
mod tests;

pub(crate) use room::{Hubspot, State};
