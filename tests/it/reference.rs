//! The reference integration through bad days: it waits as long as the vendor says, renews a token
//! that ended, and neither loses nor doubles anybody.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use reference::retail::{Failed, Summary, load};
use reference::{Clock, Config, Error, Pace};
use reqwest::Client;
use serde_json::json;
use sim::faults::{Arm, Where};
use sim::journal::{Entry, Exchanged, Kind, Kinds, What};
use sim::{Builder, ClockMode, Control, Host, Moment, SystemName, World};

struct Stage {
    world: Arc<World>,
    config: Config,
    _control: Control,
}

const SECOND_MS: i64 = 1_000;

async fn stage(mode: ClockMode, customers: u64) -> Stage {
    stage_of(World::builder().clock(mode), customers).await
}

async fn stage_of(world: Builder, customers: u64) -> Stage {
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
    fn arm(&self, name: &str, count: u64, system: SystemName, path: &str) {
        let at = Where { system: Some(system), path: Some(path.to_owned()), method: None };
        self.world.arm(Arm { name: name.to_owned(), count, status: None, at }).unwrap();
    }

    fn contacts(&self) -> usize {
        self.world.records(SystemName::Hubspot, "contacts", 0, 0).unwrap().total
    }

    /// The exchanges of one operation: when, and with which status.
    fn exchanges(&self, wanted: &str) -> Vec<(i64, u16)> {
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

fn created(count: usize) -> Summary {
    Summary { read: count, created: count, ..Summary::default() }
}

#[tokio::test]
async fn it_backs_off_and_loses_nobody() {
    let stage = stage(ClockMode::Auto, 250).await;
    stage.arm("5xx-burst", 1, SystemName::OciGateway, "/erp/v1/oauth/token");
    stage.arm("5xx-burst", 2, SystemName::OciGateway, "/erp/v1/customers/");
    stage.arm("commit-then-timeout", 1, SystemName::Hubspot, "/crm/v3/objects/contacts/batch/upsert");
    let summary = load(&stage.config).await.unwrap();
    // The batch whose answer was lost is found there by the second attempt.
    assert_eq!(summary, Summary { read: 250, created: 150, updated: 100, ..Summary::default() });
    assert_eq!(stage.contacts(), 250);
    assert_eq!(stage.exchanges("batch/upsert"), [(4, 504), (5, 200), (5, 200), (5, 200)]);
    // A second load finds everyone.
    let again = load(&stage.config).await.unwrap();
    assert_eq!(again, Summary { read: 250, updated: 250, ..Summary::default() });
    assert_eq!(stage.contacts(), 250);
}

#[tokio::test]
async fn it_gives_up_after_three_retries() {
    let stage = stage(ClockMode::Auto, 10).await;
    stage.arm("5xx-burst", 4, SystemName::Hubspot, "/crm");
    let error = load(&stage.config).await.unwrap_err();
    assert!(matches!(error, Error::Refused { attempts: 4, .. }), "{error}");
    assert_eq!(stage.exchanges("batch/upsert"), [(0, 502), (1, 503), (3, 504), (7, 502)]);
    assert!(stage.world.clock().leave("load").is_err(), "it is a party still");
}

#[tokio::test]
async fn it_waits_out_the_ten_second_window() {
    let stage = stage(ClockMode::Auto, 120).await;
    let client = Client::builder().no_proxy().build().unwrap();
    let list = format!("{}/crm/v3/objects/contacts", stage.config.hubspot_url);
    for _ in 0..190 {
        let answer = client.get(&list).bearer_auth(&stage.config.hubspot_token).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(load(&stage.config).await.unwrap(), created(120));
    assert_eq!(stage.exchanges("batch/upsert"), [(0, 429), (10, 200), (10, 200)]);
}

#[tokio::test]
async fn it_renews_a_token_that_ended_under_it() {
    // A token of one second: it ends while the load waits a second for its first batch.
    let short = concat!(
        "name: short\nsystem: ords\nextends: default\n",
        "settings: { token_ttl: { value: 1s, source: this test, date: 2026-11-20 } }\n",
    );
    let world = World::builder().clock(ClockMode::Auto).profile_text(SystemName::Ords, "short.yaml", short);
    let stage = stage_of(world, 250).await;
    stage.arm("5xx-burst", 1, SystemName::Hubspot, "/crm");
    assert_eq!(load(&stage.config).await.unwrap(), created(250));
    let pages: Vec<_> = stage.exchanges("/erp/v1/customers/").iter().map(|(_, status)| *status).collect();
    // The first call asks how far the master is.
    assert_eq!(pages, [200, 200, 401, 200, 200]);
    assert_eq!(stage.exchanges("/erp/v1/oauth/token").len(), 2);
}

#[tokio::test]
async fn one_bad_record_does_not_keep_the_others_out() {
    let stage = stage(ClockMode::Auto, 30).await;
    let rows = json!([
        {"email": "no address", "first_name": "Nobody", "marketing_opt_in": "Y"},
        {"email": null, "first_name": "Quiet", "marketing_opt_in": "Y"},
        {"email": "merged@example.com", "marketing_opt_in": "Y", "merged_into": 1},
        {"email": "Twice@example.com", "marketing_opt_in": "Y"},
        {"email": " twice@EXAMPLE.com", "marketing_opt_in": "Y"},
        {"email": "no.thanks@example.com", "marketing_opt_in": "N"},
    ]);
    stage.world.put(SystemName::Ords, "customers", rows.as_array().unwrap().clone()).unwrap();
    let Summary { read, unsubscribed, passed_over, created, updated, failed } = load(&stage.config).await.unwrap();
    assert_eq!((read, unsubscribed, passed_over, created, updated), (36, 1, 3, 31, 0));
    let [Failed { customer, why }] = &failed[..] else { panic!("one should have failed: {failed:?}") };
    assert_eq!(customer, "31");
    assert!(why.contains("INVALID_EMAIL"), "{why}");
    assert_eq!(stage.contacts(), 31);
}
