//! The index over one property: built outside the world's lock by the first search that asks for it,
//! while later ones look at every record, and taken over by the view when it is ready.

use std::sync::{Arc, OnceLock};

use imbl::ordmap::DiffItem;
use imbl::{OrdMap, OrdSet};

use super::key::{Key, any_key};
use crate::hubspot::record::Record;
use crate::hubspot::types::{ObjectType, PropertyId};

/// The ids of records by each of their keys of one property.
pub(super) type Index = OrdSet<(Key, u64)>;

/// Records by their ids.
pub(super) type Records = OrdMap<u64, Arc<Record>>;

/// An index that some search is to build.
pub(super) struct Draft {
    property: PropertyId,
    /// The records as that search saw them.
    base: Records,
    /// Unset while it is being built; none where the search was given up.
    built: OnceLock<Option<Index>>,
}

/// What has become of a draft.
pub(super) enum Drafted {
    Pending,
    Abandoned,
    Ready(Index),
}

/// The right and duty to build one index. Dropped without, the draft is abandoned.
pub(super) struct Builder(Arc<Draft>);

impl Draft {
    /// A draft for the view, and its builder for the search.
    pub(super) fn begin(property: PropertyId, base: Records) -> (Arc<Self>, Builder) {
        let draft = Arc::new(Self { property, base, built: OnceLock::new() });
        (draft.clone(), Builder(draft))
    }

    pub(super) fn property(&self) -> PropertyId {
        self.property
    }

    /// The index over the records as they are now: what was built, and what has changed since.
    pub(super) fn caught_up(&self, of: &ObjectType, now: &Records) -> Drafted {
        let mut index = match self.built.get() {
            None => return Drafted::Pending,
            Some(None) => return Drafted::Abandoned,
            Some(Some(index)) => index.clone(),
        };
        for change in self.base.diff(now) {
            match change {
                DiffItem::Add(_, new) => update(&mut index, of, self.property, None, Some(new)),
                DiffItem::Update { old: (_, old), new: (_, new) } => {
                    update(&mut index, of, self.property, Some(old), Some(new));
                }
                DiffItem::Remove(_, old) => update(&mut index, of, self.property, Some(old), None),
            }
        }
        Drafted::Ready(index)
    }
}

impl Builder {
    pub(super) fn build(self, of: &ObjectType) -> (PropertyId, Index) {
        let Draft { property, base, built } = &*self.0;
        let mut entries = Vec::with_capacity(base.len());
        for (id, record) in base {
            entries.extend(keys(of, record, *property).into_iter().map(|key| (key, *id)));
        }
        // Inserting in order is what the tree does fastest.
        entries.sort_unstable();
        let index: Index = entries.into_iter().collect();
        let _ = built.set(Some(index.clone()));
        (*property, index)
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        let _ = self.0.built.set(None);
    }
}

/// Puts one record's new keys in the place of its old ones.
pub(super) fn update(
    index: &mut Index,
    of: &ObjectType,
    property: PropertyId,
    old: Option<&Arc<Record>>,
    new: Option<&Arc<Record>>,
) {
    let keys = |record: Option<&Arc<Record>>| record.map(|record| keys(of, record, property)).unwrap_or_default();
    let (was, is) = (keys(old), keys(new));
    if was == is {
        return;
    }
    let Some(id) = new.or(old).map(|record| record.id) else { return };
    for key in was {
        index.remove(&(key, id));
    }
    for key in is {
        index.insert((key, id));
    }
}

fn keys(of: &ObjectType, record: &Record, property: PropertyId) -> Vec<Key> {
    let mut keys = Vec::new();
    any_key(of, record, property, |key| {
        keys.push(key);
        false
    });
    keys
}
