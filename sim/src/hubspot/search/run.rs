//! Answering a search on the records and indexes it was bound to, outside the world's lock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use imbl::OrdMap;

use super::filter::{Clause, Test};
use super::index::{Builder, Index, Records};
use super::key::{Key, is_record_id, sort_key};
use super::tokens::Words;
use crate::hubspot::record::Record;
use crate::hubspot::types::{ObjectType, PropertyId};

/// A search that can be carried out, with all it needs.
pub(crate) struct Search {
    pub(super) of: Arc<ObjectType>,
    pub(super) visible: Records,
    pub(super) indexes: OrdMap<PropertyId, Index>,
    /// Those that it is to build first.
    pub(super) builders: Vec<Builder>,
    pub(super) groups: Vec<Vec<Clause>>,
    pub(super) words: Option<Words>,
    pub(super) order: Order,
    pub(super) after: usize,
    pub(super) limit: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    /// As created, which is the order of ids.
    Oldest,
    /// Records without the property come last in either direction; equals go by id, in the sort's direction.
    By { property: PropertyId, descending: bool },
}

/// One page of what was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// How many records match, also beyond where paging ends.
    pub(crate) total: u64,
    pub(crate) records: Vec<Arc<Record>>,
    /// Where the next page starts; `None` on the last.
    pub(crate) next_after: Option<u64>,
}

impl Search {
    pub(crate) fn run(mut self) -> Found {
        for builder in std::mem::take(&mut self.builders) {
            let (property, index) = builder.build(&self.of);
            self.indexes.insert(property, index);
        }
        let (total, records) = match self.order {
            Order::Oldest => self.oldest_first(),
            Order::By { property, descending } => self.sorted(property, descending),
        };
        let next = self.after + records.len();
        let next_after = (self.limit > 0 && next < total && !records.is_empty()).then_some(next as u64);
        Found { total: total as u64, records, next_after }
    }

    fn everything(&self) -> bool {
        self.groups.is_empty() && self.words.is_none()
    }

    fn oldest_first(&self) -> (usize, Vec<Arc<Record>>) {
        if self.everything() {
            let page = self.visible.values().skip(self.after).take(self.limit).cloned();
            return (self.visible.len(), page.collect());
        }
        let mut total = 0;
        let mut page = Vec::new();
        self.matches(|record| {
            if total >= self.after && page.len() < self.limit {
                page.push(record.clone());
            }
            total += 1;
        });
        (total, page)
    }

    fn sorted(&self, property: PropertyId, descending: bool) -> (usize, Vec<Arc<Record>>) {
        if is_record_id(&self.of, property) && !descending {
            return self.oldest_first();
        }
        if self.everything()
            && let Some(index) = self.indexes.get(&property)
        {
            return (self.visible.len(), self.walk(index, property, descending));
        }
        let key = |record: &Record| sort_key(&self.of, record, property);
        if descending {
            self.best(|record| {
                let key = key(record);
                (key.is_none(), Reverse(key), Reverse(record.id))
            })
        } else {
            self.best(|record| {
                let key = key(record);
                (key.is_none(), key, record.id)
            })
        }
    }

    /// A page of all records, by an index that has one entry for each that has the property.
    fn walk(&self, index: &Index, property: PropertyId, descending: bool) -> Vec<Arc<Record>> {
        type Records<'s> = Box<dyn Iterator<Item = &'s Arc<Record>> + 's>;
        let get = |(_, id): &(Key, u64)| self.visible.get(id);
        let (set, all): (Records<'_>, Records<'_>) = if descending {
            (Box::new(index.iter().rev().filter_map(get)), Box::new(self.visible.values().rev()))
        } else {
            (Box::new(index.iter().filter_map(get)), Box::new(self.visible.values()))
        };
        let unset = all.filter(|record| sort_key(&self.of, record, property).is_none());
        set.chain(unset).skip(self.after).take(self.limit).cloned().collect()
    }

    /// A page of the matches by `rank`, holding no more of them than lie before the page's end.
    fn best<K: Ord>(&self, rank: impl Fn(&Record) -> K) -> (usize, Vec<Arc<Record>>) {
        let reach = self.after + self.limit;
        let mut total = 0;
        let mut heap = BinaryHeap::new();
        self.matches(|record| {
            total += 1;
            let entry = (rank(record), record.id);
            if heap.len() < reach {
                heap.push(entry);
            } else if let Some(mut worst) = heap.peek_mut()
                && entry < *worst
            {
                *worst = entry;
            }
        });
        let ranked = heap.into_sorted_vec();
        let page = ranked.iter().skip(self.after).filter_map(|(_, id)| self.visible.get(id).cloned());
        (total, page.collect())
    }

    /// Visits what matches, in the order of ids.
    fn matches(&self, mut visit: impl FnMut(&Arc<Record>)) {
        match self.candidates() {
            Some(ids) => {
                let sure = self.is_exact();
                let found = ids.iter().filter_map(|id| self.visible.get(id));
                found.filter(|record| sure || self.holds(record)).for_each(visit);
            }
            None => {
                for (_, record) in &self.visible {
                    if self.holds(record) {
                        visit(record);
                    }
                }
            }
        }
    }

    fn holds(&self, record: &Record) -> bool {
        let of = &*self.of;
        (self.groups.is_empty() || self.groups.iter().any(|group| group.iter().all(|clause| clause.holds(of, record))))
            && self
                .words
                .as_ref()
                .is_none_or(|words| words.are_in(of.queried.iter().filter_map(|property| of.value(record, *property))))
    }

    /// Whether every candidate is a match: where there is but one clause, and an index answers it.
    fn is_exact(&self) -> bool {
        let [group] = &self.groups[..] else { return false };
        matches!(&group[..], [clause] if self.words.is_none() && !is_record_id(&self.of, clause.property))
    }

    /// Ids, in their order, among which all matches are; `None` where every record must be looked at.
    fn candidates(&self) -> Option<Vec<u64>> {
        let groups: Option<Vec<_>> = self.groups.iter().map(|group| self.narrowest(group)).collect();
        let mut ids = groups.filter(|groups| !groups.is_empty())?.concat();
        ids.sort_unstable();
        ids.dedup();
        Some(ids)
    }

    /// The ids that the most selective clause of a group allows. All clauses that can be looked up
    /// are read in step, so that finding the smallest costs no more than reading it once for each.
    fn narrowest(&self, group: &[Clause]) -> Option<Vec<u64>> {
        let mut racers: Vec<_> = group.iter().filter_map(|clause| Some((self.look_up(clause)?, Vec::new()))).collect();
        if racers.is_empty() {
            return None;
        }
        // Beyond this, looking at records in order is faster than fetching them one by one.
        let most = self.visible.len() / 4 + 16;
        let raced = (0..most).try_for_each(|_| {
            for (place, (ids, taken)) in racers.iter_mut().enumerate() {
                match ids.next() {
                    Some(id) => taken.push(id),
                    None => return ControlFlow::Break(place),
                }
            }
            ControlFlow::Continue(())
        });
        let place = raced.break_value()?;
        Some(racers.swap_remove(place).1)
    }

    /// The ids of the records for which a clause may hold, where an index knows them.
    fn look_up<'s>(&'s self, clause: &'s Clause) -> Option<Box<dyn Iterator<Item = u64> + 's>> {
        if clause.negated {
            return None;
        }
        if is_record_id(&self.of, clause.property) {
            return self.look_up_ids(&clause.test);
        }
        let index = || self.indexes.get(&clause.property);
        match &clause.test {
            Test::Never => Some(Box::new(std::iter::empty())),
            Test::Tokens(_) | Test::Linked(_, None) => None,
            Test::Linked(linked, Some(others)) => Some(Box::new(linked.holders(others))),
            Test::Set => Some(Box::new(index()?.iter().map(|(_, id)| *id))),
            Test::Among(keys) => {
                let index = index()?;
                let entries = keys.iter().flat_map(|key| index.range((key.clone(), 0)..=(key.clone(), u64::MAX)));
                Some(Box::new(entries.map(|(_, id)| *id)))
            }
            Test::Within(low, high) => {
                let low = entry_bound(low.as_ref(), 0, u64::MAX);
                let high = entry_bound(high.as_ref(), u64::MAX, 0);
                Some(Box::new(index()?.range((low, high)).map(|(_, id)| *id)))
            }
        }
    }

    /// As `look_up`, by the ids that the records themselves are kept by.
    fn look_up_ids<'s>(&'s self, test: &'s Test) -> Option<Box<dyn Iterator<Item = u64> + 's>> {
        let id = |key: &Key| match key {
            Key::Number(number) => number.get(),
            _ => f64::NAN,
        };
        match test {
            Test::Among(keys) => Some(Box::new(keys.iter().map(move |key| id(key) as u64))),
            Test::Within(low, high) => {
                // One too many at either end does no harm: candidates are asked again.
                let (Bound::Included(low) | Bound::Excluded(low)) = low else { return None };
                let (Bound::Included(high) | Bound::Excluded(high)) = high else { return None };
                let (low, high) = (id(low).floor() as u64, id(high).ceil() as u64);
                Some(Box::new(self.visible.range(low..=high).map(|(id, _)| *id)))
            }
            _ => None,
        }
    }
}

fn entry_bound(bound: Bound<&Key>, included: u64, excluded: u64) -> Bound<(Key, u64)> {
    match bound {
        Bound::Included(key) => Bound::Included((key.clone(), included)),
        Bound::Excluded(key) => Bound::Excluded((key.clone(), excluded)),
        Bound::Unbounded => Bound::Unbounded,
    }
}
