//! POST and PUT, each read back by another operation, and the tester's hand.

use serde_json::json;

use super::harness::{Bench, COLLECTION};
use crate::Moment;

const SEVEN: &str = "/ords/crm/customers/7";

#[test]
fn a_posted_row_is_generated_answered_and_read_back() {
    let mut bench = Bench::new();
    bench.put(json!([{"customer_id": 41}])).expect("a row");
    bench.at = Moment::START.plus(1_234);
    let sent =
        json!({"email": "a@example.com", "store_id": "12", "marketing_opt_in": "Y", "first_name": ""}).to_string();
    let answer = bench.call("POST", COLLECTION, &[], &sent);
    assert_eq!(answer.status, 201);
    assert!(answer.took_effect);
    let address = "http://ords.internal:8080/ords/crm/customers/42";
    assert_eq!(answer.header("location"), Some(address));
    assert_eq!(answer.header("content-location"), Some(address));
    let read = bench.get("/ords/crm/customers/42");
    assert_eq!(read.body, answer.body);
    assert_eq!(read.header("etag"), answer.header("etag"));
    let row = read.json();
    for (member, value) in [
        ("customer_id", json!(42)),
        ("store_id", json!(12)),
        ("marketing_opt_in", json!("Y")),
        ("status", json!("ACTIVE")),
        ("first_name", json!(null)),
        ("created", json!("2026-11-20T00:00:01Z")),
        ("last_updated", json!("2026-11-20T00:00:01Z")),
    ] {
        assert_eq!(row[member], value, "{member}");
    }
}

#[test]
fn a_put_replaces_the_whole_row_and_members_left_out_become_null() {
    let mut bench = Bench::new();
    bench.put(json!([{"customer_id": 7, "email": "a@example.com", "mobile": "0400"}])).expect("a row");
    bench.at = Moment::START.plus(5_000);
    let read = bench.get(SEVEN);
    let answer = bench.call("PUT", SEVEN, &[], r#"{"customer_id":7,"email":"b@example.com","links":[]}"#);
    assert_eq!(answer.status, 200);
    assert!(answer.took_effect);
    assert_eq!(answer.header("location"), None);
    let row = bench.get(SEVEN).json();
    assert_eq!(row["email"], "b@example.com");
    assert_eq!((&row["mobile"], &row["marketing_opt_in"], &row["status"]), (&json!(null), &json!(null), &json!(null)));
    assert_eq!(row["created"], "2026-11-20T00:00:00Z");
    assert_eq!(row["last_updated"], "2026-11-20T00:00:05Z");
    let back = bench.call("PUT", SEVEN, &[], read.text());
    assert_eq!(back.status, 200, "a row can be sent back as it was read");
    assert_eq!(bench.get(SEVEN).json()["mobile"], "0400");
}

#[test]
fn a_put_to_a_new_key_creates_it() {
    let mut bench = Bench::new();
    let answer = bench.call("PUT", SEVEN, &[], r#"{"email":"a@example.com"}"#);
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("location"), Some("http://ords.internal:8080/ords/crm/customers/7"));
    assert_eq!(bench.get(COLLECTION).ids(), [7]);
    let next = bench.call("POST", COLLECTION, &[], "{}");
    assert_eq!(next.json()["customer_id"], 8, "the sequence stays ahead");
}

#[test]
fn if_match_lets_only_the_current_tag_through() {
    let mut bench = Bench::new();
    bench.put(json!([{"customer_id": 7, "email": "a@example.com"}])).expect("a row");
    let tag = bench.get(SEVEN).header("etag").expect("a tag").to_owned();
    let put = |bench: &mut Bench, tag: &str, email: &str| {
        bench.call("PUT", SEVEN, &[("if-match", tag)], &json!({"email": email}).to_string())
    };
    assert_eq!(put(&mut bench, &format!("\"x\", {tag}"), "b@example.com").status, 200);
    let late = put(&mut bench, &tag, "c@example.com");
    assert_eq!(late.status, 412);
    assert!(!late.took_effect);
    assert_eq!(late.json()["code"], "PreconditionFailed");
    assert_eq!(bench.get(SEVEN).json()["email"], "b@example.com");
    assert_eq!(put(&mut bench, "*", "d@example.com").status, 200);
    let absent = bench.call("PUT", "/ords/crm/customers/8", &[("if-match", "*")], "{}");
    assert_eq!(absent.status, 412);
    assert_eq!(bench.get("/ords/crm/customers/8").status, 404);
}

#[test]
fn rows_written_within_a_second_share_their_stamp() {
    let mut bench = Bench::new();
    for ms in [0, 400, 999] {
        bench.at = Moment::START.plus(ms);
        bench.call("POST", COLLECTION, &[], "{}");
    }
    let stamp = json!({"$date": "2026-11-20T00:00:00Z"});
    assert_eq!(bench.query(&json!({"last_updated": stamp}), "").ids(), [1, 2, 3]);
    assert_eq!(bench.query(&json!({"last_updated": {"$gt": stamp}}), "").ids(), [0_i64; 0]);
}

#[test]
fn the_testers_hand_merges_and_is_all_or_nothing() {
    let mut bench = Bench::new();
    let rows = json!([
        {"email": "a@example.com", "created": "2024-01-01T00:00:00+11:00", "last_updated": "2025-01-01T00:00:00.700Z"},
        {"customer_id": 9},
        {"email": "b@example.com"},
    ]);
    assert_eq!(bench.put(rows), Ok(3));
    assert_eq!(bench.get(COLLECTION).ids(), [1, 9, 10]);
    bench.at = Moment::START.plus(60_000);
    bench.put(json!([{"customer_id": 1, "mobile": "0400"}])).expect("a change");
    let (_, rows) = bench.state.list("customers", 0, 1).expect("the table");
    assert_eq!(rows[0]["email"], "a@example.com");
    assert_eq!(rows[0]["created"], "2023-12-31T13:00:00Z");
    assert_eq!(rows[0]["last_updated"], "2026-11-20T00:01:00Z");
    let before = bench.get(COLLECTION).body;
    for (bad, says) in [
        (
            json!([{"customer_id": 1, "email": "c@example.com"}, {"colour": "red"}]),
            "row 1: customers has no column colour",
        ),
        (json!([{"store_id": "x"}]), "row 0: \"x\" does not fit the column store_id"),
        (json!([7]), "row 0: not an object"),
    ] {
        assert_eq!(bench.put(bad), Err(says.to_owned()));
    }
    assert_eq!(bench.get(COLLECTION).body, before);
    assert_eq!(bench.state.tables(), ["customers"]);
    assert!(bench.state.list("orders", 0, 1).is_none());
}
