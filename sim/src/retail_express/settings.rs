//! What the room needs to be told by its profile.

use http::StatusCode;
use jiff::tz::TimeZone;

use crate::policy::{AboveMax, DayBreach, RetailExpressSettings, RetryAfter, SecondToken};

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
    /// The status of a create: 200 or 201.
    pub(crate) created: StatusCode,
    /// The zone in which every date is written.
    pub(crate) time_zone: TimeZone,
}

impl From<&RetailExpressSettings> for Settings {
    fn from(policy: &RetailExpressSettings) -> Self {
        Self {
            token_ttl_ms: policy.token_ttl.value.0,
            second_token: policy.second_token.value,
            page_default: policy.page_default.value.get(),
            page_max: policy.page_max.value.get(),
            above_max: policy.above_max.value,
            day_breach: match policy.day_breach.value {
                DayBreach::Forbidden => StatusCode::FORBIDDEN,
                DayBreach::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            },
            retry_after: policy.retry_after_on_429.value == RetryAfter::Seconds,
            created: policy.created_status.value.0,
            time_zone: policy.time_zone.value.zone.clone(),
        }
    }
}
