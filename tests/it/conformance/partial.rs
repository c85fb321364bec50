//! Batches of which one input can be done and one cannot: 207, in the form that the document gives it.

use serde_json::{Value, json};

use super::check;
use super::drive::{Portal, fill, form};
use super::records::{made, object_type, properties};
use super::surface::{Operation, Surface};

const NOWHERE: &str = "99999999999999";

fn inputs(good: &Value, bad: &Value) -> Value {
    json!({ "inputs": [good, bad] })
}

/// The parts of the path, and the body; nothing for what no batch does in part.
async fn half(portal: &mut Portal, operation: &Operation) -> Option<(Vec<String>, Value)> {
    let form = form(&operation.path);
    Some(match form[..] {
        ["crm", "objects", segment, "batch", what] => {
            let of = object_type(portal, operation, segment).await;
            let unique = portal.property(&of, true).await;
            let id = made(portal, &of).await;
            let n = portal.next();
            let (fine, wrong) = (properties(&of, n), json!({"no_such_property": "x"}));
            let body = match what {
                "create" => inputs(
                    &json!({"objectWriteTraceId": "a", "properties": fine}),
                    &json!({"objectWriteTraceId": "b", "properties": wrong}),
                ),
                "read" => inputs(&json!({"id": id}), &json!({"id": NOWHERE})),
                "update" => inputs(&json!({"id": id, "properties": fine}), &json!({"id": NOWHERE, "properties": fine})),
                "upsert" => inputs(
                    &json!({"id": "one", "idProperty": unique, "objectWriteTraceId": "a", "properties": fine}),
                    &json!({"id": "two", "idProperty": unique, "objectWriteTraceId": "b", "properties": wrong}),
                ),
                _ => return None,
            };
            (if segment.starts_with('{') { vec![of] } else { vec![] }, body)
        }
        ["crm", "associations", "{fromObjectType}", "{toObjectType}", "batch", what] => {
            let (from, alone) = (made(portal, "contacts").await, made(portal, "contacts").await);
            let to = made(portal, "companies").await;
            let path = format!("/crm/v4/objects/contacts/{from}/associations/default/companies/{to}");
            portal.call("PUT", &path, None).await.answer.must(200);
            let tie = |to: &str| {
                json!({
                    "from": {"id": from}, "to": {"id": to}, "type": "contact_to_company",
                    "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}],
                })
            };
            let body = match what {
                "read" => inputs(&json!({"id": from}), &json!({"id": alone})),
                "create" => inputs(&tie(&to), &tie(NOWHERE)),
                _ => return None,
            };
            (vec!["contacts".to_owned(), "companies".to_owned()], body)
        }
        ["crm", "properties", _, "batch", what] => {
            let own = portal.property("contacts", false).await;
            let body = match what {
                "read" => inputs(&json!({"name": own}), &json!({"name": "no_such_property"})),
                "create" => {
                    let one = |name: &str| {
                        json!({
                            "name": name, "label": "Tried", "type": "string", "fieldType": "text",
                            "groupName": "contactinformation",
                        })
                    };
                    inputs(&one("a_new_one"), &one(&own))
                }
                _ => return None,
            };
            (vec!["contacts".to_owned()], body)
        }
        _ => return None,
    })
}

/// Whether there was such a batch, and what is wrong with its answer.
pub(super) async fn drive(portal: &mut Portal, surface: &Surface, operation: &Operation) -> Option<Vec<String>> {
    let (parts, body) = half(portal, operation).await?;
    let path = fill(&operation.path, &parts.iter().map(String::as_str).collect::<Vec<_>>());
    let answer = portal.call(&operation.method, &path, Some(body)).await.answer;
    if answer.status != 207 {
        return Some(vec![format!("half of a batch: {} {}", answer.status, answer.body)]);
    }
    let told: Value = answer.json();
    let mut found = check::partial(surface, operation, &told);
    // What is missing may be told with the input alone or with the whole batch, never left out.
    if told["errors"].as_array().is_none_or(|errors| errors.is_empty() || told["numErrors"] != errors.len()) {
        found.push(format!("half of a batch: no errors, or another count of them: {told}"));
    }
    Some(found)
}
