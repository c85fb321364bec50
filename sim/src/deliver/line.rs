//! One app's way out: where its events go now and from when on elsewhere, what waits for company, what waits to be
//! tried again, and what waits for its turn. It decides what goes together; it sends nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::channel::{Channel, Event, Rules};
use crate::{Moment, Seed};

/// An event on its way, over all its attempts.
#[derive(Clone)]
pub(super) struct Parcel {
    /// Its delivery's number in the world.
    pub(super) id: u64,
    pub(super) event: Arc<dyn Event>,
    pub(super) attempt: u32,
    pub(super) first_failed: Option<Moment>,
}

/// Events that go together.
pub(super) struct Batch {
    pub(super) attempt: u32,
    pub(super) parcels: Vec<Parcel>,
}

/// Where events go; nowhere while there is no target.
pub(super) type Target = Option<Arc<dyn Channel>>;

pub(super) struct Line {
    /// The last target that there was; its figures hold for what waits.
    channel: Arc<dyn Channel>,
    /// There is none now: what waits goes on waiting.
    paused: bool,
    /// What comes in the place of this, and when.
    due: VecDeque<(Moment, Target)>,
    /// Events that wait for company, by when they leave.
    windows: BTreeMap<Moment, Vec<Parcel>>,
    /// Batches that wait until fewer are under way.
    ready: VecDeque<Batch>,
}

impl Line {
    pub(super) fn new(channel: Arc<dyn Channel>) -> Self {
        let (windows, ready, due) = (BTreeMap::new(), VecDeque::new(), VecDeque::new());
        Self { channel, paused: true, due, windows, ready }
    }

    pub(super) fn rules(&self) -> &Rules {
        self.channel.rules()
    }

    /// From an instant on events go there, whatever was said of later ones.
    pub(super) fn direct(&mut self, from: Moment, target: Target) {
        self.due.retain(|(later, _)| *later <= from);
        self.due.push_back((from, target));
    }

    /// Where events go at an instant.
    pub(super) fn settle(&mut self, at: Moment) -> Target {
        while let Some((_, target)) = self.due.pop_front_if(|(from, _)| *from <= at) {
            self.paused = target.is_none();
            self.channel = target.unwrap_or_else(|| self.channel.clone());
        }
        (!self.paused).then(|| self.channel.clone())
    }

    pub(super) fn drop_waiting(&mut self) {
        self.windows.clear();
        self.ready.clear();
    }

    /// Puts an event that may leave from an instant on beside others that leave soon after. Answers when that is, and
    /// whether it is the first of them.
    pub(super) fn place(&mut self, parcel: Parcel, from: Moment) -> (Moment, bool) {
        let latest = from.plus(self.rules().gather_ms);
        if let Some((leaves, window)) = self.windows.range_mut(from..=latest).next() {
            window.push(parcel);
            return (*leaves, false);
        }
        self.windows.insert(latest, vec![parcel]);
        (latest, true)
    }

    /// Makes batches of what leaves at an instant and is still wanted: of one attempt each, in the order of events, or in
    /// a drawn one.
    pub(super) fn close_window(&mut self, at: Moment, seed: Seed, wanted: impl Fn(u64) -> bool) {
        let Some(mut parcels) = self.windows.remove(&at) else { return };
        if self.rules().reorder {
            parcels.sort_by_key(|parcel| seed.draw("delivery.order", parcel.id));
        }
        let mut by_attempt: BTreeMap<u32, Vec<Parcel>> = BTreeMap::new();
        for parcel in parcels.into_iter().filter(|parcel| wanted(parcel.id)) {
            by_attempt.entry(parcel.attempt).or_default().push(parcel);
        }
        for (attempt, parcels) in by_attempt {
            let batches = parcels.chunks(self.rules().batch_max.max(1)).map(<[Parcel]>::to_vec);
            self.ready.extend(batches.map(|parcels| Batch { attempt, parcels }));
        }
    }

    /// The next batch, if one may leave while so many are under way.
    pub(super) fn next(&mut self, in_flight: usize, wanted: impl Fn(u64) -> bool) -> Option<Batch> {
        while in_flight < self.rules().in_flight_max {
            let mut batch = self.ready.pop_front()?;
            batch.parcels.retain(|parcel| wanted(parcel.id));
            if !batch.parcels.is_empty() {
                return Some(batch);
            }
        }
        None
    }

    /// Whether an event is told once more, for no reason.
    pub(super) fn doubles(&self, event: &dyn Event, seed: Seed) -> bool {
        seed.between("delivery.double", event.number(), 0, 99) < self.rules().duplicate_percent
    }

    /// When an event that has just failed is tried again; never, after its last attempt. Each has a delay of its own,
    /// so a batch that failed comes back regrouped.
    pub(super) fn again(&self, parcel: &Parcel, failed: Moment, seed: Seed) -> Option<(Parcel, Moment)> {
        let rules = self.rules();
        let span = rules.retries_ms.get(parcel.attempt as usize).copied()?;
        let first = parcel.first_failed.unwrap_or(failed);
        let jitter = span / 100 * i64::try_from(rules.jitter_percent).unwrap_or(0);
        let draw = parcel.event.number().wrapping_mul(64) + u64::from(parcel.attempt);
        let shift = seed.between("delivery.retry", draw, 0, jitter.unsigned_abs() * 2);
        let shifted = span - jitter + i64::try_from(shift).unwrap_or(0);
        let due = first.plus(shifted.min(rules.retry_within_ms)).max(failed);
        Some((Parcel { attempt: parcel.attempt + 1, first_failed: Some(first), ..parcel.clone() }, due))
    }
}
