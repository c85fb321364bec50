//! The journal over HTTP: read whole, in part, and followed.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::Api;

#[tokio::test]
async fn the_journal_is_read_whole_and_in_part() {
    let api = Api::start().await;
    let ready = api.made(json!({"clock": "manual"})).await;
    assert_eq!(api.create_contact(&ready, "kim@example.com").await, 201);
    api.post("clock", json!({"advance": "1s"})).await;
    api.post("faults", json!({"name": "5xx-burst"})).await;
    assert_eq!(api.create_contact(&ready, "lee@example.com").await, 502);

    let all = api.lines("journal").await;
    let numbers: Vec<_> = all.iter().map(|entry| entry["n"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=all.len() as u64).collect::<Vec<_>>());
    for entry in &all {
        let members: Vec<_> = entry.as_object().unwrap().keys().take(6).collect();
        assert_eq!(members, ["n", "at", "kind", "system", "account", "took_effect"]);
    }
    let of = |kinds: &'static [&str]| -> Vec<Value> {
        all.iter().filter(|entry| kinds.contains(&entry["kind"].as_str().unwrap())).cloned().collect()
    };
    assert_eq!(api.lines("journal?kind=exchange").await, of(&["exchange"]));
    let both = of(&["change", "clock"]);
    assert_eq!(both.len(), 2);
    assert_eq!(api.lines("journal?kind=clock,change").await, both);
    assert_eq!(api.lines("journal?kind=clock&kind=change").await, both);
    assert_eq!(api.lines("journal?since=2").await, all[2..]);
    assert_eq!(api.lines("journal?since=1&limit=2").await, all[1..3]);
    assert_eq!(api.lines("journal?kind=exchange&since=1&limit=1").await, of(&["exchange"])[1..]);
    assert!(api.lines("journal?limit=0").await.is_empty());
    assert!(api.lines("journal?since=99").await.is_empty());

    let exchanges = api.lines("journal?kind=exchange&bodies=true").await;
    let sent: Value = serde_json::from_str(exchanges[0]["request_body"].as_str().unwrap()).unwrap();
    assert_eq!(sent, json!({"properties": {"email": "kim@example.com"}}));
    assert!(exchanges[0]["response_body"].as_str().unwrap().contains("kim@example.com"));
    assert!(of(&["exchange"])[0].get("response_body").is_none());
}

#[tokio::test]
async fn a_long_journal_comes_whole_and_in_order() {
    let api = Api::with_world().await;
    let records: Vec<_> = (0..1_000).map(|n| json!({"properties": {"email": format!("{n}@example.com")}})).collect();
    api.post("state/hubspot/contacts", json!({"records": records})).await;
    let lines = api.lines("journal").await;
    assert!(lines.iter().map(|entry| entry["n"].as_u64().unwrap()).eq(1..=1_000));
    assert_eq!(api.lines("journal?limit=300&since=100").await, lines[100..400]);
}

#[tokio::test]
async fn a_follower_is_told_what_comes_until_its_limit_or_the_end_of_the_world() {
    let api = Api::start().await;
    let ready = api.made(json!({"clock": "manual"})).await;
    assert_eq!(api.create_contact(&ready, "0@example.com").await, 201);
    let follow = |query: &'static str| api.client.get(api.url(query)).send();
    let mut all = Followed::new(follow("journal?follow=true").await.unwrap());
    let mut with_bodies = Followed::new(follow("journal?follow=true&kind=exchange&bodies=true").await.unwrap());
    let mut three = Followed::new(follow("journal?follow=true&kind=change&limit=3&since=2").await.unwrap());
    assert_eq!(all.next().await.unwrap()["kind"], "exchange");
    assert_eq!(all.next().await.unwrap()["kind"], "change");

    for n in 1..=3 {
        assert_eq!(api.create_contact(&ready, &format!("{n}@example.com")).await, 201);
        assert_eq!(all.next().await.unwrap()["status"], 201);
        assert_eq!(all.next().await.unwrap()["values"]["email"], format!("{n}@example.com"));
        assert_eq!(three.next().await.unwrap()["values"]["email"], format!("{n}@example.com"));
    }
    for n in 0..=3 {
        let entry = with_bodies.next().await.unwrap();
        assert!(entry["response_body"].as_str().unwrap().contains(&format!("{n}@example.com")), "{entry}");
    }
    assert_eq!(three.next().await, None, "that was its limit");
    assert_eq!(api.json(Method::DELETE, "worlds/1", "").await.0, 204);
    assert_eq!((all.next().await, with_bodies.next().await), (None, None));
}

/// A stream of lines, taken one by one.
struct Followed {
    answer: Response,
    read: Vec<u8>,
}

impl Followed {
    fn new(answer: Response) -> Self {
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
        Self { answer, read: Vec::new() }
    }

    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.read.iter().position(|&byte| byte == b'\n') {
                let line: Vec<_> = self.read.drain(..=end).collect();
                return Some(serde_json::from_slice(&line).unwrap());
            }
            let Some(piece) = self.answer.chunk().await.unwrap() else {
                assert!(self.read.is_empty(), "a line was cut");
                return None;
            };
            self.read.extend_from_slice(&piece);
        }
    }
}
