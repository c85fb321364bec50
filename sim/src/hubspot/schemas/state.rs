//! What a portal remembers of its own object types beside their tables: which there are, what their
//! schemas say that no record depends on, and how types are associated.

use compact_str::{CompactString, ToCompactString};
use imbl::{OrdMap, Vector};

use crate::{Moment, Seed};

/// Whence the ids of object types and of association definitions are drawn: each is above the last.
const TYPE_IDS: (u64, u64) = (20_000_000, 59_999_999);
const DEFINITION_IDS: (u64, u64) = (100, 999);

/// No number of another portal is above this, so that there are numbers left for what is made after it.
pub(crate) const SAVED_ID_MAX: u64 = 1 << 53;

#[derive(Clone, Default)]
pub(crate) struct Schemas {
    /// By the number of their type ids, archived ones included.
    known: OrdMap<u64, Schema>,
    /// One for each direction.
    definitions: Vector<Definition>,
    last_type: u64,
    last_definition: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Schema {
    /// As it was sent: `car`.
    pub(crate) name: CompactString,
    /// Where its table is.
    pub(crate) place: usize,
    pub(crate) description: Option<CompactString>,
    pub(crate) created: Moment,
    pub(crate) updated: Moment,
    pub(crate) archived: bool,
    pub(crate) restorable: bool,
    pub(crate) sensitive: bool,
}

/// That records of one type may be associated with those of another.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) id: u64,
    pub(crate) from: CompactString,
    pub(crate) to: CompactString,
    pub(crate) name: CompactString,
    pub(crate) created: Moment,
    /// That of the other direction; itself where a type is associated with itself.
    pub(crate) other: u64,
}

impl Schemas {
    pub(crate) fn all(&self) -> impl Iterator<Item = (u64, &Schema)> {
        self.known.iter().map(|(number, schema)| (*number, schema))
    }

    pub(crate) fn of_place(&self, place: usize) -> Option<(u64, &Schema)> {
        self.all().find(|(_, schema)| schema.place == place)
    }

    pub(crate) fn schema(&mut self, number: u64) -> Option<&mut Schema> {
        self.known.get_mut(&number)
    }

    pub(crate) fn next_type(&mut self, seed: Seed) -> u64 {
        self.last_type = match self.last_type {
            0 => seed.between("hubspot.object-type", 0, TYPE_IDS.0, TYPE_IDS.1),
            last => last.saturating_add(seed.between("hubspot.object-type", last, 1, 9_999)),
        };
        self.last_type
    }

    pub(crate) fn add(&mut self, number: u64, schema: Schema) {
        self.last_type = self.last_type.max(number);
        self.known.insert(number, schema);
    }

    /// Keeps a definition of another portal under its number.
    pub(crate) fn put_definition(&mut self, definition: Definition) {
        self.last_definition = self.last_definition.max(definition.id);
        self.definitions.push_back(definition);
    }

    /// Forgets an archived type for good.
    pub(crate) fn purge(&mut self, number: u64) {
        self.known.remove(&number);
    }

    /// Those of a type, in both directions.
    pub(crate) fn definitions<'a>(&'a self, type_id: &'a str) -> impl Iterator<Item = &'a Definition> {
        self.definitions.iter().filter(move |known| known.from == type_id || known.to == type_id)
    }

    /// Defines an association in both directions, under a name for each; answers the first.
    pub(crate) fn associate(&mut self, seed: Seed, at: Moment, pair: [&str; 2], names: [&str; 2]) -> Definition {
        let [from, to] = pair;
        let id = self.next_definition(seed);
        let same = from == to;
        let other = if same { id } else { self.next_definition(seed) };
        let define = |id, from: &str, to: &str, name: &str, other| Definition {
            id,
            from: from.into(),
            to: to.into(),
            name: name.into(),
            created: at,
            other,
        };
        let first = define(id, from, to, names[0], other);
        self.definitions.push_back(first.clone());
        if !same {
            self.definitions.push_back(define(other, to, from, names[1], id));
        }
        first
    }

    /// Takes a definition away with its other direction; says whether there was one of this type.
    pub(crate) fn dissociate(&mut self, type_id: &str, id: &str) -> bool {
        let known = self.definitions(type_id).find(|known| known.id.to_compact_string() == id);
        let Some((id, other)) = known.map(|known| (known.id, known.other)) else { return false };
        self.definitions.retain(|known| known.id != id && known.id != other);
        true
    }

    /// Takes all definitions of a type away.
    pub(crate) fn dissociate_all(&mut self, type_id: &str) {
        self.definitions.retain(|known| known.from != type_id && known.to != type_id);
    }

    fn next_definition(&mut self, seed: Seed) -> u64 {
        self.last_definition = match self.last_definition {
            0 => seed.between("hubspot.association-definition", 0, DEFINITION_IDS.0, DEFINITION_IDS.1),
            last => last.saturating_add(1),
        };
        self.last_definition
    }
}
