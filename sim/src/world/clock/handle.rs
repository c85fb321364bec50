//! The clock's handle: every call takes the lock once, says whether there is now something to do,
//! and leaves the doing to the driver. So all of it may be called under a world's lock, but `set`.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::driver::{Seat, drive};
use super::plan::{Plan, State};
use super::schedule::{Due, Key};
use super::time::Time;
use super::{ClockChange, ClockError, ClockMode, ClockMove, ClockParty, ClockStatus, Moved, Open, Sleep};
use crate::Moment;

/// A world's clock. Clones are handles to the same one.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), standin_sim::ClockError> {
/// use standin_sim::{Clock, ClockChange, ClockMode, Moment};
///
/// let clock = Clock::new(ClockMode::Manual, None)?;
/// clock.register("nightly")?;
/// let sleep = clock.sleep(60 * 60_000, Some("nightly"))?;
/// let job = tokio::spawn({
///     let clock = clock.clone();
///     async move {
///         let woken = sleep.await?;
///         clock.leave("nightly")?;
///         Ok::<_, standin_sim::ClockError>(woken)
///     }
/// });
///
/// let moved = clock.set(ClockChange::advance(61 * 60_000)).await?;
///
/// assert!(moved.settled);
/// assert_eq!(clock.now(), Moment::START.plus(61 * 60_000));
/// assert_eq!(job.await.unwrap()?, Moment::START.plus(60 * 60_000));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Clock(pub(super) Arc<Shared>);

/// How long a clock waits, in real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockLimits {
    /// Until a move that has not settled answers so: 20 s.
    pub settle_max: Duration,
    /// Until open work is booked as having run into its deadline: 5 s.
    pub open_max: Duration,
}

impl Default for ClockLimits {
    fn default() -> Self {
        Self { settle_max: Duration::from_secs(20), open_max: Duration::from_secs(5) }
    }
}

/// Work in the schedule, so that it can be called off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkId(Key);

/// Makes a move by calling what it is given, under whatever lock its book is kept, and books it.
pub(super) type MoveHook = Arc<dyn Fn(&mut dyn FnMut() -> Option<ClockMove>) + Send + Sync>;

pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    /// Told to the driver when its plan may have changed.
    pub(super) changed: Arc<Notify>,
    limits: ClockLimits,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.changed.notify_one();
    }
}

impl Shared {
    /// Makes a change that may move time. No lock is held when the hook is entered.
    pub(super) fn book(&self, make: impl FnOnce(&mut State) -> Option<ClockMove>) {
        let hook = self.state.lock().on_move.clone();
        let mut make = Some(make);
        let mut once = || make.take().and_then(|make| make(&mut self.state.lock()));
        if let Some(hook) = hook {
            hook(&mut once);
        }
        once();
    }
}

impl Clock {
    /// A clock that starts at the wall's time where time flows, and at [`Moment::START`] where it
    /// stands, unless `start` says otherwise.
    ///
    /// # Errors
    /// [`ClockError::Bad`] for a scale that is none, and a `start` for a real clock.
    pub fn new(mode: ClockMode, start: Option<Moment>) -> Result<Self, ClockError> {
        Self::with_limits(mode, start, ClockLimits::default())
    }

    /// As [`Self::new`], with other caps in real time.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_limits(mode: ClockMode, start: Option<Moment>, limits: ClockLimits) -> Result<Self, ClockError> {
        Ok(Self::over(Time::new(mode, start, Instant::now())?, limits))
    }

    /// Another clock that shows the same time and goes on in the same mode. Nobody waits for it, and
    /// nothing is due: parties, sleepers, work and the hook stay behind.
    #[must_use]
    pub fn fork(&self) -> Self {
        let time = self.0.state.lock().time;
        Self::over(time, self.0.limits)
    }

    fn over(time: Time, limits: ClockLimits) -> Self {
        let state = Mutex::new(State::new(time, Handle::try_current().ok()));
        Self(Arc::new(Shared { state, changed: Arc::new(Notify::new()), limits }))
    }

    /// The time. It never goes back.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.state.lock().time.now(Instant::now())
    }

    /// Whether it stands unless it is moved, or everyone waits.
    #[must_use]
    pub(crate) fn stands(&self) -> bool {
        matches!(self.status().mode, ClockMode::Auto | ClockMode::Manual)
    }

    #[must_use]
    pub fn status(&self) -> ClockStatus {
        self.0.state.lock().status(Instant::now())
    }

    /// What it shows, and every party by name, as of one instant: who keeps an auto clock standing.
    #[must_use]
    pub fn standing(&self) -> (ClockStatus, Vec<ClockParty>) {
        let mut state = self.0.state.lock();
        (state.status(Instant::now()), state.parties.list())
    }

    /// Has every jump and change of mode booked, in order, before anyone can wake by it.
    ///
    /// The hook makes the move itself by calling `make`, and may hold the lock under which its book
    /// is kept, so that no entry with the new time stands before the move. `None` means that there
    /// was nothing to move after all. It must not hold its clock or world alive: capture a `Weak`.
    pub fn on_move(&self, hook: impl Fn(&mut dyn FnMut() -> Option<ClockMove>) + Send + Sync + 'static) {
        let former = self.0.state.lock().on_move.replace(Arc::new(hook));
        drop(former);
    }

    /// Changes the mode, moves the clock, or both, and answers when what fell due has settled. On an
    /// error nothing has changed.
    ///
    /// # Errors
    /// [`ClockError::Back`] and [`ClockError::Bad`] for an end before now and beyond the last
    /// instant; [`ClockError::Conflict`] for a move where time flows, for `real` after a move, and
    /// while another move runs.
    pub async fn set(&self, change: ClockChange) -> Result<Moved, ClockError> {
        let mut begun = Ok(None);
        self.0.book(|state| match state.begin(change, &self.0.limits, Instant::now()) {
            Ok((switched, move_begun)) => {
                begun = Ok(move_begun);
                switched
            }
            Err(error) => {
                begun = Err(error);
                None
            }
        });
        let Some((id, answered)) = begun? else {
            let mut state = self.0.state.lock();
            let moved = state.moved(true, Instant::now());
            self.changed(state);
            return Ok(moved);
        };
        let _called_off_when_dropped = Move { clock: self, id };
        self.changed(self.0.state.lock());
        answered.await.map_err(|_| ClockError::Conflict("the move was cut short".to_owned()))
    }

    /// Makes `name` a party, awake. A party already known begins anew, and a sleep it was in ends.
    ///
    /// # Errors
    /// [`ClockError::Bad`] for an empty name and for one too long.
    pub fn register(&self, name: &str) -> Result<(), ClockError> {
        let mut state = self.0.state.lock();
        let former = state.parties.register(name)?;
        self.end_sleep(state, former, "has registered anew", name);
        Ok(())
    }

    /// Forgets a party. A sleep it was in ends.
    ///
    /// # Errors
    /// [`ClockError::UnknownParty`].
    pub fn leave(&self, name: &str) -> Result<(), ClockError> {
        let mut state = self.0.state.lock();
        let former = state.parties.leave(name)?;
        self.end_sleep(state, former, "has left", name);
        Ok(())
    }

    /// Begins a sleep now, whether or not it is awaited yet. A sleeper without a party is woken at
    /// its instant and not waited for. A sleep of 0 ends at once.
    ///
    /// # Errors
    /// [`ClockError::Bad`] for a span below 0 or beyond the last instant;
    /// [`ClockError::UnknownParty`].
    pub fn sleep(&self, span_ms: i64, party: Option<&str>) -> Result<Sleep, ClockError> {
        let mut state = self.0.state.lock();
        if let Some(name) = party {
            state.parties.check(name)?;
        }
        let at = state.time.wake_at(span_ms, Instant::now())?;
        let (wake, woken) = oneshot::channel();
        if span_ms == 0 {
            party.into_iter().for_each(|name| state.parties.seen(name));
            drop(wake.send(Ok(at)));
            return Ok(Sleep::new(self.clone(), None, None, woken));
        }
        let party = party.map(str::to_owned);
        let key = state.schedule.enter(at, Due::Sleeper { party: party.clone(), wake });
        let replaced = party.as_deref().and_then(|name| state.parties.slept(name, key));
        self.end_sleep(state, replaced, "began another sleep", party.as_deref().unwrap_or_default());
        Ok(Sleep::new(self.clone(), Some(key), party, woken))
    }

    /// Has `work` done at an instant: at once if that has come. It is told the time, runs with no
    /// lock held, and must not block; what takes longer, it begins as [open](Self::open) work. It
    /// must not hold its clock or world alive: it is handed the one, and captures a `Weak` of the other.
    pub fn schedule(&self, at: Moment, work: impl FnOnce(&Self, Moment) + Send + 'static) -> WorkId {
        let mut state = self.0.state.lock();
        let key = state.schedule.enter(at, Due::Work(Box::new(work)));
        self.changed(state);
        WorkId(key)
    }

    /// Calls work off. `false` if it was done already.
    pub fn cancel(&self, id: WorkId) -> bool {
        // Its captures are dropped with no lock held.
        let due = self.0.state.lock().schedule.remove(id.0);
        due.is_some()
    }

    /// Begins work that the clock waits for, where time stands, until it is closed or reaches its cap
    /// in real time. At the cap `on_cap` books it as having run into its deadline; either that
    /// happens or [`Open::close`] says `true`, never both.
    pub fn open(&self, name: &str, on_cap: impl FnOnce(Moment) + Send + 'static) -> Open {
        self.open_longer(Duration::ZERO, name, on_cap)
    }

    /// As [`Self::open`], with a cap that comes so much later.
    pub(crate) fn open_longer(
        &self,
        takes: Duration,
        name: &str,
        on_cap: impl FnOnce(Moment) + Send + 'static,
    ) -> Open {
        let mut state = self.0.state.lock();
        let cap = Instant::now() + self.0.limits.open_max;
        let id = state.open.open(name, (cap, takes), Box::new(on_cap));
        self.changed(state);
        Open::new(self.clone(), id)
    }

    pub(super) fn close(&self, id: u64) -> bool {
        let mut state = self.0.state.lock();
        let on_cap = state.open.close(id);
        self.changed(state);
        on_cap.is_some()
    }

    pub(super) fn hang_up(&self, key: Key, party: Option<&str>) {
        let mut state = self.0.state.lock();
        let due = state.schedule.remove(key);
        if let Some(name) = party {
            state.parties.hung_up(name, key);
        }
        self.changed(state);
        drop(due);
    }

    fn end_sleep(&self, mut state: MutexGuard<'_, State>, key: Option<Key>, why: &str, name: &str) {
        let due = key.and_then(|key| state.schedule.remove(key));
        self.changed(state);
        if let Some(Due::Sleeper { wake, .. }) = due {
            drop(wake.send(Err(ClockError::Conflict(format!("the sleep was ended: party `{name}` {why}")))));
        }
    }

    /// Sees to it that a driver looks at the state, if there is anything for one to do.
    fn changed(&self, mut state: MutexGuard<'_, State>) {
        if state.driven {
            self.0.changed.notify_one();
            return;
        }
        if state.plan(Instant::now()) == Plan::Idle {
            return;
        }
        if let Ok(here) = Handle::try_current() {
            state.runtime = Some(here);
        }
        let Some(runtime) = state.runtime.clone() else { return };
        state.driven = true;
        // A runtime that is shutting down drops the task here and now, which takes the lock.
        drop(state);
        drop(runtime.spawn(drive(Seat::new(&self.0))));
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ClockStatus { mode, now } = self.status();
        write!(f, "Clock({}, {now})", mode.name())
    }
}

/// A move somebody waits for. It stops where it is when they go away.
struct Move<'a> {
    clock: &'a Clock,
    id: u64,
}

impl Drop for Move<'_> {
    fn drop(&mut self) {
        let mut state = self.clock.0.state.lock();
        let goal = state.goal.take_if(|goal| goal.id == self.id);
        self.clock.changed(state);
        drop(goal);
    }
}
