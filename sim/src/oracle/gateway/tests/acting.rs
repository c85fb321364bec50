//! What the gateway answers by itself, and what its calls count towards.

use bytes::Bytes;
use http::StatusCode;

use super::super::{BadGateway, Deployment, Gateway};
use super::{AT, act, gateway, header, on_stage, one_route, profile, request};
use crate::gate::Reading;
use crate::message::{Outcome, Reply, Request, RequestBody};
use crate::policy::{Door, Limit, Scope};
use crate::world::step::System;

fn customers() -> Gateway {
    gateway(vec![Deployment::customers()])
}

fn answer(gateway: &Gateway, request: &Request) -> Reply {
    match act(gateway, request) {
        Outcome::Answer(mut reply) => {
            on_stage(1, |stage| gateway.seal(&mut reply, request, &[], stage));
            reply
        }
        Outcome::Forward(forward) => panic!("forwarded to {}", forward.uri),
    }
}

#[test]
fn the_gateway_answers_in_its_own_words() {
    let gateway = customers();
    let long = "a".repeat(8192);
    for (method, target, sent, status, body) in [
        ("GET", "/erp/v1/status", "", 200, r#"{"status":"UP"}"#),
        ("GET", "/erp/v1/nowhere", "", 404, r#"{"code":404,"message":"Not Found"}"#),
        ("GET", "/erp/v1", "", 404, r#"{"code":404,"message":"Not Found"}"#),
        ("GET", "/erp/v10/status", "", 404, r#"{"code":404,"message":"Not Found"}"#),
        ("GET", "/status", "", 404, r#"{"code":404,"message":"Not Found"}"#),
        ("DELETE", "/erp/v1/customers/7", "", 405, r#"{"code":405,"message":"Method Not Allowed"}"#),
        ("GET", "/erp/v1/status", &long, 431, r#"{"code":431,"message":"Request Header Fields Too Large"}"#),
    ] {
        let reply = answer(&gateway, &request(method, target, &[("X-Fill", sent)]));
        assert_eq!(reply.status, status, "{method} {target}");
        for (name, value) in [
            ("content-type", "application/json"),
            ("server", "Oracle API Gateway"),
            ("strict-transport-security", "max-age=31536000"),
            ("x-xss-protection", "1; mode=block"),
            ("x-frame-options", "sameorigin"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(header(&reply, name), [value], "{method} {target}");
        }
        assert_eq!(reply.body.write(), body, "{method} {target}");
    }
}

#[test]
fn the_header_cap_is_exact() {
    let gateway = customers();
    let size = |value: usize| "GET".len() + 1 + "/erp/v1/status".len() + "x-fill: \r\n".len() + value;
    let fill = 8192 - size(0);
    for (length, status) in [(fill, 200), (fill + 1, 431)] {
        let reply = answer(&gateway, &request("GET", "/erp/v1/status", &[("X-Fill", &"a".repeat(length))]));
        assert_eq!(reply.status, status, "{length}");
    }
}

#[test]
fn the_request_id_keeps_the_callers_part() {
    let gateway = customers();
    let id = |sent: &[(&str, &str)]| {
        header(&answer(&gateway, &request("GET", "/erp/v1/status", sent)), "opc-request-id")[0].to_owned()
    };
    let own = id(&[]);
    let parts: Vec<_> = own.split('/').collect();
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [0, 32, 32], "{own}");
    assert!(parts[1..].concat().bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte)), "{own}");
    assert_ne!(parts[1], parts[2]);
    assert_eq!(id(&[("opc-request-id", "mine/b/c")]), format!("mine{own}"));
    assert_eq!(id(&[("opc-request-id", "/b/c")]), own);
    let mut fault = on_stage(1, |stage| gateway.fail(StatusCode::SERVICE_UNAVAILABLE, stage));
    let sent = request("GET", "/erp/v1/status", &[("opc-request-id", "mine")]);
    on_stage(2, |stage| gateway.seal(&mut fault, &sent, &[], stage));
    let told = header(&fault, "opc-request-id")[0];
    assert!(told.starts_with("mine/") && told != format!("mine{own}"), "another exchange, another id: {told}");
    assert_eq!(fault.body.write(), r#"{"code":503,"message":"Service Unavailable"}"#);
}

#[test]
fn a_body_beyond_the_cap_is_refused_where_there_is_a_route() {
    let gateway = customers();
    for (target, body, refused) in [
        ("/erp/v1/customers/", RequestBody::TooLarge, true),
        ("/erp/v1/customers/", RequestBody::Whole(Bytes::from(vec![b' '; 20 * 1024 * 1024])), false),
        ("/erp/v1/customers/", RequestBody::Whole(Bytes::from(vec![b' '; 20 * 1024 * 1024 + 1])), true),
        ("/elsewhere", RequestBody::TooLarge, false),
    ] {
        let mut request = request("POST", target, &[]);
        request.body = body;
        let call = gateway.read(&request);
        let reply = on_stage(1, |stage| gateway.size(&call, stage)).err();
        assert_eq!(reply.as_ref().map(|reply| reply.status.as_u16()), refused.then_some(413), "{target}");
    }
}

#[test]
fn calls_count_for_their_deployment_and_their_caller() {
    let spec = |rate| {
        format!(
            r#"{{"requestPolicies":{{"rateLimiting":{{"rateInRequestsPerSecond":{rate},"rateKey":"CLIENT_IP"}}}},
        "routes":[{{"path":"/{{r*}}","methods":["GET"],"backend":{{"type":"STOCK_RESPONSE_BACKEND","status":204}}}}]}}"#
        )
    };
    let deployment = |name, prefix, rate: u64| Deployment::load(name, prefix, &spec(rate)).unwrap();
    let gateway =
        gateway(vec![deployment("short", "/a", 5), deployment("long", "/a/b", 9), one_route("/", "http://b.example")]);
    let shown = |limit: &Limit| (limit.id.clone(), limit.classes.clone(), limit.size.value.get(), limit.scope.clone());
    let limits: Vec<_> = gateway.gate().limits.iter().map(shown).collect();
    let by_client = vec![Scope::Account, Scope::Client];
    let expected = [("rateLimiting /a/b", "deployment-1", 9), ("rateLimiting /a", "deployment-2", 5)];
    assert_eq!(limits, expected.map(|(id, class, size)| (id.into(), vec![class.into()], size, by_client.clone())));

    for (peer, target, classes, client, account) in [
        ("192.0.2.7", "/a/b/x", &["deployment-1"][..], 0xC000_0207, "/a/b"),
        ("::ffff:192.0.2.7", "/a/x", &["deployment-2"], 0xC000_0207, "/a"),
        ("2001:db8:0:1::1", "/a/bx", &["deployment-2"], 0x2001_0db8_0000_0001, "/a"),
        ("2001:db8:0:1:ffff::2", "/p/", &["deployment-3"], 0x2001_0db8_0000_0001, "/p"),
    ] {
        let mut request = request("GET", target, &[]);
        request.peer = peer.parse().unwrap();
        let call = gateway.read(&request);
        assert!(!gateway.skips(&call, Door::Limit));
        on_stage(1, |stage| {
            let charge = gateway.charge(&call, stage);
            assert_eq!((charge.classes, charge.client), (classes, client), "{peer} {target}");
            let caller = gateway.authenticate(&call, stage).unwrap();
            assert_eq!(caller.account, charge.account);
            assert_eq!(gateway.account(caller), account);
        });
    }
    for (method, target) in [("GET", "/elsewhere"), ("POST", "/a/x")] {
        let call = gateway.read(&request(method, target, &[]));
        assert!([Door::Limit, Door::Authenticate].iter().all(|door| gateway.skips(&call, *door)), "{method} {target}");
    }
}

#[test]
fn over_the_limit_says_when_to_come_again() {
    let gateway = customers();
    for (wait_ms, seconds) in [(750, "1"), (1000, "1"), (1001, "2"), (0, "1")] {
        let call = gateway.read(&request("GET", "/erp/v1/customers/", &[]));
        let reading = Reading { limit: 0, size: 100, remaining: 0, frees_at: AT.plus(wait_ms) };
        let reply = on_stage(1, |stage| gateway.over_limit(&call, &reading, stage));
        assert_eq!((reply.status.as_u16(), header(&reply, "retry-after")), (429, vec![seconds]), "{wait_ms}");
        assert_eq!(reply.body.write(), r#"{"code":429,"message":"Too Many Requests"}"#);
    }
}

#[test]
fn a_gateway_holds_so_many_deployments_with_prefixes_of_their_own() {
    let routes = r#"{"routes": [{"path": "/", "methods": ["GET"], "backend": {"type": "STOCK_RESPONSE_BACKEND", "status": 200}}]}"#;
    let deployment = |prefix: &str| Deployment::load(prefix, prefix, routes).unwrap();
    let many = |count: usize| (0..count).map(|n| deployment(&format!("/{n}"))).collect::<Vec<_>>();
    assert!(Gateway::new(many(20), profile()).is_ok());
    assert_eq!(Gateway::new(many(21), profile()).unwrap_err(), BadGateway::TooMany { count: 21, max: 20 });
    let same = Gateway::new(vec![deployment("/a"), deployment("/b"), deployment("/a/")], profile()).unwrap_err();
    assert_eq!(same, BadGateway::SamePrefix("/a".to_owned(), "/a/".to_owned()));
    let tls = one_route("/{x}", "http://b.example/${request.path[x]}");
    let tls = tls.with_backends(&[("http://b.example", "https://b.example")]).unwrap();
    let url = "https://b.example/${request.path[x]}".to_owned();
    assert_eq!(
        Gateway::new(vec![tls], profile()).unwrap_err(),
        BadGateway::Tls { deployment: "test.json".to_owned(), url }
    );
}

#[test]
fn a_value_that_spoils_the_url_is_answered_by_the_gateway() {
    let gateway = gateway(vec![one_route("/", "http://b.example/${request.headers[X-A]}")]);
    assert_eq!(answer(&gateway, &request("GET", "/p/", &[("X-A", "a b")])).status, 500);
}
