//! What is due when: sleepers and work in the order of their instants, and of their asking within
//! one. Holds no time.

use std::collections::BTreeMap;

use tokio::sync::oneshot;

use super::{Clock, ClockError};
use crate::Moment;

/// A place in the schedule: the instant, and a number counted up over the clock's life.
pub(super) type Key = (Moment, u64);

pub(super) type Work = Box<dyn FnOnce(&Clock, Moment) + Send>;
pub(super) type Wake = oneshot::Sender<Result<Moment, ClockError>>;

pub(super) enum Due {
    Sleeper { party: Option<String>, wake: Wake },
    Work(Work),
}

#[derive(Default)]
pub(super) struct Schedule {
    due: BTreeMap<Key, Due>,
    entered: u64,
}

impl Schedule {
    pub(super) fn enter(&mut self, at: Moment, due: Due) -> Key {
        self.entered += 1;
        let key = (at, self.entered);
        self.due.insert(key, due);
        key
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<Due> {
        self.due.remove(&key)
    }

    pub(super) fn next(&self) -> Option<Moment> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn pop(&mut self) -> Option<(Key, Due)> {
        self.due.pop_first()
    }
}
