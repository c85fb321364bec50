//! The tester's hand in a portal: what a person could do in HubSpot's screens. No limits, the same
//! checks of values.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::body::Input;
use super::consent;
use super::read::fold;
use super::record::{Record, Source};
use super::room::{At, Hubspot, State};
use super::table::{Hand, Key, Table};
use super::validate::{self, Accepted};
use super::wire::{Extras, Show, Style};
use super::write::{accept, conflict};
use crate::journal::Changes;
use crate::policy::MergedId;
use crate::{Moment, Seed, words};

/// What a record may say. What is shown beside these when one is read is HubSpot's own to set.
const MEMBERS: [&str; 2] = ["id", "properties"];

/// A misspelt member must not make an empty contact.
fn told(record: &Value) -> Result<Input, String> {
    let Value::Object(members) = record else {
        return Err(r#"it is to be an object, like {"properties": {"email": "kim@example.com"}}"#.to_owned());
    };
    if let Some(name) = members.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(format!("there is no member `{name}`; a record has `{}`", MEMBERS.join("` and `")));
    }
    match members.get("properties") {
        Some(Value::Object(_)) => Input::deserialize(record).map_err(|error| words::plain(&error.to_string())),
        Some(_) => Err("`properties` is to be an object of names and values".to_owned()),
        None => Err(r#"`properties` is missing; write {"properties": {"email": "kim@example.com"}}"#.to_owned()),
    }
}

impl Hubspot {
    /// How many live records there are, and those of one stretch, with every value they have.
    pub(crate) fn list_records(
        &self,
        state: &State,
        record_type: &str,
        offset: usize,
        limit: usize,
    ) -> Option<(usize, Vec<Value>)> {
        let table = &state.tables()[state.place(record_type)?];
        let records = table.live().values().skip(offset).take(limit);
        Some((table.live().len(), records.map(|record| self.told(table, record)).collect()))
    }

    /// The archived records of a type.
    pub(crate) fn list_archived(&self, state: &State, record_type: &str) -> Option<Vec<Value>> {
        let table = &state.tables()[state.place(record_type)?];
        Some(table.archived().values().map(|record| self.told(table, record)).collect())
    }

    fn told(&self, table: &Table, record: &Record) -> Value {
        let style = Style { of: table.of.clone(), portal: self.portal, show: Show::All, history: None };
        let mut out = Vec::new();
        style.write(&mut out, record, &Extras::default());
        serde_json::from_slice(&out).unwrap_or_default()
    }

    /// Reads records to be put in, outside the world's lock.
    ///
    /// # Errors
    /// One of them is no record; says which and why.
    pub(crate) fn read_records(records: &[Value]) -> Result<Vec<Input>, String> {
        let read = |(n, record)| told(record).map_err(|why| format!("record {n}: {why}"));
        records.iter().enumerate().map(read).collect()
    }

    /// Creates records, or updates those that an `id` or a unique value names. All or none.
    pub(crate) fn put_records(
        &self,
        state: &mut State,
        record_type: &str,
        records: Vec<Input>,
        at: Moment,
        seed: Seed,
        changes: &mut Changes,
    ) -> Result<usize, String> {
        let place = state.place(record_type).ok_or_else(|| format!("there is no type {record_type}"))?;
        let before = state.table(place).clone();
        let (table, portal) = state.parts(place);
        let mut hand = Hand { at, seed, source: Source::CrmUi, lag_ms: self.lag_ms(), changes, portal };
        let count = records.len();
        for (n, Input { id, properties, .. }) in records.into_iter().enumerate() {
            let put = (|| {
                let unique = properties.0.iter().find_map(|(name, value)| {
                    let key = Key::Unique(table.unique_property(name)?, fold(value.as_deref()?));
                    table.id_of(&key)
                });
                let known = match id.0.as_str() {
                    "" => unique,
                    id => Some(id.parse().map_err(|_| format!("`{id}` is no record id"))?),
                };
                let old = match known {
                    Some(known) => {
                        Some(table.find(&Key::Id(known)).ok_or_else(|| format!("there is no record {known}"))?)
                    }
                    None => None,
                };
                let values = accept(self, &hand, table, &properties, old.map(|record| &**record))
                    .map_err(|bad| validate::problem(bad, self.portal).said())?;
                if let Some(clash) = table.clash(&values, known) {
                    return Err(conflict(self, table, &clash, known, &hand).message);
                }
                match known {
                    Some(known) => {
                        table.update(known, values, &mut hand);
                    }
                    None => {
                        table.create(values, &mut hand);
                    }
                }
                Ok(())
            })();
            if let Err(why) = put {
                *state.table(place) = before;
                return Err(format!("record {n}: {why}"));
            }
        }
        Ok(count)
    }

    /// Archives live records. All or none.
    pub(crate) fn archive_records(
        &self,
        state: &mut State,
        record_type: &str,
        ids: &[String],
        (at, seed): (Moment, Seed),
        changes: &mut Changes,
    ) -> Result<usize, String> {
        let place = state.place(record_type).ok_or_else(|| format!("there is no type {record_type}"))?;
        let (table, portal) = state.parts(place);
        let mut known = Vec::with_capacity(ids.len());
        for id in ids {
            let found = id.parse().ok().filter(|id| table.live().contains_key(id));
            known.push(found.ok_or_else(|| format!("there is no record {id}"))?);
        }
        let mut hand = Hand { at, seed, source: Source::CrmUi, lag_ms: self.lag_ms(), changes, portal };
        Ok(known.into_iter().filter(|id| table.archive(*id, &mut hand)).count())
    }

    /// Brings archived records back, as HubSpot's screens do. All or none.
    pub(crate) fn restore_records(
        &self,
        state: &mut State,
        record_type: &str,
        ids: &[String],
        (at, seed): (Moment, Seed),
        changes: &mut Changes,
    ) -> Result<usize, String> {
        let place = state.place(record_type).ok_or_else(|| format!("there is no type {record_type}"))?;
        let before = state.table(place).clone();
        let (table, portal) = state.parts(place);
        let mut hand = Hand { at, seed, source: Source::CrmUi, lag_ms: self.lag_ms(), changes, portal };
        for id in ids {
            let known = id.parse::<u64>().ok().and_then(|id| table.archived().get(&id));
            let refusal = match known {
                None => Some(format!("there is no archived record {id}")),
                Some(record) => table.taken_meanwhile(record).map(|(property, value, holder)| {
                    let name = &table.of.property(property).name;
                    format!("record {id} cannot come back: {holder} has its {name} `{value}` now")
                }),
            };
            if let Some(why) = refusal {
                *state.table(place) = before;
                return Err(why);
            }
            if let Ok(id) = id.parse() {
                table.restore(id, &mut hand);
            }
        }
        Ok(ids.len())
    }

    /// Takes an address out of all e-mail, as its owner does by the link in one. Says whether that
    /// changed anything.
    pub(crate) fn unsubscribe(
        &self,
        state: &mut State,
        address: &str,
        (at, seed): (Moment, Seed),
        changes: &mut Changes,
    ) -> Result<bool, String> {
        let address = validate::address(address).ok_or_else(|| format!("`{address}` is no e-mail address"))?;
        let source = Source::Email;
        let fresh = state.portal.consent.leave_all(address.clone(), consent::Said::plainly(at, source));
        if let Some(place) = state.place("contacts").filter(|_| fresh) {
            let (table, portal) = state.parts(place);
            let mut hand = Hand { at, seed, source, lag_ms: self.lag_ms(), changes, portal };
            consent::show(table, address, &mut hand);
        }
        Ok(fresh)
    }

    /// The first contact among the records that a call has written, with its table's place.
    pub(super) fn mergeable(changed: &[(String, String)], state: &State) -> Option<(usize, Arc<Record>)> {
        let place = state.place("contacts")?;
        let table = &state.tables()[place];
        let contacts = changed.iter().filter(|(record_type, _)| table.of.is_called(record_type));
        let record = contacts.into_iter().find_map(|(_, id)| table.find(&Key::Id(id.parse().ok()?)))?;
        Some((place, record.clone()))
    }

    /// Merges a contact that a call has written into a new one that a person has just made, so that the id that the
    /// caller knows is the loser's.
    pub(super) fn merge_one_away(&self, changed: &[(String, String)], stage: &mut At<'_>) {
        let Some((place, record)) = Self::mergeable(changed, stage.state) else { return };
        let (at, seed, source) = (stage.at, stage.seed, Source::CrmUi);
        let (table, portal) = stage.state.parts(place);
        let changes = &mut *stage.changes;
        let mut hand = Hand { at, seed, source, lag_ms: self.lag_ms(), changes, portal };
        let first = table.create(Accepted::default(), &mut hand);
        let keep_id = self.settings().merged_id.value == MergedId::Primary;
        let merged = table.merge(&first, &record, keep_id, &mut hand);
        for old in [first.id, record.id] {
            hand.portal.associations.moved(&table.of.name, old, merged.id);
        }
    }
}
