//! What became of each delivery: its attempts, and whether there will be another. What is over is forgotten in the
//! order in which it ended, once there is too much of it; the journal keeps every attempt.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::channel::Event;
use super::forgery::Forgery;
use crate::Moment;

/// Deliveries that are over and still known.
const KEPT_MAX: usize = 10_000;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DispatchState {
    /// It has not been answered yet.
    Pending,
    /// Answered 2xx.
    Delivered,
    /// It failed, and is tried again.
    Retrying,
    /// It failed for the last time.
    GivenUp,
}

impl DispatchState {
    pub(crate) const ALL: [(Self, &'static str); 4] = [
        (Self::Pending, "pending"),
        (Self::Delivered, "delivered"),
        (Self::Retrying, "retrying"),
        (Self::GivenUp, "given_up"),
    ];

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(state, _)| state)
    }
}

/// One attempt at a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// The number of its entry in the journal, which has the whole request.
    pub journal: u64,
    /// When it was sent.
    pub at: Moment,
    /// The answer's; none where there was no answer.
    pub status: Option<u16>,
    /// Why there was no answer: `refused`, `broken`, `deadline`; `left` where nobody waited for one; `refused: ` and a
    /// reason, where the address is not called.
    pub error: Option<&'static str>,
    /// By the machine's clock.
    pub took_ms: u64,
}

/// A delivery: one event over all its attempts, which may share their requests with other events. What the tester
/// sends by hand in one request is one delivery.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dispatch {
    /// Counted in its world.
    pub id: u64,
    pub app: String,
    /// What the app is called: `private`, `narrow`, `public` or the name that it was given.
    pub app_name: String,
    /// When there was something to tell.
    pub at: Moment,
    pub url: String,
    pub state: DispatchState,
    /// How it differs from a genuine one.
    pub forged: Option<Forgery>,
    /// As they were told last, or will be told first.
    pub events: Vec<Value>,
    pub attempts: Vec<Attempt>,
    /// When it is tried next; none while it is under way, and once it is over.
    pub next_attempt: Option<Moment>,
}

/// Whose delivery it is, and where it goes.
#[derive(Clone)]
pub(super) struct To {
    pub(super) line: u64,
    pub(super) app: Arc<str>,
    pub(super) app_name: Arc<str>,
    pub(super) url: Arc<str>,
}

/// Which deliveries are meant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dispatches {
    /// Those with a greater number.
    pub after: u64,
    /// Those of this state.
    pub state: Option<DispatchState>,
    /// Those of which there was something to tell at this instant or later.
    pub since: Option<Moment>,
}

/// A delivery as it is kept, to be written outside the world's lock.
#[derive(Clone)]
pub(crate) struct Note {
    pub(super) id: u64,
    pub(super) at: Moment,
    pub(super) to: To,
    pub(super) state: DispatchState,
    pub(super) forged: Option<Forgery>,
    pub(super) events: Vec<Arc<dyn Event>>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) next_attempt: Option<Moment>,
    /// The attempt that waits or is under way by itself; none once it is over.
    queued: Option<u32>,
    /// The attempt that was told last.
    told: Option<u32>,
}

impl Note {
    /// The attempt that a request by hand tells: the one that is next by itself, or else the last one.
    pub(super) fn attempt(&self) -> u32 {
        self.queued.or(self.told).unwrap_or(0)
    }
}

impl From<Note> for Dispatch {
    fn from(note: Note) -> Self {
        let Note { id, at, to, state, forged, events, attempts, next_attempt, queued, told } = note;
        let attempt = told.or(queued).unwrap_or(0);
        let told = |event: Arc<dyn Event>| {
            let mut text = Vec::new();
            event.write(attempt, &mut text);
            serde_json::from_slice(&text).unwrap_or_default()
        };
        let events = events.into_iter().map(told).collect();
        let [app, app_name, url] = [to.app, to.app_name, to.url].map(|name| name.to_string());
        Self { id, app, app_name, at, url, state, forged, events, attempts, next_attempt }
    }
}

#[derive(Default)]
pub(super) struct Log {
    notes: BTreeMap<u64, Note>,
    over: VecDeque<u64>,
    last: u64,
}

impl Log {
    /// A new delivery's number.
    pub(super) fn open(
        &mut self,
        (to, at): (&To, Moment),
        events: Vec<Arc<dyn Event>>,
        forged: Option<Forgery>,
    ) -> u64 {
        self.last += 1;
        let (id, to, state, attempts) = (self.last, to.clone(), DispatchState::Pending, Vec::new());
        let (next_attempt, queued, told) = (None, None, None);
        self.notes.insert(id, Note { id, at, to, state, forged, events, attempts, next_attempt, queued, told });
        id
    }

    pub(super) fn find(&self, id: u64) -> Option<&Note> {
        self.notes.get(&id)
    }

    /// Some of them, in the order of their numbers.
    pub(super) fn page(&self, which: Dispatches, limit: usize) -> Vec<Note> {
        let Dispatches { after, state, since } = which;
        let later = self.notes.range(after.saturating_add(1)..).map(|(_, note)| note);
        let wanted = later.filter(|note| state.is_none_or(|state| note.state == state));
        wanted.filter(|note| since.is_none_or(|since| note.at >= since)).take(limit).cloned().collect()
    }

    /// Whether it has still to arrive.
    pub(super) fn wants(&self, id: u64) -> bool {
        self.notes.get(&id).is_some_and(|note| note.state != DispatchState::Delivered)
    }

    /// It waits for this attempt, which leaves then.
    pub(super) fn waits(&mut self, id: u64, attempt: u32, leaves: Moment) {
        if let Some(note) = self.notes.get_mut(&id) {
            (note.queued, note.next_attempt) = (Some(attempt), Some(leaves));
        }
    }

    /// It is under way.
    pub(super) fn left(&mut self, id: u64) {
        if let Some(note) = self.notes.get_mut(&id) {
            note.next_attempt = None;
        }
    }

    /// What was told as the `told`th attempt has landed at an address. `again` says whether there is to be another. One
    /// that went `apart` and failed changes nothing while it is tried by itself.
    pub(super) fn landed(
        &mut self,
        id: u64,
        attempt: Attempt,
        (told, url): (u32, &Arc<str>),
        again: bool,
        apart: bool,
    ) {
        let Some(note) = self.notes.get_mut(&id) else { return };
        let succeeded = attempt.status.is_some_and(|status| (200..300).contains(&status));
        note.attempts.push(attempt);
        note.to.url = url.clone();
        note.told = Some(told);
        let was_over = matches!(note.state, DispatchState::Delivered | DispatchState::GivenUp);
        let state = match succeeded {
            true => DispatchState::Delivered,
            false if note.state == DispatchState::Delivered || (apart && note.queued.is_some()) => note.state,
            false if again => DispatchState::Retrying,
            false => DispatchState::GivenUp,
        };
        note.state = state;
        if matches!(state, DispatchState::Delivered | DispatchState::GivenUp) {
            (note.queued, note.next_attempt) = (None, None);
        }
        let is_over = matches!(note.state, DispatchState::Delivered | DispatchState::GivenUp);
        if is_over && !was_over {
            self.over.push_back(id);
        }
        while self.over.len() > KEPT_MAX {
            if let Some(id) = self.over.pop_front() {
                self.notes.remove(&id);
            }
        }
    }

    /// Forgets them all; numbers go on.
    pub(super) fn clear(&mut self) {
        self.notes.clear();
        self.over.clear();
    }
}
