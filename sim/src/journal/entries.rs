//! The log of entries: records in the order of their numbers, each after its length. A segment knows
//! its first number and the kinds in it; what lies between is found by walking.

use super::coding::{number_len, put_number};
use super::kinds::{Kind, Kinds};
use super::log::{Log, Place, Sealed};
use super::names::Table;

/// In the segment being written, the place of every so many records is marked, so that a reader who
/// follows copies little.
const RECORDS_PER_MARK: u64 = 64;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct About {
    first: u64,
    kinds: Kinds,
}

#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) log: Log<About>,
    /// About the segment being written.
    open: About,
    marks: Vec<u32>,
    /// The number of the last record; 0 if there is none.
    last: u64,
    /// The last number that readers may see: that of the last whole step.
    pub(super) visible: u64,
    pub(super) table: Table,
}

/// A run of records, to be read without a lock.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The number of the first record in it.
    pub(super) first: u64,
    /// Records after this number are not to be seen yet.
    pub(super) until: u64,
    pub(super) place: Place,
    pub(super) table: Table,
}

impl Entries {
    /// What a record costs in a segment.
    pub(super) fn cost(record_len: usize) -> usize {
        number_len(record_len as u64) + record_len
    }

    /// Adds the next record, given in two parts. It must fit.
    pub(super) fn push(&mut self, kind: Kind, head: &[u8], tail: &[u8]) {
        self.last += 1;
        if self.log.open.is_empty() {
            self.open = About { first: self.last, kinds: Kinds::NONE };
            self.marks.clear();
        }
        if (self.last - self.open.first).is_multiple_of(RECORDS_PER_MARK) {
            self.marks.push(self.log.open.len() as u32);
        }
        self.open.kinds = self.open.kinds.with(kind);
        write(&mut self.log.open, head, tail);
    }

    /// Seals the segment being written and goes on in `fresh`.
    pub(super) fn turn(&mut self, fresh: Vec<u8>) {
        self.log.turn(self.open, fresh);
    }

    /// Adds the next record, too long for a buffer, as a segment of its own that [`alone`] wrote.
    pub(super) fn push_alone(&mut self, kind: Kind, place: Place) {
        self.turn(Vec::new());
        self.last += 1;
        self.log.sealed.push(Sealed { about: About { first: self.last, kinds: kind.into() }, place });
    }

    /// The first run of records at or after `from` that may hold any of these kinds.
    pub(super) fn chunk(&self, from: u64, kinds: Kinds) -> Option<Chunk> {
        if from > self.visible {
            return None;
        }
        let chunk = |first, place| Chunk { first, until: self.visible, place, table: self.table.clone() };
        let sealed = &self.log.sealed;
        let in_open = !self.log.open.is_empty() && from >= self.open.first;
        let start = sealed.partition_point(|segment| segment.about.first <= from).saturating_sub(1);
        let found = sealed[start..].iter().find(|segment| segment.about.kinds.meets(kinds)).filter(|_| !in_open);
        if let Some(segment) = found {
            return Some(chunk(segment.about.first, segment.place.clone()));
        }
        if self.log.open.is_empty() || !self.open.kinds.meets(kinds) {
            return None;
        }
        let skipped = from.saturating_sub(self.open.first) / RECORDS_PER_MARK;
        let mark = *self.marks.get(usize::try_from(skipped).ok()?)?;
        let place = Place::memory(self.log.open[mark as usize..].to_vec());
        Some(chunk(self.open.first + skipped * RECORDS_PER_MARK, place))
    }

    pub(super) fn index_bytes(&self) -> usize {
        self.log.index_bytes() + self.marks.capacity() * size_of::<u32>()
    }
}

/// A record as the only one of its segment.
pub(super) fn alone(head: &[u8], tail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(Entries::cost(head.len() + tail.len()));
    write(&mut out, head, tail);
    out
}

fn write(out: &mut Vec<u8>, head: &[u8], tail: &[u8]) {
    put_number(out, (head.len() + tail.len()) as u64);
    out.extend_from_slice(head);
    out.extend_from_slice(tail);
}
