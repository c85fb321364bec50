//! What the room needs to be told by its profile.

use http::StatusCode;
use jiff::tz::TimeZone;

/// The figures and switches of one account (retail-express.md §2 to §4).
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How long a bearer token is good.
    pub(crate) token_ttl_ms: i64,
    pub(crate) second_token: SecondToken,
    /// Rows on a page where the caller names no `page_size`.
    pub(crate) page_default: usize,
    pub(crate) page_max: usize,
    pub(crate) above_max: AboveMax,
    /// The status of a call beyond the daily quota: 403 or 429.
    pub(crate) day_breach: StatusCode,
    /// Whether a call over a limit is told in `Retry-After` how many seconds to wait.
    pub(crate) retry_after: bool,
    /// The zone in which every date is written.
    pub(crate) time_zone: TimeZone,
}

/// What becomes of a `page_size` beyond the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AboveMax {
    Clamp,
    Refuse,
}

/// What a second exchange answers while the first token is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecondToken {
    Fresh,
    Same,
}
