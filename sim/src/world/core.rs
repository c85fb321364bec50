//! The heart of a world: what it remembers, under one lock, beside its clock and its seed.

use parking_lot::{Mutex, MutexGuard};

use super::Clock;
use super::slots::Slots;
use super::step::System;
use crate::deliver::{By, Heard, Post};
use crate::faults::{Armed, Faults};
use crate::journal::{Bodies, Changes, FaultEvent, Journal};
use crate::{Moment, Seed};

/// One world, without its listeners.
pub(crate) struct Core {
    pub(crate) id: String,
    pub(crate) seed: Seed,
    pub(crate) clock: Clock,
    pub(crate) bodies: Bodies,
    memory: Mutex<Memory>,
}

/// All that a step may read or change.
pub(crate) struct Memory {
    pub(crate) slots: Slots,
    pub(crate) journal: Journal,
    pub(crate) changes: Changes,
    pub(crate) faults: Faults,
    pub(crate) post: Post,
    exchanges: u64,
    touched: u64,
    latest: Moment,
}

/// What a world begins with: nothing, or what its parent remembered when it was forked.
pub(crate) struct Origin {
    pub(crate) journal: Journal,
    pub(crate) slots: Slots,
    pub(crate) exchanges: u64,
}

impl Core {
    pub(crate) fn new(id: String, seed: Seed, clock: Clock, origin: Origin) -> Self {
        let Origin { journal, slots, exchanges } = origin;
        let (bodies, latest) = (journal.bodies(), clock.now());
        let (changes, faults) = (Changes::default(), Faults::default());
        let (post, touched) = (Post::default(), 0);
        let memory = Mutex::new(Memory { slots, journal, changes, faults, post, exchanges, touched, latest });
        Self { id, seed, clock, bodies, memory }
    }

    /// The world's lock. Hold it for one move; parse and write JSON without it.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock()
    }
}

impl Memory {
    /// Puts into the post what is to be told of the changes that are about to be booked.
    pub(crate) fn announce<S: System>(&mut self, system: &S, by: By, (at, seed): (Moment, Seed), clock: &Clock) {
        let Self { slots, changes, post, .. } = self;
        let Heard { targets, events } = system.hear(S::slot(slots), changes, by, at, seed);
        for (line, from, target) in targets {
            post.direct(line, from, target, clock);
        }
        for (line, events) in events {
            post.take(line, events, (at, seed), clock);
        }
    }

    /// Says that what the slots hold has changed though nothing was booked.
    pub(crate) fn touch(&mut self) {
        self.touched += 1;
    }

    /// Takes note of the time; what the journal books never goes back.
    pub(crate) fn tick(&mut self, now: Moment) -> Moment {
        self.latest = self.latest.max(now);
        self.latest
    }

    /// Disarms every fault and books it; answers how many there were.
    pub(crate) fn clear_faults(&mut self, at: Moment) -> usize {
        let cleared = self.faults.clear();
        for Armed { arm, .. } in &cleared {
            self.journal.fault(at, arm.at.system, &arm.name, FaultEvent::Cleared);
        }
        cleared.len()
    }

    /// Changes with all that may change what the slots hold: each call takes a number, and all else is booked.
    pub(crate) fn version(&self) -> (u64, u64, u64) {
        (self.exchanges, self.touched, self.journal.last())
    }

    pub(crate) fn latest(&self) -> Moment {
        self.latest
    }

    pub(crate) fn exchanges(&self) -> u64 {
        self.exchanges
    }

    /// The number of a new exchange, counted from 1; draws depend on it.
    pub(crate) fn next_exchange(&mut self) -> u64 {
        self.exchanges += 1;
        self.exchanges
    }
}
