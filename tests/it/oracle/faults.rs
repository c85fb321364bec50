//! Bad days of ORDS and of the gateway: in whose words they are told, and what is left behind.

use serde_json::{Value, json};
use sim::{SystemName, World};

use super::{CUSTOMERS, gateway, ords};
use crate::caller::{arm, exchanges, last, still};

fn count(world: &World) -> usize {
    world.records(SystemName::Ords, "customers", 0, 10).unwrap().total
}

#[tokio::test]
async fn a_burst_at_ords_is_told_as_problems_and_leaves_nothing() {
    let world = still().start().await.unwrap();
    let caller = ords(&world).await;
    arm(&world, "5xx-burst", SystemName::Ords, "POST", 3);
    for (status, code) in [(502, "BadGateway"), (503, "ServiceUnavailable"), (504, "GatewayTimeout")] {
        let failed = caller.post(CUSTOMERS, &json!({"email": "kim@example.com"})).await.must(status);
        assert_eq!(failed.header("content-type"), Some("application/problem+json"));
        assert_eq!(failed.json()["type"], format!("tag:oracle.com,2020:error/{code}"));
        let (entry, exchange) = last(&world, SystemName::Ords);
        assert_eq!((exchange.fault.as_deref(), entry.took_effect), (Some("5xx-burst"), false));
    }
    assert_eq!(caller.get(CUSTOMERS).await.json()["count"], 0);
    caller.post(CUSTOMERS, &json!({"email": "kim@example.com"})).await.must(201);
    assert_eq!(caller.get(CUSTOMERS).await.json()["count"], 1);
}

#[tokio::test]
async fn a_row_is_there_although_ords_timed_out_and_a_blind_retry_doubles_it() {
    let world = still().start().await.unwrap();
    let caller = ords(&world).await;
    arm(&world, "commit-then-timeout", SystemName::Ords, "POST", 1);
    let lost = caller.post(CUSTOMERS, &json!({"email": "kim@example.com"})).await.must(504);
    assert_eq!(lost.json()["code"], "GatewayTimeout");
    let (entry, exchange) = last(&world, SystemName::Ords);
    assert_eq!(
        (exchange.fault.as_deref(), exchange.status, entry.took_effect),
        (Some("commit-then-timeout"), 504, true)
    );

    assert_eq!(caller.get(CUSTOMERS).await.json()["items"][0]["email"], "kim@example.com");
    caller.post(CUSTOMERS, &json!({"email": "kim@example.com"})).await.must(201);
    assert_eq!(caller.get(CUSTOMERS).await.json()["count"], 2);
}

#[tokio::test]
async fn a_burst_at_the_gateway_asks_no_back_end() {
    let world = still().start().await.unwrap();
    let caller = gateway(&world).await.with("opc-request-id", "mine/of/old");
    arm(&world, "5xx-burst", SystemName::OciGateway, "POST", 3);
    let asked = exchanges(&world, SystemName::Ords).len();
    for (status, message) in [(502, "Bad Gateway"), (503, "Service Unavailable"), (504, "Gateway Timeout")] {
        let failed = caller.post("/erp/v1/customers/", &json!({})).await.must(status);
        assert_eq!(failed.json(), json!({"code": status, "message": message}));
        assert_eq!(failed.header("server"), Some("Oracle API Gateway"));
        assert!(failed.header("opc-request-id").unwrap().starts_with("mine/"), "{failed:?}");
        assert!(!last(&world, SystemName::OciGateway).0.took_effect);
    }
    assert_eq!((exchanges(&world, SystemName::Ords).len(), count(&world)), (asked, 0));
}

#[tokio::test]
async fn a_write_is_there_although_the_gateway_timed_out() {
    let world = still().start().await.unwrap();
    let caller = gateway(&world).await.with("opc-request-id", "mine");
    arm(&world, "commit-then-timeout", SystemName::OciGateway, "POST", 1);
    arm(&world, "commit-then-timeout", SystemName::OciGateway, "PUT", 2);
    let lost = caller.post("/erp/v1/customers/", &json!({"email": "kim@example.com"})).await.must(504);
    assert_eq!(lost.body, r#"{"code":504,"message":"Gateway Timeout"}"#);
    assert!(lost.header("opc-request-id").unwrap().starts_with("mine/"), "{lost:?}");
    assert_eq!((lost.header("etag"), lost.header("location")), (None, None), "the answer is lost whole");
    assert_took_effect(&world, 201, true);

    caller.put("/erp/v1/customers/1", &json!({"email": "kim@example.org"})).await.must(504);
    assert_took_effect(&world, 200, true);
    caller.put("/erp/v1/customers/1", &json!({"store_id": "none"})).await.must(504);
    assert_took_effect(&world, 400, false);
    assert_eq!(caller.get("/erp/v1/customers/1").await.must(200).json()["email"], "kim@example.org");
}

/// What ORDS answered and what the gateway made of it: both say whether the call took effect.
#[track_caller]
fn assert_took_effect(world: &World, behind: u16, took_effect: bool) {
    let (inner, answered) = last(world, SystemName::Ords);
    let (outer, told) = last(world, SystemName::OciGateway);
    assert_eq!((answered.status, inner.took_effect), (behind, took_effect));
    assert_eq!(
        (told.status, told.fault.as_deref(), outer.took_effect),
        (504, Some("commit-then-timeout"), took_effect)
    );
}

#[tokio::test]
async fn a_time_out_of_ords_passes_the_gateway_and_both_know_that_it_took_effect() {
    let world = still().start().await.unwrap();
    let caller = gateway(&world).await;
    arm(&world, "commit-then-timeout", SystemName::Ords, "POST", 1);
    let lost = caller.post("/erp/v1/customers/", &json!({"email": "kim@example.com"})).await.must(504);
    assert_eq!(lost.json()["code"], json!("GatewayTimeout"), "the words are those of ORDS");
    assert_ne!(lost.json()["instance"], Value::Null);
    let (outer, told) = last(&world, SystemName::OciGateway);
    assert_eq!((told.fault, outer.took_effect), (None, true));
    assert_eq!(count(&world), 1);
}
