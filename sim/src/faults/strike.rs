//! What a fault does to the call it strikes, as the step and what is outside of it understand it.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

use crate::message::{Body, Reply};

/// A fault that meets a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strike {
    pub(crate) name: &'static str,
    pub(crate) blow: Blow,
    /// The number of its arming.
    pub(super) number: u64,
}

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blow {
    /// The answer is a failure of the system's own, in its words.
    Fail { status: StatusCode, retry_after_s: Option<i64>, after_act: bool },
    /// The answer is a page of whatever stands before the system.
    Page { status: StatusCode, page: Page, after_act: bool },
    /// The answer is the system's refusal of a call too many, of this flavour where it has several.
    OverLimit { flavour: Option<&'static str> },
    /// The call is carried out, or not, and its answer is spoilt on the wire.
    Wire { wire: Wire, after_act: bool },
    /// So many inputs of a batch fail.
    Partial { inputs: usize },
    /// The token that the call carries is good no more.
    Revoke,
    /// The records that the call would write are locked for so long, and it is refused.
    Lock { hold_ms: i64 },
    /// The call is refused, because whoever made its app has left the account.
    Disown,
    /// A token that the call is given ends so soon.
    Cut { lifetime_ms: i64 },
    /// What the call writes is found by search so much later.
    Lag { lag_ms: u64 },
    /// A record that the call has written is merged away after it.
    Merge,
}

/// When it strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// At the fault door.
    AtOnce,
    /// At the limit door, in place of what is counted there.
    Limit,
    /// When all doors are passed, in place of the act.
    Act,
    /// Once the call was carried out.
    After,
    /// What the call does is touched, and other faults may strike it too.
    Beside(Beside),
}

/// What strikes beside others; of each sort one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beside {
    Lag,
    Cut,
    Merge,
}

/// Whose page it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    Cloudflare,
    Nginx,
}

/// What becomes of an answer's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// The connection is reset, with no answer.
    Reset,
    /// So many bytes of the body are sent, half of it if nothing is said; then the connection is closed.
    Truncated { bytes: Option<usize> },
    /// The body takes so long, in pieces.
    Slow { over_ms: i64 },
}

/// What a fault asks of the room that carries the call out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Touch {
    /// So many inputs of the batch are to fail.
    pub(crate) failing_inputs: usize,
    /// What is written is indexed so much later.
    pub(crate) lag_ms: Option<u64>,
}

impl Beside {
    pub(crate) const ALL: [Self; 3] = [Self::Lag, Self::Cut, Self::Merge];
}

impl Blow {
    pub(crate) const fn turn(self) -> Turn {
        match self {
            Self::Fail { after_act: true, .. }
            | Self::Page { after_act: true, .. }
            | Self::Wire { after_act: true, .. }
            | Self::Partial { .. } => Turn::After,
            Self::Fail { .. } | Self::Page { .. } | Self::Wire { .. } | Self::Revoke => Turn::AtOnce,
            Self::OverLimit { .. } => Turn::Limit,
            Self::Lock { .. } | Self::Disown => Turn::Act,
            Self::Lag { .. } => Turn::Beside(Beside::Lag),
            Self::Cut { .. } => Turn::Beside(Beside::Cut),
            Self::Merge => Turn::Beside(Beside::Merge),
        }
    }
}

impl Wire {
    /// Whether it is the body that is spoilt, so that an answer without one goes out as it is.
    pub(crate) const fn spoils_body(self) -> bool {
        matches!(self, Self::Truncated { .. } | Self::Slow { .. })
    }
}

impl Page {
    /// The short form of both products; they differ in their name alone. Cloudflare shuts a caller out in words of its
    /// own: a page for 403, a line of text for 429 (facts/hubspot-limits-webhooks-auth.md §2.5, §10.4).
    pub(crate) fn reply(self, status: StatusCode) -> Reply {
        let name = match self {
            Self::Cloudflare => "cloudflare",
            Self::Nginx => "nginx",
        };
        let html = |title: &str, heading: &str| {
            let html = format!(
                "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{heading}</h1></center>\r\n\
                 <hr><center>{name}</center>\r\n</body>\r\n</html>\r\n"
            );
            (HeaderValue::from_static("text/html"), html)
        };
        let (kind, body) = match (self, status.as_u16()) {
            (Self::Cloudflare, 403) => html("Attention Required! | Cloudflare", "Sorry, you have been blocked"),
            (Self::Cloudflare, 429) => {
                (HeaderValue::from_static("text/plain; charset=UTF-8"), "error code: 1015".to_owned())
            }
            (_, code) => {
                let reason = reason(status);
                let said = reason.map_or_else(|| code.to_string(), |reason| format!("{code} {reason}"));
                html(&said, &said)
            }
        };
        Reply::new(status, Body::Bytes(Bytes::from(body))).with(header::CONTENT_TYPE, kind)
    }

    /// Puts the product's own name on the answer.
    pub(crate) fn sign(self, reply: &mut Reply) {
        let server = match self {
            Self::Cloudflare => HeaderValue::from_static("cloudflare"),
            Self::Nginx => HeaderValue::from_static("nginx"),
        };
        reply.headers.retain(|(name, _)| name != header::SERVER);
        reply.headers.push((header::SERVER, server));
    }
}

/// A status in words; of Cloudflare's own statuses that of the one whose page was seen.
fn reason(status: StatusCode) -> Option<&'static str> {
    if status.as_u16() == 524 { Some("Origin Time-out") } else { status.canonical_reason() }
}
