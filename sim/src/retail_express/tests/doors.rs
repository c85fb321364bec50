//! Credentials, tokens, limits and unknown paths, in the vendor's words.

use bytes::Bytes;
use http::{Method, StatusCode};
use insta::{assert_json_snapshot, assert_snapshot};

use super::{Answer, Desk, request, settings, written};
use crate::Moment;
use crate::gate::Reading;
use crate::message::RequestBody;
use crate::policy::Door;
use crate::world::step::System;

const HOUR_MS: i64 = 3_600_000;

#[test]
fn the_token_call_takes_either_key_on_either_version() {
    let mut desk = Desk::new();
    let credentials = desk.system.credentials.clone();
    let answer = desk.raw(Method::GET, "/v2/auth/token", &[("x-api-key", &credentials.api_key)], "");
    assert_json_snapshot!(answer.json(), {".access_token" => "eyJ..."}, @r#"
    {
      "token_type": "Bearer",
      "access_token": "eyJ...",
      "expires_on": "2026-11-20T12:00:00+11:00"
    }
    "#);
    for key in [credentials.api_key, credentials.api_key_secondary] {
        for path in ["/v2/auth/token", "/v2.1/auth/token", "/v2.1//auth/token"] {
            let answer = desk.raw(Method::GET, path, &[("x-api-key", &key)], "");
            assert_eq!((answer.status, answer.took_effect), (200, false), "{path}");
            assert!(answer.json()["access_token"].as_str().unwrap().starts_with("eyJ"));
        }
    }
}

#[test]
fn a_token_is_good_to_its_last_millisecond_on_both_versions_and_a_new_one_does_not_end_it() {
    let mut desk = Desk::new();
    let key = desk.system.credentials.api_key.clone();
    let mut next = || {
        let answer = desk.raw(Method::GET, "/v2/auth/token", &[("x-api-key", &key)], "");
        answer.json()["access_token"].as_str().unwrap().to_owned()
    };
    let (first, second) = (next(), next());
    assert_ne!(first, second);
    let start = desk.at;
    for (after, status) in [(0, 200), (HOUR_MS - 1, 200), (HOUR_MS, 401)] {
        desk.at = start.plus(after);
        for token in [&first, &second] {
            desk.token.clone_from(token);
            assert_eq!(desk.get("/v2.1/customers").status, status, "{after} ms on");
            assert_eq!(desk.get("/v2/customers").status, status, "{after} ms on");
        }
    }
}

#[test]
fn where_the_same_token_is_answered_again_it_keeps_its_end() {
    let mut desk = Desk::with(super::Settings { second_token: super::SecondToken::Same, ..settings() });
    let key = desk.system.credentials.api_key.clone();
    let start = desk.at;
    let mut after = |ms| {
        desk.at = start.plus(ms);
        desk.raw(Method::GET, "/v2/auth/token", &[("x-api-key", &key)], "").json()
    };
    let first = after(0);
    assert_eq!(after(HOUR_MS - 1), first);
    assert_ne!(after(HOUR_MS)["access_token"], first["access_token"]);
}

#[test]
fn worlds_of_one_seed_share_no_credential() {
    let [a, b] = ["1", "2"].map(|world| super::Credentials::new(super::SEED, world));
    assert_ne!((&a.api_key, &a.api_key_secondary), (&b.api_key, &b.api_key_secondary));
    let mut tokens = super::Tokens::default();
    let at = Moment::START;
    assert_ne!(a.issue(1, at, at, &mut tokens), b.issue(1, at, at, &mut tokens));
}

#[test]
fn every_refusal_before_the_service_is_worded_as_the_gateway_does() {
    let mut desk = Desk::new();
    let key = desk.system.credentials.api_key.clone();
    let token = format!("Bearer {}", desk.token);
    let key = ("x-api-key", key.as_str());
    let token = ("authorization", token.as_str());

    let no_key = desk.raw(Method::GET, "/v2.1/customers", &[token], "");
    assert_snapshot!(no_key, @r#"
    401
    content-type: application/json
    www-authenticate: AzureApiManagementKey realm="http://127.0.0.1:4050/v2.1",name="x-api-key",type="header"
    { "statusCode": 401, "message": "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API." }
    "#);
    assert_eq!(no_key.body.len(), 152, "as long as the product's own");
    assert_snapshot!(desk.raw(Method::GET, "/v2/auth/token", &[("x-api-key", "0f3c")], ""), @r#"
    401
    content-type: application/json
    www-authenticate: AzureApiManagementKey realm="http://127.0.0.1:4050/v2",name="x-api-key",type="header"
    { "statusCode": 401, "message": "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription." }
    "#);
    assert_snapshot!(desk.raw(Method::GET, "/v2.1/customers", &[key], ""), @r#"
    401
    www-authenticate: Bearer error="invalid_token"
    "#);
    assert_snapshot!(desk.raw(Method::POST, "/v2.1/auth/token", &[key], ""), @r#"
    404
    content-type: application/json
    { "statusCode": 404, "message": "Resource not found" }
    "#);

    for headers in [&[key, ("authorization", "Bearer x")][..], &[key, ("authorization", token.1.split_at(7).1)]] {
        let answer = desk.raw(Method::GET, "/v2.1/customers", headers, "");
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some(r#"Bearer error="invalid_token""#)));
    }
    let api_key_as_token = [key, ("authorization", &*format!("Bearer {}", key.1))];
    assert_eq!(desk.raw(Method::GET, "/v2.1/customers", &api_key_as_token, "").status, 401);
}

#[test]
fn unknown_paths_and_verbs_are_the_gateways_404_without_credentials() {
    let mut desk = Desk::new();
    for (method, path) in [
        (Method::POST, "/v2/auth/token"),
        (Method::GET, "/v2.1/order-items"),
        (Method::GET, "/v2.1/pricegroups"),
        (Method::GET, "/v3/customers"),
        (Method::GET, "/customers"),
        (Method::GET, "/v2.1///customers"),
        (Method::GET, "/v2.1/customers/"),
        (Method::GET, "/v2.1/customers/1/deliveryaddresses"),
        (Method::DELETE, "/v2.1/customers/1"),
        (Method::PATCH, "/v2.1/customers/1"),
        (Method::PUT, "/v2.1/customers"),
    ] {
        let answer = desk.raw(method.clone(), path, &[], "");
        assert_eq!(answer.status, 404, "{method} {path}");
        assert_eq!(answer.body, r#"{ "statusCode": 404, "message": "Resource not found" }"#);
    }
}

#[test]
fn every_call_that_the_gateway_knows_counts_against_the_account() {
    let mut desk = Desk::new();
    let account = desk.system.credentials.account;
    for (method, path, charged) in [
        (Method::GET, "/v2/auth/token", Some(&["token"][..])),
        (Method::GET, "/v2.1/customers", Some(&[])),
        (Method::PUT, "/v2.1/customers/1", Some(&[])),
        (Method::POST, "/v2/auth/token", None),
    ] {
        let call = desk.system.read(&request(method, path, &[], RequestBody::Whole(Bytes::new())));
        let skipped = desk.system.skips(&call, Door::Limit);
        assert_eq!(skipped, charged.is_none(), "{path}");
        desk.stage(|system, stage| {
            let charge = system.charge(&call, stage);
            assert_eq!((charge.account, charge.classes), (account, charged.unwrap_or(&[])), "{path}");
        });
    }
}

fn over_limit(desk: &mut Desk, limit: usize, wait_ms: i64) -> Answer {
    let call = desk.system.read(&request(Method::GET, "/v2.1/customers", &[], RequestBody::Whole(Bytes::new())));
    let reading = Reading { limit, size: 300, remaining: 0, frees_at: desk.at.plus(wait_ms) };
    written(desk.stage(|system, stage| system.over_limit(&call, &reading, stage)))
}

#[test]
fn calls_over_a_limit_are_told_when_to_come_back() {
    let mut desk = Desk::new();
    assert_snapshot!(over_limit(&mut desk, 0, 22_001), @r#"
    429
    content-type: application/json
    retry-after: 23
    { "statusCode": 429, "message": "Rate limit is exceeded. Try again in 23 seconds." }
    "#);
    assert_eq!(over_limit(&mut desk, 0, 1).header("retry-after"), Some("1"));
    assert_snapshot!(over_limit(&mut desk, 1, 18_729_000), @r#"
    403
    content-type: application/json
    retry-after: 18729
    { "statusCode": 403, "message": "Out of call volume quota. Quota will be replenished in 05:12:09." }
    "#);

    let switched = super::Settings { day_breach: StatusCode::TOO_MANY_REQUESTS, retry_after: false, ..settings() };
    let answer = over_limit(&mut Desk::with(switched), 1, 18_729_000);
    assert_eq!((answer.status, answer.header("retry-after")), (429, None));
}

#[test]
fn a_body_too_large_to_read_changes_nothing() {
    let mut desk = Desk::new();
    let (key, bearer) = (desk.system.credentials.api_key.clone(), format!("Bearer {}", desk.token));
    let headers = [("x-api-key", &*key), ("authorization", &*bearer), ("content-type", "application/json")];
    let answer = desk.send(request(Method::POST, "/v2.1/customers", &headers, RequestBody::TooLarge));
    assert_eq!((answer.status, answer.took_effect), (413, false));
    assert!(desk.state.customers().is_empty());
}

#[test]
fn a_failure_of_the_vendors_own_names_its_activity() {
    let mut desk = Desk::new();
    assert_snapshot!(written(desk.stage(|system, stage| system.fail(StatusCode::INTERNAL_SERVER_ERROR, stage))), @r#"
    500
    content-type: application/json
    { "statusCode": 500, "message": "Internal server error", "activityId": "fe06e4cd-ba8d-4be6-93bc-4df44869925b" }
    "#);
}
