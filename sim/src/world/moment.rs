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

    /// ISO 8601 in UTC; the fraction has three digits and is dropped entirely when it is zero, as
    /// HubSpot writes stamps (facts/hubspot-crm.md §1).
    pub(crate) fn iso(self) -> Iso {
        Iso::new(self, false)
    }

    /// The instant as `jiff` has it, clamped to the years it can hold.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Iso::new(*self, true).as_str())
    }
}

/// ISO 8601 text in UTC, on the stack: stamps are written hundreds of times an answer.
#[derive(Clone, Copy)]
pub(crate) struct Iso {
    text: [u8; 24],
    length: u8,
}

impl Iso {
    fn new(at: Moment, always_millis: bool) -> Self {
        let (days, ms) = (at.0.div_euclid(86_400_000), at.0.rem_euclid(86_400_000) as u32);
        let (year, month, day) = civil(days.clamp(-719_162, 2_932_896));
        let (second, milli) = (ms / 1_000, ms % 1_000);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        put(&mut text, 0, year / 100);
        put(&mut text, 2, year % 100);
        put(&mut text, 5, month);
        put(&mut text, 8, day);
        put(&mut text, 11, second / 3_600);
        put(&mut text, 14, second / 60 % 60);
        put(&mut text, 17, second % 60);
        put(&mut text, 20, milli / 10);
        text[22] = b'0' + (milli % 10) as u8;
        if milli == 0 && !always_millis {
            text[19] = b'Z';
            return Self { text, length: 20 };
        }
        Self { text, length: 24 }
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..usize::from(self.length)]).unwrap_or_default()
    }
}

/// Two digits.
fn put(text: &mut [u8; 24], place: usize, number: u32) {
    text[place] = b'0' + (number / 10) as u8;
    text[place + 1] = b'0' + (number % 10) as u8;
}

/// The civil date of a day counted from 1970-01-01, in the proleptic Gregorian calendar. No day
/// before the year 0.
const fn civil(days: i64) -> (u32, u32, u32) {
    let shifted = (days + 719_468) as u32;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + (month <= 2) as u32, month, day)
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
    let (unit_ms, _) = UNITS.into_iter().find(|(_, known)| *known == unit).ok_or_else(bad)?;
    number.parse::<i64>().ok().and_then(|n| n.checked_mul(unit_ms)).ok_or_else(bad)
}

/// Writes milliseconds as [`parse_span`] reads them, in the largest unit that divides them.
///
/// ```
/// assert_eq!([0, 1_500, 300_000].map(standin_sim::span_text), ["0ms", "1500ms", "5m"]);
/// ```
#[must_use]
pub fn span_text(ms: i64) -> String {
    let divides = |(unit_ms, _): &(i64, &str)| ms != 0 && ms % unit_ms == 0;
    let (unit_ms, unit) = UNITS.into_iter().find(divides).unwrap_or((1, "ms"));
    format!("{}{unit}", ms / unit_ms)
}

/// The units of a span, the largest first.
const UNITS: [(i64, &str); 5] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_text_is_what_jiff_writes() {
        for ms in (-62_135_596_800_000..253_402_300_799_999_i64).step_by(97_861_234_567) {
            let at = Moment(ms);
            assert_eq!(at.to_string(), format!("{:.3}", at.timestamp()));
        }
        assert_eq!(Moment(0).iso().as_str(), "1970-01-01T00:00:00Z");
        assert_eq!(Moment(1_700).iso().as_str(), "1970-01-01T00:00:01.700Z");
    }
}
