//! Drawn receivers and drawn figures: what always holds of deliveries, whatever the receiver does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use http::StatusCode;
use parking_lot::Mutex;
use proptest::prelude::*;
use serde_json::{Value, json};
use sim::{DispatchState, Dispatches, SystemName};

use super::receiver::serve;
use super::{deliveries, subscriptions};
use crate::support::{changes, pass, still};

/// What a drawn receiver has seen: each request's events, how it answered, and how many it had at once.
#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<(Vec<Value>, u16)>>,
    at_once: AtomicUsize,
    most: AtomicUsize,
}

/// A receiver that answers as drawn, by the place of a request.
async fn receiver(answers: Vec<u16>) -> (String, Arc<Seen>) {
    let seen = Arc::new(Seen::default());
    let noted = seen.clone();
    let handler = post(move |body: String| {
        let (seen, answers) = (noted.clone(), answers.clone());
        async move {
            seen.most.fetch_max(seen.at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Lets the others come in.
            tokio::task::yield_now().await;
            let events: Vec<Value> = serde_json::from_str(&body).unwrap();
            let mut requests = seen.requests.lock();
            let status = answers[requests.len() % answers.len()];
            requests.push((events, status));
            drop(requests);
            seen.at_once.fetch_sub(1, Ordering::SeqCst);
            StatusCode::from_u16(status).unwrap()
        }
    });
    (serve(Router::new().route("/hubspot/events", handler)).await, seen)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn no_event_is_lost_and_none_is_sent_once_it_has_arrived(
        answers in prop::collection::vec(prop_oneof![Just(200), Just(204), Just(302), Just(404), Just(500)], 1..8),
        people in 1..260_u64,
        batch_max in prop_oneof![Just(1), Just(7), Just(100)],
        in_flight_max in 1..12_usize,
        retries in 0..11_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (url, seen) = receiver(answers).await;
            let figure = |name: &str, value: usize| {
                format!("  {name}: {{ value: {value}, source: \"this test\", date: 2026-11-20 }}\n")
            };
            let figures = [("webhook_batch_max", batch_max), ("webhook_in_flight_max", in_flight_max), ("webhook_in_flight_least", 1), ("webhook_retries_max", retries)];
            let settings: String = figures.iter().map(|(name, value)| figure(name, *value)).collect();
            let text = format!("name: drawn\nsystem: hubspot\nextends: professional\nsettings:\n{settings}");
            let world = still().profile_text(SystemName::Hubspot, "drawn.yaml", text).start().await.unwrap();
            world.webhooks(&url, &subscriptions()[..1]).unwrap();
            world.given(&json!([{"hubspot.contacts": {"count": people}}])).unwrap();
            pass(&world, "26h").await;

            // What each record's event met, in order: the attempt it was and how it was answered.
            let mut lives: BTreeMap<u64, Vec<(u64, u16)>> = BTreeMap::new();
            for (events, status) in seen.requests.lock().iter() {
                prop_assert!((1..=batch_max).contains(&events.len()), "{}", events.len());
                for event in events {
                    let attempt = event["attemptNumber"].as_u64().unwrap();
                    lives.entry(event["objectId"].as_u64().unwrap()).or_default().push((attempt, *status));
                }
            }
            prop_assert!(seen.most.load(Ordering::SeqCst) <= in_flight_max);
            let made: Vec<u64> = changes(&world).iter().map(|change| change.id.parse().unwrap()).collect();
            prop_assert_eq!(lives.keys().copied().collect::<Vec<_>>(), made, "each is told, and nothing else");
            let arrived = |status: u16| (200..300).contains(&status);
            let told = world.dispatches(Dispatches::default(), 10_000);
            prop_assert_eq!(told.len(), lives.len());
            for one in told {
                let life = &lives[&one.events[0]["objectId"].as_u64().unwrap()];
                let attempts: Vec<u64> = life.iter().map(|(attempt, _)| *attempt).collect();
                prop_assert_eq!(attempts, (0..life.len() as u64).collect::<Vec<_>>());
                let (last, before) = life.split_last().unwrap();
                prop_assert!(before.iter().all(|(_, status)| !arrived(*status)), "sent after it arrived: {:?}", life);
                let state = if arrived(last.1) { DispatchState::Delivered } else { DispatchState::GivenUp };
                prop_assert_eq!(one.state, state);
                prop_assert!(arrived(last.1) || life.len() == retries + 1, "given up early: {:?}", life);
                prop_assert_eq!(one.attempts.iter().filter_map(|attempt| attempt.status).collect::<Vec<_>>(), life.iter().map(|(_, status)| *status).collect::<Vec<_>>());
                let spent = one.attempts.last().unwrap().at.since(one.attempts[0].at);
                prop_assert!(spent <= 24 * 3_600_000 + 1_000, "{} ms", spent);
            }
            prop_assert_eq!(deliveries(&world).len(), seen.requests.lock().len());
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn a_day_of_retries_passes_in_a_moment() {
    let (url, seen) = receiver(vec![500]).await;
    let world = still().start().await.unwrap();
    world.webhooks(&url, &subscriptions()[..1]).unwrap();
    world.given(&json!([{"hubspot.contacts": {"count": 20}}])).unwrap();
    let began = Instant::now();
    pass(&world, "25h").await;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    let told: usize = seen.requests.lock().iter().map(|(events, _)| events.len()).sum();
    assert_eq!(told, 20 * 11);
}
