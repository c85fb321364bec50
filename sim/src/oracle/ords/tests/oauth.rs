//! Tokens: who gets one, how long it is good, and what a call without one is told.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::harness::{Bench, COLLECTION};
use crate::oracle::ords::{Credentials, Schema};
use crate::{Moment, Seed};

const TOKEN: &str = "/ords/crm/oauth/token";
const GRANT: &str = "grant_type=client_credentials";

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

#[test]
fn credentials_have_the_vendors_shape_and_no_two_worlds_share_them() {
    let a = Credentials::draw(Seed(7), "1");
    assert_eq!(a, Credentials::draw(Seed(7), "1"));
    for text in [&a.client_id, &a.client_secret] {
        assert!(text.len() == 24 && text.ends_with(".."), "{text}");
    }
    for (seed, world) in [(Seed(7), "2"), (Seed(8), "1")] {
        let other = Credentials::draw(seed, world);
        assert_ne!(a.client_id, other.client_id);
        assert_ne!(a.client_secret, other.client_secret);
        assert_ne!(a.token(Seed(7), 1), other.token(seed, 1));
    }
}

#[test]
fn each_call_gives_a_new_token_and_the_old_one_lives_to_its_end() {
    let mut bench = Bench::of(Schema::built_in(), "b");
    let credentials = bench.ords.credentials().clone();
    bench.forget_token();
    let client = basic(&credentials.client_id, &credentials.client_secret);
    let first = bench.call("POST", TOKEN, &[("authorization", &client)], GRANT);
    assert_eq!(first.status, 200);
    let old = first.json()["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(first.text(), format!("{{\"access_token\":\"{old}\",\"token_type\":\"bearer\",\"expires_in\":3600}}"));
    assert_eq!(old.len(), 22);
    bench.at = Moment::START.plus(1_800_000);
    let new = bench.token();
    assert_ne!(old, new);
    let read = |bench: &mut Bench, token: &str| {
        bench.call("GET", COLLECTION, &[("authorization", &format!("bearer {token}"))], "").status
    };
    bench.at = Moment::START.plus(3_599_999);
    assert_eq!(
        (read(&mut bench, &old), read(&mut bench, &new)),
        (200.try_into().expect("OK"), 200.try_into().expect("OK"))
    );
    bench.at = Moment::START.plus(3_600_000);
    assert_eq!(read(&mut bench, &old), 401);
    assert_eq!(read(&mut bench, &new), 200);
}

#[test]
fn a_call_without_a_good_token_is_told_so() {
    let mut bench = Bench::new();
    let secret = bench.ords.credentials().client_secret.clone();
    bench.forget_token();
    let invalid = Some("Bearer realm=\"Oracle REST Data Services\", error=\"invalid_token\"");
    let unknown = Some("Basic realm=\"Oracle REST Data Services\"");
    let cases = [
        ("GET", COLLECTION, None, "", None),
        ("POST", COLLECTION, None, "not json", None),
        ("GET", COLLECTION, Some("Bearer AAAAAAAAAAAAAAAAAAAAAA".to_owned()), "", invalid),
        ("GET", COLLECTION, Some(format!("Bearer {secret}")), "", invalid),
        ("POST", TOKEN, None, GRANT, unknown),
        ("POST", TOKEN, Some(basic("nobody..", &secret)), GRANT, unknown),
        ("POST", TOKEN, Some("Basic ?".to_owned()), GRANT, unknown),
        ("POST", TOKEN, None, "grant_type=client_credentials&client_id=x&client_secret=y", unknown),
    ];
    for (method, target, authorization, body, challenge) in cases {
        let headers: Vec<_> = authorization.iter().map(|value| ("authorization", value.as_str())).collect();
        let answer = bench.call(method, target, &headers, body);
        assert_eq!(answer.status, 401, "{target} {authorization:?}");
        assert_eq!(answer.json()["code"], "Unauthorized");
        assert_eq!(answer.header("www-authenticate"), challenge, "{target} {authorization:?}");
        assert!(!answer.took_effect);
    }
}

#[test]
fn a_token_needs_the_one_grant_type() {
    let mut bench = Bench::new();
    let credentials = bench.ords.credentials().clone();
    let client = basic(&credentials.client_id, &credentials.client_secret);
    for form in ["", "grant_type=", "grant_type=password", "{\"grant_type\":\"client_credentials\"}"] {
        let answer = bench.call("POST", TOKEN, &[("authorization", &client)], form);
        assert_eq!(answer.status, 400, "{form}");
        assert!(!answer.took_effect);
    }
}
