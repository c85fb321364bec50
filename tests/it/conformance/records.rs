//! Plays the record API on each object type.

use serde_json::{Value, json};

use super::drive::{Played, Portal, id, inputs};
use super::surface::Operation;

/// The type that an operation is tried on: the one in its path, or the one its document is about.
pub(super) async fn object_type(portal: &mut Portal, operation: &Operation, segment: &str) -> String {
    if !segment.starts_with('{') {
        return segment.to_owned();
    }
    let document = operation.document.split('.').next().unwrap();
    match document.strip_prefix("crm-").unwrap() {
        "custom-objects" => portal.schema("boat").await,
        "objects-generic" | "associations" => "companies".to_owned(),
        name => name.replace('-', "_"),
    }
}

/// What a record of a type needs to be made.
pub(super) fn properties(object_type: &str, n: u64) -> Value {
    match object_type {
        "contacts" => json!({"email": format!("tried.{n}@example.com"), "firstname": "Tried"}),
        "companies" => json!({"name": format!("Tried {n}"), "domain": format!("tried-{n}.example.com")}),
        "deals" | "0-3" => json!({"dealname": format!("Tried {n}"), "dealstage": "qualifiedtobuy", "amount": "120"}),
        "tickets" => json!({"subject": format!("Tried {n}"), "hs_pipeline_stage": "1"}),
        "products" => json!({"name": format!("Tried {n}"), "price": "12", "hs_sku": format!("T-{n}")}),
        "line_items" => json!({"name": format!("Tried {n}"), "price": "12", "quantity": "2"}),
        "orders" => json!({"hs_order_name": format!("Tried {n}")}),
        "carts" => json!({"hs_cart_name": format!("Tried {n}")}),
        "invoices" => json!({"hs_currency": "AUD"}),
        "commerce_payments" => json!({"hs_initial_amount": "10", "hs_initiated_date": "2026-11-20T00:00:00Z"}),
        "quotes" => json!({"hs_title": format!("Tried {n}"), "hs_expiration_date": "2026-12-20"}),
        "discounts" | "fees" | "taxes" => {
            json!({"hs_label": format!("Tried {n}"), "hs_type": "PERCENT", "hs_value": "10"})
        }
        "subscriptions" => json!({"hs_name": format!("Tried {n}")}),
        _ => json!({"title": format!("Tried {n}")}),
    }
}

pub(super) async fn made(portal: &mut Portal, object_type: &str) -> String {
    let body = json!({ "properties": properties(object_type, portal.next()) });
    id(&portal.client.post(&format!("/crm/v3/objects/{object_type}"), &body).await.must(201).json())
}

pub(super) async fn play(portal: &mut Portal, operation: &Operation, segment: &str, rest: &[&str]) -> Option<Played> {
    let of = object_type(portal, operation, segment).await;
    let generic = segment.starts_with('{');
    let lead: Vec<&str> = if generic { vec![&of] } else { vec![] };
    let with = |more: &[&str]| lead.iter().copied().chain(more.iter().copied()).map(str::to_owned).collect::<Vec<_>>();
    let unknown = json!({"properties": {"no_such_property": "x"}});
    let record = made(portal, &of).await;
    let n = portal.next();
    let (good, bad, sent, wrong) = match (operation.method.as_str(), rest) {
        ("GET", []) => {
            let mut played = portal.twice(operation, (&strs(&with(&[])), None), (&strs(&with(&[])), None)).await;
            let path = super::drive::fill(&operation.path, &strs(&with(&[])));
            played.refusal = portal.call("GET", &format!("{path}?limit=1000"), None).await;
            return Some(played);
        }
        ("POST", []) => {
            (with(&[]), with(&[]), Some(json!({"properties": properties(&of, n), "associations": []})), Some(unknown))
        }
        ("GET", [_]) => (with(&[&record]), with(&["999"]), None, None),
        ("PATCH", [_]) => {
            (with(&[&record]), with(&[&record]), Some(json!({"properties": properties(&of, n)})), Some(unknown))
        }
        ("DELETE", [_]) => (with(&[&record]), with(&["no-number"]), None, None),
        ("POST", ["batch", what]) => {
            let unique = if *what == "upsert" { Some(portal.property(&of, true).await) } else { None };
            let one = |place: usize| match *what {
                "create" => json!({"properties": properties(&of, n * 1000 + place as u64), "associations": []}),
                "update" => json!({"id": record, "properties": properties(&of, n)}),
                "upsert" => json!({
                    "id": format!("{n}-{place}"), "idProperty": unique, "properties": properties(&of, n * 1000 + place as u64),
                }),
                _ => json!({"id": record}),
            };
            let mut good = inputs(1, one);
            let mut bad = inputs(101, |place| json!({"id": place.to_string(), "properties": {}, "idProperty": unique}));
            for body in [&mut good, &mut bad] {
                if *what == "read" {
                    body["properties"] = json!(["hs_object_id"]);
                    body["propertiesWithHistory"] = json!([]);
                }
            }
            (with(&[]), with(&[]), Some(good), Some(bad))
        }
        ("POST", ["search"]) => {
            let of_id = |name: &str| {
                json!({
                    "filterGroups": [{"filters": [{"propertyName": name, "operator": "EQ", "value": record}]}],
                    "limit": 10, "after": "0", "sorts": [], "properties": [],
                })
            };
            portal.breathe().await;
            (with(&[]), with(&[]), Some(of_id("hs_object_id")), Some(of_id("no_such_property")))
        }
        ("POST", ["merge"]) => {
            let other = made(portal, &of).await;
            let body = |other: &str| json!({"primaryObjectId": record, "objectIdToMerge": other});
            (with(&[]), with(&[]), Some(body(&other)), Some(body("0")))
        }
        ("POST", ["gdpr-delete"]) => (with(&[]), with(&[]), Some(json!({"objectId": record})), Some(json!({}))),
        _ => return None,
    };
    Some(portal.twice(operation, (&strs(&good), sent), (&strs(&bad), wrong)).await)
}

fn strs(parts: &[String]) -> Vec<&str> {
    parts.iter().map(String::as_str).collect()
}
