//! A load on a receiver of webhooks: deliveries as HubSpot sends them, at the vendor's throttle or above it, on an
//! open loop. Each has its time whatever became of those before it, and its wait for a place counts: a receiver that
//! stalls is told of all who waited. Nothing is tried again; some requests come twice, as HubSpot's may.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hdrhistogram::Histogram;
use sim::wire::{Failure, Manner, post};
use sim::{Letters, Moment, NoLetters, Seed};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::observe::{NotObserved, Source, Taken};
use super::report::{Latency, Observed, ReceiverLoad};
use super::usage::{rounded, share};
use crate::eyes::deepest;
use crate::kit::Address;

/// What is to be sent.
#[derive(Clone, Debug)]
pub struct Sending {
    pub receiver: String,
    /// The address that is signed and told, where a proxy stands in front of the receiver.
    pub public_url: Option<String>,
    pub secret: String,
    pub events: u64,
    /// Events a second; those of HubSpot's throttle, if absent.
    pub rate: Option<f64>,
    /// Requests at once; as many as HubSpot has, if absent.
    pub concurrency: Option<usize>,
    pub observe: Option<Source>,
    pub seed: u64,
    /// The first eventId.
    pub first_id: u64,
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
/// Where nobody names a rate, a request is thought to be answered within this: ten at once, as HubSpot's throttle has
/// them, then come to a hundred requests a second. It is our choice: HubSpot tells none.
const ANSWERED_WITHIN: Duration = Duration::from_millis(100);
/// When that is due which nobody will see.
const FAR: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
/// Of so many requests one is sent twice.
const REPEATED_OF: u64 = 100;
/// The longest time that is told apart, in microseconds.
const LONGEST_US: u64 = 24 * 60 * 60 * 1_000_000;

/// One request that is to be sent.
#[derive(Clone, Copy, Debug)]
struct Due {
    /// The numbers of its first event, counted from 1, and how many it has.
    first: u64,
    events: u64,
    /// From the beginning: when its events occurred, and when it is to be sent.
    occurred: Duration,
    due: Duration,
}

/// What came of one request.
struct Landed {
    first: u64,
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

/// Sends it all, or what there is time for until it is asked to end.
///
/// # Errors
/// There is no receiver, or nobody tells what was asked to be observed.
pub async fn send(sending: &Sending, until: impl Future<Output = ()>) -> Result<ReceiverLoad, NotSent> {
    if sending.receiver.starts_with("https://") {
        return Err(NotSent::NotHttp(sending.receiver.clone()));
    }
    if !sending.receiver.starts_with("http://") {
        return Err(NoLetters::Address(sending.receiver.clone()).into());
    }
    let bad = |_| NoLetters::Address(sending.receiver.clone());
    let address = Arc::new(Address::parse(&sending.receiver).map_err(bad)?);
    let public = sending.public_url.as_deref();
    let letters = Letters::new(Seed(sending.seed), &sending.secret, &sending.receiver, public, sending.first_id)?;
    let letters = Arc::new(letters);
    // Of the one who observes; what is sent has a connection each, as HubSpot's has.
    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
    let client = client.redirect(reqwest::redirect::Policy::none()).build()?;
    knock(&sending.receiver).await?;
    let before = match &sending.observe {
        Some(source) => Some(source.count(&client).await?),
        None => None,
    };
    let rate = sending.rate.unwrap_or_else(|| usual_rate(&letters));
    let began = Instant::now();
    let (landed, interrupted) = all(sending, &letters, &address, rate, until).await;
    let took = began.elapsed();
    let mut load = figures(sending, &letters, &landed, (rate, took));
    load.interrupted = interrupted;
    match (&sending.observe, before) {
        (Some(source), Some(before)) => {
            let taken = settled(source, &client).await?.since(before);
            load.observed = Some(observed(taken, load.answered, load.events));
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

/// Events a second of HubSpot's throttle.
fn usual_rate(letters: &Letters) -> f64 {
    (letters.in_flight_max() * letters.batch_max()) as f64 / ANSWERED_WITHIN.as_secs_f64()
}

/// All requests in the order of their sending. One of each hundred comes once more when the others have gone.
fn schedule(events: u64, batch: u64, rate: f64) -> impl Iterator<Item = Due> {
    let (requests, batch) = (events.div_ceil(batch.max(1)), batch.max(1));
    let after = move |events: u64| Duration::try_from_secs_f64(events as f64 / rate).unwrap_or(FAR).min(FAR);
    let single = move |number: u64| {
        let (before, due) = (number * batch, after(number * batch));
        Due { first: before + 1, events: batch.min(events - before), occurred: due, due }
    };
    (0..requests.div_ceil(REPEATED_OF)).flat_map(move |block| {
        let (begin, end) = (block * REPEATED_OF, ((block + 1) * REPEATED_OF).min(requests));
        let again = Due { due: after(end * batch), ..single(begin) };
        (begin..end).map(single).chain([again])
    })
}

/// What came of all that was sent, and whether it was asked to end before the rest.
async fn all(
    sending: &Sending,
    letters: &Arc<Letters>,
    address: &Arc<Address>,
    rate: f64,
    until: impl Future<Output = ()>,
) -> (Vec<Landed>, bool) {
    let (mut until, mut interrupted) = (std::pin::pin!(until), false);
    let places = Arc::new(Semaphore::new(sending.concurrency.unwrap_or(letters.in_flight_max())));
    let (mut under_way, mut landed) = (JoinSet::new(), Vec::new());
    let (began, at) = (Instant::now(), now());
    for (number, one) in (1..).zip(schedule(sending.events, letters.batch_max() as u64, rate)) {
        let due = began + one.due;
        let free = async {
            tokio::time::sleep_until(due.into()).await;
            places.clone().acquire_owned().await
        };
        let place = tokio::select! {
            place = free => place,
            () = &mut until => {
                interrupted = true;
                break;
            }
        };
        // Nobody closes it.
        let Ok(place) = place else { break };
        let (letters, address) = (letters.clone(), address.clone());
        let occurred = at.plus(i64::try_from(one.occurred.as_millis()).unwrap_or(i64::MAX));
        under_way.spawn(async move {
            let landed = send_one(&letters, &address, (number, one, occurred), due).await;
            drop(place);
            landed
        });
        while let Some(Ok(one)) = under_way.try_join_next() {
            landed.push(one);
        }
    }
    while let Some(Ok(one)) = under_way.join_next().await {
        landed.push(one);
    }
    (landed, interrupted)
}

fn now() -> Moment {
    Moment(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64))
}

async fn send_one(
    letters: &Letters,
    address: &Address,
    (number, one, occurred): (u64, Due, Moment),
    due: Instant,
) -> Landed {
    let Due { first, events, .. } = one;
    let body = letters.body(first, usize::try_from(events).unwrap_or(usize::MAX), occurred);
    let headers = letters.headers(&body, now(), number);
    let within = Duration::from_millis(u64::try_from(letters.deadline_ms()).unwrap_or(u64::MAX));
    let waited = due.elapsed();
    let (got, service) = post(address.call(&headers, &body, Manner::Orderly), within).await;
    let (outcome, answered, met) = match got {
        Ok(reply) => (reply.status.to_string(), (200..300).contains(&reply.status), true),
        Err(Failure::Deadline) => ("deadline".to_owned(), false, true),
        Err(Failure::Unreachable(_)) => ("refused".to_owned(), false, false),
        Err(Failure::Broken | Failure::Left) => ("broken".to_owned(), false, false),
    };
    Landed { first, events, outcome, answered, met, latency: waited + service, service }
}

/// What was taken, beside what was answered and what was sent.
fn observed(taken: Taken, answered: u64, sent: u64) -> Observed {
    let Taken { events, distinct } = taken;
    let beyond = events.saturating_sub(sent);
    Observed {
        taken: events,
        distinct,
        missing: answered.saturating_sub(distinct.unwrap_or(events)),
        doubled: match distinct {
            Some(distinct) => Some(events.saturating_sub(distinct)),
            None => (beyond > 0).then_some(beyond),
        },
    }
}

fn figures(sending: &Sending, letters: &Letters, landed: &[Landed], (rate, took): (f64, Duration)) -> ReceiverLoad {
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    for one in landed {
        *outcomes.entry(one.outcome.clone()).or_default() += 1;
    }
    // Of what came twice one answer is enough.
    let told: BTreeMap<u64, u64> =
        landed.iter().filter(|one| one.answered).map(|one| (one.first, one.events)).collect();
    let answered: u64 = told.values().sum();
    let different: BTreeMap<u64, u64> = landed.iter().map(|one| (one.first, one.events)).collect();
    let events = different.values().sum();
    let met = || landed.iter().filter(|one| one.met);
    let seconds = took.as_secs_f64().max(1e-3);
    ReceiverLoad {
        standin: env!("CARGO_PKG_VERSION").to_owned(),
        receiver: sending.receiver.clone(),
        events,
        first_id: sending.first_id,
        requests: landed.len() as u64,
        repeated: (landed.len() - different.len()) as u64,
        events_per_request: letters.batch_max() as u64,
        concurrency: sending.concurrency.unwrap_or(letters.in_flight_max()),
        rate,
        deadline_ms: u64::try_from(letters.deadline_ms()).unwrap_or(u64::MAX),
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        events_per_second: rounded(answered as f64 / seconds, 1),
        requests_per_second: rounded(landed.len() as f64 / seconds, 1),
        answered,
        answered_share: share(answered, events),
        lost: events - answered,
        interrupted: false,
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
async fn settled(source: &Source, client: &reqwest::Client) -> Result<Taken, NotObserved> {
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
    fn each_request_has_its_time_and_one_of_a_hundred_comes_twice() {
        let ms = |one: &Due| (one.first, one.events, one.occurred.as_millis(), one.due.as_millis());
        let all: Vec<_> = schedule(250, 100, 1_000.0).map(|one| ms(&one)).collect();
        assert_eq!(all, [(1, 100, 0, 0), (101, 100, 100, 100), (201, 50, 200, 200), (1, 100, 0, 300)]);
        let all: Vec<_> = schedule(10_100, 100, 1_000.0).map(|one| ms(&one)).collect();
        assert_eq!(all.len(), 103);
        assert_eq!(
            all[99..],
            [
                (9_901, 100, 9_900, 9_900),
                (1, 100, 0, 10_000),
                (10_001, 100, 10_000, 10_000),
                (10_001, 100, 10_000, 10_100),
            ]
        );
    }

    #[test]
    fn quantiles_are_those_of_what_was_recorded() {
        let told = latency((1..=100).map(|ms| Duration::from_millis(ms * 10)));
        for (is, wanted) in [(told.p50, 500.0), (told.p90, 900.0), (told.p99, 990.0), (told.max, 1_000.0)] {
            assert!((is - wanted).abs() <= wanted / 1_000.0, "{told:?}");
        }
        assert_eq!(latency(std::iter::empty()), Latency::default());
    }
}
