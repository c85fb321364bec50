//! The clock against models that are too simple to be wrong: one that walks through every
//! millisecond, and a merge of the parties' own schedules.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// What each party sleeps, one after the other, before it leaves; or after what each piece of work
/// comes back.
type Spans = Vec<Vec<i64>>;

/// Boxed, since it comes back as itself.
type Work = Box<dyn FnOnce(&Clock, Moment) + Send>;

fn run<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(test)
}

/// Who wakes when, walking through every millisecond: whoever is due is noted, in the order of
/// asking, and asks for the next.
fn walk(spans: &Spans, end: i64) -> Vec<(usize, i64)> {
    let mut noted = Vec::new();
    let mut asked: Vec<(i64, usize, usize)> = Vec::new();
    for (who, own) in spans.iter().enumerate() {
        asked.extend(own.first().map(|span| (*span, who, 0)));
    }
    for now in 0..=end {
        while let Some(first) = asked.iter().position(|(due, ..)| *due == now) {
            let (_, who, turn) = asked.remove(first);
            noted.push((who, now));
            asked.extend(spans[who].get(turn + 1).map(|span| (now + span, who, turn + 1)));
        }
    }
    noted
}

/// A party that sleeps its spans and leaves, noting each wake. Its first sleep begins here and now.
fn sleeper(
    clock: &Clock,
    name: String,
    who: usize,
    spans: &[i64],
    noted: &Log<(usize, i64)>,
) -> impl Future<Output = ()> + Send + 'static {
    let (clock, noted) = (clock.clone(), noted.clone());
    clock.register(&name).unwrap();
    let mut sleep = spans.first().map(|span| clock.sleep(*span, Some(&name)).unwrap());
    let mut rest: std::vec::IntoIter<i64> = spans.iter().skip(1).copied().collect::<Vec<_>>().into_iter();
    async move {
        while let Some(woken) = sleep.take() {
            let woken = woken.await.unwrap();
            assert_eq!(woken, clock.now(), "time does not go on before a woken party waits again");
            noted.push((who, woken.since(Moment::START)));
            sleep = rest.next().map(|span| clock.sleep(span, Some(&name)).unwrap());
        }
        clock.leave(&name).unwrap();
    }
}

/// Work that comes back after each of the spans, noting itself.
fn returning(who: usize, mut spans: Vec<i64>, noted: Log<(usize, i64)>) -> impl FnOnce(&Clock, Moment) + Send {
    move |clock, at| {
        noted.push((who, at.since(Moment::START)));
        if !spans.is_empty() {
            let next = at.plus(spans.remove(0));
            clock.schedule(next, Box::new(returning(who, spans, noted)) as Work);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn moves_wake_and_do_what_a_walk_through_every_millisecond_does(
        parties in vec(vec(1_i64..60, 1..6), 0..5),
        work in vec(vec(0_i64..60, 1..6), 0..5),
        alone in vec(1_i64..200, 0..5),
        moves in vec(0_i64..80, 1..6),
    ) {
        run(async {
            let clock = clock(ClockMode::Manual);
            let (wakes, works) = (Log::default(), Log::default());
            for (who, spans) in parties.iter().enumerate() {
                tokio::spawn(sleeper(&clock, format!("party {who}"), who, spans, &wakes));
            }
            for (who, spans) in work.iter().enumerate() {
                clock.schedule(at(spans[0]), returning(who, spans[1..].to_vec(), works.clone()));
            }
            let mut sleeps: Vec<(i64, Sleep)> = Vec::new();
            for span in alone {
                sleeps.push((span, clock.sleep(span, None).unwrap()));
            }
            let mut end = 0;
            for span in moves {
                end += span;
                let moved = advance(&clock, span).await;
                prop_assert!(moved.settled);
                prop_assert_eq!(moved.status.now, at(end));
                prop_assert_eq!(wakes.read(), walk(&parties, end));
                prop_assert_eq!(works.read(), walk(&work, end));
            }
            for (span, mut sleep) in sleeps {
                if span <= end {
                    prop_assert_eq!(soon(sleep).await, Ok(at(span)));
                } else {
                    prop_assert!(sleeping(&mut sleep).await);
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn an_auto_clock_merges_the_schedules_of_its_parties(
        parties in vec(vec(prop_oneof![0..5_i64, 1..3 * DAY], 1..12), 1..4),
    ) {
        let noted = run(async {
            let clock = clock(ClockMode::Auto);
            clock.register("the test").unwrap();
            let noted = Log::default();
            let tasks: Vec<_> = parties
                .iter()
                .enumerate()
                .map(|(who, spans)| tokio::spawn(sleeper(&clock, format!("party {who}"), who, spans, &noted)))
                .collect();
            clock.leave("the test").unwrap();
            for task in tasks {
                soon(task).await.unwrap();
            }
            noted.read()
        });
        let mut merged: Vec<(i64, usize)> = Vec::new();
        for (who, spans) in parties.iter().enumerate() {
            merged.extend(spans.iter().scan(0, |now, span| { *now += span; Some((*now, who)) }));
        }
        merged.sort_unstable();
        let mut came: Vec<(i64, usize)> = noted.into_iter().map(|(who, at)| (at, who)).collect();
        prop_assert!(came.is_sorted_by_key(|(at, _)| *at));
        came.sort_unstable();
        prop_assert_eq!(came, merged);
    }
}

#[test]
fn a_month_of_two_parties_and_an_hourly_event_passes_in_an_instant() {
    let began = std::time::Instant::now();
    run(async {
        let clock = clock(ClockMode::Auto);
        let (wakes, works) = (Log::default(), Log::default());
        clock.schedule(at(HOUR), returning(0, vec![HOUR; 30 * 24], works.clone()));
        clock.register("the test").unwrap();
        let nightly = tokio::spawn(sleeper(&clock, "nightly".to_owned(), 0, &[DAY; 30], &wakes));
        let poller = tokio::spawn(sleeper(&clock, "poller".to_owned(), 1, &[5 * MINUTE; 30 * 24 * 12], &wakes));
        clock.leave("the test").unwrap();
        soon(nightly).await.unwrap();
        soon(poller).await.unwrap();
        assert_eq!(clock.now(), at(30 * DAY));
        assert_eq!((wakes.read().len(), works.read().len()), (30 + 30 * 24 * 12, 30 * 24));
    });
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

/// Real threads: every party still wakes at its own instants, and the clock never moves under one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parties_on_threads_never_see_time_move_while_they_are_awake() {
    let clock = clock(ClockMode::Auto);
    clock.register("the test").unwrap();
    let noted = Log::default();
    let parties: Spans = (1..=8).map(|who| (1..=200).map(|turn| (turn * who * 7_919) % 1_000).collect()).collect();
    let tasks: Vec<_> = parties
        .iter()
        .enumerate()
        .map(|(who, spans)| tokio::spawn(sleeper(&clock, format!("party {who}"), who, spans, &noted)))
        .collect();
    clock.leave("the test").unwrap();
    for task in tasks {
        soon(task).await.unwrap();
    }
    let came = noted.read();
    for (who, spans) in parties.iter().enumerate() {
        let own: Vec<i64> = came.iter().filter(|(party, _)| *party == who).map(|(_, at)| *at).collect();
        let sums: Vec<i64> = spans
            .iter()
            .scan(0, |now, span| {
                *now += span;
                Some(*now)
            })
            .collect();
        assert_eq!(own, sums);
    }
    assert!(came.is_sorted_by_key(|(_, at)| *at));
}
