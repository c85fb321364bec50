//! What the room needs to be told by its profile.

use http::StatusCode;
use jiff::tz::TimeZone;

/// The figures and switches of one account (retail-express.md §2 to §4).
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How long a bearer token is good.
    pub(crate) token_ttl_ms: i64,
    /// Rows on a page where the caller names no `page_size`.
    pub(crate) page_default: u64,
    pub(crate) page_max: u64,
    /// What becomes of a `page_size` beyond `page_max`.
    pub(crate) above_max: AboveMax,
    /// The status of a call beyond the daily quota: 403 or 429.
    pub(crate) day_breach: StatusCode,
    /// The status of a create: 200 or 201.
    pub(crate) created: StatusCode,
    /// The zone in which every date is written.
    pub(crate) time_zone: TimeZone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AboveMax {
    Clamp,
    Refuse,
}
