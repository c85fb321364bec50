//! The parameters of the record API, on the type that an operation is about.

use serde_json::{Value, json};

use super::super::drive::{Portal, fill, inputs};
use super::super::records::{made, object_type};
use super::super::surface::Operation;
use super::{Found, each, must, pages, same};

/// A type that records of this one can be associated with; products can with none.
fn partner(of: &str) -> Option<&'static str> {
    match of {
        "contacts" => Some("companies"),
        "products" => None,
        "line_items" => Some("deals"),
        "discounts" | "fees" | "taxes" => Some("quotes"),
        _ => Some("contacts"),
    }
}

async fn archive(portal: &Portal, of: &str, id: &str) {
    portal.client.delete(&format!("/crm/v3/objects/{of}/{id}")).await.must(204);
}

pub(super) async fn drive(
    portal: &mut Portal,
    operation: &Operation,
    name: &str,
    segment: &str,
    rest: &[&str],
) -> Option<Found> {
    let of = object_type(portal, operation, segment).await;
    let lead: Vec<&str> = if segment.starts_with('{') { vec![&of] } else { vec![] };
    let path = |more: &[&str]| fill(&operation.path, &lead.iter().chain(more).copied().collect::<Vec<_>>());
    // One that is told apart by a property of its own, one beside it, one that is archived.
    let (own, unique) = (portal.property(&of, false).await, portal.property(&of, true).await);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(made(portal, &of).await);
    }
    let [one, other, gone] = [&ids[0], &ids[1], &ids[2]];
    for value in ["before", "now"] {
        let body = json!({"properties": {&own: value, &unique: format!("of {one}")}});
        portal.client.patch(&format!("/crm/v3/objects/{of}/{one}"), &body).await.must(200);
    }
    archive(portal, &of, gone).await;
    let client = portal.client.clone();
    let get = async |path: String| client.get(&path).await;
    Some(match (operation.method.as_str(), rest, name) {
        ("GET", [], "limit" | "after") => {
            pages(portal, &format!("{}?", path(&[])), "id", &[json!(one), json!(other)]).await
        }
        ("GET", [], "archived") => {
            let answer = get(format!("{}?archived=true", path(&[]))).await.must(200).json();
            let mut found = same("ids", &each(&answer, "id").into(), &json!([gone]));
            found.extend(same("archived", &answer["results"][0]["archived"], &json!(true)));
            found
        }
        ("GET", [_], "archived") => {
            let plain = get(path(&[gone])).await;
            let asked = get(format!("{}?archived=true", path(&[gone]))).await;
            let mut found = must("an archived record is found unasked", plain.status == 404, &json!(plain.body));
            found.extend(same("its id", &asked.must(200).json()["id"], &json!(gone)));
            found
        }
        ("POST", ["batch", "read"], "archived") => {
            let body = inputs(2, |place| json!({"id": if place == 0 { one } else { gone }}));
            let answer = portal.client.post(&format!("{}?archived=true", path(&[])), &body).await.json();
            same("ids", &each(&answer, "id").into(), &json!([gone]))
        }
        ("GET", [], _) => {
            let asked = ask(portal, &of, one, &own, name).await;
            let answer = get(format!("{}?{}", path(&[]), asked.query)).await.must(200).json();
            let plain = get(path(&[])).await.must(200).json();
            asked.shows(&answer["results"][0], &plain["results"][0])
        }
        ("GET" | "PATCH", [_], "idProperty") => {
            let (by, unknown) = (path(&[&format!("of%20{one}")]), path(&["of%20none"]));
            let body = (operation.method == "PATCH").then(|| json!({"properties": {&own: "then"}}));
            let found = portal.call(&operation.method, &format!("{by}?idProperty={unique}"), body.clone()).await;
            let none = portal.call(&operation.method, &format!("{unknown}?idProperty={unique}"), body).await;
            let mut faults = same("who was found", &found.answer.must(200).json()["id"], &json!(one));
            faults.extend(must("one is found by nothing", none.answer.status == 404, &json!(none.answer.body)));
            faults
        }
        ("GET", [_], _) => {
            let asked = ask(portal, &of, one, &own, name).await;
            let answer = get(format!("{}?{}", path(&[one]), asked.query)).await.must(200).json();
            asked.shows(&answer, &get(path(&[one])).await.must(200).json())
        }
        _ => return None,
    })
}

/// A query, and where what it asks for must then stand.
struct Asked {
    query: String,
    at: String,
    /// None where nothing may stand there.
    wanted: Option<Value>,
}

impl Asked {
    fn shows(&self, answer: &Value, plain: &Value) -> Found {
        let mut found = match &self.wanted {
            Some(wanted) => same(&self.at, answer.pointer(&self.at).unwrap_or(&Value::Null), wanted),
            None => must("nothing can be told", answer.get("associations").is_none(), answer),
        };
        found.extend(must("it is told unasked", plain.pointer(&self.at).is_none(), plain));
        found
    }
}

async fn ask(portal: &mut Portal, of: &str, id: &str, own: &str, name: &str) -> Asked {
    match name {
        "properties" => Asked {
            query: format!("properties={own},no_such_property"),
            at: format!("/properties/{own}"),
            wanted: Some(json!("now")),
        },
        "propertiesWithHistory" => Asked {
            query: format!("propertiesWithHistory={own}"),
            at: format!("/propertiesWithHistory/{own}/1/value"),
            wanted: Some(json!("before")),
        },
        "associations" => {
            let Some(partner) = partner(of) else {
                return Asked { query: "associations=deals".to_owned(), at: "/associations".to_owned(), wanted: None };
            };
            let other = made(portal, partner).await;
            let path = format!("/crm/v4/objects/{of}/{id}/associations/default/{partner}/{other}");
            portal.call("PUT", &path, None).await.answer.must(200);
            Asked {
                query: format!("associations={partner}"),
                at: format!("/associations/{partner}/results/0/id").replace("line_items", "line items"),
                wanted: Some(json!(other)),
            }
        }
        other => panic!("nothing knows how {other} is told of"),
    }
}

/// Of the records that one is associated with.
pub(super) async fn associated(portal: &mut Portal, operation: &Operation, name: &str) -> Option<Found> {
    let one = made(portal, "contacts").await;
    let mut others = Vec::new();
    for _ in 0..3 {
        let other = made(portal, "deals").await;
        let path = format!("/crm/v4/objects/contacts/{one}/associations/default/deals/{other}");
        portal.call("PUT", &path, None).await.answer.must(200);
        others.push(json!(other.parse::<u64>().unwrap()));
    }
    matches!(name, "after" | "limit").then_some(())?;
    let path = fill(&operation.path, &["contacts", &one, "deals"]);
    Some(pages(portal, &format!("{path}?"), "toObjectId", &others).await)
}
