//! The log of bodies: what was sent and answered in an exchange, byte for byte. They arrive in any
//! order, outside the world's lock, as answers are written.
//!
//! A sealed segment ends in an index of its own, sorted by number, which goes to disk with it. Memory
//! keeps the span of numbers of each segment alone, so it stays flat however many bodies there are.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::MutexGuard;

use super::coding::{Cursor, corrupt, number_len, put_number};
use super::log::{Log, Place, Sealed};
use super::store::Store;

/// In a segment's index: a number in 8 bytes, where its bodies begin in 4, how long they are in 4.
const INDEX_ENTRY_BYTES: usize = 16;

/// The bodies of one world's exchanges; a handle, cheap to clone.
///
/// ```
/// use standin_sim::journal::{Journal, JournalOptions};
/// let journal = Journal::new(JournalOptions::default());
/// let bodies = journal.bodies();
/// bodies.attach(7, b"", br#"{"id":"101"}"#);
/// assert_eq!(bodies.read(7)?, Some((vec![], br#"{"id":"101"}"#.to_vec())));
/// assert_eq!(bodies.read(8)?, None);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Bodies {
    pub(super) store: Arc<Store>,
}

impl Bodies {
    /// Keeps the bodies of exchange `n`, by copy. Of two attached to one number the later stands.
    pub fn attach(&self, n: u64, request: &[u8], response: &[u8]) {
        let cost = cost(n, request, response);
        if cost > self.store.segment_bytes_max() {
            let place = self.store.settle(alone(n, request, response));
            self.store.bodies.lock().push_alone(n, place);
            return;
        }
        let (mut fresh, mut turned) = (None, false);
        let mut log = self.store.bodies.lock();
        while !log.fits(cost) {
            if let Some(fresh) = fresh.take() {
                log.turn(fresh);
                turned = true;
            } else {
                let sealed = log.log.sealed.len();
                MutexGuard::unlocked(&mut log, || fresh = Some(self.store.buffer(sealed, cost)));
            }
        }
        log.push(n, request, response);
        drop(log);
        if turned {
            // Room for the next segment of each log is made here, where no world waits for it.
            self.store.make_room(2 * self.store.segment_bytes_max());
        }
        if let Some(unused) = fresh {
            // Another thread turned the segment while this one's buffer was made.
            self.store.free(unused.capacity());
        }
    }

    /// Moves so much to disk that a great step to come, booked under its world's lock, has to move nothing.
    pub(crate) fn make_room(&self, bytes: usize) {
        // The segment that is turned to last is not filled.
        self.store.make_room_up_to(bytes.saturating_add(2 * self.store.segment_bytes_max()));
    }

    /// The request's and the response's body, if they have been attached to `n`.
    ///
    /// # Errors
    /// They were moved to disk and cannot be read from there.
    pub fn read(&self, n: u64) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
        let places = {
            let log = self.store.bodies.lock();
            if let Some(found) = log.find_open(n) {
                return Ok(Some(found));
            }
            log.places(n)
        };
        for (place, count) in places {
            if let Some(record) = self.find(&place, count, n)? {
                return take(&mut Cursor::new(&record))
                    .map(|(_, request, response)| Some((request.to_vec(), response.to_vec())));
            }
        }
        Ok(None)
    }

    /// Looks a number up in the index of a sealed segment.
    fn find(&self, place: &Place, count: usize, n: u64) -> io::Result<Option<Bytes>> {
        let records_len = place.len().checked_sub(count * INDEX_ENTRY_BYTES).ok_or_else(corrupt)?;
        if count == 1 {
            return self.store.fetch(place, 0..records_len).map(Some);
        }
        let index = self.store.fetch(place, records_len..place.len())?;
        let (index, _) = index.as_chunks::<INDEX_ENTRY_BYTES>();
        let number = |entry: &[u8; INDEX_ENTRY_BYTES]| u128::from_le_bytes(*entry) as u64;
        let after = index.partition_point(|entry| number(entry) <= n);
        let Some(entry) = after.checked_sub(1).map(|last| &index[last]).filter(|entry| number(entry) == n) else {
            return Ok(None);
        };
        let [start, len] = [64, 96].map(|shift| (u128::from_le_bytes(*entry) >> shift) as u32 as usize);
        if start + len > records_len {
            return Err(corrupt());
        }
        self.store.fetch(place, start..start + len).map(Some)
    }
}

/// What memory knows of a sealed segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    first: u64,
    last: u64,
    /// The greatest number in this segment and all before it: it never falls from one to the next.
    reach: u64,
    /// The least number in this segment and all after it: it never falls either. Between these two a
    /// number is found by halving, though segments overlap.
    floor: u64,
    count: u32,
}

#[derive(Debug, Default)]
pub(super) struct BodyLog {
    pub(super) log: Log<About>,
    /// How many are in the segment being written, and between which numbers.
    count: usize,
    first: u64,
    last: u64,
}

impl BodyLog {
    fn fits(&self, cost: usize) -> bool {
        self.log.fits(self.count * INDEX_ENTRY_BYTES + cost)
    }

    fn push(&mut self, n: u64, request: &[u8], response: &[u8]) {
        (self.first, self.last) = if self.count == 0 { (n, n) } else { (self.first.min(n), self.last.max(n)) };
        self.count += 1;
        put(&mut self.log.open, n, request, response);
    }

    fn push_alone(&mut self, n: u64, place: Place) {
        self.turn(Vec::new());
        let about = self.about(n, n, 1);
        self.log.sealed.push(Sealed { about, place });
    }

    /// Seals the segment being written, with its index, and goes on in `fresh`.
    fn turn(&mut self, fresh: Vec<u8>) {
        if self.count > 0 {
            let mut index = self.walk().map(|(n, start, len)| index_entry(n, start, len)).collect::<Vec<_>>();
            index.sort_by_key(|entry| *entry as u64);
            self.log.open.extend(index.into_iter().flat_map(u128::to_le_bytes));
        }
        let about = self.about(self.first, self.last, self.count as u32);
        self.log.turn(about, fresh);
        self.count = 0;
    }

    /// What to know of a segment that is about to be sealed.
    fn about(&mut self, first: u64, last: u64, count: u32) -> About {
        if count > 0 {
            let lower = |about: &&mut About| about.floor > first;
            self.log.sealed.iter_mut().rev().map(|segment| &mut segment.about).take_while(lower).for_each(|about| {
                about.floor = first;
            });
        }
        let reach = self.log.sealed.last().map_or(last, |segment| segment.about.reach.max(last));
        About { first, last, reach, floor: first, count }
    }

    /// Number, start and length of each record in the segment being written.
    fn walk(&self) -> impl Iterator<Item = (u64, usize, usize)> {
        let mut cursor = Cursor::new(&self.log.open);
        std::iter::from_fn(move || {
            let start = self.log.open.len() - cursor.left();
            let (n, ..) = take(&mut cursor).ok()?;
            Some((n, start, self.log.open.len() - cursor.left() - start))
        })
    }

    fn find_open(&self, n: u64) -> Option<(Vec<u8>, Vec<u8>)> {
        if self.count == 0 || n < self.first || n > self.last {
            return None;
        }
        let (_, start, len) = self.walk().filter(|&(each, ..)| each == n).last()?;
        let (_, request, response) = take(&mut Cursor::new(&self.log.open[start..start + len])).ok()?;
        Some((request.to_vec(), response.to_vec()))
    }

    /// The sealed segments whose span holds a number, with how many each has; the newest first.
    fn places(&self, n: u64) -> Vec<(Place, usize)> {
        let sealed = &self.log.sealed;
        let from = sealed.partition_point(|segment| segment.about.reach < n);
        let to = sealed.partition_point(|segment| segment.about.floor <= n).max(from);
        let holds = |segment: &&Sealed<About>| segment.about.first <= n && n <= segment.about.last;
        let place = |segment: &Sealed<About>| (segment.place.clone(), segment.about.count as usize);
        sealed[from..to].iter().rev().filter(holds).map(place).collect()
    }
}

fn index_entry(n: u64, start: usize, len: usize) -> u128 {
    u128::from(n) | (start as u128) << 64 | (len as u128) << 96
}

/// What two bodies cost in a segment, index included.
fn cost(n: u64, request: &[u8], response: &[u8]) -> usize {
    let lens = [n, request.len() as u64, response.len() as u64].map(number_len);
    lens.iter().sum::<usize>() + request.len() + response.len() + INDEX_ENTRY_BYTES
}

fn alone(n: u64, request: &[u8], response: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(cost(n, request, response));
    put(&mut out, n, request, response);
    // Of a segment with one record no one reads the index: its place may be too far for 4 bytes.
    out.extend_from_slice(&[0; INDEX_ENTRY_BYTES]);
    out
}

fn put(out: &mut Vec<u8>, n: u64, request: &[u8], response: &[u8]) {
    put_number(out, n);
    put_number(out, request.len() as u64);
    put_number(out, response.len() as u64);
    out.extend_from_slice(request);
    out.extend_from_slice(response);
}

fn take<'a>(cursor: &mut Cursor<'a>) -> io::Result<(u64, &'a [u8], &'a [u8])> {
    let n = cursor.number()?;
    let [request, response] = [cursor.number()?, cursor.number()?].map(usize::try_from);
    let request = cursor.take(request.map_err(|_| corrupt())?)?;
    let response = cursor.take(response.map_err(|_| corrupt())?)?;
    Ok((n, request, response))
}

#[cfg(test)]
mod tests {
    use crate::journal::{ChangeKind, Changes, Journal, JournalOptions};
    use crate::{Moment, SystemName};

    fn load() -> Changes {
        let mut changes = Changes::default();
        for n in 0..2_000 {
            let values = [("email", format!("k{n}@example.com"))];
            let values = values.iter().map(|(name, value)| (*name, value.as_str()));
            changes.push(ChangeKind::Created, "contacts", &n.to_string(), values);
        }
        changes
    }

    #[test]
    fn a_load_that_room_was_made_for_writes_nothing_to_disk() {
        let book = |journal: &mut Journal| {
            let at = Moment::START;
            journal.tester_changes(at, SystemName::Hubspot, "4200001", &mut load());
            journal.health().spilled_bytes
        };
        let mut journal = Journal::new(JournalOptions { memory_bytes_max: 512 * 1024, spill_dir: None });
        while book(&mut journal) == 0 {}
        for _ in 0..20 {
            journal.bodies().make_room(load().booked_bytes());
            let before = journal.health().spilled_bytes;
            assert_eq!(book(&mut journal), before);
        }
        let before = journal.health().spilled_bytes;
        let without = (0..20).map(|_| book(&mut journal)).last();
        assert!(without > Some(before), "or the test shows nothing");
    }
}
