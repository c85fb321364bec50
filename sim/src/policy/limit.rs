//! One limit of a policy: how it counts, whom it counts together, which calls it counts.

use std::num::NonZeroU64;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};

use super::{Figure, Millis};

/// One limit of a policy.
///
/// A call is counted by the limits that apply to it; it is refused by an enforced one that has
/// already counted `size` plus `slack` calls in its window.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    pub id: String,
    pub kind: LimitKind,
    /// What is counted apart; empty counts everything together.
    pub scope: Vec<Scope>,
    /// Counts only calls that carry one of these classes; empty counts all.
    pub classes: Vec<String>,
    /// Calls that carry one of these classes are not counted.
    pub exempt: Vec<String>,
    /// Whether it refuses calls (the default), or is only advertised.
    pub enforced: Option<Figure<bool>>,
    /// Whether a refused call is counted too; by default it is not.
    pub counts_refused: Option<Figure<bool>>,
    /// Calls let through beyond the published size, where the vendor's own counting is loose.
    pub slack: Option<Figure<u64>>,
    pub size: Figure<NonZeroU64>,
    /// In which of the system's wordings it refuses, where the system has several.
    pub told_as: Option<String>,
}

/// How a limit counts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LimitKind {
    /// A call at `t` counts at every instant before `t + per`.
    RollingWindow { per: Figure<Millis> },
    /// Windows of one length, end to end from their anchor; a window holds its start, not its end.
    FixedWindow { per: Figure<Millis>, anchor: Figure<Anchor> },
    /// A local day, from the first instant at which the wall clock has reached `resets_at`.
    DailyQuota { resets_at: Figure<Time>, time_zone: Figure<Zone> },
}

/// Where fixed windows begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// 1970-01-01T00:00:00Z, so that a window of a second, minute or day is the clock's.
    Epoch,
    /// The first counted call after the window before has ended.
    FirstCall,
    /// The world's start.
    AccountStart,
}

/// What a limit tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Account,
    App,
    Client,
}

/// Whose midnight turns a daily quota: `account`, or the IANA name of a zone.
#[derive(Clone, Debug, PartialEq)]
pub enum Zone {
    Account,
    Named(TimeZone),
}

impl Limit {
    /// A limit with nothing but a size: it applies to all calls, is enforced, and has no slack.
    #[must_use]
    pub fn new(id: impl Into<String>, kind: LimitKind, scope: &[Scope], size: Figure<NonZeroU64>) -> Self {
        Self {
            id: id.into(),
            kind,
            scope: scope.to_vec(),
            classes: Vec::new(),
            exempt: Vec::new(),
            enforced: None,
            counts_refused: None,
            slack: None,
            size,
            told_as: None,
        }
    }

    /// Whether it counts a call of these classes.
    #[must_use]
    pub fn applies(&self, classes: &[&str]) -> bool {
        let carries = |names: &[String]| names.iter().any(|name| classes.contains(&name.as_str()));
        (self.classes.is_empty() || carries(&self.classes)) && !carries(&self.exempt)
    }

    /// Calls it lets through in one window: its size and its slack.
    #[must_use]
    pub fn room(&self) -> u64 {
        let slack = self.slack.as_ref().map_or(0, |slack| slack.value);
        self.size.value.get().saturating_add(slack)
    }

    #[must_use]
    pub fn is_enforced(&self) -> bool {
        self.enforced.as_ref().is_none_or(|enforced| enforced.value)
    }

    #[must_use]
    pub fn counts_refused(&self) -> bool {
        self.counts_refused.as_ref().is_some_and(|counts| counts.value)
    }
}

impl LimitKind {
    /// The length of its windows in milliseconds; none where a window is a local day.
    #[must_use]
    pub fn per(&self) -> Option<i64> {
        match self {
            Self::RollingWindow { per } | Self::FixedWindow { per, .. } => Some(per.value.0),
            Self::DailyQuota { .. } => None,
        }
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
        if name == "account" {
            return Ok(Self::Account);
        }
        zone(&name).map(Self::Named).map_err(serde::de::Error::custom)
    }
}

/// Looks up a zone by its IANA name.
pub(super) fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| format!("unknown time zone `{name}`; write an IANA name, like Australia/Sydney"))
}
