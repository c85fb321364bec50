//! The changes of one step, encoded as they are made into a buffer that the next step uses again.

use indexmap::IndexMap;
use std::io;

use super::ChangeKind;
use super::coding::{Cursor, corrupt, put_text};

/// What one great step (a bulk load) may leave allocated for the steps after it.
const KEPT_BYTES_MAX: usize = 256 * 1024;

/// The changes of one step, encoded as they are made. [`Journal::book`](super::Journal::book)
/// empties it and keeps its memory, so that one buffer serves a world for ever.
#[derive(Debug, Default)]
pub struct Changes {
    bytes: Vec<u8>,
    /// Where each change ends in `bytes`.
    ends: Vec<usize>,
}

impl Changes {
    /// Notes a change and the values it set. A name given twice stands with its last value.
    pub fn push<'v>(
        &mut self,
        kind: ChangeKind,
        record_type: &str,
        id: &str,
        values: impl Iterator<Item = (&'v str, &'v str)>,
    ) {
        self.bytes.push(kind as u8);
        put_text(&mut self.bytes, record_type);
        put_text(&mut self.bytes, id);
        for (name, value) in values {
            put_text(&mut self.bytes, name);
            put_text(&mut self.bytes, value);
        }
        self.ends.push(self.bytes.len());
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// What these take in a journal, at most: each stands behind what tells whose it is.
    pub(crate) fn booked_bytes(&self) -> usize {
        const ORIGIN_BYTES: usize = 64;
        self.bytes.len() + self.ends.len() * ORIGIN_BYTES
    }

    /// Forgets the changes, as when a step comes to nothing after all.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES_MAX);
        self.ends.clear();
        self.ends.shrink_to(KEPT_BYTES_MAX / size_of::<usize>());
    }

    /// Each change, read back in its order.
    pub(crate) fn each(&self) -> impl Iterator<Item = Decoded> {
        self.encoded().filter_map(|bytes| decode(&mut Cursor::new(bytes)).ok())
    }

    /// Each change as it is to stand at the end of its record.
    pub(super) fn encoded(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.bytes[start..end])
    }
}

/// A change read back.
pub(crate) struct Decoded {
    pub(crate) kind: ChangeKind,
    pub(crate) record_type: String,
    pub(crate) id: String,
    pub(crate) values: IndexMap<String, String>,
}

pub(super) fn decode(cursor: &mut Cursor<'_>) -> io::Result<Decoded> {
    let kind = match cursor.byte()? {
        0 => ChangeKind::Created,
        1 => ChangeKind::Updated,
        2 => ChangeKind::Archived,
        3 => ChangeKind::Merged,
        4 => ChangeKind::Absorbed,
        5 => ChangeKind::Deleted,
        6 => ChangeKind::Restored,
        _ => return Err(corrupt()),
    };
    let record_type = cursor.text()?.to_owned();
    let id = cursor.text()?.to_owned();
    let mut values = IndexMap::new();
    while cursor.left() > 0 {
        values.insert(cursor.text()?.to_owned(), cursor.text()?.to_owned());
    }
    Ok(Decoded { kind, record_type, id, values })
}
