//! A webhook that was sent to the target: whether a receiver is to believe it, and what it tells.

use serde_json::Value;
use sim::Moment;
use sim::journal::Delivered;

use super::reading::{json, text_of};

/// A webhook that was sent to the target.
pub(crate) struct Delivery<'t> {
    pub(crate) n: u64,
    pub(crate) at: Moment,
    pub(crate) what: &'t Delivered,
}

/// Deliveries that are odd, signed well, and to be believed.
const ODD: [&str; 7] = [
    "nearly-stale",
    "re-encoded",
    "changed-host",
    "query-string",
    "slow-sending",
    "slow-reading",
    "dropped-after-body",
];

/// Those that are signed well, and to be believed or not, as the receiver sees fit.
const EITHER: [&str; 3] = ["v1-only", "unknown-host", "escaped-query"];

/// What the journal says of one whose sender did not wait for an answer.
const LEFT: &str = "left";

impl Delivery<'_> {
    /// Whether its signature is good, so that a receiver may believe it.
    pub(crate) fn is_genuine(&self) -> bool {
        self.what.forged.as_deref().is_none_or(|how| ODD.contains(&how) || EITHER.contains(&how))
    }

    /// Whether it was answered as taken.
    pub(crate) fn is_accepted(&self) -> bool {
        self.what.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether all of it was sent, and nobody waited to hear what became of it.
    pub(crate) fn was_left(&self) -> bool {
        self.what.failure.as_deref() == Some(LEFT)
    }

    /// What it tells.
    pub(crate) fn events(&self) -> Vec<Value> {
        match json(self.what.request_body.as_ref()) {
            Some(Value::Array(events)) => events,
            _ => Vec::new(),
        }
    }

    /// The ids of the records that its events are about.
    pub(crate) fn named(&self) -> Vec<String> {
        self.events().iter().filter_map(|event| text_of(&event["objectId"])).collect()
    }
}
