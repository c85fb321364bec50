//! The headers of a delivery, named and worded as they were seen (facts/hubspot-limits-webhooks-auth.md §6.1, §6.4):
//! those that every delivery has, and those that sign it. It knows no world and no app.

use crate::deliver::sign;

const USER_AGENT: &str = "HubSpot Connect 2.0 (http://dev.hubspot.com/) (namespace: webhooks-nio-http-client) - WebhooksExecutorDaemon-executor";

/// How old a stamp may be for a receiver to take it, to the millisecond.
pub const STAMP_AGE_MAX_MS: i64 = 300_000;

/// By how much a stale stamp is older than that, and one that is nearly stale younger: as long as a request may be on
/// its way.
const MARGIN_MS: i64 = 10_000;
/// How old the stamp of a stale delivery is.
pub const STALE_MS: i64 = STAMP_AGE_MAX_MS + MARGIN_MS;
/// How old that of a nearly stale one is.
pub const NEARLY_STALE_MS: i64 = STAMP_AGE_MAX_MS - MARGIN_MS;

/// A query that is signed as it is called.
pub const QUERY: &str = "tag=a&q=x";
/// One with escapes that are decoded before an address is signed, and one that is not.
pub const ESCAPED_QUERY: &str = "tag=a%3Ab%2Fc&q=%28x%29&plain=a%20b";

/// An address with a further query in it.
#[must_use]
pub fn queried(url: &str, query: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{query}")
}

/// What a proxy in front of a receiver tells it of the address that was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    pub scheme: String,
    /// With its port, if it names one.
    pub host: String,
}

impl Public {
    /// That of an address, if it is one.
    #[must_use]
    pub fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let host = rest.split(['/', '?']).next().unwrap_or(rest);
        Some(Self { scheme: scheme.to_owned(), host: host.to_owned() })
    }

    /// The headers by which a receiver hears how it was called. A proxy, where there is one, keeps the public name as that
    /// of the host, unless it calls the receiver by the `inner` one.
    #[must_use]
    pub fn headers(public: Option<&Self>, inner: &str, by_inner: bool) -> Vec<(&'static str, String)> {
        let Some(Self { scheme, host }) = public else { return vec![("Host", inner.to_owned())] };
        let named = if by_inner { inner } else { host };
        let forwarded = [("X-Forwarded-Host", host.clone()), ("X-Forwarded-Proto", scheme.clone())];
        [("Host", named.to_owned())].into_iter().chain(forwarded).collect()
    }
}

/// What stands in front of every delivery. `trace` are the 16 bytes of its trace and the 8 of its span.
#[must_use]
pub fn envelope(trace: (u64, u64, u64)) -> Vec<(&'static str, String)> {
    let (high, low, span) = trace;
    vec![
        ("Content-Type", "application/json".to_owned()),
        ("Accept", "*/*".to_owned()),
        ("Accept-Encoding", "gzip, br".to_owned()),
        ("Connection", "close".to_owned()),
        ("User-Agent", USER_AGENT.to_owned()),
        ("traceparent", format!("00-{high:016x}{low:016x}-{span:016x}-00")),
    ]
}

/// The first signature, over secret and body.
#[must_use]
pub fn signed_v1(secret: &str, body: &[u8]) -> Vec<(&'static str, String)> {
    vec![("X-HubSpot-Signature", sign::v1(secret, body)), ("X-HubSpot-Signature-Version", "v1".to_owned())]
}

/// The second, which stands in the first one's place on workflow actions and cards.
#[must_use]
pub fn signed_v2(secret: &str, url: &str, body: &[u8]) -> Vec<(&'static str, String)> {
    vec![("X-HubSpot-Signature", sign::v2(secret, "POST", url, body)), ("X-HubSpot-Signature-Version", "v2".to_owned())]
}

/// The third, with its stamp. It goes beside the first or the second.
#[must_use]
pub fn signed_v3(secret: &str, url: &str, body: &[u8], stamp_ms: i64) -> Vec<(&'static str, String)> {
    vec![
        ("X-HubSpot-Signature-v3", sign::v3(secret, "POST", url, body, stamp_ms)),
        ("X-HubSpot-Request-Timestamp", stamp_ms.to_string()),
    ]
}
