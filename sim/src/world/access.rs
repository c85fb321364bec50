//! The tester's hand: records read and put in without doors or limits.

use serde_json::Value;

use super::inner::Inner;
use super::slots::Slots;
use crate::hubspot::{self, Hubspot, Source};
use crate::journal::Changes;
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
    #[error("{system} has no record type `{record_type}`; it has: {known}")]
    UnknownType { system: SystemName, record_type: String, known: String },
    /// A record or step that does not fit; nothing was put in.
    #[error("{0}")]
    Unfit(String),
    #[error("there is no snapshot `{0}`")]
    UnknownSnapshot(String),
    #[error("{system} has no limit `{limit}`; it has: {known}")]
    UnknownLimit { system: SystemName, limit: String, known: String },
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
        // A clone shares the records, so they are written outside the lock.
        let slots = self.core.memory().slots.clone();
        let rooms = &self.rooms;
        let found = match system {
            SystemName::Hubspot => rooms.hubspot.list_records(&slots.hubspot.state, record_type, offset, limit),
            SystemName::OciGateway => None,
            SystemName::Ords => slots.ords.state.list(record_type, offset, limit),
            SystemName::RetailExpress => {
                rooms.retail_express.list_records(&slots.retail_express.state, record_type, offset, limit)
            }
        };
        let (total, records) = found.unwrap_or_default();
        Ok(Records { total, records })
    }

    pub(crate) fn put(&self, system: SystemName, record_type: &str, records: Vec<Value>) -> Result<usize, AccessError> {
        self.put_all(vec![Batch { system, record_type, records, told_as: String::new() }])
    }

    /// Puts several batches in, all or none, as one move.
    pub(crate) fn put_all(&self, batches: Vec<Batch<'_>>) -> Result<usize, AccessError> {
        let mut read = Vec::with_capacity(batches.len());
        for Batch { system, record_type, records, told_as } in batches {
            self.check(system, record_type)?;
            let unfit = |why| AccessError::Unfit(format!("{told_as}{why}"));
            let told = self.read(system, record_type, &records).map_err(unfit)?;
            read.push((system, record_type, told, told_as));
        }
        let mut memory = self.core.memory();
        let at = memory.tick(self.core.clock.now());
        // A clone shares the records; it costs next to nothing.
        let before = memory.slots.clone();
        let (mut count, mut booked) = (0, Vec::with_capacity(read.len()));
        for (system, record_type, told, told_as) in read {
            let mut changes = Changes::default();
            match self.put_into(&mut memory.slots, record_type, told, at, &mut changes) {
                Ok(put) => count += put,
                Err(why) => {
                    memory.slots = before;
                    return Err(AccessError::Unfit(format!("{told_as}{why}")));
                }
            }
            booked.push((system, changes));
        }
        for (system, changes) in booked {
            memory.changes = changes;
            self.book_by_hand(&mut memory, at, system, Source::CrmUi);
        }
        Ok(count)
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
