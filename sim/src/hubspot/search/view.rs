//! What search sees of a table: records as they were some moments ago, and the indexes over them.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::filter::{Clause, Test};
use super::key::{Key, any_key, is_record_id};
use super::request::{SearchRequest, refused};
use super::run::{Order, Search};
use super::tokens::Words;
use crate::Moment;
use crate::hubspot::errors::Problem;
use crate::hubspot::record::Record;
use crate::hubspot::types::{Kind, ObjectType, PropertyId};

/// The ids of records by each of their keys of one property.
pub(super) type Index = OrdSet<(Key, u64)>;

/// The most properties with an index; a filter on a further one looks at every record.
const INDEXES_MAX: usize = 32;

/// The searchable versions of a table's records. Cloning shares them.
#[derive(Clone, Default)]
pub(crate) struct View {
    visible: OrdMap<u64, Arc<Record>>,
    /// Versions not yet visible, by when they will be and by their number.
    pending: OrdMap<(Moment, u64), Arc<Record>>,
    /// When each pending version of a record is due. Later versions are due later.
    waiting: OrdMap<(u64, u64), Moment>,
    indexes: OrdMap<PropertyId, Index>,
}

impl View {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Takes a new version of a record, made at `at`, to be seen from `due` on. Versions of one
    /// record must come in their order.
    pub(crate) fn note(&mut self, of: &ObjectType, record: Arc<Record>, due: Moment, at: Moment) {
        self.settle(of, at);
        // What would be due no earlier than this never shows: this version is what follows it.
        let overtaken: Vec<_> = self
            .waiting
            .range((record.id, 0)..=(record.id, u64::MAX))
            .filter(|(_, other)| **other >= due)
            .map(|(place, other)| (*place, *other))
            .collect();
        for ((id, version), other) in overtaken {
            self.waiting.remove(&(id, version));
            self.pending.remove(&(other, version));
        }
        self.waiting.insert((record.id, record.version), due);
        self.pending.insert((due, record.version), record);
        self.settle(of, at);
    }

    /// Shows what is due by `at`.
    pub(crate) fn settle(&mut self, of: &ObjectType, at: Moment) {
        while let Some(((due, version), record)) = self.pending.get_min().filter(|((due, _), _)| *due <= at) {
            let (due, version, record) = (*due, *version, record.clone());
            self.pending.remove(&(due, version));
            self.waiting.remove(&(record.id, version));
            self.show(of, record);
        }
    }

    fn show(&mut self, of: &ObjectType, record: Arc<Record>) {
        let id = record.id;
        let (new, old) = if record.archived.is_some() {
            (None, self.visible.remove(&id))
        } else {
            (Some(record.clone()), self.visible.insert(id, record))
        };
        let properties: Vec<_> = self.indexes.keys().copied().collect();
        for property in properties {
            let keys = |of_record: &Option<Arc<Record>>| {
                of_record.as_ref().map(|record| keys(of, record, property)).unwrap_or_default()
            };
            let (was, is) = (keys(&old), keys(&new));
            let Some(index) = self.indexes.get_mut(&property).filter(|_| was != is) else { continue };
            for key in was {
                index.remove(&(key, id));
            }
            for key in is {
                index.insert((key, id));
            }
        }
    }

    /// Binds a search to what is visible at `at`. It can then be run elsewhere, any time.
    ///
    /// The first search that filters by a property builds its index, which takes about a
    /// microsecond for each record; from then on it is kept.
    ///
    /// # Errors
    /// 400 where a filter or the sort cannot be carried out.
    pub(crate) fn plan(&mut self, of: &Arc<ObjectType>, request: SearchRequest, at: Moment) -> Result<Search, Problem> {
        self.settle(of, at);
        let clause = |filter| Clause::new(of, filter);
        let groups: Vec<Vec<_>> =
            request.groups.iter().map(|group| group.iter().map(clause).collect()).collect::<Result<_, _>>()?;
        let order = match &request.sort {
            None => Order::Oldest,
            Some(sort) => {
                let property = of.find(&sort.property).ok_or_else(refused)?;
                Order::By { property, descending: sort.descending }
            }
        };
        let words = Words::new(&request.query);
        for clause in groups.iter().flatten().filter(|clause| indexed(clause)) {
            self.index(of, clause.property);
        }
        if let Order::By { property, .. } = order
            && groups.is_empty()
            && words.is_none()
            && of.property(property).kind != Kind::Enumeration
        {
            self.index(of, property);
        }
        let (visible, indexes) = (self.visible.clone(), self.indexes.clone());
        let (after, limit) = (request.after, request.limit);
        Ok(Search { of: of.clone(), visible, indexes, groups, words, order, after, limit })
    }

    /// Ids need no index: the records are kept in their order.
    fn index(&mut self, of: &ObjectType, property: PropertyId) {
        if is_record_id(of, property) || self.indexes.contains_key(&property) || self.indexes.len() >= INDEXES_MAX {
            return;
        }
        let mut entries = Vec::with_capacity(self.visible.len());
        for (id, record) in &self.visible {
            entries.extend(keys(of, record, property).into_iter().map(|key| (key, *id)));
        }
        // Inserting in order is what the tree does fastest.
        entries.sort_unstable();
        self.indexes.insert(property, entries.into_iter().collect());
    }
}

/// Whether an index finds what a clause asks for.
fn indexed(clause: &Clause) -> bool {
    !clause.negated && matches!(clause.test, Test::Set | Test::Among(_) | Test::Within(..))
}

fn keys(of: &ObjectType, record: &Record, property: PropertyId) -> Vec<Key> {
    let mut keys = Vec::new();
    any_key(of, record, property, |key| {
        keys.push(key);
        false
    });
    keys
}
