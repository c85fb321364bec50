//! The standard object types: each through all operations of the record API, and what is peculiar to some.

use serde_json::{Value, json};

use super::Portal;
use crate::support::pass;

/// What each type requires, and a property that can be changed.
type Type = (&'static str, &'static str, &'static [(&'static str, &'static str)], (&'static str, &'static str));

const TYPES: &[Type] = &[
    ("contacts", "0-1", &[("firstname", "A")], ("city", "Hobart")),
    ("companies", "0-2", &[("name", "A")], ("city", "Hobart")),
    ("deals", "0-3", &[("dealname", "A"), ("dealstage", "qualifiedtobuy")], ("amount", "12")),
    ("tickets", "0-5", &[("subject", "A"), ("hs_pipeline_stage", "1")], ("content", "late")),
    ("products", "0-7", &[("name", "A")], ("price", "12")),
    ("line_items", "0-8", &[], ("price", "12")),
    ("quotes", "0-14", &[("hs_title", "A"), ("hs_expiration_date", "2026-12-01")], ("hs_title", "B")),
    ("communications", "0-18", &[("hs_timestamp", "2026-11-20T00:00:00Z")], ("hs_communication_body", "said")),
    ("tasks", "0-27", &[("hs_timestamp", "2026-11-20T00:00:00Z")], ("hs_task_subject", "ring")),
    ("notes", "0-46", &[("hs_timestamp", "2026-11-20T00:00:00Z")], ("hs_note_body", "rang")),
    ("meetings", "0-47", &[("hs_timestamp", "2026-11-20T00:00:00Z")], ("hs_meeting_title", "met")),
    ("calls", "0-48", &[("hs_timestamp", "2026-11-20T00:00:00Z")], ("hs_call_title", "rang")),
    ("emails", "0-49", &[("hs_timestamp", "2026-11-20T00:00:00Z")], ("hs_email_subject", "wrote")),
    ("invoices", "0-53", &[("hs_currency", "AUD")], ("hs_purchase_order_number", "P-1")),
    ("subscriptions", "0-69", &[], ("hs_name", "A")),
    ("discounts", "0-84", &[], ("hs_label", "A")),
    ("fees", "0-85", &[], ("hs_label", "A")),
    ("taxes", "0-86", &[], ("hs_label", "A")),
    (
        "commerce_payments",
        "0-101",
        &[("hs_initial_amount", "10"), ("hs_initiated_date", "2026-11-20T00:00:00Z")],
        ("hs_reference_number", "R-1"),
    ),
    ("postal_mail", "0-116", &[("hs_timestamp", "2026-11-20T00:00:00Z")], ("hs_postal_mail_body", "sent")),
    ("orders", "0-123", &[("hs_order_name", "A")], ("hs_external_order_id", "E-1")),
    ("leads", "0-136", &[("hs_lead_name", "A")], ("hs_lead_name", "B")),
    ("carts", "0-142", &[], ("hs_cart_name", "A")),
];

fn properties(of: &[(&str, &str)]) -> Value {
    Value::Object(of.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect())
}

#[tokio::test]
async fn every_standard_type_lives_through_all_its_operations() {
    let portal = Portal::open().await;
    assert_eq!(TYPES.len(), sim::hubspot_object_types().len());
    for (name, type_id, required, (changed, value)) in TYPES {
        let root = format!("/crm/v3/objects/{name}");
        let input = json!({"properties": properties(required)});
        let made = portal.client.post(&root, &input).await.must(201).json();
        let id = made["id"].as_str().unwrap().to_owned();
        assert!(made["url"].as_str().unwrap().contains(&format!("/record/{type_id}/{id}")), "{made}");
        let update = json!({"properties": {*changed: value}});
        let updated = portal.client.patch(&format!("/crm/v3/objects/{type_id}/{id}"), &update).await.must(200).json();
        assert_eq!(updated["properties"][*changed], *value, "{name}");
        let read =
            portal.client.get(&format!("/crm/objects/2026-03/{name}/{id}?properties={changed}")).await.must(200).json();
        assert_eq!(read["properties"][*changed], *value, "{name}");
        let batch = json!({"inputs": [input, input]});
        let batch = portal.client.post(&format!("{root}/batch/create"), &batch).await.must(201).json();
        let others: Vec<_> = batch["results"].as_array().unwrap().iter().map(|one| json!({"id": one["id"]})).collect();
        let listed = portal.client.get(&format!("/crm/objects/2026-09/{name}?limit=2")).await.must(200).json();
        assert_eq!(listed["paging"]["next"]["after"], others[1]["id"], "{name}");
        pass(&portal.world, "11s").await;
        let found = portal.client.post(&format!("{root}/search"), &json!({})).await.must(200).json();
        assert_eq!(found["total"], 3, "{name}");
        portal.client.post(&format!("{root}/batch/archive"), &json!({"inputs": others})).await.must(204);
        portal.client.delete(&format!("{root}/{id}")).await.must(204);
        let archived = portal.client.get(&format!("{root}?archived=true")).await.must(200).json();
        assert_eq!(archived["results"].as_array().unwrap().len(), 3, "{name}");
        if !required.is_empty() {
            let refused = portal.client.post(&root, &json!({"properties": {}})).await.must(400).json();
            let what = sim_singular(name).to_uppercase();
            assert_eq!(refused["message"], format!("Error creating {what}.  Some required properties were not set."));
        }
    }
}

fn sim_singular(name: &str) -> String {
    match name {
        "companies" => "company".to_owned(),
        "taxes" => "tax".to_owned(),
        "postal_mail" => name.to_owned(),
        _ => name.trim_end_matches('s').to_owned(),
    }
}

#[tokio::test]
async fn a_line_items_amount_follows_from_its_price() {
    let portal = Portal::open().await;
    let root = "/crm/v3/objects/line_items";
    let item = json!({"properties": {"price": "19.90", "quantity": "3", "hs_discount_percentage": "10"}});
    let made = portal.client.post(root, &item).await.must(201).json();
    assert_eq!(made["properties"]["amount"], "53.73");
    let path = format!("{root}/{}", made["id"].as_str().unwrap());
    let set = json!({"properties": {"hs_discount_percentage": "", "discount": "0.90"}});
    assert_eq!(portal.client.patch(&path, &set).await.must(200).json()["properties"]["amount"], "57");
    let refused = portal.client.patch(&path, &json!({"properties": {"amount": "1"}})).await.must(400).json();
    assert_eq!(refused["errors"][0]["code"], "READ_ONLY_VALUE");
    portal.client.patch(&path, &json!({"properties": {"price": "-1"}})).await.must(400);
    let query = json!({"filterGroups": [{"filters": [{"propertyName": "amount", "operator": "GT", "value": "56"}]}]});
    pass(&portal.world, "10s").await;
    assert_eq!(portal.client.post(&format!("{root}/search"), &query).await.must(200).json()["total"], 1);
}

#[tokio::test]
async fn a_caller_may_say_when_a_deal_was_made() {
    let portal = Portal::open().await;
    let deal =
        json!({"properties": {"dealname": "A", "dealstage": "qualifiedtobuy", "createdate": "2025-02-03T00:00:00Z"}});
    let made = portal.client.post("/crm/v3/objects/deals", &deal).await.must(201).json();
    assert_eq!([&made["properties"]["createdate"], &made["createdAt"]], ["2025-02-03T00:00:00Z"; 2]);
    let path = format!("/crm/v3/objects/deals/{}", made["id"].as_str().unwrap());
    let moved =
        portal.client.patch(&path, &json!({"properties": {"createdate": "1738540800000"}})).await.must(200).json();
    assert_eq!(moved["createdAt"], "2025-02-03T00:00:00Z");
}
