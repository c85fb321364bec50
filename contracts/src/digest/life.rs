//! Records through time: every version that the journal tells of.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;

use sim::Moment;
use sim::journal::{Actor, ChangeKind, Changed, Entry};

use super::{Digest, Person, person_of};
use crate::Owner;

/// A record's values by name, shared between its versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values(Rc<BTreeMap<String, String>>);

impl Values {
    pub(crate) fn new(values: BTreeMap<String, String>) -> Self {
        Self(Rc::new(values))
    }
}

impl Deref for Values {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// A record after a change.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) n: u64,
    pub(crate) at: Moment,
    /// Made by someone else than the integration.
    pub(crate) foreign: bool,
    pub(crate) kind: ChangeKind,
    pub(crate) values: Values,
}

/// All versions of a record, in their order; there is at least one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Life(pub(crate) Vec<Version>);

impl Life {
    /// The version in force once an entry had been written; an archived record has none.
    pub(crate) fn at(&self, n: u64) -> Option<&Version> {
        let upto = self.0.partition_point(|version| version.n <= n);
        self.0[..upto].last().filter(|version| !version.kind.ends())
    }

    /// The last version, unless the record is archived.
    pub(crate) fn live(&self) -> Option<&Version> {
        self.at(u64::MAX)
    }

    /// Whether someone else than the integration changed it after one entry and before another.
    pub(crate) fn touched(&self, after: u64, before: u64) -> bool {
        self.0.iter().any(|version| version.foreign && version.n > after && version.n < before)
    }

    /// The version that gave a value the text it has at the end.
    pub(crate) fn set_by(&self, name: &str) -> Option<&Version> {
        let last = self.0.last()?;
        let same = |version: &&Version| version.values.get(name) == last.values.get(name);
        self.0.iter().rev().take_while(same).last()
    }
}

/// A change on one of the contract's sides.
pub(crate) struct Change<'t> {
    pub(crate) n: u64,
    pub(crate) at: Moment,
    pub(crate) side: Owner,
    pub(crate) object: usize,
    pub(crate) id: &'t str,
    pub(crate) kind: ChangeKind,
    /// Made by someone else than the integration.
    pub(crate) foreign: bool,
    pub(crate) before: Option<Values>,
    pub(crate) after: Values,
    /// Whom the record is about after the change, and whom before where that was another.
    pub(crate) people: Vec<Person>,
}

impl Change<'_> {
    /// The names of the values that are others than before.
    pub(crate) fn changed(&self) -> impl Iterator<Item = &str> {
        let before = |name: &str| self.before.as_ref().and_then(|values| values.get(name)).map_or("", String::as_str);
        self.after.iter().filter(move |(name, value)| before(name) != *value).map(|(name, _)| name.as_str())
    }
}

impl<'t> Digest<'t> {
    /// Adds a change to the record's history.
    pub(super) fn change(&mut self, entry: &'t Entry, what: &'t Changed, side: Owner, object: usize) -> Change<'t> {
        let id = (side, object, what.id.clone());
        let before = self.lives.get(&id).and_then(|life| life.0.last()).map(|version| version.values.clone());
        let mut values = match (&before, what.change) {
            (Some(before), ChangeKind::Updated | ChangeKind::Archived | ChangeKind::Absorbed | ChangeKind::Deleted) => {
                (**before).clone()
            }
            _ => BTreeMap::new(),
        };
        values.extend(what.values.iter().map(|(name, value)| (name.clone(), value.clone())));
        let after = Values::new(values);
        let foreign = what.actor != Actor::Integration || !self.ran(entry.n);
        let keys = self.mapping(object).map(|mapping| &mapping.keys);
        let person = |values: &Values| keys.and_then(|keys| person_of(keys, side, values));
        let mut people: Vec<Person> = person(&after).into_iter().chain(before.as_ref().and_then(person)).collect();
        people.dedup();
        for one in &people {
            let ids = self.by_person.entry((side, object, one.clone())).or_default();
            if !ids.contains(&what.id) {
                ids.push(what.id.clone());
            }
        }
        let kind = what.change;
        let version = Version { n: entry.n, at: entry.at, foreign, kind, values: after.clone() };
        self.lives.entry(id).or_default().0.push(version);
        Change { n: entry.n, at: entry.at, side, object, id: &what.id, kind, foreign, before, after, people }
    }
}
