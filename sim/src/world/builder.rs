//! How a world is asked for and started: everything is optional, and every error says what to do.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderValue;
use parking_lot::Mutex;
use tokio::net::TcpListener;

use super::core::{Core, Origin};
use super::inner::{Address, Inner, Policies, Rooms};
use super::start_error::{StartError, taken};
use super::{Clock, ClockMode, World};
use crate::hubspot::HubspotPortal;
use crate::journal::{Budget, Journal, JournalOptions, OnTrouble};
use crate::oracle::gateway::{BadBackend, Deployment};
use crate::oracle::ords::OrdsTable;
use crate::policy::{Profile, ProfileError, Settings};
use crate::serve::{Backends, Listener, bind};
use crate::{Moment, Seed, SystemName};

/// Worlds without an id are counted from 1 in a process.
static COUNTED: AtomicU64 = AtomicU64::new(1);

/// What a world is to be. See [`World::builder`].
#[derive(Clone, Debug)]
pub struct Builder {
    pub(super) id: Option<String>,
    pub(super) seed: Seed,
    pub(super) mode: ClockMode,
    pub(super) start: Option<Moment>,
    pub(super) systems: Vec<SystemName>,
    pub(super) profiles: BTreeMap<SystemName, Chosen>,
    pub(super) deployments: Vec<Deployment>,
    pub(super) tables: Vec<OrdsTable>,
    pub(super) portal: Option<HubspotPortal>,
    pub(super) bind: IpAddr,
    pub(super) ports: Ports,
    pub(super) fixed_ports: BTreeMap<SystemName, u16>,
    pub(super) public_urls: BTreeMap<SystemName, String>,
    pub(super) delivery_addresses: Vec<IpAddr>,
    pub(super) journal: JournalOptions,
    /// What the journals of a host's worlds may hold together.
    pub(super) budget: Option<Arc<Budget>>,
    pub(super) on_trouble: Option<Told>,
}

/// Is told of a world's trouble with its journal: the world's id, and why.
#[derive(Clone)]
pub(super) struct Told(Arc<Tell>);

type Tell = dyn Fn(&str, &str) + Send + Sync;

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Told")
    }
}

/// Which profile a system is to have.
#[derive(Clone, Debug)]
pub(super) enum Chosen {
    Embedded(String),
    Text { file: String, text: String },
}

/// Which ports a world's systems take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// Any that are free.
    Auto,
    /// The known ones: hubspot 4010, oci_gateway 4020, ords 4021, retail_express 4050.
    Default,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            id: None,
            seed: Seed(1),
            mode: ClockMode::Real,
            start: None,
            systems: SystemName::ALL.to_vec(),
            profiles: BTreeMap::new(),
            deployments: Vec::new(),
            tables: Vec::new(),
            portal: None,
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            ports: Ports::Auto,
            fixed_ports: BTreeMap::new(),
            public_urls: BTreeMap::new(),
            delivery_addresses: Vec::new(),
            journal: JournalOptions::default(),
            budget: None,
            on_trouble: None,
        }
    }
}

impl Builder {
    /// Names the world; without it worlds are counted from 1. Its credentials depend on it.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Where all its chance comes from; 1 unless told otherwise.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Seed(seed);
        self
    }

    /// How its time passes; like the wall's unless told otherwise.
    #[must_use]
    pub fn clock(mut self, mode: ClockMode) -> Self {
        self.mode = mode;
        self
    }

    /// When it begins. Not for a real clock.
    #[must_use]
    pub fn start_at(mut self, start: Moment) -> Self {
        self.start = Some(start);
        self
    }

    /// Which systems it has; all unless told otherwise.
    #[must_use]
    pub fn systems(mut self, systems: impl IntoIterator<Item = SystemName>) -> Self {
        self.systems = systems.into_iter().collect();
        self.systems.sort_unstable();
        self.systems.dedup();
        self
    }

    /// Gives a system one of its embedded profiles by name (`policy::profile_names` lists them).
    #[must_use]
    pub fn profile(mut self, system: SystemName, name: impl Into<String>) -> Self {
        self.profiles.insert(system, Chosen::Embedded(name.into()));
        self
    }

    /// Gives a system a profile of its own, in the form of the embedded ones; `extends` takes
    /// over what it leaves out. `file` is what diagnostics call it.
    #[must_use]
    pub fn profile_text(mut self, system: SystemName, file: impl Into<String>, text: impl Into<String>) -> Self {
        self.profiles.insert(system, Chosen::Text { file: file.into(), text: text.into() });
        self
    }

    /// Puts an API deployment on the world's gateway, beside those put there before. A gateway with
    /// none has [`Deployment::customers`]. A back end at the bare name of a system, such as
    /// `http://ords/ords/crm/customers/`, is that system of the same world; any other is called
    /// over HTTP. The built-in deployment stays at `/erp/v1`, unless one is given there or above.
    #[must_use]
    pub fn deployment(mut self, deployment: Deployment) -> Self {
        self.deployments.push(deployment);
        self
    }

    /// Gives the Oracle master a table of the tester's own, beside those given before. With one of its own
    /// the master has none of the built-in.
    #[must_use]
    pub fn ords_table(mut self, table: OrdsTable) -> Self {
        self.tables.push(table);
        self
    }

    /// Has HubSpot begin with what was saved from a real portal, in place of what a new one has. Ids of the
    /// portal and of records come from the seed all the same.
    #[must_use]
    pub fn hubspot_portal(mut self, portal: HubspotPortal) -> Self {
        self.portal = Some(portal);
        self
    }

    /// The address to listen on; loopback unless told otherwise.
    #[must_use]
    pub fn bind(mut self, ip: IpAddr) -> Self {
        self.bind = ip;
        self
    }

    /// Which ports to take; any free ones unless told otherwise.
    #[must_use]
    pub fn ports(mut self, ports: Ports) -> Self {
        self.ports = ports;
        self
    }

    /// Gives one system this port, whatever [`Self::ports`] says; 0 is any that is free.
    #[must_use]
    pub fn port(mut self, system: SystemName, port: u16) -> Self {
        self.fixed_ports.insert(system, port);
        self
    }

    /// The address by which callers reach a system, where that is another than it listens on (a
    /// tunnel, a proxy): links in answers and the ready line use it.
    #[must_use]
    pub fn public_url(mut self, system: SystemName, url: impl Into<String>) -> Self {
        self.public_urls.insert(system, url.into().trim_end_matches('/').to_owned());
        self
    }

    /// The addresses of this machine that deliveries come from, in turn, such as `127.0.0.2` and on; without any the
    /// machine chooses. So a receiver's limit by its caller's address can be seen.
    #[must_use]
    pub fn deliver_from(mut self, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        self.delivery_addresses = addresses.into_iter().collect();
        self
    }

    /// How much memory the journal may take, and where it goes beyond.
    #[must_use]
    pub fn journal(mut self, options: JournalOptions) -> Self {
        self.journal = options;
        self
    }

    /// Has it told, once in a world's life, that its journal could not be moved to disk: the world's id and
    /// why. Its entries are in memory then, which grows, and the move is tried again. `tell` must not block.
    #[must_use]
    pub fn on_journal_trouble(mut self, tell: impl Fn(&str, &str) + Send + Sync + 'static) -> Self {
        self.on_trouble = Some(Told(Arc::new(tell)));
        self
    }

    /// The same beside a world that is running: free ports, no public addresses, no id.
    pub(crate) fn beside(self) -> Self {
        Self { id: None, ports: Ports::Auto, fixed_ports: BTreeMap::new(), public_urls: BTreeMap::new(), ..self }
    }

    /// The same as one of many: its journal takes its memory from what all of them have.
    pub(crate) fn sharing(self, budget: Arc<Budget>) -> Self {
        Self { budget: Some(budget), ..self }
    }

    pub(crate) fn journal_bytes_max(&self) -> usize {
        self.journal.memory_bytes_max
    }

    /// An empty journal, as it was asked for.
    pub(super) fn empty_journal(&self) -> Journal {
        Journal::sharing(self.journal.clone(), self.budget.clone())
    }

    /// As [`Self::clock`] and [`Self::start_at`] in one: a start goes with the mode it was given for.
    pub(crate) fn time(self, mode: Option<ClockMode>, start: Option<Moment>) -> Self {
        match mode {
            Some(mode) => Self { mode, start, ..self },
            None => Self { start: start.or(self.start), ..self },
        }
    }

    pub(crate) fn given_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Starts the world. When this returns, every listener is bound.
    ///
    /// # Errors
    /// A port is taken, a profile is unknown, the clock cannot be set so, the id is no id.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn start(self) -> Result<World, StartError> {
        self.start_from(None)
    }

    pub(super) fn start_from(self, parent: Option<&World>) -> Result<World, StartError> {
        let id = match &self.id {
            Some(id) => id.clone(),
            None => COUNTED.fetch_add(1, Ordering::Relaxed).to_string(),
        };
        let known = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if id.is_empty() || id.len() > 64 || !id.chars().all(known) {
            return Err(StartError::BadId(id));
        }
        for (place, table) in self.tables.iter().enumerate() {
            if self.tables[..place].iter().any(|other| other.name() == table.name()) {
                return Err(StartError::SameTable(table.name().to_owned()));
            }
        }
        if let Some(folder) = &self.journal.spill_dir {
            tempfile::tempfile_in(folder)
                .map_err(|source| StartError::JournalFolder { folder: folder.clone(), source })?;
        }
        for address in &self.delivery_addresses {
            std::net::TcpListener::bind(SocketAddr::new(*address, 0))
                .map_err(|source| StartError::DeliverFrom { address: *address, source })?;
        }
        let policies = match parent {
            Some(parent) => parent.inner.policies.clone(),
            None => self.policies()?,
        };

        let (mut sockets, mut addresses) = (Vec::new(), Vec::new());
        for system in &self.systems {
            let (socket, address) = self.socket(*system)?;
            sockets.push((*system, socket));
            let url = match self.public_urls.get(system) {
                Some(url) => url.clone(),
                None => format!("http://{}", reachable(address)),
            };
            addresses.push(Address { system: *system, authority: reachable(address).to_string(), url });
        }

        let deployments_max = policies.oci_gateway.settings.deployments_max.value;
        let deployed = self.deployed(&addresses, deployments_max)?;
        let rooms = Rooms::new(self.seed, &id, &policies, deployed, self.tables.clone(), self.portal.as_ref())?;
        let (mut origin, clock, started) = match parent {
            Some(parent) => {
                let (origin, clock) = parent.origin(self.empty_journal());
                (origin, clock, parent.inner.started)
            }
            None => {
                let clock = Clock::new(self.mode, self.start)?;
                let (started, journal) = (clock.now(), self.empty_journal());
                (Origin { journal, slots: rooms.furnished(self.seed, started, started), exchanges: 0 }, clock, started)
            }
        };
        rooms.give_out(&mut origin.slots, clock.now());
        if let Some(Told(tell)) = self.on_trouble.clone() {
            let id = id.clone();
            origin.journal.on_trouble(OnTrouble(Arc::new(move |why| tell(&id, why))));
        }
        let inner = Arc::new_cyclic(|weak| {
            let inner = Inner {
                core: Core::new(id, self.seed, clock, origin),
                rooms,
                policies,
                started,
                addresses,
                backends: Backends::default(),
                snapshots: Mutex::default(),
                connections: AtomicU64::new(0),
                date: Mutex::new((i64::MIN, HeaderValue::from_static(""))),
            };
            inner.book_clock_moves(weak.clone());
            inner.core.memory().post.belong(weak.clone(), self.delivery_addresses.clone());
            inner
        });

        inner.arm_standing(&mut inner.core.memory());
        if parent.is_none() {
            inner.book_furnishing(&mut inner.core.memory(), started);
        }
        let mut listeners = Vec::with_capacity(sockets.len());
        for (system, socket) in sockets {
            listeners.push(Listener::start(socket, inner.clone(), system));
        }
        Ok(World::new(inner, listeners, self))
    }

    fn policies(&self) -> Result<Policies, StartError> {
        Ok(Policies {
            hubspot: self.policy()?,
            oci_gateway: self.policy()?,
            ords: self.policy()?,
            retail_express: self.policy()?,
        })
    }

    fn policy<T: Settings>(&self) -> Result<Arc<Profile<T>>, ProfileError> {
        match self.profiles.get(&T::SYSTEM) {
            None => Profile::embedded(None),
            Some(Chosen::Embedded(name)) => Profile::embedded(Some(name)),
            Some(Chosen::Text { file, text }) => Profile::parse(file, text).map(Arc::new),
        }
    }

    /// The gateway's deployments, with this world's addresses in the place of its systems' names.
    fn deployed(&self, addresses: &[Address], deployments_max: usize) -> Result<Vec<Deployment>, BadBackend> {
        let mut own = self.deployments.clone();
        let usual = Deployment::customers();
        // One of theirs under the same prefix, or above it, is meant instead.
        if own.len() < deployments_max && !own.iter().any(|given| given.covers(&usual)) {
            own.push(usual);
        }
        let mut backends = Vec::with_capacity(SystemName::ALL.len());
        for system in SystemName::ALL {
            let address = addresses.iter().find(|address| address.system == system);
            // RFC 2606: no name under `invalid` is ever found.
            let authority = address.map_or("absent.invalid", |address| &address.authority);
            backends.push((format!("http://{system}"), format!("http://{authority}")));
        }
        let backends: Vec<_> = backends.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
        own.into_iter().map(|deployment| deployment.with_backends(&backends)).collect()
    }

    fn socket(&self, system: SystemName) -> Result<(TcpListener, SocketAddr), StartError> {
        let port = match (self.fixed_ports.get(&system), self.ports) {
            (Some(port), _) => *port,
            (None, Ports::Auto) => 0,
            (None, Ports::Default) => system.default_port(),
        };
        bind(self.bind, port).map_err(|source| taken(system.as_str(), SocketAddr::new(self.bind, port), source))
    }
}

/// An address that a caller on this machine can use: all interfaces are reached by loopback.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
