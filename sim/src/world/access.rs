//! The tester's hand: records read and put in without doors or limits.

use serde_json::Value;

use super::inner::Inner;
use super::slots::Slots;
use crate::hubspot::Source;
use crate::journal::Changes;
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

impl Inner {
    fn types(&self, system: SystemName) -> Vec<String> {
        match system {
            SystemName::Hubspot => {
                let memory = self.core.memory();
                memory.slots.hubspot.state.tables().iter().map(|table| table.of.name.to_string()).collect()
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
        for batch in &batches {
            self.check(batch.system, batch.record_type)?;
        }
        let mut memory = self.core.memory();
        let at = memory.tick(self.core.clock.now());
        // A clone shares the records; it costs next to nothing.
        let before = memory.slots.clone();
        let (mut count, mut booked) = (0, Vec::with_capacity(batches.len()));
        for Batch { system, record_type, records, told_as } in batches {
            let mut changes = Changes::default();
            match self.put_into(&mut memory.slots, system, record_type, records, at, &mut changes) {
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

    fn put_into(
        &self,
        slots: &mut Slots,
        system: SystemName,
        record_type: &str,
        records: Vec<Value>,
        at: Moment,
        changes: &mut Changes,
    ) -> Result<usize, String> {
        let rooms = &self.rooms;
        match system {
            SystemName::Hubspot => {
                let state = &mut slots.hubspot.state;
                rooms.hubspot.put_records(state, record_type, records, at, self.core.seed, changes)
            }
            SystemName::OciGateway => Ok(0),
            SystemName::Ords => slots.ords.state.put(record_type, records, at, changes),
            SystemName::RetailExpress => {
                let state = &mut slots.retail_express.state;
                rooms.retail_express.put_records(state, record_type, &records, at, changes)
            }
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
