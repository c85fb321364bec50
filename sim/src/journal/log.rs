//! Append-only segments: the one being written, and the sealed ones, each in memory or in the spill
//! file. A log knows how long its segments are, never what is in them.

use bytes::Bytes;

/// Segments, each with what its owner must know `about` it to find things in it.
#[derive(Debug)]
pub(super) struct Log<A> {
    pub(super) sealed: Vec<Sealed<A>>,
    pub(super) open: Vec<u8>,
    /// Every segment before this one is on disk.
    in_memory_from: usize,
}

#[derive(Debug)]
pub(super) struct Sealed<A> {
    pub(super) about: A,
    pub(super) place: Place,
}

/// Where a segment is.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// `held` is what it costs, which is more than its length where its buffer was not filled.
    Memory {
        bytes: Bytes,
        held: usize,
    },
    Disk {
        start: u64,
        len: usize,
    },
}

impl Place {
    pub(super) fn memory(bytes: Vec<u8>) -> Self {
        let held = bytes.capacity();
        Self::Memory { bytes: bytes.into(), held }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Memory { bytes, .. } => bytes.len(),
            Self::Disk { len, .. } => *len,
        }
    }
}

impl<A> Default for Log<A> {
    fn default() -> Self {
        Self { sealed: Vec::new(), open: Vec::new(), in_memory_from: 0 }
    }
}

impl<A> Log<A> {
    pub(super) fn fits(&self, bytes: usize) -> bool {
        self.open.capacity() - self.open.len() >= bytes
    }

    /// Seals the segment being written, if there is one, and goes on in `fresh`.
    pub(super) fn turn(&mut self, about: A, fresh: Vec<u8>) {
        let full = std::mem::replace(&mut self.open, fresh);
        if !full.is_empty() {
            self.sealed.push(Sealed { about, place: Place::memory(full) });
        }
    }

    /// The segment that has been in memory for longest, and its place among the sealed.
    pub(super) fn oldest_in_memory(&mut self) -> Option<(usize, Bytes)> {
        while let Some(segment) = self.sealed.get(self.in_memory_from) {
            if let Place::Memory { bytes, .. } = &segment.place {
                return Some((self.in_memory_from, bytes.clone()));
            }
            self.in_memory_from += 1;
        }
        None
    }

    /// Notes that a segment is now on disk; answers what memory it no longer holds.
    pub(super) fn moved(&mut self, place: usize, start: u64) -> usize {
        let Some(segment) = self.sealed.get_mut(place) else { return 0 };
        let len = segment.place.len();
        match std::mem::replace(&mut segment.place, Place::Disk { start, len }) {
            Place::Memory { held, .. } => held,
            Place::Disk { .. } => 0,
        }
    }

    /// What it costs to know where the segments are.
    pub(super) fn index_bytes(&self) -> usize {
        self.sealed.capacity() * size_of::<Sealed<A>>()
    }
}
