//! Texts that recur in entry after entry (accounts, operations, user agents), kept once. The table
//! has a bound: callers choose their user agents, and may send a new one with every call.

use std::io;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::coding::{Cursor, corrupt, put_number, put_text};

/// Longer texts are written out where they occur.
const NAME_BYTES_MAX: usize = 256;

/// A name's own cost beside its text: two pointers in the table, three words in the map.
const NAME_OVERHEAD_BYTES: usize = 64;

/// The names by their numbers, as readers hold them.
pub(super) type Table = Arc<Vec<Arc<str>>>;

/// The writer's side of the table.
#[derive(Debug)]
pub(super) struct Names {
    numbers: FxHashMap<Arc<str>, u64>,
    /// Given a number since the readers' table was last brought up to date.
    fresh: Vec<Arc<str>>,
    bytes: usize,
    bytes_max: usize,
}

impl Names {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { numbers: FxHashMap::default(), fresh: Vec::new(), bytes: 0, bytes_max }
    }

    /// Writes 0 and the text itself, 1 for the empty text, or the number of the name.
    pub(super) fn put(&mut self, out: &mut Vec<u8>, text: &str) {
        if text.is_empty() {
            out.push(1);
        } else if let Some(number) = self.number(text) {
            put_number(out, number + 2);
        } else {
            out.push(0);
            put_text(out, text);
        }
    }

    fn number(&mut self, text: &str) -> Option<u64> {
        if let Some(&number) = self.numbers.get(text) {
            return Some(number);
        }
        let cost = text.len() + NAME_OVERHEAD_BYTES;
        if text.len() > NAME_BYTES_MAX || self.bytes + cost > self.bytes_max {
            return None;
        }
        let name: Arc<str> = text.into();
        let number = self.numbers.len() as u64;
        self.bytes += cost;
        self.numbers.insert(name.clone(), number);
        self.fresh.push(name);
        Some(number)
    }

    /// What the readers' table is to grow by.
    pub(super) fn fresh_bytes(&self) -> usize {
        self.fresh.iter().map(|name| name.len() + NAME_OVERHEAD_BYTES).sum()
    }

    /// Brings the readers' table up to date.
    pub(super) fn publish(&mut self, table: &mut Table) {
        if !self.fresh.is_empty() {
            Arc::make_mut(table).append(&mut self.fresh);
        }
    }
}

/// Reads what [`Names::put`] wrote.
pub(super) fn take<'a>(cursor: &mut Cursor<'a>, table: &'a [Arc<str>]) -> io::Result<&'a str> {
    match cursor.number()? {
        0 => cursor.text(),
        1 => Ok(""),
        number => {
            let place = usize::try_from(number - 2).map_err(|_| corrupt())?;
            table.get(place).map(|name| &**name).ok_or_else(corrupt)
        }
    }
}
