//! What search asks of associations: which records are associated with others. Unlike the records
//! they are found at once; the index does not hold them.

use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;
use imbl::OrdMap;

use super::check::Side;
use super::definitions::End;
use super::store::{Associations, Node};
use crate::hubspot::record::Record;
use crate::hubspot::room::State;
use crate::hubspot::search::SearchRequest;

/// The property of a filter that asks for associations begins so; the other type follows.
pub(crate) const PREFIX: &str = "associations.";

/// The associations of one type of records with another, as they stood when a search began.
pub(crate) struct Linked {
    /// As the filter has it.
    pub(crate) property: CompactString,
    associations: Associations,
    own: End,
    other: End,
    living: OrdMap<u64, Arc<Record>>,
}

impl fmt::Debug for Linked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Linked({})", self.property)
    }
}

/// What the filters of a search need; types that do not exist are left out.
pub(crate) fn asked(state: &mut State, place: usize, request: &SearchRequest) -> Vec<Arc<Linked>> {
    let mut all: Vec<Arc<Linked>> = Vec::new();
    for filter in request.groups.iter().flatten() {
        let Some(name) = filter.property.strip_prefix(PREFIX) else { continue };
        if all.iter().any(|known| known.property == filter.property) {
            continue;
        }
        let own = Side::at(state, place);
        if let Ok(other) = Side::named(state, name) {
            all.push(Arc::new(Linked {
                property: filter.property.clone(),
                associations: state.portal.associations.clone(),
                own: own.end,
                other: other.end,
                living: state.tables()[other.place].live().clone(),
            }));
        }
    }
    all
}

impl Linked {
    /// Whether a record is associated with one of these, or with any where there are none.
    pub(crate) fn holds(&self, id: u64, others: Option<&[u64]>) -> bool {
        let own = Node { of: self.own, id };
        match others {
            Some(others) => others.iter().any(|other| {
                let other = Node { of: self.other, id: *other };
                self.living.contains_key(&other.id) && !self.associations.specs(own, other).is_empty()
            }),
            None => {
                let mut all = self.associations.linked(own, self.other);
                all.any(|(other, specs)| !specs.is_empty() && self.living.contains_key(&other))
            }
        }
    }

    /// The records that are associated with one of these.
    pub(crate) fn holders<'s>(&'s self, others: &'s [u64]) -> impl Iterator<Item = u64> + 's {
        let living = others.iter().filter(|other| self.living.contains_key(*other));
        living.flat_map(move |other| {
            let other = Node { of: self.other, id: *other };
            let all = self.associations.linked(other, self.own).map(|(id, _)| id);
            all.filter(move |id| !self.associations.specs(Node { of: self.own, id: *id }, other).is_empty())
        })
    }
}
