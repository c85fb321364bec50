//! Webhooks of the private app: what it subscribed to, the events that changes make, and how HubSpot
//! words them (facts/hubspot-limits-webhooks-auth.md §5, §6). When they leave is for `deliver` to say.

mod channel;
mod event;
mod hear;
mod letters;
mod subscription;

pub(crate) use hear::Webhooks;
pub use letters::{Letters, NoLetters};
pub use subscription::Subscription;
