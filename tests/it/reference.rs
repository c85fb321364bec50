//! The reference integration through bad days: it waits as long as the vendor says, renews a token
//! that ended, and neither loses nor doubles anybody.

mod bugs;
mod events;
mod polls;
mod stage;

use reference::Error;
use reference::retail::{Failed, Summary, load};
use reqwest::Client;
use serde_json::json;
use sim::{ClockMode, SystemName, World};

use self::stage::{Stage, stage, stage_of};

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
