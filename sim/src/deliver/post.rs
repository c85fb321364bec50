//! What is waiting to be told, and what is under way: one world's post, kept under its lock. It
//! decides what leaves and when; it writes no body and opens no socket.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::channel::{Channel, Event};
use super::encode;
use super::flight::{self, Landed};
use super::forgery::Forgery;
use super::line::{Batch, Line, Parcel, Target};
use super::log::{Attempt, DispatchState, Log, Note};
use super::send::Outcome;
use crate::journal::{Delivery, Journal};
use crate::world::Inner;
use crate::{Clock, Moment, Open, Seed};

/// One world's deliveries.
#[derive(Default)]
pub(crate) struct Post {
    world: Weak<Inner>,
    /// The addresses that it calls from, in turn; the machine's own choice where there are none.
    sources: Vec<IpAddr>,
    /// One an app.
    lines: BTreeMap<u64, Line>,
    /// What is under way, in the order of sending.
    flights: BTreeMap<u64, Flight>,
    log: Log,
    sent: u64,
}

/// A delivery that is under way, or has landed behind one that has not.
struct Flight {
    line: u64,
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
    /// Where it is sent from.
    pub(super) source: Option<IpAddr>,
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

/// What the tester sends by hand.
pub(super) enum ByHand {
    /// These events, through an app's channel.
    Fresh { line: u64, events: Vec<Arc<dyn Event>>, forgery: Option<Forgery> },
    /// What was sent, or is to be sent, under this number, once more.
    Again(u64),
}

impl Letter {
    pub(super) fn body(&self) -> &Bytes {
        let write = || self.channel.write(&mut self.events.iter().map(|event| &**event), self.attempt);
        self.body.get_or_init(|| match self.forgery {
            Some(Forgery::ReEncoded) => encode::unusual(&write()).into(),
            _ => write().into(),
        })
    }
}

impl Post {
    /// Where its work finds the world again, and which addresses it calls from.
    pub(crate) fn belong(&mut self, world: Weak<Inner>, sources: Vec<IpAddr>) {
        (self.world, self.sources) = (world, sources);
    }

    /// From an instant on an app's events go here, or nowhere; what is waiting does too.
    pub(crate) fn direct(&mut self, line: u64, from: Moment, target: Target, clock: &Clock) {
        if let Some(channel) = &target {
            self.lines.entry(line).or_insert_with(|| Line::new(channel.clone()));
        }
        let Some(known) = self.lines.get_mut(&line) else { return };
        known.direct(from, target);
        // What waited for a target leaves then.
        self.depart_at(line, from, clock);
    }

    /// Forgets what waits; what is under way lands, and is not tried again.
    pub(crate) fn drop_waiting(&mut self) {
        self.lines.values_mut().for_each(Line::drop_waiting);
        self.flights.values_mut().for_each(|flight| flight.apart = true);
        self.log.clear();
    }

    /// Takes what happened at an instant and is told to an app.
    pub(crate) fn take(&mut self, line: u64, events: Vec<Arc<dyn Event>>, (at, seed): (Moment, Seed), clock: &Clock) {
        let Some(channel) = self.lines.get_mut(&line).and_then(|known| known.settle(at)) else { return };
        let (app, url) = names(&*channel, None);
        for event in events {
            let id = self.log.open((line, &app, &url), vec![event.clone()], None);
            let again = self.lines.get(&line).is_some_and(|line| line.doubles(&*event, seed));
            let double = again.then(|| (self.log.open((line, &app, &url), vec![event.clone()], None), event.clone()));
            self.place(line, Parcel { id, event, attempt: 0, first_failed: None }, at, clock);
            if let Some((id, event)) = double {
                // Not in the same request.
                let later = at.plus(channel.rules().gather_ms + 1);
                self.place(line, Parcel { id, event, attempt: 0, first_failed: None }, later, clock);
            }
        }
    }

    fn place(&mut self, line: u64, parcel: Parcel, from: Moment, clock: &Clock) {
        let id = parcel.id;
        let Some((leaves, first)) = self.lines.get_mut(&line).map(|line| line.place(parcel, from)) else { return };
        self.log.leaves(id, Some(leaves));
        if first {
            self.depart_at(line, leaves, clock);
        }
    }

    fn depart_at(&self, line: u64, at: Moment, clock: &Clock) {
        let world = self.world.clone();
        clock.schedule(at, move |_, _| {
            if let Some(world) = world.upgrade() {
                flight::depart(&world, line, at);
            }
        });
    }

    /// Makes batches of what leaves at an instant.
    pub(super) fn close_window(&mut self, line: u64, at: Moment, seed: Seed) {
        let Self { lines, log, .. } = self;
        if let Some(line) = lines.get_mut(&line) {
            line.close_window(at, seed, |id| log.wants(id));
        }
    }

    /// Sends off as much as may be under way at once.
    pub(super) fn launch(&mut self, at: Moment, clock: &Clock) -> Vec<Arc<Letter>> {
        let mut letters = Vec::new();
        let lines: Vec<u64> = self.lines.keys().copied().collect();
        for number in lines {
            let under_way = |flight: &&Flight| flight.line == number && !flight.apart && flight.outcome.is_none();
            let mut in_flight = self.flights.values().filter(under_way).count();
            while let Some((batch, channel)) = self.next(number, in_flight, at) {
                letters.push(self.lift(number, batch, None, (at, None), clock, channel));
                in_flight += 1;
            }
        }
        letters
    }

    fn next(&mut self, line: u64, in_flight: usize, at: Moment) -> Option<(Batch, Arc<dyn Channel>)> {
        let Self { lines, log, .. } = self;
        let line = lines.get_mut(&line)?;
        let channel = line.settle(at)?;
        Some((line.next(in_flight, |id| log.wants(id))?, channel))
    }

    /// Sends events off by the tester's hand. `None` where there is no target, or no such delivery.
    pub(super) fn launch_by_hand(
        &mut self,
        what: ByHand,
        (at, told): (Moment, oneshot::Sender<Landed>),
        clock: &Clock,
    ) -> Option<Arc<Letter>> {
        let (line, id, events, attempt, forgery) = match what {
            ByHand::Fresh { line, events, forgery } => {
                let channel = self.lines.get_mut(&line)?.settle(at)?;
                let (app, url) = names(&*channel, forgery);
                let id = self.log.open((line, &app, &url), events.clone(), forgery);
                (line, id, events, 0, forgery)
            }
            ByHand::Again(id) => {
                let note = self.log.find(id)?;
                let attempt = u32::try_from(note.attempts.len()).unwrap_or(u32::MAX);
                // What was dropped is told again in full.
                let forgery = note.forged.filter(|forged| *forged != Forgery::DroppedAfterBody);
                (note.line, id, note.events.clone(), attempt, forgery)
            }
        };
        let channel = self.lines.get_mut(&line)?.settle(at)?;
        let parcel = |event| Parcel { id, event, attempt, first_failed: None };
        let batch = Batch { attempt, parcels: events.into_iter().map(parcel).collect() };
        Some(self.lift(line, batch, forgery, (at, Some(told)), clock, channel))
    }

    fn lift(
        &mut self,
        line: u64,
        batch: Batch,
        forgery: Option<Forgery>,
        (at, told): (Moment, Option<oneshot::Sender<Landed>>),
        clock: &Clock,
        channel: Arc<dyn Channel>,
    ) -> Arc<Letter> {
        self.sent += 1;
        let number = self.sent;
        let source =
            usize::try_from(number - 1).ok().and_then(|turn| self.sources.get(turn % self.sources.len().max(1)));
        let source = source.copied();
        let apart = told.is_some();
        for parcel in batch.parcels.iter().filter(|_| !apart) {
            self.log.leaves(parcel.id, None);
        }
        let events = batch.parcels.iter().map(|parcel| parcel.event.clone()).collect();
        let (attempt, body) = (batch.attempt, OnceLock::new());
        let letter = Letter { number, at, channel: channel.clone(), forgery, source, events, attempt, body };
        let (letter, world) = (Arc::new(letter), self.world.clone());
        let takes = forgery.map_or(Duration::ZERO, |forgery| forgery.manner().takes());
        let open = clock.open_longer(takes, &format!("delivery {number} to {}", channel.url()), move |_| {
            if let Some(world) = world.upgrade() {
                flight::landed(&world, number, Outcome::DEADLINE);
            }
        });
        let (flown, sent_at) = (letter.clone(), at);
        let flight = Flight { line, channel, batch, letter: flown, sent_at, apart, open, outcome: None, told };
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
        let Flight { line, channel, batch, letter, sent_at, apart, open, outcome, told } =
            self.flights.remove(&number)?;
        let outcome = outcome?;
        let url: Arc<str> = channel.called(letter.forgery).into();
        let n = journal.delivery(&Delivery {
            at,
            sent_at,
            system: channel.system(),
            account: channel.account(),
            app: channel.app(),
            url: &url,
            attempt: batch.attempt,
            events: batch.parcels.len() as u64,
            forged: letter.forgery.map(Forgery::as_str),
            status: outcome.status,
            failure: outcome.failure,
        });
        // Where the real cap stood for the deadline, world time has not passed.
        let late = sent_at.plus(channel.rules().deadline_ms);
        let failed = if outcome.failure == Outcome::DEADLINE.failure { at.max(late) } else { at };
        let mut noted = None;
        for parcel in batch.parcels {
            // What the tester sends in one request is one delivery.
            if noted.replace(parcel.id) == Some(parcel.id) {
                continue;
            }
            let tried_again = !apart && !outcome.succeeded() && self.log.wants(parcel.id);
            let again = self.lines.get(&line).filter(|_| tried_again);
            let again = again.and_then(|line| line.again(&parcel, failed, seed));
            let attempt = Attempt {
                journal: n,
                at: sent_at,
                status: outcome.status,
                error: outcome.failure,
                took_ms: outcome.took_ms,
            };
            self.log.landed(parcel.id, attempt, &url, again.as_ref().map(|(_, due)| *due), apart);
            if let Some((parcel, due)) = again {
                self.place(line, parcel, due, clock);
            }
        }
        Some(Booked { n, letter, outcome, told, _open: open })
    }

    /// Some of the deliveries that are known, in the order of their numbers.
    pub(crate) fn dispatches(&self, after: u64, limit: usize, state: Option<DispatchState>) -> Vec<Note> {
        self.log.page(after, limit, state)
    }

    pub(crate) fn knows(&self, id: u64) -> bool {
        self.log.find(id).is_some()
    }
}

fn names(channel: &dyn Channel, forgery: Option<Forgery>) -> (Arc<str>, Arc<str>) {
    (channel.app().into(), channel.called(forgery).into())
}
