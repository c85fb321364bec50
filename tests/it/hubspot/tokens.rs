//! Who may call: hubspot-limits-webhooks-auth.md §4.4.

use reqwest::Method;
use serde_json::json;

use super::{CONTACTS, Portal, refused};
use crate::support::{Client, pass, still};

const NOT_FOUND: &str = r#"{"status":"error","message":"Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview","correlationId":"ID","category":"INVALID_AUTHENTICATION"}"#;

fn expired(days: u32) -> String {
    format!(
        r#"{{"status":"error","message":"The OAuth token used to make this call expired {days} day(s) ago.","correlationId":"ID","category":"EXPIRED_AUTHENTICATION","context":{{"expire time":["1970-01-01T00:00:00Z"]}}}}"#
    )
}

#[tokio::test]
async fn a_call_without_a_good_token_is_401_in_the_vendors_two_wordings() {
    let portal = Portal::open().await;
    let token = portal.client.authorization().unwrap();
    let token = token.strip_prefix("Bearer ").unwrap();
    let other = still().start().await.unwrap();
    let theirs = Client::hubspot(&other).authorization().unwrap().to_owned();
    assert_ne!(theirs, format!("Bearer {token}"), "no two worlds share a token");

    // 2026-11-20 is the 20777th day since 1970 began.
    let (none, then) = (NOT_FOUND.to_owned(), expired(20_777));
    for (authorization, body) in [
        (None, &none),
        (Some(String::new()), &none),
        (Some("Bearer ".to_owned()), &none),
        (Some(token.to_owned()), &none),
        (Some(format!("Basic {token}")), &none),
        (Some("Bearer pat-na1-00000000-0000-4000-8000-000000000000".to_owned()), &none),
        (Some("Bearer pat-na1-nonsense".to_owned()), &none),
        (Some(theirs), &none),
        (Some("Bearer not base64url!".to_owned()), &none),
        (Some("Bearer abcde".to_owned()), &none),
        (Some("Bearer access-token".to_owned()), &then),
        (Some("Bearer CJ-_Yg".to_owned()), &then),
        (Some("Bearer CJ-_Yg==".to_owned()), &then),
        (Some("Bearer abcdef0".to_owned()), &then),
    ] {
        let client = portal.client.with(authorization.clone());
        let answer = client.get(CONTACTS).await;
        refused(&answer, 401, body);
        assert!(!answer.headers.keys().any(|name| name.as_str().contains("ratelimit")), "{authorization:?}");
        assert_eq!(answer.header("x-request-id"), answer.header("x-hubspot-correlation-id"));
    }
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let client = portal.client.with(Some(format!("{scheme} {token}")));
        client.get(CONTACTS).await.must(200);
    }
}

#[tokio::test]
async fn the_days_of_a_garbled_token_are_the_worlds() {
    let portal = Portal::open().await;
    pass(&portal.world, "2d").await;
    refused(&portal.client.bearing("access-token").get(CONTACTS).await, 401, &expired(20_779));
}

#[tokio::test]
async fn a_bad_token_is_told_before_all_that_is_wrong_with_the_call() {
    let portal = Portal::open().await;
    let stranger = portal.client.bearing("pat-na1-x");
    let inputs: Vec<_> = (0..101).map(|n| json!({"id": n.to_string()})).collect();
    refused(&stranger.post(&format!("{CONTACTS}/batch/archive"), &json!({"inputs": inputs})).await, 401, NOT_FOUND);
    refused(&stranger.send(Method::POST, CONTACTS, Some("application/json"), "{").await, 401, NOT_FOUND);
    refused(&stranger.send(Method::POST, CONTACTS, Some("text/plain"), "{}").await, 401, NOT_FOUND);
    refused(&stranger.get("/crm/v3/objects/butterflies").await, 401, NOT_FOUND);
    // While the portal is over its limits as well.
    while portal.client.get(CONTACTS).await.status == 200 {}
    refused(&stranger.get(CONTACTS).await, 401, NOT_FOUND);
}
