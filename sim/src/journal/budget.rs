//! The memory that the journals of one process may hold together. Where it is used up, the journal that
//! holds the most moves a segment to disk. It knows no entry.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::store::Store;

/// One budget for several journals.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes_max: usize,
    held: AtomicUsize,
    stores: Mutex<Vec<Weak<Store>>>,
}

impl Budget {
    pub(crate) fn new(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self { bytes_max, held: AtomicUsize::new(0), stores: Mutex::default() })
    }

    /// From now on a store's segments may be moved to make room for others.
    pub(super) fn join(&self, store: &Arc<Store>) {
        let mut stores = self.stores.lock();
        stores.retain(|known| known.strong_count() > 0);
        stores.push(Arc::downgrade(store));
    }

    /// What each would hold if all held the same.
    pub(super) fn share(&self) -> usize {
        self.bytes_max / self.stores.lock().len().max(1)
    }

    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.held.load(Ordering::Relaxed).saturating_add(bytes) <= self.bytes_max
    }

    pub(super) fn try_hold(&self, bytes: usize) -> bool {
        let within = |held: usize| held.checked_add(bytes).filter(|&sum| sum <= self.bytes_max);
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within).is_ok()
    }

    pub(super) fn hold(&self, bytes: usize) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn free(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Moves one segment to disk, of the journal that holds the most; false if none can be moved.
    pub(super) fn spill_one(&self) -> bool {
        let mut stores: Vec<_> = self.stores.lock().iter().filter_map(Weak::upgrade).collect();
        stores.sort_by_cached_key(|store| Reverse(store.memory_bytes()));
        stores.iter().any(|store| store.spill_one())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{ChangeKind, Changes, Journal, JournalOptions, Kinds};
    use crate::{Moment, SystemName};

    const TOTAL: usize = 512 * 1024;
    const JOURNALS: usize = 40;
    const CHANGES: usize = 400;

    fn write(journal: &mut Journal) {
        let mut changes = Changes::default();
        let text = "x".repeat(200);
        changes.push(ChangeKind::Created, "contacts", "1", [("firstname", text.as_str())].into_iter());
        journal.tester_changes(Moment::START, SystemName::Hubspot, "1", &mut changes);
    }

    #[test]
    fn many_journals_hold_no_more_together_than_one_budget() {
        let budget = Budget::new(TOTAL);
        let options = JournalOptions { memory_bytes_max: TOTAL, spill_dir: None };
        let mut journals: Vec<_> =
            (0..JOURNALS).map(|_| Journal::sharing(options.clone(), Some(budget.clone()))).collect();
        let held = |journals: &[Journal]| journals.iter().map(|journal| journal.health().memory_bytes).sum::<usize>();
        // One fills all of it, and the others still have room.
        for _ in 0..8 * CHANGES {
            write(&mut journals[0]);
        }
        for _ in 0..CHANGES {
            for journal in &mut journals {
                write(journal);
            }
            assert!(held(&journals) <= TOTAL, "{} bytes are held", held(&journals));
        }
        for journal in &journals {
            let entries = journal.reader().since(0, Kinds::ALL, usize::MAX).unwrap();
            assert_eq!(entries.len() as u64, journal.last());
        }
        assert!(journals[0].health().spilled_bytes > 0);
        drop(journals);
        assert_eq!(budget.held.load(Ordering::Relaxed), 0, "what has ended holds nothing");
    }
}
