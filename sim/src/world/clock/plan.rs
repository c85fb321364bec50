//! What a clock does next, decided under its lock from its state alone. Nothing is run from here.

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::handle::{ClockLimits, MoveHook};
use super::parties::{OpenWork, Parties};
use super::schedule::Schedule;
use super::time::Time;
use super::{ClockChange, ClockError, ClockMode, ClockMove, ClockStatus, Moved};
use crate::Moment;

/// All that a clock's lock guards.
pub(super) struct State {
    pub(super) time: Time,
    pub(super) schedule: Schedule,
    pub(super) parties: Parties,
    pub(super) open: OpenWork,
    pub(super) goal: Option<Goal>,
    pub(super) goals: u64,
    pub(super) on_move: Option<MoveHook>,
    /// Whether a driver task is at work.
    pub(super) driven: bool,
    /// Where a driver can be started from outside a runtime.
    pub(super) runtime: Option<Handle>,
}

/// A move under way.
pub(super) struct Goal {
    pub(super) id: u64,
    end: Moment,
    deadline: Instant,
    pub(super) answer: oneshot::Sender<Moved>,
}

/// A move that has begun: its number, and where its end will be told.
pub(super) type Begun = (u64, oneshot::Receiver<Moved>);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Open work has reached its cap in real time.
    Cap(u64),
    /// The first thing in the schedule is due.
    Due,
    Jump(Moment),
    /// The move is over.
    Finish {
        settled: bool,
    },
    /// Nothing to do before this instant, or before something changes.
    Wait(Option<Instant>),
    /// Nothing to do before something changes.
    Idle,
}

impl State {
    pub(super) fn new(time: Time, runtime: Option<Handle>) -> Self {
        Self {
            time,
            schedule: Schedule::default(),
            parties: Parties::default(),
            open: OpenWork::default(),
            goal: None,
            goals: 0,
            on_move: None,
            driven: false,
            runtime,
        }
    }

    pub(super) fn plan(&mut self, real: Instant) -> Plan {
        let now = self.time.now(real);
        let mode = self.time.mode();
        let next = self.schedule.next();
        let due = next.is_some_and(|at| at <= now);
        let cap = self.open.next_cap().filter(|_| !mode.flows());
        if let Some((id, at)) = cap
            && at <= real
        {
            return Plan::Cap(id);
        }
        let settled = self.open.is_empty() && self.parties.owing().next().is_none();
        if let Some(goal) = &self.goal {
            if settled && !due && now >= goal.end {
                return Plan::Finish { settled: true };
            }
            if goal.deadline <= real {
                return Plan::Finish { settled: false };
            }
        }
        // Also while a move waits for a party: the party may be waiting for just this.
        if due {
            return Plan::Due;
        }
        let cap = cap.map(|(_, at)| at);
        match (&self.goal, next) {
            (Some(goal), next) if settled => Plan::Jump(next.map_or(goal.end, |at| at.min(goal.end))),
            (Some(goal), _) => Plan::Wait(Some(cap.map_or(goal.deadline, |at| at.min(goal.deadline)))),
            (None, Some(at)) if mode.flows() => Plan::Wait(self.time.real_of(at)),
            (None, Some(at)) if mode == ClockMode::Auto && self.open.is_empty() && self.parties.all_asleep() => {
                Plan::Jump(at)
            }
            (None, _) if cap.is_some() => Plan::Wait(cap),
            (None, _) => Plan::Idle,
        }
    }

    /// Changes the mode and begins a move, or neither.
    pub(super) fn begin(
        &mut self,
        change: ClockChange,
        limits: &ClockLimits,
        real: Instant,
    ) -> Result<(Option<ClockMove>, Option<Begun>), ClockError> {
        if self.goal.is_some() {
            return Err(ClockError::Conflict("the clock is being moved; wait for that to end".to_owned()));
        }
        let mode = change.mode.unwrap_or(self.time.mode());
        let end = change.step.map(|step| self.time.end(step, mode, real)).transpose()?;
        let switched = self.time.switch(mode, real)?;
        if switched.is_some() {
            self.open.recap(real + limits.open_max);
        }
        let begun = end.map(|end| {
            let (answer, answered) = oneshot::channel();
            self.goals += 1;
            self.parties.forgive();
            self.goal = Some(Goal { id: self.goals, end, deadline: real + limits.settle_max, answer });
            (self.goals, answered)
        });
        Ok((switched, begun))
    }

    pub(super) fn status(&mut self, real: Instant) -> ClockStatus {
        ClockStatus { mode: self.time.mode(), now: self.time.now(real) }
    }

    pub(super) fn moved(&mut self, settled: bool, real: Instant) -> Moved {
        let waiting = if settled {
            Vec::new()
        } else {
            self.parties.owing().chain(self.open.names()).map(str::to_owned).collect()
        };
        Moved { status: self.status(real), settled, waiting }
    }
}
