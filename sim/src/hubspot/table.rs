//! The records of one object type: kept, found by id or unique value, and written. It knows no
//! request; what a refusal reads like is the operation's.

use std::sync::Arc;

use compact_str::{CompactString, ToCompactString};
use imbl::OrdMap;

use super::portal::Portal;
use super::record::{Record, Source, Value};
use super::search::View;
use super::types::{ObjectType, PropertyId};
use super::unique::Unique;
use super::validate::Accepted;
use super::webhooks::Merger;
use crate::journal::{ChangeKind, Changes};
use crate::{Moment, Seed};

/// All records of one type. Cloning shares them.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) of: Arc<ObjectType>,
    live: OrdMap<u64, Arc<Record>>,
    archived: OrdMap<u64, Arc<Record>>,
    /// Live records by the values of each unique property.
    unique: Vec<(PropertyId, Unique)>,
    /// Archived ones likewise. Several may have had the same value; the one with the least id is found.
    unique_archived: Vec<(PropertyId, Unique)>,
    /// What records that went into others are found under.
    absorbed: OrdMap<u64, u64>,
    pub(crate) view: View,
    writes: u64,
    last_id: u64,
}

/// How a caller names a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Id(u64),
    Unique(PropertyId, CompactString),
}

/// Under whose hand and when a record is written.
pub(crate) struct Hand<'a> {
    pub(crate) at: Moment,
    pub(crate) seed: Seed,
    pub(crate) source: Source,
    /// How long until search sees a write, least and most, in milliseconds.
    pub(crate) lag_ms: (u64, u64),
    pub(crate) changes: &'a mut Changes,
    pub(crate) portal: &'a mut Portal,
}

/// A unique value that another record holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clash {
    pub(crate) property: PropertyId,
    pub(crate) value: CompactString,
    /// The record that holds it; `None` where it is another input of the same batch.
    pub(crate) holder: Option<u64>,
}

impl Table {
    pub(crate) fn new(of: Arc<ObjectType>) -> Self {
        let unique: Vec<_> = (0..of.properties.len() as u16)
            .map(PropertyId)
            .filter(|id| of.property(*id).unique)
            .map(|id| (id, Unique::new()))
            .collect();
        let (unique_archived, view) = (unique.clone(), View::new());
        let (live, archived, absorbed) = (OrdMap::new(), OrdMap::new(), OrdMap::new());
        Self { of, live, archived, unique, unique_archived, absorbed, view, writes: 0, last_id: 0 }
    }

    pub(crate) fn live(&self) -> &OrdMap<u64, Arc<Record>> {
        &self.live
    }

    pub(crate) fn archived(&self) -> &OrdMap<u64, Arc<Record>> {
        &self.archived
    }

    /// A unique property by its name.
    pub(crate) fn unique_property(&self, name: &str) -> Option<PropertyId> {
        self.of.find(name).filter(|id| self.of.property(*id).unique)
    }

    pub(crate) fn id_of(&self, key: &Key) -> Option<u64> {
        match key {
            Key::Id(id) => self.live.contains_key(id).then_some(*id),
            Key::Unique(property, value) => holder(&self.unique, *property, value),
        }
    }

    pub(crate) fn find(&self, key: &Key) -> Option<&Arc<Record>> {
        match key {
            Key::Id(id) => self.live.get(id),
            Key::Unique(..) => self.live.get(&self.id_of(key)?),
        }
    }

    /// As [`Self::find`], also by the id of a record that went into another.
    pub(crate) fn follow(&self, key: &Key) -> Option<&Arc<Record>> {
        match key {
            Key::Id(id) => self.live.get(&self.went_into(*id)),
            Key::Unique(..) => self.find(key),
        }
    }

    fn went_into(&self, mut id: u64) -> u64 {
        while let Some(into) = self.absorbed.get(&id) {
            id = *into;
        }
        id
    }

    /// As [`Self::find_archived`], also by the id of a record that went into another.
    pub(crate) fn follow_archived(&self, key: &Key) -> Option<&Arc<Record>> {
        match key {
            Key::Id(id) => self.archived.get(&self.went_into(*id)),
            Key::Unique(..) => self.find_archived(key),
        }
    }

    pub(crate) fn find_archived(&self, key: &Key) -> Option<&Arc<Record>> {
        match key {
            Key::Id(id) => self.archived.get(id),
            Key::Unique(property, value) => self.archived.get(&holder(&self.unique_archived, *property, value)?),
        }
    }

    /// The first unique value among these that a record other than `own` holds.
    pub(crate) fn clash(&self, values: &Accepted, own: Option<u64>) -> Option<Clash> {
        values.iter().find_map(|(property, value)| {
            let holder = holder(&self.unique, *property, value).filter(|holder| Some(*holder) != own)?;
            Some(Clash { property: *property, value: value.clone(), holder: Some(holder) })
        })
    }

    /// Makes a record. The values must have been accepted and must not clash.
    pub(crate) fn create(&mut self, mut values: Accepted, hand: &mut Hand<'_>) -> Arc<Record> {
        let id = self.next_id(hand.seed);
        self.writes += 1;
        let of = self.of.clone();
        hand.portal.consent.follow(&of, &mut values);
        hand.portal.pipelines.follow(&of, &mut values, None, hand.at);
        let given = take_created(&of, &mut values);
        let mut record = Record::created(&of, id, hand.at, self.writes, hand.source, values);
        record.created = given.unwrap_or(hand.at);
        self.claim(&record);
        self.enter(ChangeKind::Created, Arc::new(record), hand)
    }

    /// Books a record that is new, with all its values, and lets it be found.
    fn enter(&mut self, kind: ChangeKind, record: Arc<Record>, hand: &mut Hand<'_>) -> Arc<Record> {
        let of = &self.of;
        let values =
            record.values().iter().map(|value| (of.property(value.property).name.as_str(), value.text.as_str()));
        hand.changes.push(kind, &of.name, &record.id.to_compact_string(), values);
        self.live.insert(record.id, record.clone());
        self.show(record.clone(), hand);
        record
    }

    /// Takes the unique values of a record.
    fn claim(&mut self, record: &Record) {
        for (property, by_value) in &mut self.unique {
            for value in unique_values(&self.of, record, *property) {
                by_value.insert(value, record.id);
            }
        }
    }

    /// Gives the unique values of a record back.
    fn release(&mut self, record: &Record) {
        for (property, by_value) in &mut self.unique {
            for value in unique_values(&self.of, record, *property) {
                if by_value.get(value) == Some(record.id) {
                    by_value.remove(value);
                }
            }
        }
    }

    /// Writes values to a live record; the result names the properties that really changed.
    pub(crate) fn update(
        &mut self,
        id: u64,
        mut values: Accepted,
        hand: &mut Hand<'_>,
    ) -> Option<(Arc<Record>, Vec<PropertyId>)> {
        let of = self.of.clone();
        let before = self.live.get(&id)?.clone();
        hand.portal.consent.follow(&of, &mut values);
        hand.portal.pipelines.follow(&of, &mut values, Some(&before), hand.at);
        let mut record = Record::clone(&before);
        let mut changed = Vec::with_capacity(values.len());
        if let Some(created) = take_created(&of, &mut values).filter(|created| *created != record.created) {
            record.created = created;
            changed.push(of.created);
        }
        for (property, text) in values {
            if record.set(&of, Value { property, at: hand.at, source: hand.source, text }) {
                changed.push(property);
            }
        }
        if changed.is_empty() {
            return Some((before, changed));
        }
        self.writes += 1;
        (record.version, record.updated) = (self.writes, hand.at);
        if self.unique.iter().any(|(property, _)| changed.contains(property)) {
            self.release(&before);
            self.claim(&record);
        }
        let record = Arc::new(record);
        let values = changed
            .iter()
            .map(|property| (of.property(*property).name.as_str(), of.value(&record, *property).unwrap_or_default()));
        let values: Vec<_> = values.collect();
        let values = values.iter().map(|(name, text)| (*name, &**text));
        hand.changes.push(ChangeKind::Updated, &of.name, &id.to_compact_string(), values);
        self.live.insert(id, record.clone());
        self.show(record.clone(), hand);
        Some((record, changed))
    }

    /// Archives a live record; says whether there was one.
    pub(crate) fn archive(&mut self, id: u64, hand: &mut Hand<'_>) -> bool {
        let Some(before) = self.live.remove(&id) else { return false };
        for ((property, live), (_, archived)) in self.unique.iter_mut().zip(&mut self.unique_archived) {
            for value in unique_values(&self.of, &before, *property) {
                live.remove(value);
                if archived.get(value).is_none_or(|held| id < held) {
                    archived.insert(value, id);
                }
            }
        }
        self.writes += 1;
        let mut record = Record::clone(&before);
        (record.version, record.updated, record.archived) = (self.writes, hand.at, Some(hand.at));
        let record = Arc::new(record);
        hand.changes.push(ChangeKind::Archived, &self.of.name, &id.to_compact_string(), std::iter::empty());
        self.archived.insert(id, record.clone());
        self.show(record, hand);
        true
    }

    /// Brings an archived record back. Its unique values must be free.
    pub(crate) fn restore(&mut self, id: u64, hand: &mut Hand<'_>) -> bool {
        let Some(before) = self.archived.remove(&id) else { return false };
        self.forget_archived(&before);
        self.writes += 1;
        let mut record = Record::clone(&before);
        (record.version, record.updated, record.archived) = (self.writes, hand.at, None);
        self.claim(&record);
        self.enter(ChangeKind::Restored, Arc::new(record), hand);
        true
    }

    /// The first unique value of an archived record that a live one has taken, and whose it is now.
    pub(crate) fn taken_meanwhile(&self, record: &Record) -> Option<(PropertyId, CompactString, u64)> {
        self.unique.iter().find_map(|(property, by_value)| {
            let mut values = unique_values(&self.of, record, *property);
            values.find_map(|value| Some((*property, value.into(), by_value.get(value)?)))
        })
    }

    /// Makes one record of two live ones, which are found under its id from now on.
    pub(crate) fn merge(&mut self, first: &Record, other: &Record, keep_id: bool, hand: &mut Hand<'_>) -> Arc<Record> {
        let of = self.of.clone();
        let id = if keep_id { first.id } else { self.next_id(hand.seed) };
        for gone in [first, other].into_iter().filter(|gone| gone.id != id) {
            self.take_out(ChangeKind::Absorbed, gone, hand);
            self.absorbed.insert(gone.id, id);
        }
        self.release(first);
        self.writes += 1;
        let mut record = Record::merged(&of, first, other, id, hand.at, self.writes);
        for (property, text) in super::merge::lineage(&of, first, other, id) {
            record.set(&of, Value { property, at: hand.at, source: Source::Merge, text });
        }
        self.claim(&record);
        let came = other.values().iter().filter(|value| first.current(&of, value.property).is_none()).count() as u64;
        let (object_type, primary, merged, new) = (of.name.clone(), first.id, other.id, id);
        hand.portal.webhooks.merged(Merger { object_type, primary, merged, new, moved: came });
        self.enter(ChangeKind::Merged, Arc::new(record), hand)
    }

    /// Deletes a record for good, live or archived; says whether there was one.
    pub(crate) fn delete(&mut self, id: u64, hand: &mut Hand<'_>) -> bool {
        if let Some(record) = self.live.get(&id).cloned() {
            self.take_out(ChangeKind::Deleted, &record, hand);
            return true;
        }
        let Some(record) = self.archived.remove(&id) else { return false };
        self.forget_archived(&record);
        hand.changes.push(ChangeKind::Deleted, &self.of.name, &id.to_compact_string(), std::iter::empty());
        true
    }

    /// Lets an archived record be found by its unique values no more.
    fn forget_archived(&mut self, record: &Record) {
        for (property, archived) in &mut self.unique_archived {
            for value in unique_values(&self.of, record, *property) {
                if archived.get(value) == Some(record.id) {
                    archived.remove(value);
                }
            }
        }
    }

    /// Takes a live record out, so that neither reads nor searches find it.
    fn take_out(&mut self, kind: ChangeKind, record: &Record, hand: &mut Hand<'_>) {
        self.release(record);
        self.live.remove(&record.id);
        self.writes += 1;
        let mut gone = record.clone();
        (gone.version, gone.archived) = (self.writes, Some(hand.at));
        hand.changes.push(kind, &self.of.name, &record.id.to_compact_string(), std::iter::empty());
        self.show(Arc::new(gone), hand);
    }

    /// The id that a record which comes to nothing would have had; no other gets it.
    pub(crate) fn waste_id(&mut self, seed: Seed) -> u64 {
        self.next_id(seed)
    }

    /// Takes note that a property is defined anew: finds records by its values if it is unique, whatever
    /// was known of them before, and has search look at them afresh. Of equal values the first is found.
    pub(crate) fn learn(&mut self, property: PropertyId) {
        self.view.forget(property);
        self.unique.retain(|(id, _)| *id != property);
        self.unique_archived.retain(|(id, _)| *id != property);
        if !self.of.property(property).unique {
            return;
        }
        let by_value = |records: &OrdMap<u64, Arc<Record>>| {
            let mut found = Unique::new();
            for (id, record) in records {
                if let Some(value) =
                    unique_values(&self.of, record, property).next().filter(|value| found.get(value).is_none())
                {
                    found.insert(value, *id);
                }
            }
            (property, found)
        };
        let (live, archived) = (by_value(&self.live), by_value(&self.archived));
        self.unique.push(live);
        self.unique_archived.push(archived);
    }

    /// Lets search see a write when the index has caught up.
    fn show(&mut self, record: Arc<Record>, hand: &Hand<'_>) {
        let (least, most) = hand.lag_ms;
        let lag = hand.seed.between("hubspot.index-lag", self.writes, least, most);
        self.view.note(&self.of, record, hand.at.plus(i64::try_from(lag).unwrap_or(i64::MAX)), hand.at);
    }

    /// Ids rise by small steps from a start of the seed's own.
    fn next_id(&mut self, seed: Seed) -> u64 {
        if self.last_id == 0 {
            self.last_id = seed.between(&self.of.name, 0, 20_000_000_000, 199_000_000_000);
        }
        self.last_id += seed.between(&self.of.name, self.last_id, 1, 9);
        self.last_id
    }
}

/// When a record was made by the caller's word, where its type lets it say so.
fn take_created(of: &ObjectType, values: &mut Accepted) -> Option<Moment> {
    let place = values.iter().rposition(|(property, _)| *property == of.created)?;
    let (_, text) = values.remove(place);
    values.retain(|(property, _)| *property != of.created);
    text.parse().ok()
}

/// The values by which a record is found as the one that has them: of an address also the further ones.
fn unique_values<'r>(of: &ObjectType, record: &'r Record, property: PropertyId) -> impl Iterator<Item = &'r str> {
    let more = of.more_addresses.filter(|_| of.address == Some(property));
    let more = more.and_then(|more| record.stored(of, more)).into_iter().flat_map(|text| text.split(';'));
    record.stored(of, property).into_iter().chain(more.filter(|text| !text.is_empty()))
}

/// The record that has a unique value.
fn holder(unique: &[(PropertyId, Unique)], property: PropertyId, value: &str) -> Option<u64> {
    unique.iter().find(|(id, _)| *id == property)?.1.get(value)
}
