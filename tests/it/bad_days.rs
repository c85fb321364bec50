//! Every bad day of the catalogue: what the caller meets, what the journal says, and whether the call took effect.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};
use sim::faults::{Arm, CATALOGUE};
use sim::{SystemName, World};

use crate::caller::{Caller, exchanges, last};
use crate::oracle::{CUSTOMERS, ords};
use crate::support::{Client, pass, still};

const CONTACTS: &str = "/crm/v3/objects/contacts";

fn arm(world: &World, fault: Value) {
    world.arm(serde_json::from_value::<Arm>(fault).unwrap()).unwrap();
}

fn refused(world: &World, fault: Value) -> String {
    world.arm(serde_json::from_value::<Arm>(fault).unwrap()).unwrap_err().to_string()
}

fn contact(email: &str) -> Value {
    json!({"properties": {"email": email}})
}

fn total(world: &World) -> usize {
    world.records(SystemName::Hubspot, "contacts", 0, 10).unwrap().total
}

/// The status that the journal has of HubSpot's last call, its fault, and whether it took effect.
fn told(world: &World) -> (u16, Option<String>, bool) {
    let (entry, exchange) = last(world, SystemName::Hubspot);
    (exchange.status, exchange.fault, entry.took_effect)
}

fn struck(status: u16, fault: &str, took_effect: bool) -> (u16, Option<String>, bool) {
    (status, Some(fault.to_owned()), took_effect)
}

/// What a raw connection hears when it makes a contact, and how it ends.
fn heard(address: &str, token: &str) -> (String, std::io::Result<()>) {
    let body = contact("raw@example.test").to_string();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST {CONTACTS} HTTP/1.1\r\nhost: {address}\r\nauthorization: {token}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    let ended = stream.read_to_end(&mut bytes).map(drop);
    (String::from_utf8(bytes).unwrap(), ended)
}

async fn raw(world: &World) -> (String, std::io::Result<()>) {
    let token = Client::hubspot(world).authorization().unwrap().to_owned();
    let address = world.url(SystemName::Hubspot).unwrap().trim_start_matches("http://").to_owned();
    tokio::task::spawn_blocking(move || heard(&address, &token)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_body_announces_more_than_it_sends_and_was_carried_out() {
    let world = still().start().await.unwrap();
    arm(&world, json!({"name": "truncated-body", "bytes": 7}));
    let (heard, ended) = raw(&world).await;
    assert!(ended.is_ok(), "the connection is closed, not reset");
    let (head, body) = heard.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 201 "), "{head}");
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    assert_eq!(body.len(), 7);
    assert!(length.is_some_and(|length: usize| length > 100), "{head}");
    assert_eq!((told(&world), total(&world)), (struck(201, "truncated-body", true), 1));
    Client::hubspot(&world).get(CONTACTS).await.must(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_connection_hears_nothing_before_the_act_or_after_it() {
    for (when, made) in [("before", 0), ("after", 1)] {
        let world = still().start().await.unwrap();
        arm(&world, json!({"name": "connection-reset", "when": when}));
        let (heard, ended) = raw(&world).await;
        assert_eq!(heard, "");
        assert_eq!(ended.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset, "{when}");
        assert_eq!((told(&world), total(&world)), (struck(0, "connection-reset", made == 1), made));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_body_comes_whole_though_a_party_waits_for_it_and_the_clock_stands() {
    let world = still().start().await.unwrap();
    world.clock().register("integration").unwrap();
    arm(&world, json!({"name": "slow-body", "over": "1h"}));
    let began = world.clock().now();
    let made = Client::hubspot(&world).post(CONTACTS, &contact("kim@example.test")).await.must(201);
    assert_eq!(made.json()["properties"]["email"], "kim@example.test");
    assert_eq!((told(&world), world.clock().now()), (struck(201, "slow-body", true), began));
}

#[tokio::test]
async fn refusals_are_in_the_systems_own_words_and_change_nothing() {
    let ten_seconds = ("policyName", json!("TEN_SECONDLY_ROLLING"));
    for (fault, status, (member, value)) in [
        (json!({"name": "429-storm"}), 429, ten_seconds),
        (json!({"name": "429-storm", "flavour": "daily"}), 429, ("policyName", json!("DAILY"))),
        (json!({"name": "5xx-burst", "status": 500}), 500, ("message", json!("internal error"))),
        (json!({"name": "423-lock"}), 423, ("status", json!("error"))),
        (json!({"name": "477-migration", "retry_after": "2s"}), 477, ("status", json!("error"))),
    ] {
        let world = still().start().await.unwrap();
        let mut armed = fault.clone();
        armed["where"] = json!({"system": "hubspot"});
        arm(&world, armed);
        let client = Client::hubspot(&world);
        let answer = client.post(CONTACTS, &contact("kim@example.test")).await.must(status);
        assert_eq!(answer.json()[member], value, "{fault}");
        assert_eq!((told(&world), total(&world)), (struck(status, fault["name"].as_str().unwrap(), false), 0));
        assert_eq!(answer.header("retry-after"), (status == 477).then_some("2"), "{fault}");
        pass(&world, "2s").await;
        client.post(CONTACTS, &contact("kim@example.test")).await.must(201);
    }
}

#[tokio::test]
async fn a_page_of_what_stands_in_front_is_html_and_says_whose_it_is() {
    for (fault, status, name, took_effect) in [
        (json!({"name": "html-error-page"}), 502, "cloudflare", false),
        (json!({"name": "html-error-page", "page": "nginx", "status": 504, "when": "after"}), 504, "nginx", true),
        (json!({"name": "5xx-burst", "status": 524, "where": {"system": "hubspot"}}), 524, "cloudflare", false),
        (json!({"name": "commit-then-timeout", "status": 524}), 524, "cloudflare", true),
        (json!({"name": "5xx-burst", "status": 521}), 521, "cloudflare", false),
    ] {
        let world = still().start().await.unwrap();
        arm(&world, fault);
        let answer = Client::hubspot(&world).post(CONTACTS, &contact("kim@example.test")).await.must(status);
        assert_eq!((answer.header("content-type"), answer.header("server")), (Some("text/html"), Some(name)));
        assert!(answer.body.starts_with(&format!("<html>\r\n<head><title>{status}")), "{}", answer.body);
        assert_eq!(answer.body.contains("<title>524 Origin Time-out</title>"), status == 524);
        assert!(answer.body.contains(&format!("<hr><center>{name}</center>")), "{}", answer.body);
        assert_eq!(told(&world).2, took_effect);
        let names: BTreeSet<_> = answer.headers.keys().map(reqwest::header::HeaderName::as_str).collect();
        assert_eq!(
            names,
            BTreeSet::from(["content-length", "content-type", "date", "server"]),
            "nothing of HubSpot's own"
        );
    }
}

#[tokio::test]
async fn some_inputs_of_a_batch_fail_beside_the_others() {
    let world = still().start().await.unwrap();
    let client = Client::hubspot(&world);
    arm(&world, json!({"name": "207-partial", "inputs": 2}));
    client.post(CONTACTS, &contact("one@example.test")).await.must(201);
    let inputs = |traced: bool| -> Vec<Value> {
        let input = |n: usize| {
            let mut input = contact(&format!("{traced}{n}@example.test"));
            if traced {
                input["objectWriteTraceId"] = n.to_string().into();
            }
            input
        };
        (0..5).map(input).collect()
    };
    client.post("/crm/v3/objects/contacts/batch/create", &json!({"inputs": inputs(false)})).await.must(201);
    assert_eq!(world.faults()[0].struck, 0, "a batch that fails whole has no such day");
    let partly =
        client.post("/crm/v3/objects/contacts/batch/create", &json!({"inputs": inputs(true)})).await.must(207).json();
    assert_eq!((partly["results"].as_array().unwrap().len(), &partly["numErrors"]), (3, &json!(2)));
    let traces: Vec<_> = partly["errors"].as_array().unwrap().iter().map(|error| &error["context"]).collect();
    assert!(traces.iter().all(|context| context["objectWriteTraceId"][0].is_string()), "{partly}");
    assert_eq!((told(&world), total(&world)), (struck(207, "207-partial", true), 9));
}

#[tokio::test]
async fn search_shows_what_was_written_only_after_the_lag() {
    let world = still().start().await.unwrap();
    let client = Client::hubspot(&world);
    arm(&world, json!({"name": "search-lag", "lag": "2m", "for": "10s"}));
    let made = client.post(CONTACTS, &contact("kim@example.test")).await.must(201).json();
    let found =
        async || client.post("/crm/v3/objects/contacts/search", &json!({})).await.must(200).json()["total"].clone();
    pass(&world, "119s").await;
    assert_eq!(found().await, 0);
    client.get(&format!("{CONTACTS}/{}", made["id"].as_str().unwrap())).await.must(200);
    pass(&world, "2s").await;
    assert_eq!(found().await, 1);
    assert!(world.faults().is_empty(), "its span is over");
}

#[tokio::test]
async fn a_contact_is_merged_away_after_the_call_that_wrote_it() {
    let world = still().start().await.unwrap();
    let client = Client::hubspot(&world);
    arm(&world, json!({"name": "merge-under-your-feet"}));
    client.get(CONTACTS).await.must(200);
    assert_eq!(world.faults()[0].struck, 0, "a read writes nothing that could be merged");
    let made = client.post(CONTACTS, &contact("kim@example.test")).await.must(201).json();
    assert_eq!(told(&world), struck(201, "merge-under-your-feet", true));
    let id = made["id"].as_str().unwrap();
    let survivor = client.get(&format!("{CONTACTS}/{id}?properties=email")).await.must(200).json();
    assert_ne!(survivor["id"], id);
    assert_eq!((&survivor["properties"]["email"], total(&world)), (&json!("kim@example.test"), 1));
    assert!(world.faults().is_empty());
}

#[tokio::test]
async fn a_token_is_revoked_in_the_middle_and_another_one_is_good() {
    let world = still().start().await.unwrap();
    let caller = ords(&world).await;
    arm(&world, json!({"name": "token-revoked", "after": 2, "where": {"system": "ords"}}));
    for status in [200, 200, 401, 401] {
        caller.get(CUSTOMERS).await.must(status);
    }
    let faults: Vec<_> = exchanges(&world, SystemName::Ords).into_iter().filter_map(|(_, call)| call.fault).collect();
    assert_eq!(faults, ["token-revoked"]);
    ords(&world).await.get(CUSTOMERS).await.must(200);
}

#[tokio::test]
async fn a_token_ends_sooner_than_it_says() {
    let world = still().start().await.unwrap();
    arm(&world, json!({"name": "early-expiry", "lifetime": "2m", "where": {"system": "ords"}}));
    let caller = ords(&world).await;
    caller.get(CUSTOMERS).await.must(200);
    pass(&world, "119s").await;
    caller.get(CUSTOMERS).await.must(200);
    pass(&world, "1s").await;
    caller.get(CUSTOMERS).await.must(401);
    let later = ords(&world).await;
    pass(&world, "59m").await;
    later.get(CUSTOMERS).await.must(200);
}

#[tokio::test]
async fn a_window_of_maintenance_lasts_as_long_as_was_said() {
    let world = still().start().await.unwrap();
    let caller: Caller = ords(&world).await;
    arm(&world, json!({"name": "maintenance-window", "for": "4m", "retry_after": "90s", "where": {"system": "ords"}}));
    for span in ["1s", "238s"] {
        pass(&world, span).await;
        assert_eq!(caller.get(CUSTOMERS).await.must(503).header("retry-after"), Some("90"));
    }
    Client::hubspot(&world).get(CONTACTS).await.must(200);
    pass(&world, "1s").await;
    caller.get(CUSTOMERS).await.must(200);
}

#[tokio::test]
async fn a_share_is_drawn_from_the_seed_and_from_nothing_else() {
    let days = async |seed: u64| {
        let world = still().seed(seed).start().await.unwrap();
        arm(&world, json!({"name": "5xx-burst", "share": 0.3, "status": 503}));
        let client = Client::hubspot(&world);
        let mut days = Vec::new();
        for _ in 0..80 {
            days.push(client.get(CONTACTS).await.status == 503);
        }
        days
    };
    let one = days(7).await;
    assert_eq!(one, days(7).await);
    assert_ne!(one, days(8).await);
    let bad = one.iter().filter(|bad| **bad).count();
    assert!((10..40).contains(&bad), "{bad} of 80");
}

#[tokio::test]
async fn a_profile_has_bad_days_of_its_own_which_a_reset_does_not_end() {
    let text = "extends: professional\nfaults:\n  - { name: 5xx-burst, count: 1, status: 503 }\n";
    let world = still().profile_text(SystemName::Hubspot, "shaky.yaml", text).start().await.unwrap();
    let client = Client::hubspot(&world);
    for _ in 0..2 {
        client.get(CONTACTS).await.must(503);
        client.get(CONTACTS).await.must(200);
        world.reset();
    }
    ords(&world).await.get(CUSTOMERS).await.must(200);
}

#[tokio::test]
async fn what_cannot_be_armed_is_told_with_what_was_perhaps_meant() {
    let world = still().start().await.unwrap();
    for (fault, said) in [
        (json!({"name": "429-strom"}), "did you mean `429-storm`?"),
        (json!({"name": "slow-body", "ovre": "3s"}), "`slow-body` takes no `ovre`; did you mean `over`?"),
        (json!({"name": "423-lock", "status": 423}), "`423-lock` takes no `status`"),
        (
            json!({"name": "html-error-page", "status": 404}),
            "`status` of `html-error-page` is a status 403 or from 500 to 599, and not 404",
        ),
        (
            json!({"name": "5xx-burst", "status": 404}),
            "`status` of `5xx-burst` is a status from 500 to 599, and not 404",
        ),
        (json!({"name": "429-storm", "flavour": "daily"}), "add `where: { system: hubspot }`"),
        (
            json!({"name": "423-lock", "where": {"system": "ords"}}),
            "ords has no `423-lock`; those that have it: hubspot",
        ),
        (json!({"name": "maintenance-window"}), "add one, like `for: 10m`"),
        (json!({"name": "5xx-burst", "for": "soon"}), "`soon` is no span"),
        (json!({"name": "5xx-burst", "share": 1.5}), "share must be above 0 and at most 1"),
        (json!({"name": "5xx-burst", "count": 0}), "count must be at least 1"),
    ] {
        let why = refused(&world, fault);
        assert!(why.contains(said), "{why}");
    }
    assert!(world.faults().is_empty());
}

#[test]
fn the_catalogue_tells_of_each_day_where_it_was_seen() {
    for kind in CATALOGUE {
        assert!(!kind.what.is_empty() && !kind.source.is_empty(), "{}", kind.name);
        assert!(kind.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{}", kind.name);
    }
}
