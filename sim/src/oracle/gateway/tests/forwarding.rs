//! What passes to a back end, and what comes back from it.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::{act, gateway, header, one_route, request};
use crate::message::{Forward, Forwarded, Outcome, Request, RequestBody};

fn forward(request: &Request) -> Forward {
    let gateway = gateway(vec![one_route("/{rest*}", "http://back.example:8443/ords/${request.path[rest]}")]);
    match act(&gateway, request) {
        Outcome::Forward(forward) => *forward,
        Outcome::Answer(reply) => panic!("answered {reply:?}"),
    }
}

fn lines(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<_> =
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.sort();
    lines
}

#[test]
fn a_request_passes_but_for_what_concerns_its_connection() {
    let sent = [
        ("Host", "gateway.example"),
        ("Authorization", "Bearer t0ken"),
        ("Cookie", "a=b"),
        ("Content-Type", "application/json"),
        ("X-Many", "1"),
        ("X-Many", "2"),
        ("Connection", "close, X-Hop"),
        ("X-Hop", "gone"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Authorization", "gone"),
        ("TE", "trailers"),
        ("Transfer-Encoding", "chunked"),
        ("Upgrade", "websocket"),
        ("Expect", "100-continue"),
        ("opc-request-id", "mine/theirs"),
    ];
    let mut request = request("PUT", "/p/customers/7?q=%7B%7D&q=2", &sent);
    request.body = RequestBody::Whole(Bytes::from_static(b"{\"a\":1}"));
    let forward = forward(&request);
    assert_eq!(forward.method, "PUT");
    assert_eq!(forward.uri, "http://back.example:8443/ords/customers/7?q=%7B%7D&q=2");
    assert_eq!(forward.body, "{\"a\":1}");
    assert_eq!(forward.connect_timeout, Duration::from_secs(60));
    assert_eq!((forward.send_timeout, forward.read_timeout), (Duration::from_secs(10), Duration::from_secs(10)));
    insta::assert_snapshot!(lines(&forward.headers).join("\n"), @r"
    authorization: Bearer t0ken
    cdn-loop: u2ruSQNEtJKdR7MgFwtCsJ
    content-length: 7
    content-type: application/json
    cookie: a=b
    forwarded: for=192.0.2.7
    host: back.example:8443
    opc-request-id: mine/FD8C017EEA65F6CA2F6DE682FBFF2110/834D81E011900D663D18321CEA046B56
    x-forwarded-for: 192.0.2.7
    x-many: 1
    x-many: 2
    x-real-ip: 192.0.2.7
    ");
}

#[test]
fn forwarding_headers_name_the_caller() {
    let mut v6 =
        request("GET", "/p/", &[("X-Forwarded-For", "203.0.113.9"), ("X-Real-IP", "10.0.0.1"), ("CDN-Loop", "other")]);
    v6.peer = "2001:db8::1".parse().unwrap();
    let headers = forward(&v6).headers;
    assert_eq!(headers["x-forwarded-for"], "203.0.113.9, 2001:db8::1");
    assert_eq!(headers["x-real-ip"], "2001:db8::1");
    assert_eq!(headers["forwarded"], "for=\"[2001:db8::1]\"");
    let (other, own) = headers["cdn-loop"].to_str().unwrap().split_once(", ").unwrap();
    assert_eq!((other, own.len()), ("other", 22));
    assert!(!headers.contains_key("content-length"), "a request without a body stays without one");
}

fn answered(status: u16, headers: &[(&str, &str)], body: &'static str) -> Forwarded {
    let headers = request("GET", "/", headers).headers;
    Forwarded::Answered {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: Bytes::from_static(body.as_bytes()),
        took_effect: true,
    }
}

#[test]
fn an_answer_passes_with_the_gateways_own_headers_on_it() {
    let sent = [
        ("ETag", "\"e\""),
        ("Location", "http://back.example:8443/ords/next"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Server", "Oracle-Application-Server"),
        ("X-Frame-Options", "DENY"),
        ("opc-request-id", "back-end"),
        ("Content-Length", "99"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "keep-alive, X-Inner"),
        ("X-Inner", "gone"),
    ];
    let request = request("GET", "/p/", &[("opc-request-id", "mine")]);
    let reply = (forward(&request).finish)(answered(302, &sent, "moved"));
    assert_eq!(reply.status, 302);
    assert!(reply.took_effect);
    let lines: Vec<_> =
        reply.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    etag: "e"
    location: http://back.example:8443/ords/next
    set-cookie: a=1
    set-cookie: b=2
    server: Oracle API Gateway
    strict-transport-security: max-age=31536000
    x-xss-protection: 1; mode=block
    x-frame-options: sameorigin
    x-content-type-options: nosniff
    opc-request-id: mine/FD8C017EEA65F6CA2F6DE682FBFF2110/834D81E011900D663D18321CEA046B56
    "#);
    assert_eq!(reply.body.write(), "moved");
}

#[test]
fn the_length_of_what_head_did_not_fetch_passes() {
    let head = (forward(&request("HEAD", "/p/", &[])).finish)(answered(200, &[("Content-Length", "99")], ""));
    assert_eq!(header(&head, "content-length"), ["99"]);
}

#[test]
fn a_back_end_that_fails_is_told_in_the_gateways_words() {
    for (forwarded, status, body) in [
        (Forwarded::Refused, 502, r#"{"code":502,"message":"Bad Gateway"}"#),
        (Forwarded::TimedOut, 504, r#"{"code":504,"message":"Gateway Timeout"}"#),
    ] {
        let reply = (forward(&request("POST", "/p/", &[])).finish)(forwarded);
        assert_eq!(reply.status, status);
        assert_eq!(header(&reply, "content-type"), ["application/json"]);
        assert_eq!(header(&reply, "server"), ["Oracle API Gateway"]);
        assert!(!reply.took_effect);
        assert_eq!(reply.body.write(), body);
    }
}
