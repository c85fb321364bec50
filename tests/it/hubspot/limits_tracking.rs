//! What an account is told of its limits, and of the object types it may turn on.

use serde_json::{Value, json};
use sim::SystemName;

use super::Portal;
use crate::support::{pass, still};

async fn portal() -> Portal {
    Portal::of(still().profile(SystemName::Hubspot, "enterprise").start().await.unwrap())
}

async fn told(portal: &Portal, what: &str) -> Value {
    let numbered = portal.client.get(&format!("/crm/v3/limits/{what}")).await.must(200);
    let dated = portal.client.get(&format!("/crm/limits/2026-03/{what}")).await.must(200);
    assert_eq!(numbered.body, dated.body);
    numbered.json()
}

/// What is told of one type in a list.
fn of<'v>(list: &'v Value, type_id: &str) -> &'v Value {
    list.as_array().unwrap().iter().find(|one| one["objectTypeId"] == type_id).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn limits_tell_what_an_account_has_of_what_it_may_have() {
    let portal = portal().await;
    let schema = json!({
        "name": "boat", "labels": {"singular": "Boat", "plural": "Boats"}, "primaryDisplayProperty": "title",
        "properties": [{"name": "title", "label": "Title"}], "requiredProperties": [], "associatedObjects": [],
    });
    let boats = portal.client.post("/crm-object-schemas/v3/schemas", &schema).await.must(201).json();
    let boats = boats["objectTypeId"].as_str().unwrap();
    portal.client.post(&format!("/crm/v3/objects/{boats}"), &json!({"properties": {"title": "One"}})).await.must(201);
    for n in 0..3 {
        portal.contact(json!({"email": format!("l{n}@example.com")})).await;
    }
    let gone = portal.contact(json!({"email": "gone@example.com"})).await;
    portal.client.delete(&format!("/crm/v3/objects/contacts/{gone}")).await.must(204);
    for (name, field, formula) in [("m_plain", "text", None), ("m_counted", "calculation_equation", Some("1 + 2"))] {
        let kind = if formula.is_some() { "number" } else { "string" };
        let mut property = json!({
            "name": name, "label": name, "type": kind, "fieldType": field, "groupName": "contactinformation",
        });
        if let Some(formula) = formula {
            property["calculationFormula"] = formula.into();
        }
        portal.client.post("/crm/v3/properties/contacts", &property).await.must(201);
    }

    let records = told(&portal, "records").await;
    assert_eq!(
        *of(&records["hubspotDefinedObjectTypes"], "0-1"),
        json!({
            "objectTypeId": "0-1", "singularLabel": "Contact", "pluralLabel": "Contacts", "limit": 15_000_000, "usage": 3,
            "percentage": 0.0,
        })
    );
    let own = &records["customObjectTypes"];
    assert_eq!((of(&own["byObjectType"], boats)["usage"].as_u64(), own["overallUsage"].as_u64()), (Some(1), Some(1)));

    let properties = told(&portal, "custom-properties").await;
    let contacts = of(&properties["byObjectType"], "0-1");
    assert_eq!(
        (&contacts["limit"], &contacts["usage"], &contacts["percentage"]),
        (&json!(1000), &json!(2), &json!(0.2))
    );
    assert_eq!(of(&properties["byObjectType"], boats)["usage"], 1);
    assert_eq!(properties["overallUsage"], 3);

    let calculated = told(&portal, "calculated-properties").await;
    assert_eq!(of(&calculated["byObjectType"], "0-1")["usage"], 1);
    assert_eq!(calculated["overallUsage"], 1);

    let pipelines = told(&portal, "pipelines").await;
    let deals = of(&pipelines["hubspotDefinedObjectTypes"], "0-3");
    assert_eq!((&deals["limit"], &deals["usage"], &deals["percentage"]), (&json!(100), &json!(1), &json!(1.0)));
    assert!(of(&pipelines["hubspotDefinedObjectTypes"], "0-7").is_null(), "products have none");

    let types = told(&portal, "custom-object-types").await;
    assert_eq!(types, json!({"limit": 20, "usage": 1, "percentage": 5.0}));
}

#[tokio::test]
async fn labels_of_associations_are_told_by_their_types() {
    let portal = portal().await;
    assert_eq!(told(&portal, "associations/labels").await, json!({"results": []}));
    for (path, name) in [("contacts/deals", "payer"), ("contacts/deals", "signer"), ("companies/deals", "agent")] {
        let body = json!({"label": name, "name": name});
        portal.client.post(&format!("/crm/v4/associations/{path}/labels"), &body).await.must(200);
    }
    let narrowed = told(&portal, "associations/labels?fromObjectTypeId=0-1&toObjectTypeId=0-3").await;
    assert_eq!(
        narrowed["results"],
        json!([{
            "fromObjectType": {"objectTypeId": "0-1", "singularLabel": "Contact", "pluralLabel": "Contacts"},
            "toObjectType": {"objectTypeId": "0-3", "singularLabel": "Deal", "pluralLabel": "Deals"},
            "limit": 10, "usage": 2, "percentage": 20.0, "allLabels": ["payer", "signer"],
        }])
    );
    let to_deals = told(&portal, "associations/labels?toObjectTypeId=0-3").await;
    assert_eq!(to_deals["results"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn records_near_their_limit_of_associations_are_told() {
    let portal = portal().await;
    let allow = json!({"inputs": [{"category": "HUBSPOT_DEFINED", "typeId": 280, "maxToObjectIds": 5}]});
    let path = "/crm/associations/v4/definitions/configurations/companies/contacts/batch/create";
    portal.client.post(path, &allow).await.must(201);
    let (full, near) = (portal.company("Full").await, portal.company("Near").await);
    let few = portal.company("Few").await;
    let mut last = String::new();
    for (company, count) in [(&full, 5), (&near, 4), (&few, 3)] {
        for n in 0..count {
            let contact = portal.contact(json!({"email": format!("n{n}.{company}@example.com")})).await;
            let path = format!("/crm/v4/objects/companies/{company}/associations/default/contacts/{contact}");
            portal.client.send(reqwest::Method::PUT, &path, None, "").await.must(200);
            last = contact;
        }
        pass(&portal.world, "11s").await;
    }
    let row = json!({
        "objectTypeId": "0-2", "singularLabel": "Company", "pluralLabel": "Companies", "hasRecordsNearLimit": true,
        "hasRecordsAtLimit": true,
    });
    assert_eq!(told(&portal, "associations/records/from").await, json!({"results": [row]}));
    let to = told(&portal, "associations/records/0-2/to").await;
    assert_eq!((to["results"][0]["objectTypeId"].as_str(), to["results"].as_array().unwrap().len()), (Some("0-1"), 1));
    let number = |id: &str| id.parse::<u64>().unwrap();
    let both = told(&portal, "associations/records/0-2/0-1").await;
    assert_eq!(
        both,
        json!({
            "limit": 5, "totalRecordsNearLimit": 2, "totalRecordsAtLimit": 1,
            "nearLimitFromRecordSamples": [
                {"objectId": number(&full), "label": "Full", "usage": 5, "percentage": 100.0},
                {"objectId": number(&near), "label": "Near", "usage": 4, "percentage": 80.0},
            ],
            "atLimitFromRecordSamples": [{"objectId": number(&full), "label": "Full"}],
        })
    );
    // One that is archived does not count.
    portal.client.delete(&format!("/crm/v3/objects/contacts/{last}")).await.must(204);
    portal.client.delete(&format!("/crm/v3/objects/companies/{full}")).await.must(204);
    let left = told(&portal, "associations/records/0-2/0-1").await;
    assert_eq!((left["totalRecordsNearLimit"].as_u64(), left["totalRecordsAtLimit"].as_u64()), (Some(1), Some(0)));
    let none = told(&portal, "associations/records/0-1/0-2").await;
    assert_eq!((none["limit"].as_u64(), none["totalRecordsNearLimit"].as_u64()), (Some(50_000), Some(0)));
    portal.client.get("/crm/v3/limits/associations/records/0-1/butterflies").await.must(400);
    portal.client.get("/crm/v3/limits/associations/records/0-1/0-7").await.must(400);
    portal.client.get("/crm/v3/limits/associations/records").await.must(404);
}

#[tokio::test]
async fn what_can_be_turned_on_is_off() {
    let portal = Portal::open().await;
    for root in ["/crm/v3/object-library/enablement", "/crm/object-library/2026-03/enablement"] {
        let all = portal.client.get(root).await.must(200).json();
        assert_eq!(
            all,
            json!({"enablementByObjectTypeId": {"0-420": false, "0-421": false, "0-162": false, "0-410": false}})
        );
        let one = portal.client.get(&format!("{root}/0-421")).await.must(200);
        assert_eq!(one.body, r#"{"enablement":false}"#);
        portal.client.get(&format!("{root}/0-1")).await.must(400);
        portal.client.get(&format!("{root}/butterflies")).await.must(400);
        portal.client.post(root, &json!({})).await.must(405);
    }
}
