//! Associations in the third version: hubspot-crm.md §2.11, §6.3.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Portal, refused};
use crate::support::Answer;

const STAMPS: &str = r#""startedAt":"2026-11-20T00:00:00Z","completedAt":"2026-11-20T00:00:00Z""#;

async fn batch(portal: &Portal, operation: &str, inputs: Value) -> Answer {
    let path = format!("/crm/v3/associations/contact/company/batch/{operation}");
    portal.client.post(&path, &json!({ "inputs": inputs })).await
}

fn input(from: &str, to: &str, kind: &str) -> Value {
    json!({"from": {"id": from}, "to": {"id": to}, "type": kind})
}

#[tokio::test]
async fn a_batch_of_the_third_version_goes_by_the_names_of_types() {
    let portal = Portal::open().await;
    let (kim, acme) = (portal.contact(json!({"firstname": "Kim"})).await, portal.company("Acme").await);
    let plain = "contact_to_company_unlabeled";
    let made = batch(&portal, "create", json!([input(&kim, &acme, "contact_to_company")])).await.must(201);
    let expected = format!(
        r#"{{"status":"COMPLETE","results":[{{"from":{{"id":"{acme}"}},"to":{{"id":"{kim}"}},"type":"company_to_contact"}},{{"from":{{"id":"{kim}"}},"to":{{"id":"{acme}"}},"type":"contact_to_company"}}],{STAMPS}}}"#
    );
    assert_eq!(made.body, expected);
    let rows = format!(r#"{{"id":"{acme}","type":"contact_to_company"}},{{"id":"{acme}","type":"{plain}"}}"#);
    let read = batch(&portal, "read", json!([{"id": kim}])).await.must(200);
    let expected =
        |to: &str| format!(r#"{{"status":"COMPLETE","results":[{{"from":{{"id":"{kim}"}},"to":[{to}]}}],{STAMPS}}}"#);
    assert_eq!(read.body, expected(&rows));
    // By its number too; what is there stays.
    batch(&portal, "create", json!([input(&kim, &acme, "931")])).await.must(201);
    let read = batch(&portal, "read", json!([{"id": kim}])).await.must(200);
    assert_eq!(read.body, expected(&format!(r#"{rows},{{"id":"{acme}","type":"billing_contact_to_company"}}"#)));

    batch(&portal, "archive", json!([input(&kim, &acme, "931"), input(&kim, "7", plain)])).await.must(204);
    let read = batch(&portal, "read", json!([{"id": kim}])).await.must(200);
    assert_eq!(read.body, expected(&rows));
    assert_eq!(batch(&portal, "archive", json!([input(&kim, &acme, plain)])).await.must(204).body, "");
    let read = batch(&portal, "read", json!([{"id": kim}])).await.must(207);
    let expected = format!(
        r#"{{"status":"COMPLETE","results":[],"numErrors":1,"errors":[{{"status":"error","category":"OBJECT_NOT_FOUND","subCategory":"crm.associations.NO_ASSOCIATIONS_FOUND","message":"No company is associated with contact {kim}.","context":{{"fromObjectId":["{kim}"],"fromObjectType":["contact"],"toObjectType":["company"]}}}}],{STAMPS}}}"#
    );
    assert_eq!(read.body, expected);
}

#[tokio::test]
async fn each_thing_that_is_wrong_with_an_input_is_an_error() {
    let portal = Portal::open().await;
    let (kim, acme) = (portal.contact(json!({"firstname": "Kim"})).await, portal.company("Acme").await);
    let inputs = json!([
        input("7", "8", "contact_to_company"),
        input(&kim, &acme, "contact_to_robot"),
        input("abc", &acme, "1"),
        input(&kim, &acme, "279"),
    ]);
    let answer = batch(&portal, "create", inputs).await.must(207).json();
    let missing = |side: &str, of: &str, id: &str| {
        json!({
            "status": "error", "category": "OBJECT_NOT_FOUND", "subCategory": format!("crm.associations.{side}_OBJECT_NOT_FOUND"),
            "message": format!("No {of} with ID {id} exists"), "context": {"objectType": [of], "id": [id]},
        })
    };
    let no_type = json!({
        "status": "error", "category": "VALIDATION_ERROR", "subCategory": "crm.associations.INVALID_ASSOCIATION_TYPE",
        "message": "contact_to_robot is not a valid association type between contacts and companies",
        "context": {"type": ["contact_to_robot"], "fromObjectType": ["contacts"], "toObjectType": ["companies"]},
    });
    let no_id = json!({
        "status": "error", "category": "VALIDATION_ERROR", "subCategory": "crm.associations.INVALID_IDENTIFIER",
        "message": "abc is not a valid ID", "context": {"id": ["abc"]},
    });
    assert_eq!(
        answer["errors"],
        json!([missing("FROM", "contact", "7"), missing("TO", "company", "8"), no_type, no_id])
    );
    assert_eq!((&answer["numErrors"], answer["results"].as_array().unwrap().len()), (&json!(4), 2));
    for (operation, max) in [("create", 2000), ("archive", 2000), ("read", 1000)] {
        let one = json!({"id": "7", "from": {"id": "7"}, "to": {"id": "7"}, "type": "1"});
        batch(&portal, operation, json!(vec![one.clone(); max + 1])).await.must(400);
        let answer = batch(&portal, operation, json!(vec![one; max])).await;
        assert!([204, 207].contains(&answer.status), "{operation}: {}", answer.status);
    }
}

#[tokio::test]
async fn the_types_of_a_pair_are_listed_by_name() {
    let portal = Portal::open().await;
    for (from, to, expected) in [
        (
            "contacts",
            "companies",
            json!([
                ["279", "contact_to_company_unlabeled"],
                ["1", "contact_to_company"],
                ["931", "billing_contact_to_company"]
            ]),
        ),
        ("contact", "0-1", json!([["449", "contact_to_contact"]])),
        ("products", "contacts", json!([])),
    ] {
        let listed = portal.client.get(&format!("/crm/v3/associations/{from}/{to}/types")).await.must(200).json();
        let rows: Vec<_> =
            listed["results"].as_array().unwrap().iter().map(|row| json!([row["id"], row["name"]])).collect();
        assert_eq!(json!(rows), expected, "{from} {to}");
    }
    let unknown = portal.client.get("/crm/v3/associations/contacts/robots/types").await;
    assert_eq!(unknown.must(400).json()["message"], "Unable to infer object type from: robots");
}

#[tokio::test]
async fn a_records_path_sets_lists_and_ends_an_association() {
    for root in ["/crm/v3/objects", "/crm/objects/v3"] {
        let portal = Portal::open().await;
        let (kim, acme) = (portal.contact(json!({"firstname": "Kim"})).await, portal.company("Acme").await);
        let path = format!("{root}/companies/{acme}/associations/contacts");
        let set = |kind: &str| {
            let path = format!("{path}/{kim}/{kind}");
            let portal = &portal;
            async move { portal.client.send(Method::PUT, &path, None, "").await }
        };
        let answer = set("company_to_contact_unlabeled").await.must(200).json();
        let rows = json!([{"id": kim, "type": "company_to_contact_unlabeled"}]);
        assert_eq!((&answer["id"], &answer["properties"]["name"]), (&json!(acme), &json!("Acme")), "{root}");
        assert_eq!(answer["associations"], json!({"contacts": {"results": rows}}), "{root}");
        set("2").await.must(200);
        let both =
            json!([{"id": kim, "type": "company_to_contact"}, {"id": kim, "type": "company_to_contact_unlabeled"}]);
        assert_eq!(portal.client.get(&path).await.must(200).json(), json!({"results": both}), "{root}");
        portal.client.delete(&format!("{path}/{kim}/company_to_contact")).await.must(204);
        assert_eq!(portal.client.get(&path).await.must(200).json(), json!({"results": rows}), "{root}");
        portal.client.delete(&format!("{path}/{kim}/280")).await.must(204);
        assert_eq!(portal.client.get(&path).await.must(200).json(), json!({"results": []}), "{root}");
        let missing = portal.client.send(Method::PUT, &format!("{path}/901/280"), None, "").await;
        let expected = r#"{"status":"error","message":"No contact with ID 901 exists","correlationId":"ID","context":{"objectType":["contact"],"id":["901"]},"category":"OBJECT_NOT_FOUND","subCategory":"crm.associations.TO_OBJECT_NOT_FOUND"}"#;
        refused(&missing, 404, expected);
        let second = portal.contact(json!({"firstname": "Lee"})).await;
        for id in [&kim, &second] {
            portal.client.send(Method::PUT, &format!("{path}/{id}/280"), None, "").await.must(200);
        }
        let page = portal.client.get(&format!("{path}?limit=1")).await.must(200).json();
        let link = format!("{}{path}?limit=1&after={second}", portal.client.base);
        assert_eq!(page["paging"], json!({"next": {"after": second, "link": link}}), "{root}");
    }
}
