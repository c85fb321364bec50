//! Webhooks of the portal's apps: what each subscribed to, the events that changes make, and how HubSpot
//! words them (facts/hubspot-limits-webhooks-auth.md §5, §6). When they leave is for `deliver` to say.

mod answer;
mod apps;
mod ask;
mod channel;
pub mod envelope;
mod event;
mod facts;
mod hear;
mod journal;
mod kind;
mod letters;
mod sample;
mod set_up;
mod subscription;

pub(crate) use apps::{Hooks, Merger};
pub(crate) use ask::route;
pub(crate) use journal::{Journal, route as journal_route};
pub use letters::{Letters, NoLetters};
pub use sample::{SampleEvent, webhook_event_types};
pub(crate) use set_up::{Asked, Shown, given};
pub use subscription::Subscription;
