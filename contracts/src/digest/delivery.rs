//! A webhook that was sent to the target: whether a receiver is to believe it, and what it tells.

use serde_json::Value;
use sim::journal::Delivered;
use sim::{Forgery, Moment};

use super::reading::{json, text_of};

/// A webhook that was sent to the target.
pub(crate) struct Delivery<'t> {
    pub(crate) n: u64,
    pub(crate) at: Moment,
    pub(crate) what: &'t Delivered,
}

/// What a receiver is to make of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worth {
    /// Signed well: to be believed.
    Believed,
    /// Signed well, and to be believed or not, as the receiver sees fit.
    Either,
    /// Signed well, and too old.
    Stale,
    /// By somebody else, or changed since.
    Forged,
}

impl Worth {
    fn of(forgery: Forgery) -> Self {
        match forgery {
            Forgery::NearlyStale
            | Forgery::ReEncoded
            | Forgery::ChangedHost
            | Forgery::SlowSending
            | Forgery::SlowReading
            | Forgery::DroppedAfterBody => Self::Believed,
            // By the first signature alone; or for an address that nobody has told the receiver.
            Forgery::V1Only | Forgery::UnknownHost | Forgery::QueryString | Forgery::EscapedQuery => Self::Either,
            Forgery::Stale => Self::Stale,
            Forgery::WrongSecret | Forgery::Unsigned | Forgery::Altered | Forgery::V1WrongSecret => Self::Forged,
        }
    }
}

/// What the journal says of one whose sender did not wait for an answer.
const LEFT: &str = "left";

impl Delivery<'_> {
    /// How it differs from a plain one, if it does.
    pub(crate) fn forgery(&self) -> Option<Forgery> {
        self.what.forged.as_deref().and_then(Forgery::find)
    }

    pub(crate) fn worth(&self) -> Worth {
        match (&self.what.forged, self.forgery()) {
            (None, _) => Worth::Believed,
            (Some(_), Some(forgery)) => Worth::of(forgery),
            // Of a journal that knows more than this program.
            (Some(_), None) => Worth::Forged,
        }
    }

    /// Whether its signature is good, so that a receiver may believe it.
    pub(crate) fn is_genuine(&self) -> bool {
        matches!(self.worth(), Worth::Believed | Worth::Either)
    }

    /// Whether it was turned away: whoever answers 429 would have turned any away.
    pub(crate) fn is_turned_away(&self) -> bool {
        self.what.status.is_some_and(|status| (400..500).contains(&status) && status != 429)
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
