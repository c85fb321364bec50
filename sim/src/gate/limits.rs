//! Counting calls against a policy's limits.

use jiff::tz::TimeZone;

use crate::Moment;
use crate::policy::GatePolicy;

/// What one call counts towards.
#[derive(Clone, Copy, Debug)]
pub struct Charge<'a> {
    /// The limit classes of the operation; a limit that names a class counts only calls that carry it.
    pub classes: &'a [&'static str],
    pub account: u64,
    pub app: u64,
    /// The caller's address (IPv6 grouped as the system groups it).
    pub client: u64,
    /// The account's time zone, where a daily quota turns.
    pub time_zone: &'a TimeZone,
}

/// Where a limit stands after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The limit's place in the policy's list.
    pub limit: usize,
    pub size: u64,
    pub remaining: u64,
    /// When the oldest call in the window stops counting, or the window or quota turns.
    pub frees_at: Moment,
}

/// What the limits say of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Passed(Vec<Reading>),
    /// The first limit in the policy's order that has no room; the readings are of all that apply.
    Refused {
        limit: usize,
        frees_at: Moment,
        readings: Vec<Reading>,
    },
}

/// The counters of one system in one world.
#[derive(Clone, Debug, Default)]
pub struct Limits {}

impl Limits {
    /// Counts one call, or refuses it. All limits that apply are asked before any is charged.
    pub fn decide(&mut self, _policy: &GatePolicy, _charge: &Charge<'_>, _at: Moment) -> Decision {
        Decision::Passed(Vec::new())
    }
}
