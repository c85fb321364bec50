//! One record's associations in the fourth version and those that followed it: hubspot-crm.md §6.1.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Portal, refused};
use crate::support::Answer;

/// The roots of record paths, which are one implementation.
const ROOTS: [&str; 4] = ["/crm/v4/objects", "/crm/objects/2025-09", "/crm/objects/2026-03", "/crm/objects/2026-09"];
const STAMP: &str = "2026-11-20T00:00:00Z";

pub(super) fn hubspots(id: u32) -> Value {
    json!({"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": id})
}

fn number(id: &str) -> u64 {
    id.parse().unwrap()
}

/// A row of a list.
pub(super) fn row(id: &str, types: &[(u32, Option<&str>)]) -> Value {
    let types: Vec<_> =
        types.iter().map(|(id, label)| json!({"category": "HUBSPOT_DEFINED", "typeId": id, "label": label})).collect();
    json!({"toObjectId": number(id), "associationTypes": types})
}

impl Portal {
    async fn associated(&self, root: &str, from: &str, id: &str, to: &str) -> Value {
        self.client.get(&format!("{root}/{from}/{id}/associations/{to}")).await.must(200).json()["results"].clone()
    }

    async fn set(&self, root: &str, ids: (&str, &str), types: Value) -> Answer {
        let (from, to) = ids;
        self.put(&format!("{root}/contacts/{from}/associations/companies/{to}"), types).await
    }
}

#[tokio::test]
async fn a_default_association_is_there_from_both_ends() {
    for root in ROOTS {
        let portal = Portal::open().await;
        let (kim, acme) = (portal.contact(json!({"firstname": "Kim"})).await, portal.company("Acme").await);
        let path = format!("{root}/contact/{kim}/associations/default/0-2/{acme}");
        let set = portal.client.send(Method::PUT, &path, None, "").await.must(200);
        let one = |from: &str, to: &str, id: u32| {
            format!(
                r#"{{"from":{{"id":"{from}"}},"to":{{"id":"{to}"}},"associationSpec":{{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":{id}}}}}"#
            )
        };
        let rows = format!("{},{}", one(&kim, &acme, 279), one(&acme, &kim, 280));
        let expected =
            format!(r#"{{"completedAt":"{STAMP}","status":"COMPLETE","startedAt":"{STAMP}","results":[{rows}]}}"#);
        assert_eq!(set.body, expected, "{root}");
        assert_eq!(portal.associated(root, "contacts", &kim, "companies").await, json!([row(&acme, &[(279, None)])]));
        assert_eq!(portal.associated(root, "companies", &acme, "contacts").await, json!([row(&kim, &[(280, None)])]));
        let again = portal.client.send(Method::PUT, &path, None, "").await.must(200);
        assert_eq!(again.body, expected, "{root}: it is so already");

        let path = format!("{root}/companies/{acme}/associations/contacts/{kim}");
        for _ in 0..2 {
            assert_eq!(portal.client.delete(&path).await.must(204).body, "", "{root}");
        }
        assert_eq!(portal.associated(root, "contacts", &kim, "companies").await, json!([]), "{root}");
        assert_eq!(portal.associated(root, "companies", &acme, "contacts").await, json!([]), "{root}");
    }
}

#[tokio::test]
async fn labels_are_replaced_and_never_without_the_plain_association() {
    for root in ROOTS {
        let portal = Portal::open().await;
        let (kim, acme) = (portal.contact(json!({"firstname": "Kim"})).await, portal.company("Acme").await);
        let set = portal.set(root, (&kim, &acme), json!([hubspots(1)])).await.must(201);
        let expected = format!(
            r#"{{"fromObjectTypeId":"0-1","fromObjectId":{kim},"toObjectTypeId":"0-2","toObjectId":{acme},"labels":["Primary"]}}"#
        );
        assert_eq!(set.body, expected, "{root}");
        let there = row(&acme, &[(1, Some("Primary")), (279, None)]);
        let back = row(&kim, &[(2, Some("Primary")), (280, None)]);
        let list = portal.client.get(&format!("{root}/contacts/{kim}/associations/companies")).await;
        assert_eq!(list.body, json!({"results": [there]}).to_string(), "{root}");
        assert_eq!(portal.associated(root, "companies", &acme, "contacts").await, json!([back]), "{root}");

        let set = portal.set(root, (&kim, &acme), json!([hubspots(931)])).await.must(201).json();
        assert_eq!(set["labels"], json!([]), "{root}: the billing contact's label is not established");
        let rows = portal.associated(root, "contacts", &kim, "companies").await;
        assert_eq!(rows, json!([row(&acme, &[(279, None), (931, None)])]), "{root}");
        portal.set(root, (&kim, &acme), json!([])).await.must(201);
        let rows = portal.associated(root, "companies", &acme, "contacts").await;
        assert_eq!(rows, json!([row(&kim, &[(280, None)])]), "{root}");
    }
}

#[tokio::test]
async fn a_record_has_one_primary_company() {
    let portal = Portal::open().await;
    let root = ROOTS[0];
    let (kim, lee) =
        (portal.contact(json!({"firstname": "Kim"})).await, portal.contact(json!({"firstname": "Lee"})).await);
    let (acme, other) = (portal.company("Acme").await, portal.company("Other").await);
    portal.set(root, (&kim, &acme), json!([hubspots(1)])).await.must(201);
    portal.set(root, (&lee, &acme), json!([hubspots(1)])).await.must(201);
    let primary = [(1, Some("Primary")), (279, None)];
    // By either end.
    let path = format!("{root}/companies/{other}/associations/contacts/{kim}");
    portal.put(&path, json!([hubspots(2)])).await.must(201);
    let rows = portal.associated(root, "contacts", &kim, "companies").await;
    assert_eq!(rows, json!([row(&acme, &[(279, None)]), row(&other, &primary)]));
    let rows = portal.associated(root, "companies", &acme, "contacts").await;
    assert_eq!(rows, json!([row(&kim, &[(280, None)]), row(&lee, &[(2, Some("Primary")), (280, None)])]));
    portal.set(root, (&kim, &acme), json!([hubspots(1), hubspots(279)])).await.must(201);
    let rows = portal.associated(root, "contacts", &kim, "companies").await;
    assert_eq!(rows, json!([row(&acme, &primary), row(&other, &[(279, None)])]));
}

#[tokio::test]
async fn a_list_of_associations_has_pages() {
    let portal = Portal::open().await;
    let kim = portal.contact(json!({"firstname": "Kim"})).await;
    let mut companies = Vec::new();
    for name in ["A", "B", "C", "D", "E"] {
        let id = portal.company(name).await;
        portal.set(ROOTS[0], (&kim, &id), json!([])).await.must(201);
        companies.push(id);
    }
    for root in ROOTS {
        let path = format!("{root}/contacts/{kim}/associations/companies");
        let (mut query, mut seen) = ("?limit=2".to_owned(), Vec::new());
        loop {
            let page = portal.client.get(&format!("{path}{query}")).await.must(200).json();
            let ids = page["results"].as_array().unwrap().iter().map(|row| row["toObjectId"].to_string());
            seen.extend(ids);
            let Some(after) = page["paging"]["next"]["after"].as_str() else { break };
            query = format!("?limit=2&after={after}");
            assert_eq!(page["paging"]["next"]["link"], json!(format!("{}{path}{query}", portal.client.base)));
        }
        assert_eq!(seen, companies, "{root}");
    }
    let path = format!("{}/contacts/{kim}/associations/companies", ROOTS[0]);
    assert_eq!(portal.client.get(&path).await.json().as_object().unwrap().len(), 1, "five are one page");
    for (query, message) in [
        ("?limit=501", "limit must be between 1 and 500, was 501"),
        ("?limit=0", "limit must be between 1 and 500, was 0"),
        ("?limit=x", "Unable to parse value for query parameter: limit"),
        ("?after=x", "Unable to parse value for query parameter: after"),
    ] {
        let answer = portal.client.get(&format!("{path}{query}")).await.must(400);
        assert_eq!(answer.json()["message"], message, "{query}");
    }
}

#[tokio::test]
async fn an_association_that_cannot_be_is_told_in_the_vendors_words() {
    let portal = Portal::open().await;
    let (kim, acme) = (portal.contact(json!({"firstname": "Kim"})).await, portal.company("Acme").await);
    let product = portal.client.post("/crm/v3/objects/products", &json!({"properties": {"name": "Ring"}})).await;
    let product = product.must(201).json()["id"].as_str().unwrap().to_owned();
    let of = |from: &str, to: &str| format!("contacts/{from}/associations/companies/{to}");
    let default = |from: &str, to: &str| format!("contacts/{from}/associations/default/companies/{to}");
    let invalid = |context: &str| {
        format!(
            r#"{{"status":"error","message":"One or more associations are invalid","correlationId":"ID","context":{{{context}}},"category":"VALIDATION_ERROR"}}"#
        )
    };
    let none = |of: &str, id: &str| {
        invalid(&format!(
            r#""INVALID_OBJECT_IDS":["{of}={id} is not valid"],"objectId":["{id}"],"objectType":["{of}"]"#
        ))
    };
    let no_id = r#"{"status":"error","message":"abc is not a valid ID","correlationId":"ID","context":{"id":["abc"]},"category":"VALIDATION_ERROR","subCategory":"crm.associations.INVALID_IDENTIFIER"}"#;
    let itself = format!(
        r#"{{"status":"error","message":"Object {kim} cannot be associated to itself ({kim})","correlationId":"ID","category":"VALIDATION_ERROR"}}"#
    );
    let pair = r#"{"status":"error","message":"No default association type exists between 0-1 and 0-7","correlationId":"ID","category":"VALIDATION_ERROR"}"#;
    let type_3 = json!([{"associationCategory": "USER_DEFINED", "associationTypeId": 3}]);
    let unknown = invalid(
        r#""associationSpec":["USER_DEFINED=3"],"INVALID_ASSOCIATION_TYPE_ID":["USER_DEFINED=3 is not a valid association definition id"]"#,
    );
    let expected = [
        (of(&kim, "7"), json!([hubspots(279)]), none("COMPANY", "7")),
        (of("7", &acme), json!([hubspots(279)]), none("CONTACT", "7")),
        (of(&kim, "7"), json!([]), none("COMPANY", "7")),
        (default(&kim, "7"), json!([]), none("COMPANY", "7")),
        (of("abc", &acme), json!([hubspots(279)]), no_id.to_owned()),
        (default(&kim, "abc"), json!([]), no_id.to_owned()),
        (format!("contacts/{kim}/associations/contact/{kim}"), json!([hubspots(449)]), itself.clone()),
        (format!("contacts/{kim}/associations/default/contact/{kim}"), json!([]), itself),
        (of(&kim, &acme), type_3, unknown),
        // The type says of what kind the records must be: 341 is of a deal.
        (of(&kim, &acme), json!([hubspots(341)]), none("DEAL", &kim)),
        (format!("contacts/{kim}/associations/default/products/{product}"), json!([]), pair.to_owned()),
        (format!("contacts/{kim}/associations/products/{product}"), json!([]), pair.to_owned()),
    ];
    for root in ROOTS {
        for (path, body, expected) in &expected {
            refused(&portal.put(&format!("{root}/{path}"), body.clone()).await, 400, expected);
        }
        let unknown = portal.put(&format!("{root}/contacts/{kim}/associations/robots/1"), json!([])).await;
        assert_eq!(unknown.must(400).json()["message"], "Unable to infer object type from: robots");
        let missing = portal.client.get(&format!("{root}/contacts/7/associations/companies")).await;
        refused(&missing, 404, r#"{"status":"error","message":"resource not found","correlationId":"ID"}"#);
    }
    assert_eq!(portal.associated(ROOTS[0], "contacts", &kim, "companies").await, json!([]));
}

#[tokio::test]
async fn a_body_of_types_that_cannot_be_read_is_told_with_its_place() {
    let portal = Portal::open().await;
    let (kim, acme) = (portal.contact(json!({"firstname": "Kim"})).await, portal.company("Acme").await);
    let path = format!("/crm/v4/objects/contacts/{kim}/associations/companies/{acme}");
    let validation = r#","category":"VALIDATION_ERROR""#;
    for (body, message, category) in [
        ("", "Invalid JSON input: a request body was expected, but none found", validation),
        (
            r#""contact_to_company""#,
            "Invalid input JSON on line 1, column 1: Cannot deserialize value of type `java.util.HashSet<com.hubspot.inbounddb.associations.base.AssociationSpec>` from String value (token `JsonToken.VALUE_STRING`)",
            "",
        ),
        (
            "[{}]",
            "Invalid input JSON on line 1, column 3. Some required fields were not set: [associationCategory, associationTypeId]",
            validation,
        ),
        (
            r#"[{"associationTypeId":1}]"#,
            "Invalid input JSON on line 1, column 24. Some required fields were not set: [associationCategory]",
            validation,
        ),
    ] {
        let answer = portal.client.send(Method::PUT, &path, Some("application/json"), body).await;
        let message = json!(message);
        let expected = format!(r#"{{"status":"error","message":{message},"correlationId":"ID"{category}}}"#);
        refused(&answer, 400, &expected);
    }
    // Numbers as texts are taken.
    let spec = json!([{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": "279"}]);
    portal.put(&path, spec).await.must(201);
    let bad = json!([{"associationCategory": "MINE", "associationTypeId": 279}]);
    portal.put(&path, bad).await.must(400);
}

#[tokio::test]
async fn an_archived_record_shows_in_no_association() {
    let portal = Portal::open().await;
    let (kim, acme) = (portal.contact(json!({"firstname": "Kim"})).await, portal.company("Acme").await);
    portal.set(ROOTS[0], (&kim, &acme), json!([hubspots(1)])).await.must(201);
    portal.client.delete(&format!("/crm/v3/objects/companies/{acme}")).await.must(204);
    assert_eq!(portal.associated(ROOTS[0], "contacts", &kim, "companies").await, json!([]));
    let list = portal.client.get(&format!("{}/companies/{acme}/associations/contacts", ROOTS[0])).await;
    assert_eq!(list.status, 404);
    let set = portal.set(ROOTS[0], (&kim, &acme), json!([])).await.must(400).json();
    assert_eq!(set["context"]["INVALID_OBJECT_IDS"], json!([format!("COMPANY={acme} is not valid")]));
}
