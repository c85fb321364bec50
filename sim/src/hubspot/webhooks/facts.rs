//! What a step's changes come to, before anyone is told: one fact for each thing that an event may tell.

use compact_str::{CompactString, format_compact};

use super::apps::Merger;
use super::kind::Happening;
use super::subscription::{Subscribed, told};
use crate::hubspot::associations::Tied;
use crate::hubspot::table::Table;
use crate::hubspot::types::ObjectType;
use crate::journal::{ChangeKind, Changes};

/// Something that happened to a record.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// The place of its type among the portal's.
    pub(super) place: usize,
    pub(super) type_id: CompactString,
    pub(super) object: u64,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Creation,
    Deletion,
    PrivacyDeletion,
    Restore,
    Merge(Merger),
    Property { name: CompactString, value: CompactString, sensitive: bool },
    Tie(Tie),
}

/// An association that was made or ended, in one direction.
#[derive(Clone, Debug)]
pub(super) struct Tie {
    /// `CONTACT_TO_COMPANY`
    pub(super) name: CompactString,
    pub(super) from_id: u64,
    pub(super) to_id: u64,
    pub(super) to_type_id: CompactString,
    pub(super) category: &'static str,
    pub(super) type_id: u32,
    pub(super) primary: bool,
    pub(super) removed: bool,
}

impl What {
    /// Whether a subscription to records of this type is told of it.
    pub(super) fn is_told_by(&self, one: &Subscribed) -> bool {
        match self {
            Self::Creation => one.happening == Happening::Creation,
            Self::Deletion => one.happening == Happening::Deletion,
            Self::PrivacyDeletion => one.happening == Happening::PrivacyDeletion,
            Self::Restore => one.happening == Happening::Restore,
            Self::Merge(_) => one.happening == Happening::Merge,
            Self::Property { name, .. } => one.happening == Happening::Property && one.tells(name),
            Self::Tie(_) => one.happening == Happening::Association,
        }
    }
}

/// A property's new value as a fact.
pub(super) fn property(of: &ObjectType, name: &str, value: &str) -> What {
    let about = of.find(name).and_then(|id| of.property(id).about.data_sensitivity.clone());
    let sensitive = about.is_some_and(|level| !level.is_empty() && level != "non_sensitive");
    What::Property { name: name.into(), value: told(of, name, value), sensitive }
}

/// A type as an association's name has it: `LINE_ITEM`; of the account's own without the account.
fn capitals(of: &ObjectType) -> String {
    let own = of.name.split_once('_').filter(|_| of.type_id.starts_with("2-"));
    own.map_or(of.singular.as_str(), |(_, name)| name).to_uppercase()
}

/// All that changes and associations come to, in their order. A creation stands ahead of the properties that were
/// set with it, and what a merge sets is told as the merge.
pub(super) fn facts(tables: &[Table], changes: &Changes, mergers: Vec<Merger>, ties: Vec<Tied>) -> Vec<Fact> {
    let mut facts = Vec::new();
    let find = |name: &str| tables.iter().position(|table| table.of.name == name);
    for change in changes.each() {
        let (Ok(object), Some(place)) = (change.id.parse(), find(&change.record_type)) else { continue };
        let of = &*tables[place].of;
        let fact = |what| Fact { place, type_id: of.type_id.clone(), object, what };
        match change.kind {
            ChangeKind::Created => facts.push(fact(What::Creation)),
            ChangeKind::Restored => facts.push(fact(What::Restore)),
            ChangeKind::Archived => facts.push(fact(What::Deletion)),
            ChangeKind::Deleted => facts.extend([What::Deletion, What::PrivacyDeletion].map(fact)),
            ChangeKind::Merged => {
                let merger = mergers.iter().find(|merger| merger.place(object, &of.name));
                facts.extend(merger.map(|merger| fact(What::Merge(merger.clone()))));
            }
            ChangeKind::Updated | ChangeKind::Absorbed => {}
        }
        if matches!(change.kind, ChangeKind::Created | ChangeKind::Updated) {
            facts.extend(change.values.iter().map(|(name, value)| fact(property(of, name, value))));
        }
    }
    for Tied { from, from_id, to, to_id, spec, primary, removed } in ties {
        let (Some(place), Some(to)) = (find(&from), find(&to)) else { continue };
        let (of, to) = (&*tables[place].of, &*tables[to].of);
        let name = format_compact!("{}_TO_{}", capitals(of), capitals(to));
        let (category, type_id, to_type_id) = (spec.category.as_str(), spec.id, to.type_id.clone());
        let tie = Tie { name, from_id, to_id, to_type_id, category, type_id, primary, removed };
        facts.push(Fact { place, type_id: of.type_id.clone(), object: from_id, what: What::Tie(tie) });
    }
    facts
}
