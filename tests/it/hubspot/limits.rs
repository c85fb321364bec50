//! 429: which limit, in which words, with which headers: hubspot-limits-webhooks-auth.md §2.

use reqwest::Method;
use serde_json::json;
use sim::{Moment, SystemName};

use super::{CONTACTS, Portal, refused, told};
use crate::support::{Answer, entries, pass, still};

const RATES: [&str; 7] = [
    "x-hubspot-ratelimit-daily",
    "x-hubspot-ratelimit-daily-remaining",
    "x-hubspot-ratelimit-interval-milliseconds",
    "x-hubspot-ratelimit-max",
    "x-hubspot-ratelimit-remaining",
    "x-hubspot-ratelimit-secondly",
    "x-hubspot-ratelimit-secondly-remaining",
];

/// The rate headers, `-` for one that is not there.
fn rates(answer: &Answer) -> String {
    RATES.map(|name| answer.header(name).unwrap_or("-")).join(" ")
}

fn ten_secondly(portal: &Portal) -> String {
    format!(
        r#"{{"status":"error","message":"You have reached your ten_secondly_rolling limit.","errorType":"RATE_LIMIT","correlationId":"ID","policyName":"TEN_SECONDLY_ROLLING","groupName":"publicapi:private_app-api-calls-ten-secondly:{}:{}"}}"#,
        portal.app(),
        portal.id()
    )
}

#[tokio::test]
async fn a_private_app_has_so_many_calls_in_any_ten_seconds() {
    let portal = Portal::open().await;
    let first = portal.client.get(CONTACTS).await.must(200);
    assert_eq!(rates(&first), "625000 624999 10000 190 189 19 18");
    pass(&portal.world, "9s").await;
    let later = portal.client.get(CONTACTS).await.must(200);
    assert_eq!(rates(&later), "625000 624998 10000 190 188 19 18", "a second of its own");
    for left in (0..188).rev() {
        let answer = portal.client.get(&format!("{CONTACTS}/901")).await.must(404);
        assert_eq!(answer.header("x-hubspot-ratelimit-remaining"), Some(&*left.to_string()), "a 404 counts");
    }
    for _ in 0..3 {
        let over = portal.client.get(CONTACTS).await;
        refused(&over, 429, &ten_secondly(&portal));
        assert_eq!(rates(&over), "625000 624810 10000 190 0 19 0", "a refused call counts towards nothing");
        assert_eq!(over.header("retry-after"), None);
        assert_ne!(over.header("x-request-id"), over.header("x-hubspot-correlation-id"), "as on the 429 that was seen");
        // 272 bytes were seen, with an app id of seven digits and a portal id of eight or the other way round.
        assert_eq!(over.body.len(), 257 + portal.app().len() + portal.id().len());
    }
    pass(&portal.world, "999ms").await;
    portal.client.get(CONTACTS).await.must(429);
    pass(&portal.world, "1ms").await;
    portal.client.get(CONTACTS).await.must(200);
    portal.client.get(CONTACTS).await.must(429);
    let over = entries(&portal.world).into_iter().rev().find_map(|entry| match entry.what {
        sim::journal::What::Exchange(exchange) => Some((exchange.status, exchange.limit)),
        _ => None,
    });
    assert_eq!(over, Some((429, Some("ten_secondly".to_owned()))));
}

#[tokio::test]
async fn a_call_over_a_limit_is_told_so_before_all_that_is_wrong_with_it_and_changes_nothing() {
    let portal = Portal::open().await;
    let id = portal.contact(json!({"email": "kim@example.test"})).await;
    while portal.client.get(CONTACTS).await.status == 200 {}
    let inputs: Vec<_> = (0..101).map(|n| json!({"id": n.to_string()})).collect();
    let over = ten_secondly(&portal);
    let client = &portal.client;
    refused(&client.send(Method::POST, CONTACTS, Some("application/json"), "{").await, 429, &over);
    refused(&client.send(Method::POST, CONTACTS, Some("text/plain"), "{}").await, 429, &over);
    refused(&client.post(&format!("{CONTACTS}/batch/read"), &json!({"inputs": inputs})).await, 429, &over);
    refused(&client.get("/crm/v3/objects/butterflies").await, 429, &over);
    refused(&client.post(CONTACTS, &json!({"properties": {"email": "lee@example.test"}})).await, 429, &over);
    refused(&client.patch(&format!("{CONTACTS}/{id}"), &json!({"properties": {"city": "Perth"}})).await, 429, &over);
    refused(&client.delete(&format!("{CONTACTS}/{id}")).await, 429, &over);
    let records = portal.world.records(SystemName::Hubspot, "contacts", 0, 10).unwrap();
    assert_eq!((records.total, &records.records[0]["properties"]["city"]), (1, &json!(null)));
    assert_eq!(client.get("/nothing").await.status, 404, "the web server counts nothing");
}

#[tokio::test]
async fn searches_have_a_limit_of_their_own_and_no_rate_headers() {
    let portal = Portal::open().await;
    let path = format!("{CONTACTS}/search");
    let search = async || portal.client.post(&path, &json!({})).await;
    for _ in 0..5 {
        assert_eq!(rates(&search().await.must(200)), "- - - - - - -");
    }
    let over = search().await;
    let expected = format!(
        r#"{{"status":"error","message":"You have reached your secondly limit.","errorType":"RATE_LIMIT","correlationId":"ID","policyName":"SECONDLY","groupName":"publicapi:crm:search:oauth:{}:{}"}}"#,
        portal.app(),
        portal.id()
    );
    refused(&over, 429, &expected);
    assert_eq!((rates(&over).as_str(), over.header("retry-after")), ("- - - - - - -", None));
    let read = portal.client.get(CONTACTS).await.must(200);
    assert_eq!(rates(&read), "625000 624994 10000 190 189 19 18", "searches count towards the day alone");
    pass(&portal.world, "1s").await;
    search().await.must(200);
}

#[tokio::test]
async fn the_day_ends_at_midnight_where_the_account_is() {
    // 04:59:50Z is ten seconds before midnight in US/Eastern.
    let start = "2026-11-20T04:59:50Z".parse().unwrap();
    let portal = Portal::of(still().start_at(start).profile(SystemName::Hubspot, "free").start().await.unwrap());
    let first = portal.client.get(CONTACTS).await.must(200);
    assert_eq!(rates(&first), "250000 249999 10000 100 99 10 9");
    pass(&portal.world, "9999ms").await;
    assert!(rates(&portal.client.get(CONTACTS).await.must(200)).starts_with("250000 249998 "));
    pass(&portal.world, "1ms").await;
    assert!(rates(&portal.client.get(CONTACTS).await.must(200)).starts_with("250000 249999 "));
}

/// Days of 23, 25 and 24 hours: the clocks change at two, or where the account is not.
#[tokio::test]
async fn a_day_over_a_change_of_the_clocks_is_as_long_as_it_is_there() {
    for (zone, midnight, hours) in [
        ("US/Eastern", "2027-03-14T05:00:00Z", 23),
        ("US/Eastern", "2026-11-01T04:00:00Z", 25),
        ("Australia/Sydney", "2026-10-03T14:00:00Z", 23),
        ("Australia/Sydney", "2027-04-03T13:00:00Z", 25),
        ("Australia/Brisbane", "2026-10-03T14:00:00Z", 24),
    ] {
        let profile = format!(
            "name: few\nsystem: hubspot\nextends: free\nlimits:\n  \
             - {{ id: daily, size: {{ value: 5, source: this test, date: 2026-11-28 }} }}\nsettings:\n  \
             account_time_zone: {{ value: {zone}, source: this test, date: 2026-11-28 }}\n"
        );
        let start = midnight.parse().unwrap();
        let world = still().start_at(start).profile_text(SystemName::Hubspot, "few.yaml", profile).start().await;
        let portal = Portal::of(world.unwrap());
        for day in 0..2 {
            let hours = if day == 0 { hours } else { 24 };
            let usage = "/account-info/v3/api-usage/daily/private-apps";
            let told = portal.client.get(usage).await.must(200).json();
            let resets = told["results"][0]["resetsAt"].as_str().unwrap().parse::<Moment>().unwrap();
            assert_eq!(resets.since(portal.world.clock().now()), hours * 3_600_000, "{zone} {midnight} {day}");
            for _ in 0..4 {
                portal.client.get(CONTACTS).await.must(200);
            }
            let over = portal.client.get(CONTACTS).await.must(429);
            assert_eq!(over.json()["policyName"], "DAILY");
            pass(&portal.world, &format!("{}ms", hours * 3_600_000 - 1)).await;
            portal.client.get(CONTACTS).await.must(429);
            pass(&portal.world, "1ms").await;
        }
    }
}

#[tokio::test]
async fn correlation_ids_are_never_told_twice() {
    let portal = Portal::open().await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..5 {
        let answer = portal.one("x").await;
        told(&answer);
        assert!(seen.insert(answer.header("x-hubspot-correlation-id").unwrap().to_owned()));
    }
}

#[tokio::test]
async fn a_limit_refuses_in_the_words_that_its_profile_gives_it() {
    let figure = |value: &str| format!("{{ value: {value}, source: \"this test\", date: 2026-11-20 }}");
    let profile = format!(
        "name: own\nsystem: hubspot\nextends: professional\nlimits:\n  - {{ id: secondly, enforced: {} }}\n  \
         - {{ id: hourly, told_as: daily, scope: [account], kind: {{ rolling_window: {{ per: {} }} }}, size: {} }}\n",
        figure("true"),
        figure("1h"),
        figure("25")
    );
    let portal = Portal::of(still().profile_text(SystemName::Hubspot, "own.yaml", profile).start().await.unwrap());
    let told_as = |answer: &Answer| answer.json()["policyName"].as_str().unwrap().to_owned();
    for _ in 0..19 {
        portal.client.get(CONTACTS).await.must(200);
    }
    let over = portal.client.get(CONTACTS).await;
    let expected = format!(
        r#"{{"status":"error","message":"You have reached your secondly limit.","errorType":"RATE_LIMIT","correlationId":"ID","policyName":"SECONDLY","groupName":"publicapi:private_app-api-calls-secondly:{}:{}"}}"#,
        portal.app(),
        portal.id()
    );
    refused(&over, 429, &expected);
    pass(&portal.world, "1s").await;
    for _ in 0..6 {
        portal.client.get(CONTACTS).await.must(200);
    }
    assert_eq!(told_as(&portal.client.get(CONTACTS).await.must(429)), "DAILY", "by its wording, not by its id");
}
