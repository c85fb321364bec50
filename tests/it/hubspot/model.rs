//! Contacts against a plain map: any sequence of writes, each answer and all records after it. The
//! model shares no code with the room; it holds two maps and looks through them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{CONTACTS, Portal};
use crate::support::pass;

/// What a write sets; an empty name clears.
#[derive(Clone, Debug, Default)]
struct Change {
    email: Option<u8>,
    name: Option<u8>,
}

#[derive(Clone, Debug)]
enum Op {
    Create(Change),
    Update(usize, Change),
    UpdateByAddress(u8, Change),
    Archive(usize),
    BatchCreate(Vec<Change>, bool),
    BatchUpdate(Vec<(usize, Change)>),
    BatchUpsert(Vec<(u8, Change)>),
    BatchArchive(Vec<usize>),
    BatchRead(Vec<usize>),
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Contact {
    email: Option<String>,
    name: Option<String>,
}

#[derive(Default)]
struct Model {
    live: BTreeMap<u64, Contact>,
    archived: BTreeMap<u64, Contact>,
}

/// One of few addresses, as a caller spells it; spelt otherwise it is the same address.
fn spelt(address: u8) -> String {
    let spelling = ["c{}@example.test", "C{}@Example.Test", " c{}@example.test"][usize::from(address / 6) % 3];
    spelling.replace("{}", &(address % 6).to_string())
}

fn kept(address: u8) -> String {
    format!("c{}@example.test", address % 6)
}

fn name(name: u8) -> String {
    if name.is_multiple_of(4) { String::new() } else { format!("n{name}") }
}

impl Change {
    fn sent(&self) -> Value {
        let mut properties = Map::new();
        if let Some(address) = self.email {
            properties.insert("email".into(), spelt(address).into());
        }
        if let Some(n) = self.name {
            properties.insert("firstname".into(), name(n).into());
        }
        properties.into()
    }

    fn write(&self, contact: &mut Contact) {
        if let Some(address) = self.email {
            contact.email = Some(kept(address));
        }
        if let Some(n) = self.name {
            contact.name = Some(name(n)).filter(|name| !name.is_empty());
        }
    }
}

impl Model {
    /// The id that a place means: one that was ever given, or one that never was.
    fn id(&self, place: usize) -> u64 {
        let ever: BTreeSet<_> = self.live.keys().chain(self.archived.keys()).copied().collect();
        ever.into_iter().nth(place % 12).unwrap_or(901)
    }

    fn holder(&self, address: &str) -> Option<u64> {
        let holds = |(_, contact): &(&u64, &Contact)| contact.email.as_deref() == Some(address);
        self.live.iter().find(holds).map(|(id, _)| *id)
    }

    /// Whether an address may be written to `own`, beside what earlier inputs take.
    fn free(&self, change: &Change, own: Option<u64>, taken: &mut BTreeSet<String>) -> bool {
        let Some(address) = change.email.map(kept) else { return true };
        let held = self.holder(&address).is_some_and(|holder| Some(holder) != own);
        !held && taken.insert(address)
    }

    /// The status that creates come to, and what each input makes.
    fn creates(&self, inputs: &[Change], partial: bool) -> (u16, Vec<Option<Contact>>) {
        let (mut taken, mut first_failure, mut made) = (BTreeSet::new(), None, Vec::new());
        for input in inputs {
            let mut contact = Contact::default();
            input.write(&mut contact);
            let status = match contact {
                Contact { email: None, name: None } => 400,
                _ if !self.free(input, None, &mut taken) => 409,
                _ => 201,
            };
            made.push((status == 201).then_some(contact));
            first_failure = first_failure.or((status != 201).then_some(status));
        }
        match first_failure {
            Some(_) if partial => (207, made),
            Some(status) => (status, vec![]),
            None => (201, made),
        }
    }
}

/// The ids of a 2xx answer's records, in their order.
fn told(body: &Value) -> Vec<u64> {
    let one = [body.clone()];
    let records = body["results"].as_array().map_or(&one[..], Vec::as_slice);
    records.iter().filter_map(|record| record["id"].as_str()?.parse().ok()).collect()
}

struct Run {
    portal: Portal,
    model: Model,
}

impl Run {
    /// Sends a call and holds its status against the model's.
    async fn call(&self, method: Method, path: &str, body: Value, status: u16) -> Result<Value, TestCaseError> {
        let media = (body != Value::Null).then_some("application/json");
        let sent = media.map_or(String::new(), |_| body.to_string());
        let answer = self.portal.client.send(method, &format!("{CONTACTS}{path}"), media, sent).await;
        prop_assert_eq!(answer.status, status, "{} {}: {}", path, body, answer.body);
        Ok(if answer.body.is_empty() { Value::Null } else { answer.json() })
    }

    async fn apply(&mut self, op: &Op) -> TestCaseResult {
        match op {
            Op::Create(change) => {
                let (status, made) = self.model.creates(std::slice::from_ref(change), false);
                let body = self.call(Method::POST, "", json!({"properties": change.sent()}), status).await?;
                self.made(&body, made)?;
            }
            Op::BatchCreate(inputs, traced) => {
                let (status, made) = self.model.creates(inputs, *traced);
                let sent = inputs.iter().enumerate().map(|(n, change)| {
                    let mut input = json!({"properties": change.sent()});
                    if *traced {
                        input["objectWriteTraceId"] = n.to_string().into();
                    }
                    input
                });
                let sent = json!({"inputs": sent.collect::<Vec<_>>()});
                let body = self.call(Method::POST, "/batch/create", sent, status).await?;
                if status == 207 {
                    let failed = made.iter().filter(|made| made.is_none()).count();
                    prop_assert_eq!(&body["numErrors"], failed);
                }
                self.made(&body, made)?;
            }
            Op::Update(place, change) => {
                let id = self.model.id(*place);
                self.update(&format!("/{id}"), self.model.live.contains_key(&id).then_some(id), change).await?;
            }
            Op::UpdateByAddress(address, change) => {
                let path = format!("/{}?idProperty=email", spelt(*address).replace(' ', "%20"));
                self.update(&path, self.model.holder(&kept(*address)), change).await?;
            }
            Op::Archive(place) => {
                let id = self.model.id(*place);
                self.call(Method::DELETE, &format!("/{id}"), Value::Null, 204).await?;
                self.archive(&[id]);
            }
            Op::BatchUpdate(inputs) => self.batch_update(inputs).await?,
            Op::BatchUpsert(inputs) => self.batch_upsert(inputs).await?,
            Op::BatchArchive(places) => {
                let ids: Vec<_> = places.iter().map(|place| self.model.id(*place)).collect();
                let twice = ids.iter().collect::<BTreeSet<_>>().len() < ids.len();
                let sent = json!({"inputs": ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>()});
                self.call(Method::POST, "/batch/archive", sent, if twice { 400 } else { 204 }).await?;
                if !twice {
                    self.archive(&ids);
                }
            }
            Op::BatchRead(places) => {
                let ids: Vec<_> = places.iter().map(|place| self.model.id(*place)).collect();
                let all = ids.iter().all(|id| self.model.live.contains_key(id));
                let sent = json!({"inputs": ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>()});
                let body = self.call(Method::POST, "/batch/read", sent, if all { 200 } else { 207 }).await?;
                let mut once = BTreeSet::new();
                let found = ids.into_iter().filter(|id| self.model.live.contains_key(id) && once.insert(*id));
                prop_assert_eq!(told(&body), found.collect::<Vec<_>>());
            }
        }
        Ok(())
    }

    async fn update(&mut self, path: &str, own: Option<u64>, change: &Change) -> TestCaseResult {
        let nothing = change.email.is_none() && change.name.is_none();
        let status = match own {
            _ if nothing => 400,
            None => 404,
            Some(_) if !self.model.free(change, own, &mut BTreeSet::new()) => 409,
            Some(_) => 200,
        };
        let body = self.call(Method::PATCH, path, json!({"properties": change.sent()}), status).await?;
        if let (200, Some(own)) = (status, own) {
            prop_assert_eq!(told(&body), [own]);
            change.write(self.model.live.get_mut(&own).unwrap());
        }
        Ok(())
    }

    async fn batch_update(&mut self, inputs: &[(usize, Change)]) -> TestCaseResult {
        let ids: Vec<_> = inputs.iter().map(|(place, _)| self.model.id(*place)).collect();
        let mut taken = BTreeSet::new();
        let free = inputs.iter().zip(&ids).filter(|(_, id)| self.model.live.contains_key(id));
        let clash = free.filter(|((_, change), id)| !self.model.free(change, Some(**id), &mut taken)).count() > 0;
        let status = if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
            400
        } else if clash {
            409
        } else if ids.iter().all(|id| self.model.live.contains_key(id)) {
            200
        } else {
            207
        };
        let sent = inputs.iter().zip(&ids).map(|((_, change), id)| json!({"id": id, "properties": change.sent()}));
        let sent = json!({"inputs": sent.collect::<Vec<_>>()});
        let body = self.call(Method::POST, "/batch/update", sent, status).await?;
        if status < 400 {
            let found: Vec<_> = ids.iter().copied().filter(|id| self.model.live.contains_key(id)).collect();
            prop_assert_eq!(told(&body), found);
            for ((_, change), id) in inputs.iter().zip(ids) {
                if let Some(contact) = self.model.live.get_mut(&id) {
                    change.write(contact);
                }
            }
        }
        Ok(())
    }

    async fn batch_upsert(&mut self, inputs: &[(u8, Change)]) -> TestCaseResult {
        let keys: Vec<_> = inputs.iter().map(|(address, _)| kept(*address)).collect();
        let (mut taken, mut clash) = (BTreeSet::new(), false);
        let mut plan = Vec::new();
        for ((address, change), key) in inputs.iter().zip(&keys) {
            let own = self.model.holder(key);
            // A new contact gets the address it was looked for by, unless another is sent.
            let email = if own.is_none() { change.email.or(Some(*address)) } else { change.email };
            let change = Change { email, name: change.name };
            clash |= !self.model.free(&change, own, &mut taken);
            plan.push((own, change));
        }
        let status = if keys.iter().collect::<BTreeSet<_>>().len() < keys.len() {
            400
        } else if clash {
            409
        } else {
            200
        };
        let sent = inputs.iter().map(
            |(address, change)| json!({"id": spelt(*address), "idProperty": "email", "properties": change.sent()}),
        );
        let sent = json!({"inputs": sent.collect::<Vec<_>>()});
        let body = self.call(Method::POST, "/batch/upsert", sent, status).await?;
        if status == 200 {
            for ((own, change), (record, id)) in
                plan.iter().zip(body["results"].as_array().unwrap().iter().zip(told(&body)))
            {
                prop_assert_eq!(&record["new"], own.is_none());
                prop_assert!(own.is_none_or(|own| own == id));
                change.write(self.model.live.entry(id).or_default());
            }
        }
        Ok(())
    }

    fn archive(&mut self, ids: &[u64]) {
        for id in ids {
            if let Some(contact) = self.model.live.remove(id) {
                self.model.archived.insert(*id, contact);
            }
        }
    }

    /// New records have ids beyond all that were ever given, in the order of their inputs.
    fn made(&mut self, body: &Value, made: Vec<Option<Contact>>) -> TestCaseResult {
        let (made, ids): (Vec<_>, _) = (made.into_iter().flatten().collect(), told(body));
        prop_assert_eq!(made.len(), ids.len());
        for (id, contact) in ids.into_iter().zip(made) {
            let last = self.model.live.keys().chain(self.model.archived.keys()).max();
            prop_assert!(last.is_none_or(|last| *last < id));
            self.model.live.insert(id, contact);
        }
        Ok(())
    }

    /// Walks all pages, and compares what they hold with a map.
    async fn list(&self, limit: usize, archived: bool) -> TestCaseResult {
        let mut path = format!("?limit={limit}&archived={archived}&properties=email,firstname");
        let (mut found, mut pages) = (Vec::new(), 0);
        loop {
            let page = self.call(Method::GET, &path, Value::Null, 200).await?;
            for record in page["results"].as_array().unwrap() {
                let text = |name: &str| record["properties"][name].as_str().map(str::to_owned);
                let id: u64 = record["id"].as_str().unwrap().parse().unwrap();
                found.push((id, Contact { email: text("email"), name: text("firstname") }));
            }
            pages += 1;
            match page["paging"]["next"]["link"].as_str() {
                Some(link) => path = link[self.portal.client.base.len() + CONTACTS.len()..].to_owned(),
                None => break,
            }
        }
        let expected = if archived { &self.model.archived } else { &self.model.live };
        prop_assert_eq!(pages, expected.len().div_ceil(limit).max(1));
        prop_assert_eq!(found, expected.clone().into_iter().collect::<Vec<_>>());
        Ok(())
    }
}

fn change() -> impl Strategy<Value = Change> {
    (prop::option::of(0..18_u8), prop::option::of(0..8_u8)).prop_map(|(email, name)| Change { email, name })
}

fn op() -> impl Strategy<Value = Op> {
    let place = || 0..14_usize;
    prop_oneof![
        3 => change().prop_map(Op::Create),
        3 => (place(), change()).prop_map(|(place, change)| Op::Update(place, change)),
        2 => (0..18_u8, change()).prop_map(|(address, change)| Op::UpdateByAddress(address, change)),
        2 => place().prop_map(Op::Archive),
        2 => (prop::collection::vec(change(), 1..5), any::<bool>()).prop_map(|(inputs, traced)| Op::BatchCreate(inputs, traced)),
        2 => prop::collection::vec((place(), change()), 1..4).prop_map(Op::BatchUpdate),
        2 => prop::collection::vec((0..18_u8, change()), 1..4).prop_map(Op::BatchUpsert),
        1 => prop::collection::vec(place(), 1..4).prop_map(Op::BatchArchive),
        1 => prop::collection::vec(place(), 1..6).prop_map(Op::BatchRead),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn contacts_are_what_a_plain_map_says(ops in prop::collection::vec(op(), 1..30), limit in 1..7_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut run = Run { portal: Portal::open().await, model: Model::default() };
            for op in &ops {
                run.apply(op).await?;
                run.list(limit, false).await?;
                run.list(limit, true).await?;
                // Out of reach of the ten-second limit.
                pass(&run.portal.world, "10s").await;
            }
            Ok::<_, TestCaseError>(())
        })?;
    }
}
