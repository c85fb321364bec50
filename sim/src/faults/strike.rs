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
    /// A token that the call is given ends so soon.
    Cut { lifetime_ms: i64 },
    /// What the call writes is found by search so much later.
    Lag { lag_ms: u64 },
    /// A record that the call has written is merged away after it.
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

impl Blow {
    /// Whether the call is carried out first.
    pub(crate) const fn is_after_act(self) -> bool {
        match self {
            Self::Fail { after_act, .. } | Self::Page { after_act, .. } | Self::Wire { after_act, .. } => after_act,
            Self::OverLimit { .. } | Self::Revoke => false,
            Self::Partial { .. } | Self::Cut { .. } | Self::Lag { .. } | Self::Merge => true,
        }
    }
}

impl Page {
    /// The short form of both products; they differ in their name alone.
    pub(crate) fn reply(self, status: StatusCode) -> Reply {
        let name = match self {
            Self::Cloudflare => "cloudflare",
            Self::Nginx => "nginx",
        };
        // The one of Cloudflare's own statuses whose page was seen.
        let reason = if status.as_u16() == 524 { Some("Origin Time-out") } else { status.canonical_reason() };
        let said = reason.map_or_else(|| status.as_u16().to_string(), |reason| format!("{} {reason}", status.as_u16()));
        let html = format!(
            "<html>\r\n<head><title>{said}</title></head>\r\n<body>\r\n<center><h1>{said}</h1></center>\r\n\
             <hr><center>{name}</center>\r\n</body>\r\n</html>\r\n"
        );
        Reply::new(status, Body::Bytes(Bytes::from(html)))
            .with(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))
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
