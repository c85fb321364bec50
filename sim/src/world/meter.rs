//! What the calls of a journal counted towards: the limits of a system asked once more, call by call, by the
//! same counters. It is told entries in their order and reads no clock; what its answers come to is for its
//! reader to say.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::World;
use super::inner::Inner;
use super::step::System as _;
use crate::faults::is_counted;
use crate::gate::{Charge, Decision, Limits};
use crate::hubspot::{OAUTH_APP, classes};
use crate::journal::{Entry, Exchanged, What};
use crate::policy::{Door, GatePolicy, Limit};
use crate::{Moment, SystemName};

/// The limits of one system, with nothing counted yet.
#[derive(Clone, Debug)]
pub struct Meter {
    pub system: SystemName,
    /// The most records that one call can write, where the system takes any.
    pub write_max: Option<usize>,
    /// The most records that one call can read.
    pub read_max: Option<usize>,
    policy: GatePolicy,
    limits: Limits,
    time_zone: TimeZone,
    /// The class of each deployment of a gateway, by the account that stands for it.
    deployments: BTreeMap<String, &'static str>,
    /// The app whose calls count as those of the marketplace.
    public_app: Option<String>,
    /// Numbers for accounts and apps, as they come.
    names: BTreeMap<String, u64>,
}

impl World {
    /// A meter for each of its systems, as they stood when the world began.
    #[must_use]
    pub fn meters(&self) -> Vec<Meter> {
        let systems = SystemName::ALL.into_iter().filter(|system| self.url(*system).is_some());
        systems.map(|system| Meter::of(&self.inner, system)).collect()
    }
}

impl Meter {
    fn of(world: &Inner, system: SystemName) -> Self {
        let Inner { rooms, policies, .. } = world;
        let mut time_zone = TimeZone::UTC;
        let mut deployments = BTreeMap::new();
        let (policy, write_max, read_max) = match system {
            SystemName::Hubspot => {
                let settings = &policies.hubspot.settings;
                time_zone = settings.account_time_zone.value.zone.clone();
                let (write, read) = (settings.batch_inputs_max.value, settings.list_page_max.value.get());
                (rooms.hubspot.gate(), Some(write), Some(read))
            }
            SystemName::OciGateway => {
                deployments = rooms.oci_gateway.classes().map(|(account, class)| (account.to_owned(), class)).collect();
                (rooms.oci_gateway.gate(), None, None)
            }
            SystemName::Ords => (rooms.ords.gate(), Some(1), Some(policies.ords.settings.page_max.value.get())),
            SystemName::RetailExpress => {
                let settings = &policies.retail_express.settings;
                time_zone = settings.time_zone.value.zone.clone();
                (rooms.retail_express.gate(), Some(1), Some(settings.page_max.value.get()))
            }
        };
        let limits = Limits::starting(world.started);
        let (policy, names) = (policy.clone(), BTreeMap::new());
        let public_app = (system == SystemName::Hubspot).then(|| rooms.hubspot.apps.public().id.to_string());
        Self { system, write_max, read_max, policy, limits, time_zone, deployments, public_app, names }
    }

    /// Its limits, in the order of a decision's readings.
    #[must_use]
    pub fn limits(&self) -> &[Limit] {
        &self.policy.limits
    }

    /// Counts a call of the journal as its system did; `None` where it came to no limit.
    pub fn count(&mut self, entry: &Entry) -> Option<Decision> {
        self.count_at(entry, entry.at)
    }

    /// As [`Self::count`], had it been made at another instant.
    pub fn count_at(&mut self, entry: &Entry, at: Moment) -> Option<Decision> {
        let What::Exchange(exchange) = &entry.what else { return None };
        if entry.system != Some(self.system) || !self.reached(entry, exchange) {
            return None;
        }
        let open = self.is_open(exchange);
        let account = if open { String::new() } else { self.account(entry, exchange).to_owned() };
        let account = account.as_str();
        let app = exchange.app.as_deref().filter(|_| !open);
        let deployment = self.deployments.get(account).copied();
        let by_public = app.is_some() && app == self.public_app.as_deref();
        let of_public: Vec<_>;
        let classes: &[&str] = match self.system {
            SystemName::Hubspot if by_public => {
                of_public = [classes(&exchange.operation), &[OAUTH_APP]].concat();
                &of_public
            }
            SystemName::Hubspot => classes(&exchange.operation),
            SystemName::OciGateway => deployment.as_slice(),
            SystemName::RetailExpress if exchange.operation == "auth.token" => &["token"],
            SystemName::RetailExpress | SystemName::Ords => &[],
        };
        let account = number(&mut self.names, account);
        let app = number(&mut self.names, app.unwrap_or_default());
        // All that call a world call from this machine.
        let charge = Charge { classes, account, app, client: 0, time_zone: &self.time_zone };
        Some(self.limits.decide(&self.policy, &charge, at))
    }

    /// Whose call it was. One that a gateway refuses before it asks who calls is the refusing limit's deployment's.
    fn account<'a>(&'a self, entry: &'a Entry, exchange: &Exchanged) -> &'a str {
        let by_limit = || {
            let limit = self.policy.limits.iter().find(|limit| Some(&limit.id) == exchange.limit.as_ref())?;
            let of = self.deployments.iter().find(|(_, class)| limit.classes.iter().any(|of| of == *class))?;
            Some(of.0.as_str())
        };
        let told = entry.account.as_deref().filter(|account| !account.is_empty());
        told.or_else(by_limit).unwrap_or_default()
    }

    /// Whether a call came as far as the door of limits.
    fn reached(&self, entry: &Entry, exchange: &Exchanged) -> bool {
        if exchange.limit.is_some() {
            return true;
        }
        let place = |door| self.policy.doors.iter().position(|known| *known == door);
        let asked_first = place(Door::Authenticate) < place(Door::Limit);
        let turned_away = asked_first && matches!(exchange.status, 401 | 403);
        let struck = exchange.fault.as_deref().is_some_and(|fault| !is_counted(fault)) && !entry.took_effect;
        let known = entry.account.as_deref().is_some_and(|account| !account.is_empty());
        place(Door::Limit).is_some() && (self.is_open(exchange) || (known && !turned_away)) && !struck
    }

    /// Whether it counts before anybody knows whose call it is.
    fn is_open(&self, exchange: &Exchanged) -> bool {
        self.system == SystemName::Hubspot
            && exchange.operation.starts_with("oauth.")
            && exchange.operation != "oauth.uninstall"
    }
}

fn number(names: &mut BTreeMap<String, u64>, name: &str) -> u64 {
    let next = names.len() as u64;
    *names.entry(name.to_owned()).or_insert(next)
}
