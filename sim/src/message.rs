//! What crosses a listener, as a room sees it: a request read to its end, and a reply not yet
//! written. Nothing here knows a socket or a system.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};

/// A request, read outside the world's lock.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: RequestBody,
    pub(crate) peer: IpAddr,
    /// The connection it came by, counted from 1 in its world; 0 for a call from within the world.
    pub(crate) connection: u64,
}

/// A caller's address as a number to count by: one of IPv4 is the same however it came in, and those
/// of IPv6 are grouped by their /64 (facts/oci-api-gateway.md §5).
pub(crate) fn address_number(peer: IpAddr) -> u64 {
    match peer.to_canonical() {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
    }
}

/// The body as far as it was read.
#[derive(Debug)]
pub(crate) enum RequestBody {
    Whole(Bytes),
    /// Longer than the policy's `body_bytes_max`; the rest was not read.
    TooLarge,
}

impl Request {
    pub(crate) fn path(&self) -> &str {
        self.uri.path()
    }

    pub(crate) fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    /// The first value of a header, if it is visible ASCII.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What follows a scheme, written in any case, in the Authorization header.
    pub(crate) fn authorization(&self, scheme: &str) -> Option<&str> {
        let (named, rest) = self.header("authorization")?.split_once(' ')?;
        named.eq_ignore_ascii_case(scheme).then(|| rest.trim())
    }

    /// The bearer token, as sent; it may be empty.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.authorization("Bearer")
    }

    /// Whether the body is said to be JSON: `application/json`, or anything of `application/` that ends in `+json`.
    pub(crate) fn says_json(&self) -> bool {
        let media = self.header("content-type").unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        media.strip_prefix("application/").is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
    }

    pub(crate) fn client(&self) -> u64 {
        address_number(self.peer)
    }

    /// The body, empty where it was too large to read (the size door has answered then).
    pub(crate) fn body(&self) -> &[u8] {
        match &self.body {
            RequestBody::Whole(bytes) => bytes,
            RequestBody::TooLarge => &[],
        }
    }

    pub(crate) fn query_pairs(&self) -> impl Iterator<Item = (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)> {
        form_urlencoded::parse(self.query().as_bytes())
    }
}

/// What a room answers. The body may still have to be written, which happens outside the lock.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Body,
    /// Whether the call changed anything, whatever its status says.
    pub(crate) took_effect: bool,
}

pub(crate) enum Body {
    Empty,
    Bytes(Bytes),
    /// Written outside the world's lock; it holds shared records, never the world.
    Later(Writer),
}

/// Writes a body's bytes, once.
type Writer = Box<dyn FnOnce(&mut Vec<u8>) + Send>;

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Later(_) => f.write_str("Later"),
        }
    }
}

impl Body {
    pub(crate) fn later(write: impl FnOnce(&mut Vec<u8>) + Send + 'static) -> Self {
        Self::Later(Box::new(write))
    }

    /// As [`Self::later`], of a text.
    pub(crate) fn text(write: impl FnOnce() -> String + Send + 'static) -> Self {
        Self::later(move |out| out.extend_from_slice(write().as_bytes()))
    }

    /// The finished bytes.
    pub(crate) fn write(self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::Bytes(bytes) => bytes,
            Self::Later(write) => {
                let mut out = Vec::with_capacity(2048);
                write(&mut out);
                out.into()
            }
        }
    }
}

impl Reply {
    pub(crate) fn new(status: StatusCode, body: Body) -> Self {
        // Room for what the most talkative vendor puts on an answer.
        Self { status, headers: Vec::with_capacity(20), body, took_effect: false }
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self::new(status, Body::Empty)
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Whether the answer to a call by this method has a body.
    pub(crate) fn has_body(&self, method: &Method) -> bool {
        let empty = match &self.body {
            Body::Empty => true,
            Body::Bytes(bytes) => bytes.is_empty(),
            Body::Later(_) => false,
        };
        !empty && *method != Method::HEAD
    }

    pub(crate) fn with_effect(self) -> Self {
        self.with_effect_if(true)
    }

    /// Marks a reply that changed something, if it did.
    pub(crate) fn with_effect_if(mut self, changed: bool) -> Self {
        self.took_effect |= changed;
        self
    }
}

/// What a step comes to: an answer, or a call to a back end whose answer ends the exchange.
pub(crate) enum Outcome {
    Answer(Reply),
    Forward(Box<Forward>),
}

/// A call to be made outside the world's lock, and what becomes of its answer.
pub(crate) struct Forward {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) connect_timeout: Duration,
    /// Between two writes of the request.
    pub(crate) send_timeout: Duration,
    /// Between two reads of the answer.
    pub(crate) read_timeout: Duration,
    /// A longer answer is not read to its end.
    pub(crate) answer_bytes_max: usize,
    /// Turns what came of the call into the reply to the caller.
    pub(crate) finish: Box<dyn FnOnce(Forwarded) -> Reply + Send>,
}

/// What came of a forwarded call.
#[derive(Debug)]
pub(crate) enum Forwarded {
    Answered {
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        /// A system of the same world knows; of any other the answer is believed.
        took_effect: bool,
    },
    /// A system of the same world broke off its answer, and it is known whether it did what was asked.
    Broken { took_effect: bool },
    /// No connection could be made, or it broke, or more came than is taken.
    Refused,
    /// A back end outside the world was silent too long. Whether it did what was asked is not known.
    TimedOut,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str) -> Request {
        let body = RequestBody::Whole(Bytes::new());
        let (method, uri, headers) = (Method::GET, Uri::from_static("/"), HeaderMap::new());
        Request { method, uri, headers, body, peer: peer.parse().unwrap(), connection: 0 }
    }

    #[test]
    fn a_caller_has_one_number_however_the_address_is_written() {
        assert_eq!(from("192.0.2.7").client(), from("::ffff:192.0.2.7").client());
        assert_ne!(from("192.0.2.7").client(), from("192.0.2.8").client());
        assert_eq!(from("2001:db8::1").client(), from("2001:db8::ffff:1").client());
        assert_ne!(from("2001:db8::1").client(), from("2001:db8:0:1::1").client());
    }

    #[test]
    fn a_header_is_read_as_its_callers_write_it() {
        let mut request = from("192.0.2.7");
        let mut with = |name: &'static str, value: &'static str| {
            request.headers.insert(name, HeaderValue::from_static(value));
            (request.bearer().map(str::to_owned), request.says_json())
        };
        assert_eq!(with("authorization", "bEARER  abc ").0.as_deref(), Some("abc"));
        assert_eq!(with("authorization", "Bearer ").0.as_deref(), Some(""));
        assert_eq!(with("authorization", "Basic abc").0, None);
        for (media, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("application/jsonl", false),
            ("text/json", false),
            ("", false),
        ] {
            assert_eq!(with("content-type", media).1, json, "{media}");
        }
    }
}
