//! What Retail Express's handlers ask of its policy.

use std::num::NonZeroUsize;

use super::hubspot::{NamedZone, RetryAfter};
use super::table::{choice, embedded, settings};
use crate::SystemName;
use crate::policy::profile::Embedded;
use crate::policy::{Millis, Settings, Status};

settings! {
    /// The settings of Retail Express's REST API.
    RetailExpressSettings, RetailExpressDraft {
        /// How long an access token is good.
        token_ttl: Millis,
        /// What a second exchange of a key answers while the first token is good.
        second_token: SecondToken,
        page_default: NonZeroUsize,
        page_max: NonZeroUsize,
        /// What becomes of a `page_size` above the most.
        above_max: AboveMax,
        /// The status of a call over the day's quota.
        day_breach: DayBreach,
        retry_after_on_429: RetryAfter,
        body_bytes_max: usize,
        /// The status of a create.
        created_status: Status,
        /// The zone in which dates are written.
        time_zone: NamedZone,
    }
}

choice! {
    /// What becomes of a page size above the most.
    AboveMax { Clamp, Refuse, }
}
choice! {
    /// Whether a token is made anew at each exchange.
    SecondToken { Fresh, Same, }
}
choice! {
    /// The status of a call over the day's quota.
    DayBreach {
        #[serde(rename = "403")]
        Forbidden,
        #[serde(rename = "429")]
        TooManyRequests,
    }
}

impl Settings for RetailExpressSettings {
    const SYSTEM: SystemName = SystemName::RetailExpress;
    const CLASSES: &'static [&'static str] = &["token"];
    const WORDINGS: &'static [&'static str] = &["rate", "quota"];
    type Draft = RetailExpressDraft;

    fn shelf() -> &'static [Embedded<Self>] {
        static SHELF: [Embedded<RetailExpressSettings>; 1] = [embedded!("default", "retail_express.yaml")];
        &SHELF
    }
}
