//! A record as it is kept: its stored values in the order of their names, and what they were before.

use compact_str::CompactString;

use super::types::{ObjectType, PropertyId};
use crate::Moment;

/// One record of an object type. Shared by reference; a change makes a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) id: u64,
    pub(crate) created: Moment,
    pub(crate) updated: Moment,
    pub(crate) archived: Option<Moment>,
    /// The number of the write, in its table, that made this version.
    pub(crate) version: u64,
    /// Where the record came from.
    pub(crate) source: Source,
    /// Stored values that are set, in the order of property names. A cleared property is not here.
    values: Vec<Value>,
    /// Values that were replaced or cleared, oldest first; a clearing is an empty text.
    past: Vec<Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) property: PropertyId,
    pub(crate) at: Moment,
    pub(crate) source: Source,
    pub(crate) text: CompactString,
}

/// Who wrote a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// An app, through the API.
    Integration { app: u32 },
    /// A person in HubSpot's screens: the tester's hand.
    CrmUi,
    /// Who was written to, by the link in an e-mail.
    Email,
    /// Two records becoming one.
    Merge,
}

impl Source {
    /// As `hs_object_source` and `sourceType` have it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Integration { .. } => "INTEGRATION",
            Self::CrmUi => "CRM_UI",
            Self::Email => "EMAIL",
            Self::Merge => "MERGE_OBJECTS",
        }
    }

    pub(crate) fn id(self) -> Option<String> {
        match self {
            Self::Integration { app } => Some(app.to_string()),
            Self::CrmUi | Self::Email | Self::Merge => None,
        }
    }
}

impl Record {
    /// A new record with these values and, where none was given, those that its type sets by itself.
    /// A property that is given twice has the later value; an empty one is not set.
    pub(crate) fn created(
        of: &ObjectType,
        id: u64,
        at: Moment,
        version: u64,
        source: Source,
        given: Vec<(PropertyId, CompactString)>,
    ) -> Self {
        let mut values = Vec::with_capacity(given.len() + of.defaulted.len());
        let defaults = of.defaulted.iter().filter_map(|id| Some((*id, of.property(*id).on_create.clone()?)));
        let set = given.into_iter().filter(|(_, text)| !text.is_empty());
        values.extend(defaults.chain(set).map(|(property, text)| Value { property, at, source, text }));
        // Stable, so that of one property's values the last given comes last.
        values.sort_by_key(|value| of.rank(value.property));
        values.dedup_by(|later, kept| {
            let same = later.property == kept.property;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        Self { id, created: at, updated: at, archived: None, version, source, values, past: Vec::new() }
    }

    /// Two records as one, under an id of its own. The first one's values count; of the other it has
    /// what the first has not, and the past of both (facts/hubspot-crm.md §2.10).
    pub(crate) fn merged(of: &ObjectType, first: &Self, other: &Self, id: u64, at: Moment, version: u64) -> Self {
        let mut past: Vec<_> = first.past.iter().chain(&other.past).cloned().collect();
        let mut values = first.values.clone();
        for value in &other.values {
            match first.place(of, value.property) {
                Ok(_) => past.push(value.clone()),
                Err(_) => values.push(value.clone()),
            }
        }
        values.sort_by_key(|value| of.rank(value.property));
        past.sort_by_key(|value| value.at);
        let created = first.created.min(other.created);
        Self { id, created, updated: at, archived: None, version, source: first.source, values, past }
    }

    /// A stored value; computed properties are the type's to answer.
    pub(crate) fn stored(&self, of: &ObjectType, property: PropertyId) -> Option<&str> {
        self.place(of, property).ok().map(|place| self.values[place].text.as_str())
    }

    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    /// The value that a stored property has now.
    pub(crate) fn current(&self, of: &ObjectType, property: PropertyId) -> Option<&Value> {
        self.place(of, property).ok().map(|place| &self.values[place])
    }

    /// The values that a stored property had before, newest first, clearings included.
    pub(crate) fn past(&self, property: PropertyId) -> impl Iterator<Item = &Value> {
        self.past.iter().rev().filter(move |value| value.property == property)
    }

    /// Every value that a stored property has had, newest first, clearings included.
    pub(crate) fn history(&self, of: &ObjectType, property: PropertyId) -> impl Iterator<Item = &Value> {
        self.current(of, property).into_iter().chain(self.past(property))
    }

    /// Sets a property, or clears it with an empty text; says whether that changed anything.
    pub(crate) fn set(&mut self, of: &ObjectType, value: Value) -> bool {
        match self.place(of, value.property) {
            Ok(place) if self.values[place].text == value.text => false,
            Ok(place) if value.text.is_empty() => {
                let old = self.values.remove(place);
                self.past.push(old);
                self.past.push(value);
                true
            }
            Ok(place) => {
                let old = std::mem::replace(&mut self.values[place], value);
                self.past.push(old);
                true
            }
            Err(_) if value.text.is_empty() => false,
            Err(place) => {
                self.values.insert(place, value);
                true
            }
        }
    }

    fn place(&self, of: &ObjectType, property: PropertyId) -> Result<usize, usize> {
        let rank = of.rank(property);
        self.values.binary_search_by_key(&rank, |value| of.rank(value.property))
    }
}
