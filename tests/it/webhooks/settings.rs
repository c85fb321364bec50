//! The public app's webhooks by the settings API, and the addresses and figures that go with them.

use reqwest::Method;
use serde_json::{Value, json};
use sim::{DispatchState, SystemName, Webhooks, World};

use super::receiver::Receiver;
use crate::support::{Answer, Client, pass, still};

const CONTACT: &str = r#"{"properties": {"email": "kim@example.com"}}"#;
const EDITIONS: [&str; 5] = [
    "/webhooks/v3",
    "/webhooks/2026-03",
    "/app-webhooks/2025-09",
    "/app-webhooks/2026-09",
    "/app-webhooks/2027-03-beta",
];

/// The public app's developer.
struct Developer {
    client: Client,
    key: String,
    app: u64,
    root: &'static str,
}

impl Developer {
    fn of(world: &World, root: &'static str) -> Self {
        let hubspot = &world.ready()["systems"]["hubspot"];
        let key = hubspot["developer_key"].as_str().unwrap().to_owned();
        let client = Client::new(world, SystemName::Hubspot);
        Self { client, key, app: hubspot["app_id"].as_u64().unwrap(), root }
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Answer {
        let path = format!("{}/{}/{path}?hapikey={}", self.root, self.app, self.key);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.client.send(method, &path, Some("application/json"), body).await
    }

    async fn target(&self, url: &str) {
        let settings = json!({"targetUrl": url, "throttling": {"maxConcurrentRequests": 10, "period": "SECONDLY"}});
        self.call(Method::PUT, "settings", settings).await.must(200);
    }

    async fn subscribe(&self, subscription: Value) -> Value {
        self.call(Method::POST, "subscriptions", subscription).await.must(201).json()
    }
}

async fn figured(figures: &str) -> World {
    let settings: String = figures
        .lines()
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| format!("  {name}: {{ value: {value}, source: \"this test\", date: 2026-11-20 }}\n"))
        .collect();
    let text = format!("name: figured\nsystem: hubspot\nextends: professional\nsettings:\n{settings}");
    still().profile_text(SystemName::Hubspot, "figured.yaml", text).start().await.unwrap()
}

async fn make(world: &World) {
    Client::hubspot(world)
        .send(Method::POST, "/crm/v3/objects/contacts", Some("application/json"), CONTACT)
        .await
        .must(201);
}

/// One of many, by the tester's hand.
fn put(world: &World) {
    let contact = json!({"properties": {"firstname": "Kim"}});
    world.put(SystemName::Hubspot, "contacts", vec![contact]).unwrap();
}

#[tokio::test]
async fn every_edition_sets_up_the_same_webhooks() {
    for root in EDITIONS {
        let world = still().start().await.unwrap();
        let developer = Developer::of(&world, root);
        let missing = developer.call(Method::GET, "settings", Value::Null).await.must(404).json();
        assert_eq!(missing["message"], "resource not found");
        developer.target("http://127.0.0.1:1/one").await;
        pass(&world, "1m").await;
        let settings = json!({"targetUrl": "http://127.0.0.1:1/two", "throttling": {"maxConcurrentRequests": 6}});
        developer.call(Method::PUT, "settings", settings).await.must(200);
        let settings = developer.call(Method::GET, "settings", Value::Null).await.must(200);
        assert_eq!(
            settings.body,
            r#"{"targetUrl":"http://127.0.0.1:1/two","throttling":{"maxConcurrentRequests":6},"createdAt":"2026-11-20T00:00:00Z","updatedAt":"2026-11-20T00:01:00Z"}"#
        );

        let made =
            developer.call(Method::POST, "subscriptions", json!({"eventType": "contact.creation"})).await.must(201);
        let id = made.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(
            made.body,
            format!(
                r#"{{"id":"{id}","eventType":"contact.creation","active":false,"createdAt":"2026-11-20T00:01:00Z","updatedAt":"2026-11-20T00:01:00Z"}}"#
            )
        );
        let asked = json!({
            "eventType": "object.propertyChange", "propertyName": "title", "objectTypeId": "2-7",
            "eventTypeName": "e", "active": true,
        });
        let own = developer.subscribe(asked).await;
        assert_eq!(own["active"], true);
        assert_eq!([&own["objectTypeId"], &own["propertyName"], &own["eventTypeName"]], ["2-7", "title", "e"]);
        let all = developer.call(Method::GET, "subscriptions", Value::Null).await.must(200).json();
        assert_eq!(all, json!({"results": [made.json(), own]}));

        pass(&world, "1m").await;
        let one = format!("subscriptions/{id}");
        let changed = developer.call(Method::PATCH, &one, json!({"active": true})).await.must(200).json();
        assert_eq!([&changed["active"], &changed["updatedAt"]], [&json!(true), &json!("2026-11-20T00:02:00Z")]);
        assert_eq!(developer.call(Method::GET, &one, Value::Null).await.must(200).json(), changed);
        let put = developer.call(Method::PUT, &one, json!({"active": false})).await;
        assert_eq!(put.status, if root == "/webhooks/v3" { 200 } else { 405 }, "the guide of v3 alone says PUT");

        let inputs = json!({"inputs": [{"id": id.parse::<u64>().unwrap(), "active": true}]});
        let batch = developer.call(Method::POST, "subscriptions/batch/update", inputs).await.must(200).json();
        assert_eq!([&batch["status"], &batch["results"][0]["active"]], [&json!("COMPLETE"), &json!(true)]);
        let inputs =
            json!({"inputs": [{"id": 1, "active": true}, {"id": id.parse::<u64>().unwrap(), "active": false}]});
        let batch = developer.call(Method::POST, "subscriptions/batch/update", inputs).await.must(207).json();
        assert_eq!(batch["numErrors"], 1);
        assert_eq!(batch["errors"][0]["context"]["ids"], json!(["1"]));
        assert_eq!(batch["results"].as_array().unwrap().len(), 1);

        developer.call(Method::DELETE, &one, Value::Null).await.must(204);
        for method in [Method::GET, Method::DELETE] {
            developer.call(method, &one, Value::Null).await.must(404);
        }
        developer.call(Method::DELETE, "settings", Value::Null).await.must(204);
        developer.call(Method::GET, "settings", Value::Null).await.must(404);
        let all = developer.call(Method::GET, "subscriptions", Value::Null).await.must(200).json();
        assert_eq!(all["results"].as_array().unwrap().len(), 1, "subscriptions survive");
        developer.call(Method::POST, "settings", json!({})).await.must(405);
        developer.call(Method::GET, "other", Value::Null).await.must(404);
    }
}

#[tokio::test]
async fn only_the_developers_key_opens_it() {
    let world = still().start().await.unwrap();
    let Developer { key, app, .. } = Developer::of(&world, EDITIONS[0]);
    let private = world.ready()["systems"]["hubspot"]["private_app_id"].as_u64().unwrap();
    let bearer = Client::hubspot(&world);
    for (path, client) in [
        (format!("{app}/settings"), bearer.clone()),
        (format!("{app}/settings?hapikey=other"), bearer.with(None)),
        (format!("{private}/subscriptions?hapikey={key}"), bearer.with(None)),
        (format!("x/subscriptions?hapikey={key}"), bearer),
    ] {
        let refused = client.get(&format!("/webhooks/v3/{path}")).await.must(401).json();
        let said = refused["message"].as_str().unwrap();
        assert!(said.starts_with("Authentication credentials not found."), "{said}");
        assert_eq!(refused["category"], "INVALID_AUTHENTICATION");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let world = figured("webhook_subscriptions_max: 2\nwebhook_https_only: true").await;
    let developer = Developer::of(&world, EDITIONS[0]);
    let settings = |url: &str, most: i64| json!({"targetUrl": url, "throttling": {"maxConcurrentRequests": most}});
    for (body, said) in [
        (settings("http://a.example/b", 10), "Invalid targetUrl http://a.example/b. Must be a valid https URL"),
        (settings("hooks", 10), "Invalid targetUrl hooks. Must be a valid https URL"),
        (settings("https://a.example/b", 5), "maxConcurrentRequests must be greater than 5"),
        (settings("https://a.example/b", -1), "maxConcurrentRequests must be greater than 5"),
    ] {
        let refused = developer.call(Method::PUT, "settings", body).await.must(400).json();
        assert_eq!((&refused["message"], &refused["category"]), (&json!(said), &json!("VALIDATION_ERROR")));
    }
    let lacking = developer.call(Method::PUT, "settings", json!({})).await.must(400).json();
    assert_eq!(
        lacking["message"],
        "Invalid input JSON on line 1, column 2: Cannot build SettingsChangeRequest, some of required attributes are not set [targetUrl, throttling]"
    );
    developer.call(Method::PUT, "settings", settings("https://a.example/b", 6)).await.must(200);
    for (body, begins) in [
        (json!({}), "Invalid input JSON on line 1, column 2: Cannot build SubscriptionCreateRequest"),
        (json!({"eventType": "contact.made"}), "Invalid eventType contact.made. Must be one of: [company.association"),
        (json!({"eventType": "contact.propertyChange"}), "Some required fields were not set: [propertyName]"),
        (json!({"eventType": "object.creation"}), "Some required fields were not set: [objectTypeId]"),
        (
            json!({"eventType": "contact.propertyChange", "propertyName": "hs_lastmodifieddate"}),
            "Property hs_lastmodifieddate is not available",
        ),
    ] {
        let refused = developer.call(Method::POST, "subscriptions", body).await.must(400).json();
        assert!(refused["message"].as_str().unwrap().starts_with(begins), "{refused}");
    }
    for name in ["email", "no_such_property"] {
        developer.subscribe(json!({"eventType": "contact.propertyChange", "propertyName": name})).await;
    }
    let full = developer.call(Method::POST, "subscriptions", json!({"eventType": "contact.creation"})).await.must(400);
    let names: Vec<_> = full.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["status", "message", "correlationId", "requestId"]);
    assert_eq!(
        full.json()["message"],
        "Couldn't create another subscription. You've reached the maximum number allowed per application (2)."
    );
    let odd = developer.call(Method::GET, "subscriptions/x", Value::Null).await.must(400).json();
    assert_eq!(odd["message"], "Unable to parse value for path parameter: subscriptionId");
}

#[tokio::test]
async fn the_public_app_is_told_under_its_own_secret_while_it_is_installed() {
    let (receiver, private) = (Receiver::pleased().await, Receiver::pleased().await);
    let world = still().start().await.unwrap();
    let developer = Developer::of(&world, EDITIONS[0]);
    let hubspot = world.ready()["systems"]["hubspot"].clone();
    let secret = hubspot["client_secret"].as_str().unwrap();
    let both = serde_json::from_value::<Vec<_>>(json!([{"subscriptionType": "contact.creation"}])).unwrap();
    world.webhooks(&private.url, &both).unwrap();
    developer.target(&receiver.url).await;
    let made = developer.subscribe(json!({"eventType": "contact.creation", "active": true})).await;
    let paused = developer.subscribe(json!({"eventType": "contact.propertyChange", "propertyName": "email"})).await;
    make(&world).await;
    pass(&world, "1s").await;

    let [got] = &receiver.got()[..] else { panic!("{:?}", receiver.got()) };
    let [event] = &got.events()[..] else { panic!("a subscription is paused at first: {}", got.body) };
    assert_eq!(event["appId"], hubspot["app_id"]);
    assert_eq!(event["subscriptionId"].to_string(), made["id"].as_str().unwrap());
    assert_eq!(event["sourceId"], hubspot["private_app_id"].to_string(), "whose hand it was");
    assert_eq!(got.signed(secret, &receiver.url), (true, true));
    assert_eq!(private.events().len(), 1, "each app is told of its own");

    let one = format!("subscriptions/{}", paused["id"].as_str().unwrap());
    developer.call(Method::PATCH, &one, json!({"active": true})).await.must(200);
    developer.call(Method::DELETE, "settings", Value::Null).await.must(204);
    world.put(SystemName::Hubspot, "contacts", vec![json!({"properties": {"email": "lee@example.com"}})]).unwrap();
    pass(&world, "1h").await;
    assert_eq!(receiver.got().len(), 1, "without a target nothing is told");
    developer.target(&receiver.url).await;
    world.put(SystemName::Hubspot, "contacts", vec![json!({"properties": {"email": "ann@example.com"}})]).unwrap();
    pass(&world, "1s").await;
    assert_eq!(receiver.events().len(), 3);

    let token = hubspot["refresh_token"].as_str().unwrap();
    world.put(SystemName::Hubspot, "contacts", vec![json!({"properties": {"email": "may@example.com"}})]).unwrap();
    let path = format!("/oauth/v1/refresh-tokens/{token}");
    Client::new(&world, SystemName::Hubspot).delete(&path).await.must(204);
    world.put(SystemName::Hubspot, "contacts", vec![json!({"properties": {"email": "bo@example.com"}})]).unwrap();
    pass(&world, "1s").await;
    let told: Vec<_> = receiver.events().split_off(3).iter().map(|event| event["propertyValue"].clone()).collect();
    assert_eq!(told, [Value::Null, json!("may@example.com")], "what had happened before it was taken out still comes");
    assert_eq!(private.events().len(), 5);
}

#[tokio::test]
async fn settings_hold_when_the_cache_has_heard_of_them() {
    let (one, other) = (Receiver::pleased().await, Receiver::pleased().await);
    let world = figured("webhook_settings_lag: 5m").await;
    let developer = Developer::of(&world, EDITIONS[0]);
    developer.target(&one.url).await;
    developer.subscribe(json!({"eventType": "company.creation", "active": true})).await;
    let company = || {
        world.put(SystemName::Hubspot, "companies", vec![json!({"properties": {"name": "Sail"}})]).unwrap();
    };
    company();
    pass(&world, "299s").await;
    company();
    pass(&world, "1s").await;
    assert_eq!(one.events().len(), 0, "nothing was known of it yet");
    company();
    pass(&world, "10s").await;
    assert_eq!(one.events().len(), 1);
    developer.target(&other.url).await;
    let shown = developer.call(Method::GET, "settings", Value::Null).await.must(200).json();
    assert_eq!(shown["targetUrl"], json!(other.url), "it is shown at once");
    company();
    pass(&world, "299s").await;
    assert_eq!((one.events().len(), other.events().len()), (2, 0));
    company();
    pass(&world, "1m").await;
    assert_eq!((one.events().len(), other.events().len()), (2, 1), "what waits goes to the new target");
}

#[tokio::test]
async fn a_proxys_address_is_signed_and_the_receivers_is_called() {
    let receiver = Receiver::pleased().await;
    let world = figured("webhook_https_only: true").await;
    let public = "https://hooks.example.com/hs/in?tag=a:b";
    let subscriptions: Vec<_> = serde_json::from_value(json!([{"subscriptionType": "contact.creation"}])).unwrap();
    let plain = world.webhooks(&receiver.url, &subscriptions).unwrap_err().to_string();
    assert!(plain.ends_with("is not https, which this profile asks for: say so in `publicUrl`"), "{plain}");
    let webhooks = Webhooks {
        target_url: receiver.url.clone(),
        public_url: Some(public.to_owned()),
        max_concurrent_requests: Some(7),
        subscriptions,
    };
    world.set_webhooks(None, &webhooks).unwrap();
    assert_eq!(world.webhooks_set_up(), Some(webhooks.clone()));
    make(&world).await;
    pass(&world, "1s").await;
    let secret = super::secret(&world);
    assert_eq!(receiver.got()[0].signed(&secret, public), (true, true));

    // What the public app says of itself by the API is called where the tester has said.
    world.set_webhooks(Some("public"), &Webhooks { subscriptions: Vec::new(), ..webhooks }).unwrap();
    let developer = Developer::of(&world, EDITIONS[0]);
    let shown = developer.call(Method::GET, "settings", Value::Null).await.must(200).json();
    assert_eq!((&shown["targetUrl"], &shown["throttling"]["maxConcurrentRequests"]), (&json!(public), &json!(7)));
    developer.target(public).await;
    developer.subscribe(json!({"eventType": "deal.creation", "active": true})).await;
    world.put(SystemName::Hubspot, "deals", vec![json!({"properties": {"dealname": "One"}})]).unwrap();
    pass(&world, "1s").await;
    let client_secret = world.ready()["systems"]["hubspot"]["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(receiver.got()[1].signed(&client_secret, public), (true, true));
    assert_eq!(receiver.got().len(), 2);
}

#[tokio::test]
async fn an_address_that_an_app_names_is_called_on_this_machine_alone() {
    let world = still().start().await.unwrap();
    let developer = Developer::of(&world, EDITIONS[0]);
    developer.subscribe(json!({"eventType": "contact.creation", "active": true})).await;
    let public = "https://hooks.example.com/hs/in";
    for (place, (target, why)) in [
        (public, "refused: no TLS here: say which address to call"),
        ("https://127.0.0.1:1/in", "refused: no TLS here: say which address to call"),
        ("http://192.0.2.1:80/in", "refused: of the addresses that an app names only this machine's are called"),
        ("http://hooks.example.com/in", "refused: of the addresses that an app names only this machine's are called"),
        ("http://localhost:1/in", "refused"),
        ("http://[::1]:1/in", "refused"),
    ]
    .into_iter()
    .enumerate()
    {
        developer.target(target).await;
        put(&world);
        pass(&world, "1s").await;
        let told = world.dispatch(place as u64 + 1).unwrap();
        assert_eq!((told.state, told.url.as_str()), (DispatchState::Retrying, target));
        let said = told.attempts[0].error.unwrap();
        assert!(said.starts_with(why) && (said == "refused") == (why == "refused"), "{target}: {said}");
    }

    // As soon as the tester has said where it is, it is called there, also when the app says it again.
    let receiver = Receiver::pleased().await;
    let webhooks = Webhooks {
        target_url: receiver.url.clone(),
        public_url: Some(public.to_owned()),
        subscriptions: serde_json::from_value(json!([{"subscriptionType": "contact.creation"}])).unwrap(),
        ..Webhooks::default()
    };
    world.set_webhooks(Some("public"), &webhooks).unwrap();
    pass(&world, "2m").await;
    assert_eq!(receiver.events().len(), 6, "what waited comes");
    developer.target(public).await;
    make(&world).await;
    pass(&world, "1s").await;
    assert_eq!(receiver.events().len(), 7);
    let secret = world.ready()["systems"]["hubspot"]["client_secret"].as_str().unwrap().to_owned();
    assert!(receiver.got().iter().all(|got| got.signed(&secret, public) == (true, true)));
}

#[tokio::test]
async fn a_target_without_a_path_is_signed_as_it_is_called() {
    let receiver = Receiver::pleased().await;
    let world = still().start().await.unwrap();
    let subscriptions: Vec<_> = serde_json::from_value(json!([{"subscriptionType": "contact.creation"}])).unwrap();
    for (place, (query, public)) in
        [("", None), ("?x=1", None), ("", Some("https://hooks.example.com"))].into_iter().enumerate()
    {
        let target_url = format!("{}{query}", receiver.root());
        let public_url = public.map(str::to_owned);
        let subscriptions = subscriptions.clone();
        let webhooks = Webhooks { target_url, public_url, subscriptions, ..Webhooks::default() };
        world.set_webhooks(None, &webhooks).unwrap();
        put(&world);
        pass(&world, "1s").await;
        let signed = format!("{}/{query}", public.unwrap_or(receiver.root()));
        let got = &receiver.got()[place];
        assert_eq!(got.signed(&super::secret(&world), &signed), (true, true), "{signed}");
        let shown = world.webhooks_set_up().unwrap();
        assert_eq!(shown.public_url.as_deref(), public);
    }
}

#[tokio::test]
async fn ids_of_subscriptions_are_counted_on_over_set_ups() {
    let receiver = Receiver::pleased().await;
    let world = still().start().await.unwrap();
    let subscriptions: Vec<_> = serde_json::from_value(json!([{"subscriptionType": "contact.creation"}])).unwrap();
    for _ in 0..3 {
        world.webhooks(&receiver.url, &subscriptions).unwrap();
        put(&world);
        pass(&world, "1s").await;
    }
    let ids: Vec<_> = receiver.events().iter().map(|event| event["subscriptionId"].as_u64().unwrap()).collect();
    assert_eq!(ids, [ids[0], ids[0] + 1, ids[0] + 2]);
}
