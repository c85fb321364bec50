//! World time over HTTP: set, moved and slept on, with parties.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Api;

#[tokio::test]
async fn a_clock_is_read_set_and_moved() {
    let api = Api::with_world().await;
    let shown = json!({"mode": "manual", "now": "2026-11-20T00:00:00.000Z", "scale": 0, "parties": []});
    assert_eq!(api.text(Method::GET, "clock", "").await.1, shown.to_string());
    for (body, now) in [
        (json!({"advance": "1ms"}), "2026-11-20T00:00:00.001Z"),
        (json!({"advance": "10s"}), "2026-11-20T00:00:10.001Z"),
        (json!({"advance": "61m"}), "2026-11-20T01:01:10.001Z"),
        (json!({"to": "2026-11-21T00:00:00+11:00"}), "2026-11-20T13:00:00.000Z"),
        (json!({"mode": "auto", "advance": "24h"}), "2026-11-21T13:00:00.000Z"),
        (json!({"mode": "manual"}), "2026-11-21T13:00:00.000Z"),
    ] {
        let moved = api.post("clock", body.clone()).await;
        assert_eq!((&moved["now"], &moved["settled"]), (&json!(now), &json!(true)), "{body}");
    }
    let scaled = api.post("clock", json!({"mode": "scaled", "scale": 60})).await;
    assert_eq!((&scaled["mode"], &scaled["scale"]), (&json!("scaled"), &json!(60)));
    let moves = api.lines("journal?kind=clock").await;
    let modes: Vec<_> = moves.iter().map(|entry| entry["mode"].as_str().unwrap()).collect();
    assert_eq!(modes, ["manual", "manual", "manual", "manual", "auto", "auto", "manual", "scaled"]);
}

#[tokio::test]
async fn an_auto_clock_jumps_when_every_party_sleeps() {
    let api = Api::start().await;
    api.made(json!({"clock": "auto"})).await;
    assert_eq!(api.post("clock/parties/a", Value::Null).await, json!({"party": "a"}));
    api.post("clock/parties/b", Value::Null).await;
    let (first, second) = tokio::join!(api.get("clock/sleep?for=10s&party=a"), async {
        let woken = api.get("clock/sleep?for=4s&party=b").await;
        assert_eq!(api.json(Method::DELETE, "clock/parties/b", "").await.0, 204);
        woken
    });
    assert_eq!(first, json!({"now": "2026-11-20T00:00:10.000Z"}));
    assert_eq!(second, json!({"now": "2026-11-20T00:00:04.000Z"}));
}

#[tokio::test]
async fn who_keeps_a_clock_standing_is_told() {
    let api = Api::start().await;
    api.made(json!({"clock": "auto"})).await;
    for name in ["gone", "nightly", "works"] {
        api.post(&format!("clock/parties/{name}"), Value::Null).await;
    }
    let asleep = Sleeper::begin(&api, "for=10s&party=nightly").await;
    Sleeper::begin(&api, "for=20s&party=gone").await.hang_up().await;
    let party = |name: &str, state: &str, until: Option<&str>| json!({"name": name, "state": state, "until": until});
    assert_eq!(
        api.get("clock").await["parties"],
        json!([
            party("gone", "gone", None),
            party("nightly", "asleep", Some("2026-11-20T00:00:10.000Z")),
            party("works", "awake", None),
        ])
    );
    assert_eq!(api.json(Method::DELETE, "clock/parties/works", "").await.0, 204);
    assert!(asleep.answer().await.ends_with(r#"{"now":"2026-11-20T00:00:10.000Z"}"#));
    assert_eq!(api.get("clock").await["parties"][1], party("nightly", "awake", None));
}

#[tokio::test]
async fn a_move_goes_on_when_the_party_it_woke_waits_again() {
    let api = Api::with_world().await;
    api.post("clock/parties/nightly", Value::Null).await;
    let asleep = Sleeper::begin(&api, "for=10s&party=nightly").await;
    let job = async {
        let first = asleep.answer().await;
        let second = api.get("clock/sleep?for=50m&party=nightly").await;
        assert_eq!(api.json(Method::DELETE, "clock/parties/nightly", "").await.0, 204);
        (first, second)
    };
    let (moved, (first, second)) = tokio::join!(api.post("clock", json!({"advance": "61m"})), job);
    assert!(first.ends_with(r#"{"now":"2026-11-20T00:00:10.000Z"}"#), "{first}");
    // It slept again from where it woke, before the clock went any further.
    assert_eq!(second, json!({"now": "2026-11-20T00:50:10.000Z"}));
    assert_eq!(moved, json!({"mode": "manual", "now": "2026-11-20T01:01:00.000Z", "scale": 0, "settled": true}));
}

#[tokio::test]
async fn a_sleeper_who_hangs_up_is_waited_for_by_nobody() {
    let api = Api::with_world().await;
    api.post("clock/parties/nightly", Value::Null).await;
    Sleeper::begin(&api, "for=10s&party=nightly").await.hang_up().await;
    let moved = api.post("clock", json!({"advance": "61m"})).await;
    assert_eq!((&moved["settled"], &moved["waiting"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn a_sleep_ends_when_its_party_leaves_or_its_world_does() {
    let api = Api::with_world().await;
    api.post("clock/parties/nightly", Value::Null).await;
    let asleep = Sleeper::begin(&api, "for=10s&party=nightly").await;
    assert_eq!(api.json(Method::DELETE, "clock/parties/nightly", "").await.0, 204);
    assert!(asleep.answer().await.starts_with("HTTP/1.1 409"));

    api.post("clock/parties/nightly", Value::Null).await;
    let asleep = Sleeper::begin(&api, "for=10s&party=nightly").await;
    assert_eq!(api.json(Method::DELETE, "worlds/1", "").await.0, 204);
    let answer = asleep.answer().await;
    assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("the world was ended meanwhile"), "{answer}");
}

/// A sleep of a party that is known to have begun.
struct Sleeper(TcpStream);

impl Sleeper {
    /// A party has one sleep at a time: of two begun, the one that goes on ends the other.
    async fn begin(api: &Api, query: &str) -> Self {
        let (first, second) = (Self::open(api, query).await, Self::open(api, query).await);
        let (mut status, mut other) = ([0; 12], [0; 12]);
        tokio::select! {
            read = first.0.peek(&mut status) => {
                assert_eq!((read.unwrap(), &status), (12, b"HTTP/1.1 409"));
                second
            }
            read = second.0.peek(&mut other) => {
                assert_eq!((read.unwrap(), &other), (12, b"HTTP/1.1 409"));
                first
            }
        }
    }

    async fn open(api: &Api, query: &str) -> Self {
        let address = api.control.url().trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.unwrap();
        let call =
            format!("GET /_standin/clock/sleep?{query} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(call.as_bytes()).await.unwrap();
        Self(stream)
    }

    async fn answer(mut self) -> String {
        let mut text = String::new();
        self.0.read_to_string(&mut text).await.unwrap();
        text
    }

    /// Closes the connection from this end and waits until it is closed from the other.
    async fn hang_up(mut self) {
        self.0.shutdown().await.unwrap();
        assert_eq!(self.answer().await, "");
    }
}
