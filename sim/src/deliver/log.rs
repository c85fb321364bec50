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
    /// Why there was no answer: `refused`, `broken`, `deadline`; `left` where nobody waited for one.
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

/// A delivery as it is kept, to be written outside the world's lock.
#[derive(Clone)]
pub(crate) struct Note {
    pub(super) id: u64,
    pub(super) line: u64,
    pub(super) app: Arc<str>,
    pub(super) url: Arc<str>,
    pub(super) state: DispatchState,
    pub(super) forged: Option<Forgery>,
    pub(super) events: Vec<Arc<dyn Event>>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) next_attempt: Option<Moment>,
}

impl From<Note> for Dispatch {
    fn from(note: Note) -> Self {
        let Note { id, app, url, state, forged, events, attempts, next_attempt, .. } = note;
        let attempt = u32::try_from(attempts.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let told = |event: Arc<dyn Event>| {
            let mut text = Vec::new();
            event.write(attempt, &mut text);
            serde_json::from_slice(&text).unwrap_or_default()
        };
        let (app, url, events) = (app.to_string(), url.to_string(), events.into_iter().map(told).collect());
        Self { id, app, url, state, forged, events, attempts, next_attempt }
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
        (line, app, url): (u64, &Arc<str>, &Arc<str>),
        events: Vec<Arc<dyn Event>>,
        forged: Option<Forgery>,
    ) -> u64 {
        self.last += 1;
        let (id, app, url) = (self.last, app.clone(), url.clone());
        let (state, attempts, next_attempt) = (DispatchState::Pending, Vec::new(), None);
        self.notes.insert(id, Note { id, line, app, url, state, forged, events, attempts, next_attempt });
        id
    }

    pub(super) fn find(&self, id: u64) -> Option<&Note> {
        self.notes.get(&id)
    }

    /// Some of them, in the order of their numbers.
    pub(super) fn page(&self, after: u64, limit: usize, state: Option<DispatchState>) -> Vec<Note> {
        let later = self.notes.range(after.saturating_add(1)..).map(|(_, note)| note);
        later.filter(|note| state.is_none_or(|state| note.state == state)).take(limit).cloned().collect()
    }

    /// Whether it has still to arrive.
    pub(super) fn wants(&self, id: u64) -> bool {
        self.notes.get(&id).is_some_and(|note| note.state != DispatchState::Delivered)
    }

    /// When it leaves, where that is known.
    pub(super) fn leaves(&mut self, id: u64, at: Option<Moment>) {
        if let Some(note) = self.notes.get_mut(&id) {
            note.next_attempt = at;
        }
    }

    /// An attempt has landed at an address. `again` is when the next one is due, none after the last; the word of an
    /// attempt `apart` counts only if it succeeded, for it changes nothing else.
    pub(super) fn landed(&mut self, id: u64, attempt: Attempt, url: &Arc<str>, again: Option<Moment>, apart: bool) {
        let Some(note) = self.notes.get_mut(&id) else { return };
        let succeeded = attempt.status.is_some_and(|status| (200..300).contains(&status));
        let alone = note.attempts.is_empty();
        note.attempts.push(attempt);
        note.url = url.clone();
        let was_over = matches!(note.state, DispatchState::Delivered | DispatchState::GivenUp);
        match (succeeded, again) {
            (true, _) => (note.state, note.next_attempt) = (DispatchState::Delivered, None),
            (false, _) if note.state == DispatchState::Delivered || (apart && !alone) => {}
            (false, Some(due)) => (note.state, note.next_attempt) = (DispatchState::Retrying, Some(due)),
            (false, None) => (note.state, note.next_attempt) = (DispatchState::GivenUp, None),
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
