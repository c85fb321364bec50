//! The retail topology: customers of the Oracle master, read through its gateway, become HubSpot contacts;
//! opt-outs and people who come in by HubSpot flow back.

mod carry;
mod contacts;
mod content;
mod customers;
mod delta;
mod events;
mod fallback;
mod hand;
mod inbox;
mod listener;
mod load;
mod search;
mod serve;
mod signature;
mod singly;
mod store;

pub use load::{Failed, Summary, load};
pub use serve::serve;
