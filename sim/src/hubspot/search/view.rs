//! What search sees of a table: records as they were some moments ago, and the indexes over them.

use std::sync::Arc;

use imbl::OrdMap;

use super::filter::{Clause, Test};
use super::index::{self, Builder, Draft, Drafted, Index, Records};
use super::key::is_record_id;
use super::request::{SearchRequest, refused};
use super::run::{Order, Search};
use super::tokens::Words;
use crate::Moment;
use crate::hubspot::errors::Problem;
use crate::hubspot::record::Record;
use crate::hubspot::types::{Kind, ObjectType, PropertyId};

/// The most properties with an index; a filter on a further one looks at every record.
const INDEXES_MAX: usize = 32;

/// The searchable versions of a table's records. Cloning shares them.
#[derive(Clone, Default)]
pub(crate) struct View {
    visible: Records,
    /// Versions not yet visible, by when they will be and by their number.
    pending: OrdMap<(Moment, u64), Arc<Record>>,
    /// When each pending version of a record is due. Later versions are due later.
    waiting: OrdMap<(u64, u64), Moment>,
    indexes: OrdMap<PropertyId, Index>,
    /// Those that are being built.
    drafts: Vec<Arc<Draft>>,
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
        self.adopt(of);
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
            if let Some(index) = self.indexes.get_mut(&property) {
                index::update(index, of, property, old.as_ref(), new.as_ref());
            }
        }
    }

    /// Takes over the indexes that searches have built meanwhile.
    fn adopt(&mut self, of: &ObjectType) {
        let Self { visible, indexes, drafts, .. } = self;
        drafts.retain(|draft| match draft.caught_up(of, visible) {
            Drafted::Pending => true,
            Drafted::Abandoned => false,
            Drafted::Ready(index) => {
                indexes.insert(draft.property(), index);
                false
            }
        });
    }

    /// Drops what is known of a property's values: it is not what it was.
    pub(crate) fn forget(&mut self, property: PropertyId) {
        self.indexes.remove(&property);
        self.drafts.retain(|draft| draft.property() != property);
    }

    /// Binds a search to what is visible at `at`. It can then be run elsewhere, any time.
    ///
    /// The first search that filters by a property builds its index when it is run, which takes about
    /// a microsecond for each record; from then on it is kept.
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
        let mut builders = Vec::new();
        for clause in groups.iter().flatten().filter(|clause| indexed(clause)) {
            builders.extend(self.index(of, clause.property));
        }
        if let Order::By { property, .. } = order
            && groups.is_empty()
            && words.is_none()
            && of.property(property).kind != Kind::Enumeration
        {
            builders.extend(self.index(of, property));
        }
        let (visible, indexes) = (self.visible.clone(), self.indexes.clone());
        let (after, limit) = (request.after, request.limit);
        Ok(Search { of: of.clone(), visible, indexes, builders, groups, words, order, after, limit })
    }

    /// Asks for an index: the search that asks first gets its builder. Ids need none: the records are
    /// kept in their order.
    fn index(&mut self, of: &ObjectType, property: PropertyId) -> Option<Builder> {
        let known =
            self.indexes.contains_key(&property) || self.drafts.iter().any(|draft| draft.property() == property);
        if known || is_record_id(of, property) || self.indexes.len() + self.drafts.len() >= INDEXES_MAX {
            return None;
        }
        let (draft, builder) = Draft::begin(property, self.visible.clone());
        self.drafts.push(draft);
        Some(builder)
    }
}

/// Whether an index finds what a clause asks for.
fn indexed(clause: &Clause) -> bool {
    !clause.negated && matches!(clause.test, Test::Set | Test::Among(_) | Test::Within(..))
}
