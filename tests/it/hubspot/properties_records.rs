//! What a change of a definition does to records: written, read, searched and found by it at once.

use serde_json::{Value, json};

use super::properties::{EDITIONS, definition, text};
use super::{CONTACTS, Portal, ids};
use crate::support::{Answer, pass};

async fn search(portal: &Portal, property: &str, value: &str) -> Answer {
    let filter = json!({"propertyName": property, "operator": "EQ", "value": value});
    let body = json!({"filterGroups": [{"filters": [filter]}], "properties": [property]});
    portal.client.post(&format!("{CONTACTS}/search"), &body).await
}

async fn read(portal: &Portal, id: &str, property: &str) -> Value {
    portal.client.get(&format!("{CONTACTS}/{id}?properties={property}")).await.must(200).json()["properties"].clone()
}

#[tokio::test]
async fn a_new_property_is_written_read_searched_and_a_key_at_once() {
    for root in EDITIONS {
        let portal = Portal::open().await;
        let old = portal.contact(json!({"email": "old@example.com"})).await;
        portal
            .client
            .post(root, &definition("card", "string", "text", json!({"hasUniqueValue": true})))
            .await
            .must(201);
        portal.client.patch(&format!("{CONTACTS}/{old}"), &json!({"properties": {"card": "A-1"}})).await.must(200);
        let new = portal.contact(json!({"email": "new@example.com", "card": "B-2"})).await;
        assert_eq!(read(&portal, &old, "card").await["card"], "A-1");
        let by = portal.client.get(&format!("{CONTACTS}/b-2?idProperty=card&properties=card")).await.must(200).json();
        assert_eq!((&by["id"], &by["properties"]["card"]), (&json!(new), &json!("B-2")));
        pass(&portal.world, "10s").await;
        assert_eq!(ids(&search(&portal, "card", "A-1").await.must(200)), [&*old]);

        let clash =
            portal.client.post(CONTACTS, &json!({"properties": {"email": "x@example.com", "card": "A-1"}})).await;
        // Told by the ids that the two are, or would have been: no other record gets that one.
        let message = clash.must(400).json()["message"].as_str().unwrap().to_owned();
        let (_, between) = message.split_once(" on ").unwrap();
        let (own, rest) = between.split_once(". ").unwrap();
        assert_eq!(rest, format!("{old} already has that value."));
        let number = |id: &str| id.parse::<u64>().unwrap();
        assert!(number(own) > number(&new), "{message}");
        let next = portal.contact(json!({"email": "next@example.com"})).await;
        assert!(number(&next) > number(own), "{message}");
        portal.client.delete(&format!("{CONTACTS}/{next}")).await.must(204);
        let twins = json!([{"properties": {"card": "D-4", "firstname": "D"}}, {"properties": {"card": "d-4", "firstname": "d"}}]);
        let clash = portal.batch("create", twins).await;
        assert!((400..500).contains(&clash.status), "{clash:?}");
        assert_eq!(portal.total().await, 2);

        let upsert =
            |card: &str, name: &str| json!({"id": card, "idProperty": "card", "properties": {"firstname": name}});
        let both = portal.batch("upsert", json!([upsert("A-1", "Old"), upsert("C-3", "Third")])).await.must(200).json();
        let told: Vec<_> = both["results"].as_array().unwrap().iter().map(|one| &one["new"]).collect();
        assert_eq!(told, [&json!(false), &json!(true)]);
        assert_eq!(both["results"][0]["id"], old);
        assert_eq!(both["results"][1]["properties"]["card"], "C-3", "kept as it was sent, not as it is compared");
        let sent = json!({"idProperty": "card", "properties": ["card"], "inputs": [{"id": "C-3"}, {"id": "B-2"}]});
        let found = portal.client.post(&format!("{CONTACTS}/batch/read"), &sent).await.must(200);
        assert_eq!(ids(&found).len(), 2);
    }
}

#[tokio::test]
async fn an_archived_property_is_gone_from_records_until_it_is_made_again() {
    for root in EDITIONS {
        let portal = Portal::open().await;
        portal.client.post(root, &text("hobby")).await.must(201);
        let id = portal.contact(json!({"email": "kim@example.com", "hobby": "chess"})).await;
        pass(&portal.world, "10s").await;
        assert_eq!(ids(&search(&portal, "hobby", "chess").await.must(200)), [&*id]);
        assert_eq!(portal.client.delete(&format!("{root}/hobby")).await.must(204).body, "");

        let gone = portal.client.get(&format!("{root}/hobby?archived=true")).await.must(200).json();
        assert_eq!((&gone["archived"], &gone["archivedAt"]), (&json!(true), &json!("2026-11-20T00:00:10Z")));
        portal.client.get(&format!("{root}/hobby")).await.must(404);
        assert_eq!(read(&portal, &id, "hobby").await.get("hobby"), None);
        search(&portal, "hobby", "chess").await.must(400);
        let patch = json!({"properties": {"hobby": "go"}});
        let refused = portal.client.patch(&format!("{CONTACTS}/{id}"), &patch).await.must(400).json();
        assert_eq!(refused["errors"][0]["code"], "PROPERTY_DOESNT_EXIST");
        let upsert = json!([{"id": "kim@example.com", "idProperty": "email", "properties": {"firstname": "Kim"}}]);
        let all = portal.batch("upsert", upsert).await.must(200).json();
        assert_eq!(all["results"][0]["properties"].get("hobby"), None, "an answer with every value does not show it");

        let key = definition("hobby", "string", "textarea", json!({"label": "Pastime", "hasUniqueValue": true}));
        let again = portal.client.post(root, &key).await.must(201).json();
        assert_eq!(
            (&again["createdAt"], &again["updatedAt"]),
            (&json!("2026-11-20T00:00:00Z"), &json!("2026-11-20T00:00:10Z"))
        );
        assert_eq!((&again["label"], &again["archived"]), (&json!("Pastime"), &json!(false)));
        assert_eq!(read(&portal, &id, "hobby").await["hobby"], "chess");
        assert_eq!(ids(&search(&portal, "hobby", "chess").await.must(200)), [&*id]);
        let by = portal.client.get(&format!("{CONTACTS}/chess?idProperty=hobby")).await.must(200).json();
        assert_eq!(by["id"], id, "values that were there already are keys");
        portal.client.get(&format!("{root}/hobby?archived=true")).await.must(404);

        portal.client.delete(&format!("{root}/hobby")).await.must(204);
        portal.client.post(root, &text("hobby")).await.must(201);
        portal.contact(json!({"email": "lee@example.com", "hobby": "chess"})).await;
        portal.client.get(&format!("{CONTACTS}/chess?idProperty=hobby")).await.must(404);
    }
}

#[tokio::test]
async fn a_changed_list_of_options_holds_for_writes() {
    for root in EDITIONS {
        let portal = Portal::open().await;
        let options = |values: &[&str]| -> Value {
            let option = |(place, value): (usize, &&str)| json!({"label": value.to_uppercase(), "value": value, "displayOrder": place, "hidden": false});
            values.iter().enumerate().map(option).collect()
        };
        let size = definition("size", "enumeration", "select", json!({"options": options(&["s", "m"])}));
        portal.client.post(root, &size).await.must(201);
        let id = portal.contact(json!({"email": "kim@example.com", "size": "s"})).await;
        let write = async |value: &str| {
            portal.client.patch(&format!("{CONTACTS}/{id}"), &json!({"properties": {"size": value}})).await
        };
        write("l").await.must(400);
        portal.client.patch(&format!("{root}/size"), &json!({"options": options(&["m", "l"])})).await.must(200);
        assert_eq!(read(&portal, &id, "size").await["size"], "s", "what was there stays");
        write("l").await.must(200);
        let refused = write("s").await.must(400).json();
        assert_eq!(refused["errors"][0]["message"], "s was not one of the allowed options: [m, l]");

        let flag = json!({"options": options(&["true", "false"])});
        portal.client.post(root, &definition("flag", "bool", "booleancheckbox", flag)).await.must(201);
        let written =
            portal.client.patch(&format!("{CONTACTS}/{id}"), &json!({"properties": {"flag": true}})).await.must(200);
        assert_eq!(written.json()["properties"]["flag"], "true");
        let patch = json!({"properties": {"flag": "yes"}});
        portal.client.patch(&format!("{CONTACTS}/{id}"), &patch).await.must(400);
    }
}

#[tokio::test]
async fn a_property_of_another_type_is_searched_by_that() {
    let portal = Portal::open().await;
    portal.client.post(EDITIONS[0], &text("age")).await.must(201);
    let id = portal.contact(json!({"email": "kim@example.com", "age": "9"})).await;
    portal.contact(json!({"email": "lee@example.com", "age": "10"})).await;
    pass(&portal.world, "10s").await;
    search(&portal, "age", "9").await.must(200);
    portal
        .client
        .patch(&format!("{}/age", EDITIONS[0]), &json!({"type": "number", "fieldType": "number"}))
        .await
        .must(200);
    let filter = json!({"propertyName": "age", "operator": "LT", "value": "9.5"});
    let body = json!({"filterGroups": [{"filters": [filter]}]});
    for _ in 0..3 {
        let found = portal.client.post(&format!("{CONTACTS}/search"), &body).await.must(200);
        assert_eq!(ids(&found), [&*id]);
    }
}
