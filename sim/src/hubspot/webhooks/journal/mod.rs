//! The webhooks journal: events that an app fetches itself, in files, by a token of its own
//! (facts/hubspot-limits-webhooks-auth.md §7). Only the public app has such a token, so there is one journal.

mod answer;
mod ask;
mod body;
mod event;
mod file;
mod filter;
mod hear;
mod snapshot;
mod state;
mod subscriptions;

pub(crate) use ask::route;
pub(crate) use state::Journal;
