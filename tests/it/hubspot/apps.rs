//! The apps of a portal: scopes, rotation, deletion, and what each counts towards
//! (facts/hubspot-limits-webhooks-auth.md §2.1, §4.1, §4.4).

use reqwest::Method;
use serde_json::{Value, json};
use sim::journal::What;
use sim::{AppHand, SystemName};

use super::oauth::Installed;
use super::{CONTACTS, Portal, refused};
use crate::support::{Client, entries, pass, still};

const NOT_FOUND: &str = r#"{"status":"error","message":"Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview","correlationId":"ID","category":"INVALID_AUTHENTICATION"}"#;

fn given(portal: &Portal, name: &str) -> String {
    let value = &portal.world.ready()["systems"]["hubspot"][name];
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn bearing(portal: &Portal, name: &str) -> Client {
    portal.client.bearing(&given(portal, name))
}

fn missing(which: &str, scopes: &[&str]) -> String {
    let scopes = serde_json::to_string(scopes).unwrap();
    format!(
        r#"{{"status":"error","message":"This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.","correlationId":"ID","errors":[{{"message":"{which} of the following scopes are required.","context":{{"requiredGranularScopes":{scopes}}}}}],"links":{{"scopes":"https://developers.hubspot.com/scopes"}},"category":"MISSING_SCOPES"}}"#
    )
}

#[tokio::test]
async fn a_call_beyond_an_apps_scopes_is_403_with_the_alternatives() {
    let portal = Portal::open().await;
    let narrow = bearing(&portal, "narrow_token");
    narrow.get(CONTACTS).await.must(200);
    narrow.get("/crm/v3/objects/0-1").await.must(200);
    narrow.get("/account-info/v3/details").await.must(200);
    let deals = [
        "crm.objects.deals.highly_sensitive.read.v2",
        "crm.objects.deals.read",
        "crm.objects.deals.sensitive.read.v2",
        "crm.schemas.deals.read",
    ];
    for (method, path, body) in [
        (Method::POST, CONTACTS, missing("All", &["crm.objects.contacts.write"])),
        (Method::PATCH, "/crm/v3/objects/contacts/7", missing("All", &["crm.objects.contacts.write"])),
        (Method::GET, "/crm/v3/objects/tickets/1", missing("All", &["tickets"])),
        (Method::GET, "/crm/v3/pipelines/deals", missing("One or more", &deals)),
        (Method::GET, "/crm/v3/properties/deal/amount", missing("One or more", &deals)),
        (Method::GET, "/crm/v3/owners", missing("One or more", &["automation", "crm.objects.owners.read"])),
    ] {
        // Said before the body, the record and the limits are looked at, and without rate headers.
        let answer = narrow.send(method, path, Some("application/json"), "{").await;
        refused(&answer, 403, &body);
        assert!(!answer.headers.keys().any(|name| name.as_str().contains("ratelimit")), "{path}");
    }
    let told = portal.client.get(CONTACTS).await.must(200);
    assert_eq!(told.header("x-hubspot-ratelimit-daily-remaining"), Some("624996"), "a 403 counts towards no limit");

    let exchanges: Vec<_> = entries(&portal.world)
        .into_iter()
        .filter_map(|entry| match entry.what {
            What::Exchange(exchange) => Some(exchange),
            _ => None,
        })
        .collect();
    let refusal = exchanges.iter().find(|exchange| exchange.path() == "/crm/v3/owners").unwrap();
    assert_eq!(refusal.app_name.as_deref(), Some("narrow"), "the journal tells who was refused");
    assert_eq!(refusal.scopes, ["automation", "crm.objects.owners.read"]);
    let last = exchanges.last().unwrap();
    assert_eq!(last.app_name.as_deref(), Some("private"));
    assert_eq!(last.app.as_deref(), Some(&*portal.app()));
    assert_ne!(last.credential, refusal.credential);
}

#[tokio::test]
async fn scopes_that_are_edited_take_effect_at_once() {
    let portal = Portal::open().await;
    let narrow = bearing(&portal, "narrow_token");
    let body = json!({"properties": {"email": "kim@example.com"}});
    narrow.post(CONTACTS, &body).await.must(403);
    let scopes = |names: &[&str]| AppHand::Set {
        scopes: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        optional_scopes: None,
        redirect_uris: None,
    };
    portal.world.app("narrow", &scopes(&["crm.objects.contacts.write"])).unwrap();
    narrow.post(CONTACTS, &body).await.must(201);
    narrow.get(CONTACTS).await.must(403);
    portal.world.app("narrow", &scopes(&[])).unwrap();
    narrow.post(CONTACTS, &body).await.must(403);
    // A fork's apps stand as they stood; its credentials are its own.
    let fork = portal.world.fork(None).await.unwrap();
    let token = fork.ready()["systems"]["hubspot"]["narrow_token"].as_str().unwrap().to_owned();
    let forked = Client::new(&fork, SystemName::Hubspot);
    forked.bearing(&token).get(CONTACTS).await.must(403);
    forked.bearing(&given(&portal, "narrow_token")).get(CONTACTS).await.must(401);

    for (app, hand, why) in [
        ("narrow", scopes(&["contacts.all"]), "there is no scope `contacts.all`"),
        ("wide", scopes(&[]), "there is no app `wide`; there are: private, narrow, service_key, public"),
        ("public", AppHand::Rotate { later: false }, "app `public` has no token of its own: OAuth gives it tokens"),
        ("private", AppHand::Expire, "app `private` has no token beside its present one"),
        ("private", AppHand::Uninstall, "app `private` is not installed by OAuth"),
    ] {
        assert_eq!(portal.world.app(app, &hand).unwrap_err().to_string(), why);
    }
}

#[tokio::test]
async fn a_token_is_rotated_now_or_with_days_of_grace() {
    for (app, name) in [("private", "token"), ("service_key", "service_key")] {
        let portal = Portal::open().await;
        let first = bearing(&portal, name);
        let told = portal.world.app(app, &AppHand::Rotate { later: false }).unwrap();
        assert_eq!((told.token.as_deref(), told.former_until), (Some(&*given(&portal, name)), None));
        let second = bearing(&portal, name);
        assert!(second.authorization().unwrap().starts_with("Bearer pat-na1-"));
        refused(&first.get(CONTACTS).await, 401, NOT_FOUND);
        second.get(CONTACTS).await.must(200);

        let told = portal.world.app(app, &AppHand::Rotate { later: true }).unwrap();
        assert_eq!(told.former_until, Some(portal.world.clock().now().plus(7 * 86_400_000)));
        let third = bearing(&portal, name);
        pass(&portal.world, "604799s").await;
        second.get(CONTACTS).await.must(200);
        third.get(CONTACTS).await.must(200);
        pass(&portal.world, "1s").await;
        refused(&second.get(CONTACTS).await, 401, NOT_FOUND);
        third.get(CONTACTS).await.must(200);

        portal.world.app(app, &AppHand::Rotate { later: true }).unwrap();
        let fourth = bearing(&portal, name);
        third.get(CONTACTS).await.must(200);
        portal.world.app(app, &AppHand::Expire).unwrap();
        refused(&third.get(CONTACTS).await, 401, NOT_FOUND);
        fourth.get(CONTACTS).await.must(200);
        portal.world.app(app, &AppHand::Delete).unwrap();
        refused(&fourth.get(CONTACTS).await, 401, NOT_FOUND);
    }
}

#[tokio::test]
async fn each_app_has_ten_seconds_of_its_own_and_all_share_the_day_and_the_search() {
    let portal = Portal::of(still().profile(SystemName::Hubspot, "free").start().await.unwrap());
    let (private, key) = (portal.client.clone(), bearing(&portal, "service_key"));
    for _ in 0..100 {
        private.get(CONTACTS).await.must(200);
    }
    let over = private.get(CONTACTS).await.must(429).json();
    assert_eq!(
        over["groupName"],
        format!("publicapi:private_app-api-calls-ten-secondly:{}:{}", portal.app(), portal.id())
    );
    let told = key.get(CONTACTS).await.must(200);
    assert_eq!(told.header("x-hubspot-ratelimit-remaining"), Some("99"));
    assert_eq!(told.header("x-hubspot-ratelimit-daily-remaining"), Some("249899"), "one day for all");
    let usage = key.get("/account-info/v3/api-usage/daily/private-apps").await.must(200).json();
    assert_eq!(usage["results"][0]["currentUsage"], 102, "all private apps together");
    for (client, status) in [(&private, 200), (&key, 200), (&private, 200), (&key, 200), (&private, 200), (&key, 429)] {
        client.post("/crm/v3/objects/contacts/search", &json!({})).await.must(status);
    }
}

#[tokio::test]
async fn an_installed_app_has_110_calls_in_ten_seconds_and_no_day() {
    let app = Installed::open().await;
    let client = app.nobody.bearing(&app.access_token().await);
    for left in (0..110).rev() {
        let told = client.get(CONTACTS).await.must(200);
        assert_eq!(told.header("x-hubspot-ratelimit-remaining"), Some(&*left.to_string()));
        assert_eq!(told.header("x-hubspot-ratelimit-max"), Some("110"));
        assert_eq!(told.header("x-hubspot-ratelimit-daily"), None);
    }
    let over = client.get(CONTACTS).await.must(429).json();
    let group = format!("publicapi:oauth-api-calls-ten-secondly:{}:{}", app.ready["app_id"], app.portal.id());
    assert_eq!((&over["policyName"], &over["groupName"]), (&json!("TEN_SECONDLY_ROLLING"), &json!(group)));
    let told = app.portal.client.get(CONTACTS).await.must(200);
    assert_eq!(told.header("x-hubspot-ratelimit-daily-remaining"), Some("624999"), "the day is the private apps'");
    assert_eq!(told.header("x-hubspot-ratelimit-remaining"), Some("189"));
    pass(&app.portal.world, "10s").await;
    assert_eq!(app.portal.world.spend(SystemName::Hubspot, "ten_secondly_oauth", 1).unwrap().left, 1);
    client.get(CONTACTS).await.must(200);
    client.get(CONTACTS).await.must(429);
    // Fetching tokens counts towards none of these.
    for _ in 0..20 {
        app.refresh("v3", app.text("refresh_token")).await.must(200);
    }
}

/// Of a limit that counts private apps and installed ones alike.
#[tokio::test]
async fn an_installed_app_is_told_the_group_of_its_own_by_every_limit() {
    let profile = "
name: few
system: hubspot
extends: professional
limits:
  - { id: associations, size: { value: 3, source: this test, date: 2026-11-28 } }
  - { id: secondly_oauth, size: { value: 5, source: this test, date: 2026-11-28 }, enforced: { value: true, source: this test, date: 2026-11-28 } }
";
    let world = still().profile_text(SystemName::Hubspot, "few.yaml", profile).start().await.unwrap();
    let app = Installed::of(Portal::of(world));
    let (id, client) = (app.portal.id(), app.nobody.bearing(&app.access_token().await));
    let groups = [
        (&app.portal.client, "private_app-api-calls", json!(app.portal.app().to_string())),
        (&client, "oauth-api-calls", app.ready["app_id"].clone()),
    ];
    for (client, group, app_id) in groups {
        let app_id = app_id.as_str().map_or_else(|| app_id.to_string(), str::to_owned);
        let mut last = Value::Null;
        for _ in 0..4 {
            let path = "/crm/v4/associations/contacts/companies/batch/read";
            last = client.post(path, &json!({"inputs": []})).await.json();
        }
        assert_eq!(last["groupName"], format!("publicapi:{group}-ten-secondly:{app_id}:{id}"), "{last}");
    }
    let mut last = Value::Null;
    for _ in 0..6 {
        last = client.get(CONTACTS).await.json();
    }
    assert_eq!(last["groupName"], format!("publicapi:oauth-api-calls-secondly:{}:{id}", app.ready["app_id"]), "{last}");
}

#[tokio::test]
async fn a_profile_may_limit_the_token_endpoint() {
    let lines = "name: tried\nsystem: hubspot\nextends: professional\nlimits:\n  - id: oauth_token\n    \
                 enforced: { value: true, source: here, date: 2026-11-28 }\n    size: { value: 2, source: here, date: 2026-11-28 }\n";
    let world = still().profile_text(SystemName::Hubspot, "tried.yaml", lines).start().await.unwrap();
    let app = Installed::of(Portal::of(world));
    let refresh = app.text("refresh_token").to_owned();
    for _ in 0..2 {
        app.refresh("v1", &refresh).await.must(200);
    }
    let over = app.refresh("2026-09", &refresh).await.must(429);
    assert_eq!(
        over.body,
        r#"{"status":"error","message":"You have reached your rate limit.","errorType":"RATE_LIMIT","correlationId":"","policyName":"SECONDLY","requestId":""}"#
    );
    pass(&app.portal.world, "1s").await;
    app.refresh("2026-09", &refresh).await.must(200);
}

#[tokio::test]
async fn a_private_apps_token_is_told_of_to_whoever_has_it() {
    const PATH: &str = "/oauth/v2/private-apps/get/access-token-info";
    let portal = Portal::open().await;
    let nobody = portal.client.with(None);
    let told = nobody.post(PATH, &json!({"tokenKey": given(&portal, "narrow_token")})).await.must(200).json();
    let narrow = portal.world.apps().into_iter().find(|app| app.app == "narrow").unwrap();
    let owners = portal.client.get("/crm/v3/owners").await.must(200).json();
    let expected = json!({
        "userId": owners["results"][0]["userId"],
        "hubId": portal.id().parse::<u64>().unwrap(),
        "appId": narrow.app_id,
        "scopes": ["crm.objects.contacts.read"],
    });
    assert_eq!(told, expected);
    let key = nobody.post(PATH, &json!({"tokenKey": given(&portal, "service_key")})).await.must(200).json();
    assert!(key["scopes"].as_array().unwrap().len() > 100, "{key}");
    for wrong in ["", "pat-na1-x", &given(&portal, "refresh_token")] {
        refused(&nobody.post(PATH, &json!({"tokenKey": wrong})).await, 401, NOT_FOUND);
    }
    nobody.get(PATH).await.must(405);
}

#[tokio::test]
async fn the_control_api_works_on_apps() {
    let portal = Portal::open().await;
    let before: Vec<Value> = serde_json::to_value(portal.world.apps()).unwrap().as_array().unwrap().clone();
    let names: Vec<_> = before.iter().map(|app| app["app"].as_str().unwrap()).collect();
    assert_eq!(names, ["private", "narrow", "service_key", "public"]);
    assert_eq!(before[3]["redirectUris"], json!(["http://localhost:3000/oauth-callback"]));
    assert_eq!(before[3]["scopes"], json!(["oauth"]));
    assert!(before[3]["token"].is_null() && before[3]["optionalScopes"].as_array().unwrap().len() > 100);
    assert_eq!(before[1]["scopes"], json!(["crm.objects.contacts.read"]));
    portal.world.app("narrow", &AppHand::Rotate { later: true }).unwrap();
    let booked: Vec<_> = entries(&portal.world)
        .into_iter()
        .filter_map(|entry| match entry.what {
            What::Fault(fault) => Some(fault.name),
            _ => None,
        })
        .collect();
    assert_eq!(booked, ["rotate-token"]);
}

#[tokio::test]
async fn a_closed_account_stays_closed() {
    let app = Installed::open().await;
    let world = &app.portal.world;
    world.app("narrow", &AppHand::Delete).unwrap();
    let told = world.close_account().unwrap();
    assert!(told.iter().filter(|app| app.app != "public").all(|app| app.revoked), "{told:?}");
    let why = "the account is closed: nothing of it can be changed";
    let scopes = AppHand::Set { scopes: Some(Vec::new()), optional_scopes: None, redirect_uris: None };
    for (name, hand) in [
        ("private", AppHand::Rotate { later: false }),
        ("service_key", AppHand::Rotate { later: true }),
        ("private", AppHand::Expire),
        ("private", scopes.clone()),
        ("private", AppHand::Delete),
        ("public", AppHand::Uninstall),
    ] {
        assert_eq!(world.app(name, &hand).unwrap_err().to_string(), why, "{name} {hand:?}");
    }
    assert_eq!(world.close_account().unwrap_err().to_string(), why);
    for name in ["token", "service_key", "narrow_token"] {
        refused(&bearing(&app.portal, name).get(CONTACTS).await, 401, NOT_FOUND);
    }
    // The public app is of the developer's account.
    world.app("public", &scopes).unwrap();
    world.reset();
    bearing(&app.portal, "token").get(CONTACTS).await.must(200);
}

#[tokio::test]
async fn a_developers_key_is_the_public_apps_and_whoever_has_none_uses_nothing_up() {
    let app = Installed::open().await;
    let path = format!("/webhooks/v3/{}/subscriptions", app.ready["app_id"]);
    let by_key = format!("{path}?hapikey={}", app.text("developer_key"));
    app.portal.world.spend(SystemName::Hubspot, "daily", 2).unwrap();
    for client in [&app.nobody, &app.portal.client] {
        for path in [&path, &format!("{path}?hapikey=x"), "/webhooks/v3/1/settings"] {
            let answer = client.get(path).await;
            refused(&answer, 401, NOT_FOUND);
            assert!(!answer.headers.keys().any(|name| name.as_str().contains("ratelimit")), "{path}");
        }
    }
    let told = app.portal.client.get(CONTACTS).await.must(200);
    assert_eq!(told.header("x-hubspot-ratelimit-daily-remaining"), Some("1"));
    for left in (0..110).rev() {
        let told = app.nobody.get(&by_key).await.must(200);
        assert_eq!(told.header("x-hubspot-ratelimit-remaining"), Some(&*left.to_string()));
        assert_eq!(told.header("x-hubspot-ratelimit-daily"), None);
    }
    let over = app.nobody.get(&by_key).await.must(429).json();
    let group = format!("publicapi:oauth-api-calls-ten-secondly:{}:{}", app.ready["app_id"], app.portal.id());
    assert_eq!((&over["policyName"], &over["groupName"]), (&json!("TEN_SECONDLY_ROLLING"), &json!(group)));
    let told = app.portal.client.get(CONTACTS).await.must(200);
    assert_eq!(told.header("x-hubspot-ratelimit-daily-remaining"), Some("0"));
    let last = entries(&app.portal.world).into_iter().rev().filter_map(|entry| match entry.what {
        What::Exchange(exchange) => Some(exchange.app_name),
        _ => None,
    });
    let last: Vec<_> = last.take(2).collect();
    assert_eq!(last, [Some("private".into()), Some("public".into())], "the journal tells whose calls they are");
}

#[tokio::test]
async fn a_revoked_token_is_told_as_such_and_a_rotation_or_a_reset_is_the_way_out() {
    let portal = Portal::open().await;
    let world = &portal.world;
    let ready = || world.ready()["systems"]["hubspot"].clone();
    let revoked = || -> Vec<String> { world.apps().into_iter().filter(|app| app.revoked).map(|app| app.app).collect() };
    assert_eq!((ready()["revoked"].clone(), revoked().len()), (json!([]), 0));
    world
        .arm(
            serde_json::from_value(json!({"name": "token-revoked", "count": 1, "where": {"system": "hubspot"}}))
                .unwrap(),
        )
        .unwrap();
    refused(&portal.client.get(CONTACTS).await, 401, NOT_FOUND);
    assert_eq!((ready()["revoked"].clone(), revoked()), (json!(["token"]), vec!["private".to_owned()]));
    let told = world.app("private", &AppHand::Rotate { later: true }).unwrap();
    assert_eq!((told.revoked, told.former_until), (false, None), "nothing is left of the one before");
    bearing(&portal, "token").get(CONTACTS).await.must(200);
    world.app("public", &AppHand::Uninstall).unwrap();
    assert_eq!((ready()["revoked"].clone(), revoked()), (json!(["refresh_token"]), vec!["public".to_owned()]));
    world.app("narrow", &AppHand::Delete).unwrap();
    let emptied = world.reset();
    assert_eq!(emptied.apps_as_first, ["private", "narrow", "public"]);
    assert_eq!((ready()["revoked"].clone(), revoked().len()), (json!([]), 0));
    portal.client.get(CONTACTS).await.must(200);
    bearing(&portal, "narrow_token").get(CONTACTS).await.must(200);
    assert_eq!(world.reset().apps_as_first, Vec::<String>::new());
}
