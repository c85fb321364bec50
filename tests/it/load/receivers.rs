//! A receiver under webhooks: what it is sent, what is told of it, and what it is to be blamed for.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::{report, said, standin};
use crate::webhooks::receiver::{Got, Receiver, serve};

/// Has a receiver loaded, beside which the test goes on serving.
async fn load(folder: &Path, args: &[&str]) -> Output {
    let folder = folder.to_owned();
    let args: Vec<_> = ["load", "--report", "json=load.json"].iter().chain(args).map(|arg| (*arg).to_owned()).collect();
    let run = move || standin(&folder, &args.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// How many events a receiver was sent, and how many different ones.
type Came = (u64, u64);

/// An address that tells what a receiver has made of what came.
async fn counter(receiver: &Receiver, told: fn(Came) -> Value) -> String {
    let receiver = receiver.clone();
    let told = move || {
        let receiver = receiver.clone();
        async move {
            let ids: Vec<_> = receiver.events().iter().map(|event| event["eventId"].as_u64().unwrap()).collect();
            told((ids.len() as u64, ids.iter().collect::<BTreeSet<_>>().len() as u64)).to_string()
        }
    };
    serve(Router::new().route("/hubspot/events", get(told))).await
}

/// One that takes each event once.
fn right((_, different): Came) -> Value {
    json!({"events": different, "distinct": different})
}

#[tokio::test]
async fn every_event_comes_once_signed_as_hubspot_does() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::pleased().await;
    let counter = counter(&receiver, right).await;
    let public = "https://hooks.example.com/in?tag=a%3Ab";
    let args = [
        "--receiver",
        &receiver.url,
        "--events",
        "1234",
        "--secret",
        "its own",
        "--public-url",
        public,
        "--observe",
        &counter,
    ];
    let output = load(folder.path(), &args).await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report = report(folder.path());
    for (member, wanted) in [
        ("load", json!("receiver")),
        ("events", json!(1234)),
        ("requests", json!(14)),
        ("repeated", json!(1)),
        ("rate", json!(10_000.0)),
        ("answered", json!(1234)),
        ("answered_share", json!(1.0)),
        ("lost", json!(0)),
        ("concurrency", json!(10)),
        ("outcomes", json!({"204": 14})),
        ("observed", json!({"taken": 1234, "distinct": 1234, "missing": 0, "doubled": 0})),
    ] {
        assert_eq!(report[member], wanted, "{member}");
    }
    let ids =
        |member: &str| receiver.events().iter().map(|event| event[member].as_u64().unwrap()).collect::<BTreeSet<_>>();
    assert_eq!((ids("eventId").len(), ids("objectId").len()), (1234, 1234));
    assert_eq!(*ids("eventId").first().unwrap(), report["first_id"].as_u64().unwrap());
    let bodies: BTreeSet<_> = receiver.got().into_iter().map(|got| got.body).collect();
    assert_eq!(bodies.len(), 13, "one of the fourteen is the same once more");
    for got in receiver.got() {
        assert_eq!(got.signed("its own", "https://hooks.example.com/in?tag=a:b"), (true, true));
        assert!(got.events().len() <= 100);
        assert_eq!(got.header("connection"), Some("close"));
    }
}

#[tokio::test]
async fn what_is_not_answered_2xx_is_lost_and_nothing_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|place, _| Some([200, 500, 302, 401][place % 4])).await;
    let output = load(folder.path(), &["--receiver", &receiver.url, "--events", "800", "--concurrency", "1"]).await;
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let report = report(folder.path());
    assert_eq!((&report["answered"], &report["lost"]), (&200.into(), &600.into()));
    assert_eq!(report["outcomes"], json!({"200": 3, "302": 2, "401": 2, "500": 2}));
    assert_eq!(receiver.got().len(), 9);
    assert_eq!(report.get("observed"), None);
    assert!(said(&output).contains("not observable"), "{}", said(&output));
    assert!(said(&output).contains("signed with the secret"), "{}", said(&output));
}

#[tokio::test]
async fn what_a_receiver_takes_twice_or_not_at_all_is_told_by_its_own_word() {
    let folder = tempfile::tempdir().unwrap();
    type Row = (fn(Came) -> Value, Value, &'static str);
    let rows: [Row; 6] = [
        (
            |(all, different)| json!({"events": all, "distinct": different}),
            json!({"taken": 300, "distinct": 200, "missing": 0, "doubled": 100}),
            "0 missing though answered 2xx, 100 doubled",
        ),
        (
            |(_, different)| json!({"events": different, "distinct": different.saturating_sub(10)}),
            json!({"taken": 200, "distinct": 190, "missing": 10, "doubled": 10}),
            "10 missing though answered 2xx, 10 doubled",
        ),
        (
            |(all, _)| json!({"events": all}),
            json!({"taken": 300, "missing": 0, "doubled": 100}),
            "0 missing though answered 2xx, 100 doubled at the least",
        ),
        (|_| json!(0), json!({"taken": 0, "missing": 200}), "200 missing though answered 2xx, doubled: not told apart"),
        (|(_, different)| json!(different), json!({"taken": 200, "missing": 0}), "doubled: not told apart"),
        (right, json!({"taken": 200, "distinct": 200, "missing": 0, "doubled": 0}), "0 doubled"),
    ];
    for (place, (told, wanted, says)) in rows.into_iter().enumerate() {
        let receiver = Receiver::pleased().await;
        let counter = counter(&receiver, told).await;
        let output =
            load(folder.path(), &["--receiver", &receiver.url, "--events", "200", "--observe", &counter]).await;
        assert_eq!(output.status.code(), Some(i32::from(place < 4)), "{}", said(&output));
        assert_eq!(report(folder.path())["observed"], wanted);
        assert!(said(&output).contains(says), "{says}: {}", said(&output));
    }
    let receiver = Receiver::pleased().await;
    for (observe, wanted) in [
        ("echo some", "tells no number, but `some`"),
        ("echo well >&2; exit 3", "well"),
        ("http://127.0.0.1:1/", "does not answer"),
    ] {
        let output = load(folder.path(), &["--receiver", &receiver.url, "--events", "1", "--observe", observe]).await;
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(wanted), "{observe}: {}", said(&output));
    }
    assert!(receiver.got().is_empty(), "it was sent something before anybody could count");
}

/// On an open loop the wait for a place counts: all are due at once here, one goes at a time, and so the last has
/// waited for all before it.
#[tokio::test]
async fn a_wait_for_a_place_counts_from_when_a_request_was_to_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::pleased().await;
    let of = |report: &Value, of: &str, member: &str| report[of][member].as_f64().unwrap();
    let usual = ["--receiver", &receiver.url, "--events", "5000", "--concurrency", "1"];
    let output = load(folder.path(), &[&usual[..], &["--rate", "1000000000"]].concat()).await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let open = report(folder.path());
    let took = open["took_ms"].as_f64().unwrap();
    assert!(of(&open, "latency", "max") >= took * 0.9, "{open}");
    assert!(of(&open, "latency", "p50") > of(&open, "service", "p50") * 5.0, "{open}");
    assert_eq!(open["rate"], 1e9);

    // Also where nobody names a rate: what was to be sent while it stood still has waited.
    let stands = Arc::new(AtomicU64::new(0));
    let still = post(move || {
        let place = stands.fetch_add(1, Ordering::Relaxed);
        async move {
            if place < 10 {
                tokio::time::sleep(Duration::from_millis(800)).await;
            }
        }
    });
    let url = serve(Router::new().route("/hubspot/events", still)).await;
    let output = load(folder.path(), &["--receiver", &url, "--events", "6000"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let usual = report(folder.path());
    assert_eq!(usual["rate"], 10_000.0);
    assert!(of(&usual, "latency", "p50") > 200.0, "{usual}");
    assert!(of(&usual, "service", "p50") < 200.0, "{usual}");
}

#[tokio::test]
async fn a_receiver_that_remembers_takes_the_next_load_for_new() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::pleased().await;
    let counter = counter(&receiver, right).await;
    let usual = ["--receiver", &receiver.url, "--events", "300", "--observe", &counter];
    for _ in 0..2 {
        let output = load(folder.path(), &usual).await;
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let first = report(folder.path())["first_id"].to_string();
        assert!(said(&output).contains(&format!("ids from {first} on")), "{}", said(&output));
    }
    for code in [0, 1] {
        let output = load(folder.path(), &[&usual[..], &["--first-id", "7000"]].concat()).await;
        assert_eq!(output.status.code(), Some(code), "the same ids again: {}", said(&output));
        assert_eq!(report(folder.path())["first_id"], 7000);
    }
}

#[tokio::test]
async fn a_receiver_that_refuses_all_is_asked_why_first() {
    let folder = tempfile::tempdir().unwrap();
    for (status, hint) in [
        (401, "ALL refused by 401: is this its secret (--secret)"),
        (404, "ALL refused by 404: is this the address"),
        (302, "ALL refused by 302: HubSpot follows no redirect"),
    ] {
        let receiver = Receiver::start(move |_, _| Some(status)).await;
        let output = load(folder.path(), &["--receiver", &receiver.url, "--events", "200"]).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).starts_with(hint), "{}", said(&output));
    }
}

#[tokio::test]
async fn a_load_that_is_interrupted_tells_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    // It is interrupted by what it sends third.
    let load: Arc<OnceLock<u32>> = Arc::default();
    let pid = load.clone();
    let receiver = Receiver::start(move |place, _| {
        if place == 2 {
            let pid = pid.wait().to_string();
            assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        }
        Some(200)
    })
    .await;
    let args = ["load", "--receiver", &receiver.url, "--rate", "500", "--report", "json=load.json"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
    let child = command.args(args).current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = child.spawn().unwrap();
    load.set(child.id()).unwrap();
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).starts_with("BROKE OFF as it was interrupted"), "{}", said(&output));
    let report = report(folder.path());
    assert_eq!((&report["interrupted"], &report["lost"]), (&true.into(), &0.into()), "{report}");
    assert_eq!(report["events"], receiver.events().len());
}

#[tokio::test]
async fn an_address_without_a_path_is_signed_as_it_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::pleased().await;
    let args = ["--receiver", receiver.root(), "--events", "1", "--secret", "its own"];
    assert_eq!(load(folder.path(), &args).await.status.code(), Some(0));
    assert_eq!(receiver.got()[0].signed("its own", &format!("{}/", receiver.root())), (true, true));
}

/// What a receiver makes of the headers of a proxy, or without them of its own host's.
fn as_told(got: &Got) -> String {
    let scheme = got.header("x-forwarded-proto").unwrap_or("http");
    let host = got.header("x-forwarded-host").or(got.header("host")).unwrap();
    format!("{scheme}://{host}{}", got.target)
}

#[tokio::test]
async fn a_receiver_that_reads_its_address_off_the_headers_keeps_a_load() {
    let folder = tempfile::tempdir().unwrap();
    for public in [Some("hooks.example.com"), Some("hooks.example.com:8443"), None] {
        let receiver = Receiver::start(|_, got| match got.signed("its own", &as_told(got)) {
            (true, true) => Some(204),
            _ => Some(401),
        })
        .await;
        let url = public.map(|host| format!("https://{host}/hubspot/events"));
        let args = ["--receiver", &receiver.url, "--events", "300", "--secret", "its own"];
        let proxied = url.iter().flat_map(|url| ["--public-url", url]);
        let output = load(folder.path(), &args.into_iter().chain(proxied).collect::<Vec<_>>()).await;
        assert_eq!(output.status.code(), Some(0), "{public:?}: {}", said(&output));
        let inner = receiver.root().trim_start_matches("http://");
        for got in receiver.got() {
            assert_eq!(got.header("host"), public.or(Some(inner)));
            assert_eq!(got.header("x-forwarded-host"), public);
            assert_eq!(got.header("x-forwarded-proto"), public.map(|_| "https"));
        }
    }
}

#[tokio::test]
async fn no_receiver_is_told_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let gone = {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/in", socket.local_addr().unwrap())
    };
    for (args, wanted) in [
        (&["--receiver", gone.as_str()][..], "start the receiver first"),
        (&["--receiver", "https://127.0.0.1:1/in"], "there is no TLS here"),
        (&["--receiver", "somewhere"], "`somewhere` is no address"),
        (&["--receiver", gone.as_str(), "--public-url", "/in"], "`/in` is no address"),
        (&["--receiver", gone.as_str(), "--rate", "0"], "a number of events above 0"),
        (&["--receiver", gone.as_str(), "--events", "0"], "0 is not in 1"),
    ] {
        let output = load(folder.path(), args).await;
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", said(&output));
        assert!(said(&output).contains(wanted), "{args:?}: {}", said(&output));
    }
}
