//! All that the room remembers.

use std::sync::Arc;

use imbl::Vector;

use super::record::{Record, Slot};
use crate::{Moment, Seed};

/// All that the room remembers. A clone shares the records until either side writes.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// In the order of their ids.
    customers: Vector<Arc<Record>>,
    next_id: i64,
    next_address: i64,
    /// The token made last and its end, where an exchange may answer it again.
    pub(super) token: Option<(Arc<str>, Moment)>,
}

/// Ids of customers and addresses begin somewhere in here, as the seed has it.
const FIRST_IDS: (u64, u64) = (50_000, 90_000);

impl State {
    pub(crate) fn new(seed: Seed) -> Self {
        let first = |what| seed.between(what, 0, FIRST_IDS.0, FIRST_IDS.1).cast_signed();
        Self {
            customers: Vector::new(),
            next_id: first("retail_express.customer"),
            next_address: first("retail_express.address"),
            token: None,
        }
    }

    pub(crate) fn customers(&self) -> &Vector<Arc<Record>> {
        &self.customers
    }

    fn place(&self, id: i64) -> Result<usize, usize> {
        self.customers.binary_search_by(|record| record.id().cmp(&id))
    }

    pub(crate) fn find(&self, id: i64) -> Option<&Arc<Record>> {
        self.customers.get(self.place(id).ok()?)
    }

    /// Makes a customer of what a caller said.
    pub(crate) fn create(&mut self, said: Vec<(usize, Slot)>, at: Moment) -> Arc<Record> {
        let mut record = Record::new(self.next_id, at);
        self.next_id += 1;
        record.set(said, at, &mut self.next_address);
        let record = Arc::new(record);
        self.customers.push_back(Arc::clone(&record));
        record
    }

    /// Puts what a caller said into a customer, if there is one of this id.
    pub(crate) fn update(&mut self, id: i64, said: Vec<(usize, Slot)>, at: Moment) -> Option<Arc<Record>> {
        let place = self.place(id).ok()?;
        let mut record = Record::clone(&self.customers[place]);
        record.set(said, at, &mut self.next_address);
        let record = Arc::new(record);
        self.customers.set(place, Arc::clone(&record));
        Some(record)
    }

    /// Puts a whole customer in by the tester's hand; without an id it gets the next. Tells the id, and whether it is new.
    pub(crate) fn put(&mut self, id: Option<i64>, said: Vec<(usize, Slot)>, at: Moment) -> (i64, bool) {
        let id = id.unwrap_or(self.next_id);
        let mut record = Record::new(id, at);
        record.put(said, &mut self.next_address);
        self.next_id = self.next_id.max(id.saturating_add(1));
        match self.place(id) {
            Ok(place) => {
                self.customers.set(place, Arc::new(record));
                (id, false)
            }
            Err(place) => {
                self.customers.insert(place, Arc::new(record));
                (id, true)
            }
        }
    }
}
