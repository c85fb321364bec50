//! What single parts of a saved portal come to: labels whose numbers HubSpot's own have too, and
//! definitions with less than a whole answer has.

use serde_json::{Value, json};
use sim::HubspotPortal;

use super::Portal;
use super::saved_portal::results;
use crate::support::still;

/// An account numbers its labels from 1, as HubSpot does its own types.
#[tokio::test]
async fn the_first_label_of_a_portal_renames_no_type_of_hubspots() {
    let portal = Portal::of(still().start().await.unwrap());
    for body in [
        json!({"label": "Buyer", "name": "buyer", "inverseLabel": "Sells to"}),
        json!({"label": "Partner", "name": "partner"}),
    ] {
        portal.client.post("/crm/v4/associations/contacts/companies/labels", &body).await.must(200);
    }
    let paths = [
        "crm/v3/associations/contacts/companies/types",
        "crm/v3/associations/companies/contacts/types",
        "crm/v4/associations/contacts/companies/labels",
        "crm/v4/associations/companies/contacts/labels",
    ];
    let mut files = Vec::new();
    for path in paths {
        files.push((format!("{path}.json"), portal.client.get(&format!("/{path}")).await.must(200).body));
    }
    let loaded = HubspotPortal::parse("portal", files.clone()).unwrap();
    for file in loaded.files() {
        let counts = (file.found, file.new, file.changed, file.standard, file.aside);
        let standard = file.found - 2;
        assert_eq!(counts, (file.found, 2, 0, standard, 0), "{}: two labels are the account's own", file.name);
    }
    let other = Portal::of(still().hubspot_portal(loaded).start().await.unwrap());
    for ((name, was), path) in files.iter().zip(paths) {
        assert_eq!(other.client.get(&format!("/{path}")).await.must(200).body, *was, "{name}");
    }
    let kim = other.contact(json!({"email": "kim@example.com"})).await;
    let company =
        other.client.post("/crm/v3/objects/companies", &json!({"properties": {"name": "C"}})).await.must(201).json();
    let company = company["id"].as_str().unwrap();
    for name in ["contact_to_company", "buyer"] {
        let path = format!("/crm/v3/objects/contacts/{kim}/associations/companies/{company}/{name}");
        other.put(&path, Value::Null).await.must(200);
    }
}

#[tokio::test]
async fn names_without_labels_are_kept_aside_but_for_hubspots_own() {
    let body = results(json!([{"id": "279", "name": "contact_to_company_unlabeled"}, {"id": "7", "name": "buyer"}]));
    let loaded = HubspotPortal::parse("portal", [("crm/v3/associations/contacts/companies/types.json", body)]).unwrap();
    let file = &loaded.files()[0];
    assert_eq!((file.found, file.new, file.changed, file.standard, file.aside), (2, 0, 0, 1, 1), "{file:?}");
}

/// A property of HubSpot's own keeps what the file does not say.
#[tokio::test]
async fn what_a_shortened_definition_leaves_out_stays() {
    const MAYBE: [&str; 5] =
        ["referencedObjectType", "currencyPropertyName", "numberDisplayHint", "textDisplayHint", "calculationFormula"];
    let fresh = Portal::of(still().start().await.unwrap());
    let mut told_somewhere = 0;
    let (mut files, mut before) = (Vec::new(), Vec::new());
    for of in ["contacts", "companies", "deals", "tickets"] {
        let all = fresh.client.get(&format!("/crm/v3/properties/{of}")).await.must(200).json()["results"].clone();
        let rows: Vec<Value> = all.as_array().unwrap().clone();
        told_somewhere += rows.iter().filter(|row| MAYBE.iter().any(|name| !row[*name].is_null())).count();
        let short = |row: &Value| json!({"name": row["name"], "label": "Mine", "type": row["type"], "fieldType": row["fieldType"]});
        files.push((format!("crm/v3/properties/{of}.json"), results(rows.iter().map(short).collect())));
        before.push((of, rows));
    }
    assert!(told_somewhere > 0, "some property has such a member");
    let loaded = HubspotPortal::parse("portal", files).unwrap();
    let portal = Portal::of(still().hubspot_portal(loaded).start().await.unwrap());
    for (of, rows) in before {
        let told = portal.client.get(&format!("/crm/v3/properties/{of}")).await.must(200).json();
        for mut row in rows {
            let now = told["results"].as_array().unwrap().iter().find(|told| told["name"] == row["name"]);
            row["label"] = "Mine".into();
            assert_eq!(now, Some(&row), "{of}");
        }
    }
}
