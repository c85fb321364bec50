//! When deliveries leave, how many at once, and when they come again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use http::StatusCode;
use serde_json::json;
use sim::{ClockChange, ClockMode, Moment, SystemName, World};
use tokio::sync::Barrier;

use super::receiver::{Receiver, serve};
use super::{deliveries, secret, subscriptions};
use crate::support::{Client, pass, still};

/// One more contact, by the tester's hand.
fn put(world: &World, name: &str) {
    let contact = json!({"properties": {"firstname": name}});
    world.put(SystemName::Hubspot, "contacts", vec![contact]).unwrap();
}

/// A still world with other figures for its deliveries, that tells creations alone.
async fn figured(figures: &str, url: &str) -> World {
    let figure = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        format!("  {name}: {{ value: {value}, source: \"this test\", date: 2026-11-20 }}\n")
    };
    let settings: String = figures.lines().map(figure).collect();
    let text = format!("name: figured\nsystem: hubspot\nextends: professional\nsettings:\n{settings}");
    let world = still().profile_text(SystemName::Hubspot, "figured.yaml", text).start().await.unwrap();
    world.webhooks(url, &subscriptions()[..1]).unwrap();
    world
}

#[tokio::test]
async fn what_was_refused_comes_again_with_a_fresh_stamp_ten_times_in_a_day() {
    let receiver = Receiver::start(|_, _| Some(500)).await;
    let world = still().start().await.unwrap();
    world.webhooks(&receiver.url, &subscriptions()[..1]).unwrap();
    put(&world, "Kim");
    pass(&world, "1s").await;
    assert_eq!(receiver.got().len(), 1);
    pass(&world, "47s").await;
    assert_eq!(receiver.got().len(), 1, "the first retry is a minute later, a fifth less at most");
    pass(&world, "26s").await;
    assert_eq!(receiver.got().len(), 2);
    pass(&world, "24h").await;

    let got = receiver.got();
    assert_eq!(got.len(), 11);
    let first = got[0].events()[0].clone();
    for (place, got) in got.iter().enumerate() {
        assert_eq!(got.signed(&secret(&world), &receiver.url), (true, true));
        let mut again = first.clone();
        again["attemptNumber"] = json!(place);
        assert_eq!(got.events(), [again], "nothing else changes, the id neither");
    }
    let minutes = [1, 5, 15, 45, 120, 240, 360, 480, 720, 1080];
    for (got, minutes) in got[1..].iter().zip(minutes) {
        let after = got.stamp() - Moment::START.0 - 1_000;
        let (least, most) = (minutes * 48_000, minutes * 72_000 + 1_000);
        assert!((least..=most).contains(&after), "{after} ms is not around {minutes} minutes");
    }
    let booked = deliveries(&world);
    let told: Vec<_> = booked.iter().map(|(entry, told)| (told.attempt, told.status, entry.took_effect)).collect();
    assert_eq!(told, (0..11).map(|attempt| (attempt, Some(500), false)).collect::<Vec<_>>());
    pass(&world, "48h").await;
    assert_eq!(receiver.got().len(), 11);
}

#[tokio::test]
async fn a_batch_that_failed_comes_back_regrouped() {
    let receiver = Receiver::start(|place, _| Some(if place == 0 { 404 } else { 200 })).await;
    let world = figured("webhook_gather: 1s", &receiver.url).await;
    world.given(&json!([{"hubspot.contacts": {"count": 100}}])).unwrap();
    pass(&world, "10m").await;
    let sizes: Vec<_> = receiver.got().iter().map(|got| got.events().len()).collect();
    assert_eq!((sizes[0], sizes.iter().sum::<usize>()), (100, 200), "4xx are tried again as well");
    assert!(sizes.len() > 10, "{sizes:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_is_tried_again() {
    let receiver = Receiver::start(|place, _| Some(if place == 0 { 302 } else { 200 })).await;
    let world = figured("webhook_gather: 1s", &receiver.url).await;
    put(&world, "Kim");
    pass(&world, "2m").await;
    let told: Vec<_> = deliveries(&world).into_iter().map(|(_, told)| (told.attempt, told.status)).collect();
    assert_eq!(told, [(0, Some(302)), (1, Some(200))]);
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_runs_into_the_deadline() {
    let receiver = Receiver::start(|place, _| (place > 0).then_some(200)).await;
    let world = figured("webhook_deadline: 200ms\nwebhook_retry_jitter_percent: 0", &receiver.url).await;
    put(&world, "Kim");
    pass(&world, "62s").await;
    let booked = deliveries(&world);
    let told: Vec<_> = booked.iter().map(|(_, told)| (told.status, told.failure.as_deref())).collect();
    assert_eq!(told, [(None, Some("deadline"))], "it is tried again 60 s after its deadline, and a second for company");
    pass(&world, "200ms").await;
    assert_eq!(deliveries(&world)[1].1.status, Some(200));
}

#[tokio::test]
async fn a_receiver_that_is_not_there_is_tried_again() {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hubspot/events", socket.local_addr().unwrap());
    drop(socket);
    let world = figured("webhook_retries_max: 2", &url).await;
    put(&world, "Kim");
    pass(&world, "24h").await;
    let told: Vec<_> = deliveries(&world).into_iter().map(|(_, told)| (told.attempt, told.failure)).collect();
    assert_eq!(told, (0..3).map(|attempt| (attempt, Some("refused".to_owned()))).collect::<Vec<_>>());
}

/// Ten have to be under way together before one is answered; an eleventh would be seen.
#[tokio::test(flavor = "multi_thread")]
async fn ten_deliveries_are_under_way_at_once_and_booked_in_the_order_of_sending() {
    let (gate, under_way, most) =
        (Arc::new(Barrier::new(10)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = (gate.clone(), under_way, most.clone());
    let handler = post(move || {
        let (gate, under_way, most) = counted.clone();
        async move {
            most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            gate.wait().await;
            under_way.fetch_sub(1, Ordering::SeqCst);
            StatusCode::OK
        }
    });
    let url = serve(Router::new().route("/hubspot/events", handler)).await;
    let world = figured("webhook_batch_max: 1", &url).await;
    world.given(&json!([{"hubspot.contacts": {"count": 30}}])).unwrap();
    pass(&world, "1s").await;

    let booked = deliveries(&world);
    assert_eq!(booked.len(), 30);
    assert!(booked.iter().all(|(_, told)| told.status == Some(200)));
    assert_eq!(most.load(Ordering::SeqCst), 10);
    let objects = booked.iter().map(|(_, told)| {
        let events: serde_json::Value = serde_json::from_slice(&told.request_body.as_ref().unwrap().0).unwrap();
        events[0]["objectId"].as_u64().unwrap()
    });
    assert!(objects.is_sorted());
}

#[tokio::test]
async fn an_auto_clock_delivers_on_its_way_and_is_not_moved_by_it() {
    let receiver = Receiver::start(|place, _| Some(if place == 0 { 500 } else { 200 })).await;
    let world = still().clock(ClockMode::Auto).start().await.unwrap();
    world.webhooks(&receiver.url, &subscriptions()[..1]).unwrap();
    put(&world, "Kim");
    let clock = world.clock();
    clock.register("sleeper").unwrap();
    let woken = clock.sleep(10_000, Some("sleeper")).unwrap().await.unwrap();
    assert_eq!(woken, Moment::START.plus(10_000));
    assert_eq!(receiver.got().iter().map(super::receiver::Got::stamp).collect::<Vec<_>>(), [Moment::START.0 + 1_000]);
    clock.leave("sleeper").unwrap();
    assert_eq!(clock.now(), Moment::START.plus(10_000), "a retry that waits moves nothing");
    clock.register("sleeper").unwrap();
    clock.sleep(90_000, Some("sleeper")).unwrap().await.unwrap();
    assert_eq!(receiver.got().len(), 2);
}

#[tokio::test]
async fn a_real_clock_delivers_by_itself() {
    let receiver = Receiver::pleased().await;
    let world = still().clock(ClockMode::Scaled(60.0)).start().await.unwrap();
    world.webhooks(&receiver.url, &subscriptions()[..1]).unwrap();
    let mut journal = world.journal();
    put(&world, "Kim");
    let booked = tokio::time::timeout(Duration::from_secs(10), journal.beyond(1)).await;
    assert_eq!(booked, Ok(true));
    assert_eq!(deliveries(&world)[0].1.status, Some(204));
    assert_eq!(receiver.got().len(), 1);
}

#[tokio::test]
async fn what_waits_stays_behind_in_a_fork_and_is_dropped_by_a_reset() {
    let receiver = Receiver::pleased().await;
    let world = still().start().await.unwrap();
    world.webhooks(&receiver.url, &subscriptions()[..1]).unwrap();
    put(&world, "Kim");
    let fork = world.fork(None).await.unwrap();
    world.reset();
    for world in [&fork, &world] {
        pass(world, "1h").await;
    }
    assert_eq!(receiver.got().len(), 0);
    put(&fork, "Lee");
    pass(&fork, "1h").await;
    assert_eq!(receiver.got().len(), 0, "a fork has no receiver");
    let contact = json!({"properties": {"email": "kim@example.com"}});
    Client::hubspot(&world).post("/crm/v3/objects/contacts", &contact).await.must(201);
    world.clock().set(ClockChange::advance(1_000)).await.unwrap();
    assert_eq!(receiver.got().len(), 1, "the app's settings stay");
}

#[tokio::test]
async fn a_profile_may_tell_events_twice_and_in_a_drawn_order() {
    async fn told(figures: &str) -> Vec<u64> {
        let receiver = Receiver::pleased().await;
        let world = figured(figures, &receiver.url).await;
        world.given(&json!([{"hubspot.contacts": {"count": 40}}])).unwrap();
        pass(&world, "1m").await;
        assert!(receiver.events().iter().all(|event| event["attemptNumber"] == 0));
        receiver.events().iter().map(|event| event["objectId"].as_u64().unwrap()).collect()
    }
    let plain = told("webhook_gather: 1s").await;
    assert!(plain.len() == 40 && plain.is_sorted());
    let drawn = told("webhook_reorder: true").await;
    assert!(!drawn.is_sorted(), "{drawn:?}");
    assert_eq!(told("webhook_reorder: true").await, drawn, "the same seed has the same order");
    let mut sorted = drawn.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, plain);
    let some = told("webhook_duplicate_percent: 30").await;
    assert!((45..=60).contains(&some.len()), "{}", some.len());
    assert_eq!(some[..40], plain, "a double comes later, in a request of its own");
    assert_eq!(told("webhook_duplicate_percent: 100").await.len(), 80);
}
