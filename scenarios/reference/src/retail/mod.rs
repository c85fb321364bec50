//! The retail topology: customers of the Oracle master, read through its gateway, become HubSpot
//! contacts.

mod contacts;
mod customers;
mod load;

pub use load::{Failed, Summary, load};
