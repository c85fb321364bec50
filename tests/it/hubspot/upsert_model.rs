//! Upserts: said twice they are as said once, by address and by a unique property of the account's own
//! (facts/hubspot-crm.md §2.9).

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{CONTACTS, Portal};

/// One input: whose, and what is set; nought clears, and none is not sent.
type Input = (u8, Option<u8>, Option<u8>);

const MEMBERS: [&str; 2] = ["firstname", "city"];

fn key(by_address: bool, n: u8) -> String {
    if by_address { format!("u{n}@example.com") } else { format!("K-{n}") }
}

fn text(n: u8) -> String {
    if n == 0 { String::new() } else { format!("v{n}") }
}

/// Each input once for each key: no batch may name one twice.
fn distinct(inputs: &[Input]) -> Vec<Input> {
    let mut seen = BTreeSet::new();
    inputs.iter().copied().filter(|(n, ..)| seen.insert(*n)).collect()
}

fn body(by_address: bool, unique: &str, inputs: &[Input]) -> Value {
    let id_property = if by_address { "email" } else { unique };
    let input = |(n, first, city): &Input| {
        let sent = MEMBERS.iter().zip([first, city]).filter_map(|(name, value)| Some((*name, text((*value)?))));
        let properties: Map<String, Value> = sent.map(|(name, text)| (name.to_owned(), text.into())).collect();
        json!({"id": key(by_address, *n), "idProperty": id_property, "properties": properties})
    };
    json!({"inputs": inputs.iter().map(input).collect::<Vec<_>>()})
}

/// All records as they read, without the dates of their last change.
async fn all(portal: &Portal, unique: &str) -> BTreeMap<String, Value> {
    let list = portal.client.get(&format!("{CONTACTS}?limit=100&properties=email,firstname,city,{unique}")).await;
    let records = list.must(200).json();
    let records = records["results"].as_array().unwrap().iter().map(|record| {
        let mut properties = record["properties"].clone();
        properties.as_object_mut().unwrap().remove("lastmodifieddate");
        (record["id"].as_str().unwrap().to_owned(), properties)
    });
    records.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn an_upsert_said_twice_is_as_said_once(
        by_address in any::<bool>(),
        batches in prop::collection::vec(
            prop::collection::vec((0..8_u8, prop::option::of(0..4_u8), prop::option::of(0..4_u8)), 1..10),
            1..6,
        ),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let portal = Portal::open().await;
            let unique = json!({
                "name": "m_key", "label": "Key", "type": "string", "fieldType": "text", "groupName": "contactinformation",
                "hasUniqueValue": true,
            });
            portal.client.post("/crm/v3/properties/contacts", &unique).await.must(201);
            // What is known of each key, by our own reckoning, and the id it was first told under.
            let mut model: BTreeMap<u8, [Option<u8>; 2]> = BTreeMap::new();
            let mut told: BTreeMap<u8, String> = BTreeMap::new();
            for inputs in &batches {
                let inputs = distinct(inputs);
                let body = body(by_address, "m_key", &inputs);
                let path = format!("{CONTACTS}/batch/upsert");
                let first = portal.client.post(&path, &body).await.must(200).json();
                let once = all(&portal, "m_key").await;
                let again = portal.client.post(&path, &body).await.must(200).json();
                assert_eq!(all(&portal, "m_key").await, once, "{body}");

                let results = |answer: &Value| answer["results"].as_array().unwrap().clone();
                assert_eq!((results(&first).len(), results(&again).len()), (inputs.len(), inputs.len()));
                let ids = |answer: &Value| {
                    results(answer).iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
                };
                assert_eq!(ids(&first), ids(&again));
                assert!(results(&again).iter().all(|one| one["new"] == false), "{again}");
                let fresh = results(&first).iter().filter(|one| one["new"] == true).count();
                assert_eq!(fresh, inputs.iter().filter(|(n, ..)| !model.contains_key(n)).count(), "{first}");

                for (n, first, city) in &inputs {
                    let known = model.entry(*n).or_default();
                    for (known, value) in known.iter_mut().zip([first, city]) {
                        *known = value.or(*known);
                    }
                }
                assert_eq!(once.len(), model.len());
                for (n, values) in &model {
                    let name = if by_address { "email" } else { "m_key" };
                    let key = key(by_address, *n);
                    let (id, record) = once.iter().find(|(_, record)| record[name] == key.as_str()).unwrap();
                    assert_eq!(told.entry(*n).or_insert_with(|| id.clone()), id, "an id stays");
                    for (member, value) in MEMBERS.iter().zip(values) {
                        let wanted = value.map(text).filter(|text| !text.is_empty());
                        let is = record[*member].as_str().filter(|text| !text.is_empty());
                        assert_eq!(is, wanted.as_deref(), "{member} of {key}");
                    }
                }
            }
        });
    }
}
