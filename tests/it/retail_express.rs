//! Retail Express as an integration meets it: its token, its budgets, its customers, its bad days.

use reqwest::Method;
use serde_json::{Value, json};
use sim::{StartError, SystemName, World};

use crate::caller::{Answer, Caller, arm, credential, exchanges, last, pass_ms, still};

const CUSTOMERS: &str = "/v2.1/customers";
const HOUR_MS: i64 = 3_600_000;

fn keyed(world: &World) -> Caller {
    let key = credential(world, SystemName::RetailExpress, "api_key");
    Caller::new(world, SystemName::RetailExpress).with("x-api-key", key)
}

/// A caller with both credentials.
async fn caller(world: &World) -> Caller {
    let caller = keyed(world);
    let token = token(&caller, "/v2.1/auth/token").await;
    caller.bearing(&token)
}

async fn token(keyed: &Caller, path: &str) -> String {
    keyed.get(path).await.must(200).json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_is_good_for_sixty_minutes_to_the_millisecond() {
    let world = still().start().await.unwrap();
    let keyed = keyed(&world);
    let granted = keyed.get("/v2/auth/token").await.must(200).json();
    assert_eq!(
        (&granted["token_type"], &granted["expires_on"]),
        (&json!("Bearer"), &json!("2026-11-20T12:00:00+11:00"))
    );
    let caller = keyed.bearing(granted["access_token"].as_str().unwrap());
    for (span, status) in [(HOUR_MS - 1, 200), (1, 401)] {
        pass_ms(&world, span).await;
        for version in ["/v2", "/v2.1"] {
            caller.get(&format!("{version}/customers")).await.must(status);
        }
    }
    let refused = caller.get(CUSTOMERS).await.must(401);
    assert_eq!(
        (refused.body.as_str(), refused.header("www-authenticate")),
        ("", Some(r#"Bearer error="invalid_token""#))
    );
    keyed.send(Method::POST, "/v2.1/auth/token", "").await.must(404);
}

#[tokio::test]
async fn a_data_call_needs_the_key_and_the_token() {
    let world = still().start().await.unwrap();
    let both = caller(&world).await;
    both.get(CUSTOMERS).await.must(200);
    assert_eq!(
        last(&world, SystemName::RetailExpress).0.account,
        Some(world.ready()["systems"]["retail_express"]["account"].to_string())
    );
    keyed(&world).get(CUSTOMERS).await.must(401);
    both.with("x-api-key", "0f3c").get(CUSTOMERS).await.must(401);
    let other = caller(&still().start().await.unwrap()).await;
    let foreign = format!("{}{CUSTOMERS}", world.url(SystemName::RetailExpress).unwrap());
    let refused = other.get(&foreign).await.must(401);
    assert!(refused.json()["message"].as_str().unwrap().starts_with("Access denied due to invalid subscription key."));
    let (entry, exchange) = last(&world, SystemName::RetailExpress);
    assert_eq!((entry.account, exchange.status), (None, 401));
}

#[tokio::test]
async fn three_hundred_calls_a_minute_are_the_accounts_whoever_makes_them() {
    let world = still().start().await.unwrap();
    let first = caller(&world).await;
    let second = keyed(&world).with("x-api-key", credential(&world, SystemName::RetailExpress, "api_key_secondary"));
    let second = second.bearing(&token(&second, "/v2/auth/token").await);
    // The two token calls count, what was refused at an earlier door does not.
    first.with("x-api-key", "0f3c").get(CUSTOMERS).await.must(401);
    first.bearing("nobody").get(CUSTOMERS).await.must(401);
    first.get("/v2.1/nothing").await.must(404);
    for caller in [&first, &second] {
        for _ in 0..74 {
            caller.get(CUSTOMERS).await.must(200);
        }
    }
    pass_ms(&world, 20_000).await;
    for caller in [&first, &second] {
        for _ in 0..75 {
            caller.get(CUSTOMERS).await.must(200);
        }
    }
    for caller in [&first, &second] {
        let refused = caller.get(CUSTOMERS).await;
        assert_over_rate(&refused, 40);
        assert!(refused.headers.keys().all(|name| !name.as_str().contains("remaining")), "{refused:?}");
    }
    let (entry, exchange) = last(&world, SystemName::RetailExpress);
    assert_eq!((exchange.limit.as_deref(), entry.took_effect), (Some("minute"), false));

    pass_ms(&world, 39_999).await;
    assert_over_rate(&keyed(&world).get("/v2.1/auth/token").await, 1);
    pass_ms(&world, 1).await;
    for _ in 0..150 {
        first.get(CUSTOMERS).await.must(200);
    }
    assert_over_rate(&first.get(CUSTOMERS).await, 20);
}

#[track_caller]
fn assert_over_rate(answer: &Answer, wait_s: u32) {
    let unit = if wait_s == 1 { "second" } else { "seconds" };
    let body =
        format!(r#"{{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in {wait_s} {unit}." }}"#);
    assert_eq!((answer.status, answer.body.as_str()), (429, body.as_str()));
    assert_eq!(answer.header("retry-after"), Some(wait_s.to_string().as_str()));
}

/// The published quota of 100,000 in small.
const FIVE_A_DAY: &str = r#"
name: five-a-day
system: retail_express
extends: default
limits:
  - id: day
    size: { value: 5, source: "this test", date: 2026-11-20 }
"#;

#[tokio::test]
async fn a_call_beyond_the_days_quota_is_a_403_until_the_accounts_day_turns() {
    let world = still().profile_text(SystemName::RetailExpress, "five.yaml", FIVE_A_DAY).start().await.unwrap();
    pass_ms(&world, 18 * HOUR_MS).await;
    let caller = caller(&world).await;
    for _ in 0..4 {
        caller.get(CUSTOMERS).await.must(200);
    }
    pass_ms(&world, 1_000).await;
    let refused = caller.post(CUSTOMERS, &json!({"first_name": "Mika"})).await.must(403);
    let body =
        r#"{ "statusCode": 403, "message": "Out of call volume quota. Quota will be replenished in 05:59:59." }"#;
    assert_eq!((refused.body.as_str(), refused.header("retry-after")), (body, Some("21599")));
    let (entry, exchange) = last(&world, SystemName::RetailExpress);
    assert_eq!((exchange.limit.as_deref(), entry.took_effect), (Some("day"), false));

    pass_ms(&world, 6 * HOUR_MS - 1_001).await;
    keyed(&world).get("/v2/auth/token").await.must(403);
    pass_ms(&world, 1).await;
    let token = token(&keyed(&world), "/v2/auth/token").await;
    assert_eq!(caller.bearing(&token).get(CUSTOMERS).await.must(200).json()["total_records"], 0);
}

/// A quota of two calls in any minute, and a rate of three a day.
const THE_OTHER_WAY_ROUND: &str = r#"
name: other
system: retail_express
extends: default
limits:
  - { id: minute, told_as: quota, size: { value: 2, source: "this test", date: 2026-11-20 } }
  - { id: day, told_as: rate, size: { value: 3, source: "this test", date: 2026-11-20 } }
"#;

#[tokio::test]
async fn a_limit_refuses_as_its_profile_words_it_however_it_counts() {
    let profile = THE_OTHER_WAY_ROUND;
    let world = still().profile_text(SystemName::RetailExpress, "other.yaml", profile).start().await.unwrap();
    let caller = caller(&world).await;
    caller.get(CUSTOMERS).await.must(200);
    let told = "Out of call volume quota. Quota will be replenished in 00:01:00.";
    assert_eq!(caller.get(CUSTOMERS).await.must(403).json()["message"], told);
    pass_ms(&world, 60_000).await;
    caller.get(CUSTOMERS).await.must(200);
    assert_over_rate(&caller.get(CUSTOMERS).await, 86_340);
}

#[tokio::test]
async fn a_profile_that_is_none_starts_no_world_and_is_named() {
    let bad = still().profile_text(SystemName::RetailExpress, "five.yaml", "name: x\nsystem: ords\n").start().await;
    let Err(StartError::Profile(error)) = bad else { panic!("{bad:?}") };
    assert_eq!(error.to_string(), "this is a profile of ords, not of retail_express");
}

#[tokio::test]
async fn a_customer_written_is_the_customer_read() {
    let world = still().start().await.unwrap();
    let caller = caller(&world).await;
    let sent = json!({
        "first_name": "Mika", "last_name": "Sample", "email": "mika@example.test", "mobile": "+61491570006",
        "marketing": {"receive_email": true, "receive_sms": true}, "home_outlet": {"id": 3},
        "price_groups": [{"id": 1, "name": "Staff", "type": "Fixed"}], "custom_reference": "hs-771"
    });
    let made = caller.post(CUSTOMERS, &sent).await.must(200);
    let own = format!("{CUSTOMERS}/{}", made.json()["id"]);
    assert_eq!(caller.get(&own).await.must(200).body, made.body);
    assert_eq!(only(&caller, "search=hs-771").await, made.json());

    pass_ms(&world, 60_000).await;
    let change = json!({"last_name": "Other", "marketing": {"receive_post": true}, "price_groups": []});
    let updated = caller.put(&own, &change).await.must(200);
    let read = caller.get(&own).await.must(200);
    assert_eq!(read.body, updated.body);
    let mut expected = made.json();
    expected["last_name"] = json!("Other");
    expected["marketing"] = json!({"receive_email": false, "receive_post": true, "receive_sms": false});
    expected["price_groups"] = json!([]);
    expected["modified_on"] = json!("2026-11-20T11:01:00+11:00");
    assert_eq!(read.json(), expected, "what a PUT does not name stays, what it names goes whole");
    assert_eq!(only(&caller, "modified_since=2026-11-20T11:00:30%2B11:00").await, expected);

    let effects = exchanges(&world, SystemName::RetailExpress).into_iter().filter(|(entry, _)| entry.took_effect);
    let operations: Vec<_> = effects.map(|(_, exchange)| exchange.operation).collect();
    assert_eq!(operations, ["customers.create", "customers.update"]);
}

/// The one customer that a list comes to.
async fn only(caller: &Caller, query: &str) -> Value {
    let page = caller.get(&format!("{CUSTOMERS}?{query}")).await.must(200).json();
    assert_eq!(page["total_records"], 1, "{query}");
    page["data"][0].clone()
}

#[tokio::test]
async fn pages_hold_every_customer_once_and_a_refused_write_leaves_none() {
    let world = still().start().await.unwrap();
    world.given(&json!([{"retail_express.customers": {"count": 45}}])).unwrap();
    let caller = caller(&world).await;
    for (body, status) in [("{", 400), (r#"{"email":"none"}"#, 400), ("", 400)] {
        let refused =
            caller.with("content-type", "application/json").send(Method::POST, CUSTOMERS, body).await.must(status);
        assert_eq!(refused.header("content-type"), Some("application/problem+json; charset=utf-8"), "{body}");
    }
    caller.send(Method::POST, CUSTOMERS, "{}").await.must(415);
    caller.put("/v2.1/customers/1", &json!({"first_name": "Mika"})).await.must(404);

    let mut found = Vec::new();
    for (number, size) in [(1, 20), (2, 20), (3, 5), (4, 0)] {
        let page = caller.get(&format!("{CUSTOMERS}?page_number={number}")).await.must(200).json();
        assert_eq!((&page["page_size"], &page["total_records"]), (&json!(20), &json!(45)));
        let ids: Vec<_> = page["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
        assert_eq!(ids.len(), size);
        found.extend(ids);
    }
    let stored = world.records(SystemName::RetailExpress, "customers", 0, 100).unwrap();
    let stored: Vec<_> = stored.records.iter().map(|record| record["id"].as_i64().unwrap()).collect();
    assert_eq!(found, stored);
}

#[tokio::test]
async fn a_row_changed_between_two_pages_hides_another() {
    let world = still().start().await.unwrap();
    let caller = caller(&world).await;
    let mut made = Vec::new();
    for name in ["A", "B", "C"] {
        made.push(caller.post(CUSTOMERS, &json!({"first_name": name})).await.must(200).json()["id"].clone());
        pass_ms(&world, 1_000).await;
    }
    let page = async |number: u32| -> Vec<Value> {
        let query = format!("{CUSTOMERS}?order_by=modified_on%20asc&page_size=2&page_number={number}");
        let page = caller.get(&query).await.must(200).json();
        page["data"].as_array().unwrap().iter().map(|row| row["first_name"].clone()).collect()
    };
    assert_eq!(page(1).await, ["A", "B"]);
    caller.put(&format!("{CUSTOMERS}/{}", made[0]), &json!({})).await.must(200);
    assert_eq!(page(2).await, ["A"], "C has moved to the first page");
}

#[tokio::test]
async fn what_the_service_lets_pass() {
    let world = still().start().await.unwrap();
    let caller = caller(&world).await;
    for (sent, pointer, kept) in [
        (json!({}), "/email", json!(null)),
        (json!({"email": ""}), "/email", json!("")),
        (json!({"last_name": "x".repeat(5_000)}), "/last_name", json!("x".repeat(5_000))),
        (json!({"customer_type": {"id": 99, "name": "None"}}), "/customer_type/name", json!("None")),
        (
            json!({"billing_address": {"email": "b@example.test", "suburb": "Manly"}}),
            "/billing_address/email",
            json!(null),
        ),
    ] {
        let made = caller.post(CUSTOMERS, &sent).await.must(200).json();
        let read = caller.get(&format!("{CUSTOMERS}/{}", made["id"])).await.must(200).json();
        assert_eq!(read.pointer(pointer).unwrap_or(&Value::Null), &kept, "{pointer}");
    }
    let liked = caller.get(&format!("{CUSTOMERS}?filter_by=last_name:like:xx")).await.must(200).json();
    assert_eq!(liked["total_records"], 1);
}

#[tokio::test]
async fn a_burst_is_told_in_the_fronts_words_and_leaves_nothing() {
    let world = still().start().await.unwrap();
    let caller = caller(&world).await;
    arm(&world, "5xx-burst", SystemName::RetailExpress, "POST", 3);
    for (status, message) in [(502, "Bad Gateway"), (503, "Service Unavailable"), (504, "Gateway Timeout")] {
        let failed = caller.post(CUSTOMERS, &json!({"first_name": "Mika"})).await.must(status);
        assert_eq!((&failed.json()["statusCode"], &failed.json()["message"]), (&json!(status), &json!(message)));
        assert_eq!(failed.json()["activityId"].as_str().unwrap().len(), 36);
        assert!(!last(&world, SystemName::RetailExpress).0.took_effect);
    }
    assert_eq!(caller.get(CUSTOMERS).await.json()["total_records"], 0);
}

#[tokio::test]
async fn writes_are_there_although_they_timed_out() {
    let world = still().start().await.unwrap();
    let caller = caller(&world).await;
    for method in ["POST", "PUT"] {
        arm(&world, "commit-then-timeout", SystemName::RetailExpress, method, 1);
    }
    let lost = caller.post(CUSTOMERS, &json!({"first_name": "Mika"})).await.must(504);
    assert_eq!(lost.json()["message"], "Gateway Timeout");
    assert_lost_effect(&world);
    let id = only(&caller, "search=Mika").await["id"].clone();
    let own = format!("{CUSTOMERS}/{id}");
    caller.put(&own, &json!({"first_name": "Nima"})).await.must(504);
    assert_lost_effect(&world);
    assert_eq!(caller.get(&own).await.must(200).json()["first_name"], "Nima");
    caller.post(CUSTOMERS, &json!({"first_name": "Nima"})).await.must(200);
    assert_eq!(caller.get(CUSTOMERS).await.json()["total_records"], 2, "a blind retry doubles");
}

#[track_caller]
fn assert_lost_effect(world: &World) {
    let (entry, exchange) = last(world, SystemName::RetailExpress);
    assert_eq!(
        (exchange.status, exchange.fault.as_deref(), entry.took_effect),
        (504, Some("commit-then-timeout"), true)
    );
}
