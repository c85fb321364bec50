//! From a request to the call of an HTTP back end, and from the back end's answer to the caller's
//! (facts/oci-api-gateway.md §7). It may not choose the back end.

use std::net::IpAddr;

use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, FORWARDED, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};

use super::answer::{self, OPC_REQUEST_ID, Refusal};
use crate::message::{Body, Forwarded, Reply, Request};
use crate::policy::{ForwardedByCaller, GatewaySettings};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
pub(super) const CDN_LOOP: HeaderName = HeaderName::from_static("cdn-loop");

/// Headers that speak of one connection only (RFC 9110 §7.6.1), and `Expect`, which the gateway has
/// answered by reading the body.
const HOP_BY_HOP: [HeaderName; 10] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    EXPECT,
];

/// The headers for the back end, but for those that only the step can give (`CDN-Loop`,
/// `opc-request-id`). `Host` is the back end's own.
pub(super) fn request_headers(request: &Request, target: &Uri, by_caller: ForwardedByCaller) -> HeaderMap {
    let mut headers = request.headers.clone();
    strip_hop_by_hop(&mut headers);
    headers.remove(OPC_REQUEST_ID);
    if let Some(host) = target.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok()) {
        headers.insert(HOST, host);
    }
    // A chunked body was read whole: its length is known now.
    if !request.body().is_empty() {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(request.body().len()));
    }
    let ip = request.peer.to_string();
    let node = match request.peer {
        IpAddr::V4(_) => format!("for={ip}"),
        IpAddr::V6(_) => format!("for=\"[{ip}]\""),
    };
    put(&mut headers, X_FORWARDED_FOR, &ip, by_caller);
    put(&mut headers, X_REAL_IP, &ip, ForwardedByCaller::Replaced);
    put(&mut headers, FORWARDED, &node, by_caller);
    headers
}

/// Sets a header, behind what the caller sent in it where that is kept.
pub(super) fn put(headers: &mut HeaderMap, name: HeaderName, value: &str, by_caller: ForwardedByCaller) {
    let mut list = String::new();
    if by_caller == ForwardedByCaller::Appended {
        for sent in headers.get_all(&name).iter().filter_map(|sent| sent.to_str().ok()) {
            list.push_str(sent);
            list.push_str(", ");
        }
    }
    list.push_str(value);
    if let Ok(value) = HeaderValue::from_str(&list) {
        headers.insert(name, value);
    }
}

/// What came of the call, as the caller is told it: status, headers and body pass, redirects too.
pub(super) fn finish(
    forwarded: Forwarded,
    method: &Method,
    request_id: HeaderValue,
    figures: &GatewaySettings,
) -> Reply {
    let mut reply = match forwarded {
        Forwarded::Answered { status, mut headers, body, took_effect } => {
            strip_hop_by_hop(&mut headers);
            headers.remove(OPC_REQUEST_ID);
            // Without a body its length is news; with one the listener counts again.
            if method != Method::HEAD && status != StatusCode::NOT_MODIFIED {
                headers.remove(CONTENT_LENGTH);
            }
            let body = if body.is_empty() { Body::Empty } else { Body::Bytes(body) };
            let mut reply = Reply::new(status, body);
            reply.headers = headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            reply.took_effect = took_effect;
            reply
        }
        Forwarded::Broken { took_effect } => {
            let mut reply = Refusal::BackendRefused.reply(figures);
            reply.took_effect = took_effect;
            reply
        }
        Forwarded::Refused => Refusal::BackendRefused.reply(figures),
        Forwarded::TimedOut => Refusal::BackendTimedOut.reply(figures),
    };
    answer::seal(&mut reply, || request_id);
    reply
}

fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in HOP_BY_HOP.into_iter().chain(named) {
        headers.remove(name);
    }
}
