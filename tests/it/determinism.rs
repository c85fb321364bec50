//! The same seed and the same requests in the same order give the same bytes, stamps included.

use reqwest::Method;
use serde_json::{Value, json};
use sim::faults::{Arm, Where};
use sim::journal::{Kinds, What};
use sim::{ClockChange, ClockMode, Seed, SystemName, World};

/// One move of the script. A path that begins with `@` is a stored id's place: `@3` is the id of
/// the record that the third create made.
#[derive(Clone, Debug)]
enum Move {
    Call(SystemName, Method, String, Option<Value>, Who),
    Advance(i64),
    Arm(&'static str, SystemName),
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

    let statuses: std::collections::BTreeSet<u16> = first.answers.iter().map(|(status, ..)| *status).collect();
    for expected in [200, 201, 204, 207, 400, 401, 404, 405, 409, 429, 502, 503, 504] {
        assert!(statuses.contains(&expected), "no {expected} among {statuses:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_seed_gives_other_bytes() {
    let script: Vec<_> = script().into_iter().take(40).collect();
    let one = run_with(&script, 7).await;
    let other = run_with(&script, 8).await;
    assert_ne!(one.answers, other.answers);
}

/// Every route of every system, refusals, calls over each limit, and both faults.
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
    ] {
        script.push(call(Hubspot, Method::POST, &format!("{contacts}/batch/{verb}"), Some(body)));
    }
    script.push(call(Hubspot, Method::DELETE, &format!("{contacts}/@0"), None));
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
    script.push(Move::Arm("5xx-burst", RetailExpress));
    for n in 0..150 {
        script.push(call(
            RetailExpress,
            Method::GET,
            &format!("/v2.1/customers?page_size=2&page_number={}", n % 4),
            None,
        ));
    }
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
    let client = reqwest::Client::new();
    let (mut ids, mut tokens) = (Vec::new(), [String::new(), String::new()]);
    let mut answers = Vec::new();
    for step in script {
        match step {
            Move::Advance(ms) => {
                assert!(world.clock().set(ClockChange::advance(*ms)).await.unwrap().settled);
            }
            Move::Arm(name, system) => {
                let at = Where { system: Some(*system), ..Where::default() };
                world.arm(Arm { name: (*name).to_owned(), count: 2, status: None, at }).unwrap();
            }
            Move::Call(system, method, path, body, who) => {
                let path = with_id(path, &ids);
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
                if let Some(body) = body {
                    request = request.json(body);
                }
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
                if status == 201
                    && let Some(id) = json["id"].as_str()
                {
                    ids.push(id.to_owned());
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
    let journal = entries.iter().map(|entry| canonical(&serde_json::to_string(entry).unwrap(), &world)).collect();
    Run { answers, journal }
}

/// `@3` in a path becomes the id of the third record made; before there is one, an id of nobody's.
fn with_id(path: &str, ids: &[String]) -> String {
    let Some((before, rest)) = path.split_once('@').filter(|(before, _)| before.ends_with('/')) else {
        return path.to_owned();
    };
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let id = rest[..digits].parse::<usize>().ok().and_then(|place| ids.get(place)).map_or("1", String::as_str);
    format!("{before}{id}{}", &rest[digits..])
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
