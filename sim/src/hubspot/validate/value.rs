//! Texts, numbers, dates and instants: what is read as one, and the text under which it is kept.

use compact_str::{CompactString, format_compact};
use jiff::Timestamp;
use jiff::civil::Date;

use super::refusal::Refused;
use crate::Moment;

pub(super) fn text(value: &CompactString, chars_max: usize) -> Result<CompactString, Refused> {
    // Bytes first: there are never fewer of them, and counting them costs nothing.
    if value.len() > chars_max && value.chars().count() > chars_max {
        return Err(("INVALID_STRING", format!("Property value is longer than {chars_max} characters")));
    }
    Ok(value.clone())
}

/// Digits and one decimal point; no thousands separators, no exponent.
pub(super) fn number(value: &str, nonnegative: bool) -> Result<CompactString, Refused> {
    let digits = value.trim();
    if nonnegative && digits.starts_with('-') {
        return Err(("INVALID_NUMBER", format!("{value} is less than the minimum value of 0")));
    }
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if plain(whole) && plain(fraction) && !(whole.is_empty() && fraction.is_empty()) {
        Ok(digits.into())
    } else {
        Err(("INVALID_INTEGER", format!("{value} was not a valid number.")))
    }
}

/// `YYYY-MM-DD`, or an instant that is exactly midnight UTC.
pub(super) fn date(value: &str) -> Result<CompactString, Refused> {
    if let Some(date) = calendar_day(value) {
        return Ok(format_compact!("{date}"));
    }
    let at = instant(value).ok_or_else(|| not_long(value))?;
    let in_day = at.0.rem_euclid(86_400_000);
    if in_day != 0 {
        let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
        let (second, milli) = (in_day / 1_000 % 60, in_day % 1_000);
        let message = format!("{value} is at {hour}:{minute:02}:{second:02}.{milli:03} UTC, not midnight!");
        return Err(("INVALID_DATE", message));
    }
    Ok(CompactString::from(&at.iso().as_str()[..10]))
}

/// ISO 8601 with an offset, epoch milliseconds, or a day, which is its midnight UTC.
pub(super) fn datetime(value: &str) -> Result<CompactString, Refused> {
    if let Some(date) = calendar_day(value) {
        return Ok(format_compact!("{date}T00:00:00Z"));
    }
    instant(value).map(|at| at.iso().as_str().into()).ok_or_else(|| not_long(value))
}

fn calendar_day(value: &str) -> Option<Date> {
    (value.len() == "YYYY-MM-DD".len()).then(|| value.parse().ok()).flatten()
}

fn instant(value: &str) -> Option<Moment> {
    let value = value.trim();
    let ms = match value.parse::<i64>() {
        Ok(ms) => ms,
        Err(_) => value.parse::<Timestamp>().ok()?.as_millisecond(),
    };
    Timestamp::from_millisecond(ms).is_ok().then_some(Moment(ms))
}

fn not_long(value: &str) -> Refused {
    ("INVALID_LONG", format!("{value} was not a valid long."))
}
