//! Instants as the vendor writes and reads them.

use std::fmt;

use jiff::tz::TimeZone;

use crate::Moment;

/// An instant as local time with its offset and without a fraction: `2026-01-15T14:30:00+11:00`.
pub(crate) fn stamp(at: Moment, zone: &TimeZone) -> impl fmt::Display {
    at.timestamp().to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Reads an instant that names its offset; the offset may lack its colon, as in some callers' filters.
/// A `+` that reached us as a blank is no offset.
pub(crate) fn parse_instant(text: &str) -> Option<Moment> {
    if text.contains(' ') { None } else { text.parse().ok() }
}
