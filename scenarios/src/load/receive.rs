//! A load on a receiver of webhooks: deliveries as HubSpot sends them, at the vendor's throttle or above it, on an
//! open loop. With a rate, each has its time whatever became of those before it, and its wait for a place counts:
//! a receiver that stalls is told of all who waited. Nothing is tried again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hdrhistogram::Histogram;
use sim::{Letters, Moment, NoLetters, Seed};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::observe::{NotObserved, Source, deepest};
use super::report::{Latency, Observed, ReceiverLoad};
use super::usage::{rounded, share};

/// What is to be sent.
#[derive(Clone, Debug)]
pub struct Sending {
    pub receiver: String,
    /// The address that is signed, where the receiver knows itself by another.
    pub public_url: Option<String>,
    pub secret: String,
    pub events: u64,
    /// Events a second; as fast as it answers, if absent.
    pub rate: Option<f64>,
    /// Requests at once; as many as HubSpot has, if absent.
    pub concurrency: Option<usize>,
    pub observe: Option<Source>,
    pub seed: u64,
}

/// Why nothing was sent.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum NotSent {
    #[error("`{0}` is not called: there is no TLS here")]
    #[diagnostic(help("write http://HOST:PORT/PATH, and with --public-url the https address that is to be signed"))]
    NotHttp(String),
    #[error("nobody answers at {address}: {why}")]
    #[diagnostic(help("start the receiver first; --receiver takes the address that it listens on"))]
    NoReceiver { address: String, why: String },
    #[error("no HTTP client can be made: {0}")]
    NoClient(#[from] reqwest::Error),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Letters(#[from] NoLetters),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Observed(#[from] NotObserved),
}

/// How long the receiver may go on taking what it has answered, once all is sent, while its number still moves.
const SETTLES_WITHIN: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long its number has to stand still.
const STILL_FOR: u32 = 8;
/// The longest time that is told apart, in microseconds.
const LONGEST_US: u64 = 24 * 60 * 60 * 1_000_000;

/// What came of one request.
struct Landed {
    events: u64,
    /// A status, or why there is none.
    outcome: String,
    answered: bool,
    /// Whether it met a receiver.
    met: bool,
    /// From when it was to be sent, and from when it was.
    latency: Duration,
    service: Duration,
}

/// A secret for a receiver that has none of its own to tell.
#[must_use]
pub fn made_up_secret(seed: u64) -> String {
    format!("{:016x}{:016x}", Seed(seed).draw("load.secret", 0), Seed(seed).draw("load.secret", 1))
}

/// Sends it all.
///
/// # Errors
/// There is no receiver, or nobody tells what was asked to be observed.
pub async fn send(sending: &Sending) -> Result<ReceiverLoad, NotSent> {
    if sending.receiver.starts_with("https://") {
        return Err(NotSent::NotHttp(sending.receiver.clone()));
    }
    if !sending.receiver.starts_with("http://") {
        return Err(NoLetters::Address(sending.receiver.clone()).into());
    }
    let signed = sending.public_url.as_deref().unwrap_or(&sending.receiver);
    let letters = Arc::new(Letters::new(Seed(sending.seed), &sending.secret, signed)?);
    // HubSpot's own come by a connection each.
    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
    let client = client.redirect(reqwest::redirect::Policy::none()).build()?;
    knock(&sending.receiver).await?;
    let before = match &sending.observe {
        Some(source) => Some(source.count(&client).await?),
        None => None,
    };
    let began = Instant::now();
    let landed = all(sending, &letters, &client, began).await;
    let took = began.elapsed();
    let mut load = figures(sending, &letters, &landed, took);
    match (&sending.observe, before) {
        (Some(source), Some(before)) => {
            let taken = settled(source, &client).await?.saturating_sub(before);
            let missing = load.answered.saturating_sub(taken);
            load.observed = Some(Observed { taken, missing, doubled: taken.saturating_sub(sending.events) });
        }
        _ => load.not_observed = Some("--observe names who tells how many events were taken".to_owned()),
    }
    Ok(load)
}

/// Whether anybody listens: before the first of a hundred thousand events.
async fn knock(receiver: &str) -> Result<(), NotSent> {
    let none = |why: String| NotSent::NoReceiver { address: receiver.to_owned(), why };
    let url: reqwest::Url = receiver.parse().map_err(|_| NoLetters::Address(receiver.to_owned()))?;
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let port = url.port_or_known_default().unwrap_or(80);
    tokio::net::TcpStream::connect((host, port)).await.map(drop).map_err(|error| none(deepest(&error)))
}

async fn all(sending: &Sending, letters: &Arc<Letters>, client: &reqwest::Client, began: Instant) -> Vec<Landed> {
    let places = Arc::new(Semaphore::new(sending.concurrency.unwrap_or(letters.in_flight_max())));
    let batch = letters.batch_max() as u64;
    let (mut under_way, mut landed) = (JoinSet::new(), Vec::new());
    for number in 0..sending.events.div_ceil(batch) {
        let first = number * batch;
        let due = sending.rate.map(|rate| began + Duration::from_secs_f64(first as f64 / rate));
        if let Some(due) = due {
            tokio::time::sleep_until(due.into()).await;
        }
        // Nobody closes it.
        let Ok(place) = places.clone().acquire_owned().await else { break };
        let (letters, client, url) = (letters.clone(), client.clone(), sending.receiver.clone());
        let events = batch.min(sending.events - first);
        under_way.spawn(async move {
            let one = one(&letters, &client, &url, (first + 1, events, number + 1), due).await;
            drop(place);
            one
        });
        while let Some(Ok(one)) = under_way.try_join_next() {
            landed.push(one);
        }
    }
    while let Some(Ok(one)) = under_way.join_next().await {
        landed.push(one);
    }
    landed
}

async fn one(
    letters: &Letters,
    client: &reqwest::Client,
    url: &str,
    (first, events, number): (u64, u64, u64),
    due: Option<Instant>,
) -> Landed {
    let at = Moment(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64));
    let body = letters.body(first, usize::try_from(events).unwrap_or(usize::MAX), at);
    let headers = letters.headers(&body, at, number);
    let within = Duration::from_millis(u64::try_from(letters.deadline_ms()).unwrap_or(u64::MAX));
    let sent = Instant::now();
    // The status is the answer; what stands in its body says nothing to HubSpot.
    let asked = client.post(url).headers(headers).body(body).timeout(within).send().await;
    let (service, latency) = (sent.elapsed(), due.unwrap_or(sent).elapsed());
    let (outcome, answered, met) = match asked {
        Ok(answer) => (answer.status().as_u16().to_string(), answer.status().is_success(), true),
        Err(error) if error.is_timeout() => ("deadline".to_owned(), false, true),
        Err(error) if error.is_connect() => ("refused".to_owned(), false, false),
        Err(_) => ("broken".to_owned(), false, false),
    };
    Landed { events, outcome, answered, met, latency, service }
}

fn figures(sending: &Sending, letters: &Letters, landed: &[Landed], took: Duration) -> ReceiverLoad {
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    for one in landed {
        *outcomes.entry(one.outcome.clone()).or_default() += 1;
    }
    let answered: u64 = landed.iter().filter(|one| one.answered).map(|one| one.events).sum();
    let met = || landed.iter().filter(|one| one.met);
    let seconds = took.as_secs_f64().max(1e-3);
    ReceiverLoad {
        standin: env!("CARGO_PKG_VERSION").to_owned(),
        receiver: sending.receiver.clone(),
        events: sending.events,
        requests: landed.len() as u64,
        events_per_request: letters.batch_max() as u64,
        concurrency: sending.concurrency.unwrap_or(letters.in_flight_max()),
        rate: sending.rate,
        deadline_ms: u64::try_from(letters.deadline_ms()).unwrap_or(u64::MAX),
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        events_per_second: rounded(answered as f64 / seconds, 1),
        requests_per_second: rounded(landed.len() as f64 / seconds, 1),
        answered,
        answered_share: share(answered, sending.events),
        lost: sending.events - answered,
        outcomes,
        latency: latency(met().map(|one| one.latency)),
        service: latency(met().map(|one| one.service)),
        observed: None,
        not_observed: None,
    }
}

fn latency(times: impl Iterator<Item = Duration>) -> Latency {
    // Three digits, and these bounds are within what it takes.
    let Ok(mut histogram) = Histogram::<u64>::new_with_bounds(1, LONGEST_US, 3) else { return Latency::default() };
    times.for_each(|time| histogram.saturating_record(u64::try_from(time.as_micros()).unwrap_or(LONGEST_US)));
    let ms = |us: u64| rounded(us as f64 / 1_000.0, 3);
    let at = |quantile| ms(histogram.value_at_quantile(quantile));
    Latency { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: ms(histogram.max()) }
}

/// What has been taken once the receiver takes no more.
async fn settled(source: &Source, client: &reqwest::Client) -> Result<u64, NotObserved> {
    let began = Instant::now();
    let (mut last, mut still) = (source.count(client).await?, 0);
    while still < STILL_FOR && began.elapsed() < SETTLES_WITHIN {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = source.count(client).await?;
        still = if now == last { still + 1 } else { 0 };
        last = now;
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_what_was_recorded() {
        let told = latency((1..=100).map(|ms| Duration::from_millis(ms * 10)));
        for (is, wanted) in [(told.p50, 500.0), (told.p90, 900.0), (told.p99, 990.0), (told.max, 1_000.0)] {
            assert!((is - wanted).abs() <= wanted / 1_000.0, "{told:?}");
        }
        assert_eq!(latency(std::iter::empty()), Latency::default());
    }
}
