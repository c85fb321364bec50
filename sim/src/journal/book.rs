//! The writer's side. A journal belongs to its world's state and is written under the world's lock,
//! so all it does there is encode and copy.

use std::sync::{Arc, OnceLock};

use parking_lot::MutexGuard;
use tokio::sync::watch;

use super::entries::{self, Entries};
use super::names::Names;
use super::record::{self, Origin};
use super::spill::OnTrouble;
use super::store::{Health, JournalOptions, Store};
use super::{Actor, Bodies, Budget, Changes, Delivery, Exchange, FaultEvent, Kind, Parent, Reader, WorldEvent};
use crate::{Moment, SystemName};

/// The journal of one world: the writer. See the [module](super) for an example.
#[derive(Debug)]
pub struct Journal {
    store: Arc<Store>,
    names: Names,
    /// The front of the record being encoded.
    head: Vec<u8>,
    /// The number of the last entry.
    last: u64,
    /// Made for the first who follows; most worlds have none.
    latest: OnceLock<watch::Sender<u64>>,
    parent: Option<Parent>,
}

impl Journal {
    #[must_use]
    pub fn new(options: JournalOptions) -> Self {
        Self::sharing(options, None)
    }

    /// A journal that shares a budget with others.
    pub(crate) fn sharing(options: JournalOptions, budget: Option<Arc<Budget>>) -> Self {
        let store = Store::new(options, budget);
        let names = Names::new(store.names_bytes_max());
        Self { store, names, head: Vec::new(), last: 0, latest: OnceLock::new(), parent: None }
    }

    /// The journal of a forked world: empty, and it names where it came from.
    #[must_use]
    pub fn forked(options: JournalOptions, parent: Parent) -> Self {
        Self::new(options).of_parent(parent)
    }

    /// The same journal, which names where it came from.
    pub(crate) fn of_parent(self, parent: Parent) -> Self {
        Self { parent: Some(parent), ..self }
    }

    /// Where this world was forked off, if it was.
    #[must_use]
    pub fn parent(&self) -> Option<&Parent> {
        self.parent.as_ref()
    }

    /// Books an exchange and the changes it made; answers the exchange's number. The changes have the
    /// numbers after it, and the buffer is left empty.
    pub fn book(&mut self, exchange: &Exchange<'_>, changes: &mut Changes) -> u64 {
        self.head.clear();
        record::put_exchange(&mut self.head, &mut self.names, exchange);
        let n = self.append(Kind::Exchange);
        let &Exchange { at, system, account, .. } = exchange;
        let actor = Actor::Integration;
        self.append_changes(&Origin { at, system, account, actor, exchange: Some(n) }, changes);
        self.show();
        n
    }

    /// Books changes made by the tester's hand, with no exchange behind them.
    pub fn tester_changes(&mut self, at: Moment, system: SystemName, account: &str, changes: &mut Changes) {
        self.append_changes(&Origin { at, system, account, actor: Actor::Tester, exchange: None }, changes);
        self.show();
    }

    /// Books changes that a system made of itself.
    pub fn system_changes(&mut self, at: Moment, system: SystemName, account: &str, changes: &mut Changes) {
        self.append_changes(&Origin { at, system, account, actor: Actor::System, exchange: None }, changes);
        self.show();
    }

    /// Books a call made outwards; answers its number.
    pub fn delivery(&mut self, delivery: &Delivery<'_>) -> u64 {
        self.head.clear();
        record::put_delivery(&mut self.head, &mut self.names, delivery);
        let n = self.append(Kind::Delivery);
        self.show();
        n
    }

    /// Books a move of the clock, or a change of its mode (from and to the same instant), as of where
    /// it moved to; answers its number.
    pub fn clock_move(&mut self, from: Moment, to: Moment, mode: &str) -> u64 {
        self.head.clear();
        record::put_clock(&mut self.head, &mut self.names, from, to, mode);
        let n = self.append(Kind::Clock);
        self.show();
        n
    }

    /// Books what became of a fault, and of which system, if it is one's alone; answers its number.
    pub fn fault(&mut self, at: Moment, system: Option<SystemName>, name: &str, event: FaultEvent) -> u64 {
        self.head.clear();
        record::put_fault(&mut self.head, &mut self.names, at, system, name, event);
        let n = self.append(Kind::Fault);
        self.show();
        n
    }

    /// Books what happened to the world as a whole, with the snapshot that it was about; answers its number.
    pub fn world(&mut self, at: Moment, event: WorldEvent, snapshot: Option<&str>) -> u64 {
        self.head.clear();
        record::put_world(&mut self.head, at, event, snapshot);
        let n = self.append(Kind::World);
        self.show();
        n
    }

    /// The number of the last entry; 0 if there is none.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Follows the number of the last entry; closed when the journal is dropped.
    #[must_use]
    pub fn latest(&self) -> watch::Receiver<u64> {
        self.latest.get_or_init(|| watch::Sender::new(self.last)).subscribe()
    }

    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader { store: self.store.clone(), latest: self.latest() }
    }

    #[must_use]
    pub fn bodies(&self) -> Bodies {
        Bodies { store: self.store.clone() }
    }

    /// Has the first failure to move entries to disk told.
    pub(crate) fn on_trouble(&self, tell: OnTrouble) {
        self.store.on_trouble(tell);
    }

    #[must_use]
    pub fn health(&self) -> Health {
        self.store.health()
    }

    /// Appends the record in `head`; answers its number.
    fn append(&mut self, kind: Kind) -> u64 {
        let mut log = lock(&self.store, &mut self.names);
        push(&self.store, &mut log, kind, &self.head, &[]);
        self.last += 1;
        self.last
    }

    fn append_changes(&mut self, origin: &Origin<'_>, changes: &mut Changes) {
        if changes.is_empty() {
            return;
        }
        self.head.clear();
        record::put_origin(&mut self.head, &mut self.names, origin);
        let origin_len = self.head.len();
        let mut log = lock(&self.store, &mut self.names);
        for change in changes.encoded() {
            self.last += 1;
            self.head.truncate(origin_len);
            record::put_distance(&mut self.head, self.last, origin.exchange);
            push(&self.store, &mut log, Kind::Change, &self.head, change);
        }
        changes.clear();
    }

    /// Lets readers see what was appended.
    fn show(&self) {
        self.store.entries.lock().visible = self.last;
        if let Some(latest) = self.latest.get() {
            latest.send_replace(self.last);
        }
    }
}

/// Locks the entries, with every name in their table that a record to come may refer to.
fn lock<'a>(store: &'a Store, names: &mut Names) -> MutexGuard<'a, Entries> {
    let fresh_bytes = names.fresh_bytes();
    if fresh_bytes > 0 {
        store.make_room_and_hold(fresh_bytes);
    }
    let mut log = store.entries.lock();
    names.publish(&mut log.table);
    log
}

/// Appends one record. Where it needs a new segment, readers are let in while room is made for it.
fn push(store: &Store, log: &mut MutexGuard<'_, Entries>, kind: Kind, head: &[u8], tail: &[u8]) {
    let cost = Entries::cost(head.len() + tail.len());
    if cost > store.segment_bytes_max() {
        let place = MutexGuard::unlocked(log, || store.settle(entries::alone(head, tail)));
        log.push_alone(kind, place);
        return;
    }
    if !log.log.fits(cost) {
        let sealed = log.log.sealed.len();
        let fresh = MutexGuard::unlocked(log, || store.buffer(sealed, cost));
        log.turn(fresh);
    }
    log.push(kind, head, tail);
}
