//! What a world tells its journal. These types borrow; the journal copies out what it keeps.

use serde::{Deserialize, Serialize};

use crate::{Moment, SystemName};

/// Who caused a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The program under test, by a call.
    Integration,
    /// Whoever runs the test, by the control API or the library.
    Tester,
    /// The simulated system itself, with no call behind it.
    System,
}

/// One request and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    pub at: Moment,
    pub system: SystemName,
    /// The account the credential named; empty where none was recognised.
    pub account: &'a str,
    pub app: &'a str,
    /// What the tester calls the app; empty where a system has but one.
    pub app_name: &'a str,
    /// Which of the credentials that its system gave out was shown; 0 where none was recognised.
    pub credential: u64,
    /// The scopes of which the call needed one, with a space between each; empty where it needed none.
    pub scopes: &'a str,
    pub operation: &'a str,
    pub method: &'a str,
    /// Path and query as sent.
    pub target: &'a str,
    /// The connection it came by, counted from 1 in its world; 0 where there was none: a gateway's
    /// call to a system of the same world.
    pub connection: u64,
    pub user_agent: &'a str,
    pub status: u16,
    pub took_effect: bool,
    /// The limit that refused the call.
    pub limit: Option<&'a str>,
    /// The fault that struck it.
    pub fault: Option<&'a str>,
    pub correlation: &'a str,
}

/// One call made outwards by a system, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// When it was answered or given up.
    pub at: Moment,
    pub sent_at: Moment,
    pub system: SystemName,
    pub account: &'a str,
    pub app: &'a str,
    pub url: &'a str,
    /// 0 for the first, counted up with each retry.
    pub attempt: u32,
    /// How many events it carried.
    pub events: u64,
    /// How it differs from a genuine one.
    pub forged: Option<&'a str>,
    /// The answer's; none where there was no answer.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub failure: Option<&'a str>,
}

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Created,
    Updated,
    Archived,
    /// Made out of two others.
    Merged,
    /// Gone into another, under whose id it is found from now on.
    Absorbed,
    /// Gone for good, for privacy's sake.
    Deleted,
    /// Archived once, and back among the live ones with all its values.
    Restored,
}

impl ChangeKind {
    /// Whether the record is not among the live ones any more.
    #[must_use]
    pub const fn ends(self) -> bool {
        matches!(self, Self::Archived | Self::Absorbed | Self::Deleted)
    }
}

/// What happened to a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultEvent {
    /// It will strike the calls it is meant for.
    Armed,
    /// It struck one.
    Struck,
    /// It will strike no more.
    Cleared,
}

/// What happened to a world as a whole, by the tester's hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorldEvent {
    /// It was emptied: records, counters, faults and all but the first credentials.
    Reset,
    /// What it remembers was put by; it goes on as it is.
    Snapshot,
    /// What was put by is what it remembers again.
    Restored,
}

/// Where a forked world's journal branched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The id of the world that was forked.
    pub world: String,
    /// The last entry of its journal at that moment; 0 if it had none.
    pub n: u64,
}
