//! HubSpot: its objects, its routes and its wording of errors.
#![allow(dead_code)]

mod errors;
mod record;
mod search;
mod types;
mod wire;
