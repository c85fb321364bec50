//! What the handlers of Oracle REST Data Services ask of their policy.

use std::num::NonZeroUsize;

use super::table::{embedded, settings};
use crate::SystemName;
use crate::policy::profile::Embedded;
use crate::policy::{Millis, Settings};

settings! {
    /// The settings of ORDS.
    OrdsSettings, OrdsDraft {
        /// How long an access token is good.
        token_ttl: Millis,
        /// Rows of a page when the call names no limit.
        page_default: NonZeroUsize,
        page_max: NonZeroUsize,
        body_bytes_max: usize,
        /// How far back `$asof` can see.
        undo_retention: Millis,
        /// How many past versions of a table are kept for `$asof`, whatever their age.
        undo_versions_max: usize,
    }
}

impl Settings for OrdsSettings {
    const SYSTEM: SystemName = SystemName::Ords;
    const CLASSES: &'static [&'static str] = &[];
    const WORDINGS: &'static [&'static str] = &[];
    type Draft = OrdsDraft;

    fn shelf() -> &'static [Embedded<Self>] {
        static SHELF: [Embedded<OrdsSettings>; 1] = [embedded!("default", "ords.yaml")];
        &SHELF
    }
}
