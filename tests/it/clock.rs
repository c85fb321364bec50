//! The world's clock: modes and their errors, who is waited for, what is booked.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use serde_json::json;
use sim::{Clock, ClockChange, ClockError, ClockLimits, ClockMode, ClockMove, Moment, Moved, Sleep, World};

use crate::support::{Client, entries};

mod model;
mod parties;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Caps short enough to run into, and long enough for a busy machine to settle within.
const SHORT: ClockLimits = ClockLimits { settle_max: Duration::from_millis(400), open_max: Duration::from_millis(50) };

fn clock(mode: ClockMode) -> Clock {
    Clock::new(mode, None).unwrap()
}

fn at(span_ms: i64) -> Moment {
    Moment::START.plus(span_ms)
}

async fn advance(clock: &Clock, span_ms: i64) -> Moved {
    soon(clock.set(ClockChange::advance(span_ms))).await.unwrap()
}

/// Fails instead of hanging.
async fn soon<F: Future>(what: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("should not hang")
}

/// Lets everything run that can run without time passing.
async fn idle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

async fn sleeping(sleep: &mut Sleep) -> bool {
    poll_fn(|context| Poll::Ready(Pin::new(&mut *sleep).poll(context).is_pending())).await
}

/// A list that work and hooks can write to.
#[derive(Clone, Default)]
struct Log<T>(Arc<Mutex<Vec<T>>>);

impl<T: Clone> Log<T> {
    fn push(&self, entry: T) {
        self.0.lock().unwrap().push(entry);
    }

    fn read(&self) -> Vec<T> {
        self.0.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_change_moves_the_clock_or_says_why_not() {
    let manual = json!({"mode": "manual"});
    let scaled = json!({"mode": "scaled", "scale": 60});
    let second = json!({"advance": "1s"});
    let cases = [
        (vec![json!({"advance": "1ms"})], "2026-11-20T00:00:00.001Z"),
        (vec![json!({"advance": "61m"})], "2026-11-20T01:01:00.000Z"),
        (vec![json!({"advance": "24h"}), json!({"advance": "10s"})], "2026-11-21T00:00:10.000Z"),
        (vec![json!({"advance": "0s"})], "2026-11-20T00:00:00.000Z"),
        (vec![json!({"to": "2026-11-21T00:00:00+11:00"})], "2026-11-20T13:00:00.000Z"),
        (vec![json!({"to": "2026-11-20T00:00:00Z"})], "2026-11-20T00:00:00.000Z"),
        (vec![json!({"mode": "auto"}), second.clone()], "2026-11-20T00:00:01.000Z"),
        (vec![json!({"mode": "manual", "advance": "1s"})], "2026-11-20T00:00:01.000Z"),
        (vec![json!({"mode": "auto", "to": "2026-11-20T00:00:01Z"}), manual.clone()], "2026-11-20T00:00:01.000Z"),
        (vec![json!({"to": "2026-11-19T23:59:59.999Z"})], "back: 2026-11-19T23:59:59.999Z"),
        (vec![second.clone(), json!({"to": "2026-11-20T00:00:00Z"})], "back: 2026-11-20T00:00:00.000Z"),
        (vec![json!({"advance": "3000000d"})], "bad: beyond the last instant"),
        (vec![json!({"advance": "106751991167d"})], "bad: beyond the last instant"),
        (vec![scaled.clone(), second.clone()], "conflict: set {\"mode\":\"manual\"} first"),
        (vec![scaled.clone(), json!({"to": "2036-11-20T00:00:00Z"})], "conflict: set {\"mode\":\"manual\"} first"),
        (vec![json!({"mode": "scaled", "scale": 60, "advance": "1s"})], "conflict: set {\"mode\":\"manual\"} first"),
        (vec![json!({"mode": "real", "advance": "1s"})], "conflict: set {\"mode\":\"manual\"} first"),
        (vec![second.clone(), json!({"mode": "real"})], "conflict: was moved"),
        (vec![second, scaled, json!({"mode": "real"})], "conflict: was moved"),
    ];
    for (bodies, expected) in cases {
        let clock = clock(ClockMode::Manual);
        let mut came = String::new();
        for body in &bodies {
            let change: ClockChange = serde_json::from_value(body.clone()).unwrap();
            came = match soon(clock.set(change)).await {
                Ok(moved) => {
                    assert!(moved.settled && moved.status.now <= clock.now(), "{bodies:?}: {moved:?}");
                    moved.status.now.to_string()
                }
                Err(ClockError::Back { now, to }) => {
                    assert_eq!(now, clock.now(), "{bodies:?}");
                    format!("back: {to}")
                }
                Err(ClockError::Bad(text)) => format!("bad: {text}"),
                Err(ClockError::Conflict(text)) => format!("conflict: {text}"),
                Err(ClockError::UnknownParty(text)) => format!("unknown: {text}"),
            };
        }
        let (kind, text) = expected.split_once(": ").unwrap_or(("", expected));
        assert!(came.starts_with(kind) && came.contains(text), "{bodies:?}: {came}, not {expected}");
    }
}

#[tokio::test]
async fn a_refused_change_changes_nothing() {
    let clock = clock(ClockMode::Manual);
    for body in [
        json!({"mode": "scaled", "scale": 60, "advance": "1s"}),
        json!({"mode": "auto", "to": "2026-11-19T00:00:00Z"}),
        json!({"mode": "auto", "advance": "3000000d"}),
    ] {
        let change: ClockChange = serde_json::from_value(body).unwrap();
        clock.set(change).await.unwrap_err();
        assert_eq!(clock.status().mode, ClockMode::Manual);
        assert_eq!(clock.now(), Moment::START);
    }
}

#[test]
fn a_body_that_means_nothing_is_refused_with_a_reason() {
    for (body, reason) in [
        (r#"{}"#, "nothing to change; give `mode`, `advance` or `to`"),
        (r#"{"mode":"fast"}"#, "`fast` is not a clock mode; the modes are real, scaled, auto and manual"),
        (r#"{"mode":"scaled"}"#, "mode `scaled` needs a `scale`, like 60 for a minute a second"),
        (r#"{"mode":"manual","scale":60}"#, "mode `manual` takes no `scale`; only `scaled` does"),
        (r#"{"scale":60}"#, "`scale` goes with \"mode\":\"scaled\""),
        (r#"{"mode":"scaled","scale":0}"#, "`0` is not a scale; give a number above 0 and at most 1000000"),
        (r#"{"mode":"scaled","scale":-1}"#, "`-1` is not a scale; give a number above 0 and at most 1000000"),
        (r#"{"mode":"scaled","scale":1000001}"#, "`1000001` is not a scale; give a number above 0 and at most 1000000"),
        (
            r#"{"advance":"61"}"#,
            "`61` is not a span of time; write a whole number and a unit, like 1ms, 10s, 61m, 24h or 7d",
        ),
        (
            r#"{"advance":"-1s"}"#,
            "`-1s` is not a span of time; write a whole number and a unit, like 1ms, 10s, 61m, 24h or 7d",
        ),
        (r#"{"to":"tomorrow"}"#, "`tomorrow` is not an instant; write one like 2026-11-21T00:00:00+11:00"),
        (r#"{"advance":"1s","to":"2026-11-21T00:00:00Z"}"#, "give `advance` or `to`, not both"),
    ] {
        assert_eq!(serde_json::from_str::<ClockChange>(body).unwrap_err().to_string(), reason, "{body}");
    }
    for body in [r#"{"advance":5}"#, r#"{"advanced":"1s"}"#, r#"{"mode":"scaled","scale":"60"}"#, "[]"] {
        serde_json::from_str::<ClockChange>(body).unwrap_err();
    }
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
        assert!(matches!(ClockMode::parse("scaled", Some(scale)), Err(ClockError::Bad(_))), "{scale}");
        assert!(matches!(Clock::new(ClockMode::Scaled(scale), None), Err(ClockError::Bad(_))), "{scale}");
    }
}

#[test]
fn the_status_reads_as_the_control_api_has_it() {
    for (mode, scale) in [
        (ClockMode::Manual, json!(0)),
        (ClockMode::Auto, json!(0)),
        (ClockMode::Scaled(60.0), json!(60)),
        (ClockMode::Scaled(0.5), json!(0.5)),
    ] {
        let clock = Clock::new(mode, Some(Moment::START)).unwrap();
        let mut status = serde_json::to_value(clock.status()).unwrap();
        let now: Moment = serde_json::from_value(status["now"].take()).unwrap();
        assert!(now.since(Moment::START) < HOUR);
        assert_eq!(status, json!({"mode": mode.name(), "now": null, "scale": scale}));
    }
    let unsettled = Moved { status: clock(ClockMode::Manual).status(), settled: false, waiting: vec!["a".to_owned()] };
    assert_eq!(
        serde_json::to_value(unsettled).unwrap(),
        json!({"mode": "manual", "now": "2026-11-20T00:00:00.000Z", "scale": 0, "settled": false, "waiting": ["a"]})
    );
}

#[tokio::test]
async fn a_real_clock_shows_the_walls_time_and_takes_no_other() {
    let wall = || Moment(jiff::Timestamp::now().as_millisecond());
    let slack = 5 * SECOND;

    let real = clock(ClockMode::Real);
    assert!(real.now().since(wall()).abs() < slack);
    assert_eq!(real.status().mode.scale(), 1.0);
    assert!(matches!(Clock::new(ClockMode::Real, Some(Moment::START)), Err(ClockError::Bad(_))));

    // A clock that stood, but was not moved, may follow the wall again; nothing takes it back.
    real.set(ClockChange::mode(ClockMode::Manual)).await.unwrap();
    let stood = real.now();
    real.set(ClockChange::mode(ClockMode::Real)).await.unwrap();
    assert!(real.now() >= stood && real.now().since(wall()).abs() < slack);

    let past = Clock::new(ClockMode::Manual, Some(Moment(0))).unwrap();
    past.set(ClockChange::mode(ClockMode::Real)).await.unwrap();
    assert!(past.now().since(wall()).abs() < slack);

    let ahead = Clock::new(ClockMode::Auto, Some(wall().plus(DAY))).unwrap();
    assert!(matches!(ahead.set(ClockChange::mode(ClockMode::Real)).await, Err(ClockError::Conflict(_))));
    assert_eq!(ahead.status().mode, ClockMode::Auto);
}

#[tokio::test]
async fn a_scaled_clock_runs_at_its_pace_and_never_back() {
    let clock = clock(ClockMode::Manual);
    advance(&clock, DAY).await;
    let began = std::time::Instant::now();
    clock.set(ClockChange::mode(ClockMode::Scaled(3_600.0))).await.unwrap();
    let woken = soon(clock.sleep(5 * MINUTE, None).unwrap()).await.unwrap();
    let took = began.elapsed();
    // 5 minutes are 83 ms. World time has passed no faster than the scale says, and not much slower.
    assert!(woken >= at(DAY + 5 * MINUTE), "{woken}");
    assert!(took >= Duration::from_millis(82) && took < Duration::from_secs(10), "{took:?}");

    let mut last = clock.now();
    for turn in 0..2_000 {
        if turn % 100 == 0 {
            let mode = [ClockMode::Manual, ClockMode::Scaled(0.001), ClockMode::Scaled(1e6)][turn / 100 % 3];
            clock.set(ClockChange::mode(mode)).await.unwrap();
        }
        let now = clock.now();
        assert!(now >= last);
        last = now;
    }
}

#[tokio::test]
async fn at_the_greatest_scale_the_clock_stops_at_the_last_instant() {
    let last: Moment = "9999-12-30T22:00:00.999Z".parse().unwrap();
    let clock = Clock::new(ClockMode::Manual, Some(last.plus(-HOUR))).unwrap();
    assert!(matches!(clock.sleep(HOUR + 1, None), Err(ClockError::Bad(_))));
    let sleep = clock.sleep(HOUR, None).unwrap();
    clock.set(ClockChange::mode(ClockMode::Scaled(ClockMode::SCALE_MAX))).await.unwrap();
    assert_eq!(soon(sleep).await, Ok(last));
    assert!(matches!(Clock::new(ClockMode::Manual, Some(last.plus(1))), Err(ClockError::Bad(_))));
}

#[tokio::test]
async fn sleepers_follow_a_change_of_mode() {
    let clock = clock(ClockMode::Manual);
    let mut one = clock.sleep(HOUR, None).unwrap();
    let mut two = clock.sleep(DAY, None).unwrap();
    clock.set(ClockChange::mode(ClockMode::Scaled(36_000.0))).await.unwrap();
    assert!(soon(&mut one).await.unwrap() >= at(HOUR));

    clock.set(ClockChange::mode(ClockMode::Manual)).await.unwrap();
    idle().await;
    assert!(sleeping(&mut two).await);
    let stands = clock.now();
    assert!(stands < at(DAY) && stands == clock.now());

    clock.set(ClockChange::mode(ClockMode::Auto)).await.unwrap();
    idle().await;
    assert!(sleeping(&mut two).await, "there is no party to jump for");
    clock.register("a").unwrap();
    let three = clock.sleep(2 * DAY, Some("a")).unwrap();
    assert_eq!(soon(&mut two).await, Ok(at(DAY)));
    assert_eq!(soon(three).await, Ok(stands.plus(2 * DAY)));

    // A slower clock takes longer for what it already waits for, and a faster one less.
    clock.set(ClockChange::mode(ClockMode::Scaled(0.001))).await.unwrap();
    let mut four = clock.sleep(MINUTE, None).unwrap();
    assert!(sleeping(&mut four).await);
    idle().await;
    clock.set(ClockChange::mode(ClockMode::Scaled(60_000.0))).await.unwrap();
    soon(four).await.unwrap();
}

#[tokio::test]
async fn each_move_is_booked_before_anybody_can_see_the_new_time() {
    let clock = clock(ClockMode::Manual);
    let journal = Arc::new(Mutex::new(Vec::<(Moment, Option<ClockMove>)>::new()));
    let weak = Arc::downgrade(&journal);
    clock.on_move(move |make| {
        let Some(journal) = weak.upgrade() else { return };
        let mut journal = journal.lock().unwrap();
        if let Some(made) = make() {
            journal.push((made.to, Some(made)));
        }
    });
    let book = {
        let journal = Arc::clone(&journal);
        move |clock: &Clock, _: Moment| {
            let mut journal = journal.lock().unwrap();
            journal.push((clock.now(), None));
        }
    };
    // Somebody else writes to the journal all the while, as requests do.
    let requests = std::thread::spawn({
        let (clock, journal) = (clock.clone(), Arc::clone(&journal));
        move || {
            while clock.now() < at(3 * HOUR) {
                let mut journal = journal.lock().unwrap();
                journal.push((clock.now(), None));
                drop(journal);
                std::thread::yield_now();
            }
        }
    });
    clock.schedule(at(HOUR), book.clone());
    clock.schedule(at(2 * HOUR), book);
    soon(clock.set(ClockChange { mode: Some(ClockMode::Auto), ..ClockChange::advance(3 * HOUR) })).await.unwrap();
    requests.join().unwrap();
    soon(clock.set(ClockChange::to(at(0)))).await.unwrap_err();
    soon(clock.set(ClockChange::mode(ClockMode::Auto))).await.unwrap();

    let journal = journal.lock().unwrap();
    let moves: Vec<ClockMove> = journal.iter().filter_map(|(_, made)| *made).collect();
    let jump = |from, to| ClockMove { from: at(from), to: at(to), mode: ClockMode::Auto };
    assert_eq!(moves, [jump(0, 0), jump(0, HOUR), jump(HOUR, 2 * HOUR), jump(2 * HOUR, 3 * HOUR)]);
    let mut shown = Moment::START;
    for (at, made) in journal.iter() {
        match made {
            Some(made) => shown = made.to,
            None => assert_eq!(*at, shown, "an entry has the time of the last move before it"),
        }
    }
}

#[tokio::test]
async fn a_hook_that_forgets_to_move_cannot_stop_time() {
    let clock = clock(ClockMode::Manual);
    clock.on_move(|_| {});
    assert_eq!(advance(&clock, HOUR).await.status.now, at(HOUR));
}

#[tokio::test]
async fn a_fork_shows_the_same_time_and_shares_nothing() {
    let clock = clock(ClockMode::Auto);
    clock.register("a").unwrap();
    advance(&clock, HOUR).await;
    let done = Log::default();
    clock.schedule(at(2 * HOUR), {
        let done = done.clone();
        move |_, at| done.push(at)
    });

    let fork = clock.fork();
    assert_eq!(fork.status(), clock.status());
    assert_eq!(fork.leave("a"), Err(ClockError::UnknownParty("a".to_owned())));
    advance(&fork, DAY).await;
    assert_eq!((fork.now(), clock.now(), done.read()), (at(HOUR + DAY), at(HOUR), vec![]));
    assert!(matches!(fork.set(ClockChange::mode(ClockMode::Real)).await, Err(ClockError::Conflict(_))));
    advance(&clock, HOUR).await;
    assert_eq!(done.read(), [at(2 * HOUR)]);
}

#[tokio::test]
async fn a_clock_costs_no_task_while_nothing_can_happen() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let captured = Arc::new(());
    let modes = [ClockMode::Manual, ClockMode::Auto, ClockMode::Real, ClockMode::Scaled(60.0)];
    let clocks: Vec<Clock> = (0..1_000).map(|n| clock(modes[n % modes.len()])).collect();
    assert_eq!(tasks(), 0);

    let standing: Vec<Sleep> = clocks.iter().step_by(4).map(|clock| clock.sleep(HOUR, None).unwrap()).collect();
    assert_eq!((standing.len(), tasks()), (250, 0));

    // A flowing clock waits with one task, however many sleep, and gives it back.
    let (real, scaled) = (&clocks[2], &clocks[3]);
    let sleeps: Vec<Sleep> = (1..100).map(|n| real.sleep(n * HOUR, None).unwrap()).collect();
    assert_eq!(tasks(), 1);
    drop(sleeps);
    idle().await;
    assert_eq!(tasks(), 0);

    // One that is dropped takes its task, and all it holds, with it.
    let work = Arc::clone(&captured);
    scaled.schedule(scaled.now().plus(DAY), move |_, _| drop(work));
    idle().await;
    assert_eq!((tasks(), Arc::strong_count(&captured)), (1, 2));
    drop((standing, clocks));
    idle().await;
    assert_eq!((tasks(), Arc::strong_count(&captured)), (0, 1));
}

/// At this scale a second of the world passes in a microsecond, so that the time is another at each look.
#[tokio::test]
async fn an_answer_is_dated_as_its_entry_in_the_journal() {
    let world = World::builder().clock(ClockMode::Scaled(ClockMode::SCALE_MAX)).start().await.unwrap();
    let client = Client::hubspot(&world);
    for _ in 0..20 {
        let answer = client.get("/crm/v3/objects/contacts").await;
        let at = entries(&world).last().unwrap().at;
        let date = at.timestamp().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        assert_eq!(answer.header("date"), Some(date.as_str()));
    }
}
