//! A customer as it is kept: one slot for each member of the table.

use compact_str::{CompactString, format_compact};
use jiff::civil::Date;

use super::fields::{By, CUSTOMER, DELIVERY_ADDRESS, Field, Kind, place};
use crate::Moment;

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

    /// A customer of whom nothing is known.
    pub(crate) fn new(id: i64, at: Moment) -> Self {
        let mut slots = empty_row(CUSTOMER);
        slots[ID] = Slot::Whole(id);
        slots[NUMBER] = Slot::Text(format_compact!("1-{id}"));
        slots[CREATED] = Slot::Instant(at);
        slots[MODIFIED] = Slot::Instant(at);
        Self { slots }
    }

    /// All slots, in the order of the table.
    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    pub(crate) fn slot(&self, place: usize) -> &Slot {
        &self.slots[place]
    }

    /// Puts in what a caller said. Nested objects and lists go whole, except the members that are the system's.
    pub(crate) fn set(&mut self, said: Vec<(usize, Slot)>, at: Moment, next_address: &mut i64) {
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

    /// Puts in what the tester said, stamps and balances included.
    pub(crate) fn put(&mut self, said: Vec<(usize, Slot)>, next_address: &mut i64) {
        for (place, slot) in said.into_iter().filter(|(place, _)| *place != ID) {
            self.slots[place] = slot;
        }
        if let Slot::List(rows) = &mut self.slots[DELIVERIES] {
            rows.iter_mut().for_each(|row| number_address(row, next_address));
        }
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
