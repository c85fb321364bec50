//! Who is waited for: registered parties, and work that is open. Holds no time and wakes nobody.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::schedule::Key;
use super::{Clock, ClockError, ClockParty, ClockPartyState};
use crate::Moment;

/// The longest name of a party.
const NAME_BYTES_MAX: usize = 200;

#[derive(Default)]
pub(super) struct Parties(BTreeMap<String, Party>);

struct Party {
    standing: ClockPartyState,
    /// Its latest sleep; an earlier one speaks for it no more.
    sleep: Option<Key>,
    /// Whether it was woken since the last move began, and so owes that move a wait.
    owes: bool,
}

impl Parties {
    /// Makes `name` a party that is awake. Returns the sleep of its former life, if it was in one.
    pub(super) fn register(&mut self, name: &str) -> Result<Option<Key>, ClockError> {
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return Err(ClockError::Bad(format!("a party has a name of 1 to {NAME_BYTES_MAX} bytes")));
        }
        let party = Party { standing: ClockPartyState::Awake, sleep: None, owes: false };
        Ok(self.0.insert(name.to_owned(), party).and_then(|former| former.sleeping()))
    }

    /// Forgets `name`. Returns the sleep it was in.
    pub(super) fn leave(&mut self, name: &str) -> Result<Option<Key>, ClockError> {
        let party = self.0.remove(name).ok_or_else(|| ClockError::UnknownParty(name.to_owned()))?;
        Ok(party.sleeping())
    }

    pub(super) fn check(&self, name: &str) -> Result<(), ClockError> {
        if self.0.contains_key(name) { Ok(()) } else { Err(ClockError::UnknownParty(name.to_owned())) }
    }

    /// Notes that a party sleeps. Returns the sleep that this one replaces.
    pub(super) fn slept(&mut self, name: &str, key: Key) -> Option<Key> {
        let party = self.0.get_mut(name)?;
        let replaced = party.sleeping();
        *party = Party { standing: ClockPartyState::Asleep, sleep: Some(key), owes: false };
        replaced
    }

    /// Notes that a party is here, having slept for no time at all.
    pub(super) fn seen(&mut self, name: &str) {
        if let Some(party) = self.0.get_mut(name)
            && party.standing == ClockPartyState::Gone
        {
            party.standing = ClockPartyState::Awake;
        }
    }

    pub(super) fn woke(&mut self, name: &str, key: Key) {
        if let Some(party) = self.speaking(name, key) {
            party.standing = ClockPartyState::Awake;
            party.owes = true;
        }
    }

    /// Notes that nobody listens to a sleep any more, ended or not.
    pub(super) fn hung_up(&mut self, name: &str, key: Key) {
        if let Some(party) = self.speaking(name, key) {
            party.standing = ClockPartyState::Gone;
            party.owes = false;
        }
    }

    /// Begins a move: it waits only for those it wakes.
    pub(super) fn forgive(&mut self) {
        self.0.values_mut().for_each(|party| party.owes = false);
    }

    /// Whether some party sleeps and none is awake.
    pub(super) fn all_asleep(&self) -> bool {
        let mut here =
            self.0.values().map(|party| party.standing).filter(|&standing| standing != ClockPartyState::Gone);
        here.next() == Some(ClockPartyState::Asleep) && here.all(|standing| standing == ClockPartyState::Asleep)
    }

    pub(super) fn list(&self) -> Vec<ClockParty> {
        let shown = |(name, party): (&String, &Party)| ClockParty {
            name: name.clone(),
            state: party.standing,
            until: party.sleeping().map(|(at, _)| at),
        };
        self.0.iter().map(shown).collect()
    }

    pub(super) fn owing(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, party)| party.owes).map(|(name, _)| name.as_str())
    }

    fn speaking(&mut self, name: &str, key: Key) -> Option<&mut Party> {
        self.0.get_mut(name).filter(|party| party.sleep == Some(key))
    }
}

impl Party {
    fn sleeping(&self) -> Option<Key> {
        self.sleep.filter(|_| self.standing == ClockPartyState::Asleep)
    }
}

pub(super) type OnCap = Box<dyn FnOnce(Moment) + Send>;

/// What was begun and has not ended.
#[derive(Default)]
pub(super) struct OpenWork {
    open: BTreeMap<u64, Opened>,
    opened: u64,
}

struct Opened {
    name: String,
    cap: Instant,
    /// How much later than others' its cap comes.
    takes: Duration,
    on_cap: OnCap,
}

impl OpenWork {
    pub(super) fn open(&mut self, name: &str, (cap, takes): (Instant, Duration), on_cap: OnCap) -> u64 {
        self.opened += 1;
        self.open.insert(self.opened, Opened { name: name.to_owned(), cap: cap + takes, takes, on_cap });
        self.opened
    }

    pub(super) fn close(&mut self, id: u64) -> Option<OnCap> {
        self.open.remove(&id).map(|opened| opened.on_cap)
    }

    /// Lets every cap run anew: nobody waited while time flowed.
    pub(super) fn recap(&mut self, cap: Instant) {
        self.open.values_mut().for_each(|opened| opened.cap = cap + opened.takes);
    }

    /// The next cap, and whose it is.
    pub(super) fn next_cap(&self) -> Option<(u64, Instant)> {
        self.open.iter().map(|(id, opened)| (*id, opened.cap)).min_by_key(|(id, cap)| (*cap, *id))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.open.values().map(|opened| opened.name.as_str())
    }
}

/// Work that the clock waits for. Dropping it closes it.
#[must_use = "it closes when it is dropped"]
pub struct Open {
    clock: Clock,
    id: u64,
}

impl Open {
    pub(super) const fn new(clock: Clock, id: u64) -> Self {
        Self { clock, id }
    }

    /// Ends the work. `false` if its cap in real time came first: then it was booked by that, and
    /// what came of it now is too late.
    pub fn close(self) -> bool {
        self.clock.close(self.id)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.clock.close(self.id);
    }
}
