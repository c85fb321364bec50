//! The same seed and the same requests in the same order give the same bytes, stamps included.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use sim::faults::{Arm, Where};
use sim::journal::{Kinds, What};
use sim::{ClockChange, ClockMode, Seed, SystemName, World};

use crate::webhooks::receiver::{Got, Receiver};

/// One move of the script. A part of a path or a text of a body that begins with `@` is a stored id's
/// place: `@3` is the id of the record that the third create made, and `@r3` of the third in Retail Express.
/// A body that is a text alone is sent as one.
#[derive(Clone, Debug)]
enum Move {
    Call(SystemName, Method, String, Option<Value>, Who),
    Advance(i64),
    Arm(&'static str, SystemName),
    /// Uses a limit up.
    Spend(SystemName, &'static str),
}

/// Whose credentials a call carries.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Holder,
    Nobody,
    Garbled,
}

/// What one run came to, with addresses taken out.
#[derive(Debug, PartialEq)]
struct Run {
    answers: Vec<(u16, Vec<String>, String)>,
    journal: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_script_gives_the_same_bytes() {
    let script = script();
    let calls = script.iter().filter(|step| matches!(step, Move::Call(..))).count();
    assert!(calls >= 500, "{calls}");

    let first = run(&script).await;
    let second = run(&script).await;

    for (place, (one, other)) in first.answers.iter().zip(&second.answers).enumerate() {
        assert_eq!(one, other, "answer {place}");
    }
    for (one, other) in first.journal.iter().zip(&second.journal) {
        assert_eq!(one, other);
    }
    assert_eq!(first, second);

    let statuses: BTreeSet<u16> = first.answers.iter().map(|(status, ..)| *status).collect();
    let told = operations();
    assert!(told.len() > 20, "{told:?}");
    for (system, operation) in told {
        let named = format!(r#""operation":"{operation}""#);
        let of_system = format!(r#""system":"{system}""#);
        let seen = first.journal.iter().any(|line| line.contains(&named) && line.contains(&of_system));
        assert!(seen, "the script never calls {operation} of {system}");
    }
    for expected in [200, 201, 204, 207, 400, 401, 403, 404, 405, 409, 429, 502, 503, 504] {
        assert!(statuses.contains(&expected), "no {expected} among {statuses:?}");
    }

    let told: Vec<Value> = first.journal.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let refused: BTreeSet<_> =
        told.iter().filter_map(|entry| Some((entry["system"].as_str()?, entry["limit"].as_str()?))).collect();
    let limits = limits().await;
    let limits: BTreeSet<_> = limits.iter().map(|(system, limit)| (system.as_str(), limit.as_str())).collect();
    assert_eq!(refused, limits, "a limit that no call of the script is over");
    let delivered = |attempt: u64| told.iter().any(|entry| entry["kind"] == "delivery" && entry["attempt"] == attempt);
    assert!(delivered(0) && delivered(1), "deliveries, and one that is tried again");
}

/// Every limit that refuses, of every system.
async fn limits() -> Vec<(SystemName, String)> {
    let world = World::builder().clock(ClockMode::Manual).start().await.unwrap();
    let of = |system: SystemName| {
        let told = world.spend(system, "none such", 0).unwrap_err().to_string();
        let (_, known) = told.split_once("it has: ").expect("what there is");
        let known: Vec<_> = known.split(", ").filter(|known| *known != "none").map(str::to_owned).collect();
        known.into_iter().map(move |limit| (system, limit))
    };
    // HubSpot tells of its old limit for a second, and no longer holds anyone to it. Others wait for their calls.
    let idle =
        ["secondly", "secondly_oauth", "ten_secondly_oauth", "oauth_token", "forms_public", "exports", "imports"];
    let holds = |(_, limit): &(SystemName, String)| !idle.contains(&limit.as_str());
    SystemName::ALL.into_iter().flat_map(of).filter(holds).collect()
}

/// Every operation by name, as the rooms' sources have them: a new one is missed as long as the script lacks it.
fn operations() -> Vec<(SystemName, String)> {
    let rooms = [
        (SystemName::Hubspot, include_str!("../../sim/src/hubspot/room.rs")),
        (SystemName::Hubspot, include_str!("../../sim/src/hubspot/consent/ask.rs")),
        (SystemName::OciGateway, include_str!("../../sim/src/oracle/gateway/system.rs")),
        (SystemName::Ords, include_str!("../../sim/src/oracle/ords/system.rs")),
        (SystemName::RetailExpress, include_str!("../../sim/src/retail_express/system.rs")),
    ];
    let names = |(system, text): (SystemName, &str)| {
        let (_, rest) = text.split_once("fn operation(").expect("a room names its operations");
        let (body, _) = rest.split_once("\n    }\n").expect("its end");
        body.split('"').skip(1).step_by(2).map(|name| (system, name.to_owned())).collect::<Vec<_>>()
    };
    rooms.into_iter().flat_map(names).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_seed_gives_other_bytes() {
    let script: Vec<_> = script().into_iter().take(40).collect();
    let one = run_with(&script, 7).await;
    let other = run_with(&script, 8).await;
    assert_ne!(one.answers, other.answers);
}

/// Every route of every system, refusals, calls over each limit, deliveries, and both faults.
fn script() -> Vec<Move> {
    use SystemName::{Hubspot, OciGateway, Ords, RetailExpress};
    let call =
        |system, method: Method, path: &str, body| Move::Call(system, method, path.to_owned(), body, Who::Holder);
    let contacts = "/crm/v3/objects/contacts";
    let contact = |n: u64| json!({"properties": {"email": format!("k{n}@example.com"), "firstname": format!("K{n}"), "lifecyclestage": "lead"}});
    let customer =
        |n: u64| json!({"email": format!("c{n}@example.com"), "first_name": format!("C{n}"), "marketing_opt_in": "Y"});
    let mut script = vec![
        Move::Call(Hubspot, Method::GET, contacts.into(), None, Who::Nobody),
        Move::Call(Hubspot, Method::GET, contacts.into(), None, Who::Garbled),
        call(Hubspot, Method::GET, "/crm/v9/nothing", None),
        call(Hubspot, Method::PUT, contacts, Some(json!({}))),
        call(Hubspot, Method::GET, "/crm/v3/objects/butterflies", None),
        call(Hubspot, Method::GET, &format!("{contacts}/kim@example.com"), None),
        call(Hubspot, Method::POST, contacts, Some(json!({"properties": {"nonsense": "x", "email": "no"}}))),
        Move::Call(Ords, Method::GET, "/ords/crm/customers/".into(), None, Who::Nobody),
        Move::Call(RetailExpress, Method::GET, "/v2.1/customers".into(), None, Who::Nobody),
        call(RetailExpress, Method::GET, "/v2.1/nothing", None),
        call(OciGateway, Method::GET, "/erp/v1/nothing", None),
        call(OciGateway, Method::GET, "/erp/v1/status", None),
    ];
    for n in 0..8 {
        script.push(call(Hubspot, Method::POST, contacts, Some(contact(n % 7))));
        script.push(call(
            Hubspot,
            Method::GET,
            &format!("{contacts}/@{n}?properties=email,phone&propertiesWithHistory=email"),
            None,
        ));
        script.push(call(
            Hubspot,
            Method::PATCH,
            &format!("{contacts}/@{n}"),
            Some(json!({"properties": {"phone": n}})),
        ));
        script.push(Move::Advance(700));
    }
    let inputs = |range: std::ops::Range<u64>, id: &str| -> Vec<Value> {
        range.map(|n| json!({"id": format!("b{n}@example.com"), "idProperty": id, "objectWriteTraceId": format!("t{n}"), "properties": {"firstname": format!("B{n}")}})).collect()
    };
    for (verb, body) in [
        (
            "create",
            json!({"inputs": (0..5).map(contact).chain((20..25).map(contact)).enumerate().map(|(n, mut input)| { input["objectWriteTraceId"] = json!(format!("t{n}")); input }).collect::<Vec<_>>()}),
        ),
        ("upsert", json!({"inputs": inputs(0..100, "email")})),
        ("upsert", json!({"inputs": inputs(0..101, "email")})),
        ("upsert", json!({"inputs": inputs(0..2, "domain")})),
        (
            "read",
            json!({"idProperty": "email", "properties": ["firstname"], "inputs": [{"id": "b3@example.com"}, {"id": "nobody@example.com"}]}),
        ),
        ("update", json!({"inputs": [{"id": "1", "properties": {"firstname": "x"}}]})),
        ("archive", json!({"inputs": [{"id": "1"}]})),
        (
            "update",
            json!({"inputs": [{"id": "@1", "properties": {"firstname": "x"}}, {"id": "@2", "properties": {"phone": "1"}}]}),
        ),
        ("archive", json!({"inputs": [{"id": "@3"}]})),
    ] {
        script.push(call(Hubspot, Method::POST, &format!("{contacts}/batch/{verb}"), Some(body)));
    }
    for (path, body) in [
        (
            "/crm/v3/properties/contacts",
            json!({"name": "card", "label": "Card", "type": "string", "fieldType": "text", "groupName": "contactinformation", "hasUniqueValue": true}),
        ),
        (
            "/crm-object-schemas/v3/schemas",
            json!({"name": "repair", "labels": {"singular": "Repair", "plural": "Repairs"}, "primaryDisplayProperty": "job", "properties": [{"name": "job", "label": "Job"}]}),
        ),
        ("/crm/v3/objects/companies", json!({"properties": {"name": "Tool & Die"}})),
        ("/crm/v3/objects/deals", json!({"properties": {"dealname": "A", "dealstage": "closedwon", "amount": "12"}})),
        ("/crm/v3/objects/deals", json!({"properties": {"dealname": "A", "dealstage": "nowhere"}})),
        (
            "/crm/v3/pipelines/deals",
            json!({"label": "Trade", "displayOrder": 1, "stages": [{"label": "Asked", "displayOrder": 0, "metadata": {"probability": "0.5"}}]}),
        ),
        ("/crm/v4/associations/contacts/companies/labels", json!({"label": "Buyer", "name": "buyer"})),
        ("/crm/v4/associations/contacts/companies/batch/read", json!({"inputs": [{"id": "1"}]})),
        ("/crm/v3/objects/contacts/merge", json!({"primaryObjectId": "1", "objectIdToMerge": "2"})),
        ("/crm/v3/objects/contacts/gdpr-delete", json!({"objectId": "gone@example.com", "idProperty": "email"})),
    ] {
        script.push(call(Hubspot, Method::POST, path, Some(body)));
    }
    for path in [
        "/crm/v3/properties/contacts/card",
        "/crm-object-schemas/v3/schemas",
        "/crm/v3/pipelines/deals",
        "/crm/v3/owners",
        "/account-info/v3/details",
        "/account-info/v3/api-usage/daily/private-apps",
        "/crm/v4/associations/contacts/companies/labels",
        "/crm/v3/objects/deals",
    ] {
        script.push(call(Hubspot, Method::GET, path, None));
    }
    let (preferences, by_email) = ("/communication-preferences", "?channel=EMAIL&verbose=true");
    let ask = json!({"emailAddress": "b3@example.com", "subscriptionId": "7"});
    let later = json!({"subscriptionId": 7, "statusState": "SUBSCRIBED", "channel": "EMAIL"});
    for (method, path, body) in [
        (Method::GET, "v3/definitions".to_owned(), None),
        (Method::GET, "v4/definitions".to_owned(), None),
        (Method::GET, "v3/status/email/b3@example.com".to_owned(), None),
        (Method::POST, "v3/subscribe".to_owned(), Some(ask.clone())),
        (Method::POST, "v3/unsubscribe".to_owned(), Some(ask.clone())),
        (Method::POST, "2026-09/resubscribe".to_owned(), Some(ask)),
        (Method::POST, "v4/statuses/batch/read?channel=EMAIL".to_owned(), Some(json!({"inputs": ["b3@example.com"]}))),
        (
            Method::POST,
            "v4/links/generate?channel=EMAIL".to_owned(),
            Some(json!({"subscriberIdString": "b3@example.com"})),
        ),
        (Method::GET, format!("v4/statuses/b3@example.com{by_email}"), None),
        (Method::POST, "v4/statuses/b3@example.com".to_owned(), Some(later)),
        (Method::POST, format!("v4/statuses/b3@example.com/unsubscribe-all{by_email}"), None),
        (Method::GET, format!("v4/statuses/b3@example.com/unsubscribe-all{by_email}"), None),
    ] {
        script.push(call(Hubspot, method, &format!("{preferences}/{path}"), body));
    }
    script.push(call(Hubspot, Method::DELETE, &format!("{contacts}/@0"), None));
    script.push(call(Hubspot, Method::HEAD, &format!("{contacts}/@1"), None));
    script.push(call(Hubspot, Method::OPTIONS, contacts, None));
    script.push(call(Hubspot, Method::POST, contacts, Some(json!("email=kim@example.com"))));
    let search = json!({"filterGroups": [{"filters": [{"propertyName": "email", "operator": "CONTAINS_TOKEN", "value": "b1*"}]}], "sorts": ["-email"], "limit": 5});
    script.push(call(Hubspot, Method::POST, &format!("{contacts}/search"), Some(search.clone())));
    script.push(Move::Advance(3_000));
    for _ in 0..6 {
        script.push(call(Hubspot, Method::POST, &format!("{contacts}/search"), Some(search.clone())));
    }
    script.push(Move::Arm("5xx-burst", Hubspot));
    script.push(call(Hubspot, Method::GET, contacts, None));
    script.push(Move::Arm("commit-then-timeout", Hubspot));
    script.push(call(Hubspot, Method::POST, contacts, Some(contact(40))));
    script.push(call(Hubspot, Method::GET, &format!("{contacts}/k40@example.com?idProperty=email"), None));
    script.push(Move::Advance(10_000));
    for n in 0..200 {
        script.push(call(Hubspot, Method::GET, &format!("{contacts}?limit={}&after={n}", 1 + n % 5), None));
    }

    script.push(call(OciGateway, Method::POST, "/erp/v1/oauth/token", None));
    script.push(Move::Arm("commit-then-timeout", Ords));
    for n in 0..6 {
        script.push(call(OciGateway, Method::POST, "/erp/v1/customers/", Some(customer(n))));
        script.push(call(Ords, Method::POST, "/ords/crm/customers/", Some(customer(10 + n))));
        script.push(Move::Advance(300));
    }
    for path in ["?limit=3", "?limit=3&offset=3", r#"?q={"email":{"$like":"c1%25"}}"#, "?q={broken", "1", "2", "999"] {
        script.push(call(OciGateway, Method::GET, &format!("/erp/v1/customers/{path}"), None));
        script.push(call(Ords, Method::GET, &format!("/ords/crm/customers/{path}"), None));
    }
    script.push(call(Ords, Method::POST, "/ords/crm/oauth/token", None));
    script.push(call(Ords, Method::GET, "/ords/crm/customers?limit=2", None));
    script.push(call(Ords, Method::GET, "/ords/crm/nothing/", None));
    script.push(call(OciGateway, Method::PUT, "/erp/v1/customers/2", Some(customer(70))));
    script.push(call(Ords, Method::PUT, "/ords/crm/customers/3", Some(customer(71))));
    script.push(call(Ords, Method::DELETE, "/ords/crm/customers/3", None));
    script.push(Move::Arm("5xx-burst", OciGateway));
    script.push(Move::Advance(1_000));
    for _ in 0..105 {
        script.push(call(OciGateway, Method::GET, "/erp/v1/customers/?limit=2", None));
    }

    script.push(call(RetailExpress, Method::GET, "/v2/auth/token", None));
    for n in 0..5 {
        let body = json!({"first_name": format!("R{n}"), "last_name": "Sample", "email": format!("r{n}@example.com")});
        script.push(call(RetailExpress, Method::POST, "/v2.1/customers", Some(body)));
    }
    script.push(call(RetailExpress, Method::POST, "/v2.1/customers", Some(json!({"email": "no address"}))));
    script.push(call(RetailExpress, Method::GET, "/v2.1/customers/@r1", None));
    script.push(call(RetailExpress, Method::GET, "/v2.1/customers/1", None));
    script.push(call(RetailExpress, Method::PUT, "/v2.1/customers/@r1", Some(json!({"phone": "02 9000 0000"}))));
    script.push(Move::Arm("5xx-burst", RetailExpress));
    for n in 0..150 {
        script.push(call(
            RetailExpress,
            Method::GET,
            &format!("/v2.1/customers?page_size=2&page_number={}", n % 4),
            None,
        ));
    }
    script.push(Move::Spend(RetailExpress, "minute"));
    script.push(call(RetailExpress, Method::GET, "/v2.1/customers", None));
    script.push(Move::Advance(60_000));
    script.push(Move::Spend(RetailExpress, "day"));
    script.push(call(RetailExpress, Method::GET, "/v2.1/customers", None));
    let associations = "/crm/v4/associations/contacts/companies/batch/read";
    for limit in ["associations", "associations_daily"] {
        script.push(Move::Advance(10_000));
        script.push(Move::Spend(Hubspot, limit));
        script.push(call(Hubspot, Method::POST, associations, Some(json!({"inputs": [{"id": "1"}]}))));
    }
    script.push(Move::Spend(Hubspot, "daily"));
    script.push(call(Hubspot, Method::GET, contacts, None));
    script.push(Move::Advance(3_600_000));
    script.push(call(RetailExpress, Method::GET, "/v2.1/customers", None));
    script.push(call(Ords, Method::GET, "/ords/crm/customers/", None));
    script
}

async fn run(script: &[Move]) -> Run {
    run_with(script, 7).await
}

async fn run_with(script: &[Move], seed: u64) -> Run {
    let world = World::builder().id("same").seed(seed).clock(ClockMode::Manual).start().await.unwrap();
    let ready = world.ready();
    let first_try = |got: &Got| got.body.contains("k0@example.com") && got.body.contains(r#""attemptNumber":0"#);
    let receiver = Receiver::start(move |_, got| Some(if first_try(got) { 503 } else { 204 })).await;
    let subscriptions = json!([
        {"subscriptionType": "contact.creation"},
        {"subscriptionType": "contact.deletion"},
        {"subscriptionType": "contact.propertyChange", "propertyName": "email"},
    ]);
    world.webhooks(&receiver.url, &serde_json::from_value::<Vec<_>>(subscriptions).unwrap()).unwrap();
    let client = reqwest::Client::new();
    let (mut ids, mut tokens) = (Ids::default(), [String::new(), String::new()]);
    let mut answers = Vec::new();
    for step in script {
        match step {
            Move::Advance(ms) => {
                assert!(world.clock().set(ClockChange::advance(*ms)).await.unwrap().settled);
            }
            Move::Spend(system, limit) => assert_eq!(world.spend(*system, limit, 0).unwrap().left, 0),
            Move::Arm(name, system) => {
                let at = Where { system: Some(*system), ..Where::default() };
                world.arm(Arm { name: (*name).to_owned(), count: Some(2), at, ..Arm::default() }).unwrap();
            }
            Move::Call(system, method, path, body, who) => {
                let path = ids.in_path(path);
                let mut request = client.request(method.clone(), format!("{}{path}", world.url(*system).unwrap()));
                let is_token = path.ends_with("/token");
                request = match (system, who) {
                    (_, Who::Nobody) => request,
                    (_, Who::Garbled) => request.bearer_auth("access-token"),
                    (SystemName::Hubspot, _) => request.bearer_auth(text(&ready, "hubspot", "token")),
                    (SystemName::OciGateway | SystemName::Ords, _) if is_token => request
                        .basic_auth(text(&ready, "ords", "client_id"), Some(text(&ready, "ords", "client_secret")))
                        .form(&[("grant_type", "client_credentials")]),
                    (SystemName::OciGateway | SystemName::Ords, _) => request.bearer_auth(&tokens[0]),
                    (SystemName::RetailExpress, _) => {
                        request.bearer_auth(&tokens[1]).header("x-api-key", text(&ready, "retail_express", "api_key"))
                    }
                };
                request = match body {
                    Some(Value::String(text)) => request.header("content-type", "text/plain").body(text.clone()),
                    Some(body) => request.json(&ids.in_body(body)),
                    None => request,
                };
                let response = request.send().await.unwrap();
                let status = response.status().as_u16();
                let headers = response
                    .headers()
                    .iter()
                    .map(|(name, value)| format!("{name}: {}", canonical(value.to_str().unwrap(), &world)))
                    .collect();
                let body = response.text().await.unwrap();
                let json: Value = serde_json::from_str(&body).unwrap_or_default();
                if let Some(token) = json["access_token"].as_str() {
                    tokens[usize::from(*system == SystemName::RetailExpress)] = token.to_owned();
                }
                match &json["id"] {
                    Value::String(id) if status == 201 => ids.contacts.push(id.clone()),
                    Value::Number(id) if *system == SystemName::RetailExpress => ids.customers.push(id.to_string()),
                    _ => {}
                }
                answers.push((status, headers, canonical(&body, &world)));
            }
        }
    }
    let reader = world.journal();
    let mut entries = reader.since(0, Kinds::ALL, usize::MAX).unwrap();
    reader.fill_bodies(&mut entries).unwrap();
    for entry in &mut entries {
        // Which of its connections a client takes is its own choice.
        if let What::Exchange(exchange) = &mut entry.what {
            exchange.connection = 0;
        }
    }
    let told = |entry| canonical(&serde_json::to_string(entry).unwrap(), &world).replace(&receiver.url, "receiver");
    let journal = entries.iter().map(told).collect();
    Run { answers, journal }
}

/// The ids that the script's creates were answered with.
#[derive(Default)]
struct Ids {
    contacts: Vec<String>,
    customers: Vec<String>,
}

impl Ids {
    /// The id of a place; before there is one, an id of nobody's.
    fn at(&self, place: &str) -> String {
        let (ids, place) = match place.strip_prefix('r') {
            Some(place) => (&self.customers, place),
            None => (&self.contacts, place),
        };
        place.parse::<usize>().ok().and_then(|place| ids.get(place)).cloned().unwrap_or_else(|| "1".to_owned())
    }

    fn in_path(&self, path: &str) -> String {
        let Some((before, rest)) = path.split_once("/@") else { return path.to_owned() };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        format!("{before}/{}{}", self.at(&rest[..end]), &rest[end..])
    }

    fn in_body(&self, body: &Value) -> Value {
        match body {
            Value::String(text) if text.starts_with('@') => self.at(&text[1..]).into(),
            Value::Array(values) => values.iter().map(|value| self.in_body(value)).collect(),
            Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), self.in_body(value))).collect(),
            other => other.clone(),
        }
    }
}

/// Ports are the machine's choice; everything else has to be the same.
fn canonical(text: &str, world: &World) -> String {
    SystemName::ALL.iter().fold(text.to_owned(), |text, system| {
        let authority = world.url(*system).unwrap().trim_start_matches("http://");
        text.replace(authority, system.as_str())
    })
}

fn text<'a>(ready: &'a Value, system: &str, name: &str) -> &'a str {
    ready["systems"][system][name].as_str().unwrap()
}

#[test]
fn draws_depend_on_seed_label_and_number() {
    let draw = |seed, label, n| Seed(seed).draw(label, n);
    assert_eq!(draw(7, "a", 1), draw(7, "a", 1));
    assert_ne!(draw(7, "a", 1), draw(8, "a", 1));
    assert_ne!(draw(7, "a", 1), draw(7, "b", 1));
    assert_ne!(draw(7, "a", 1), draw(7, "a", 2));
}
