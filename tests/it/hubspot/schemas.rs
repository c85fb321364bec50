//! Object types of a portal's own, against facts/hubspot-crm.md §5.

use serde_json::{Value, json};
use sim::SystemName;

use super::{Portal, refused, told};
use crate::support::{Answer, still};

/// Each edition's root.
pub(super) const ROOTS: [&str; 4] = [
    "/crm-object-schemas/v3/schemas",
    "/crm/v3/schemas",
    "/crm-object-schemas/2026-03/schemas",
    "/crm-object-schemas/2026-09/schemas",
];

pub(super) async fn enterprise() -> Portal {
    Portal::of(still().profile(SystemName::Hubspot, "enterprise").start().await.unwrap())
}

pub(super) fn car() -> Value {
    json!({
        "name": "Car",
        "labels": {"singular": "Car", "plural": "Cars"},
        "primaryDisplayProperty": "model",
        "secondaryDisplayProperties": ["vin"],
        "requiredProperties": ["model"],
        "searchableProperties": ["model", "vin"],
        "properties": [
            {"name": "model", "label": "Model"},
            {"name": "vin", "label": "VIN", "type": "string", "fieldType": "text", "hasUniqueValue": true},
            {"name": "year", "label": "Year", "type": "number", "fieldType": "number"},
        ],
        "associatedObjects": ["CONTACT", "0-2"],
    })
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_schema_is_made_told_changed_and_archived() {
    for root in ROOTS {
        let portal = enterprise().await;
        let client = &portal.client;
        let made = client.post(root, &car()).await.must(201).json();
        let (type_id, full) = (made["objectTypeId"].as_str().unwrap().to_owned(), format!("p{}_Car", portal.id()));
        assert_eq!(format!("2-{}", made["id"].as_str().unwrap()), type_id);
        let mut head = made.clone();
        for list in ["properties", "associations"] {
            head.as_object_mut().unwrap().shift_remove(list);
        }
        let expected = json!({
            "labels": {"singular": "Car", "plural": "Cars"},
            "requiredProperties": ["model"],
            "searchableProperties": ["model", "vin"],
            "primaryDisplayProperty": "model",
            "secondaryDisplayProperties": ["vin"],
            "allowsSensitiveProperties": true,
            "archived": false,
            "restorable": true,
            "id": made["id"],
            "createdAt": "2026-11-20T00:00:00Z",
            "updatedAt": "2026-11-20T00:00:00Z",
            "objectTypeId": type_id,
            "fullyQualifiedName": full,
            "name": "Car",
        });
        assert_eq!(head.to_string(), expected.to_string(), "{root}");
        let properties = made["properties"].as_array().unwrap();
        let model = properties.iter().find(|property| property["name"] == "model").unwrap();
        assert_eq!([&model["type"], &model["fieldType"], &model["groupName"]], ["string", "text", "car_information"]);
        assert!(properties.iter().any(|one| one["name"] == "hs_object_id" && one["hubspotDefined"] == true));
        for name in [&*type_id, &*full, "p_car"] {
            assert_eq!(client.get(&format!("{root}/{name}")).await.must(200).json(), made, "{name}");
        }
        assert_eq!(client.get(root).await.must(200).json(), json!({ "results": [made] }));

        let patch = json!({
            "labels": {"plural": "Motor cars"},
            "description": "What is driven",
            "requiredProperties": ["model", "year"],
            "searchableProperties": [],
            "restorable": false,
            "name": "van",
        });
        let changed = client.patch(&format!("{root}/{full}"), &patch).await.must(200).json();
        let expected = json!({
            "labels": {"singular": "Car", "plural": "Motor cars"},
            "requiredProperties": ["model", "year"],
            "searchableProperties": ["model", "vin"],
            "primaryDisplayProperty": "model",
            "secondaryDisplayProperties": ["vin"],
            "description": "What is driven",
            "allowsSensitiveProperties": true,
            "archived": false,
            "restorable": false,
            "id": made["id"],
            "createdAt": "2026-11-20T00:00:00Z",
            "updatedAt": "2026-11-20T00:00:00Z",
            "objectTypeId": type_id,
            "fullyQualifiedName": full,
            "name": "Car",
        });
        assert_eq!(changed.to_string(), expected.to_string());
        let cleared = json!({"clearDescription": true});
        let cleared = client.patch(&format!("{root}/p_car"), &cleared).await.must(200).json();
        assert_eq!(cleared.get("description"), None);

        // A record keeps its type alive; one in the recycle bin does not.
        let objects = format!("/crm/v3/objects/{type_id}");
        let record = json!({"properties": {"model": "Fiesta", "year": 1999}});
        let record = client.post(&objects, &record).await.must(201).json();
        let live = client.delete(&format!("{root}/{type_id}")).await;
        refused(
            &live,
            400,
            &format!(
                r#"{{"status":"error","message":"Object type {type_id} cannot be deleted until all object records are deleted","correlationId":"ID","category":"VALIDATION_ERROR","subCategory":"ObjectSchemaError.EXISTING_OBJECT_RECORDS"}}"#
            ),
        );
        client.delete(&format!("{objects}/{}", record["id"].as_str().unwrap())).await.must(204);
        let soft = r#"{"status":"error","message":"Couldn't find soft-deleted object type(s)","correlationId":"ID","category":"VALIDATION_ERROR"}"#;
        refused(&client.delete(&format!("{root}/{type_id}?archived=true")).await, 400, soft);
        client.delete(&format!("{root}/{type_id}")).await.must(204);

        assert_eq!(client.get(root).await.must(200).json(), json!({ "results": [] }));
        client.get(&format!("{root}/{type_id}")).await.must(404);
        client.get(&objects).await.must(400);
        let archived = client.get(&format!("{root}?archived=true")).await.must(200).json();
        assert_eq!(archived["results"].as_array().unwrap().len(), 1);
        let archived = &archived["results"][0];
        assert_eq!(
            [&archived["archived"], &archived["properties"], &archived["associations"]],
            [&json!(true), &json!([]), &json!([])]
        );
        client.delete(&format!("{root}/{type_id}?archived=true")).await.must(204);
        let none = json!({ "results": [] });
        assert_eq!(client.get(&format!("{root}?archived=true")).await.must(200).json(), none);

        // The name can be used again, also while the other is merely archived.
        let again = client.post(root, &car()).await.must(201).json();
        assert_ne!(again["objectTypeId"], made["objectTypeId"]);
        client.delete(&format!("{root}/p_car")).await.must(204);
        let third = client.post(root, &car()).await.must(201).json();
        let all = client.get(&format!("{root}?archived=true")).await.must(200).json();
        assert_eq!(all, json!({ "results": [third] }));
    }
}

fn without(member: &str) -> Value {
    let mut egg = car();
    egg.as_object_mut().unwrap().remove(member);
    egg
}

fn with(member: &str, value: Value) -> Value {
    let mut egg = car();
    egg[member] = value;
    egg
}

#[track_caller]
fn refused_as(answer: &Answer, status: u16, message: &str, sub_category: Option<&str>) {
    let (found, body) = told(answer);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((found, body["message"].as_str().unwrap()), (status, message));
    assert_eq!(body.get("subCategory").and_then(Value::as_str), sub_category, "{message}");
}

#[tokio::test]
async fn what_a_schema_cannot_be_is_refused() {
    let portal = enterprise().await;
    let root = ROOTS[0];
    let format = Some("InboundDbObjectTypeError.OBJECT_TYPE_NAME_FORMAT");
    let primary = Some("ObjectSchemasSandboxesSyncErrorType.INVALID_PRIMARY_DISPLAY_PROPERTY");
    let searchable: Vec<_> = (0..21).map(|n| json!({"name": format!("p{n}"), "label": "P"})).collect();
    let mut many = with("properties", searchable.into());
    many["searchableProperties"] = (0..21).map(|n| json!(format!("p{n}"))).collect();
    for member in ["primaryDisplayProperty", "secondaryDisplayProperties", "requiredProperties"] {
        many[member] = if member == "primaryDisplayProperty" { json!("p0") } else { json!([]) };
    }
    let long = "x".repeat(51);
    for (egg, message, sub_category) in [
        (with("name", json!("1car")), "invalid object type name 1car", format),
        (with("name", json!("car-s")), "invalid object type name car-s", format),
        (with("name", json!(long)), &*format!("invalid object type name {long}"), format),
        (
            without("primaryDisplayProperty"),
            "A primary display property is required",
            Some("ObjectSchemaError.PRIMARY_DISPLAY_PROPERTY_REQUIRED"),
        ),
        (with("primaryDisplayProperty", json!("colour")), "Invalid primary display property colour", primary),
        (
            with("requiredProperties", json!(["colour"])),
            "Invalid required property colour",
            Some("ObjectSchemasSandboxesSyncErrorType.INVALID_REQUIRED_PROPERTY"),
        ),
        (
            with("secondaryDisplayProperties", json!(["vin", "year", "model"])),
            "Object types can have at most 2 secondary display properties",
            None,
        ),
        (many, "Object types can have at most 20 searchable properties", None),
        (
            with("labels", json!({"singular": long, "plural": "Cars"})),
            &*format!("object type label {long} is longer than 50 characters"),
            None,
        ),
        (with("associatedObjects", json!(["boat"])), "Unable to infer object type from: boat", None),
    ] {
        refused_as(&portal.client.post(root, &egg).await, 400, message, sub_category);
    }
    for (egg, lacking) in [
        (without("name"), "ObjectSchemaEgg, some of required attributes are not set [name]"),
        (without("labels"), "ObjectSchemaEgg, some of required attributes are not set [labels]"),
        (
            with("properties", json!([{"name": "model"}])),
            "ObjectTypePropertyCreate, some of required attributes are not set [label]",
        ),
    ] {
        let answer = portal.client.post(root, &egg).await.must(400).json();
        assert!(answer["message"].as_str().unwrap().ends_with(lacking), "{answer}");
    }
    // None of these left anything behind.
    assert_eq!(portal.client.get(&format!("{root}?archived=true")).await.json(), json!({ "results": [] }));

    portal.client.post(root, &car()).await.must(201);
    let taken = Some("InboundDbObjectTypeError.OBJECT_TYPE_ALREADY_EXIST");
    for name in ["Car", "CAR"] {
        let answer = portal.client.post(root, &with("name", json!(name))).await;
        refused_as(&answer, 409, &format!("{name} already exists"), taken);
    }
    for n in 1..20 {
        portal.client.post(root, &with("name", json!(format!("car{n}")))).await.must(201);
    }
    let over = portal.client.post(root, &with("name", json!("van"))).await;
    refused_as(&over, 400, "This account has reached its limit of 20 custom object types", None);
}

#[tokio::test]
async fn a_plan_without_custom_objects_lists_none_and_makes_none() {
    for profile in ["free", "starter", "professional"] {
        let portal = Portal::of(still().profile(SystemName::Hubspot, profile).start().await.unwrap());
        assert_eq!(portal.client.get(ROOTS[0]).await.must(200).json(), json!({ "results": [] }));
        let refusal = portal.client.post(ROOTS[0], &car()).await.must(403).json();
        assert_eq!(refusal["category"], "MISSING_SCOPES");
        let scopes = &refusal["errors"][0]["context"]["requiredGranularScopes"];
        assert_eq!(*scopes, json!(["crm.schemas.custom.write"]));
    }
}

#[tokio::test]
async fn what_a_change_cannot_do_is_refused() {
    let portal = enterprise().await;
    let made = portal.client.post(ROOTS[0], &car()).await.must(201).json();
    let path = format!("{}/p_car", ROOTS[0]);
    let before = portal.client.get(&path).await.json();
    for (patch, message) in [
        (json!({"primaryDisplayProperty": "colour"}), "Invalid primary display property colour"),
        (json!({"searchableProperties": ["colour"]}), "Invalid searchable property colour"),
        (json!({"labels": {"singular": "x"}, "requiredProperties": ["colour"]}), "Invalid required property colour"),
        (
            json!({"labels": {"singular": "x"}, "allowsSensitiveProperties": false}),
            "Sensitive properties support cannot be turned off",
        ),
    ] {
        let answer = portal.client.patch(&path, &patch).await.must(400).json();
        assert_eq!(answer["message"], message);
    }
    assert_eq!(portal.client.get(&path).await.json(), before);
    assert_eq!(before, made);
}

#[tokio::test]
async fn a_standard_types_schema_is_read_and_stays() {
    let portal = enterprise().await;
    for root in ROOTS {
        for name in ["contacts", "contact", "0-1", "CONTACT"] {
            let schema = portal.client.get(&format!("{root}/{name}")).await.must(200).json();
            assert_eq!([&schema["id"], &schema["objectTypeId"]], ["0-1", "0-1"]);
            assert_eq!([&schema["name"], &schema["fullyQualifiedName"]], ["CONTACT", "CONTACT"]);
            assert!(names(&schema["properties"]).contains(&"email"));
        }
        let own = r#"{"status":"error","message":"Cannot modify HubSpot defined object type","correlationId":"ID","category":"VALIDATION_ERROR","subCategory":"ObjectSchemaError.CANNOT_MODIFY_HUBSPOT_DEFINED_OBJECT_TYPE"}"#;
        refused(&portal.client.delete(&format!("{root}/contacts")).await, 400, own);
        refused(&portal.client.patch(&format!("{root}/0-1"), &json!({})).await, 400, own);
        let none = r#"{"status":"error","message":"Invalid object or event type id","correlationId":"ID","category":"VALIDATION_ERROR"}"#;
        refused(&portal.client.delete(&format!("{root}/2-1")).await, 400, none);
        refused(&portal.client.patch(&format!("{root}/p_boat"), &json!({})).await, 400, none);
        assert_eq!(portal.client.get(&format!("{root}/boat")).await.must(404).json()["category"], "OBJECT_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_read_leaves_out_what_it_is_told_to() {
    for root in ROOTS {
        let portal = enterprise().await;
        portal.client.post(root, &car()).await.must(201);
        for (query, member) in
            [("includePropertyDefinitions", "properties"), ("includeAssociationDefinitions", "associations")]
        {
            for path in [format!("{root}/p_car?{query}=false"), format!("{root}?{query}=false")] {
                let told = portal.client.get(&path).await.must(200).json();
                let told = told["results"].get(0).unwrap_or(&told);
                for list in ["properties", "associations"] {
                    assert_eq!(told[list].as_array().unwrap().is_empty(), list == member, "{path} {list}");
                }
            }
        }
        let told = portal.client.get(&format!("{root}/p_car?includeAuditMetadata=false")).await.must(200).json();
        assert_eq!([told.get("createdAt"), told.get("updatedAt")], [None, None]);

        let mut batch = json!({"inputs": ["p_car", "0-1", "boat"], "includePropertyDefinitions": false,
            "includeAssociationDefinitions": true, "includeAuditMetadata": true});
        let told = portal.client.post(&format!("{root}/batch/read"), &batch).await.must(200).json();
        assert_eq!(names(&told["results"]), ["Car", "CONTACT"]);
        assert_eq!(told["results"][0]["properties"], json!([]));
        assert_eq!(told["results"][0]["associations"].as_array().unwrap().len(), 14);
        batch.as_object_mut().unwrap().remove("includeAuditMetadata");
        portal.client.post(&format!("{root}/batch/read"), &batch).await.must(400);
    }
}

#[tokio::test]
async fn association_definitions_come_and_go() {
    for root in ROOTS {
        let portal = enterprise().await;
        let made = portal.client.post(root, &car()).await.must(201).json();
        let type_id = made["objectTypeId"].as_str().unwrap();
        let told = names(&made["associations"]);
        for name in ["contact", "company", "email", "meeting", "note", "task", "call"] {
            let pair = [format!("car_to_{name}"), format!("{name}_to_car")];
            assert!(pair.iter().all(|name| told.contains(&name.as_str())), "{name} {told:?}");
        }
        let path = format!("{root}/{type_id}/associations");
        let egg = json!({"fromObjectTypeId": type_id, "toObjectTypeId": "0-3", "name": "car_to_sale"});
        let sale = portal.client.post(&path, &egg).await.must(201).json();
        let id = sale["id"].as_str().unwrap();
        let expected = json!({"id": id, "fromObjectTypeId": type_id, "toObjectTypeId": "0-3", "name": "car_to_sale",
            "createdAt": "2026-11-20T00:00:00Z", "updatedAt": "2026-11-20T00:00:00Z"});
        assert_eq!(sale.to_string(), expected.to_string());
        let count =
            |schema: Value| names(&schema["associations"]).into_iter().filter(|name| *name == "car_to_sale").count();
        for name in [type_id, "deals"] {
            assert_eq!(count(portal.client.get(&format!("{root}/{name}")).await.json()), 2, "{name}");
        }
        portal.client.post(&path, &egg).await.must(400);
        let back = json!({"fromObjectTypeId": "0-3", "toObjectTypeId": type_id, "name": "car_to_sale"});
        refused_as(
            &portal.client.post(&path, &back).await,
            400,
            "Association definition name 'car_to_sale' conflicts with another association definition",
            None,
        );
        let elsewhere = json!({"fromObjectTypeId": type_id, "toObjectTypeId": "0-5", "name": "car_to_sale"});
        portal.client.post(&path, &elsewhere).await.must(201);
        let itself = json!({"fromObjectTypeId": type_id, "toObjectTypeId": type_id});
        refused_as(
            &portal.client.post(&path, &itself).await,
            400,
            &format!("Cannot create association definition with itself: {type_id}"),
            Some("ObjectSchemaError.CANNOT_ASSOCIATE_OBJECT_TYPE_WITH_ITSELF"),
        );
        let unknown = json!({"fromObjectTypeId": type_id, "toObjectTypeId": "2-1"});
        refused_as(&portal.client.post(&path, &unknown).await, 400, "Unable to infer object type from: 2-1", None);
        portal.client.post(&format!("{root}/deals/associations"), &egg).await.must(400);

        portal.client.delete(&format!("{path}/{id}")).await.must(204);
        assert_eq!(count(portal.client.get(&format!("{root}/deals")).await.json()), 0);
        portal.client.delete(&format!("{path}/{id}")).await.must(404);
        let mut same = with("name", json!("van"));
        same["shouldCreateSameObjectAssociation"] = json!(true);
        let van = portal.client.post(root, &same).await.must(201).json();
        assert!(names(&van["associations"]).contains(&"van_to_van"));
        // What leads to a type goes with it.
        portal.client.delete(&format!("{root}/p_car")).await.must(204);
        let contact = portal.client.get(&format!("{root}/contacts")).await.json();
        assert!(!names(&contact["associations"]).contains(&"contact_to_car"));
    }
}
