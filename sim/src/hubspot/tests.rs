//! The switches of the policy, on a room by itself: each changes what the profile in use answers.
//! What the default profile answers is held over sockets.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};

use super::{Hubspot, State};
use crate::gate::{Decision, Limits, Reading, advertised};
use crate::journal::Changes;
use crate::message::{Outcome, Request, RequestBody};
use crate::policy::Profile;
use crate::world::slots::Slot;
use crate::world::step::{Stage, System};
use crate::{Moment, Seed};

const SEED: Seed = Seed(7);

struct Desk {
    room: Hubspot,
    slot: Slot<State>,
    changes: Changes,
    at: Moment,
    exchange: u64,
}

struct Answer {
    status: u16,
    /// The rate headers and Retry-After, by name.
    rates: Vec<String>,
    body: Value,
}

impl Desk {
    /// A room whose profile is the default one with these lines laid over it.
    fn with(lines: &str) -> Self {
        let text = format!("name: tried\nsystem: hubspot\nextends: professional\n{lines}");
        let profile = Profile::parse("tried.yaml", &text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let room = Hubspot::new(SEED, SEED, Arc::new(profile), None);
        let mut slot = Slot::new(Limits::starting(Moment::START), State::default());
        room.furnish(&mut slot, Moment::START);
        Self { room, slot, changes: Changes::default(), at: Moment::START, exchange: 0 }
    }

    fn setting(name: &str, value: &str) -> Self {
        Self::with(&format!("settings:\n  {name}: {{ value: {value}, source: here, date: 2026-11-01 }}\n"))
    }

    fn post(&mut self, target: &str, body: &Value) -> Answer {
        self.call(Method::POST, target, body.to_string())
    }

    fn call(&mut self, method: Method, target: &str, body: String) -> Answer {
        self.exchange += 1;
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert(
            "authorization",
            HeaderValue::try_from(format!("Bearer {}", self.room.apps.private().token)).unwrap(),
        );
        let (body, peer) = (RequestBody::Whole(Bytes::from(body)), [127, 0, 0, 1].into());
        let root = if target.starts_with("/crm/") { "" } else { "/crm/v3/objects/contacts" };
        let uri = format!("{root}{target}").parse().unwrap();
        let request = Request { method, uri, headers, body, peer, connection: 1 };

        let room = &self.room;
        let call = room.read(&request);
        let Slot { limits, tokens, state } = &mut self.slot;
        let mut stage = Stage {
            at: self.at,
            exchange: self.exchange,
            seed: SEED,
            caller: None,
            tokens,
            state,
            changes: &mut self.changes,
            base_url: "http://127.0.0.1:4010",
            readings: crate::gate::Readings::default(),
            touch: crate::faults::Touch::default(),
        };
        stage.caller = room.authenticate(&call, &mut stage).ok();
        let charge = room.charge(&call, &stage);
        let decision = limits.decide(room.gate(), &charge, self.at);
        let mut rates: Vec<_> = advertised(room.gate(), charge.classes, decision.readings()).collect();
        let reply = match decision {
            Decision::Refused { limit, frees_at, .. } => {
                let reading = Reading { limit, size: 0, remaining: 0, frees_at };
                room.over_limit(&call, &reading, &mut stage)
            }
            Decision::Passed(_) => match room.act(call, &mut stage) {
                Outcome::Answer(reply) => reply,
                Outcome::Forward(_) => panic!("nothing is forwarded here"),
            },
        };
        rates.extend(reply.headers.into_iter().filter(|(name, _)| name == "retry-after"));
        Answer {
            status: reply.status.as_u16(),
            rates: rates.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect(),
            body: serde_json::from_slice(&reply.body.write()).unwrap(),
        }
    }
}

#[test]
fn the_daily_limit_is_told_without_a_group() {
    let mut desk = Desk::with("limits:\n  - { id: daily, size: { value: 2, source: here, date: 2026-11-01 } }\n");
    for _ in 0..2 {
        assert_eq!(desk.call(Method::GET, "", String::new()).status, 200);
    }
    for (method, target) in [(Method::GET, ""), (Method::POST, "/search")] {
        let mut over = desk.call(method, target, String::new());
        let ids = (over.body["correlationId"].take(), over.body["requestId"].take());
        assert_ne!(ids.0, ids.1);
        assert_eq!((over.status, ids.1.as_str().unwrap().len()), (429, 36));
        let expected = r#"{"status":"error","message":"You have reached your daily limit.","errorType":"RATE_LIMIT","correlationId":null,"policyName":"DAILY","requestId":null}"#;
        assert_eq!(over.body.to_string(), expected);
        let told = [
            "x-hubspot-ratelimit-daily: 2",
            "x-hubspot-ratelimit-daily-remaining: 0",
            "x-hubspot-ratelimit-interval-milliseconds: 10000",
            "x-hubspot-ratelimit-max: 190",
            "x-hubspot-ratelimit-remaining: 188",
            "x-hubspot-ratelimit-secondly: 19",
            "x-hubspot-ratelimit-secondly-remaining: 17",
        ];
        assert_eq!(over.rates, if target.is_empty() { &told[..] } else { &[] });
    }
}

#[test]
fn a_search_over_its_limit_may_be_told_by_the_service() {
    let mut desk = Desk::setting("search_429", "service");
    while desk.post("/search", &json!({})).status == 200 {}
    let mut over = desk.post("/search", &json!({}));
    over.body["correlationId"] = "ID".into();
    let expected = r#"{"status":"error","message":"You have reached your secondly limit.","correlationId":"ID","category":"RATE_LIMITS"}"#;
    assert_eq!((over.status, over.body.to_string().as_str()), (429, expected));
}

#[test]
fn a_search_may_carry_the_daily_pair() {
    let mut desk = Desk::setting("search_headers", "daily_only");
    let told = |left| {
        [format!("x-hubspot-ratelimit-daily: {}", 625_000), format!("x-hubspot-ratelimit-daily-remaining: {left}")]
    };
    for left in (624_995..625_000).rev() {
        assert_eq!(desk.post("/search", &json!({})).rates, told(left));
    }
    let over = desk.post("/search", &json!({}));
    assert_eq!((over.status, over.rates), (429, told(624_995).to_vec()));
}

#[test]
fn a_429_may_say_when_to_come_again() {
    let mut desk = Desk::setting("retry_after_on_429", "seconds");
    for _ in 0..190 {
        assert_eq!(desk.call(Method::GET, "", String::new()).status, 200);
    }
    for (passed, seconds) in [(0, 10), (1, 10), (9_000, 1), (9_999, 1)] {
        desk.at = Moment::START.plus(passed);
        let over = desk.call(Method::GET, "", String::new());
        assert_eq!((over.status, over.rates.last()), (429, Some(&format!("retry-after: {seconds}"))));
    }
}

#[test]
fn an_upsert_by_address_may_succeed_in_part() {
    let mut desk = Desk::setting("upsert_on_email", "each");
    let by = |email: &str, trace: &str, properties: Value| json!({"id": email, "idProperty": "email", "objectWriteTraceId": trace, "properties": properties});
    let inputs = json!([by("kim@example.test", "a", json!({})), by("nobody", "b", json!({}))]);
    let answer = desk.post("/batch/upsert", &json!({"inputs": inputs}));
    assert_eq!((answer.status, &answer.body["results"][0]["objectWriteTraceId"]), (207, &json!("a")));
    assert_eq!(answer.body["errors"][0]["context"], json!({"objectWriteTraceId": ["b"]}));
}

#[test]
fn a_batch_read_that_finds_nothing_may_be_404() {
    let mut desk = Desk::setting("batch_read_none_found_status", "404");
    let id = desk.post("", &json!({"properties": {"email": "kim@example.test"}})).body["id"].clone();
    let mut read = |ids: &[&Value]| {
        let inputs: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
        desk.post("/batch/read", &json!({"inputs": inputs}))
    };
    let none = read(&[&json!("901")]);
    assert_eq!((none.status, &none.body["message"]), (404, &json!("resource not found")));
    assert_eq!(read(&[&json!("901"), &id]).status, 207);
    assert_eq!(read(&[]).status, 200);
}

#[test]
fn a_stage_that_would_go_back_may_be_refused() {
    let mut desk = Desk::setting("backward_lifecycle_stage", "refused");
    let made = desk.post("", &json!({"properties": {"email": "kim@example.test", "lifecyclestage": "customer"}}));
    let target = format!("/{}", made.body["id"].as_str().unwrap());
    let mut change = |stage: &str| {
        let body = json!({"properties": {"lifecyclestage": stage}}).to_string();
        desk.call(Method::PATCH, &target, body).status
    };
    assert_eq!([change("lead"), change("evangelist"), change(""), change("lead")], [400, 200, 200, 200]);
}

#[test]
fn refused_options_may_be_told_whole() {
    let mut desk = Desk::setting("invalid_option_text", "protobuf");
    let answer = desk.post("", &json!({"properties": {"email": "kim@example.test", "hs_lead_status": "x"}}));
    let message = answer.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("label: \"New\"\nvalue: \"NEW\"\ndisplay_order: 0\n"), "{message}");
}

/// A company and a contact, made by what is told of them.
fn two(desk: &mut Desk) -> (String, String) {
    let mut made = |target: &str, properties: Value| {
        let made = desk.post(target, &json!({ "properties": properties }));
        made.body["id"].as_str().unwrap().to_owned()
    };
    (made("", json!({"email": "kim@example.test"})), made("/crm/v3/objects/companies", json!({"name": "Acme"})))
}

#[test]
fn ids_of_associated_records_may_be_texts() {
    for (written, quoted) in [("number", false), ("string", true)] {
        let mut desk = Desk::setting("association_ids", written);
        let (kim, acme) = two(&mut desk);
        let target = format!("/crm/v4/objects/contacts/{kim}/associations/companies/{acme}");
        let set = desk.call(Method::PUT, &target, "[]".to_owned());
        let id = |text: &str| if quoted { json!(text) } else { json!(text.parse::<u64>().unwrap()) };
        assert_eq!((&set.body["fromObjectId"], &set.body["toObjectId"]), (&id(&kim), &id(&acme)), "{written}");
        let target = format!("/crm/v4/objects/contacts/{kim}/associations/companies");
        let list = desk.call(Method::GET, &target, String::new());
        assert_eq!(list.body["results"][0]["toObjectId"], id(&acme), "{written}");
    }
}

#[test]
fn a_batch_that_makes_associations_may_be_200() {
    for (status, told) in [("201", 201), ("200", 200)] {
        let mut desk = Desk::setting("association_create_status", status);
        let (kim, acme) = two(&mut desk);
        let ends = json!({"from": {"id": kim}, "to": {"id": acme}, "type": "contact_to_company", "types": []});
        for version in ["v3", "v4"] {
            let target = format!("/crm/{version}/associations/contacts/companies/batch/create");
            assert_eq!(desk.post(&target, &json!({"inputs": [ends]})).status, told, "{version}");
        }
    }
}
