//! The doors, the limits, and the headers that tell a caller where the limits stand.

use http::{HeaderName, HeaderValue};
use serde::Deserialize;

use super::Limit;

/// A door that a request passes on its way through a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    Fault,
    Authenticate,
    Limit,
    Size,
    Act,
}

/// The doors in their order, the limits, and the headers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GatePolicy {
    pub doors: Vec<Door>,
    pub limits: Vec<Limit>,
    pub advertise: Vec<Advertise>,
}

/// A header by which answers tell where a limit stands. It is left out where the limit does not
/// count the call.
#[derive(Clone, Debug, PartialEq)]
pub struct Advertise {
    pub header: HeaderName,
    /// The limit's place in the policy's list.
    pub limit: usize,
    pub shows: Shown,
    /// The value of a size or an interval, written once; without it the header is left out.
    pub constant: Option<HeaderValue>,
    /// A remaining figure is never shown above what this limit has left.
    pub at_most: Option<usize>,
    /// A remaining figure is 0 too when this limit has nothing left of what it counts the call towards.
    pub ends_with: Option<usize>,
    /// Only on answers to calls that carry one of these classes; empty means all.
    pub classes: Vec<String>,
    /// Not on answers to calls that carry one of these classes.
    pub unless_classes: Vec<String>,
}

/// What of a limit a header shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    Size,
    Remaining,
    /// The window's length in milliseconds.
    IntervalMs,
}

impl GatePolicy {
    /// The place of a limit in the list.
    #[must_use]
    pub fn limit_index(&self, id: &str) -> Option<usize> {
        self.limits.iter().position(|limit| limit.id == id)
    }

    /// Of the limits that count calls of these classes and are asked for, the one that is soonest used up: an enforced
    /// one before others, of them the shortest window, a day last.
    pub(crate) fn tightest(&self, classes: &[&str], asked: impl Fn(&Limit) -> bool) -> Option<usize> {
        let counted = self.limits.iter().enumerate().filter(|(_, limit)| limit.applies(classes) && asked(limit));
        let tight = |limit: &Limit| (!limit.is_enforced(), limit.kind.per().unwrap_or(i64::MAX));
        counted.min_by_key(|(_, limit)| tight(limit)).map(|(place, _)| place)
    }

    /// Writes the headers that do not change, once all limits have their sizes.
    pub(super) fn settle(&mut self) {
        for header in &mut self.advertise {
            let limit = &self.limits[header.limit];
            header.constant = match header.shows {
                Shown::Size => Some(limit.size.value.get().into()),
                Shown::IntervalMs => limit.kind.per().map(HeaderValue::from),
                Shown::Remaining => None,
            };
        }
    }
}

impl Advertise {
    /// Whether answers to calls of these classes carry the header.
    #[must_use]
    pub fn applies(&self, classes: &[&str]) -> bool {
        let carries = |names: &[String]| names.iter().any(|name| classes.contains(&name.as_str()));
        (self.classes.is_empty() || carries(&self.classes)) && !carries(&self.unless_classes)
    }
}
