//! Worlds made, forked, emptied and ended over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, emails};

#[tokio::test]
async fn a_new_world_is_what_was_asked_for_and_else_as_the_server_was_started() {
    let api = Api::start().await;
    let plain = api.made(Value::Null).await;
    assert_eq!(plain["id"], "1");
    assert_eq!(plain["ready"], true);
    assert_eq!(plain["control"], api.control.url());
    let systems: Vec<_> = plain["systems"].as_object().unwrap().keys().collect();
    assert_eq!(systems, ["hubspot", "oci_gateway", "ords", "retail_express"]);
    for (system, credentials) in [
        (
            "hubspot",
            vec![
                "token",
                "narrow_token",
                "service_key",
                "portal_id",
                "app_id",
                "developer_key",
                "client_id",
                "client_secret",
                "auth_code",
                "refresh_token",
                "redirect_uri",
                "private_app_id",
                "webhook_secret",
            ],
        ),
        ("oci_gateway", vec!["prefixes"]),
        ("ords", vec!["schema", "client_id", "client_secret"]),
        ("retail_express", vec!["api_key"]),
    ] {
        let system = &plain["systems"][system];
        assert!(system["url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
        assert!(credentials.iter().all(|name| !system[name].is_null()), "{system}");
    }
    assert_eq!(api.get("clock?world=1").await["mode"], "real");
    assert_eq!(api.get("state/hubspot/contacts?world=1").await["total"], 0, "no records until seeded");

    let asked = json!({
        "id": "a", "seed": 7, "clock": "scaled", "scale": 60, "start": "2026-11-21T00:00:00+11:00",
        "systems": ["ords", "hubspot"], "profiles": {"hubspot": "starter"},
    });
    let made = api.made(asked).await;
    assert_eq!(made["id"], "a");
    assert_eq!(made["systems"].as_object().unwrap().keys().collect::<Vec<_>>(), ["hubspot", "ords"]);
    let clock = api.get("clock?world=a").await;
    assert_eq!((&clock["mode"], &clock["scale"]), (&json!("scaled"), &json!(60)));
    assert!(clock["now"].as_str().unwrap().starts_with("2026-11-20T13:"), "{clock}");

    // A number that was given by hand is passed over when worlds are counted.
    assert_eq!(api.made(json!({"id": "2"})).await["id"], "2");
    assert_eq!(api.made(json!({})).await["id"], "3");

    let listed = api.get("worlds").await;
    let ids: Vec<_> = listed["worlds"].as_array().unwrap().iter().map(|world| &world["id"]).collect();
    assert_eq!(ids, ["1", "a", "2", "3"]);
    assert_eq!(listed["worlds"][1]["seed"], 7);
    assert_eq!(listed["worlds"][1]["systems"], made["systems"]);
}

#[tokio::test]
async fn a_profile_holds_for_the_world_that_was_given_it() {
    let api = Api::start().await;
    let usual = api.made(json!({"clock": "manual"})).await;
    let free = api.made(json!({"clock": "manual", "profiles": {"hubspot": "free"}})).await;
    for (ready, size) in [(usual, "190"), (free, "100")] {
        let hubspot = &ready["systems"]["hubspot"];
        let url = format!("{}/crm/v3/objects/contacts", hubspot["url"].as_str().unwrap());
        let call = api.client.get(url).bearer_auth(hubspot["token"].as_str().unwrap());
        assert_eq!(call.send().await.unwrap().headers()["x-hubspot-ratelimit-max"], size);
    }
}

#[tokio::test]
async fn worlds_of_one_process_do_not_cross() {
    let api = Api::start().await;
    let a = api.made(json!({"id": "a", "seed": 7, "clock": "manual"})).await;
    let b = api.made(json!({"id": "b", "seed": 7, "clock": "manual"})).await;
    assert_eq!(api.create_contact(&a, "kim@example.com").await, 201);
    api.post("clock?world=a", json!({"advance": "10s"})).await;
    api.post("faults?world=a", json!({"name": "5xx-burst", "count": 9})).await;

    assert_eq!(emails(&api.get("state/hubspot/contacts?world=a").await), ["kim@example.com"]);
    assert_eq!(api.get("state/hubspot/contacts?world=b").await["total"], 0);
    assert_eq!(api.get("clock?world=b").await["now"], "2026-11-20T00:00:00.000Z");
    assert_eq!(api.get("faults?world=b").await["armed"], json!([]));
    assert_eq!(api.lines("journal?world=b").await, Vec::<Value>::new());

    // The address names the world, so a token of another is one that nobody gave out.
    let path = "/crm/v3/objects/contacts";
    let (status, refused) = api.hubspot(&b, &a["systems"]["hubspot"]["token"], Method::GET, path, Value::Null).await;
    assert_eq!((status, &refused["category"]), (401, &json!("INVALID_AUTHENTICATION")));
    assert_eq!(api.create_contact(&b, "lee@example.com").await, 201);
    assert_eq!(emails(&api.get("state/hubspot/contacts?world=a").await), ["kim@example.com"]);
}

#[tokio::test]
async fn a_fork_shares_what_was_and_none_of_what_comes() {
    let api = Api::start().await;
    let parent = api.made(json!({"id": "a", "clock": "manual"})).await;
    assert_eq!(api.create_contact(&parent, "kim@example.com").await, 201);
    api.post("clock?world=a", json!({"advance": "10s"})).await;
    let latest = api.lines("journal?world=a").await.len();

    let (status, fork) = api.json(Method::POST, "fork?world=a", r#"{"id":"b"}"#).await;
    assert_eq!((status, &fork["id"], &fork["ready"]), (201, &json!("b"), &json!(true)));
    assert_eq!(fork["control"], api.control.url());
    let parted = ["url", "token"]
        .map(|name| (parent["systems"]["hubspot"][name].clone(), fork["systems"]["hubspot"][name].clone()));
    assert!(parted.iter().all(|(parent, fork)| parent != fork), "{parted:?}");

    assert_eq!(emails(&api.get("state/hubspot/contacts?world=b").await), ["kim@example.com"]);
    assert_eq!(api.get("clock?world=b").await, api.get("clock?world=a").await);
    assert_eq!(api.lines("journal?world=b").await, Vec::<Value>::new());
    assert_eq!(api.get("worlds").await["worlds"][1]["parent"], json!({"world": "a", "n": latest}));

    assert_eq!(api.create_contact(&fork, "lee@example.com").await, 201);
    assert_eq!(api.create_contact(&fork, "kim@example.com").await, 409, "it knows what its parent knew");
    assert_eq!(api.get("state/hubspot/contacts?world=a").await["total"], 1);
    assert_eq!(api.get("state/hubspot/contacts?world=b").await["total"], 2);

    let (status, counted) = api.json(Method::POST, "fork?world=b", "").await;
    assert_eq!((status, &counted["id"]), (201, &json!("1")));
}

#[tokio::test]
async fn an_ended_world_frees_its_addresses_and_lets_go_of_who_waits_for_it() {
    let api = Api::start().await;
    let first = api.made(json!({"clock": "manual"})).await;
    api.made(json!({"id": "next"})).await;
    assert_eq!(api.create_contact(&first, "kim@example.com").await, 201);

    let mut followed = api.client.get(api.url("journal?follow=true&world=1")).send().await.unwrap();
    assert!(followed.chunk().await.unwrap().is_some());
    let asleep = api.client.get(api.url("clock/sleep?for=10s&world=1")).send();
    let asleep = tokio::spawn(asleep);

    assert_eq!(api.json(Method::DELETE, "worlds/1", "").await, (204, Value::Null));
    let address = first["systems"]["hubspot"]["url"].as_str().unwrap();
    let refused = api.client.get(address).send().await.unwrap_err();
    assert!(refused.is_connect(), "{refused:?}");
    while followed.chunk().await.unwrap().is_some() {}
    // Whether it slept already or comes too late, it is told that there is no such world.
    assert_eq!(asleep.await.unwrap().unwrap().status(), 404);

    assert_eq!(api.json(Method::DELETE, "worlds/1", "").await.0, 404);
    assert_eq!(api.get("worlds").await["worlds"][0]["id"], "next");
    assert_eq!(api.json(Method::GET, "clock", "").await.0, 404, "no other is meant by no name");
    assert_eq!(api.made(json!({"id": "1"})).await["id"], "1", "its id is free again");
}

#[tokio::test]
async fn what_a_world_remembers_is_filled_put_by_brought_back_and_emptied() {
    let api = Api::with_world().await;
    let given = json!([{"hubspot.contacts": {"count": 3}}, {"ords.customers": {"count": 2, "subscribed": true}}]);
    assert_eq!(api.post("seed", given).await, json!({"records": 5}));
    assert_eq!(api.post("seed", json!({"given": [{"retail_express.customers": {"count": 1}}]})).await["records"], 1);
    let customers = api.get("state/ords/customers").await;
    assert_eq!(customers["total"], 2);
    let people = api.get("state/hubspot/contacts").await;
    let email = emails(&people)[0].to_owned();
    assert!(customers["records"].as_array().unwrap().iter().any(|customer| customer["email"] == email.as_str()));

    let snapshot = api.post("snapshot", Value::Null).await;
    let more = json!({"records": [{"properties": {"email": "kim@example.com"}}]});
    assert_eq!(api.post("state/hubspot/contacts", more).await, json!({"records": 1}));
    let page = api.get("state/hubspot/contacts?limit=2&offset=1").await;
    assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(4), &json!(2), &json!(1)));
    let all = api.get("state/hubspot/contacts").await;
    assert_eq!(page["records"].as_array().unwrap(), &all["records"].as_array().unwrap()[1..3]);

    assert_eq!(api.post("restore", snapshot.clone()).await, snapshot);
    assert_eq!(api.get("state/hubspot/contacts").await, people);

    let emptied = api.post("reset", Value::Null).await;
    for path in ["state/hubspot/contacts", "state/ords/customers", "state/retail_express/customers"] {
        assert_eq!(api.get(path).await["total"], 0, "{path}");
    }
    assert_eq!(emptied["journal"], api.lines("journal").await.len(), "the journal goes on");
    assert_eq!(api.post("restore", snapshot).await["id"], "snapshot-1");
    assert_eq!(api.get("state/hubspot/contacts").await, people);

    let moves = api.lines("journal?kind=world").await;
    let moves: Vec<_> = moves.iter().map(|entry| (entry["event"].as_str(), entry["snapshot"].as_str())).collect();
    let one = Some("snapshot-1");
    assert_eq!(
        moves,
        [(Some("snapshot"), one), (Some("restored"), one), (Some("reset"), None), (Some("restored"), one)]
    );
}

#[tokio::test]
async fn a_seed_sets_values_on_each_record_it_makes() {
    let api = Api::with_world().await;
    let given = json!([
        {"ords.customers": {"count": 2, "from": 250, "set": {"email": null, "first_name": "Kim"}}},
        {"hubspot.contacts": {"count": 2, "set": {"lifecyclestage": "lead"}}},
        {"retail_express.customers": {"count": 1, "set": {"marketing": {"receive_post": true}}}},
    ]);
    assert_eq!(api.post("seed", given).await, json!({"records": 5}));
    for customer in api.get("state/ords/customers").await["records"].as_array().unwrap() {
        assert_eq!((&customer["email"], &customer["first_name"]), (&Value::Null, &json!("Kim")));
    }
    let contacts = api.get("state/hubspot/contacts").await;
    assert!(emails(&contacts).iter().all(|email| email.contains('@')));
    for contact in contacts["records"].as_array().unwrap() {
        assert_eq!(contact["properties"]["lifecyclestage"], "lead");
    }
    let marketing = &api.get("state/retail_express/customers").await["records"][0]["marketing"];
    assert_eq!((&marketing["receive_post"], &marketing["receive_email"]), (&json!(true), &marketing["receive_sms"]));
}

#[tokio::test]
async fn what_was_read_can_be_put_in_again() {
    let api = Api::with_world().await;
    for (step, path) in [("ords.customers", "ords/customers"), ("retail_express.customers", "retail_express/customers")]
    {
        api.post("seed", json!([{step: {"count": 2}}])).await;
        let read = api.get(&format!("state/{path}")).await;
        assert_eq!(
            api.post(&format!("state/{path}"), json!({"records": read["records"]})).await["records"],
            2,
            "{path}"
        );
        assert_eq!(api.get(&format!("state/{path}")).await["total"], 2, "{path}");
    }
}

#[tokio::test]
async fn a_fault_strikes_the_calls_it_was_armed_for() {
    let api = Api::start().await;
    let ready = api.made(json!({"clock": "manual"})).await;
    let catalogue = api.get("faults").await;
    let names: Vec<_> = catalogue["catalogue"].as_array().unwrap().iter().map(|kind| &kind["name"]).collect();
    assert_eq!(names, sim::faults::CATALOGUE.map(|kind| kind.name));

    let place = json!({"system": "hubspot", "path": "/crm/v3/objects/contacts", "method": "POST"});
    let armed = api.post("faults", json!({"name": "commit-then-timeout", "count": 2, "where": place})).await;
    assert_eq!(armed["armed"][0]["struck"], 0);
    assert_eq!(api.create_contact(&ready, "kim@example.com").await, 504);
    assert_eq!(api.get("faults").await["armed"][0]["struck"], 1);
    assert_eq!(emails(&api.get("state/hubspot/contacts").await), ["kim@example.com"], "it was committed");

    let (status, cleared) = api.json(Method::DELETE, "faults", "").await;
    assert_eq!((status, cleared), (200, json!({"cleared": 1})));
    assert_eq!(api.create_contact(&ready, "lee@example.com").await, 201);
    let struck = api.lines("journal?kind=exchange").await;
    assert_eq!((&struck[0]["fault"], &struck[0]["took_effect"]), (&json!("commit-then-timeout"), &json!(true)));
}

#[tokio::test]
async fn an_account_is_closed_without_naming_an_app_and_a_reset_tells_whose_tokens_are_the_first_again() {
    let api = Api::with_world().await;
    let systems = async || api.get("worlds").await["worlds"][0]["systems"]["hubspot"].clone();
    let first = systems().await;
    assert_eq!(first["revoked"], json!([]));
    assert_eq!(api.post("reset", Value::Null).await["appsAsFirst"], json!([]));
    let told = api.post("hubspot/rotate-token", json!({"app": "private", "variant": "now"})).await;
    assert_eq!((&systems().await["token"], &told["revoked"]), (&told["token"], &json!(false)));

    let closed = api.post("hubspot/close-account", Value::Null).await;
    assert!(closed.as_array().unwrap()[..3].iter().all(|app| app["revoked"] == true), "{closed}");
    assert_eq!(systems().await["revoked"], json!(["token", "narrow_token", "service_key"]));
    for (path, body) in [
        ("hubspot/close-account", ""),
        ("hubspot/rotate-token", r#"{"app": "private", "variant": "now"}"#),
        ("hubspot/set-app", r#"{"app": "narrow", "scopes": []}"#),
    ] {
        let (status, refusal) = api.json(Method::POST, path, body).await;
        assert_eq!(status, 400, "{path}: {refusal}");
        assert!(refusal.to_string().contains("the account is closed: nothing of it can be changed"), "{refusal}");
    }
    let emptied = api.post("reset", Value::Null).await;
    assert_eq!(emptied["appsAsFirst"], json!(["private", "narrow", "service_key"]));
    assert_eq!((&systems().await["token"], &systems().await["revoked"]), (&first["token"], &json!([])));
}
