//! The entries of a journal, of which never more than some are held at once.

use std::io;

use sim::journal::{Entry, Kind, Kinds, Reader};

/// How many entries are read at once.
const CHUNK: usize = 4_096;

/// Each entry of a kind after a number, in its order.
pub(crate) fn each(journal: &Reader, after: u64, kind: Kind, mut told: impl FnMut(Entry)) -> io::Result<()> {
    let mut from = after;
    loop {
        let entries = journal.since(from, Kinds::from(kind), CHUNK)?;
        let whole = entries.len() == CHUNK;
        from = entries.last().map_or(from, |entry| entry.n);
        entries.into_iter().for_each(&mut told);
        if !whole {
            return Ok(());
        }
    }
}
