//! Records of a portal's own types, whole lives of them (facts/hubspot-crm.md §1, §2, §5).

use serde_json::json;

use super::schemas::{ROOTS, car, enterprise};
use super::{ids, refused};
use crate::support::pass;

#[tokio::test]
async fn a_record_lives_by_each_name_of_its_type() {
    for objects in ["/crm/v3/objects", "/crm/objects/2026-03", "/crm/objects/2026-09"] {
        let portal = enterprise().await;
        let client = &portal.client;
        let made = client.post(ROOTS[0], &car()).await.must(201).json();
        let type_id = made["objectTypeId"].as_str().unwrap();
        let full = format!("p{}_car", portal.id());
        for (n, name) in [type_id, &full, "p_car", "P_CAR"].into_iter().enumerate() {
            let root = format!("{objects}/{name}");
            let lacking = client.post(&root, &json!({"properties": {"vin": "v"}})).await;
            refused(
                &lacking,
                400,
                &format!(
                    r#"{{"status":"error","message":"Error creating {type_id}.  Some required properties were not set.","correlationId":"ID","context":{{"properties":["model"]}},"category":"VALIDATION_ERROR"}}"#
                ),
            );
            let vin = format!("vin-{n}");
            let sent =
                json!({"properties": {"model": "Fiesta", "vin": vin, "year": 1999, "hs_unique_creation_key": vin}});
            let record = client.post(&root, &sent).await.must(201).json();
            let id = record["id"].as_str().unwrap();
            for (property, value) in [
                ("model", "Fiesta"),
                ("year", "1999"),
                ("hs_object_id", id),
                ("hs_object_source", "INTEGRATION"),
                ("hs_object_source_id", &*portal.app()),
                ("hs_createdate", record["createdAt"].as_str().unwrap()),
            ] {
                assert_eq!(record["properties"][property], value, "{property}");
            }
            let read = client.get(&format!("{root}/{id}")).await.must(200).json();
            let defaults: Vec<_> = read["properties"].as_object().unwrap().keys().collect();
            assert_eq!(defaults, ["hs_createdate", "hs_lastmodifieddate", "hs_object_id"]);
            let by_vin = client.get(&format!("{root}/{vin}?idProperty=vin&properties=model")).await.must(200).json();
            assert_eq!([&by_vin["id"], &by_vin["properties"]["model"]], [id, "Fiesta"]);

            let patch = json!({"properties": {"year": 2001}});
            let changed = client.patch(&format!("{root}/{id}"), &patch).await.must(200).json();
            assert_eq!(changed["properties"]["year"], "2001");
            let inputs = json!({"inputs": [{"id": id}], "properties": ["year"]});
            let batch = client.post(&format!("{root}/batch/read"), &inputs).await.must(200).json();
            assert_eq!(batch["results"][0]["properties"]["year"], "2001");
            let inputs = json!({"inputs": [{"properties": {"model": "Polo"}}, {"properties": {"model": "Golf"}}]});
            let two = client.post(&format!("{root}/batch/create"), &inputs).await.must(201).json();
            let [first, second] = [0, 1].map(|n| two["results"][n]["id"].as_str().unwrap().to_owned());
            let upsert = json!({"inputs": [
                {"idProperty": "vin", "id": vin, "properties": {"model": "Focus"}},
                {"idProperty": "vin", "id": format!("new-{n}"), "properties": {"model": "Fox"}},
            ]});
            let upsert = client.post(&format!("{root}/batch/upsert"), &upsert).await.must(200).json();
            assert_eq!([&upsert["results"][0]["new"], &upsert["results"][1]["new"]], [false, true]);

            pass(&portal.world, "10s").await;
            let asked = json!({"query": vin});
            assert_eq!(ids(&client.post(&format!("{root}/search"), &asked).await.must(200)), [id]);
            // The year is no searchable property.
            assert!(ids(&client.post(&format!("{root}/search"), &json!({"query": "2001"})).await.must(200)).is_empty());
            let filter = json!({"filterGroups": [{"filters": [
                {"propertyName": "year", "operator": "GT", "value": "2000"},
                {"propertyName": "vin", "operator": "EQ", "value": vin},
            ]}]});
            assert_eq!(ids(&client.post(&format!("{root}/search"), &filter).await.must(200)), [id]);

            let merge = json!({"primaryObjectId": first, "objectIdToMerge": second});
            let merged = client.post(&format!("{root}/merge"), &merge).await.must(200).json();
            let old = client.get(&format!("{root}/{second}?properties=model")).await.must(200).json();
            assert_eq!([&old["id"], &old["properties"]["model"]], [&merged["id"], &json!("Polo")]);

            client.delete(&format!("{root}/{id}")).await.must(204);
            client.get(&format!("{root}/{id}")).await.must(404);
            let archived = client.get(&format!("{root}/{id}?archived=true")).await.must(200).json();
            assert_eq!(archived["archived"], true);
            let live = ids(&client.get(&format!("{root}?limit=100")).await.must(200));
            let inputs: Vec<_> = live.iter().map(|id| json!({ "id": id })).collect();
            assert_eq!(inputs.len(), 2, "{live:?}");
            client.post(&format!("{root}/batch/archive"), &json!({ "inputs": inputs })).await.must(204);
            assert!(ids(&client.get(&root).await.must(200)).is_empty());
        }
        for name in ["car", "cars", "Car", "p_cars", "p1_car", "2-1"] {
            let answer = client.get(&format!("{objects}/{name}")).await;
            refused(
                &answer,
                400,
                &format!(
                    r#"{{"status":"error","message":"Unable to infer object type from: {name}","correlationId":"ID"}}"#
                ),
            );
        }
    }
}

#[tokio::test]
async fn a_changed_schema_holds_for_the_next_record() {
    let portal = enterprise().await;
    let client = &portal.client;
    client.post(ROOTS[3], &car()).await.must(201);
    let record = json!({"properties": {"model": "Fiesta", "vin": "abc", "year": 1999}});
    let record = client.post("/crm/v3/objects/p_car", &record).await.must(201).json();
    let id = record["id"].as_str().unwrap();
    let patch = json!({"requiredProperties": ["vin"], "searchableProperties": ["year"]});
    client.patch(&format!("{}/p_car", ROOTS[3]), &patch).await.must(200);
    client.post("/crm/v3/objects/p_car", &json!({"properties": {"model": "Golf"}})).await.must(400);
    client.post("/crm/v3/objects/p_car", &json!({"properties": {"vin": "def"}})).await.must(201);
    pass(&portal.world, "10s").await;
    for (query, found) in [("1999", vec![id]), ("Fiesta", vec![])] {
        let answer = client.post("/crm/v3/objects/p_car/search", &json!({ "query": query })).await.must(200);
        assert_eq!(ids(&answer), found, "{query}");
    }
    // A property made by its own API is one that a schema may name, and a required one that is archived asks no more.
    let colour = json!({"name": "colour", "label": "Colour", "type": "string", "fieldType": "text", "groupName": "car_information"});
    client.post("/crm/v3/properties/p_car", &colour).await.must(201);
    client.patch(&format!("{}/p_car", ROOTS[3]), &json!({"requiredProperties": ["colour"]})).await.must(200);
    client.post("/crm/v3/objects/p_car", &json!({"properties": {"vin": "ghi"}})).await.must(400);
    client.delete("/crm/v3/properties/p_car/colour").await.must(204);
    client.post("/crm/v3/objects/p_car", &json!({"properties": {"vin": "ghi"}})).await.must(201);
}

#[tokio::test]
async fn a_type_made_again_has_nothing_of_the_old_ones_associations() {
    let portal = enterprise().await;
    let client = &portal.client;
    let egg = json!({
        "name": "boat", "labels": {"singular": "Boat", "plural": "Boats"}, "primaryDisplayProperty": "title",
        "properties": [{"name": "title", "label": "Title"}], "associatedObjects": ["CONTACT"],
    });
    let contact = portal.contact(json!({"email": "ann@example.com"})).await;
    let company = portal.company("Acme").await;
    let other = format!("/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}");
    client.send(reqwest::Method::PUT, &other, None, "").await.must(200);
    for tied in [true, false] {
        client.post("/crm-object-schemas/v3/schemas", &egg).await.must(201);
        let made = client.post("/crm/v3/objects/p_boat", &json!({"properties": {"title": "A"}})).await.must(201).json();
        let path = format!("/crm/v4/objects/p_boat/{}/associations", made["id"].as_str().unwrap());
        let ties = client.get(&format!("{path}/contacts")).await.must(200).json();
        assert_eq!(ties["results"], json!([]));
        if tied {
            let tie = format!("{path}/default/contacts/{contact}");
            client.send(reqwest::Method::PUT, &tie, None, "").await.must(200);
            client.delete(&format!("/crm/v3/objects/p_boat/{}", made["id"].as_str().unwrap())).await.must(204);
            client.delete("/crm-object-schemas/v3/schemas/p_boat").await.must(204);
        }
    }
    let path = format!("/crm/v4/objects/contacts/{contact}/associations/companies");
    let left = client.get(&path).await.must(200).json();
    assert_eq!(left["results"][0]["toObjectId"].to_string(), company, "what has nothing to do with it stays");
}
