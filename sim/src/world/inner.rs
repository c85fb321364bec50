//! A world with its rooms and addresses: what a listener and the control API hold on to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use http::HeaderValue;
use parking_lot::Mutex;

use super::StartError;
use super::core::Core;
use super::slots::{Slot, Slots};
use crate::gate::{Limits, Tokens};
use crate::hubspot::{Hubspot, HubspotPortal};
use crate::oracle::gateway::{self, Deployment, Gateway};
use crate::oracle::ords::{self, Ords, OrdsTable, Schema};
use crate::policy::{GatewaySettings, HubspotSettings, OrdsSettings, Profile, RetailExpressSettings};
use crate::retail_express::{self, RetailExpress};
use crate::serve::{Backends, STALL};
use crate::{Moment, Seed, SystemName};

/// The rooms of a world. Each is immutable; what it remembers lies in the world's [`Slots`].
pub(crate) struct Rooms {
    pub(crate) hubspot: Hubspot,
    pub(crate) oci_gateway: Gateway,
    pub(crate) ords: Ords,
    pub(crate) retail_express: RetailExpress,
}

/// The policy of each system of a world.
#[derive(Clone, Debug)]
pub(crate) struct Policies {
    pub(crate) hubspot: Arc<Profile<HubspotSettings>>,
    pub(crate) oci_gateway: Arc<Profile<GatewaySettings>>,
    pub(crate) ords: Arc<Profile<OrdsSettings>>,
    pub(crate) retail_express: Arc<Profile<RetailExpressSettings>>,
}

/// Where one system answers.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) system: SystemName,
    /// `127.0.0.1:4010`: how a back end's URL names it.
    pub(crate) authority: String,
    /// What callers are told, without a slash at its end.
    pub(crate) url: String,
}

pub(crate) struct Inner {
    pub(crate) core: Core,
    pub(crate) rooms: Rooms,
    pub(crate) policies: Policies,
    /// The instant at which the world began.
    pub(crate) started: Moment,
    pub(crate) addresses: Vec<Address>,
    pub(crate) backends: Backends,
    /// What was put by, under its id.
    pub(crate) snapshots: Mutex<BTreeMap<String, Slots>>,
    /// How many connections its listeners have taken.
    pub(crate) connections: AtomicU64,
    /// The `Date` header of the second that was asked for last.
    pub(crate) date: Mutex<(i64, HeaderValue)>,
}

impl Inner {
    pub(crate) fn url(&self, system: SystemName) -> Option<&str> {
        self.addresses.iter().find(|address| address.system == system).map(|address| address.url.as_str())
    }

    pub(crate) fn system_at(&self, authority: &str) -> Option<SystemName> {
        self.addresses.iter().find(|address| address.authority == authority).map(|address| address.system)
    }

    /// The number of a new connection, counted from 1.
    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn body_bytes_max(&self, system: SystemName) -> usize {
        match system {
            SystemName::Hubspot => self.policies.hubspot.settings.body_bytes_max.value,
            SystemName::OciGateway => self.policies.oci_gateway.settings.body_bytes_max.value,
            SystemName::Ords => self.policies.ords.settings.body_bytes_max.value,
            SystemName::RetailExpress => self.policies.retail_express.settings.body_bytes_max.value,
        }
    }

    /// How long a caller may be silent within a body, by the machine's clock.
    pub(crate) fn stall(&self, system: SystemName) -> Duration {
        match system {
            SystemName::OciGateway => {
                let ms = self.policies.oci_gateway.settings.idle_read_timeout.value.0;
                Duration::from_millis(u64::try_from(ms).unwrap_or(0))
            }
            SystemName::Hubspot | SystemName::Ords | SystemName::RetailExpress => STALL,
        }
    }

    /// Has each jump of the clock booked under the world's lock, so that no entry with the new time
    /// stands before the move.
    pub(crate) fn book_clock_moves(&self, world: Weak<Self>) {
        self.core.clock.on_move(move |make| {
            let Some(world) = world.upgrade() else { return };
            let mut memory = world.core.memory();
            if let Some(moved) = make() {
                memory.tick(moved.to);
                memory.journal.clock_move(moved.from, moved.to, moved.mode.name());
            }
        });
    }
}

impl Rooms {
    /// The rooms of a world: portal and account ids come from the seed, credentials from the seed
    /// and the world's id, so that no two worlds share one.
    pub(crate) fn new(
        seed: Seed,
        world: &str,
        policies: &Policies,
        deployments: Vec<Deployment>,
        tables: Vec<OrdsTable>,
        portal: Option<&HubspotPortal>,
    ) -> Result<Self, StartError> {
        Ok(Self {
            hubspot: Hubspot::new(seed, secret(seed, world), policies.hubspot.clone(), portal),
            oci_gateway: Gateway::new(deployments, policies.oci_gateway.clone())?,
            ords: Ords::new(Schema::of(tables), ords::Credentials::draw(seed, world), &policies.ords),
            retail_express: RetailExpress::new(&policies.retail_express, retail_express::Credentials::new(seed, world)),
        })
    }
}

impl Rooms {
    /// What a world remembers before anyone has called: nothing but the credentials it gives out.
    pub(crate) fn furnished(&self, seed: Seed, started: Moment, at: Moment) -> Slots {
        let limits = Limits::starting(started);
        let mut slots = Slots {
            hubspot: Slot::new(limits.clone(), self.hubspot.state()),
            oci_gateway: Slot::new(limits.clone(), gateway::State),
            ords: Slot::new(limits.clone(), self.ords.state(started)),
            retail_express: Slot::new(limits, retail_express::State::new(seed)),
        };
        self.give_out(&mut slots, at);
        slots
    }

    /// Takes back every credential and gives out this world's own, at `at`.
    pub(crate) fn give_out(&self, slots: &mut Slots, at: Moment) {
        slots.hubspot.tokens = Tokens::default();
        slots.ords.tokens = Tokens::default();
        slots.retail_express.tokens = Tokens::default();
        self.hubspot.furnish(&mut slots.hubspot, at);
        self.retail_express.credentials.register(&mut slots.retail_express.tokens);
    }
}

/// The seed of a world's own secrets.
fn secret(seed: Seed, world: &str) -> Seed {
    Seed(seed.draw("secret", Seed(0).draw(world, 0)))
}
