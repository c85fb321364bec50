//! Search over sockets: hubspot-crm.md §3. What each operator finds on each type of property, and each
//! wording of a body that cannot be read, is held beside the search itself.

use serde_json::{Value, json};

use super::{CONTACTS, Portal, ids, refused};
use crate::support::{Answer, pass};

/// A search of a second of its own, in which every earlier write has become visible.
async fn search(portal: &Portal, body: Value) -> Answer {
    pass(&portal.world, "3s").await;
    portal.client.post(&format!("{CONTACTS}/search"), &body).await
}

/// The first names of those that a filter finds.
async fn found(portal: &Portal, property: &str, operator: &str, value: &str) -> Vec<String> {
    let filter = json!({"propertyName": property, "operator": operator, "value": value});
    let body = json!({"filters": [filter], "properties": ["firstname"]});
    let answer = search(portal, body).await.must(200).json();
    let name = |record: &Value| record["properties"]["firstname"].as_str().unwrap().to_owned();
    answer["results"].as_array().unwrap().iter().map(name).collect()
}

#[tokio::test]
async fn tokens_are_found_whole_and_in_their_order() {
    let portal = Portal::open().await;
    for (name, email, title) in [
        ("Kim", "kim@example.com", "Head of Repair"),
        ("Lee", "lee.marsh@example.com", "Repair head"),
        ("Com", "com@shop.example.org", "Head, Repair"),
    ] {
        portal.contact(json!({"firstname": name, "email": email, "jobtitle": title})).await;
    }
    for (property, value, want) in [
        ("email", "*@example.com", &["Kim", "Lee"][..]),
        ("email", "*@EXAMPLE.com", &["Kim", "Lee"]),
        ("email", "example", &["Kim", "Lee", "Com"]),
        ("email", "exam", &[]),
        ("email", "exam*", &["Kim", "Lee", "Com"]),
        ("email", "ki*@example.com", &["Kim"]),
        ("email", "marsh@example.com", &["Lee"]),
        ("email", "example.lee", &[]),
        ("jobtitle", "head repair", &["Com"]),
        ("jobtitle", "repair head", &["Lee"]),
        ("jobtitle", "head * repair", &["Kim"]),
        ("jobtitle", "@", &[]),
    ] {
        assert_eq!(found(&portal, property, "CONTAINS_TOKEN", value).await, want, "{property} {value}");
        let others: Vec<_> = ["Kim", "Lee", "Com"].into_iter().filter(|name| !want.contains(name)).collect();
        assert_eq!(found(&portal, property, "NOT_CONTAINS_TOKEN", value).await, others, "not {property} {value}");
    }
}

#[tokio::test]
async fn a_telephone_number_is_found_without_the_code_of_its_country() {
    let portal = Portal::open().await;
    let id =
        portal.contact(json!({"firstname": "Kim", "phone": "+61 2 5550 1234", "mobilephone": "0491 570 006"})).await;
    let (phone, mobile) = ("hs_searchable_calculated_phone_number", "hs_searchable_calculated_mobile_number");
    for (property, value, want) in [
        (phone, "255501234", &["Kim"][..]),
        (phone, "61255501234", &[]),
        (phone, "+61 2 5550 1234", &[]),
        (mobile, "491570006", &["Kim"]),
    ] {
        assert_eq!(found(&portal, property, "EQ", value).await, want, "{property} {value}");
    }
    let path = format!("{CONTACTS}/{id}?properties={phone}&propertiesWithHistory={phone}");
    pass(&portal.world, "1m").await;
    portal
        .client
        .patch(&format!("{CONTACTS}/{id}"), &json!({"properties": {"phone": "+1 202-555-0100"}}))
        .await
        .must(200);
    let read = portal.client.get(&path).await.must(200).json();
    assert_eq!(read["properties"][phone], "2025550100");
    let history = &read["propertiesWithHistory"][phone];
    assert_eq!((&history[0]["value"], history.as_array().unwrap().len()), (&json!("2025550100"), 1));
    portal.client.patch(&format!("{CONTACTS}/{id}"), &json!({"properties": {"phone": ""}})).await.must(200);
    assert_eq!(portal.client.get(&path).await.must(200).json()["properties"][phone], Value::Null);
    let refused =
        portal.client.patch(&format!("{CONTACTS}/{id}"), &json!({"properties": {phone: "1"}})).await.must(400);
    assert_eq!(refused.json()["errors"][0]["code"], "READ_ONLY_VALUE");
}

#[tokio::test]
async fn a_page_of_results_tells_the_total_and_where_the_next_begins() {
    let portal = Portal::open().await;
    let mut made = Vec::new();
    for n in 0..12 {
        made.push(portal.contact(json!({"firstname": "Kim", "email": format!("kim.{n}@example.test")})).await);
    }
    let first = search(&portal, json!({})).await.must(200);
    assert_eq!(ids(&first), made[..10], "the oldest first");
    let body = first.json();
    assert_eq!((&body["total"], &body["paging"]), (&json!(12), &json!({"next": {"after": "10"}})));
    let shown: Vec<_> = body["results"][0]["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(shown, ["createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"]);

    let last = search(&portal, json!({"after": "10", "properties": ["city", "nothing"]})).await.must(200);
    assert_eq!((ids(&last), last.json().get("paging")), (made[10..].to_vec(), None));
    let shown = last.json()["results"][0]["properties"].clone();
    let names: Vec<_> = shown.as_object().unwrap().keys().collect();
    assert_eq!(names, ["city", "createdate", "hs_object_id", "lastmodifieddate"]);
    assert_eq!(shown["city"], Value::Null);

    let sorted = search(&portal, json!({"sorts": ["-createdate"], "limit": 2})).await.must(200);
    assert_eq!((ids(&sorted), &sorted.json()["total"]), (vec![made[11].clone(), made[10].clone()], &json!(12)));
    portal.client.delete(&format!("{CONTACTS}/{}", made[0])).await.must(204);
    assert_eq!(search(&portal, json!({})).await.json()["total"], 11, "archived ones are not found");
}

#[tokio::test]
async fn a_query_finds_beginnings_of_words_in_the_properties_that_search_looks_into() {
    let portal = Portal::open().await;
    for (name, other) in [
        ("Kimberley", json!({"company": "Borealis Clinics"})),
        ("Lee", json!({"phone": "0255501234"})),
        ("Uma", json!({"city": "Borealis"})),
    ] {
        let mut contact = other;
        contact["firstname"] = json!(name);
        portal.contact(contact).await;
    }
    for (query, want) in
        [("kim", 1), ("KIM clin", 1), ("kim lee", 0), ("boreal", 1), ("realis", 0), ("0255", 1), ("", 3), (" ", 3)]
    {
        let answer = search(&portal, json!({"query": query})).await.must(200);
        assert_eq!(answer.json()["total"], want, "{query:?}");
    }
}

#[tokio::test]
async fn a_search_that_cannot_be_carried_out_is_refused_in_the_vendors_words() {
    let portal = Portal::open().await;
    let plain = r#"{"status":"error","message":"There was a problem with the request.","correlationId":"ID"}"#;
    let filter = |property: &str| json!({"propertyName": property, "operator": "EQ", "value": "x"});
    for body in [
        json!({"filters": [filter("nothing")]}),
        json!({"sorts": ["nothing"]}),
        json!({"after": 10_000, "limit": 1}),
        json!({"after": 9_900, "limit": 101}),
    ] {
        refused(&search(&portal, body).await, 400, plain);
    }
    search(&portal, json!({"after": 9_999, "limit": 1})).await.must(200);
    let group = json!({"filters": [filter("city")]});
    for body in [
        json!({"filterGroups": vec![group; 6]}),
        json!({"filters": vec![filter("city"); 7]}),
        json!({"query": "x".repeat(3_001)}),
        json!({"limit": 201}),
        json!({"sorts": ["city", "zip"]}),
    ] {
        assert_eq!(search(&portal, body).await.must(400).json()["category"], "VALIDATION_ERROR");
    }
    let unset = r#"{"status":"error","message":"Invalid input JSON on line 1, column 35: Cannot build Filter, some of required attributes are not set [operator]","correlationId":"ID"}"#;
    refused(&search(&portal, json!({"filters": [{"propertyName": "city"}]})).await, 400, unset);
}
