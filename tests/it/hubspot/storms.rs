//! Calls that are refused though they are within every limit: by HubSpot in the words of the limit that others have
//! used up, or by the edge in its own.

use serde_json::{Value, json};
use sim::faults::Arm;
use sim::{SystemName, World};

use super::oauth::Installed;
use super::{CONTACTS, Portal};
use crate::caller::last;
use crate::support::{Answer, Client, still};

const SEARCH: &str = "/crm/v3/objects/contacts/search";
const BATCH: &str = "/crm/v4/associations/contacts/companies/batch/read";

fn arm(world: &World, fault: Value) {
    world.arm(serde_json::from_value::<Arm>(fault).unwrap()).unwrap();
}

fn storm(world: &World, flavour: Option<&str>) {
    let mut fault = json!({"name": "429-storm", "where": {"system": "hubspot"}});
    if let Some(flavour) = flavour {
        fault["flavour"] = flavour.into();
    }
    arm(world, fault);
}

/// What a client goes by: policy, group and category, and the headers of the day, of the ten seconds and of the second.
fn told(answer: &Answer) -> (Value, Value, Value, String) {
    let mut body = answer.json();
    let names = ["daily-remaining", "max", "remaining", "secondly-remaining"];
    let rates = names.map(|name| answer.header(&format!("x-hubspot-ratelimit-{name}")).unwrap_or("-").to_owned());
    (body["policyName"].take(), body["groupName"].take(), body["category"].take(), rates.join(" "))
}

async fn call(client: &Client, path: &str) -> Answer {
    match path {
        SEARCH | BATCH => client.post(path, &json!({"inputs": []})).await,
        path => client.get(path).await,
    }
}

#[tokio::test]
async fn a_storm_is_the_refusal_of_a_limit_that_counts_the_call() {
    let app = Installed::open().await;
    let (world, private) = (&app.portal.world, &app.portal.client);
    let public = app.nobody.bearing(&app.access_token().await);
    let (portal, of_private, of_public) = (app.portal.id(), app.portal.app(), app.ready["app_id"].to_string());
    let group = |what: &str, app: &str| json!(format!("publicapi:{what}:{app}:{portal}"));
    let none = Value::Null;
    let ten = json!("TEN_SECONDLY_ROLLING");
    let own = group("private_app-api-calls-ten-secondly", &of_private);
    let ten_told = (ten.clone(), own, none.clone(), "625000 190 0 0".to_owned());
    let searched = (json!("SECONDLY"), group("crm:search:oauth", &of_private), none.clone(), "- - - -".to_owned());
    let associated = group("crm:associations:oauth", &of_private);
    for (client, path, flavour, expected) in [
        (private, CONTACTS, None, ten_told.clone()),
        (private, CONTACTS, Some("ten_secondly_rolling"), ten_told),
        (private, CONTACTS, Some("daily"), (json!("DAILY"), none.clone(), none.clone(), "0 190 190 19".to_owned())),
        (private, SEARCH, None, searched.clone()),
        (private, SEARCH, Some("search"), searched),
        (private, SEARCH, Some("service"), (none.clone(), none.clone(), json!("RATE_LIMITS"), "- - - -".to_owned())),
        (private, BATCH, None, (ten.clone(), associated, none.clone(), "625000 - - -".to_owned())),
        (&public, CONTACTS, None, {
            (ten, group("oauth-api-calls-ten-secondly", &of_public), none.clone(), "- 110 0 0".to_owned())
        }),
    ] {
        storm(world, flavour);
        let answer = call(client, path).await.must(429);
        assert_eq!(told(&answer), expected, "{path} {flavour:?}");
        let (_, exchange) = last(world, SystemName::Hubspot);
        let caller = if std::ptr::eq(client, private) { &of_private } else { &of_public };
        assert_eq!((exchange.app.as_ref(), exchange.fault.as_deref()), (Some(caller), Some("429-storm")));
        assert!(world.faults().is_empty());
    }
    // The token endpoint has a limit of its own.
    storm(world, None);
    let over = app.refresh("v3", app.text("refresh_token")).await.must(429).json();
    assert_eq!((&over["message"], &over["correlationId"]), (&json!("You have reached your rate limit."), &json!("")));
    // Nothing was counted: of an untouched second, ten seconds and day one call is gone.
    let first = private.get(CONTACTS).await.must(200);
    assert_eq!(first.header("x-hubspot-ratelimit-remaining"), Some("189"));
}

#[tokio::test]
async fn a_storm_of_a_limit_lets_calls_by_that_it_does_not_count() {
    let app = Installed::open().await;
    let (world, private) = (&app.portal.world, &app.portal.client);
    let public = app.nobody.bearing(&app.access_token().await);
    for (client, path, flavour) in [
        (private, CONTACTS, "search"),
        (private, CONTACTS, "service"),
        (private, SEARCH, "ten_secondly_rolling"),
        (&public, CONTACTS, "daily"),
    ] {
        storm(world, Some(flavour));
        call(client, path).await.must(200);
        assert_eq!(world.faults()[0].struck, 0, "{path} {flavour}");
        world.clear_faults();
    }
    storm(world, None);
    private.bearing("pat-na1-x").get(CONTACTS).await.must(401);
    private.get("/nothing").await.must(404);
    assert_eq!(world.faults()[0].struck, 0, "nobody knows whose limit that would be");
}

#[tokio::test]
async fn a_storm_of_the_day_says_when_the_day_is_over() {
    let start = "2026-11-20T00:00:00Z".parse().unwrap();
    let text = "extends: professional\nsettings:\n  retry_after_on_429: { value: seconds, source: this test, date: 2026-11-28 }\n";
    let builder = still().start_at(start).profile_text(SystemName::Hubspot, "told.yaml", text);
    let portal = Portal::of(builder.start().await.unwrap());
    for (flavour, wait) in [("daily", "18000"), ("ten_secondly_rolling", "10")] {
        storm(&portal.world, Some(flavour));
        assert_eq!(portal.client.get(CONTACTS).await.must(429).header("retry-after"), Some(wait), "{flavour}");
    }
}

#[tokio::test]
async fn cloudflare_shuts_a_caller_out_in_words_of_its_own() {
    let portal = Portal::open().await;
    let nobody = portal.client.with(None);
    storm(&portal.world, Some("cloudflare"));
    let over = nobody.get(CONTACTS).await.must(429);
    assert_eq!(over.body, "error code: 1015");
    assert_eq!(over.header("content-type"), Some("text/plain; charset=UTF-8"));
    arm(&portal.world, json!({"name": "html-error-page", "status": 403}));
    let shut = nobody.get(CONTACTS).await.must(403);
    assert_eq!(shut.header("content-type"), Some("text/html"));
    assert!(shut.body.contains("<title>Attention Required!"), "{}", shut.body);
    for answer in [over, shut] {
        assert_eq!(answer.header("server"), Some("cloudflare"));
        assert_eq!(answer.header("x-hubspot-correlation-id"), None);
    }
}

/// The burst of the associations API, by headers that do not contradict it.
#[tokio::test]
async fn over_the_burst_of_associations_nothing_is_left_to_be_told() {
    let portal = Portal::open().await;
    let path = "/crm/v4/objects/contacts/1/associations/companies";
    let left = |answer: &Answer| {
        ["remaining", "secondly-remaining"]
            .map(|name| answer.header(&format!("x-hubspot-ratelimit-{name}")).unwrap().to_owned())
    };
    for n in (40..190).rev() {
        let answer = portal.client.get(path).await;
        assert_ne!(answer.status, 429);
        assert_eq!(left(&answer)[0], if n == 40 { "0".to_owned() } else { n.to_string() });
    }
    let over = portal.client.get(path).await.must(429);
    assert_eq!(left(&over), ["0", "0"]);
    let group = format!("publicapi:crm:associations:oauth:{}:{}", portal.app(), portal.id());
    assert_eq!(over.json()["groupName"], json!(group));
    let other = portal.client.get(CONTACTS).await.must(200);
    assert_eq!(left(&other)[0], "39", "other calls have what the ten seconds have left");
}
