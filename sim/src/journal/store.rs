//! What the writer, the bodies and the readers of one journal share: both logs, the memory budget
//! over them, and the spill file. Segments go to disk in order of age, those of bodies first; the
//! two being written stay.
//!
//! Locks: whoever holds `spill` may take `entries` or `bodies`, one at a time; nobody who holds one of
//! these waits for another, nor for another journal's. So a write to disk keeps neither an append nor a
//! reader of memory waiting.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{io, sync::Arc};

use bytes::Bytes;
use parking_lot::Mutex;
use serde::Serialize;

use super::bodies::BodyLog;
use super::budget::Budget;
use super::entries::Entries;
use super::log::Place;
use super::spill::{OnTrouble, Spill};

const SEGMENT_BYTES_MAX: usize = 256 * 1024;
/// Segments begin small, so that a world with a handful of calls stays small.
const SEGMENT_BYTES_FIRST: usize = 2 * 1024;
/// A budget holds at least this many segments, two of which are being written.
const SEGMENTS_MIN: usize = 8;
const MEMORY_BYTES_MIN: usize = 4 * 1024;
const NAMES_BYTES_MAX: usize = 64 * 1024;

/// How a journal is kept.
#[derive(Clone, Debug)]
pub struct JournalOptions {
    /// What entries and bodies together may hold in memory, in bytes; less than 4 KiB counts as 4 KiB. The worlds
    /// of one [`Host`](crate::Host) share what its base has.
    pub memory_bytes_max: usize,
    /// The folder for the unnamed file that takes the rest; the system's own if none is given.
    pub spill_dir: Option<PathBuf>,
}

impl Default for JournalOptions {
    /// 64 MiB, and the system's folder for temporary files.
    fn default() -> Self {
        Self { memory_bytes_max: 64 * 1024 * 1024, spill_dir: None }
    }
}

/// How a journal fares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// What entries and bodies hold in memory. Above the budget only while the disk fails.
    pub memory_bytes: usize,
    /// What it costs to know where segments are; this does not spill, and grows by some 100 B for each 256 KiB.
    pub index_bytes: usize,
    /// What was moved to disk.
    pub spilled_bytes: u64,
    /// Why the last write to disk failed; what it was to move is still in memory, and is tried again.
    pub error: Option<String>,
}

#[derive(Debug)]
pub(super) struct Store {
    pub(super) entries: Mutex<Entries>,
    pub(super) bodies: Mutex<BodyLog>,
    spill: Mutex<Spill>,
    memory_bytes: AtomicUsize,
    memory_bytes_max: usize,
    /// What it may hold together with others.
    total: Option<Arc<Budget>>,
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some(total) = &self.total {
            total.free(*self.memory_bytes.get_mut());
        }
    }
}

impl Store {
    pub(super) fn new(options: JournalOptions, total: Option<Arc<Budget>>) -> Arc<Self> {
        let store = Arc::new(Self {
            entries: Mutex::default(),
            bodies: Mutex::default(),
            spill: Mutex::new(Spill::new(options.spill_dir)),
            memory_bytes: AtomicUsize::new(0),
            memory_bytes_max: options.memory_bytes_max.max(MEMORY_BYTES_MIN),
            total,
        });
        if let Some(total) = &store.total {
            total.join(&store);
        }
        store
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.memory_bytes.load(Ordering::Relaxed)
    }

    pub(super) fn segment_bytes_max(&self) -> usize {
        SEGMENT_BYTES_MAX.min(self.memory_bytes_max / SEGMENTS_MIN)
    }

    pub(super) fn names_bytes_max(&self) -> usize {
        NAMES_BYTES_MAX.min(self.memory_bytes_max / (2 * SEGMENTS_MIN))
    }

    /// A buffer for the next segment of a log that has sealed so many, with room for `bytes`. What is
    /// in the way goes to disk.
    pub(super) fn buffer(&self, sealed: usize, bytes: usize) -> Vec<u8> {
        let grown = SEGMENT_BYTES_FIRST << sealed.min(usize::BITS as usize / 2);
        // Where many share a budget, what all of them are writing is to leave room for what is sealed.
        let share = self.total.as_ref().map_or(usize::MAX, |total| total.share() / SEGMENTS_MIN);
        let wanted = grown.min(self.segment_bytes_max()).min(share.max(SEGMENT_BYTES_FIRST)).max(bytes);
        self.make_room_and_hold(wanted);
        let buffer = Vec::with_capacity(wanted);
        self.hold(buffer.capacity() - wanted);
        buffer
    }

    /// Counts bytes that are needed whatever the disk does; what is in the way goes there.
    pub(super) fn make_room_and_hold(&self, bytes: usize) {
        while !self.try_hold(bytes) {
            if !self.make_room(bytes) {
                return self.hold(bytes);
            }
        }
    }

    /// Finds a place for a segment that is too long for a buffer: memory if there is room, else disk.
    pub(super) fn settle(&self, bytes: Vec<u8>) -> Place {
        let (len, held) = (bytes.len(), bytes.capacity());
        let in_memory = self.try_hold(held) || self.make_room(held) && self.try_hold(held);
        if !in_memory {
            if let Ok(start) = self.spill.lock().write(&bytes) {
                return Place::Disk { start, len };
            }
            self.hold(held);
        }
        Place::memory(bytes)
    }

    /// Moves segments to disk until so many bytes are free, or all that can be had.
    pub(super) fn make_room_up_to(&self, bytes: usize) {
        self.make_room(bytes.min(self.memory_bytes_max));
    }

    /// Moves segments to disk until so many bytes are free; false if that cannot be had.
    pub(super) fn make_room(&self, bytes: usize) -> bool {
        loop {
            let (own, shared) = (self.has_own_room(bytes), self.has_shared_room(bytes));
            let moved = match &self.total {
                _ if own && shared => return true,
                Some(total) if own => total.spill_one(),
                _ => bytes <= self.memory_bytes_max && self.spill_one(),
            };
            if !moved {
                return false;
            }
        }
    }

    /// Moves the oldest segment in memory to disk; false if there is none, or the disk fails.
    pub(super) fn spill_one(&self) -> bool {
        let mut spill = self.spill.lock();
        // The statement ends the first lock before the second is taken.
        let body = self.bodies.lock().log.oldest_in_memory();
        let is_body = body.is_some();
        let Some((place, segment)) = body.or_else(|| self.entries.lock().log.oldest_in_memory()) else {
            return false;
        };
        let Ok(start) = spill.write(&segment) else { return false };
        let freed = match is_body {
            true => self.bodies.lock().log.moved(place, start),
            false => self.entries.lock().log.moved(place, start),
        };
        self.free(freed);
        true
    }

    fn has_own_room(&self, bytes: usize) -> bool {
        self.memory_bytes().saturating_add(bytes) <= self.memory_bytes_max
    }

    fn has_shared_room(&self, bytes: usize) -> bool {
        self.total.as_ref().is_none_or(|total| total.has_room(bytes))
    }

    fn try_hold(&self, bytes: usize) -> bool {
        let within = |held: usize| held.checked_add(bytes).filter(|&sum| sum <= self.memory_bytes_max);
        if self.memory_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within).is_err() {
            return false;
        }
        let held = self.total.as_ref().is_none_or(|total| total.try_hold(bytes));
        if !held {
            self.memory_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        held
    }

    fn hold(&self, bytes: usize) {
        self.memory_bytes.fetch_add(bytes, Ordering::Relaxed);
        if let Some(total) = &self.total {
            total.hold(bytes);
        }
    }

    pub(super) fn free(&self, bytes: usize) {
        self.memory_bytes.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(total) = &self.total {
            total.free(bytes);
        }
    }

    /// Part of a segment, from wherever it is.
    pub(super) fn fetch(&self, place: &Place, part: Range<usize>) -> io::Result<Bytes> {
        match place {
            Place::Memory { bytes, .. } => Ok(bytes.slice(part)),
            Place::Disk { start, .. } => self.spill.lock().read(start + part.start as u64, part.len()).map(Bytes::from),
        }
    }

    pub(super) fn on_trouble(&self, tell: OnTrouble) {
        self.spill.lock().on_trouble = Some(tell);
    }

    pub(super) fn health(&self) -> Health {
        let (spilled_bytes, error) = {
            let spill = self.spill.lock();
            (spill.len(), spill.error.clone())
        };
        let index_bytes = self.entries.lock().index_bytes() + self.bodies.lock().log.index_bytes();
        Health { memory_bytes: self.memory_bytes(), index_bytes, spilled_bytes, error }
    }

    #[cfg(test)]
    pub(super) fn cut_file(&self, len: u64) {
        self.spill.lock().cut(len);
    }
}
