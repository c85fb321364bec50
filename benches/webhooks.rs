//! How fast a world's webhooks reach a receiver that does nothing: ten thousand contacts are put in at once, and
//! the journal tells when each delivery was sent and answered. Told beside what the vendor's throttle would let
//! through if each request took as long as these did.
//!
//! Times are the wall's and of a shared machine: the ratio can be trusted, the rest is told for what it is.
//!
//! `cargo bench --bench webhooks`

use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use hdrhistogram::Histogram;
use serde_json::json;
use sim::journal::{Delivered, Entry, Kind, Kinds, What};
use sim::policy::{HubspotSettings, Profile};
use sim::{ClockMode, Subscription, SystemName, World};
// Links the allocator that the program has.
use standin as _;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const EVENTS: u64 = 10_000;
const WITHIN: Duration = Duration::from_secs(120);

fn main() -> Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure())
}

#[expect(clippy::print_stdout, reason = "its figures are what a benchmark is for")]
async fn measure() -> Result<()> {
    let world = World::builder().seed(1).clock(ClockMode::Real).start().await?;
    let creation: Subscription = serde_json::from_value(json!({"subscriptionType": "contact.creation"}))?;
    world.webhooks(&receiver().await?, &[creation])?;
    let contacts = (0..EVENTS).map(|n| json!({"properties": {"email": format!("kim{n}@example.com")}}));
    let contacts: Vec<_> = contacts.collect();

    let mut journal = world.journal();
    world.put(SystemName::Hubspot, "contacts", contacts)?;
    let began = Instant::now();
    let mut told = Vec::new();
    let mut seen = 0;
    while told.iter().map(|(_, delivery): &(Entry, Delivered)| delivery.events).sum::<u64>() < EVENTS {
        let left = WITHIN.saturating_sub(began.elapsed());
        tokio::time::timeout(left, journal.beyond(seen)).await?;
        seen = journal.latest();
        told = deliveries(journal.since(0, Kinds::from(Kind::Delivery), usize::MAX)?);
    }

    let figures = &Profile::<HubspotSettings>::embedded(None)?.settings;
    let in_flight = figures.webhook_in_flight_max.value.get() as f64;
    let batch = figures.webhook_batch_max.value.get() as f64;
    let first = told.iter().map(|(_, delivery)| delivery.sent_at).min().ok_or("nothing was sent")?;
    let last = told.iter().map(|(entry, _)| entry.at).max().ok_or("nothing was sent")?;
    let span_s = last.since(first).max(1) as f64 / 1_000.0;
    let mut times = Histogram::<u64>::new_with_bounds(1, 3_600_000, 3)?;
    let mut whole_ms = 0;
    for (entry, delivery) in &told {
        let ms = entry.at.since(delivery.sent_at).max(0);
        whole_ms += ms;
        times.record(u64::try_from(ms)?.max(1))?;
    }
    let failed = told.iter().filter(|(entry, _)| !entry.took_effect).count();
    // What so many at once come to if each takes as long as these did.
    let mean_s = whole_ms.max(1) as f64 / told.len() as f64 / 1_000.0;
    let allowed = in_flight * batch / mean_s;
    let reached = EVENTS as f64 / span_s;
    println!("{EVENTS} events in {} deliveries, {failed} of them failed", told.len());
    println!("{reached:.0} events a second; the throttle allows {allowed:.0} at {:.2} ms a request", mean_s * 1_000.0);
    println!("share of the throttle that is used: {:.2}", reached / allowed);
    println!(
        "ms from sent to answered: p50 {}, p99 {}, max {}",
        times.value_at_quantile(0.5),
        times.value_at_quantile(0.99),
        times.max()
    );
    println!("p99 as a share of the deadline: {:.4}", {
        times.value_at_quantile(0.99) as f64 / figures.webhook_deadline.value.0 as f64
    });
    world.close().await;
    Ok(())
}

fn deliveries(entries: Vec<Entry>) -> Vec<(Entry, Delivered)> {
    let told = entries.into_iter().filter_map(|entry| match entry.what.clone() {
        What::Delivery(delivery) => Some((entry, delivery)),
        _ => None,
    });
    told.collect()
}

/// The address of one that answers 204 to everything.
async fn receiver() -> Result<String> {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/events", socket.local_addr()?);
    let router = Router::new().route("/events", post(|| async { StatusCode::NO_CONTENT }));
    tokio::spawn(async move { axum::serve(socket, router).await });
    Ok(address)
}
