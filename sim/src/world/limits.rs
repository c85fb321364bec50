//! The limits of a world as the tester sees them: where each stands, and used up by others.

use serde::Serialize;

use super::access::AccessError;
use super::inner::Inner;
use super::step::System;
use super::{Moment, World, span_text};
use crate::SystemName;
use crate::gate::Charge;
use crate::journal::FaultEvent;
use crate::policy::{Limit, LimitKind};

/// A limit after calls of others were counted towards it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spent {
    pub limit: String,
    /// Calls that it still lets through; what was left already, if that was less than was asked for.
    pub left: u64,
}

/// Where a limit stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LimitTold {
    pub system: SystemName,
    /// Its id in the system's profile.
    pub name: String,
    /// The app whose calls are counted; `None` where all of the account's are, or each caller's.
    pub app: Option<&'static str>,
    /// The published size.
    pub size: u64,
    /// Calls that it still lets through, what it holds beyond its size included.
    pub left: u64,
    /// How long its window is, like `10s`, or `day`.
    pub window: String,
    /// Whether it refuses calls, or is only told in headers.
    pub enforced: bool,
}

/// The name by which the journal tells calls of others.
const NEIGHBOUR: &str = "neighbour-load";

impl World {
    /// Uses a limit up, but for `leave` calls, as another integration in the same account would (of a limit that
    /// counts each app apart: another process with the token of `app`, or of the first that it counts; of a limit for
    /// each caller: another program on this machine). The journal has it as a fault `neighbour-load` that struck.
    ///
    /// # Errors
    /// The system has no such limit or app, the limit does not count that app's calls, or it counts none at all.
    pub fn spend(&self, system: SystemName, limit: &str, app: Option<&str>, leave: u64) -> Result<Spent, AccessError> {
        let rooms = &self.inner.rooms;
        match system {
            SystemName::Hubspot => self.inner.spend(&rooms.hubspot, (limit, app), leave),
            SystemName::OciGateway => self.inner.spend(&rooms.oci_gateway, (limit, app), leave),
            SystemName::Ords => self.inner.spend(&rooms.ords, (limit, app), leave),
            SystemName::RetailExpress => self.inner.spend(&rooms.retail_express, (limit, app), leave),
        }
    }

    /// Where the limits of its systems stand: one that counts each app apart once for each.
    #[must_use]
    pub fn limits(&self) -> Vec<LimitTold> {
        let systems = SystemName::ALL.into_iter().filter(|system| self.url(*system).is_some());
        let rooms = &self.inner.rooms;
        let told = systems.map(|system| match system {
            SystemName::Hubspot => self.inner.limits(&rooms.hubspot),
            SystemName::OciGateway => self.inner.limits(&rooms.oci_gateway),
            SystemName::Ords => self.inner.limits(&rooms.ords),
            SystemName::RetailExpress => self.inner.limits(&rooms.retail_express),
        });
        told.flatten().collect()
    }
}

impl Inner {
    fn limits<S: System>(&self, room: &S) -> Vec<LimitTold> {
        let policy = room.gate();
        let mut memory = self.core.memory();
        let at = memory.tick(self.core.clock.now());
        let limits = &S::slot(&mut memory.slots).limits;
        let mut told = Vec::new();
        for (place, limit) in policy.limits.iter().enumerate().filter(|(_, limit)| counts_any(room, limit)) {
            let apart = room.counted_apart(limit);
            let apps = if apart.is_empty() { vec![None] } else { apart.into_iter().map(Some).collect() };
            for app in apps {
                let Ok(charge) = room.shared(place, app) else { continue };
                let left = limits.left(policy, place, &charge, at);
                let (system, name, window) = (room.name(), limit.id.clone(), window(limit));
                let (size, enforced) = (limit.size.value.get(), limit.is_enforced());
                told.push(LimitTold { system, name, app, size, left, window, enforced });
            }
        }
        told
    }

    fn spend<S: System>(&self, room: &S, (name, app): (&str, Option<&str>), leave: u64) -> Result<Spent, AccessError> {
        let policy = room.gate();
        let unfit = AccessError::UnfitLimit;
        let (index, limit) = policy.limits.iter().enumerate().find(|(_, limit)| limit.id == name).ok_or_else(|| {
            let known: Vec<_> = policy.limits.iter().map(|limit| limit.id.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            AccessError::UnknownLimit { system: room.name(), limit: name.to_owned(), known }
        })?;
        if !counts_any(room, limit) {
            return Err(unfit(format!(
                "{name} refuses no call here and is told in no header: using it up would change nothing"
            )));
        }
        if leave > limit.room() {
            return Err(unfit(format!("{name} is {}: {leave} cannot be left of it", limit.room())));
        }
        let charge: Charge<'_> = room.shared(index, app).map_err(unfit)?;
        let left = self.use_up(room, (index, &charge), leave);
        Ok(Spent { limit: name.to_owned(), left })
    }

    fn use_up<S: System>(&self, room: &S, (limit, charge): (usize, &Charge<'_>), leave: u64) -> u64 {
        let mut memory = self.core.memory();
        let at: Moment = memory.tick(self.core.clock.now());
        let left = S::slot(&mut memory.slots).limits.spend(room.gate(), limit, charge, leave, at);
        memory.journal.fault(at, Some(room.name()), NEIGHBOUR, FaultEvent::Struck);
        left
    }
}

/// Whether a limit can be felt: some call is counted by it, and is refused or told of it.
fn counts_any<S: System>(room: &S, limit: &Limit) -> bool {
    let policy = room.gate();
    let told =
        policy.advertise.iter().any(|header| policy.limits.get(header.limit).is_some_and(|of| of.id == limit.id));
    (limit.is_enforced() || told) && room.counts_any(limit)
}

/// A window in words.
fn window(limit: &Limit) -> String {
    match limit.kind {
        LimitKind::DailyQuota { .. } => "day".to_owned(),
        _ => limit.kind.per().map_or_else(String::new, span_text),
    }
}
