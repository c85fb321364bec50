//! Groups of properties, and the paths of the properties API.

use reqwest::Method;
use serde_json::{Value, json};

use super::properties::{EDITIONS, definition};
use super::{Portal, refused};

#[tokio::test]
async fn groups_live_and_go() {
    for root in EDITIONS {
        let portal = Portal::open().await;
        let groups = format!("{root}/groups");
        let names = async || -> Vec<Value> {
            let answer = portal.client.get(&groups).await.must(200).json();
            answer["results"].as_array().unwrap().iter().map(|group| group["name"].clone()).collect()
        };
        assert!(names().await.contains(&json!("contactinformation")));
        let made = portal.client.post(&groups, &json!({"name": "Shop", "label": "Shop"})).await.must(201);
        assert_eq!(made.body, r#"{"name":"shop","label":"Shop","displayOrder":-1,"archived":false}"#);
        assert_eq!(made.header("location").unwrap(), format!("{}{groups}/shop", portal.client.base));
        let one = format!("{groups}/shop");
        let changed =
            portal.client.patch(&one, &json!({"label": "Store", "displayOrder": 2, "name": "other"})).await.must(200);
        assert_eq!(changed.body, r#"{"name":"shop","label":"Store","displayOrder":2,"archived":false}"#);
        assert_eq!(portal.client.patch(&one, &json!({})).await.must(200).body, changed.body);
        assert_eq!(portal.client.get(&format!("{one}?locale=de")).await.must(200).body, changed.body);
        let body = r#"{"status":"error","message":"A property group named 'shop' already exists.","correlationId":"ID","category":"OBJECT_ALREADY_EXISTS"}"#;
        refused(&portal.client.post(&groups, &json!({"name": "shop", "label": "x"})).await, 409, body);
        let lacking = portal.client.post(&groups, &json!({"name": "shop"})).await.must(400);
        assert!(
            lacking.body.contains("Cannot build PropertyGroupCreate, some of required attributes are not set [label]")
        );

        let member = definition("shoe", "string", "text", json!({"groupName": "shop"}));
        portal.client.post(root, &member).await.must(201);
        let body = r#"{"status":"error","message":"{\"status\":\"error\",\"message\":\"Can't delete or purge a group with active properties\",\"correlationId\":\"ID\",\"category\":\"VALIDATION_ERROR\",\"subCategory\":\"PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES\"}","correlationId":"ID"}"#;
        refused(&portal.client.delete(&one).await, 400, body);
        portal.client.delete(&format!("{root}/shoe")).await.must(204);
        assert_eq!(portal.client.delete(&one).await.must(204).body, "");
        assert!(!names().await.contains(&json!("shop")));
        let body = r#"{"status":"error","message":"Property group 'shop' does not exist","correlationId":"ID","category":"OBJECT_NOT_FOUND"}"#;
        refused(&portal.client.get(&one).await, 404, body);
        refused(&portal.client.delete(&one).await, 404, body);
        refused(&portal.client.patch(&one, &json!({"label": "x"})).await, 404, body);
        assert_eq!(portal.client.post(root, &member).await.status, 400, "its group is gone");

        let again =
            portal.client.post(&groups, &json!({"name": "shop", "label": "New", "displayOrder": 1})).await.must(201);
        assert_eq!(again.body, r#"{"name":"shop","label":"New","displayOrder":1,"archived":false}"#);
        portal.client.post(root, &member).await.must(201);
    }
}

#[tokio::test]
async fn the_paths_of_properties_take_their_own_verbs() {
    let portal = Portal::open().await;
    let rules = |root: &str| root.replace("/properties", "/property-validations");
    for root in EDITIONS {
        for (path, verbs) in [
            (root.to_owned(), "GET,HEAD,OPTIONS,POST"),
            (format!("{root}/email"), "DELETE,GET,HEAD,OPTIONS,PATCH"),
            (format!("{root}/groups"), "GET,HEAD,OPTIONS,POST"),
            (format!("{root}/groups/contactinformation"), "DELETE,GET,HEAD,OPTIONS,PATCH"),
            (format!("{root}/batch/read"), "OPTIONS,POST"),
            (rules(root), "GET,HEAD,OPTIONS"),
            (format!("{}/email", rules(root)), "GET,HEAD,OPTIONS"),
            (format!("{}/email/rule-type/REGEX", rules(root)), "GET,HEAD,OPTIONS,PUT"),
        ] {
            let answer = portal.client.send(Method::OPTIONS, &path, None, "").await.must(200);
            assert_eq!(answer.header("allow"), Some(verbs), "{path}");
            let wrong = if verbs.contains("PUT") { Method::PATCH } else { Method::PUT };
            assert_eq!(
                portal.client.send(wrong, &path, None, "").await.must(405).header("allow"),
                Some(verbs),
                "{path}"
            );
        }
        for path in ["/batch/update", "/groups/a/b", "/email/extra"] {
            portal.client.get(&format!("{root}{path}")).await.must(404);
        }
    }
    for path in ["/crm/v4/properties/contacts", "/crm/properties/v3/contacts", "/crm/properties/2020-01/contacts"] {
        portal.client.get(path).await.must(404);
    }
}
