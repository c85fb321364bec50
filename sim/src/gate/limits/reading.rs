//! What goes into a decision and what comes out of it.

use std::ops::Deref;

use jiff::tz::TimeZone;

use crate::Moment;

/// What one call counts towards.
#[derive(Clone, Copy, Debug)]
pub struct Charge<'a> {
    /// The limit classes of the operation; a limit that names a class counts only calls that carry it.
    pub classes: &'a [&'a str],
    pub account: u64,
    pub app: u64,
    /// The caller's address (IPv6 grouped as the system groups it).
    pub client: u64,
    /// The account's time zone, where a daily quota turns.
    pub time_zone: &'a TimeZone,
}

/// Where a limit stands after a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The limit's place in the policy's list.
    pub limit: usize,
    /// The published size; slack is not told.
    pub size: u64,
    pub remaining: u64,
    /// When the window or quota turns; for a rolling window, when its oldest call stops counting,
    /// or where it is over its room, when it has room again. Now, where nothing is counted.
    pub frees_at: Moment,
}

/// What the limits say of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Passed(Readings),
    /// The first limit in the policy's order that has no room; the readings are of all that apply.
    Refused {
        limit: usize,
        frees_at: Moment,
        readings: Readings,
    },
}

/// As many readings as fit in place, which is enough for the limits of one call.
const IN_PLACE: usize = 4;

/// The readings of one call, in the policy's order.
#[derive(Clone, Debug, Default)]
pub struct Readings {
    few: [Reading; IN_PLACE],
    count: usize,
    /// All of them, once there are more than fit in place.
    many: Vec<Reading>,
}

impl Decision {
    /// The readings of all limits that apply.
    #[must_use]
    pub fn readings(&self) -> &[Reading] {
        match self {
            Self::Passed(readings) | Self::Refused { readings, .. } => readings,
        }
    }
}

impl Readings {
    pub(super) fn push(&mut self, reading: Reading) {
        if let Some(place) = self.few.get_mut(self.count) {
            *place = reading;
        } else {
            if self.many.is_empty() {
                self.many.extend_from_slice(&self.few);
            }
            self.many.push(reading);
        }
        self.count += 1;
    }
}

impl Deref for Readings {
    type Target = [Reading];

    fn deref(&self) -> &[Reading] {
        if self.many.is_empty() { &self.few[..self.count] } else { &self.many }
    }
}

impl PartialEq for Readings {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Readings {}
