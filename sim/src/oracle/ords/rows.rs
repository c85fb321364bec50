//! The rows of the master's tables, and the tester's way to them. Versions are shared, so that a fork, a
//! page and a look into the past copy nothing.

use std::sync::Arc;

use imbl::{OrdMap, Vector};

use super::settings::Settings;
use super::table::{Schema, Table};
use super::value::{Decimal, Value};
use super::write::{self, Members};
use super::{etag, route};
use crate::Moment;
use crate::journal::{ChangeKind, Changes};

/// A row's primary key, ordered as the database orders it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    One([Value; 1]),
    Many(Box<[Value]>),
}

impl Key {
    pub(crate) fn new(parts: Vec<Value>) -> Self {
        match <[Value; 1]>::try_from(parts) {
            Ok(one) => Self::One(one),
            Err(parts) => Self::Many(parts.into()),
        }
    }

    pub(crate) fn of(table: &Table, values: &[Value]) -> Self {
        Self::new(table.key.iter().map(|&column| values[column].clone()).collect())
    }

    pub(crate) fn parts(&self) -> &[Value] {
        match self {
            Self::One(part) => part,
            Self::Many(parts) => parts,
        }
    }

    /// The key's parts, joined by commas as in the address (facts/oci-api-gateway.md §12).
    pub(crate) fn text(&self) -> String {
        self.parts().iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }
}

/// One row: its values in the order of the table's columns.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) values: Box<[Value]>,
    fingerprint: u64,
}

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        let mut text = String::new();
        for value in &values {
            text.push_str(&value.to_string());
            text.push(if value.is_null() { '\u{1}' } else { '\u{2}' });
        }
        Self { fingerprint: etag::fingerprint(&text, 0), values: values.into() }
    }

    pub(crate) fn etag(&self) -> String {
        etag::tag(self.fingerprint)
    }
}

pub(crate) type Rows = OrdMap<Key, Arc<Row>>;

/// One table's rows, now and a while back.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    pub(crate) rows: Rows,
    /// Since when the rows are as they are.
    since: Moment,
    past: Vector<(Moment, Rows)>,
    /// Counts the writes.
    version: u64,
    /// The last number the sequence gave, or that was put in by hand.
    last_generated: i64,
}

impl Records {
    pub(super) fn new() -> Self {
        Self { rows: Rows::new(), since: Moment(i64::MIN), past: Vector::new(), version: 0, last_generated: 0 }
    }

    /// The rows as they stood at an instant; `None` if that is before what undo still holds.
    pub(crate) fn as_of(&self, at: Moment) -> Option<&Rows> {
        if at >= self.since {
            return Some(&self.rows);
        }
        self.past.iter().rev().find(|(since, _)| *since <= at).map(|(_, rows)| rows)
    }

    /// Keeps the rows as they are for looks into the past, before the first write of an instant.
    fn keep(&mut self, at: Moment, undo: Undo) {
        if at > self.since {
            self.past.push_back((self.since, self.rows.clone()));
            self.since = at;
            let horizon = at.plus(-undo.retention_ms);
            while self.past.len() > undo.versions_max || self.past.get(1).is_some_and(|(next, _)| *next <= horizon) {
                self.past.pop_front();
            }
        }
    }

    /// Writes one row.
    pub(crate) fn put(&mut self, key: Key, row: Arc<Row>, at: Moment, undo: Undo) {
        self.keep(at, undo);
        if let [Value::Number(number)] = key.parts() {
            self.last_generated = self.last_generated.max(number.as_whole().unwrap_or(0));
        }
        self.rows.insert(key, row);
        self.version += 1;
    }

    /// Deletes one row; says whether there was one.
    fn delete(&mut self, key: &Key, at: Moment, undo: Undo) -> bool {
        if !self.rows.contains_key(key) {
            return false;
        }
        self.keep(at, undo);
        self.version += 1;
        self.rows.remove(key).is_some()
    }

    /// A number that changes with each write, also where a snapshot was restored in between.
    pub(crate) fn stamp(&self) -> u64 {
        self.version ^ self.since.0.cast_unsigned().rotate_left(20)
    }

    /// The number that the sequence gives next.
    pub(crate) fn next_generated(&self) -> Value {
        Value::Number(Decimal::whole(self.last_generated.saturating_add(1)))
    }
}

/// How much of the past is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Undo {
    retention_ms: i64,
    versions_max: usize,
}

impl Undo {
    /// Nothing of the past.
    pub(super) const NONE: Self = Self { retention_ms: 0, versions_max: 0 };
}

/// What ORDS' database remembers. A clone shares every row.
#[derive(Clone, Debug)]
pub(crate) struct State {
    schema: Arc<Schema>,
    records: Vec<Records>,
    pub(crate) undo: Undo,
}

impl State {
    pub(crate) fn new(schema: &Arc<Schema>, settings: &Settings) -> Self {
        let undo = Undo { retention_ms: settings.undo_retention_ms, versions_max: settings.undo_versions_max };
        let records = schema.tables.iter().map(|_| Records::new()).collect();
        Self { schema: Arc::clone(schema), records, undo }
    }

    /// Puts in what the tester's own tables begin with.
    pub(crate) fn fill(&mut self, at: Moment) {
        for (records, own) in self.records.iter_mut().zip(&self.schema.declared) {
            own.fill(records, at);
        }
    }

    /// Tells of every row as if it was made just now.
    pub(crate) fn note_all(&self, changes: &mut Changes) {
        for (table, records) in self.schema.tables.iter().zip(&self.records) {
            for (key, row) in &records.rows {
                note(changes, ChangeKind::Created, table, key, row);
            }
        }
    }

    /// The records of the table at a place in the schema.
    pub(crate) fn records(&self, table: usize) -> &Records {
        &self.records[table]
    }

    pub(crate) fn records_mut(&mut self, table: usize) -> &mut Records {
        &mut self.records[table]
    }

    /// The names of the tables.
    pub(crate) fn tables(&self) -> Vec<&str> {
        self.schema.tables.iter().map(|table| table.name.as_str()).collect()
    }

    /// Rows as stored, in the order of their keys, and how many there are in all. `None` for an unknown table.
    pub(crate) fn list(&self, table: &str, offset: usize, limit: usize) -> Option<(usize, Vec<serde_json::Value>)> {
        let place = self.schema.find(table)?;
        let (table, rows) = (&self.schema.tables[place], &self.records[place].rows);
        let page = rows.values().skip(offset).take(limit).map(|row| object(table, row)).collect();
        Some((rows.len(), page))
    }

    /// Puts rows in by the tester's hand, all or none: a new key makes a row, a known one changes the members
    /// given and keeps the rest. Keys are generated where absent; stamps given are kept. Returns how many.
    ///
    /// # Errors
    /// The table is unknown, or a row lacks what it may not; the text says which.
    pub(crate) fn put(
        &mut self,
        table: &str,
        rows: Vec<Members>,
        at: Moment,
        changes: &mut Changes,
    ) -> Result<usize, String> {
        let schema = Arc::clone(&self.schema);
        let place = schema.find(table).ok_or_else(|| format!("there is no table {table}"))?;
        let table = &schema.tables[place];
        let mut records = self.records[place].clone();
        let mut noted = Vec::with_capacity(rows.len());
        for (n, sent) in rows.into_iter().enumerate() {
            let (kind, key, row) = write::merged(table, &records, sent, at).map_err(|e| format!("row {n}: {e}"))?;
            records.put(key.clone(), Arc::clone(&row), at, self.undo);
            noted.push((kind, key, row));
        }
        self.records[place] = records;
        for (kind, key, row) in &noted {
            note(changes, *kind, table, key, row);
        }
        Ok(noted.len())
    }

    /// Deletes rows by the tester's hand, all or none. A key is written as in the address, its parts
    /// joined by commas. Returns how many.
    ///
    /// # Errors
    /// The table or a row is unknown; the text says which.
    pub(crate) fn delete(
        &mut self,
        table: &str,
        ids: &[String],
        at: Moment,
        changes: &mut Changes,
    ) -> Result<usize, String> {
        let schema = Arc::clone(&self.schema);
        let place = schema.find(table).ok_or_else(|| format!("there is no table {table}"))?;
        let table = &schema.tables[place];
        let mut records = self.records[place].clone();
        for id in ids {
            let deleted = route::key(id, table).is_some_and(|key| records.delete(&key, at, self.undo));
            if !deleted {
                return Err(format!("{} has no row {id}", table.name));
            }
        }
        self.records[place] = records;
        for id in ids {
            changes.push(ChangeKind::Archived, &table.name, id, std::iter::empty());
        }
        Ok(ids.len())
    }
}

/// Tells the journal of a written row. Nulls are told as empty texts.
pub(crate) fn note(changes: &mut Changes, kind: ChangeKind, table: &Table, key: &Key, row: &Row) {
    let texts: Vec<String> = row.values.iter().map(ToString::to_string).collect();
    let values = table.columns.iter().zip(&texts).map(|(column, text)| (column.name.as_str(), text.as_str()));
    changes.push(kind, &table.name, &key.text(), values);
}

/// A row as a JSON object.
pub(crate) fn object(table: &Table, row: &Row) -> serde_json::Value {
    let members = table.columns.iter().zip(&row.values).map(|(column, value)| (column.name.clone(), json(value)));
    serde_json::Value::Object(members.collect())
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Number(number) => match number.as_whole() {
            Some(whole) => whole.into(),
            None => serde_json::from_str(&number.to_string()).unwrap_or_default(),
        },
        Value::Text(_) | Value::Instant(_) => value.to_string().into(),
    }
}
