//! Webhooks of HubSpot's private app: what is told, in which words, when, and how often.

mod deliveries;
mod model;
mod odd;
pub(crate) mod receiver;
mod settings;
mod timing;
mod types;

use serde_json::{Value, json};
use sim::journal::{Delivered, Entry, What};
use sim::{Delivery, Forgery, Moment, OrdsTable, Subscription, SystemName, Webhooks, World};

use crate::caller::{Caller, credential};
use crate::support::{Client, changes, entries, pass, still};
use receiver::Receiver;

const CONTACTS: &str = "/crm/v3/objects/contacts";

/// Creations, deletions, and changes of address, first name, opt-out and a date.
fn subscriptions() -> Vec<Subscription> {
    serde_json::from_value(json!([
        {"subscriptionType": "contact.creation"},
        {"subscriptionType": "contact.deletion"},
        {"subscriptionType": "contact.propertyChange", "propertyName": "email"},
        {"subscriptionType": "contact.propertyChange", "propertyName": "firstname"},
        {"subscriptionType": "contact.propertyChange", "propertyName": "hs_email_optout"},
        {"subscriptionType": "contact.propertyChange", "propertyName": "phone", "active": false},
    ]))
    .unwrap()
}

/// The deliveries that stand in the journal, each with its entry.
fn deliveries(world: &World) -> Vec<(Entry, Delivered)> {
    let mut all = entries(world);
    world.journal().fill_bodies(&mut all).unwrap();
    let deliveries = all.into_iter().filter_map(|entry| match entry.what.clone() {
        What::Delivery(delivery) => Some((entry, delivery)),
        _ => None,
    });
    deliveries.collect()
}

async fn listening(receiver: &Receiver) -> World {
    let world = still().start().await.unwrap();
    world.webhooks(&receiver.url, &subscriptions()).unwrap();
    world
}

/// A genuine delivery, and those that are forged, or odd by their stamp or body.
const FORGED: [Option<&str>; 7] = [
    None,
    Some("wrong-secret"),
    Some("unsigned"),
    Some("stale"),
    Some("altered"),
    Some("nearly-stale"),
    Some("re-encoded"),
];

fn secret(world: &World) -> String {
    credential(world, SystemName::Hubspot, "webhook_secret")
}

#[tokio::test]
async fn a_new_contact_is_told_with_its_properties_in_one_signed_batch() {
    let receiver = Receiver::pleased().await;
    let world = listening(&receiver).await;
    let hubspot = &world.ready()["systems"]["hubspot"];
    let (portal, app) = (hubspot["portal_id"].clone(), hubspot["private_app_id"].clone());
    let contact =
        json!({"properties": {"firstname": "Kim", "email": "kim@example.com", "lastname": "Ng", "phone": "1"}});
    let made = Client::hubspot(&world).post(CONTACTS, &contact).await.must(201).json();
    assert!(receiver.got().is_empty(), "it waits for company");
    pass(&world, "1s").await;

    let [got] = &receiver.got()[..] else { panic!("{:?}", receiver.got()) };
    let events = got.events();
    let [creation, address, name] = &events[..] else { panic!("{events:?}") };
    let subscription = creation["subscriptionId"].as_u64().unwrap();
    let object: u64 = made["id"].as_str().unwrap().parse().unwrap();
    let front = |event: &Value, place: u64, kind: &str| {
        let id = event["eventId"].as_u64().unwrap();
        assert!(id > 0 && id <= u64::from(u32::MAX));
        format!(
            r#"{{"eventId":{id},"subscriptionId":{},"portalId":{portal},"appId":{app},"occurredAt":{},"subscriptionType":"contact.{kind}","attemptNumber":0,"objectId":{object}"#,
            subscription + place,
            Moment::START.0,
        )
    };
    let wanted = format!(
        r#"[{},"changeFlag":"CREATED","changeSource":"INTEGRATION","sourceId":"{app}"}},{},"propertyName":"email","propertyValue":"kim@example.com","changeSource":"INTEGRATION","sourceId":"{app}","isSensitive":false}},{},"propertyName":"firstname","propertyValue":"Kim","changeSource":"INTEGRATION","sourceId":"{app}","isSensitive":false}}]"#,
        front(creation, 0, "creation"),
        front(address, 2, "propertyChange"),
        front(name, 3, "propertyChange"),
    );
    assert_eq!(got.body, wanted);
    assert_eq!(got.stamp(), Moment::START.0 + 1_000);
    assert_eq!(got.signed(&secret(&world), &receiver.url), (true, true));
    assert_eq!(got.signed("another", &receiver.url), (false, false));
    for (header, value) in [
        ("content-type", "application/json"),
        ("accept", "*/*"),
        ("connection", "close"),
        ("x-hubspot-signature-version", "v1"),
        (
            "user-agent",
            "HubSpot Connect 2.0 (http://dev.hubspot.com/) (namespace: webhooks-nio-http-client) - WebhooksExecutorDaemon-executor",
        ),
    ] {
        assert_eq!(got.header(header), Some(value));
    }

    let [(entry, delivery)] = &deliveries(&world)[..] else { panic!() };
    assert_eq!(
        (entry.system, entry.account.clone(), entry.took_effect),
        (Some(SystemName::Hubspot), Some(portal.to_string()), true)
    );
    assert_eq!((entry.at, delivery.sent_at), (Moment::START.plus(1_000), Moment::START.plus(1_000)));
    assert_eq!((delivery.url.as_str(), delivery.app.clone()), (receiver.url.as_str(), app.to_string()));
    assert_eq!((delivery.attempt, delivery.events, delivery.status), (0, 3, Some(204)));
    assert_eq!((&delivery.forged, &delivery.failure), (&None, &None));
    assert_eq!(delivery.request_body.as_ref().unwrap().0, got.body.as_bytes());
}

#[tokio::test]
async fn changes_by_hand_are_told_as_those_of_a_person_and_clearings_as_empty_texts() {
    let receiver = Receiver::pleased().await;
    let world = listening(&receiver).await;
    let kim = |first: &str| json!({"properties": {"email": "kim@example.com", "firstname": first}});
    world.put(SystemName::Hubspot, "contacts", vec![kim("Kim")]).unwrap();
    world.put(SystemName::Hubspot, "contacts", vec![kim("")]).unwrap();
    world.put(SystemName::Hubspot, "contacts", vec![kim("")]).unwrap();
    let id = changes(&world)[0].id.clone();
    world.archive(SystemName::Hubspot, "contacts", &[id]).unwrap();
    pass(&world, "1s").await;

    let events = receiver.events();
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            (&event["subscriptionType"], &event["changeFlag"], &event["propertyName"], &event["propertyValue"])
        })
        .map(|told| format!("{} {} {} {}", told.0, told.1, told.2, told.3))
        .collect();
    assert_eq!(
        told,
        [
            r#""contact.creation" "CREATED" null null"#,
            r#""contact.propertyChange" null "email" "kim@example.com""#,
            r#""contact.propertyChange" null "firstname" "Kim""#,
            r#""contact.propertyChange" null "firstname" """#,
            r#""contact.deletion" "DELETED" null null"#,
        ]
    );
    for event in &events {
        assert_eq!(event["changeSource"], "CRM_UI");
        assert!(event["sourceId"].as_str().unwrap().starts_with("userId:"), "{event}");
    }
    world.unsubscribe("kim@example.com").unwrap();
    pass(&world, "1m").await;
    assert_eq!(receiver.events().len(), 5, "there is no contact of that address any more");
}

#[tokio::test]
async fn an_opt_out_is_told_as_a_property_change() {
    let receiver = Receiver::pleased().await;
    let world = still().start().await.unwrap();
    world.put(SystemName::Hubspot, "contacts", vec![json!({"properties": {"email": "kim@example.com"}})]).unwrap();
    world.webhooks(&receiver.url, &subscriptions()).unwrap();
    world.unsubscribe("kim@example.com").unwrap();
    world.unsubscribe("kim@example.com").unwrap();
    pass(&world, "1s").await;
    let [event] = &receiver.events()[..] else { panic!("{:?}", receiver.events()) };
    assert_eq!((&event["propertyName"], &event["propertyValue"]), (&json!("hs_email_optout"), &json!("true")));
    assert_eq!((&event["changeSource"], event.get("sourceId")), (&json!("EMAIL"), None));
}

#[tokio::test]
async fn a_subscription_to_objects_tells_the_type_and_dates_are_milliseconds() {
    let receiver = Receiver::pleased().await;
    let world = still().start().await.unwrap();
    let asked = json!([
        {"subscriptionType": "object.creation", "objectTypeId": "0-1"},
        {"subscriptionType": "object.propertyChange", "objectTypeId": "0-1", "propertyName": "closedate"},
    ]);
    world.webhooks(&receiver.url, &serde_json::from_value::<Vec<_>>(asked).unwrap()).unwrap();
    let contact = json!({"properties": {"email": "kim@example.com", "closedate": "2026-11-21T00:00:00Z"}});
    world.put(SystemName::Hubspot, "contacts", vec![contact]).unwrap();
    pass(&world, "1s").await;
    let events = receiver.events();
    assert_eq!((&events[0]["objectTypeId"], &events[1]["objectTypeId"]), (&json!("0-1"), &json!("0-1")));
    assert_eq!(events[1]["propertyValue"], "1795219200000");
}

#[tokio::test]
async fn what_another_system_keeps_under_the_same_name_is_not_told() {
    let columns = "
name: contacts
key: [contact_no]
columns:
  - { name: contact_no, type: number(6), nullable: false, generated: true }
  - { name: email, type: varchar(40) }
";
    let table = OrdsTable::read("contacts.yaml", columns).unwrap();
    let receiver = Receiver::pleased().await;
    let world = still().ords_table(table).start().await.unwrap();
    world.webhooks(&receiver.url, &subscriptions()).unwrap();
    let kim = json!({"email": "kim@example.com"});
    world.put(SystemName::Ords, "contacts", vec![kim.clone()]).unwrap();
    let master = Caller::new(&world, SystemName::Ords);
    let [id, secret] = ["client_id", "client_secret"].map(|name| credential(&world, SystemName::Ords, name));
    let granted = master.client_credentials("/ords/crm/oauth/token", &id, &secret).await.must(200).json();
    let master = master.bearing(granted["access_token"].as_str().unwrap());
    master.post("/ords/crm/contacts/", &kim).await.must(201);
    let changed: Vec<_> = changes(&world).into_iter().map(|change| (change.record_type, change.id)).collect();
    assert_eq!(changed, ["1", "2"].map(|id| ("contacts".to_owned(), id.to_owned())));
    pass(&world, "1m").await;
    assert!(receiver.got().is_empty(), "{:?}", receiver.got());

    world.put(SystemName::Hubspot, "contacts", vec![json!({"properties": {"email": "lee@example.com"}})]).unwrap();
    pass(&world, "1s").await;
    let told: Vec<_> = receiver.events().iter().map(|event| event["subscriptionType"].clone()).collect();
    assert_eq!(told, ["contact.creation", "contact.propertyChange"]);
}

#[tokio::test]
async fn a_burst_is_told_a_hundred_events_at_a_time() {
    let receiver = Receiver::pleased().await;
    let world = still().start().await.unwrap();
    world.webhooks(&receiver.url, &subscriptions()[..1]).unwrap();
    world.given(&json!([{"hubspot.contacts": {"count": 250}}])).unwrap();
    pass(&world, "1s").await;
    let booked: Vec<_> = deliveries(&world).into_iter().map(|(_, delivery)| delivery.events).collect();
    assert_eq!(booked, [100, 100, 50]);
    let mut told: Vec<u64> = receiver.events().iter().map(|event| event["objectId"].as_u64().unwrap()).collect();
    told.sort_unstable();
    let made: Vec<u64> = changes(&world).iter().map(|change| change.id.parse().unwrap()).collect();
    assert_eq!(told, made);
}

#[tokio::test]
async fn the_same_seed_tells_the_same_bytes() {
    async fn told() -> Vec<(String, Vec<u8>)> {
        let receiver =
            Receiver::start(|_, got| Some(if got.body.contains(r#""attemptNumber":0"#) { 500 } else { 200 })).await;
        let world = still().start().await.unwrap();
        world.webhooks(&receiver.url, &subscriptions()).unwrap();
        world.given(&json!([{"hubspot.contacts": {"count": 40}}])).unwrap();
        for _ in 0..5 {
            pass(&world, "10m").await;
        }
        let booked = deliveries(&world).into_iter();
        booked
            .map(|(entry, delivery)| (format!("{} {:?}", entry.at, delivery.attempt), delivery.request_body.unwrap().0))
            .collect()
    }
    let (one, other) = (told().await, told().await);
    assert!(one.len() > 10, "{}", one.len());
    assert_eq!(one, other);
}

#[tokio::test]
async fn the_tester_delivers_genuine_and_forged() {
    let receiver = Receiver::start(|place, _| Some(if place == 0 { 200 } else { 401 })).await;
    let world = listening(&receiver).await;
    world.put(SystemName::Hubspot, "contacts", vec![json!({"properties": {"email": "kim@example.com"}})]).unwrap();
    pass(&world, "1s").await;
    let id = changes(&world)[0].id.clone();
    let event = json!({"subscriptionType": "contact.propertyChange", "propertyName": "email", "objectId": id});
    let deliver = async |forged: Value| {
        let delivery: Delivery = serde_json::from_value(json!({"forged": forged, "event": event})).unwrap();
        let landed = world.deliver(delivery).await.unwrap();
        assert_eq!((landed.status, landed.failure), (Some(401), None));
        assert_eq!(deliveries(&world).last().unwrap().0.n, landed.journal);
    };
    for forged in FORGED {
        deliver(forged.map_or(Value::Null, Value::from)).await;
    }
    pass(&world, "25h").await;

    let got = receiver.got().split_off(1);
    let [genuine, wrong, unsigned, stale, altered, nearly, encoded] = &got[..] else {
        panic!("tried again: {}", got.len())
    };
    let signed = |got: &receiver::Got| got.signed(&secret(&world), &receiver.url);
    assert_eq!((signed(genuine), signed(wrong)), ((true, true), (false, false)));
    assert_eq!((unsigned.header("x-hubspot-signature"), unsigned.header("x-hubspot-signature-v3")), (None, None));
    assert_eq!(signed(stale), (true, true));
    assert_eq!(genuine.stamp() - stale.stamp(), 3_600_000);
    assert_eq!(signed(altered), (false, false));
    assert_eq!((signed(nearly), genuine.stamp() - nearly.stamp()), ((true, true), 290_000));
    assert_eq!(
        (signed(encoded), encoded.events()[0]["propertyValue"].clone()),
        ((true, true), "kim@example.com".into())
    );
    assert!(encoded.body.starts_with(r#"[ { "\u0065ventId" : "#), "{}", encoded.body);
    assert_eq!(genuine.events()[0]["propertyValue"], "kim@example.com");
    let forged: Vec<_> = deliveries(&world).into_iter().map(|(_, delivery)| delivery.forged).collect();
    assert_eq!(forged[0], None);
    assert_eq!(forged[1..], FORGED.map(|name| name.map(str::to_owned)));

    let raw = Delivery { events: vec![json!({"eventId": 1, "a": [2]})], ..Delivery::default() };
    world.deliver(raw).await.unwrap();
    assert_eq!(receiver.got().last().unwrap().body, r#"[{"eventId":1,"a":[2]}]"#);
    let nothing = Delivery { forged: Some(Forgery::Stale), ..Delivery::default() };
    assert_eq!(
        world.deliver(nothing).await.unwrap_err().to_string(),
        "it carries nothing: give `events`, or an `event` of a record"
    );
}

#[tokio::test]
async fn what_cannot_be_set_up_is_told() {
    let world = still().start().await.unwrap();
    let refused = |target: &str, asked: Value| {
        let asked = serde_json::from_value::<Vec<_>>(asked).unwrap();
        world.webhooks(target, &asked).unwrap_err().to_string()
    };
    let target = "http://127.0.0.1:1/events";
    assert_eq!(
        refused("https://a/b", json!([])),
        "`https://a/b` is not called: write http://HOST:PORT/PATH (there is no TLS here)"
    );
    let unknown = refused(target, json!([{"subscriptionType": "contact.created"}]));
    let begins = "subscription 0: `contact.created` is no subscription type; those are company.associationChange, ";
    assert!(unknown.starts_with(begins) && unknown.ends_with(", ticket.restore"), "{unknown}");
    for (asked, why) in [
        (
            json!({"subscriptionType": "contact.propertyChange"}),
            "subscription 0: `contact.propertyChange` needs a propertyName",
        ),
        (
            json!({"subscriptionType": "contact.propertyChange", "propertyName": "emial"}),
            "subscription 0: contacts have no property `emial`",
        ),
        (
            json!({"subscriptionType": "contact.propertyChange", "propertyName": "hs_lastmodifieddate"}),
            "subscription 0: HubSpot lets no one subscribe to changes of `hs_lastmodifieddate`",
        ),
        (
            json!({"subscriptionType": "contact.creation", "propertyName": "email"}),
            "subscription 0: propertyName goes with propertyChange, not with `contact.creation`",
        ),
        (
            json!({"subscriptionType": "object.creation"}),
            "subscription 0: `object.creation` needs an objectTypeId, like 0-1",
        ),
        (
            json!({"subscriptionType": "object.creation", "objectTypeId": "2-5"}),
            "subscription 0: there is no object type `2-5` in this portal",
        ),
        (
            json!({"subscriptionType": "contact.creation", "objectTypeId": "0-1"}),
            "subscription 0: objectTypeId goes with object.*, not with `contact.creation`",
        ),
    ] {
        assert_eq!(refused(target, json!([asked])), why);
    }
    let few = Webhooks { target_url: target.to_owned(), max_concurrent_requests: Some(5), ..Webhooks::default() };
    let few = world.set_webhooks(None, &few).unwrap_err().to_string();
    assert_eq!(few, "maxConcurrentRequests is to be at least 6, and this is 5");
    let of = |app: &str| world.set_webhooks(Some(app), &Webhooks::default()).unwrap_err().to_string();
    assert_eq!(of("service_key"), "a service key has no webhooks");
    assert_eq!(of("other"), "there is no app `other`; those are private, narrow, service_key, public");
    let many = vec![json!({"subscriptionType": "contact.creation"}); 1_001];
    assert_eq!(refused(target, json!(many)), "an app has at most 1000 subscriptions, and these are 1001");
    assert_eq!(world.webhooks_set_up(), None);
    assert!(world.deliver(Delivery::default()).await.is_err());
}
