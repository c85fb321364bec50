//! What the control API refuses, with which status, and that it says what is wrong and what to do.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Api;

#[tokio::test]
async fn each_refusal_says_what_is_wrong_and_what_to_do() {
    let api = Api::with_world().await;
    api.made(json!({"id": "ords-only", "systems": ["ords"], "clock": "manual"})).await;
    api.post("clock", json!({"advance": "1h"})).await;
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    let table: &[(&Method, &str, &str, u16, &[&str])] = &[
        // A world that is none.
        (&get, "clock?world=b", "", 404, &["there is no world `b`; there are: 1, ords-only", "GET /_standin/worlds"]),
        (&post, "clock?world=b", r#"{"mode":"manual"}"#, 404, &["no world `b`"]),
        (&post, "clock/parties/a?world=b", "", 404, &["no world `b`"]),
        (&delete, "clock/parties/a?world=b", "", 404, &["no world `b`"]),
        (&get, "clock/sleep?for=1s&world=b", "", 404, &["no world `b`"]),
        (&get, "journal?world=b", "", 404, &["no world `b`"]),
        (&get, "state/hubspot/contacts?world=b", "", 404, &["no world `b`"]),
        (&post, "state/hubspot/contacts?world=b", r#"{"records":[]}"#, 404, &["no world `b`"]),
        (&post, "seed?world=b", "[]", 404, &["no world `b`"]),
        (&post, "reset?world=b", "", 404, &["no world `b`"]),
        (&post, "snapshot?world=b", "", 404, &["no world `b`"]),
        (&post, "restore?world=b", r#"{"id":"snapshot-1"}"#, 404, &["no world `b`"]),
        (&get, "faults?world=b", "", 404, &["no world `b`"]),
        (&post, "faults?world=b", r#"{"name":"5xx-burst"}"#, 404, &["no world `b`"]),
        (&delete, "faults?world=b", "", 404, &["no world `b`"]),
        (&post, "fork?world=b", "", 404, &["no world `b`"]),
        (&delete, "worlds/b", "", 404, &["no world `b`"]),
        // A new world.
        (&post, "worlds", r#"{"id":"1"}"#, 409, &["world `1` is there already", "choose another id"]),
        (&post, "fork", r#"{"id":"1"}"#, 409, &["world `1` is there already"]),
        (&post, "worlds", r#"{"id":"a/b"}"#, 400, &["`a/b` is no world id", "openapi.json"]),
        (&post, "fork", r#"{"id":""}"#, 400, &["`` is no world id"]),
        (&post, "worlds", r#"{"profiles":{"hubspot":"x"}}"#, 400, &["no profile `x`", "professional, ", "enterprise"]),
        (&post, "worlds", r#"{"profiles":{"hubspt":"x"}}"#, 400, &["`profiles.hubspt`", "retail_express"]),
        (&post, "worlds", r#"{"systems":["hubspot","jd"]}"#, 400, &["`systems[1]`", "`jd`", "`oci_gateway`"]),
        (&post, "worlds", r#"{"systems":[]}"#, 400, &["`systems` is empty", "leave it out"]),
        (&post, "worlds", r#"{"sed":7}"#, 400, &["no member `sed` here; there is `id`, `seed`", "(line 1, column 6)"]),
        (
            &post,
            "worlds",
            r#"{"seed":-7}"#,
            400,
            &["`seed`: `-7` does not fit here; it is to be a whole number, 0 or more"],
        ),
        (&post, "worlds", r#"{"clock":"fast"}"#, 400, &["`fast` is not a clock mode", "real, scaled, auto and manual"]),
        (&post, "worlds", r#"{"clock":"scaled"}"#, 400, &["needs a `scale`"]),
        (&post, "worlds", r#"{"clock":"scaled","scale":0}"#, 400, &["`0` is not a scale"]),
        (&post, "worlds", r#"{"scale":60}"#, 400, &["`scale` goes with"]),
        (&post, "worlds", r#"{"clock":"real","start":"2026-11-20T00:00:00Z"}"#, 400, &["takes no `start`"]),
        (&post, "worlds", r#"{"clock":"manual","start":"now"}"#, 400, &["`start`", "`now` is not an instant"]),
        (
            &post,
            "hubspot/deliver",
            r#"{"forged":"old"}"#,
            400,
            &["`forged`", r#"{"forged": "stale", "events": [{"eventId": 1"#, r#"{"event": {"#],
        ),
        (&post, "worlds", "[1]", 400, &[r#"the body is to be an object, like {"id": "a""#]),
        (&post, "worlds", r#"["a",7]"#, 400, &["the body is to be an object"]),
        (&post, "worlds", r#"{"systems":"ords"}"#, 400, &["`systems`: \"ords\" does not fit here; it is to be a list"]),
        (&post, "worlds", r#"{"id":"c""#, 400, &["ends too early", "(line 1, column 9)"]),
        (&post, "worlds", r#"{"id":"c"} and more"#, 400, &["goes on after its JSON"]),
        // The clock.
        (&post, "clock", r#"{"to":"2026-11-20T00:00:00Z"}"#, 400, &["never goes back", "2026-11-20T01:00:00.000Z"]),
        (&post, "clock", r#"{"mode":"real"}"#, 409, &["the clock was moved"]),
        (&post, "clock", r#"{"advance":"61"}"#, 400, &["`61` is not a span", "61m"]),
        (&post, "clock", r#"{"advance":"-1s"}"#, 400, &["`-1s` is not a span"]),
        (&post, "clock", r#"{"to":"tomorrow"}"#, 400, &["`tomorrow` is not an instant"]),
        (&post, "clock", r#"{"advance":"1s","to":"2027-01-01T00:00:00Z"}"#, 400, &["not both"]),
        (&post, "clock", "{}", 400, &["nothing to change"]),
        (&post, "clock", "", 400, &["nothing to change"]),
        (&post, "clock", r#"{"mode":"slow"}"#, 400, &["`slow` is not a clock mode"]),
        (&post, "clock", r#"{"advance":"99999999d"}"#, 400, &["beyond the last instant"]),
        (&get, "clock/sleep", "", 400, &["the query does not fit: `for` is missing"]),
        (&get, "clock/sleep?for=soon", "", 400, &["`soon` is not a span", "10s"]),
        (&get, "clock/sleep?for=1s&party=x", "", 404, &["no party `x`", "POST /_standin/clock/parties/NAME"]),
        (&delete, "clock/parties/x", "", 404, &["no party `x`"]),
        // The journal.
        (
            &get,
            "journal?kind=exchange,calls",
            "",
            400,
            &["no kind `calls`", "exchange, delivery, change, clock, fault, world"],
        ),
        (&get, "journal?since=last", "", 400, &["`since`: it is to be a whole number, 0 or more"]),
        (&get, "journal?follow=yes", "", 400, &["`follow`: it is to be true or false"]),
        (&get, "journal?form=1", "", 400, &["no member `form`", "`since`", "openapi.json"]),
        (&get, "journal?since=1&since=2", "", 400, &["`since` is given twice"]),
        // State.
        (&get, "state/hubspt/contacts", "", 404, &["no system `hubspt`; it has: hubspot, oci_gateway, ords"]),
        (
            &get,
            "state/hubspot/contacts?world=ords-only",
            "",
            404,
            &["`ords-only` has no system `hubspot`; it has: ords"],
        ),
        (
            &get,
            "state/hubspot/contact",
            "",
            404,
            &["no record type `contact` (did you mean `contacts`?); it has: contacts"],
        ),
        (&post, "state/hubspot/contact", r#"{"records":[]}"#, 404, &["no record type `contact`"]),
        (&get, "state/hubspot/contacts?limit=10001", "", 400, &["limit is at most 10000", "offset"]),
        (&get, "state/hubspot/contacts?offset=-1", "", 400, &["`offset`: it is to be a whole number"]),
        (&post, "state/hubspot/contacts", "", 400, &["`records` is missing", r#"{"records": ["#]),
        (
            &post,
            "state/hubspot/contacts",
            r#"{"records":[{"property":{"email":"kim@example.com"}}]}"#,
            400,
            &["record 0: there is no member `property`; a record has `id` and `properties`"],
        ),
        (&post, "state/hubspot/contacts", r#"{"records":[{"email":"kim@example.com"}]}"#, 400, &["no member `email`"]),
        (&post, "state/hubspot/contacts", r#"{"records":[{}]}"#, 400, &["`properties` is missing"]),
        (&post, "state/hubspot/contacts", r#"{"records":[7]}"#, 400, &["record 0: it is to be an object"]),
        (
            &post,
            "state/hubspot/contacts",
            r#"{"records":[{"properties":["email"]}]}"#,
            400,
            &["`properties` is to be an object"],
        ),
        (
            &post,
            "state/retail_express/customers",
            r#"{"records":[{"first_name":"Kim"},{"frist_name":"Lee"}]}"#,
            400,
            &["record 1: there is no member `frist_name`", "first_name"],
        ),
        (
            &post,
            "state/retail_express/customers",
            r#"{"records":[{"marketing":{"recieve_sms":true}}]}"#,
            400,
            &["`marketing.recieve_sms`", "receive_sms"],
        ),
        (
            &post,
            "state/hubspot/contacts",
            r#"{"records":{}}"#,
            400,
            &["`records`: an object does not fit here; it is to be a list"],
        ),
        (&post, "seed", "{}", 400, &["`given` is a list of steps"]),
        (&post, "seed", r#"[{"hubspot.deals":{"count":1}}]"#, 400, &["step 0", "`hubspot.deals`", "hubspot.contacts"]),
        (
            &post,
            "seed",
            r#"[{"ords.customers":{"count":"x"}}]"#,
            400,
            &["step 0, ords.customers: \"x\" does not fit here; it is to be a whole number", "nothing was put in"],
        ),
        (&post, "seed", r#"[{"ords.customers":[50]}]"#, 400, &["step 0, ords.customers: a list", "an object"]),
        (
            &post,
            "seed",
            r#"[{"ords.customers":{"count":1}},{"hubspot.contacts":{"count":1,"subscribed":true}}]"#,
            400,
            &["step 1, hubspot.contacts", "`subscribed` does nothing here"],
        ),
        (
            &post,
            "seed",
            r#"[{"ords.customers":{"count":1}},{"ords.customers":{"count":1,"set":{"e_mail":null}}}]"#,
            400,
            &["step 1, ords.customers: row 0", "e_mail"],
        ),
        (
            &post,
            "seed",
            r#"[{"hubspot.contacts":{"count":1,"set":{"nonsense":"x"}}}]"#,
            400,
            &["step 0, hubspot.contacts: record 0", "nonsense"],
        ),
        (&post, "snapshot", r#"{"id":"mine"}"#, 400, &["no member `id`"]),
        (&post, "reset", "[]", 400, &["the body is to be an object"]),
        (&post, "restore", r#"{"id":"snapshot-9"}"#, 404, &["no snapshot `snapshot-9`", "POST /_standin/snapshot"]),
        (&post, "restore", "{}", 400, &["`id` is missing"]),
        (&post, "restore", r#"["snapshot-1"]"#, 400, &[r#"the body is to be an object, like {"id": "snapshot-1"}"#]),
        // Faults.
        (
            &post,
            "faults",
            r#"{"name":"flood"}"#,
            400,
            &["no fault `flood`; known are: 429-storm, 5xx-burst, commit-then-timeout"],
        ),
        (&post, "faults", r#"{"name":"5xx-burst","count":0}"#, 400, &["count must be at least 1"]),
        (&post, "faults", r#"{"name":"5xx-burst","status":404}"#, 400, &["a status from 500 to 599, and not 404"]),
        (&post, "faults", r#"{"name":"5xx-burst","where":{"system":"x"}}"#, 400, &["`where.system`", "`hubspot`"]),
        (&post, "faults", r#"{"count":1}"#, 400, &["`name` is missing"]),
        (&post, "faults", r#"{"name":"5xx-burst","where":{"path":"crm"}}"#, 400, &["`crm`", "/crm/v3/objects"]),
        (
            &post,
            "faults",
            r#"{"name":"5xx-burst","where":{"path":"/crm/v3/objects/contacts?limit=1"}}"#,
            400,
            &["`/crm/v3/objects/contacts?limit=1` has a query, which does not count"],
        ),
        (
            &post,
            "faults?world=ords-only",
            r#"{"name":"5xx-burst","where":{"system":"hubspot"}}"#,
            400,
            &["world `ords-only` has no system `hubspot`"],
        ),
        (&post, "faults", r#"{"name":"5xx-burst","where":{"method":"FETCH"}}"#, 400, &["`FETCH`", "GET, HEAD, POST"]),
        (&post, "faults", r#"{"name":"5xx-burst","where":{"url":"/"}}"#, 400, &["no member `url`", "`path`"]),
        (&post, "faults", r#"{"name":"5xx-burst","where":["ords"]}"#, 400, &["`where`: a list", "an object"]),
        (&post, "faults", r#"{"name":"5xx-burst","times":2}"#, 400, &["takes no `times`", "count"]),
        // No such call.
        (&get, "nowhere", "", 404, &["nothing at /_standin/nowhere", "openapi.json"]),
        (&get, "../elsewhere", "", 404, &["nothing at /elsewhere"]),
        (&post, "../", "", 405, &["/ does not take POST", "it takes GET"]),
        (&Method::PUT, "clock", "", 405, &["/_standin/clock does not take PUT", "it takes GET, POST"]),
        (&delete, "worlds", "", 405, &["does not take DELETE", "it takes GET, POST"]),
        (&get, "worlds/1", "", 405, &["does not take GET", "it takes DELETE"]),
    ];
    let before = api.text(Method::GET, "worlds", "").await.1;
    for (method, path, body, status, told) in table {
        let answer = api.client.request((*method).clone(), api.url(path)).body(*body).send().await.unwrap();
        let case = format!("{method} {path} {body}");
        assert_eq!(answer.status().as_u16(), *status, "{case}: {}", answer.text().await.unwrap());
        assert_eq!(answer.headers()["content-type"], "application/json", "{case}");
        let refusal: Value = answer.json().await.unwrap();
        let error = refusal["error"].as_object().expect(&case);
        assert_eq!(error.keys().collect::<Vec<_>>(), ["message", "help"], "{case}");
        assert!(error.values().all(|text| !text.as_str().unwrap().is_empty()), "{case}: {refusal}");
        let text = format!("{}\n{}", error["message"].as_str().unwrap(), error["help"].as_str().unwrap());
        for part in *told {
            assert!(text.contains(part), "{case}: {part:?} is not in {text}");
        }
    }
    assert_eq!(api.text(Method::GET, "worlds", "").await.1, before, "what was refused has changed nothing");
}

#[tokio::test]
async fn a_seed_that_does_not_fit_puts_nothing_in() {
    let api = Api::with_world().await;
    let steps = r#"[{"ords.customers":{"count":3}},{"hubspot.contacts":{"count":1,"set":{"nonsense":"x"}}}]"#;
    assert_eq!(api.json(Method::POST, "seed", steps).await.0, 400);
    assert_eq!(api.get("state/ords/customers").await["total"], 0);
    assert!(api.lines("journal").await.is_empty());
}

#[tokio::test]
async fn no_other_world_is_meant_by_no_name() {
    let api = Api::with_world().await;
    api.made(json!({"id": "next", "clock": "manual"})).await;
    assert_eq!(api.get("clock").await, api.get("clock?world=1").await);
    assert_eq!(api.json(Method::DELETE, "worlds/1", "").await.0, 204);
    api.made(json!({"id": "1", "clock": "manual"})).await;
    let (status, refusal) = api.json(Method::POST, "reset", "").await;
    let message = refusal["error"]["message"].as_str().unwrap();
    assert_eq!(status, 404);
    assert_eq!(message, "the first world was ended, so name one by `?world=`; there are: next, 1");
    assert!(api.lines("journal?world=next").await.is_empty());
}

#[tokio::test]
async fn without_a_world_there_is_none_to_mean() {
    let api = Api::start().await;
    let (status, refusal) = api.json(Method::GET, "clock", "").await;
    assert_eq!((status, &refusal["error"]["message"]), (404, &json!("there is no world")));
    assert_eq!(api.get("worlds").await, json!({"worlds": []}));
}

#[tokio::test]
async fn a_record_that_does_not_fit_keeps_all_of_them_out() {
    let api = Api::with_world().await;
    let records = json!({"records": [{"properties": {"email": "kim@example.com"}}, {"properties": "none"}]});
    let (status, refusal) = api.json(Method::POST, "state/hubspot/contacts", records.to_string()).await;
    assert_eq!(status, 400, "{refusal}");
    assert_eq!(api.get("state/hubspot/contacts").await["total"], 0);
    assert!(api.lines("journal").await.is_empty());
}

/// The body is read to its end, so that the caller hears the answer and not a broken connection.
#[tokio::test]
async fn a_body_that_is_too_large_is_refused_in_words() {
    let api = Api::with_world().await;
    let body = vec![b' '; 64 * 1024 * 1024 + 1];
    let answer = api.client.post(api.url("state/hubspot/contacts")).body(body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let refusal: Value = answer.json().await.unwrap();
    assert_eq!(refusal["error"]["message"], "the body is larger than 64 MiB");
}

#[tokio::test]
async fn half_a_request_and_a_garbled_one_leave_the_rest_alone() {
    let api = Api::with_world().await;
    let address = api.control.url().trim_start_matches("http://").to_owned();
    for sent in [
        "POST /_standin/reset HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{\"half\":",
        "GET /_standin/clock HT",
        "\u{16}\u{3}\u{1}",
    ] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        // Whatever it says, it says it and closes.
        let _ = stream.read_to_end(&mut Vec::new()).await;
        assert_eq!(api.get("clock").await["mode"], "manual");
    }
}
