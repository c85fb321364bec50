//! A world with the reference integration before it, as a load or for as long as a test lasts.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use reference::{Bug, Clock, Config, Pace, Receiver};
use serde_json::{Value, json};
use sim::faults::{Arm, Where};
use sim::journal::{Actor, Changed, Entry, Exchanged, Kind, Kinds, What};
use sim::{Builder, ClockMode, Control, Host, Moment, Subscription, SystemName, World, parse_span};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::changes;

pub(super) struct Stage {
    pub(super) world: Arc<World>,
    pub(super) config: Config,
    _control: Control,
}

const SECOND_MS: i64 = 1_000;

pub(super) async fn stage(mode: ClockMode, customers: u64) -> Stage {
    stage_of(World::builder().clock(mode), customers).await
}

pub(super) async fn stage_of(world: Builder, customers: u64) -> Stage {
    let host = Arc::new(Host::new(world.seed(11)));
    let world = host.create(host.base()).await.unwrap();
    let control = Control::start(host, Ipv4Addr::LOCALHOST.into(), 0).await.unwrap();
    world.given(&json!([{"ords.customers": {"count": customers, "subscribed": true}}])).unwrap();
    let ready = world.ready();
    let text = |pointer: &str| ready.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let config = Config {
        oracle_url: text("/systems/oci_gateway/url") + &text("/systems/oci_gateway/prefixes/0"),
        client_id: text("/systems/ords/client_id"),
        client_secret: text("/systems/ords/client_secret"),
        hubspot_url: text("/systems/hubspot/url"),
        hubspot_token: text("/systems/hubspot/token"),
        receiver: None,
        state_dir: None,
        bug: None,
        pace: Pace::World(Clock::new(control.url(), None, "load".to_owned())),
        timeout: Duration::from_secs(10),
    };
    Stage { world, config, _control: control }
}

impl Stage {
    pub(super) fn arm(&self, name: &str, count: u64, system: SystemName, path: &str) {
        let at = Where { system: Some(system), path: Some(path.to_owned()), method: None };
        self.world.arm(Arm { name: name.to_owned(), count: Some(count), at, ..Arm::default() }).unwrap();
    }

    pub(super) fn contacts(&self) -> usize {
        self.world.records(SystemName::Hubspot, "contacts", 0, 0).unwrap().total
    }

    /// The exchanges of one operation: when, and with which status.
    pub(super) fn exchanges(&self, wanted: &str) -> Vec<(i64, u16)> {
        let entries = self.world.journal().since(0, Kinds::from(Kind::Exchange), usize::MAX).unwrap();
        let of = |entry: Entry| match entry.what {
            What::Exchange(Exchanged { target, status, .. }) if target.contains(wanted) => {
                Some((entry.at.since(Moment::START) / SECOND_MS, status))
            }
            _ => None,
        };
        entries.into_iter().filter_map(of).collect()
    }
}

/// The integration at work. The tester is a party of the clock, so that time passes only in its waits.
pub(super) struct Running {
    serving: JoinHandle<Result<(), reference::Error>>,
    _ended: oneshot::Sender<()>,
}

const TESTER: &str = "tester";

impl Stage {
    pub(super) async fn with_bug(bug: Option<Bug>, customers: u64) -> Self {
        let mut stage = stage(ClockMode::Auto, customers).await;
        stage.config.bug = bug;
        stage
    }

    pub(super) async fn serve(&self) -> Running {
        self.world.clock().register(TESTER).unwrap();
        let hubspot = &self.world.ready()["systems"]["hubspot"];
        let text = |name: &str| hubspot[name].as_str().map_or_else(|| hubspot[name].to_string(), str::to_owned);
        let receiver = Receiver { port: 0, app_id: text("private_app_id"), secret: text("webhook_secret") };
        let config = Config { receiver: Some(receiver), ..self.config.clone() };
        let ((told, ready), (ended, end)) = (oneshot::channel(), oneshot::channel::<()>());
        let ready_port = |port| told.send(port).unwrap();
        let serving = tokio::spawn(reference::retail::serve(config, ready_port, async {
            let _ = end.await;
        }));
        let target = format!("http://127.0.0.1:{}/hubspot/events", ready.await.unwrap());
        let of = |kind: &str, property: Option<&str>| Subscription {
            subscription_type: kind.to_owned(),
            property_name: property.map(str::to_owned),
            object_type_id: None,
            active: true,
        };
        let optout = of("contact.propertyChange", Some("hs_email_optout"));
        self.world.webhooks(&target, &[of("contact.creation", None), optout]).unwrap();
        Running { serving, _ended: ended }
    }

    /// Lets world time pass.
    pub(super) async fn wait(&self, span: &str) {
        self.world.clock().sleep(parse_span(span).unwrap(), Some(TESTER)).unwrap().await.unwrap();
    }

    /// The statuses that deliveries were answered with.
    pub(super) fn delivered(&self) -> Vec<Option<u16>> {
        let entries = self.world.journal().since(0, Kinds::from(Kind::Delivery), usize::MAX).unwrap();
        let of = |entry: Entry| match entry.what {
            What::Delivery(delivery) => Some(delivery.status),
            _ => None,
        };
        entries.into_iter().filter_map(of).collect()
    }

    pub(super) fn put(&self, rows: Value) {
        let Value::Array(rows) = rows else { panic!("rows are a list") };
        self.world.put(SystemName::Ords, "customers", rows).unwrap();
    }

    /// The live contacts' values of some properties, in the order of their ids.
    pub(super) fn told(&self, names: &[&str]) -> Vec<Vec<String>> {
        let contacts = self.world.records(SystemName::Hubspot, "contacts", 0, 1_000).unwrap().records;
        let value = |contact: &Value, name: &str| contact["properties"][name].as_str().unwrap_or_default().to_owned();
        contacts.iter().map(|contact| names.iter().map(|name| value(contact, name)).collect()).collect()
    }

    /// The id of the contact with an address.
    pub(super) fn contact(&self, email: &str) -> String {
        let place = self.told(&["email"]).iter().position(|told| told[0] == email).unwrap();
        self.told(&["hs_object_id"])[place][0].clone()
    }

    /// How many changes of a type the integration made.
    pub(super) fn changes_by_us(&self, of: &str) -> usize {
        let ours = |change: &Changed| change.actor == Actor::Integration && change.record_type == of;
        changes(&self.world).iter().filter(|change| ours(change)).count()
    }

    /// The customers' values of a column, in the order of their ids.
    pub(super) fn column(&self, name: &str) -> Vec<Value> {
        let rows = self.world.records(SystemName::Ords, "customers", 0, 1_000).unwrap().records;
        rows.iter().map(|row| row[name].clone()).collect()
    }
}

impl Running {
    /// Ends it without a chance to tidy up.
    pub(super) async fn kill(self) {
        self.serving.abort();
        assert!(self.serving.await.unwrap_err().is_cancelled());
    }
}
