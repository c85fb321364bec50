//! Who is associated with whom. Every association is kept from both its ends, and the two are always
//! in step. It knows no request and no record: whether a record lives is for others to ask.

use std::sync::Arc;

use compact_str::CompactString;
use imbl::OrdMap;

use super::definitions::{Definitions, End, Spec};

/// The types of one direction of an association, in order. None where the other direction has
/// one that has no inverse.
pub(super) type Specs = Arc<[Spec]>;

/// A record, by its type and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Node {
    pub(crate) of: End,
    pub(crate) id: u64,
}

/// One direction: the two types, then the two ids.
type Direction = (End, End, u64, u64);

/// The associations of a portal, and what types of them there are. Cloning shares them.
#[derive(Clone)]
pub(crate) struct Associations {
    pub(super) definitions: Arc<Definitions>,
    links: OrdMap<Direction, Specs>,
    /// How many others a record has by a type.
    counts: OrdMap<(Spec, u64), u32>,
    /// What was made and ended since that was last asked for.
    tied: Vec<(Direction, Spec, bool)>,
}

/// An association that was made, or is gone, in one direction and by one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tied {
    pub(crate) from: CompactString,
    pub(crate) from_id: u64,
    pub(crate) to: CompactString,
    pub(crate) to_id: u64,
    pub(crate) spec: Spec,
    /// It is, or was, somebody's primary one.
    pub(crate) primary: bool,
    pub(crate) removed: bool,
}

impl Default for Associations {
    fn default() -> Self {
        let (links, counts) = (OrdMap::new(), OrdMap::new());
        Self { definitions: Definitions::standard(), links, counts, tied: Vec::new() }
    }
}

/// A type of which a record would have more than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exceeded {
    pub(super) from: Node,
    pub(super) spec: Spec,
    pub(super) limit: u32,
}

/// Some of the records that one is associated with, by id.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) rows: Vec<(u64, Specs)>,
    /// Where the next page starts.
    pub(super) next: Option<u64>,
}

impl Associations {
    /// What was made and ended since this was last asked, in its order. What follows a record into a merge or out
    /// of the portal is not told.
    pub(crate) fn take_tied(&mut self) -> Vec<Tied> {
        let tied = std::mem::take(&mut self.tied);
        let known = &self.definitions;
        let moves = |spec: Spec| known.get(spec).is_some_and(|definition| definition.moves);
        let tell = |((from, to, from_id, to_id), spec, removed): (Direction, Spec, bool)| {
            let inverse = known.get(spec).and_then(|definition| definition.inverse);
            let primary = moves(spec) || inverse.is_some_and(moves);
            let (from, to) = (known.name(from).into(), known.name(to).into());
            Tied { from, from_id, to, to_id, spec, primary, removed }
        };
        tied.into_iter().map(tell).collect()
    }

    /// An object type's number, given on the first asking.
    pub(super) fn end(&mut self, name: &str) -> End {
        match self.definitions.known(name) {
            Some(end) => end,
            None => Arc::make_mut(&mut self.definitions).end(name),
        }
    }

    /// Lets records of two types be associated, by an association of the account's own.
    pub(crate) fn define(&mut self, from: &str, to: &str, name: &str) {
        let ends = (self.end(from), self.end(to));
        if self.definitions.default_of(ends.0, ends.1).is_none() {
            Arc::make_mut(&mut self.definitions).add(ends, name, None, None);
        }
    }

    /// Takes that away again; what is tied by it stays, as the vendor's does until it is removed.
    pub(crate) fn undefine(&mut self, from: &str, to: &str) {
        let ends = self.definitions.known(from).zip(self.definitions.known(to));
        if let Some(spec) = ends.and_then(|(from, to)| self.definitions.default_of(from, to)) {
            Arc::make_mut(&mut self.definitions).remove(spec);
        }
    }

    /// Ends all associations of a type that is gone, and takes its own ones away.
    pub(crate) fn end_type(&mut self, name: &str) {
        let Some(end) = self.definitions.known(name) else { return };
        let of = |from: &End, to: &End| *from == end || *to == end;
        let told = self.tied.len();
        let ended: Vec<_> = self.links.iter().filter(|(link, _)| of(&link.0, &link.1)).map(|(link, _)| *link).collect();
        for (from, to, from_id, to_id) in ended {
            self.cut(Node { of: from, id: from_id }, Node { of: to, id: to_id });
        }
        self.tied.truncate(told);
        let own: Vec<_> =
            self.definitions.all().iter().filter(|known| of(&known.from, &known.to)).map(|known| known.spec).collect();
        let definitions = Arc::make_mut(&mut self.definitions);
        own.into_iter().for_each(|spec| definitions.remove(spec));
    }

    /// What the first is to the second; nothing where they are not associated.
    pub(super) fn specs(&self, from: Node, to: Node) -> &[Spec] {
        self.links.get(&(from.of, to.of, from.id, to.id)).map_or(&[], |specs| specs)
    }

    #[cfg(test)]
    pub(super) fn are_linked(&self, from: Node, to: Node) -> bool {
        self.links.contains_key(&(from.of, to.of, from.id, to.id))
    }

    /// All records of a type that one is associated with, in the order of ids.
    pub(super) fn linked(&self, from: Node, to: End) -> impl Iterator<Item = (u64, &Specs)> {
        let directions = (from.of, to, from.id, 0)..=(from.of, to, from.id, u64::MAX);
        self.links.range(directions).map(|((.., id), specs)| (*id, specs))
    }

    /// A page of those that live.
    pub(super) fn page(&self, from: Node, to: End, (after, limit): (u64, usize), lives: impl Fn(u64) -> bool) -> Page {
        let directions = (from.of, to, from.id, after)..=(from.of, to, from.id, u64::MAX);
        let shown = self.links.range(directions).map(|((.., id), specs)| (*id, specs));
        let mut shown = shown.filter(|(id, specs)| !specs.is_empty() && lives(*id));
        let rows = shown.by_ref().take(limit).map(|(id, specs)| (id, specs.clone())).collect();
        Page { rows, next: shown.next().map(|(id, _)| id) }
    }

    /// How many others a record has by a type, archived ones included.
    pub(super) fn count(&self, spec: Spec, id: u64) -> u32 {
        self.counts.get(&(spec, id)).copied().unwrap_or_default()
    }

    /// The records that have others by a type, and how many, archived ones included.
    pub(super) fn counted(&self, spec: Spec) -> impl Iterator<Item = (u64, u32)> {
        self.counts.range((spec, 0)..=(spec, u64::MAX)).map(|((_, id), count)| (*id, *count))
    }

    pub(super) fn is_used(&self, spec: Spec) -> bool {
        self.counts.range((spec, 0)..=(spec, u64::MAX)).next().is_some()
    }

    /// Both directions of what two records would be to each other if the first were this to the second.
    fn shape(&self, from: Node, to: Node, mut there: Vec<Spec>) -> (Vec<Spec>, Vec<Spec>) {
        let known = &self.definitions;
        let inverse = |spec: &Spec| known.get(*spec).and_then(|definition| definition.inverse);
        there.extend(known.default_of(from.of, to.of));
        let alone = self.specs(to, from).iter().copied().filter(|spec| inverse(spec).is_none());
        let mut back: Vec<_> = there.iter().filter_map(inverse).chain(alone).collect();
        back.extend(known.default_of(to.of, from.of));
        for specs in [&mut there, &mut back] {
            specs.sort_unstable();
            specs.dedup();
        }
        (there, back)
    }

    /// The first type that a record would have too often, were the first these to the second. Those
    /// that live no more do not count.
    pub(super) fn exceeded(
        &self,
        from: Node,
        to: Node,
        specs: Vec<Spec>,
        max: u32,
        lives: impl Fn(Node) -> bool,
    ) -> Option<Exceeded> {
        let (there, back) = self.shape(from, to, specs);
        let of = |from: Node, to: Node, specs: Vec<Spec>| {
            let had = self.specs(from, to);
            specs.into_iter().filter(|spec| !had.contains(spec)).find_map(|spec| {
                let definition = self.definitions.get(spec)?;
                let limit = definition.limit.unwrap_or(max).min(definition.enforced.unwrap_or(u32::MAX));
                if definition.moves || self.count(spec, from.id) < limit {
                    return None;
                }
                let living = |(id, specs): &(u64, &Specs)| specs.contains(&spec) && lives(Node { of: to.of, id: *id });
                let count = self.linked(from, to.of).filter(living).count();
                (count >= limit as usize).then_some(Exceeded { from, spec, limit })
            })
        };
        of(from, to, there).or_else(|| of(to, from, back))
    }

    /// Makes the first exactly this to the second, with what goes with it. Says whether that changed
    /// anything.
    pub(super) fn set(&mut self, from: Node, to: Node, specs: Vec<Spec>) -> bool {
        let (there, back) = self.shape(from, to, specs);
        for (owner, other, specs) in [(from, to, &there), (to, from, &back)] {
            for spec in specs {
                if self.definitions.get(*spec).is_some_and(|definition| definition.moves) {
                    self.free(owner, other, *spec);
                }
            }
        }
        let changed = self.write(from, to, &there);
        self.write(to, from, &back) || changed
    }

    /// Adds to what the first is to the second.
    pub(super) fn add(&mut self, from: Node, to: Node, spec: Spec) -> bool {
        let mut specs = self.specs(from, to).to_vec();
        specs.push(spec);
        self.set(from, to, specs)
    }

    /// Takes types away from what the first is to the second. Without the default nothing is left of it.
    pub(super) fn take(&mut self, from: Node, to: Node, gone: &[Spec]) -> bool {
        let had = self.specs(from, to);
        let left: Vec<_> = had.iter().copied().filter(|spec| !gone.contains(spec)).collect();
        if left.len() == had.len() {
            return false;
        }
        let default = self.definitions.default_of(from.of, to.of);
        if left.is_empty() || default.is_some_and(|default| gone.contains(&default)) {
            return self.cut(from, to);
        }
        self.set(from, to, left)
    }

    /// Ends an association altogether.
    pub(super) fn cut(&mut self, from: Node, to: Node) -> bool {
        let there = self.erase(from, to);
        self.erase(to, from) || there
    }

    /// Takes a type from the association of a record with any but this other.
    fn free(&mut self, owner: Node, other: Node, spec: Spec) {
        if self.count(spec, owner.id) == 0 {
            return;
        }
        let holds = |(id, specs): &(u64, &Specs)| *id != other.id && specs.contains(&spec);
        let holders: Vec<_> = self.linked(owner, other.of).filter(holds).map(|(id, _)| id).collect();
        for id in holders {
            self.take(owner, Node { of: other.of, id }, &[spec]);
        }
    }

    fn write(&mut self, from: Node, to: Node, specs: &[Spec]) -> bool {
        let direction = (from.of, to.of, from.id, to.id);
        let had = self.links.get(&direction).cloned();
        if had.as_deref() == Some(specs) {
            return false;
        }
        self.links.insert(direction, specs.into());
        self.recount(direction, had.as_deref().unwrap_or(&[]), specs);
        true
    }

    fn erase(&mut self, from: Node, to: Node) -> bool {
        let direction = (from.of, to.of, from.id, to.id);
        let Some(had) = self.links.remove(&direction) else { return false };
        self.recount(direction, &had, &[]);
        true
    }

    fn recount(&mut self, direction: Direction, had: &[Spec], has: &[Spec]) {
        let (_, _, id, _) = direction;
        for spec in had.iter().filter(|spec| !has.contains(spec)) {
            self.tied.push((direction, *spec, true));
            match self.count(*spec, id) {
                0 | 1 => self.counts.remove(&(*spec, id)),
                count => self.counts.insert((*spec, id), count - 1),
            };
        }
        for spec in has.iter().filter(|spec| !had.contains(spec)) {
            self.tied.push((direction, *spec, false));
            self.counts.insert((*spec, id), self.count(*spec, id) + 1);
        }
    }

    /// Every record that one is associated with.
    fn others(&self, node: Node) -> Vec<Node> {
        let all = self.definitions.ends();
        all.flat_map(|of| self.linked(node, of).map(move |(id, _)| Node { of, id })).collect()
    }

    /// Ends all associations of a record that is gone for good.
    pub(crate) fn forget(&mut self, object_type: &str, id: u64) {
        let Some(of) = self.definitions.known(object_type) else { return };
        let (node, told) = (Node { of, id }, self.tied.len());
        for other in self.others(node) {
            self.cut(node, other);
        }
        self.tied.truncate(told);
    }

    /// Hands a record's associations on to the one it has become. What that one has already it keeps,
    /// its primary record too.
    pub(crate) fn moved(&mut self, object_type: &str, old_id: u64, new_id: u64) {
        let Some(of) = self.definitions.known(object_type).filter(|_| old_id != new_id) else { return };
        let (old, new) = (Node { of, id: old_id }, Node { of, id: new_id });
        let told = self.tied.len();
        for other in self.others(old) {
            let there = self.specs(old, other).to_vec();
            let back = self.specs(other, old).to_vec();
            self.cut(old, other);
            if other == new {
                continue;
            }
            let definitions = self.definitions.clone();
            let definition = |spec: &Spec| definitions.get(*spec);
            let taken =
                |spec: &Spec| definition(spec).is_some_and(|known| known.moves) && self.count(*spec, new.id) > 0;
            let mut specs = self.specs(new, other).to_vec();
            specs.extend(there.into_iter().filter(|spec| !taken(spec)));
            self.set(new, other, specs);
            let alone = |spec: &Spec| definition(spec).is_some_and(|known| known.inverse.is_none());
            for spec in back.into_iter().filter(alone) {
                self.add(other, new, spec);
            }
        }
        self.tied.truncate(told);
    }
}
