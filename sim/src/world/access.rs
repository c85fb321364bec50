//! The tester's hand: records read and put in without doors or limits.

use parking_lot::MutexGuard;
use serde_json::Value;

use super::inner::Inner;
use super::slots::{Slot, Slots};
use crate::deliver::By;
use crate::hubspot::{self, Hubspot};
use crate::journal::Changes;
use crate::near::meant;
use crate::oracle::ords;
use crate::retail_express::{self, RetailExpress};
use crate::{Moment, SystemName};

/// Some of a type's records.
#[derive(Clone, Debug, PartialEq)]
pub struct Records {
    /// How many there are in all.
    pub total: usize,
    pub records: Vec<Value>,
}

/// Why the tester was not obeyed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    #[error("{system} has no record type `{record_type}`{}; it has: {known}", meant(record_type, known.split(", ")))]
    UnknownType { system: SystemName, record_type: String, known: String },
    /// A record or step that does not fit; nothing was put in.
    #[error("{0}")]
    Unfit(String),
    #[error("there is no delivery {0}, or it was over long ago")]
    UnknownDelivery(u64),
    #[error("there is no snapshot `{0}`")]
    UnknownSnapshot(String),
    #[error("{system} has no limit `{limit}`{}; it has: {known}", meant(limit, known.split(", ")))]
    UnknownLimit { system: SystemName, limit: String, known: String },
    /// A limit that cannot be used up so.
    #[error("{0}")]
    UnfitLimit(String),
}

/// Records of one type to be put in.
pub(crate) struct Batch<'a> {
    pub(crate) system: SystemName,
    pub(crate) record_type: &'a str,
    pub(crate) records: Vec<Value>,
    /// What stands before the reason where one of them does not fit.
    pub(crate) told_as: String,
}

/// Records as they were told, each read by its room.
enum Told {
    Hubspot(Vec<hubspot::Input>),
    Ords(Vec<ords::Members>),
    RetailExpress(Vec<retail_express::Told>),
    Nothing,
}

/// A batch as its room has read it.
type Read<'a> = (&'a Batch<'a>, Told);

/// How many records were put into a system, and what changed by it.
type Put = (SystemName, usize, Changes);

impl Inner {
    fn types(&self, system: SystemName) -> Vec<String> {
        match system {
            SystemName::Hubspot => {
                let memory = self.core.memory();
                let tables = memory.slots.hubspot.state.tables().iter().filter(|table| !table.of.gone);
                tables.map(|table| table.of.name.to_string()).collect()
            }
            SystemName::OciGateway => Vec::new(),
            SystemName::Ords => self.core.memory().slots.ords.state.tables().into_iter().map(str::to_owned).collect(),
            SystemName::RetailExpress => {
                self.rooms.retail_express.types().iter().map(|&name| name.to_owned()).collect()
            }
        }
    }

    pub(super) fn check(&self, system: SystemName, record_type: &str) -> Result<(), AccessError> {
        let known = self.types(system);
        if known.iter().any(|known| known == record_type) {
            return Ok(());
        }
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Err(AccessError::UnknownType { system, record_type: record_type.to_owned(), known })
    }

    pub(crate) fn records(
        &self,
        system: SystemName,
        record_type: &str,
        offset: usize,
        limit: usize,
    ) -> Result<Records, AccessError> {
        self.check(system, record_type)?;
        let rooms = &self.rooms;
        let found = match system {
            SystemName::Hubspot => {
                let state = self.state(|slots| &slots.hubspot);
                rooms.hubspot.list_records(&state, record_type, offset, limit)
            }
            SystemName::OciGateway => None,
            SystemName::Ords => self.state(|slots| &slots.ords).list(record_type, offset, limit),
            SystemName::RetailExpress => {
                let state = self.state(|slots| &slots.retail_express);
                rooms.retail_express.list_records(&state, record_type, offset, limit)
            }
        };
        let (total, records) = found.unwrap_or_default();
        Ok(Records { total, records })
    }

    /// What a room remembers, and nothing of what its gate counts. It shares the records, which are written outside
    /// the lock.
    fn state<T: Clone>(&self, slot: impl FnOnce(&Slots) -> &Slot<T>) -> T {
        slot(&self.core.memory().slots).state.clone()
    }

    pub(crate) fn put(&self, system: SystemName, record_type: &str, records: Vec<Value>) -> Result<usize, AccessError> {
        self.put_all(vec![Batch { system, record_type, records, told_as: String::new() }])
    }

    /// Puts several batches in, all or none, as one move. It is made ready on what the world held a moment ago, while
    /// others may call; if one of them did, it is made again, under the lock.
    pub(crate) fn put_all(&self, batches: Vec<Batch<'_>>) -> Result<usize, AccessError> {
        for Batch { system, record_type, .. } in &batches {
            self.check(*system, record_type)?;
        }
        match self.put_once(&batches, true)? {
            Some(count) => Ok(count),
            None => Ok(self.put_once(&batches, false)?.unwrap_or_default()),
        }
    }

    /// Puts them in; `None` if somebody was quicker, who can be only where the lock was not held all the while.
    fn put_once(&self, batches: &[Batch<'_>], apart: bool) -> Result<Option<usize>, AccessError> {
        let read = self.read_all(batches)?;
        let mut memory = self.core.memory();
        let (at, version) = (memory.tick(self.core.clock.now()), memory.version());
        // A clone shares the records; it costs next to nothing.
        let mut slots = memory.slots.clone();
        let put = match apart {
            true => MutexGuard::unlocked(&mut memory, || {
                let put = self.put_each(&mut slots, read, at)?;
                // The journal is written under the lock, and is not to wait for the disk there.
                self.core.bodies.make_room(put.iter().map(|(.., changes)| changes.booked_bytes()).sum());
                Ok(put)
            }),
            false => self.put_each(&mut slots, read, at),
        };
        if put.is_ok() && (memory.version(), memory.latest()) != (version, at) {
            // What is freed is freed without the lock, here and below.
            drop(memory);
            return Ok(None);
        }
        let (count, former) = match put {
            Ok(booked) => {
                let former = std::mem::replace(&mut memory.slots, slots);
                let mut count = 0;
                for (system, put, changes) in booked {
                    count += put;
                    memory.changes = changes;
                    self.book_by_hand(&mut memory, at, system, By::Hand);
                }
                (Ok(Some(count)), former)
            }
            Err(why) => (Err(AccessError::Unfit(why)), slots),
        };
        drop(memory);
        drop(former);
        count
    }

    fn read_all<'b>(&self, batches: &'b [Batch<'_>]) -> Result<Vec<Read<'b>>, AccessError> {
        let read = |batch: &'b Batch<'_>| {
            let told = self.read(batch.system, batch.record_type, &batch.records);
            let told = told.map_err(|why| AccessError::Unfit(format!("{}{why}", batch.told_as)))?;
            Ok((batch, told))
        };
        batches.iter().map(read).collect()
    }

    /// Puts each batch into the slots; what is wrong with one of them leaves these to be thrown away.
    fn put_each(&self, slots: &mut Slots, read: Vec<Read<'_>>, at: Moment) -> Result<Vec<Put>, String> {
        let put = |(batch, told): Read<'_>| {
            let mut changes = Changes::default();
            let count = self.put_into(slots, batch.record_type, told, at, &mut changes);
            Ok((batch.system, count.map_err(|why| format!("{}{why}", batch.told_as))?, changes))
        };
        read.into_iter().map(put).collect()
    }

    /// What can be said of records without the world's: nothing of this happens under its lock.
    fn read(&self, system: SystemName, record_type: &str, records: &[Value]) -> Result<Told, String> {
        Ok(match system {
            SystemName::Hubspot => Told::Hubspot(Hubspot::read_records(records)?),
            SystemName::OciGateway => Told::Nothing,
            SystemName::Ords => Told::Ords(self.rooms.ords.read_rows(record_type, records)?),
            SystemName::RetailExpress => Told::RetailExpress(RetailExpress::read_records(records)?),
        })
    }

    fn put_into(
        &self,
        slots: &mut Slots,
        record_type: &str,
        told: Told,
        at: Moment,
        changes: &mut Changes,
    ) -> Result<usize, String> {
        match told {
            Told::Hubspot(records) => {
                let (state, seed) = (&mut slots.hubspot.state, self.core.seed);
                self.rooms.hubspot.put_records(state, record_type, records, at, seed, changes)
            }
            Told::Ords(rows) => slots.ords.state.put(record_type, rows, at, changes),
            Told::RetailExpress(records) => {
                Ok(RetailExpress::put_records(&mut slots.retail_express.state, records, at, changes))
            }
            Told::Nothing => Ok(0),
        }
    }

    /// The account that the tester's hand works in: the world's own.
    pub(super) fn account(&self, system: SystemName) -> String {
        match system {
            SystemName::Hubspot => self.rooms.hubspot.portal.to_string(),
            SystemName::OciGateway => String::new(),
            SystemName::Ords => self.rooms.ords.schema_alias().to_owned(),
            SystemName::RetailExpress => self.rooms.retail_express.credentials.account.to_string(),
        }
    }
}
