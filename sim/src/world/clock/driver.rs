//! The task that carries out what is planned. A clock has at most one, and none while nothing can
//! happen; it runs work with no lock held, and does not keep its clock alive while it waits.

use std::sync::{Arc, Weak};

use tokio::sync::Notify;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Moved;
use super::handle::{Clock, Shared};
use super::parties::OnCap;
use super::plan::Plan;
use super::schedule::{Due, Wake, Work};
use crate::Moment;

/// The driver's seat: there is one, and it is free again however the task ends.
pub(super) struct Seat {
    clock: Weak<Shared>,
    changed: Arc<Notify>,
    left: bool,
}

impl Seat {
    pub(super) fn new(clock: &Arc<Shared>) -> Self {
        Self { clock: Arc::downgrade(clock), changed: Arc::clone(&clock.changed), left: false }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.left {
            return;
        }
        if let Some(clock) = self.clock.upgrade() {
            let mut state = clock.state.lock();
            state.driven = false;
            let goal = state.goal.take();
            drop(state);
            drop(goal);
        }
    }
}

/// What is left to do outside the lock.
enum Turn {
    Wake(Wake, Moment),
    Work(Work, Moment),
    Cap(OnCap, Moment),
    Jump,
    Finish(oneshot::Sender<Moved>, Moved),
    Wait(Option<Instant>),
    Again,
    Idle,
}

pub(super) async fn drive(mut seat: Seat) {
    while let Some(clock) = seat.clock.upgrade().map(Clock) {
        match turn(&clock) {
            // Nobody listens any more: the sleep hung up in this very moment.
            Turn::Wake(wake, at) => drop(wake.send(Ok(at))),
            Turn::Work(work, at) => {
                work(&clock, at);
                tokio::task::yield_now().await;
            }
            Turn::Cap(on_cap, at) => on_cap(at),
            Turn::Jump => {
                // Those woken at this instant, but not waited for, run first if they can.
                tokio::task::yield_now().await;
                clock.0.book(|state| match state.plan(Instant::now()) {
                    Plan::Jump(to) => Some(state.time.jump(to)),
                    _ => None,
                });
            }
            Turn::Finish(answer, moved) => drop(answer.send(moved)),
            Turn::Wait(until) => {
                drop(clock);
                let timer = async {
                    match until {
                        Some(until) => tokio::time::sleep_until(until).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = seat.changed.notified() => {}
                    () = timer => {}
                }
            }
            Turn::Again => {}
            Turn::Idle => {
                seat.left = true;
                return;
            }
        }
    }
}

/// Takes the next turn's part that needs the lock.
fn turn(clock: &Clock) -> Turn {
    let mut state = clock.0.state.lock();
    let real = Instant::now();
    let plan = state.plan(real);
    let now = state.time.now(real);
    match plan {
        Plan::Cap(id) => state.open.close(id).map_or(Turn::Again, |on_cap| Turn::Cap(on_cap, now)),
        Plan::Due => match state.schedule.pop() {
            Some((key, Due::Sleeper { party, wake })) => {
                if let Some(party) = party {
                    state.parties.woke(&party, key);
                }
                Turn::Wake(wake, now)
            }
            Some((_, Due::Work(work))) => Turn::Work(work, now),
            None => Turn::Again,
        },
        Plan::Jump(_) => Turn::Jump,
        Plan::Finish { settled } => match state.goal.take() {
            Some(goal) => Turn::Finish(goal.answer, state.moved(settled, real)),
            None => Turn::Again,
        },
        Plan::Wait(until) => Turn::Wait(until),
        Plan::Idle => {
            state.driven = false;
            Turn::Idle
        }
    }
}
