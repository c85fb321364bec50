//! Retail Express: its REST API, versions 2 and 2.1, as far as customers go.
//!
//! The front is a gateway and speaks one dialect of errors, the service behind it another; both
//! are kept. What a record looks like, who may write what and what can be filtered stands in one
//! table, [`fields`]. Nothing here counts calls, reads a clock or keeps a token.

mod columns;
mod credentials;
mod errors;
mod fields;
mod list;
mod query;
mod record;
mod routes;
mod settings;
mod shown;
mod state;
mod system;
mod tester;
mod time;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use credentials::Credentials;
pub(crate) use state::State;
pub(crate) use system::RetailExpress;
pub(crate) use tester::{Told, customer_of};
