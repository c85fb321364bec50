//! Object types as data: their properties, which of them are read by default, searched, unique,
//! computed. A new standard object is an entry in `objects/`, not code; an account adds properties and
//! types of its own while it lives.

mod computed;
mod define;
mod file;
mod money;
mod property;
mod standard;
mod text;

#[cfg(test)]
mod tests;

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use serde::Deserialize;

pub(crate) use computed::Computed;
pub(crate) use property::{About, Choice, Kind, Property, ReadOnly, Rule};

use super::record::{Record, Value};

/// A property's place in its type's list. It never changes while the type lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PropertyId(pub(crate) u16);

/// One object type of an account.
#[derive(Clone, Debug)]
pub(crate) struct ObjectType {
    /// As paths have it, for standard types the plural: `contacts`.
    pub(crate) name: CompactString,
    pub(crate) singular: CompactString,
    /// `0-1`, or `2-123` for a type of the account's own.
    pub(crate) type_id: CompactString,
    /// What else paths may call it: `p123_car`, `p_car`.
    pub(crate) aliases: Vec<CompactString>,
    pub(crate) labels: Labels,
    /// What a token needs to read it or write it: one of these.
    #[cfg_attr(not(test), expect(dead_code, reason = "every token has every scope (ledger: hubspot.auth.scopes)"))]
    pub(crate) scopes: Scopes,
    /// Whether two records can become one.
    pub(crate) merge: bool,
    pub(crate) groups: Vec<Group>,
    /// An archived type of the account's own, which nothing finds any more.
    pub(crate) gone: bool,
    /// All that were ever defined, archived ones included.
    pub(crate) properties: Vec<Property>,
    /// Those that are not archived, by name.
    index: FxHashMap<CompactString, PropertyId>,
    /// The place of each property in the order of names, by id: records keep their values in it.
    rank: Vec<u16>,
    /// Read unless `properties` says otherwise, in the order of names.
    pub(crate) defaults: Vec<PropertyId>,
    /// Added to whatever `properties` asks for.
    pub(crate) always: Vec<PropertyId>,
    /// The properties that a search's `query` looks into.
    pub(crate) queried: Vec<PropertyId>,
    /// Properties that computed values come from or that are written for every record.
    pub(crate) computed: Vec<PropertyId>,
    /// Properties that a record has from its creation.
    pub(crate) defaulted: Vec<PropertyId>,
    /// On create at least one of these must be set.
    pub(crate) one_required: Vec<PropertyId>,
    /// On create each of these must be set.
    pub(crate) required: Vec<PropertyId>,
    pub(crate) display: Display,
    pub(crate) created: PropertyId,
    /// The property with the rule `forward`, else `stage`, whose stages are dated.
    staged: Option<PropertyId>,
    /// The property with the rule `email`, by which consent is found.
    pub(crate) address: Option<PropertyId>,
    /// The property with the rule `opted_out`.
    pub(crate) opted_out: Option<PropertyId>,
    /// The properties with the rules `more_addresses` and `merged_ids`.
    pub(crate) more_addresses: Option<PropertyId>,
    pub(crate) merged_ids: Option<PropertyId>,
    /// The properties with the rules `pipeline` and `stage`.
    pub(crate) pipeline: Option<PropertyId>,
    pub(crate) stage: Option<PropertyId>,
    /// The properties whose values follow the stage.
    pub(crate) told_by_stage: Vec<PropertyId>,
}

/// A name for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Labels {
    pub(crate) singular: CompactString,
    pub(crate) plural: CompactString,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scopes {
    pub(crate) read: Vec<CompactString>,
    pub(crate) write: Vec<CompactString>,
}

/// A group of properties.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) name: CompactString,
    pub(crate) label: CompactString,
    #[serde(default = "last")]
    pub(crate) display_order: i32,
    #[serde(skip)]
    pub(crate) archived: bool,
}

/// Behind all that have an order.
pub(crate) const fn last() -> i32 {
    -1
}

/// Which properties stand for a record, as its schema tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Display {
    pub(crate) primary: Option<PropertyId>,
    pub(crate) secondary: Vec<PropertyId>,
    pub(crate) searchable: Vec<PropertyId>,
}

impl ObjectType {
    /// A property that is not archived.
    pub(crate) fn find(&self, name: &str) -> Option<PropertyId> {
        self.index.get(name).copied()
    }

    pub(crate) fn property(&self, id: PropertyId) -> &Property {
        &self.properties[usize::from(id.0)]
    }

    /// All properties, archived ones included.
    pub(crate) fn ids(&self) -> impl Iterator<Item = PropertyId> + use<> {
        (0..u16::try_from(self.properties.len()).unwrap_or(u16::MAX)).map(PropertyId)
    }

    /// Where a property stands in the order of names.
    pub(crate) fn rank(&self, id: PropertyId) -> u16 {
        self.rank[usize::from(id.0)]
    }

    /// The properties of an account's own that are there.
    pub(crate) fn own_properties(&self) -> impl Iterator<Item = &Property> {
        self.properties.iter().filter(|known| known.archived.is_none() && !known.about.hubspot_defined)
    }

    /// Whether a path may call it this, in any case.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let known = [&self.name, &self.singular, &self.type_id];
        !self.gone && known.into_iter().chain(&self.aliases).any(|known| known.eq_ignore_ascii_case(name))
    }

    /// As refusals shout it: `CONTACT`.
    pub(crate) fn upper(&self) -> String {
        self.singular.to_uppercase().into()
    }

    /// The stage that a record is at.
    pub(crate) fn lifecycle<'r>(&self, record: &'r Record) -> Option<&'r Value> {
        record.current(self, self.staged?)
    }
}
