//! How far an account uses what associations it may have: read off the counts that refuse too many.

use compact_str::CompactString;

use super::definitions::{Definition, End};
use super::store::{Associations, Node};

/// A record that comes near to what it may have of another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Near {
    pub(crate) id: u64,
    pub(crate) count: u32,
    pub(crate) limit: u32,
}

/// The labels of the account's own from one type to another, by the types' names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Labelled {
    pub(crate) from: CompactString,
    pub(crate) to: CompactString,
    pub(crate) labels: Vec<CompactString>,
}

impl Associations {
    /// Every pair of types that has labels of the account's own.
    pub(crate) fn labelled(&self) -> Vec<Labelled> {
        let mut pairs: Vec<Labelled> = Vec::new();
        for known in self.definitions.own_labels() {
            let Some(label) = known.label.clone() else { continue };
            let (from, to) = (self.definitions.name(known.from), self.definitions.name(known.to));
            match pairs.iter_mut().find(|pair| pair.from == from && pair.to == to) {
                Some(pair) => pair.labels.push(label),
                None => pairs.push(Labelled { from: from.into(), to: to.into(), labels: vec![label] }),
            }
        }
        pairs
    }

    /// How many records of the second type one of the first may have, where they can be associated.
    pub(crate) fn limit_of(&self, from: &str, to: &str, max: u32) -> Option<u32> {
        let (from, to) = (self.definitions.known(from)?, self.definitions.known(to)?);
        let known = self.definitions.get(self.definitions.default_of(from, to)?)?;
        Some(limit(known, max))
    }

    /// The records of one type that use this share of what they may have of another. `lives` says of a
    /// record, the first type's or the second's, whether it is there.
    pub(crate) fn near(
        &self,
        (from, to): (&str, &str),
        max: u32,
        percent: u32,
        lives: impl Fn(&str, u64) -> bool,
    ) -> Vec<Near> {
        let ends = self.definitions.known(from).zip(self.definitions.known(to));
        let spec = ends.and_then(|(from, to)| self.definitions.default_of(from, to));
        let Some(((from_end, to_end), known)) = ends.zip(spec.and_then(|spec| self.definitions.get(spec))) else {
            return Vec::new();
        };
        let limit = limit(known, max);
        let is_near = |count: u32| u64::from(count) * 100 >= u64::from(limit) * u64::from(percent);
        let counted = self.counted(known.spec).filter(|(id, count)| is_near(*count) && lives(from, *id));
        // Only of these few is asked who of the others lives.
        let living = counted.map(|(id, _)| Near { id, count: self.living(from_end, to_end, id, &lives, to), limit });
        living.filter(|near| is_near(near.count)).collect()
    }

    fn living(&self, from: End, to: End, id: u64, lives: &impl Fn(&str, u64) -> bool, name: &str) -> u32 {
        let others = self.linked(Node { of: from, id }, to).filter(|(other, _)| lives(name, *other));
        u32::try_from(others.count()).unwrap_or(u32::MAX)
    }
}

fn limit(known: &Definition, max: u32) -> u32 {
    known.limit.unwrap_or(max).min(known.enforced.unwrap_or(u32::MAX))
}
