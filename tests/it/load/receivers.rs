//! A receiver under webhooks: what it is sent, what is told of it, and what it is to be blamed for.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::{report, said, standin};
use crate::webhooks::receiver::{Receiver, serve};

/// Has a receiver loaded, beside which the test goes on serving.
async fn load(folder: &Path, args: &[&str]) -> Output {
    let folder = folder.to_owned();
    let args: Vec<_> = ["load", "--report", "json=load.json"].iter().chain(args).map(|arg| (*arg).to_owned()).collect();
    let run = move || standin(&folder, &args.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// An address that tells how many events a receiver has got, times so many.
async fn counter(receiver: &Receiver, times: u64) -> String {
    let receiver = receiver.clone();
    let told = move || {
        let receiver = receiver.clone();
        async move { json!({"events": receiver.events().len() as u64 * times}).to_string() }
    };
    serve(Router::new().route("/hubspot/events", get(told))).await
}

#[tokio::test]
async fn every_event_comes_once_signed_as_hubspot_does() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::pleased().await;
    let counter = counter(&receiver, 1).await;
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
        ("requests", json!(13)),
        ("answered", json!(1234)),
        ("answered_share", json!(1.0)),
        ("lost", json!(0)),
        ("concurrency", json!(10)),
        ("outcomes", json!({"204": 13})),
        ("observed", json!({"taken": 1234, "missing": 0, "doubled": 0})),
    ] {
        assert_eq!(report[member], wanted, "{member}");
    }
    assert_eq!(report.get("rate"), None);
    let ids =
        |member: &str| receiver.events().iter().map(|event| event[member].as_u64().unwrap()).collect::<BTreeSet<_>>();
    assert_eq!((ids("eventId").len(), ids("objectId").len()), (1234, 1234));
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
    assert_eq!(report["outcomes"], json!({"200": 2, "302": 2, "401": 2, "500": 2}));
    assert_eq!(receiver.got().len(), 8);
    assert_eq!(report.get("observed"), None);
    assert!(said(&output).contains("not observable"), "{}", said(&output));
    assert!(said(&output).contains("signed with the secret"), "{}", said(&output));
}

#[tokio::test]
async fn what_a_receiver_takes_twice_or_not_at_all_is_told_by_its_own_word() {
    let folder = tempfile::tempdir().unwrap();
    for (times, wanted) in [
        (2, json!({"taken": 400, "missing": 0, "doubled": 200})),
        (0, json!({"taken": 0, "missing": 200, "doubled": 0})),
    ] {
        let receiver = Receiver::pleased().await;
        let counter = counter(&receiver, times).await;
        let output =
            load(folder.path(), &["--receiver", &receiver.url, "--events", "200", "--observe", &counter]).await;
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert_eq!(report(folder.path())["observed"], wanted);
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
/// waited for all before it. Paced by the throttle, each is due when its place is free.
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

    let output = load(folder.path(), &usual).await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let paced = report(folder.path());
    assert!(of(&paced, "latency", "p50") <= of(&paced, "service", "p50") * 1.5 + 1.0, "{paced}");
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
