//! How a delivery by the tester's hand may differ from a plain one, and how each such is sent.

use serde::{Deserialize, Serialize};

use super::wire::Manner;

macro_rules! forgeries {
    ($($(#[$about:meta])* $variant:ident = $name:literal,)*) => {
        /// How a delivery may differ from a plain one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Forgery { $($(#[$about])* #[serde(rename = $name)] $variant,)* }

        impl Forgery {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As the journal has it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

forgeries! {
    /// Signed by somebody who does not know the secret.
    WrongSecret = "wrong-secret",
    /// With no signature at all.
    Unsigned = "unsigned",
    /// Signed well, ten seconds more than five minutes ago.
    Stale = "stale",
    /// Its body was changed after it was signed.
    Altered = "altered",
    /// Signed by the first signature alone, by somebody who does not know the secret.
    V1WrongSecret = "v1-wrong-secret",
    /// Signed well by the first signature alone: to be believed or not, as the receiver sees fit.
    V1Only = "v1-only",
    /// Signed well, ten seconds less than five minutes ago: to be believed.
    NearlyStale = "nearly-stale",
    /// Signed well, its body written in unusual JSON: to be believed.
    ReEncoded = "re-encoded",
    /// Signed well over the public address, and sent on by a proxy that calls the receiver by an inner name: to be
    /// believed.
    ChangedHost = "changed-host",
    /// As that, over a public address that nobody has told the receiver but the proxy, in `X-Forwarded-*`: to be believed
    /// or not.
    UnknownHost = "unknown-host",
    /// Signed well, to an address with a query in it, which nobody may have told the receiver: to be believed or not.
    QueryString = "query-string",
    /// Signed well, to an address with escapes in its query, which nobody has seen signed: to be believed or not.
    EscapedQuery = "escaped-query",
    /// Its body comes in pieces over a second of real time: to be believed.
    SlowSending = "slow-sending",
    /// Its answer is left unread until a second of real time has passed: to be believed.
    SlowReading = "slow-reading",
    /// The sender goes away after the body, and waits for no answer: to be believed.
    DroppedAfterBody = "dropped-after-body",
}

impl Forgery {
    /// The one that the journal calls so.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|forgery| forgery.as_str() == name)
    }

    pub(crate) const fn manner(self) -> Manner {
        match self {
            Self::SlowSending => Manner::SlowSending,
            Self::SlowReading => Manner::SlowReading,
            Self::DroppedAfterBody => Manner::Dropped,
            _ => Manner::Orderly,
        }
    }
}
