//! The readers' side: finds and decodes entries without the world's lock, and waits for new ones.

use std::io;
use std::sync::Arc;

use tokio::sync::watch;

use super::Bodies;
use super::coding::{Cursor, corrupt};
use super::entry::{Entry, Payload, What};
use super::kinds::Kinds;
use super::record;
use super::store::{Health, Store};

/// Reads a journal, for as long as it is wanted: after its world is gone too. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(super) store: Arc<Store>,
    pub(super) latest: watch::Receiver<u64>,
}

impl Reader {
    /// At most `limit` entries of these kinds after number `n`, in order. A step is seen whole or not
    /// yet: with an exchange, all its changes are there to be read. If fewer than `limit` come, it has looked at everything
    /// up to what [`Reader::latest`] said before the call, so a follower may go on from there.
    ///
    /// # Errors
    /// Entries were moved to disk and cannot be read from there.
    pub fn since(&self, n: u64, kinds: Kinds, limit: usize) -> io::Result<Vec<Entry>> {
        let mut found = Vec::new();
        let mut next = n.saturating_add(1);
        while found.len() < limit {
            let Some(chunk) = self.store.entries.lock().chunk(next, kinds) else { break };
            let bytes = self.store.fetch(&chunk.place, 0..chunk.place.len())?;
            let mut cursor = Cursor::new(&bytes);
            let mut at = chunk.first;
            while cursor.left() > 0 && at <= chunk.until && found.len() < limit {
                let record = cursor.bytes()?;
                if at >= next && kinds.contains(record::kind(record)?) {
                    found.push(record::decode(at, record, &chunk.table)?);
                }
                at += 1;
            }
            if at <= next && found.len() < limit {
                return Err(corrupt());
            }
            next = at;
        }
        Ok(found)
    }

    /// Puts the bodies of exchanges and deliveries into their entries, where they have been attached.
    ///
    /// # Errors
    /// Bodies were moved to disk and cannot be read from there.
    pub fn fill_bodies(&self, entries: &mut [Entry]) -> io::Result<()> {
        let bodies = self.bodies();
        for entry in entries {
            let (of_request, of_response, answered) = match &mut entry.what {
                What::Exchange(exchange) => (&mut exchange.request_body, &mut exchange.response_body, true),
                What::Delivery(delivery) => {
                    (&mut delivery.request_body, &mut delivery.response_body, delivery.status.is_some())
                }
                _ => continue,
            };
            if let Some((request, response)) = bodies.read(entry.n)? {
                *of_request = Some(Payload(request));
                *of_response = answered.then_some(Payload(response));
            }
        }
        Ok(())
    }

    /// The number of the last entry; 0 if there is none.
    #[must_use]
    pub fn latest(&self) -> u64 {
        self.store.entries.lock().visible
    }

    /// Waits until there are entries beyond `n`; false if the world ends first.
    pub async fn beyond(&mut self, n: u64) -> bool {
        self.latest.wait_for(|&latest| latest > n).await.is_ok()
    }

    #[must_use]
    pub fn bodies(&self) -> Bodies {
        Bodies { store: self.store.clone() }
    }

    #[must_use]
    pub fn health(&self) -> Health {
        self.store.health()
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use crate::Moment;
    use crate::journal::store::Store;
    use crate::journal::{Journal, JournalOptions, Kinds};

    #[test]
    fn a_spill_file_that_cannot_be_read_is_an_error_and_no_panic() {
        let mut journal = Journal::new(JournalOptions { memory_bytes_max: 4096, spill_dir: None });
        let (reader, bodies) = (journal.reader(), journal.bodies());
        for n in 1..=2_000 {
            assert_eq!(journal.clock_move(Moment(0), Moment(n), "manual"), n as u64);
            bodies.attach(n as u64, b"sent", b"answered");
        }
        let spilled = journal.health().spilled_bytes;
        assert!(spilled > 20_000, "{spilled}");
        assert_eq!(reader.since(0, Kinds::ALL, usize::MAX).unwrap().len(), 2_000);
        assert_eq!(bodies.read(1).unwrap(), Some((b"sent".to_vec(), b"answered".to_vec())));

        reader.store.cut_file(8);
        assert_eq!(reader.since(0, Kinds::ALL, 1).unwrap_err().kind(), ErrorKind::UnexpectedEof);
        assert_eq!(bodies.read(1).unwrap_err().kind(), ErrorKind::UnexpectedEof);
        assert_eq!(reader.since(1_999, Kinds::ALL, 1).unwrap().len(), 1, "what is in memory still reads");
        assert!(bodies.read(2_000).unwrap().is_some());

        // The same length, other bytes: what comes back does not decode.
        reader.store.cut_file(0);
        reader.store.cut_file(spilled);
        assert_eq!(reader.since(0, Kinds::ALL, 1).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn an_empty_journal_costs_less_than_a_kilobyte() {
        let journal = Journal::new(JournalOptions::default());
        let (health, shared) = (journal.health(), size_of::<Store>());
        assert!(size_of::<Journal>() + shared + health.memory_bytes + health.index_bytes < 768);
        assert_eq!((health.memory_bytes, health.index_bytes, health.spilled_bytes), (0, 0, 0));
    }
}
