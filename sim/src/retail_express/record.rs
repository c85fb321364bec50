//! A customer as it is kept, and all that the room remembers.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use imbl::Vector;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::fields::{By, CUSTOMER, DELIVERY_ADDRESS, Field, Kind, place};
use super::time::stamp;
use crate::world::seeded::boutiques;
use crate::{Moment, Seed};

/// What a member holds, at the member's place in its table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Slot {
    Null,
    Flag(bool),
    Whole(i64),
    Amount(f64),
    Text(CompactString),
    Date(Date),
    Instant(Moment),
    Object(Box<[Slot]>),
    List(Box<[Box<[Slot]>]>),
}

/// What a member holds when nobody has said anything.
pub(crate) fn empty(kind: Kind) -> Slot {
    match kind {
        Kind::Flag => Slot::Flag(false),
        Kind::Count => Slot::Whole(0),
        Kind::Amount => Slot::Amount(0.0),
        Kind::Object(members) | Kind::Link(members) => Slot::Object(empty_row(members)),
        Kind::List(_) => Slot::List(Box::default()),
        _ => Slot::Null,
    }
}

pub(crate) fn empty_row(members: &[Field]) -> Box<[Slot]> {
    members.iter().map(|member| empty(member.kind)).collect()
}

const ID: usize = place(CUSTOMER, "id");
const NUMBER: usize = place(CUSTOMER, "customer_number");
const DELIVERIES: usize = place(CUSTOMER, "delivery_addresses");
const ACCOUNT: usize = place(CUSTOMER, "account_customer");
const CREATED: usize = place(CUSTOMER, "created_on");
const MODIFIED: usize = place(CUSTOMER, "modified_on");

const ADDRESS_ID: usize = place(DELIVERY_ADDRESS, "id");
const ADDRESS_MODIFIED: usize = place(DELIVERY_ADDRESS, "modified_on");

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    slots: Box<[Slot]>,
}

impl Record {
    pub(crate) fn id(&self) -> i64 {
        match self.slots[ID] {
            Slot::Whole(id) => id,
            _ => 0,
        }
    }

    pub(crate) fn slot(&self, place: usize) -> &Slot {
        &self.slots[place]
    }

    /// Puts in what a caller said. Nested objects and lists go whole, except the members that are the system's.
    fn set(&mut self, said: Vec<(usize, Slot)>, at: Moment, next_address: &mut i64) {
        for (place, mut slot) in said {
            let old = &self.slots[place];
            match (&mut slot, old) {
                (Slot::Object(new), Slot::Object(old)) => {
                    if let Kind::Object(members) = CUSTOMER[place].kind {
                        keep_system_members(members, new, old);
                    }
                }
                (Slot::List(new), Slot::List(old)) if place == DELIVERIES => {
                    for row in new {
                        if !old.iter().any(|old| old[ADDRESS_ID] == row[ADDRESS_ID]) {
                            row[ADDRESS_ID] = Slot::Null;
                        }
                        number_address(row, next_address);
                        row[ADDRESS_MODIFIED] = Slot::Instant(at);
                    }
                }
                _ => {}
            }
            self.slots[place] = slot;
        }
        self.slots[MODIFIED] = Slot::Instant(at);
        self.settle_credit();
    }

    /// No sale on account is simulated, so all of the limit remains.
    fn settle_credit(&mut self) {
        if let (Slot::Object(account), Kind::Object(members)) = (&mut self.slots[ACCOUNT], CUSTOMER[ACCOUNT].kind) {
            account[place(members, "credit_remaining")] = account[place(members, "credit_limit")].clone();
        }
    }
}

fn keep_system_members(members: &[Field], new: &mut [Slot], old: &[Slot]) {
    for ((member, new), old) in members.iter().zip(new).zip(old) {
        if member.by == By::System {
            new.clone_from(old);
        }
    }
}

/// Gives an address an id if it has none.
fn number_address(row: &mut [Slot], next: &mut i64) {
    if row[ADDRESS_ID] == Slot::Null {
        row[ADDRESS_ID] = Slot::Whole(*next);
        *next += 1;
    }
}

/// All that the room remembers. A clone shares the records until either side writes.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// In the order of their ids.
    customers: Vector<Arc<Record>>,
    next_id: i64,
    next_address: i64,
}

/// Ids of customers and addresses begin somewhere in here, as the seed has it.
const FIRST_IDS: (u64, u64) = (50_000, 90_000);

impl State {
    pub(crate) fn new(seed: Seed) -> Self {
        let first = |what| seed.between(what, 0, FIRST_IDS.0, FIRST_IDS.1).cast_signed();
        Self {
            customers: Vector::new(),
            next_id: first("retail_express.customer"),
            next_address: first("retail_express.address"),
        }
    }

    pub(crate) fn customers(&self) -> &Vector<Arc<Record>> {
        &self.customers
    }

    fn place(&self, id: i64) -> Result<usize, usize> {
        self.customers.binary_search_by(|record| record.id().cmp(&id))
    }

    pub(crate) fn find(&self, id: i64) -> Option<&Arc<Record>> {
        self.customers.get(self.place(id).ok()?)
    }

    /// Makes a customer of what a caller said.
    pub(crate) fn create(&mut self, said: Vec<(usize, Slot)>, at: Moment) -> Arc<Record> {
        let mut record = self.blank(self.next_id);
        self.next_id += 1;
        record.slots[CREATED] = Slot::Instant(at);
        record.set(said, at, &mut self.next_address);
        let record = Arc::new(record);
        self.customers.push_back(Arc::clone(&record));
        record
    }

    /// Puts what a caller said into a customer, if there is one of this id.
    pub(crate) fn update(&mut self, id: i64, said: Vec<(usize, Slot)>, at: Moment) -> Option<Arc<Record>> {
        let place = self.place(id).ok()?;
        let mut record = Record::clone(&self.customers[place]);
        record.set(said, at, &mut self.next_address);
        let record = Arc::new(record);
        self.customers.set(place, Arc::clone(&record));
        Some(record)
    }

    /// Puts a whole customer in by the tester's hand, stamps and balances as said. Tells whether it is new.
    pub(crate) fn put(&mut self, id: Option<i64>, said: Vec<(usize, Slot)>, at: Moment) -> (i64, bool) {
        let id = id.unwrap_or(self.next_id);
        let mut record = self.blank(id);
        record.slots[CREATED] = Slot::Instant(at);
        record.slots[MODIFIED] = Slot::Instant(at);
        record.settle_credit();
        for (place, slot) in said.into_iter().filter(|(place, _)| *place != ID) {
            record.slots[place] = slot;
        }
        if let Slot::List(rows) = &mut record.slots[DELIVERIES] {
            rows.iter_mut().for_each(|row| number_address(row, &mut self.next_address));
        }
        self.next_id = self.next_id.max(id.saturating_add(1));
        match self.place(id) {
            Ok(place) => {
                self.customers.set(place, Arc::new(record));
                (id, false)
            }
            Err(place) => {
                self.customers.insert(place, Arc::new(record));
                (id, true)
            }
        }
    }

    fn blank(&self, id: i64) -> Record {
        let mut slots = empty_row(CUSTOMER);
        slots[ID] = Slot::Whole(id);
        slots[NUMBER] = Slot::Text(format_compact!("1-{id}"));
        Record { slots }
    }
}

/// A record as it goes over the wire.
pub(crate) struct Shown<'a> {
    pub(crate) record: &'a Record,
    pub(crate) zone: &'a TimeZone,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Row { members: CUSTOMER, slots: &self.record.slots, zone: self.zone }.serialize(serializer)
    }
}

struct Row<'a> {
    members: &'a [Field],
    slots: &'a [Slot],
    zone: &'a TimeZone,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.members.len()))?;
        for (member, slot) in self.members.iter().zip(self.slots) {
            map.serialize_entry(member.name, &Cell { kind: member.kind, slot, zone: self.zone })?;
        }
        map.end()
    }
}

struct Cell<'a> {
    kind: Kind,
    slot: &'a Slot,
    zone: &'a TimeZone,
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let zone = self.zone;
        match (self.kind, self.slot) {
            (Kind::Outlet, Slot::Whole(id)) => outlet(*id, zone, serializer),
            (Kind::Link(_), Slot::Object(slots)) if slots.iter().all(|slot| *slot == Slot::Null) => {
                serializer.serialize_unit()
            }
            (Kind::Object(members) | Kind::Link(members), Slot::Object(slots)) => {
                Row { members, slots, zone }.serialize(serializer)
            }
            (Kind::List(members), Slot::List(rows)) => {
                let mut list = serializer.serialize_seq(Some(rows.len()))?;
                for slots in rows {
                    list.serialize_element(&Row { members, slots, zone })?;
                }
                list.end()
            }
            (_, Slot::Flag(flag)) => serializer.serialize_bool(*flag),
            (_, Slot::Whole(number)) => serializer.serialize_i64(*number),
            (_, Slot::Amount(number)) => amount(*number, serializer),
            (_, Slot::Text(text)) => serializer.serialize_str(text),
            (_, Slot::Date(date)) => serializer.collect_str(date),
            (_, Slot::Instant(at)) => serializer.collect_str(&stamp(*at, zone)),
            (_, Slot::Null | Slot::Object(_) | Slot::List(_)) => serializer.serialize_unit(),
        }
    }
}

/// Whole amounts without a fraction, as the service's framework writes them.
fn amount<S: Serializer>(number: f64, serializer: S) -> Result<S::Ok, S::Error> {
    const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < WHOLE_MAX {
        serializer.serialize_i64(number as i64)
    } else {
        serializer.serialize_f64(number)
    }
}

/// 2024-07-01T00:00:00+10:00, when the shops were entered.
const OUTLETS_MODIFIED: Moment = Moment(1_719_756_000_000);

fn outlet<S: Serializer>(id: i64, zone: &TimeZone, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(3))?;
    map.serialize_entry("id", &id)?;
    let name = boutiques().iter().find(|boutique| boutique.id.cast_signed() == id).map(|boutique| boutique.name);
    map.serialize_entry("name", &name)?;
    map.serialize_entry("modified_on", &format_args!("{}", stamp(OUTLETS_MODIFIED, zone)))?;
    map.end()
}
