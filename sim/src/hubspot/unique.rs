//! Live records by the values of a unique property, whatever their case and the blanks around them. Written and asked for every record of a batch, so
//! it is flat tables rather than a tree; there are many of them, each shared until it is written, so
//! that a fork copies no more than it touches.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use compact_str::CompactString;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::read::fold;

type Shard = FxHashMap<CompactString, u64>;

/// A power of two. With more, an empty world is bigger; with fewer, a fork copies more for a write.
const SHARDS: usize = 128;

/// Record ids by value. Cloning shares them. Without a value it has no tables: a portal has many
/// properties of this kind that nobody writes.
#[derive(Clone, Default)]
pub(super) struct Unique(Box<[Arc<Shard>]>);

impl Unique {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn get(&self, value: &str) -> Option<u64> {
        let value = fold(value);
        self.0.get(shard(&value))?.get(&value).copied()
    }

    pub(super) fn insert(&mut self, value: &str, id: u64) {
        if self.0.is_empty() {
            self.0 = vec![Arc::default(); SHARDS].into();
        }
        let value = fold(value);
        Arc::make_mut(&mut self.0[shard(&value)]).insert(value, id);
    }

    pub(super) fn remove(&mut self, value: &str) {
        let value = fold(value);
        if let Some(shard) = self.0.get_mut(shard(&value)).filter(|shard| shard.contains_key(&value)) {
            Arc::make_mut(shard).remove(&value);
        }
    }
}

/// By bits of the hash that a table of less than a hundred million values does not use itself.
fn shard(value: &str) -> usize {
    (FxBuildHasher.hash_one(value) >> 40) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_and_its_origin_do_not_see_what_the_other_writes() {
        let mut origin = Unique::new();
        let value = |n: u64| format!("person.{n}@example.com");
        (0..1_000).for_each(|n| origin.insert(&value(n), n));
        let mut copy = origin.clone();
        (0..1_000).step_by(2).for_each(|n| copy.remove(&value(n)));
        (0..1_000).step_by(3).for_each(|n| copy.insert(&value(n), n + 1));
        origin.remove(&value(7));
        for n in 0..1_000 {
            assert_eq!(origin.get(&value(n)), (n != 7).then_some(n));
            let copied = if n % 3 == 0 { Some(n + 1) } else { (n % 2 == 1).then_some(n) };
            assert_eq!(copy.get(&value(n)), copied);
        }
    }

    #[test]
    fn values_are_spread_over_all_tables() {
        let mut unique = Unique::new();
        (0..SHARDS as u64 * 100).for_each(|n| unique.insert(&format!("person.{n}@example.com"), n));
        let sizes: Vec<_> = unique.0.iter().map(|shard| shard.len()).collect();
        assert!(sizes.iter().all(|size| (50..200).contains(size)), "{sizes:?}");
    }
}
