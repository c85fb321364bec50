//! A trace as the rules read it: calls with what they carried, changes with what was there before, records
//! with their history. Made in one pass; every body is parsed at most once. It judges nothing.

mod call;
mod delivery;
mod life;
mod person;
mod reading;
mod time;
mod written;

use std::collections::BTreeMap;

use serde_json::Value;
use sim::journal::What;
use sim::{Moment, SystemName};

pub(crate) use call::{Call, Op, Verb};
pub(crate) use delivery::{Delivery, Worth};
pub(crate) use life::{Change, Life, Values, Version};
pub(crate) use person::{Person, person_of};
pub(crate) use reading::{find_text, text_of, unescaped};
use time::united;
use written::{Written, WrittenBy};

use crate::{Contract, Field, Mapping, Object, Owner, Place, Rotation, Trace, transformed};

/// Something of the journal that a rule may look at.
#[derive(Clone, Copy)]
pub(crate) enum Seen<'d> {
    Call(&'d Call<'d>),
    Change(&'d Change<'d>),
    Delivery(&'d Delivery<'d>),
}

/// A record on one side: the side, the object's place in the contract, the id.
pub(crate) type RecordId = (Owner, usize, String);

/// The trace, read.
pub(crate) struct Digest<'t> {
    pub(crate) contract: &'t Contract,
    trace: &'t Trace,
    start: Moment,
    /// Spans in which the target was down, one after the other, and those in which it was that or its clock apart.
    down: Vec<(Moment, Moment)>,
    away: Vec<(Moment, Moment)>,
    /// What the integration called, by the front it called.
    pub(crate) calls: Vec<Call<'t>>,
    pub(crate) changes: Vec<Change<'t>>,
    pub(crate) deliveries: Vec<Delivery<'t>>,
    /// When another program of an account used up a limit: entry, system, time.
    neighbours: Vec<(u64, SystemName, Moment)>,
    /// The places of all three in the order of the journal.
    order: Vec<Spot>,
    pub(crate) lives: BTreeMap<RecordId, Life>,
    /// The ids of the records that ever were a person's.
    by_person: BTreeMap<(Owner, usize, Person), Vec<String>>,
    written: WrittenBy,
    end: BTreeMap<(Owner, usize), BTreeMap<String, Values>>,
    people_at_end: BTreeMap<(Owner, usize, Person), Vec<String>>,
}

/// What the journal calls another program of an account that uses up a limit.
const NEIGHBOUR: &str = "neighbour-load";

#[derive(Clone, Copy)]
enum Spot {
    Call(usize),
    Change(usize),
    Delivery(usize),
}

impl<'t> Digest<'t> {
    pub(crate) fn new(contract: &'t Contract, trace: &'t Trace) -> Self {
        let start = trace.entries.first().map_or(trace.ended, |entry| match &entry.what {
            What::Clock(moved) => moved.from,
            _ => entry.at,
        });
        let mut digest = Self {
            contract,
            trace,
            start,
            down: united(trace.down.iter()),
            away: united(trace.down.iter().chain(&trace.apart)),
            calls: Vec::new(),
            changes: Vec::new(),
            deliveries: Vec::new(),
            neighbours: Vec::new(),
            order: Vec::new(),
            lives: BTreeMap::new(),
            by_person: BTreeMap::new(),
            written: WrittenBy::default(),
            end: BTreeMap::new(),
            people_at_end: BTreeMap::new(),
        };
        let mut answered: BTreeMap<u64, u64> = BTreeMap::new();
        for entry in &trace.entries {
            match &entry.what {
                What::Exchange(what) if entry.n > trace.began => {
                    let Some(system) = entry.system else { continue };
                    // What a gateway asked of its back end is told by the gateway's own entry.
                    let behind = what.connection == 0 && digest.is_behind(system);
                    if !behind {
                        let mut call = Call::read(&digest, entry, what, system);
                        if what.connection != 0 {
                            call.follows = answered.insert(what.connection, call.n).unwrap_or_default();
                        }
                        let fates = written::fates(&digest, &call);
                        digest.written.note(&call, fates);
                        digest.order.push(Spot::Call(digest.calls.len()));
                        digest.calls.push(call);
                    }
                }
                What::Change(what) => {
                    let Some(system) = entry.system else { continue };
                    let Some((side, object)) = digest.place(system, &what.record_type) else { continue };
                    let change = digest.change(entry, what, side, object);
                    digest.order.push(Spot::Change(digest.changes.len()));
                    digest.changes.push(change);
                }
                What::Delivery(what) if entry.n > trace.began => {
                    digest.order.push(Spot::Delivery(digest.deliveries.len()));
                    digest.deliveries.push(Delivery { n: entry.n, at: entry.at, what });
                }
                What::Fault(what) if what.name == NEIGHBOUR => {
                    digest.neighbours.extend(entry.system.map(|system| (entry.n, system, entry.at)));
                }
                _ => {}
            }
        }
        digest.end = digest.ending();
        digest.people_at_end = digest.people_at_end();
        digest
    }

    pub(crate) fn seen(&self) -> impl Iterator<Item = Seen<'_>> {
        self.order.iter().map(|place| match place {
            Spot::Call(at) => Seen::Call(&self.calls[*at]),
            Spot::Change(at) => Seen::Change(&self.changes[*at]),
            Spot::Delivery(at) => Seen::Delivery(&self.deliveries[*at]),
        })
    }

    fn sides(&self) -> [(Owner, Place); 2] {
        [(Owner::Master, self.contract.topology.master), (Owner::Copy, self.contract.topology.copy)]
    }

    fn is_behind(&self, system: SystemName) -> bool {
        self.sides().iter().any(|(_, place)| place.system == system && place.through.is_some())
    }

    /// The side that a called system stands for.
    pub(crate) fn side(&self, system: SystemName) -> Option<Owner> {
        let found = self.sides().into_iter().find(|(_, place)| place.front() == system || place.system == system);
        found.map(|(side, _)| side)
    }

    /// The side and object that a record type is of.
    fn place(&self, system: SystemName, record_type: &str) -> Option<(Owner, usize)> {
        let (side, _) = self.sides().into_iter().find(|(_, place)| place.system == system)?;
        let object = self.contract.objects.iter().position(|object| type_of(object, side) == record_type)?;
        self.contract.mapping_of(&self.contract.objects[object].name)?;
        Some((side, object))
    }

    pub(crate) fn object(&self, object: usize) -> &'t Object {
        &self.contract.objects[object]
    }

    /// The mapping of an object; none where the contract was made by hand without it.
    pub(crate) fn mapping(&self, object: usize) -> Option<&'t Mapping> {
        self.contract.mapping_of(&self.contract.objects[object].name)
    }

    pub(crate) fn life(&self, side: Owner, object: usize, id: &str) -> Option<&Life> {
        self.lives.get(&(side, object, id.to_owned()))
    }

    /// The records of a side that ever were a person's.
    pub(crate) fn of_person(&self, side: Owner, object: usize, person: &Person) -> impl Iterator<Item = (&str, &Life)> {
        let ids = self.by_person.get(&(side, object, person.clone())).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(move |id| Some((id.as_str(), self.life(side, object, id)?)))
    }

    /// The live records of a side at the end, by id.
    pub(crate) fn at_end(&self, side: Owner, object: usize) -> impl Iterator<Item = (&str, &Values)> {
        self.end.get(&(side, object)).into_iter().flatten().map(|(id, values)| (id.as_str(), values))
    }

    fn ending(&self) -> BTreeMap<(Owner, usize), BTreeMap<String, Values>> {
        let mut end = BTreeMap::new();
        for (side, place) in self.sides() {
            for (at, object) in self.contract.objects.iter().enumerate() {
                let records = match self.trace.end.of(place.system, type_of(object, side)) {
                    Some(records) => records.iter().filter_map(|record| ended(record, object, side)).collect(),
                    None => self.live_at_last(side, at),
                };
                end.insert((side, at), records);
            }
        }
        end
    }

    fn live_at_last(&self, side: Owner, object: usize) -> BTreeMap<String, Values> {
        let of = self.lives.iter().filter(|((on, of, _), _)| (*on, *of) == (side, object));
        of.filter_map(|((.., id), life)| Some((id.clone(), life.live()?.values.clone()))).collect()
    }

    /// Whether an entry came after the target was started.
    pub(crate) fn ran(&self, n: u64) -> bool {
        n > self.trace.began
    }

    /// The last entry before the target was started.
    pub(crate) fn began(&self) -> u64 {
        self.trace.began
    }

    pub(crate) fn ended(&self) -> Moment {
        self.trace.ended
    }

    /// Whether the target was killed or started anew between two entries.
    pub(crate) fn restarted(&self, after: u64, before: u64) -> bool {
        self.trace.restarts.iter().any(|n| *n >= after && *n < before)
    }

    /// Whether the program that made a call was there until a time, as far as that is certain.
    pub(crate) fn up_until(&self, call: &Call<'_>, until: Moment) -> bool {
        let killed = self.trace.down.iter().any(|(began, _)| *began >= call.at && *began < until);
        let anew = |restart: u64| {
            let next = self.trace.entries.partition_point(|entry| entry.n <= restart);
            restart >= call.n && self.trace.entries.get(next).is_none_or(|entry| entry.at < until)
        };
        until <= self.trace.ended && !killed && !self.trace.restarts.iter().any(|restart| anew(*restart))
    }

    /// Whether a later call may be another program's: the target was started anew in between, or a job ran beside it
    /// and the call came by another connection.
    pub(crate) fn by_another(&self, earlier: &Call<'_>, later: &Call<'_>) -> bool {
        let connection = earlier.what.connection;
        let same = connection != 0 && connection == later.what.connection;
        let beside = self.trace.jobs.iter().any(|(began, ended)| *began < later.n && *ended >= earlier.n);
        self.restarted(earlier.n, later.n) || (beside && !same)
    }

    /// What the scenario granted an app, for each whose scopes it has set.
    pub(crate) fn scopes(&self) -> &'t BTreeMap<String, Vec<String>> {
        &self.trace.scopes
    }

    /// The tokens that were rotated, in order.
    pub(crate) fn rotations(&self) -> &'t [Rotation] {
        &self.trace.rotations
    }

    /// Whether another program used up a limit of a system, from a time on and before an entry.
    pub(crate) fn neighbour_called(&self, system: SystemName, from: Moment, before: u64) -> bool {
        self.neighbours.iter().any(|(n, of, at)| *n < before && *of == system && *at >= from)
    }

    /// The number of the journal's last entry.
    pub(crate) fn last(&self) -> u64 {
        self.trace.entries.last().map_or(0, |entry| entry.n)
    }

    /// What a field of the master becomes in the copy, as the copy keeps it.
    pub(crate) fn mapped(&self, field: &Field, row: &Values) -> String {
        let columns = field.from.names().iter().map(|column| value(row, column));
        self.kept(&field.to, &transformed(columns, &field.transforms))
    }

    /// A property's value as the copy keeps it: HubSpot trims e-mail addresses and folds their case
    /// (facts/hubspot-crm.md §2.6).
    pub(crate) fn kept(&self, property: &str, value: &str) -> String {
        let folded = self.contract.topology.copy.system == SystemName::Hubspot && property == "email";
        if folded { value.trim().to_lowercase() } else { value.to_owned() }
    }

    /// The latest call to the copy about a person.
    pub(crate) fn written(&self, object: usize, person: &Person) -> Option<Written> {
        self.written.of(object, person)
    }

    /// Whether the copy will not take a person: it said so of the values that the contract gives, or the address
    /// is none.
    pub(crate) fn refused(&self, object: usize, person: &Person) -> bool {
        let by_email = self.mapping(object).is_some_and(|mapping| mapping.keys.key.property == "email");
        let address = match person {
            Person::Key(key) if by_email => Some(key),
            _ => None,
        };
        self.written(object, person).is_some_and(|written| written.refused)
            || address.is_some_and(|key| !is_address(key))
    }

    /// The one record at a side's end that is a person's; none where several are, or none is.
    pub(crate) fn only_at_end(&self, side: Owner, object: usize, person: &Person) -> Option<(&str, &Values)> {
        let mut found = self.people_at_end.get(&(side, object, person.clone()))?.iter();
        let id = found.next().filter(|_| found.next().is_none())?;
        self.end.get(&(side, object))?.get_key_value(id).map(|(id, values)| (id.as_str(), values))
    }

    /// Whether any live record at a side's end is a person's.
    pub(crate) fn is_at_end(&self, side: Owner, object: usize, person: &Person) -> bool {
        self.people_at_end.contains_key(&(side, object, person.clone()))
    }

    /// Whom a record is about.
    pub(crate) fn person(&self, side: Owner, object: usize, values: &Values) -> Option<Person> {
        person_of(&self.mapping(object)?.keys, side, values)
    }

    fn people_at_end(&self) -> BTreeMap<(Owner, usize, Person), Vec<String>> {
        let mut people: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for ((side, object), records) in &self.end {
            for (id, values) in records {
                // A row that is not to have a copy is no one's double.
                let counts = *side == Owner::Copy || self.meant(*object, values);
                if let Some(person) = self.person(*side, *object, values).filter(|_| counts) {
                    people.entry((*side, *object, person)).or_default().push(id.clone());
                }
            }
        }
        people
    }

    /// Whether a row is what the contract asks of one that has a copy, consent apart.
    pub(crate) fn meant(&self, object: usize, row: &Values) -> bool {
        self.object(object).only.iter().all(|only| value(row, &only.column) == only.is)
    }

    /// Whether someone else than the integration changed a person's records, on either side, after one entry
    /// and before another.
    pub(crate) fn touched(&self, object: usize, person: &Person, after: u64, before: u64) -> bool {
        [Owner::Master, Owner::Copy]
            .into_iter()
            .any(|side| self.of_person(side, object, person).any(|(_, life)| life.touched(after, before)))
    }

    /// Whether a row is one that has a copy: what the contract asks, and consent.
    pub(crate) fn qualifies(&self, object: usize, row: &Values) -> bool {
        self.meant(object, row) && self.consents(object, row).unwrap_or(true)
    }

    /// Whether a row of the master allows a copy; none where the contract asks for no consent.
    pub(crate) fn consents(&self, object: usize, row: &Values) -> Option<bool> {
        let consent = self.contract.governance.consent.as_ref()?;
        (consent.object == self.object(object).name).then(|| value(row, &consent.column) == consent.allows)
    }
}

impl Owner {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Master => Self::Copy,
            Self::Copy => Self::Master,
        }
    }
}

/// A record's value, or an empty text.
pub(crate) fn value<'v>(values: &'v Values, name: &str) -> &'v str {
    values.get(name).map_or("", String::as_str)
}

fn type_of(object: &Object, side: Owner) -> &str {
    match side {
        Owner::Master => &object.master.record_type,
        Owner::Copy => &object.copy.record_type,
    }
}

/// A record of the end state, by its id.
fn ended(record: &Value, object: &Object, side: Owner) -> Option<(String, Values)> {
    let (id, members) = match side {
        Owner::Master => (text_of(&record[&object.master.id])?, record.as_object()?),
        Owner::Copy => (text_of(&record["id"])?, record["properties"].as_object()?),
    };
    let values = members.iter().filter_map(|(name, value)| Some((name.clone(), text_of(value)?)));
    Some((id, Values::new(values.collect())))
}

/// Whether a text could be an e-mail address.
fn is_address(text: &str) -> bool {
    let parts = text.split_once('@').filter(|(name, domain)| !name.is_empty() && !domain.contains('@'));
    let domain = parts
        .is_some_and(|(_, domain)| domain.split('.').count() > 1 && domain.split('.').all(|part| !part.is_empty()));
    domain && text.chars().all(|c| !c.is_whitespace() && !c.is_control())
}
