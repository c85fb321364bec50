//! Instants and spans of world time, in milliseconds, and their text forms. Reads no clock.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant of world time: milliseconds since 1970-01-01T00:00:00Z.
///
/// ```
/// use standin_sim::Moment;
/// let at: Moment = "2026-11-21T00:00:00+11:00".parse()?;
/// assert_eq!(at.to_string(), "2026-11-20T13:00:00.000Z");
/// # Ok::<(), standin_sim::BadMoment>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

/// A text that is no instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an instant; write one like 2026-11-21T00:00:00+11:00")]
pub struct BadMoment(pub String);

impl Moment {
    /// 2026-11-20T00:00:00Z, where a manual or auto world starts unless told otherwise.
    pub const START: Self = Self(1_795_132_800_000);

    #[must_use]
    pub fn plus(self, span_ms: i64) -> Self {
        Self(self.0.saturating_add(span_ms))
    }

    /// Milliseconds from `earlier` to here; negative if it is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The instant as `jiff` has it, clamped to the years it can hold.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

impl std::str::FromStr for Moment {
    type Err = BadMoment;

    fn from_str(text: &str) -> Result<Self, BadMoment> {
        text.parse::<Timestamp>().map(|at| Self(at.as_millisecond())).map_err(|_| BadMoment(text.to_owned()))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A text that is no span of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a span of time; write a whole number and a unit, like 1ms, 10s, 61m, 24h or 7d")]
pub struct BadSpan(pub String);

/// Reads `1ms`, `10s`, `61m`, `24h`, `7d` as milliseconds.
///
/// # Errors
/// The text has no unit, another unit, or no whole number before it, or is too long to hold.
pub fn parse_span(text: &str) -> Result<i64, BadSpan> {
    let bad = || BadSpan(text.to_owned());
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
    let (number, unit) = text.split_at(digits);
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(bad()),
    };
    number.parse::<i64>().ok().and_then(|n| n.checked_mul(unit_ms)).ok_or_else(bad)
}
