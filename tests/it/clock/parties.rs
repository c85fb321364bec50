//! Who a move and an auto clock wait for, and for how long.

use sim::Open;
use tokio::sync::oneshot;

use super::*;

fn refused<T>(outcome: Result<T, ClockError>) -> ClockError {
    outcome.err().expect("should be refused")
}

#[tokio::test]
async fn a_sleep_needs_a_span_and_a_party_that_is_known() {
    let clock = clock(ClockMode::Manual);
    assert_eq!(refused(clock.sleep(1, Some("a"))), ClockError::UnknownParty("a".to_owned()));
    assert_eq!(refused(clock.sleep(0, Some("a"))), ClockError::UnknownParty("a".to_owned()));
    assert_eq!(refused(clock.leave("a")), ClockError::UnknownParty("a".to_owned()));
    assert!(matches!(refused(clock.sleep(-1, None)), ClockError::Bad(_)));
    assert!(matches!(refused(clock.sleep(i64::MAX, None)), ClockError::Bad(_)));
    assert!(matches!(refused(clock.register("")), ClockError::Bad(_)));
    assert!(matches!(refused(clock.register(&"a".repeat(201))), ClockError::Bad(_)));
    assert_eq!(soon(clock.sleep(0, None).unwrap()).await, Ok(Moment::START));
    clock.register("a").unwrap();
    assert_eq!(soon(clock.sleep(0, Some("a")).unwrap()).await, Ok(Moment::START));
}

#[tokio::test]
async fn a_party_has_one_sleep_at_a_time() {
    type Act = fn(&Clock) -> Option<Sleep>;
    let cases: [(&str, Act); 3] = [
        ("began another sleep", |clock| clock.sleep(2 * HOUR, Some("a")).ok()),
        ("has registered anew", |clock| clock.register("a").map(|()| None).unwrap()),
        ("has left", |clock| clock.leave("a").map(|()| None).unwrap()),
    ];
    for (why, act) in cases {
        let clock = clock(ClockMode::Manual);
        clock.register("a").unwrap();
        let first = clock.sleep(HOUR, Some("a")).unwrap();
        let second = act(&clock);
        let ended = soon(first).await.unwrap_err();
        assert_eq!(ended, ClockError::Conflict(format!("the sleep was ended: party `a` {why}")));
        // The move finds nobody at the first sleep's end, and waits for nobody who sleeps beyond.
        assert!(advance(&clock, HOUR).await.settled, "{why}");
        if let Some(second) = second {
            let moved = tokio::spawn({
                let clock = clock.clone();
                async move { advance(&clock, HOUR).await }
            });
            assert_eq!(soon(second).await, Ok(at(2 * HOUR)));
            clock.leave("a").unwrap();
            assert!(soon(moved).await.unwrap().settled);
        }
    }
}

#[tokio::test]
async fn a_move_does_what_falls_due_on_its_way_and_what_that_brings() {
    let clock = clock(ClockMode::Manual);
    let done = Log::default();
    let work = |name: &'static str| {
        let done = done.clone();
        move |clock: &Clock, at: Moment| {
            assert_eq!(clock.now(), at);
            done.push((name, at.since(Moment::START)));
        }
    };
    clock.schedule(at(3 * HOUR), work("beyond"));
    clock.schedule(at(HOUR), {
        let (note, follow, same) = (work("first"), work("follows"), work("same instant"));
        move |clock, now| {
            note(clock, now);
            clock.schedule(now.plus(HOUR), follow);
            clock.schedule(now, same);
        }
    });
    clock.schedule(at(HOUR), work("second"));
    clock.schedule(at(2 * HOUR), work("at the end"));
    let called_off = clock.schedule(at(HOUR), work("never"));
    assert!(clock.cancel(called_off) && !clock.cancel(called_off));

    // What is due where the clock stands needs no move.
    clock.schedule(at(0), work("now"));
    clock.schedule(at(-DAY), work("overdue"));
    idle().await;
    assert_eq!(done.read(), [("overdue", 0), ("now", 0)]);

    assert_eq!(advance(&clock, 2 * HOUR).await.status.now, at(2 * HOUR));
    let expected = [
        ("overdue", 0),
        ("now", 0),
        ("first", HOUR),
        ("second", HOUR),
        ("same instant", HOUR),
        ("at the end", 2 * HOUR),
        ("follows", 2 * HOUR),
    ];
    assert_eq!(done.read(), expected);
}

#[tokio::test]
async fn a_move_stops_at_a_party_it_woke_that_does_not_wait_again() {
    let clock = Clock::with_limits(ClockMode::Manual, None, SHORT).unwrap();
    clock.register("mover").unwrap();
    clock.register("stuck").unwrap();
    clock.register("beyond").unwrap();
    let stuck = clock.sleep(HOUR, Some("stuck")).unwrap();
    let mut beyond = clock.sleep(DAY, Some("beyond")).unwrap();
    let alone = clock.sleep(HOUR, None).unwrap();
    let later = clock.sleep(2 * HOUR, None).unwrap();

    let moved = advance(&clock, 3 * HOUR).await;
    assert_eq!((moved.settled, moved.waiting, moved.status.now), (false, vec!["stuck".to_owned()], at(HOUR)));
    assert_eq!(soon(stuck).await, Ok(at(HOUR)));
    assert_eq!(soon(alone).await, Ok(at(HOUR)));

    // It was awake before the next move, which so does not wait for it: nor for the mover.
    let moved = advance(&clock, 3 * HOUR).await;
    assert_eq!((moved.settled, moved.waiting, moved.status.now), (true, vec![], at(4 * HOUR)));
    assert_eq!(soon(later).await, Ok(at(2 * HOUR)));
    assert!(sleeping(&mut beyond).await);
}

#[tokio::test]
async fn a_move_ends_when_the_woken_party_waits_or_leaves_or_hangs_up() {
    type Act = fn(&Clock, Sleep) -> Option<Sleep>;
    let cases: [(&str, bool, Act); 5] = [
        ("sleeps", true, |clock, _woken| clock.sleep(HOUR, Some("a")).ok()),
        ("leaves", true, |clock, _woken| clock.leave("a").map(|()| None).unwrap()),
        ("hangs up", true, |_, unheard| {
            drop(unheard);
            None
        }),
        ("registers anew", true, |clock, _woken| clock.register("a").map(|()| None).unwrap()),
        ("sleeps for no time", false, |clock, woken| {
            drop(clock.sleep(0, Some("a")).unwrap());
            Some(woken)
        }),
    ];
    for (what, settled, act) in cases {
        let limits = if settled { ClockLimits::default() } else { SHORT };
        let clock = Clock::with_limits(ClockMode::Manual, None, limits).unwrap();
        clock.register("a").unwrap();
        let sleep = clock.sleep(MINUTE, Some("a")).unwrap();
        let (woke, woken) = oneshot::channel();
        clock.schedule(at(MINUTE), |_, _| woke.send(()).unwrap());
        let moved = tokio::spawn({
            let clock = clock.clone();
            async move { advance(&clock, MINUTE).await }
        });
        soon(woken).await.unwrap();
        assert!(!moved.is_finished());
        let _kept = act(&clock, sleep);
        assert_eq!(soon(moved).await.unwrap().settled, settled, "{what}");
    }
}

#[tokio::test]
async fn one_move_runs_at_a_time_and_ends_with_its_caller() {
    let clock = clock(ClockMode::Manual);
    let open = clock.open("delivery", |_| {});
    let first = tokio::spawn({
        let clock = clock.clone();
        async move { clock.set(ClockChange::advance(HOUR)).await }
    });
    idle().await;
    for change in [ClockChange::advance(HOUR), ClockChange::mode(ClockMode::Auto)] {
        assert!(matches!(soon(clock.set(change)).await, Err(ClockError::Conflict(_))));
    }
    first.abort();
    assert!(soon(first).await.unwrap_err().is_cancelled());
    assert!(open.close());
    idle().await;
    assert_eq!((clock.status().mode, clock.now()), (ClockMode::Manual, Moment::START));
    assert!(advance(&clock, MINUTE).await.settled);
}

/// Sends at `span`, as a delivery would: the answer is told over the channel.
fn deliver(clock: &Clock, span: i64, booked: &Log<(&'static str, Moment)>) -> oneshot::Receiver<Open> {
    let (send, sent) = oneshot::channel();
    let booked = booked.clone();
    clock.schedule(at(span), move |clock, _| {
        let open = clock.open("delivery 7", move |at| booked.push(("deadline", at)));
        assert!(send.send(open).is_ok());
    });
    sent
}

#[tokio::test]
async fn open_work_holds_time_until_it_closes() {
    let clock = clock(ClockMode::Manual);
    let booked = Log::default();
    let sent = deliver(&clock, HOUR, &booked);
    clock.schedule(at(2 * HOUR), {
        let booked = booked.clone();
        move |_, at| booked.push(("next", at))
    });
    let moved = tokio::spawn({
        let clock = clock.clone();
        async move { advance(&clock, DAY).await }
    });
    let open = soon(sent).await.unwrap();
    idle().await;
    assert_eq!((clock.now(), booked.read()), (at(HOUR), vec![]));
    assert!(open.close());
    assert_eq!(soon(moved).await.unwrap().status.now, at(DAY));
    assert_eq!(booked.read(), [("next", at(2 * HOUR))]);
}

#[tokio::test]
async fn open_work_is_booked_at_its_cap_before_time_goes_on() {
    let limits = ClockLimits { settle_max: ClockLimits::default().settle_max, ..SHORT };
    let clock = Clock::with_limits(ClockMode::Manual, None, limits).unwrap();
    let booked = Log::default();
    let sent = deliver(&clock, HOUR, &booked);
    clock.schedule(at(2 * HOUR), {
        let booked = booked.clone();
        move |_, at| booked.push(("next", at))
    });
    let moved = advance(&clock, DAY).await;
    assert_eq!((moved.settled, moved.status.now), (true, at(DAY)));
    assert_eq!(booked.read(), [("deadline", at(HOUR)), ("next", at(2 * HOUR))]);
    assert!(!sent.await.unwrap().close(), "its answer came too late");
    assert_eq!(booked.read().len(), 2);
}

#[tokio::test]
async fn a_move_names_the_work_that_is_still_open() {
    let limits = ClockLimits { open_max: ClockLimits::default().open_max, ..SHORT };
    let clock = Clock::with_limits(ClockMode::Manual, None, limits).unwrap();
    let booked = Log::default();
    let sent = deliver(&clock, HOUR, &booked);
    clock.register("z").unwrap();
    let _woken = clock.sleep(HOUR, Some("z")).unwrap();
    let moved = advance(&clock, DAY).await;
    assert_eq!(moved.waiting, ["z", "delivery 7"]);
    assert_eq!(moved.status.now, at(HOUR));
    drop(sent.await.unwrap());
    clock.leave("z").unwrap();
    assert!(advance(&clock, DAY).await.settled);
    assert_eq!(booked.read(), []);
}

#[tokio::test]
async fn open_work_has_no_cap_while_time_flows_by_itself() {
    let clock = Clock::with_limits(ClockMode::Scaled(60.0), Some(Moment::START), SHORT).unwrap();
    let (book, booked) = oneshot::channel();
    let open = clock.open("a", |at| book.send(at).unwrap());
    // 100 ms, twice the cap.
    soon(clock.sleep(6 * SECOND, None).unwrap()).await.unwrap();
    let began = std::time::Instant::now();
    clock.set(ClockChange::mode(ClockMode::Manual)).await.unwrap();
    assert_eq!(soon(booked).await, Ok(clock.now()));
    assert!(began.elapsed() >= SHORT.open_max, "the cap runs from when time stands");
    assert!(!open.close());
}

/// An event that comes back every hour, for ever.
fn hourly(done: Log<Moment>) -> impl FnOnce(&Clock, Moment) + Send + 'static {
    fn again(clock: &Clock, at: Moment, done: Log<Moment>) {
        done.push(at);
        clock.schedule(at.plus(HOUR), move |clock, at| again(clock, at, done));
    }
    move |clock, at| again(clock, at, done)
}

#[tokio::test]
async fn an_auto_clock_moves_for_a_party_that_sleeps_and_for_nothing_else() {
    let clock = clock(ClockMode::Auto);
    let events = Log::default();
    clock.schedule(at(HOUR), hourly(events.clone()));
    let mut alone = clock.sleep(90 * MINUTE, None).unwrap();
    let stands = async |expected: Moment, why: &str| {
        idle().await;
        assert_eq!(clock.now(), expected, "{why}");
    };
    stands(Moment::START, "there is no party").await;

    clock.register("a").unwrap();
    clock.register("b").unwrap();
    let sleep = clock.sleep(DAY, Some("a")).unwrap();
    stands(Moment::START, "b is awake").await;

    let open = clock.open("delivery", |_| {});
    clock.leave("b").unwrap();
    stands(Moment::START, "a delivery is open").await;

    assert!(open.close());
    assert_eq!(soon(&mut alone).await, Ok(at(90 * MINUTE)));
    assert_eq!(soon(sleep).await, Ok(at(DAY)));
    stands(at(DAY), "a is awake").await;
    assert_eq!(events.read(), (1..=24).map(|n| at(n * HOUR)).collect::<Vec<_>>());

    clock.leave("a").unwrap();
    stands(at(DAY), "only the recurring event is left").await;
}

#[tokio::test]
async fn an_auto_clock_goes_on_without_a_party_that_hung_up() {
    let clock = clock(ClockMode::Auto);
    for name in ["a", "b"] {
        clock.register(name).unwrap();
    }
    let gone = clock.sleep(HOUR, Some("b")).unwrap();
    drop(gone);
    assert_eq!(soon(clock.sleep(DAY, Some("a")).unwrap()).await, Ok(at(DAY)));

    // It comes back with its next sleep, and is waited for again.
    let back = clock.sleep(HOUR, Some("b")).unwrap();
    let mut far = clock.sleep(DAY, Some("a")).unwrap();
    assert_eq!(soon(back).await, Ok(at(DAY + HOUR)));
    idle().await;
    assert!(sleeping(&mut far).await, "b is awake");

    // A sleep of no time brings it back as well.
    drop(clock.sleep(HOUR, Some("b")).unwrap());
    drop(clock.sleep(0, Some("b")).unwrap());
    idle().await;
    assert!(sleeping(&mut far).await, "b is awake");

    // Both gone: nobody is there to move for.
    let events = Log::default();
    clock.schedule(at(3 * DAY), hourly(events.clone()));
    drop(clock.sleep(HOUR, Some("b")).unwrap());
    assert_eq!(soon(far).await, Ok(at(2 * DAY)));
    drop(clock.sleep(DAY, Some("a")).unwrap());
    idle().await;
    assert_eq!((clock.now(), events.read()), (at(2 * DAY), vec![]));
}

#[tokio::test]
async fn hanging_up_on_a_sleep_that_was_replaced_means_nothing() {
    let clock = clock(ClockMode::Auto);
    clock.register("a").unwrap();
    clock.register("b").unwrap();
    let first = clock.sleep(HOUR, Some("a")).unwrap();
    let second = clock.sleep(DAY, Some("a")).unwrap();
    drop(first);
    clock.leave("b").unwrap();
    assert_eq!(soon(second).await, Ok(at(DAY)));
}

#[tokio::test]
async fn a_move_of_an_auto_clock_ends_where_it_was_told_to() {
    let clock = clock(ClockMode::Auto);
    clock.register("a").unwrap();
    clock.register("b").unwrap();
    let sleep = clock.sleep(DAY, Some("a")).unwrap();
    let moved = advance(&clock, HOUR).await;
    assert_eq!((moved.settled, moved.status.now), (true, at(HOUR)));
    clock.leave("b").unwrap();
    assert_eq!(soon(sleep).await, Ok(at(DAY)));
}
