//! The published form of a load's report, whose schema `standin schema load` prints. It says what was measured and
//! computes nothing.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

/// What `standin load` writes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "load", rename_all = "snake_case")]
pub enum LoadReport {
    /// A population brought over by an integration.
    Target(Box<TargetLoad>),
    /// Webhooks sent to a receiver.
    Receiver(Box<ReceiverLoad>),
}

/// A population brought over. All but `took_ms` is read off the journal.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TargetLoad {
    /// The version of Standin that wrote it.
    pub standin: String,
    /// The target file, or `reference`.
    pub target: String,
    pub seed: u64,
    /// HubSpot's tier.
    pub profile: String,
    /// By which time the target lives: `real`, `faketime` or `cooperating`. The world's goes with it.
    pub time: String,
    /// How long it could take, in milliseconds of world time.
    pub within_ms: i64,
    /// Customers that the master held.
    pub records: u64,
    /// Records of the copy that the target made or changed, and that are as the contract asks.
    pub moved: u64,
    /// Those that it made or changed and that are not, though it had left them for five seconds of world time.
    pub wrong: u64,
    /// Whether the copy then held all that the contract asks for.
    pub drained: bool,
    /// What it did not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lacks: Option<String>,
    /// Why it ended before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broke_off: Option<String>,
    /// It was interrupted: what is told is how far it had come.
    pub interrupted: bool,
    /// World time from the start of the target to its last write, in milliseconds. Where a target cooperates, the
    /// time it spends at work is none: what is left are the waits that limits and its own pauses cost.
    pub drain_ms: i64,
    /// The least that the limits allow for the useful calls of all systems: the longest `useful.least_ms`.
    pub ideal_ms: i64,
    /// Records moved in a second of world time; absent where it took none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records_per_second: Option<f64>,
    /// Of the enforced limits, the one that was used most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tightest: Option<Tightest>,
    pub systems: Vec<SystemLoad>,
    /// Calls and refusals over the drain, in equal spans; those without a call are left out.
    pub over_time: Vec<Moment429>,
    /// The length of those spans, in milliseconds of world time.
    pub span_ms: i64,
    /// Real time that all of it took, in milliseconds.
    pub took_ms: u64,
}

/// The limit that was used most.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Tightest {
    pub system: &'static str,
    pub limit: String,
    /// What was used of it in its fullest window, from 0 to 1.
    pub peak_share: f64,
    /// What was used of all that it let through over the drain, from 0 to 1.
    pub used_share: f64,
}

/// The calls of the target to one system, from its start to its last write.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SystemLoad {
    pub system: &'static str,
    pub calls: u64,
    /// Calls that a limit refused.
    pub refused: u64,
    pub refused_share: f64,
    /// Calls that were answered 4xx or 5xx and refused by no limit.
    pub failed: u64,
    pub failed_share: f64,
    /// Calls that wrote records of the copy, and records in each of them on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records_per_write: Option<f64>,
    /// What the work could have been done with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub useful: Option<Useful>,
    pub limits: Vec<LimitUse>,
}

/// The fewest calls that the work takes, and how fast the limits let them through.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Useful {
    pub calls: u64,
    /// How they are counted.
    pub formula: String,
    /// How much of what was called they are, from 0 to 1.
    pub share: f64,
    /// World time that they take if each is made as soon as all limits let it through, in milliseconds.
    pub least_ms: i64,
}

/// How a limit was used.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LimitUse {
    pub limit: String,
    /// Calls that it lets through in a window.
    pub size: u64,
    /// The window, in milliseconds; absent where it is a local day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_ms: Option<i64>,
    /// Whether it refuses calls, or is only told in headers.
    pub enforced: bool,
    /// Calls that it counted.
    pub counted: u64,
    /// Calls that it refused.
    pub refused: u64,
    /// The most that counted at one instant.
    pub peak: u64,
    /// That, as a share of its size.
    pub peak_share: f64,
    /// When that was first so, in milliseconds from the start.
    pub peak_at_ms: i64,
    /// What it would have let through over the drain: its size for each window begun.
    pub allowed: u64,
    /// What was counted, as a share of that.
    pub used_share: f64,
}

/// A span of the drain.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Moment429 {
    /// Its beginning, in milliseconds from the start.
    pub at_ms: i64,
    pub calls: u64,
    pub refused: u64,
}

/// Webhooks sent to a receiver. Times are real.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReceiverLoad {
    pub standin: String,
    pub receiver: String,
    /// Events that were sent.
    pub events: u64,
    /// It was interrupted: there were more to be sent.
    pub interrupted: bool,
    /// The eventId of the first of them, from which all are counted; likewise the records' ids.
    pub first_id: u64,
    pub requests: u64,
    pub events_per_request: u64,
    /// Requests that were sent twice on purpose, as HubSpot may: their events are not counted again in `events`.
    pub repeated: u64,
    /// Requests under way at once, at the most.
    pub concurrency: usize,
    /// Events a second that were to be sent.
    pub rate: f64,
    /// Within how many milliseconds the head of an answer is to come; then a request is given up.
    pub deadline_ms: u64,
    pub took_ms: u64,
    /// Events that were answered 2xx in time, a second.
    pub events_per_second: f64,
    /// Requests sent, a second.
    pub requests_per_second: f64,
    /// Events that were answered 2xx in time.
    pub answered: u64,
    pub answered_share: f64,
    /// Events that were not: nothing is tried again here.
    pub lost: u64,
    /// Requests by what came of them: a status, or `deadline`, `refused`, `broken`.
    pub outcomes: BTreeMap<String, u64>,
    /// From when a request was to be sent, a wait for one of the places included, to the head of its answer or its
    /// deadline.
    /// Requests that met no receiver are left out.
    pub latency: Latency,
    /// From when it was sent.
    pub service: Latency,
    /// What `--observe` told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<Observed>,
    /// Why it tells nothing of events that were taken twice or not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_observed: Option<String>,
}

/// Milliseconds that requests took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Latency {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub max: f64,
}

/// What the receiver has done with the events, by its own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Observed {
    /// Events that it took meanwhile.
    pub taken: u64,
    /// Events among them that it took for the first time; absent where it does not tell them apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distinct: Option<u64>,
    /// Events that it answered 2xx, and has not taken; where it does not tell them apart, this many at the least.
    pub missing: u64,
    /// Events that it took once more. Where it does not tell them apart: what it took beyond all that were sent; absent
    /// if that is none, for then nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubled: Option<u64>,
}
