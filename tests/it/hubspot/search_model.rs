//! Search over HTTP against a reading of facts/hubspot-crm.md §3 that looks through all records: every operator
//! on every type of property, of contacts, deals and a type of one's own. It shares no code with the room.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use sim::SystemName;

use super::{Portal, ids};
use crate::support::{pass, still};

/// A property: its name, type and field type, and the values it is given.
type Property = (&'static str, &'static str, &'static str, &'static [&'static str]);

const PROPERTIES: [Property; 7] = [
    ("m_text", "string", "text", &["Kim Lee", "kim-anh", "LEE", "Zoe Kimura", "a.b c"]),
    ("m_number", "number", "number", &["2", "10", "-1.5", "007", "2.0"]),
    ("m_flag", "bool", "booleancheckbox", &["true", "false"]),
    ("m_one", "enumeration", "select", &["a", "B", "b"]),
    ("m_many", "enumeration", "checkbox", &["a", "a;b", "B;b", "b"]),
    ("m_day", "date", "date", &["2026-01-01", "2026-01-02", "2026-03-01"]),
    ("m_instant", "datetime", "date", &["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.500Z", "2026-02-01T10:00:00Z"]),
];

const OPERATORS: [&str; 13] = [
    "EQ",
    "NEQ",
    "LT",
    "LTE",
    "GT",
    "GTE",
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
];

/// Which operators a property takes, by its type (§3).
fn takes((_, kind, ..): &Property, operator: &str) -> bool {
    let range = ["LT", "LTE", "GT", "GTE", "BETWEEN"].contains(&operator);
    let token = operator.contains("TOKEN");
    match *kind {
        "string" => true,
        "bool" => ["EQ", "NEQ", "HAS_PROPERTY", "NOT_HAS_PROPERTY"].contains(&operator),
        // For those of one option §3 names no tokens; that they are refused was seen nowhere.
        "enumeration" => !range,
        _ => !token,
    }
}

/// A value as it is compared.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
enum Plain {
    Number(f64),
    Text(String),
}

fn plain(kind: &str, text: &str) -> Plain {
    match kind {
        "number" => Plain::Number(text.parse().unwrap()),
        "date" => {
            Plain::Number(format!("{text}T00:00:00Z").parse::<jiff::Timestamp>().unwrap().as_millisecond() as f64)
        }
        "datetime" => Plain::Number(text.parse::<jiff::Timestamp>().unwrap().as_millisecond() as f64),
        "enumeration" => Plain::Text(text.to_owned()),
        _ => Plain::Text(text.to_lowercase()),
    }
}

/// What a record has: several options are each of them and all together.
fn had(property: &Property, stored: Option<&str>) -> Vec<Plain> {
    let Some(text) = stored else { return Vec::new() };
    let parts = (property.2 == "checkbox").then(|| text.split(';')).into_iter().flatten();
    std::iter::once(text).chain(parts).map(|text| plain(property.1, text)).collect()
}

fn has_token(property: &Property, stored: Option<&str>, wanted: &str) -> bool {
    let Some(text) = stored else { return false };
    if property.1 == "enumeration" {
        return text == wanted || text.split(';').any(|part| part == wanted);
    }
    let wanted = wanted.to_lowercase();
    let text = text.to_lowercase();
    let mut tokens = text.split(|letter: char| !letter.is_alphanumeric()).filter(|token| !token.is_empty());
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        (Some(end), _) => tokens.any(|token| token.ends_with(end)),
        (_, Some(start)) => tokens.any(|token| token.starts_with(start)),
        _ => tokens.any(|token| token == wanted),
    }
}

/// A filter: the property's place, the operator's, and two draws of values.
type Asked = (usize, usize, usize, usize);

const TOKENS: [&str; 6] = ["kim", "LEE", "*ee", "Ki*", "c", "anh"];

fn values(asked: &Asked) -> (String, String) {
    let property = &PROPERTIES[asked.0];
    let draw = |n: usize| property.3[n % property.3.len()].to_owned();
    match OPERATORS[asked.1] {
        operator if operator.contains("TOKEN") && property.1 == "string" => {
            (TOKENS[asked.2 % TOKENS.len()].to_owned(), String::new())
        }
        operator if operator.contains("TOKEN") => (["a", "b", "B"][asked.2 % 3].to_owned(), String::new()),
        "IN" | "NOT_IN" if property.1 == "string" => (draw(asked.2).to_lowercase(), draw(asked.3)),
        _ => (draw(asked.2), draw(asked.3)),
    }
}

fn filter(asked: &Asked) -> Value {
    let (name, operator) = (PROPERTIES[asked.0].0, OPERATORS[asked.1]);
    let (one, two) = values(asked);
    let mut filter = json!({"propertyName": name, "operator": operator});
    match operator {
        "HAS_PROPERTY" | "NOT_HAS_PROPERTY" => {}
        "IN" | "NOT_IN" => filter["values"] = json!([one, two]),
        "BETWEEN" => (filter["value"], filter["highValue"]) = (one.into(), two.into()),
        _ => filter["value"] = one.into(),
    }
    filter
}

/// One record's values, by the places of the properties.
type Row = Vec<Option<usize>>;

fn stored<'r>(row: &Row, property: usize) -> Option<&'r str> {
    let pool = PROPERTIES[property].3;
    row[property].map(|n| pool[n % pool.len()])
}

fn passes(row: &Row, asked: &Asked) -> bool {
    let property = &PROPERTIES[asked.0];
    let stored = stored(row, asked.0);
    let has = had(property, stored);
    let (one, two) = values(asked);
    let given = |text: &str| plain(property.1, text);
    // Listed texts are compared as they stand: a capital finds nothing.
    let listed = |text: &str| if property.1 == "string" { Plain::Text(text.to_owned()) } else { given(text) };
    match OPERATORS[asked.1] {
        "EQ" => has.contains(&given(&one)),
        "NEQ" => !has.contains(&given(&one)),
        "LT" => has.iter().any(|value| *value < given(&one)),
        "LTE" => has.iter().any(|value| *value <= given(&one)),
        "GT" => has.iter().any(|value| *value > given(&one)),
        "GTE" => has.iter().any(|value| *value >= given(&one)),
        "BETWEEN" => has.iter().any(|value| *value >= given(&one) && *value <= given(&two)),
        "IN" => [&one, &two].iter().any(|text| has.contains(&listed(text))),
        "NOT_IN" => ![&one, &two].iter().any(|text| has.contains(&listed(text))),
        "HAS_PROPERTY" => stored.is_some(),
        "NOT_HAS_PROPERTY" => stored.is_none(),
        "CONTAINS_TOKEN" => has_token(property, stored, &one),
        _ => !has_token(property, stored, &one),
    }
}

async fn define(portal: &Portal, of: &str) {
    let groups = portal.client.get(&format!("/crm/v3/properties/{of}/groups")).await.must(200).json();
    let group = &groups["results"][0]["name"];
    let option = |value: &str| json!({"label": format!("is {value}"), "value": value, "hidden": false});
    let definition = |(name, kind, field, pool): &Property| {
        let options = match *kind {
            "enumeration" => vec![option("a"), option("B"), option("b")],
            "bool" => pool.iter().map(|value| option(value)).collect(),
            _ => Vec::new(),
        };
        json!({"name": name, "label": name, "type": kind, "fieldType": field, "groupName": group, "options": options})
    };
    let body = json!({"inputs": PROPERTIES.iter().map(definition).collect::<Vec<_>>()});
    portal.client.post(&format!("/crm/v3/properties/{of}/batch/create"), &body).await.must(201);
}

/// Makes the records, those that are archived too; answers the ids of all.
async fn fill(portal: &Portal, of: &str, own: Value, rows: &[(Row, bool)]) -> Vec<String> {
    let input = |row: &Row| {
        let mut properties = own.clone();
        for (place, property) in PROPERTIES.iter().enumerate() {
            if let Some(text) = stored(row, place) {
                properties[property.0] = text.into();
            }
        }
        properties
    };
    let mut made = Vec::new();
    for (row, archived) in rows {
        let body = json!({"properties": input(row)});
        let record = portal.client.post(&format!("/crm/v3/objects/{of}"), &body).await.must(201).json();
        let id = record["id"].as_str().unwrap().to_owned();
        if *archived {
            portal.client.delete(&format!("/crm/v3/objects/{of}/{id}")).await.must(204);
        }
        made.push(id);
    }
    pass(&portal.world, "1m").await;
    made
}

async fn check(portal: &Portal, of: &str, made: &[String], rows: &[(Row, bool)], groups: &[Vec<Asked>]) {
    let body = json!({
        "filterGroups": groups.iter().map(|filters| json!({"filters": filters.iter().map(filter).collect::<Vec<_>>()})).collect::<Vec<_>>(),
        "limit": 200,
    });
    // Five searches a second are let through.
    pass(&portal.world, "250ms").await;
    let answer = portal.client.post(&format!("/crm/v3/objects/{of}/search"), &body).await.must(200);
    let wanted: BTreeSet<String> = made
        .iter()
        .zip(rows)
        .filter(|(_, (row, archived))| {
            !archived && groups.iter().any(|filters| filters.iter().all(|asked| passes(row, asked)))
        })
        .map(|(id, _)| id.clone())
        .collect();
    let found = ids(&answer);
    assert_eq!(answer.json()["total"], wanted.len(), "{of}: {body}");
    assert_eq!(found.len(), wanted.len(), "{of}: {body}");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), wanted, "{of}: {body}");
}

fn rows() -> impl Strategy<Value = Vec<(Row, bool)>> {
    let row = prop::collection::vec(prop::option::weighted(0.75, 0..6_usize), PROPERTIES.len());
    prop::collection::vec((row, prop::bool::weighted(0.15)), 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    /// Each operator on each property by itself, and some filters and groups of them together.
    #[test]
    fn search_is_what_a_look_through_all_records_finds(
        rows in rows(),
        draws in prop::collection::vec((0..6_usize, 0..6_usize), 91..92),
        more in prop::collection::vec(prop::collection::vec((0..7_usize, 0..13_usize, 0..6_usize, 0..6_usize), 1..5), 1..6),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let portal = Portal::of(still().profile(SystemName::Hubspot, "enterprise").start().await.unwrap());
            let schema = json!({
                "name": "boat", "labels": {"singular": "Boat", "plural": "Boats"}, "primaryDisplayProperty": "title",
                "properties": [{"name": "title", "label": "Title"}], "requiredProperties": [], "associatedObjects": [],
            });
            let schema = portal.client.post("/crm-object-schemas/v3/schemas", &schema).await.must(201).json();
            let boats = schema["fullyQualifiedName"].as_str().unwrap();
            let types = [
                ("contacts", json!({"firstname": "Kim"})),
                ("deals", json!({"dealname": "One", "dealstage": "qualifiedtobuy"})),
                (boats, json!({"title": "One"})),
            ];
            for (of, own) in types {
                define(&portal, of).await;
                let made = fill(&portal, of, own, &rows).await;
                for (place, (one, two)) in draws.iter().enumerate() {
                    let asked = (place / OPERATORS.len(), place % OPERATORS.len(), *one, *two);
                    if takes(&PROPERTIES[asked.0], OPERATORS[asked.1]) {
                        check(&portal, of, &made, &rows, &[vec![asked]]).await;
                    } else {
                        pass(&portal.world, "250ms").await;
                        let body = json!({"filterGroups": [{"filters": [filter(&asked)]}]});
                        let answer = portal.client.post(&format!("/crm/v3/objects/{of}/search"), &body).await;
                        assert_eq!(answer.status, 400, "{body}");
                    }
                }
                let can = |asked: &Asked| takes(&PROPERTIES[asked.0], OPERATORS[asked.1]);
                let groups: Vec<Vec<Asked>> = more.iter().map(|all| all.iter().copied().filter(can).collect()).collect();
                let groups: Vec<_> = groups.into_iter().filter(|filters: &Vec<Asked>| !filters.is_empty()).take(5).collect();
                if !groups.is_empty() && groups.iter().map(Vec::len).sum::<usize>() <= 18 {
                    check(&portal, of, &made, &rows, &groups).await;
                }
            }
        });
    }
}
