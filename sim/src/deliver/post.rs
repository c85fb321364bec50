//! What is waiting to be told, and what is under way: one world's post, kept under its lock. It
//! decides what leaves and when; it writes no body and opens no socket.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock, Weak};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::channel::{Channel, Event, Forgery};
use super::flight::{self, Landed};
use super::send::Outcome;
use crate::journal::{Delivery, Journal};
use crate::world::Inner;
use crate::{Clock, Moment, Open, Seed};

/// One world's deliveries.
#[derive(Default)]
pub(crate) struct Post {
    world: Weak<Inner>,
    channel: Option<Arc<dyn Channel>>,
    /// Events that wait for company, by when they leave.
    windows: BTreeMap<Moment, Vec<Parcel>>,
    /// Batches that wait until fewer are under way.
    ready: VecDeque<Batch>,
    /// What is under way, in the order of sending.
    flights: BTreeMap<u64, Flight>,
    sent: u64,
}

/// An event on its way, over all its attempts.
#[derive(Clone)]
struct Parcel {
    event: Arc<dyn Event>,
    attempt: u32,
    first_failed: Option<Moment>,
}

/// Events that go together.
struct Batch {
    attempt: u32,
    parcels: Vec<Parcel>,
}

/// A delivery that is under way, or has landed behind one that has not.
struct Flight {
    channel: Arc<dyn Channel>,
    batch: Batch,
    letter: Arc<Letter>,
    sent_at: Moment,
    /// Counts towards no throttle and is not tried again: by the tester's hand, or sent before a reset.
    apart: bool,
    open: Open,
    outcome: Option<Outcome>,
    told: Option<oneshot::Sender<Landed>>,
}

/// A delivery to be written and sent, outside the world's lock.
pub(super) struct Letter {
    pub(super) number: u64,
    pub(super) at: Moment,
    pub(super) channel: Arc<dyn Channel>,
    pub(super) forgery: Option<Forgery>,
    events: Vec<Arc<dyn Event>>,
    attempt: u32,
    /// Written once, by whoever needs it first.
    body: OnceLock<Bytes>,
}

/// What is left to do outside the lock: bodies to keep, waits to end, letters to send.
#[derive(Default)]
pub(super) struct Errands {
    pub(super) letters: Vec<Arc<Letter>>,
    pub(super) booked: Vec<Booked>,
}

/// A delivery that stands in the journal.
pub(super) struct Booked {
    pub(super) n: u64,
    pub(super) letter: Arc<Letter>,
    pub(super) outcome: Outcome,
    pub(super) told: Option<oneshot::Sender<Landed>>,
    /// Ends the clock's wait when it is dropped.
    pub(super) _open: Open,
}

impl Letter {
    pub(super) fn body(&self) -> &Bytes {
        let write = || self.channel.write(&mut self.events.iter().map(|event| &**event), self.attempt).into();
        self.body.get_or_init(write)
    }
}

impl Post {
    /// Where its work finds the world again.
    pub(crate) fn belong(&mut self, world: Weak<Inner>) {
        self.world = world;
    }

    /// From now on events go here; what was waiting for another receiver does too.
    pub(crate) fn direct(&mut self, channel: Arc<dyn Channel>) {
        self.channel = Some(channel);
    }

    /// Forgets what waits; what is under way lands, and is not tried again.
    pub(crate) fn drop_waiting(&mut self) {
        self.windows.clear();
        self.ready.clear();
        self.flights.values_mut().for_each(|flight| flight.apart = true);
    }

    /// Takes what happened at an instant.
    pub(crate) fn take(&mut self, events: Vec<Arc<dyn Event>>, at: Moment, clock: &Clock) {
        for event in events {
            self.place(Parcel { event, attempt: 0, first_failed: None }, at, clock);
        }
    }

    /// Puts an event that may leave from an instant on beside others that leave soon after.
    fn place(&mut self, parcel: Parcel, from: Moment, clock: &Clock) {
        let Some(channel) = &self.channel else { return };
        let latest = from.plus(channel.rules().gather_ms);
        if let Some((_, window)) = self.windows.range_mut(from..=latest).next() {
            return window.push(parcel);
        }
        self.windows.insert(latest, vec![parcel]);
        let world = self.world.clone();
        clock.schedule(latest, move |_, _| {
            if let Some(world) = world.upgrade() {
                flight::depart(&world, latest);
            }
        });
    }

    /// Makes batches of what leaves at an instant: of one attempt each, in the order of events.
    pub(super) fn close_window(&mut self, at: Moment) {
        let (Some(parcels), Some(channel)) = (self.windows.remove(&at), &self.channel) else { return };
        let mut by_attempt: BTreeMap<u32, Vec<Parcel>> = BTreeMap::new();
        for parcel in parcels {
            by_attempt.entry(parcel.attempt).or_default().push(parcel);
        }
        for (attempt, parcels) in by_attempt {
            let batches = parcels.chunks(channel.rules().batch_max).map(<[Parcel]>::to_vec);
            self.ready.extend(batches.map(|parcels| Batch { attempt, parcels }));
        }
    }

    /// Sends off as much as may be under way at once.
    pub(super) fn launch(&mut self, at: Moment, clock: &Clock) -> Vec<Arc<Letter>> {
        let Some(channel) = self.channel.clone() else { return Vec::new() };
        let in_flight = self.flights.values().filter(|flight| !flight.apart && flight.outcome.is_none()).count();
        let free = channel.rules().in_flight_max.saturating_sub(in_flight).min(self.ready.len());
        let batches: Vec<_> = self.ready.drain(..free).collect();
        batches.into_iter().map(|batch| self.lift(batch, None, (at, None), clock, channel.clone())).collect()
    }

    /// Sends events off by the tester's hand.
    pub(super) fn launch_by_hand(
        &mut self,
        events: Vec<Arc<dyn Event>>,
        forgery: Option<Forgery>,
        (at, told): (Moment, oneshot::Sender<Landed>),
        clock: &Clock,
    ) -> Option<Arc<Letter>> {
        let channel = self.channel.clone()?;
        let parcels = events.into_iter().map(|event| Parcel { event, attempt: 0, first_failed: None }).collect();
        Some(self.lift(Batch { attempt: 0, parcels }, forgery, (at, Some(told)), clock, channel))
    }

    fn lift(
        &mut self,
        batch: Batch,
        forgery: Option<Forgery>,
        (at, told): (Moment, Option<oneshot::Sender<Landed>>),
        clock: &Clock,
        channel: Arc<dyn Channel>,
    ) -> Arc<Letter> {
        self.sent += 1;
        let number = self.sent;
        let events = batch.parcels.iter().map(|parcel| parcel.event.clone()).collect();
        let (attempt, body) = (batch.attempt, OnceLock::new());
        let letter = Arc::new(Letter { number, at, channel: channel.clone(), forgery, events, attempt, body });
        let world = self.world.clone();
        let open = clock.open(&format!("delivery {number} to {}", channel.url()), move |_| {
            if let Some(world) = world.upgrade() {
                flight::landed(&world, number, Outcome::DEADLINE);
            }
        });
        let apart = told.is_some();
        let flight = Flight { channel, batch, letter: letter.clone(), sent_at: at, apart, open, outcome: None, told };
        self.flights.insert(number, flight);
        letter
    }

    /// Notes how a delivery has landed; the first word counts.
    pub(super) fn land(&mut self, number: u64, outcome: Outcome) {
        if let Some(flight) = self.flights.get_mut(&number) {
            flight.outcome.get_or_insert(outcome);
        }
    }

    /// Books what has landed. Where time stands all that is under way was sent at one instant, so one
    /// that has landed waits for those before it.
    pub(super) fn book(&mut self, journal: &mut Journal, at: Moment, clock: &Clock, seed: Seed) -> Vec<Booked> {
        let in_order = clock.status().mode.scale() == 0.0;
        let landed = self.flights.iter().map(|(number, flight)| (*number, flight.outcome.is_some()));
        let numbers: Vec<u64> = match in_order {
            true => landed.take_while(|(_, landed)| *landed).map(|(number, _)| number).collect(),
            false => landed.filter(|(_, landed)| *landed).map(|(number, _)| number).collect(),
        };
        numbers.into_iter().filter_map(|number| self.book_one(number, journal, at, clock, seed)).collect()
    }

    fn book_one(
        &mut self,
        number: u64,
        journal: &mut Journal,
        at: Moment,
        clock: &Clock,
        seed: Seed,
    ) -> Option<Booked> {
        let Flight { channel, batch, letter, sent_at, apart, open, outcome, told } = self.flights.remove(&number)?;
        let outcome = outcome?;
        let n = journal.delivery(&Delivery {
            at,
            sent_at,
            system: channel.system(),
            account: channel.account(),
            app: channel.app(),
            url: &channel.url().to_string(),
            attempt: batch.attempt,
            events: batch.parcels.len() as u64,
            forged: letter.forgery.map(Forgery::as_str),
            status: outcome.status,
            failure: outcome.failure,
        });
        if !apart && !outcome.succeeded() {
            // Where the real cap stood for the deadline, world time has not passed.
            let late = sent_at.plus(channel.rules().deadline_ms);
            let failed = if outcome.failure == Outcome::DEADLINE.failure { at.max(late) } else { at };
            for parcel in batch.parcels {
                self.try_again(parcel, failed, clock, seed);
            }
        }
        Some(Booked { n, letter, outcome, told, _open: open })
    }

    /// Each event has a delay of its own, so a batch that failed comes back regrouped.
    fn try_again(&mut self, parcel: Parcel, failed: Moment, clock: &Clock, seed: Seed) {
        let Some(channel) = &self.channel else { return };
        let rules = channel.rules();
        let Some(span) = rules.retries_ms.get(parcel.attempt as usize).copied() else { return };
        let first = parcel.first_failed.unwrap_or(failed);
        let jitter = span / 100 * i64::try_from(rules.jitter_percent).unwrap_or(0);
        let draw = parcel.event.number().wrapping_mul(64) + u64::from(parcel.attempt);
        let shift = seed.between("delivery.retry", draw, 0, jitter.unsigned_abs() * 2);
        let due = first.plus(span - jitter + i64::try_from(shift).unwrap_or(0)).max(failed);
        self.place(Parcel { attempt: parcel.attempt + 1, first_failed: Some(first), ..parcel }, due, clock);
    }
}
