//! Labels and limits of an account's own: hubspot-crm.md §6.1, §6.2.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Portal, refused};

/// The roots, and what making and purging limits answer there.
const ROOTS: [(&str, u16, u16); 4] = [
    ("/crm/v4/associations", 201, 204),
    ("/crm/associations/v4", 201, 204),
    ("/crm/associations/2026-03", 201, 200),
    ("/crm/associations/2026-09", 200, 200),
];

fn own(id: u64, label: &str) -> Value {
    json!({"category": "USER_DEFINED", "typeId": id, "label": label})
}

fn spec(id: u64) -> Value {
    json!([{"associationCategory": "USER_DEFINED", "associationTypeId": id}])
}

#[tokio::test]
async fn a_label_is_made_listed_renamed_and_deleted() {
    for (root, ..) in ROOTS {
        let portal = Portal::open().await;
        let path = format!("{root}/contacts/companies/labels");
        let new = json!({"label": "Accountant", "name": "accountant"});
        let made = portal.client.post(&path, &new).await.must(200);
        assert_eq!(
            made.json(),
            json!({"results": [own(1, "Accountant")]}),
            "{root}: one where both directions are alike"
        );
        let ends = |row: &Value, from: &str, to: &str| {
            let mut row = row.clone();
            if !root.ends_with("2026-09") {
                row["fromObjectTypeId"] = json!(from);
                row["toObjectTypeId"] = json!(to);
            }
            row
        };
        let hubspots =
            |id: u32, label: Option<&str>| json!({"category": "HUBSPOT_DEFINED", "typeId": id, "label": label});
        let listed = portal.client.get(&path).await.must(200).json();
        let rows = [hubspots(279, None), hubspots(1, Some("Primary")), hubspots(931, None), own(1, "Accountant")];
        assert_eq!(listed["results"], json!(rows.map(|row| ends(&row, "0-1", "0-2"))), "{root}");
        let back = format!("{root}/companies/contacts/labels");
        let listed = portal.client.get(&back).await.must(200).json()["results"].clone();
        assert_eq!(listed[3], ends(&own(2, "Accountant"), "0-2", "0-1"), "{root}: with a number for each direction");

        let change = json!({"associationTypeId": 1, "label": "Bookkeeper"});
        assert_eq!(portal.put(&path, change).await.must(204).body, "");
        let listed = portal.client.get(&back).await.must(200).json()["results"].clone();
        assert_eq!(listed[3]["label"], "Bookkeeper", "{root}");

        let (kim, acme) = (portal.contact(json!({"firstname": "Kim"})).await, portal.company("Acme").await);
        let of = format!("/crm/v4/objects/contacts/{kim}/associations/companies/{acme}");
        assert_eq!(portal.put(&of, spec(1)).await.must(201).json()["labels"], json!(["Bookkeeper"]));
        portal.client.delete(&format!("{path}/1")).await.must(400);
        portal.client.delete(&format!("{path}/279")).await.must(400);
        portal.client.delete(&format!("{path}/77")).await.must(404);
        portal.put(&path, json!({"associationTypeId": 279, "label": "x"})).await.must(400);
        portal.client.delete(&of).await.must(204);
        portal.client.delete(&format!("{path}/1")).await.must(204);
        let left = portal.client.get(&back).await.must(200).json()["results"].as_array().unwrap().len();
        assert_eq!(left, 3, "{root}: its other direction is gone with it");
        portal.put(&of, spec(1)).await.must(400);
    }
}

#[tokio::test]
async fn a_pair_of_labels_tells_the_two_directions_apart() {
    let portal = Portal::open().await;
    let path = "/crm/v4/associations/contacts/contacts/labels";
    let new = json!({"label": "Manager", "name": "manager_employee", "inverseLabel": "Employee"});
    let made = portal.client.post(path, &new).await.must(200).json();
    assert_eq!(made, json!({"results": [own(1, "Manager"), own(2, "Employee")]}));
    let (kim, lee) =
        (portal.contact(json!({"firstname": "Kim"})).await, portal.contact(json!({"firstname": "Lee"})).await);
    let of = |from: &str, to: &str| format!("/crm/objects/2026-03/contacts/{from}/associations/contacts{to}");
    let set = portal.put(&of(&kim, &format!("/{lee}")), spec(1)).await.must(201).json();
    assert_eq!(set["labels"], json!(["Manager"]));
    for (from, to, label, id) in [(&kim, &lee, "Manager", 1), (&lee, &kim, "Employee", 2)] {
        let rows = portal.client.get(&of(from, "")).await.must(200).json();
        let types = json!([{"category": "HUBSPOT_DEFINED", "typeId": 449, "label": null}, own(id, label)]);
        let other: u64 = to.parse().unwrap();
        assert_eq!(rows, json!({"results": [{"toObjectId": other, "associationTypes": types}]}));
    }
    let change = json!({"associationTypeId": 1, "label": "Boss", "inverseLabel": "Staff"});
    portal.put(path, change).await.must(204);
    let rows = portal.client.get(&of(&lee, "")).await.must(200).json();
    assert_eq!(rows["results"][0]["associationTypes"][1]["label"], "Staff");
    // One number serves both directions where nothing tells them apart.
    let made = portal.client.post(path, &json!({"label": "Friend", "name": "friend"})).await.must(200).json();
    assert_eq!(made, json!({"results": [own(3, "Friend")]}));
    portal.put(&of(&kim, &format!("/{lee}")), spec(3)).await.must(201);
    let rows = portal.client.get(&of(&lee, "")).await.must(200).json();
    assert_eq!(rows["results"][0]["associationTypes"][1], own(3, "Friend"));
}

#[tokio::test]
async fn a_label_must_have_a_name_and_there_are_ten_of_a_pair() {
    let portal = Portal::open().await;
    let path = "/crm/associations/2026-03/contacts/companies/labels";
    for (name, label, status) in [("a-b", "A", 400), ("1a", "A", 400), ("", "A", 400), ("a", " ", 400)] {
        portal.client.post(path, &json!({"name": name, "label": label})).await.must(status);
    }
    let lacking = portal.client.post(path, &json!({"label": "A"})).await.must(400).json();
    assert_eq!(
        lacking["message"],
        "Invalid input JSON on line 1, column 13. Some required fields were not set: [name]"
    );
    for n in 0..10 {
        portal.client.post(path, &json!({"name": format!("n{n}"), "label": format!("L{n}")})).await.must(200);
    }
    portal.client.post(path, &json!({"name": "n0", "label": "Again"})).await.must(409);
    portal.client.post(path, &json!({"name": "n10", "label": "L10"})).await.must(400);
    let other = "/crm/associations/2026-03/contacts/contacts/labels";
    for n in 0..10 {
        let pair = json!({"name": format!("n{n}"), "label": format!("L{n}"), "inverseLabel": format!("I{n}")});
        portal.client.post(other, &pair).await.must(200);
    }
    portal.client.post(other, &json!({"name": "n10", "label": "L10"})).await.must(400);
}

#[tokio::test]
async fn an_account_may_limit_how_many_a_record_has() {
    for (root, made, purged) in ROOTS {
        let portal = Portal::open().await;
        let of = format!("{root}/definitions/configurations/companies/contacts");
        let all = format!("{root}/definitions/configurations/all");
        let input = |id: u32, max: u32| json!({"category": "HUBSPOT_DEFINED", "typeId": id, "maxToObjectIds": max});
        let told = |id: u32, max: u32, label: Option<&str>| json!({"category": "HUBSPOT_DEFINED", "typeId": id, "userEnforcedMaxToObjectIds": max, "label": label});
        let batch = async |operation: &str, inputs: Value| {
            portal.client.post(&format!("{of}/batch/{operation}"), &json!({ "inputs": inputs })).await
        };
        assert_eq!(portal.client.get(&all).await.must(200).json(), json!({"results": []}));
        let answer = batch("create", json!([input(280, 2), input(2, 1)])).await.must(made).json();
        let rows = json!([told(280, 2, None), told(2, 1, Some("Primary"))]);
        assert_eq!(answer["results"], rows, "{root}");
        for path in [&all, &of] {
            assert_eq!(portal.client.get(path).await.must(200).json(), json!({"results": rows}), "{root}");
        }
        let other = format!("{root}/definitions/configurations/contacts/companies");
        assert_eq!(portal.client.get(&other).await.must(200).json(), json!({"results": []}));
        // A label may have no more than its pair, and a pair no less than its labels.
        for wrong in [input(2, 3), input(280, 0), input(280, 50_001), input(279, 1), input(2, 0)] {
            let answer = batch("update", json!([wrong])).await.must(207).json();
            assert_eq!((&answer["numErrors"], &answer["results"]), (&json!(1), &json!([])), "{root}: {wrong}");
        }
        let answer = batch("update", json!([input(280, 1)])).await.must(200).json();
        let row = json!({"category": "HUBSPOT_DEFINED", "typeId": 280, "userEnforcedMaxToObjectIds": 1});
        assert_eq!(answer["results"], json!([row]), "{root}");

        let (kim, lee) =
            (portal.contact(json!({"firstname": "Kim"})).await, portal.contact(json!({"firstname": "Lee"})).await);
        let acme = portal.company("Acme").await;
        let set = async |contact: &str| {
            let path = format!("/crm/v4/objects/contacts/{contact}/associations/default/companies/{acme}");
            portal.client.send(Method::PUT, &path, None, "").await
        };
        set(&kim).await.must(200);
        set(&kim).await.must(200);
        let portal_id = portal.id();
        let named = "associationCategory HUBSPOT_DEFINED, associationTypeId 280";
        let context = json!({
            "ASSOCIATION_LIMIT_EXCEEDED": [format!("Exceeded association limit of 1 for portalId {portal_id}, fromObjectId {acme}, {named}")],
            "limit": ["1"], "portalId": [portal_id], "fromObjectId": [acme], "associationTypeIdThatExceededLimit": ["280"],
            "associationCategoryThatExceededLimit": ["HUBSPOT_DEFINED"], "specHasAllAssociatedObjects": ["true"],
            "associationSpec": [named],
        });
        let expected = json!({
            "status": "error", "message": "One or more associations are invalid", "correlationId": "ID", "context": context,
            "category": "VALIDATION_ERROR",
        });
        refused(&set(&lee).await, 400, &expected.to_string());
        let body = json!({"properties": {"firstname": "New"}, "associations": [{"to": {"id": acme}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]}]});
        let total = portal.total().await;
        portal.client.post(super::CONTACTS, &body).await.must(400);
        assert_eq!(portal.total().await, total, "{root}: nothing is made without its associations");
        // One that lives no more makes room.
        portal.client.delete(&format!("{}/{kim}", super::CONTACTS)).await.must(204);
        set(&lee).await.must(200);

        let purge =
            json!([{"category": "HUBSPOT_DEFINED", "typeId": 280}, {"category": "HUBSPOT_DEFINED", "typeId": 279}]);
        batch("purge", purge).await.must(purged);
        assert_eq!(portal.client.get(&all).await.must(200).json(), json!({"results": [told(2, 1, Some("Primary"))]}));
        let third = portal.contact(json!({"firstname": "Third"})).await;
        set(&third).await.must(200);
    }
}

#[tokio::test]
async fn a_report_of_high_usage_is_promised_to_a_user() {
    let portal = Portal::open().await;
    for (root, ..) in ROOTS {
        let path = format!("{root}/usage/high-usage-report/9586504");
        let answer = portal.client.send(Method::POST, &path, None, "").await.must(200).json();
        let at = json!({"value": 1_795_132_800_000_u64, "dateOnly": false, "timeZoneShift": 0});
        assert_eq!((&answer["userId"], &answer["enqueueTime"]), (&json!(9_586_504), &at), "{root}");
        assert!(answer["userEmail"].as_str().unwrap().contains('@'));
        portal.client.send(Method::POST, &format!("{root}/usage/high-usage-report/me"), None, "").await.must(400);
    }
}
