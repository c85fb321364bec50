//! What the tester does to a running world beside putting records in: what a person does in a
//! vendor's screens or by a link in an e-mail.

use super::access::AccessError;
use super::core::Memory;
use super::inner::{Inner, Policies};
use super::slots::Slots;
use super::{Moment, World};
use crate::deliver::By;
use crate::journal::{Changes, FaultEvent};
use crate::{Seed, SystemName};

impl World {
    /// Archives records (in ORDS: deletes rows) by the tester's hand: all or none. Answers how many.
    ///
    /// # Errors
    /// The type is unknown, there is no such record, or the system has no way to do it.
    pub fn archive(&self, system: SystemName, record_type: &str, ids: &[String]) -> Result<usize, AccessError> {
        self.inner.check(system, record_type)?;
        let rooms = &self.inner.rooms;
        self.inner.by_hand(system, By::Hand, |slots, at, seed, changes| match system {
            SystemName::Hubspot => {
                rooms.hubspot.archive_records(&mut slots.hubspot.state, record_type, ids, (at, seed), changes)
            }
            SystemName::Ords => slots.ords.state.delete(record_type, ids, at, changes),
            SystemName::OciGateway | SystemName::RetailExpress => {
                Err(format!("{system} has no way to archive or delete {record_type}"))
            }
        })
    }

    /// HubSpot's archived records of a type, in the order of their ids.
    ///
    /// # Errors
    /// The type is unknown.
    pub fn archived_records(&self, record_type: &str) -> Result<Vec<serde_json::Value>, AccessError> {
        self.inner.check(SystemName::Hubspot, record_type)?;
        let state = self.inner.core.memory().slots.hubspot.state.clone();
        Ok(self.inner.rooms.hubspot.list_archived(&state, record_type).unwrap_or_default())
    }

    /// Brings archived records of HubSpot's back by the tester's hand, as its screens can: all or none. Answers how many.
    ///
    /// # Errors
    /// The type is unknown, there is no such archived record, or a live one has taken a unique value of it.
    pub fn restore_records(&self, record_type: &str, ids: &[String]) -> Result<usize, AccessError> {
        self.inner.check(SystemName::Hubspot, record_type)?;
        let room = &self.inner.rooms.hubspot;
        self.inner.by_hand(SystemName::Hubspot, By::Hand, |slots, at, seed, changes| {
            room.restore_records(&mut slots.hubspot.state, record_type, ids, (at, seed), changes)
        })
    }

    /// Takes an address out of all of the HubSpot portal's e-mail, as its owner does by the link in
    /// one. A contact of that address has `hs_email_optout` from now on. Answers whether that changed
    /// anything.
    ///
    /// # Errors
    /// It is no e-mail address.
    pub fn unsubscribe(&self, email: &str) -> Result<bool, AccessError> {
        let room = &self.inner.rooms.hubspot;
        self.inner.by_hand(SystemName::Hubspot, By::Recipient, |slots, at, seed, changes| {
            room.unsubscribe(&mut slots.hubspot.state, email, (at, seed), changes)
        })
    }
}

impl Inner {
    /// Does something by the tester's hand and books what it changed; nothing, if it fails.
    fn by_hand<T>(
        &self,
        system: SystemName,
        by: By,
        act: impl FnOnce(&mut Slots, Moment, Seed, &mut Changes) -> Result<T, String>,
    ) -> Result<T, AccessError> {
        let mut memory = self.core.memory();
        let at = memory.tick(self.core.clock.now());
        let Memory { slots, changes, .. } = &mut *memory;
        match act(slots, at, self.core.seed, changes) {
            Ok(done) => {
                self.book_by_hand(&mut memory, at, system, by);
                Ok(done)
            }
            Err(why) => {
                changes.clear();
                Err(AccessError::Unfit(why))
            }
        }
    }

    /// Books the changes that the tester's hand has made.
    pub(super) fn book_by_hand(&self, memory: &mut Memory, at: Moment, system: SystemName, by: By) {
        let (now, clock) = ((at, self.core.seed), &self.core.clock);
        match system {
            SystemName::Hubspot => memory.announce(&self.rooms.hubspot, by, now, clock),
            SystemName::OciGateway => memory.announce(&self.rooms.oci_gateway, by, now, clock),
            SystemName::Ords => memory.announce(&self.rooms.ords, by, now, clock),
            SystemName::RetailExpress => memory.announce(&self.rooms.retail_express, by, now, clock),
        }
        let Memory { changes, journal, .. } = memory;
        journal.tester_changes(at, system, &self.account(system), changes);
    }

    /// Books what the tester's own tables begin with, as put in by hand.
    pub(super) fn book_furnishing(&self, memory: &mut Memory, at: Moment) {
        let Memory { slots, changes, .. } = memory;
        slots.ords.state.note_all(changes);
        self.book_by_hand(memory, at, SystemName::Ords, By::Hand);
    }

    /// Arms the bad days that the systems' profiles have.
    pub(super) fn arm_standing(&self, memory: &mut Memory) {
        let at = memory.tick(self.core.clock.now());
        let Policies { hubspot, oci_gateway, ords, retail_express } = &self.policies;
        let all = [&hubspot.faults, &oci_gateway.faults, &ords.faults, &retail_express.faults];
        for arm in all.into_iter().flatten() {
            // What a profile has was checked when it was read.
            if memory.faults.arm(arm.clone(), at).is_ok() {
                memory.journal.fault(at, arm.at.system, &arm.name, FaultEvent::Armed);
            }
        }
    }
}
