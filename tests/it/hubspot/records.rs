//! One record at a time: create, read, update, archive.

use serde_json::json;

use super::{CONTACTS, Portal, refused};
use crate::support::pass;

#[tokio::test]
async fn a_create_echoes_every_property_and_says_where_the_record_is() {
    let portal = Portal::open().await;
    let body = json!({"properties": {
        "email": " Kim@Example.TEST", "firstname": "Kim", "lastname": "Lee", "hs_latitude": 12.5, "phone": 61_255_501_234_u64,
        "hs_cross_sell_opportunity": true, "city": "",
    }});
    let created = portal.client.post(CONTACTS, &body).await.must(201);
    let id = created.json()["id"].as_str().unwrap().to_owned();
    let (hub, app) = (portal.id(), portal.app());
    let expected = format!(
        r#"{{"id":"{id}","properties":{{"createdate":"2026-11-20T00:00:00Z","email":"kim@example.test","firstname":"Kim","hs_all_contact_vids":"{id}","hs_associated_target_accounts":"0","hs_cross_sell_opportunity":"true","hs_currently_enrolled_in_prospecting_agent":"false","hs_email_domain":"example.test","hs_full_name_or_email":"Kim Lee","hs_is_contact":"true","hs_is_unworked":"true","hs_latitude":"12.5","hs_lifecyclestage_lead_date":"1795132800000","hs_marketable_status":"false","hs_marketable_until_renewal":"false","hs_membership_has_accessed_private_content":"0","hs_object_id":"{id}","hs_object_source":"INTEGRATION","hs_object_source_id":"{app}","hs_object_source_label":"INTEGRATION","hs_pipeline":"contacts-lifecycle-pipeline","hs_prospecting_agent_actively_enrolled_count":"0","hs_prospecting_agent_total_enrolled_count":"0","hs_registered_member":"0","hs_searchable_calculated_phone_number":"61255501234","hs_sequences_actively_enrolled_count":"0","lastmodifieddate":"2026-11-20T00:00:00Z","lastname":"Lee","lifecyclestage":"lead","num_notes":"0","phone":"61255501234"}},"createdAt":"2026-11-20T00:00:00Z","updatedAt":"2026-11-20T00:00:00Z","archived":false,"url":"https://app.hubspot.com/contacts/{hub}/record/0-1/{id}"}}"#
    );
    assert_eq!(created.body, expected);
    assert_eq!(created.header("location"), Some(&*format!("{}{CONTACTS}/{id}", portal.client.base)));
    assert!(id.len() >= 9 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
}

#[tokio::test]
async fn a_contact_needs_a_name_or_an_address() {
    let portal = Portal::open().await;
    for body in [json!({"properties": {"phone": "1", "email": ""}}), json!({}), json!({"properties": null})] {
        let answer = portal.client.post(CONTACTS, &body).await;
        refused(
            &answer,
            400,
            r#"{"status":"error","message":"Error creating CONTACT.  Some required properties were not set.","correlationId":"ID","context":{"properties":["email","firstname","lastname"]},"category":"VALIDATION_ERROR"}"#,
        );
    }
    assert_eq!(portal.total().await, 0);
}

#[tokio::test]
async fn an_address_belongs_to_one_contact() {
    let portal = Portal::open().await;
    let kim = portal.contact(json!({"email": "kim@example.test"})).await;
    let lee = portal.contact(json!({"email": "lee@example.test"})).await;
    let conflict = |id: &str| {
        format!(
            r#"{{"status":"error","message":"Contact already exists. Existing ID: {id}","correlationId":"ID","category":"CONFLICT"}}"#
        )
    };
    let again = portal.client.post(CONTACTS, &json!({"properties": {"email": "KIM@example.test "}})).await;
    refused(&again, 409, &conflict(&kim));
    let path = format!("{CONTACTS}/{lee}");
    let taken =
        portal.client.patch(&path, &json!({"properties": {"email": "Kim@example.test", "city": "Perth"}})).await;
    refused(&taken, 409, &conflict(&kim));
    let read = portal.client.get(&format!("{path}?properties=city")).await.must(200).json();
    assert_eq!((&read["properties"]["city"], portal.total().await), (&json!(null), 2), "nothing was written");

    portal.client.patch(&path, &json!({"properties": {"email": "LEE@example.test"}})).await.must(200);
    portal.client.delete(&format!("{CONTACTS}/{kim}")).await.must(204);
    portal.client.patch(&path, &json!({"properties": {"email": "kim@example.test"}})).await.must(200);
    let lee_again = portal.contact(json!({"email": "lee@example.test"})).await;
    assert_ne!(lee_again, lee);
}

#[tokio::test]
async fn a_read_shows_the_default_set_or_what_was_asked_for() {
    let portal = Portal::open().await;
    let id = portal.contact(json!({"email": "kim@example.test", "firstname": "Kim", "city": "Perth"})).await;
    let read = portal.one(&id).await.must(200);
    let hub = portal.id();
    let expected = |properties: &str, more: &str| {
        format!(
            r#"{{"id":"{id}","properties":{{{properties}}}{more},"createdAt":"2026-11-20T00:00:00Z","updatedAt":"2026-11-20T00:00:00Z","archived":false,"url":"https://app.hubspot.com/contacts/{hub}/record/0-1/{id}"}}"#
        )
    };
    let stamps = (r#""createdate":"2026-11-20T00:00:00Z""#, r#""lastmodifieddate":"2026-11-20T00:00:00Z""#);
    let default = format!(
        r#"{},"email":"kim@example.test","firstname":"Kim","hs_object_id":"{id}",{},"lastname":null"#,
        stamps.0, stamps.1
    );
    let asked = format!(r#""city":"Perth",{},"hs_object_id":"{id}",{},"phone":null"#, stamps.0, stamps.1);
    assert_eq!(read.body, expected(&default, ""));
    for query in [
        "?properties=phone,city,nothing",
        "?properties=phone&properties=%20city%20",
        "?properties=phone,,city,city&archived=false&associations=companies&unknown=1",
    ] {
        assert_eq!(portal.one(&format!("{id}{query}")).await.must(200).body, expected(&asked, ""), "{query}");
    }
    for by in ["kim@example.test", "Kim%40EXAMPLE.test", "%20kim@example.test"] {
        let by_address = portal.one(&format!("{by}?idProperty=email")).await.must(200);
        assert_eq!(by_address.body, expected(&default, ""), "{by}");
    }
    let asked = format!(r#"{},"hs_object_id":"{id}",{},"phone":null"#, stamps.0, stamps.1);
    let app = portal.app();
    let history = format!(
        r#","propertiesWithHistory":{{"hs_object_id":[{{"value":"{id}","timestamp":"2026-11-20T00:00:00Z","sourceType":"INTEGRATION","sourceId":"{app}"}}],"phone":[]}}"#
    );
    let read = portal.one(&format!("{id}?propertiesWithHistory=phone,hs_object_id,nothing")).await.must(200);
    assert_eq!(read.body, expected(&asked, &history));
}

#[tokio::test]
async fn a_record_that_is_not_there_is_404_in_three_wordings() {
    let portal = Portal::open().await;
    let not_found = r#"{"status":"error","message":"resource not found","correlationId":"ID"}"#;
    let numeric = |id: &str| {
        format!(
            r#"{{"status":"error","message":"Object not found.  objectId are usually numeric.","correlationId":"ID","context":{{"id":["{id}"]}},"category":"OBJECT_NOT_FOUND"}}"#
        )
    };
    let positive = |id: &str| {
        format!(
            r#"{{"status":"error","message":"Object not found. objectId is usually positive.","correlationId":"ID","context":{{"id":["{id}"]}},"category":"OBJECT_NOT_FOUND"}}"#
        )
    };
    let change = json!({"properties": {"city": "Perth"}});
    for (id, body) in [
        ("901", not_found.to_owned()),
        ("901?archived=true", not_found.to_owned()),
        ("kim@example.test?idProperty=email", not_found.to_owned()),
        ("abc", numeric("abc")),
        ("99999999999999999999", numeric("99999999999999999999")),
        ("kim%40example.test", numeric("kim@example.test")),
        ("kim@example.test?idProperty=phone", numeric("kim@example.test")),
        ("901%3Fproperties=email", numeric("901?properties=email")),
        ("0", positive("0")),
        ("-1", positive("-1")),
    ] {
        refused(&portal.one(id).await, 404, &body);
        refused(&portal.client.patch(&format!("{CONTACTS}/{id}"), &change).await, 404, &body);
    }
    refused(&portal.client.delete(&format!("{CONTACTS}/abc")).await, 404, &numeric("abc"));
}

#[tokio::test]
async fn an_update_echoes_what_was_sent_beside_the_default_set() {
    let portal = Portal::open().await;
    let id = portal.contact(json!({"email": "kim@example.test", "city": "Perth", "firstname": "Kim"})).await;
    pass(&portal.world, "1500ms").await;
    let (path, hub) = (format!("{CONTACTS}/{id}"), portal.id());
    let echo = |lastmodified: &str, sent: &str| {
        format!(
            r#"{{"id":"{id}","properties":{{{sent}"createdate":"2026-11-20T00:00:00Z","email":"kim@example.test","firstname":null,"hs_object_id":"{id}","lastmodifieddate":"{lastmodified}","lastname":null}},"createdAt":"2026-11-20T00:00:00Z","updatedAt":"{lastmodified}","archived":false,"url":"https://app.hubspot.com/contacts/{hub}/record/0-1/{id}"}}"#
        )
    };
    let sent = json!({"properties": {"city": "Sydney", "firstname": "", "lastname": null, "annualrevenue": 10}});
    let updated = portal.client.patch(&format!("{path}?idProperty="), &sent).await.must(200);
    assert_eq!(updated.body, echo("2026-11-20T00:00:01.500Z", r#""annualrevenue":"10","city":"Sydney","#));

    pass(&portal.world, "1s").await;
    let by_address = format!("{CONTACTS}/KIM@example.test?idProperty=email");
    let same = portal.client.patch(&by_address, &json!({"properties": {"city": "Sydney"}})).await.must(200);
    assert_eq!(same.body, echo("2026-11-20T00:00:01.500Z", r#""city":"Sydney","#), "nothing changed");

    for nothing in [json!({"properties": {}}), json!({})] {
        let answer = portal.client.patch(&path, &nothing).await;
        let body = r#"{"status":"error","message":"No properties found to update, please provide at least one.","correlationId":"ID","category":"VALIDATION_ERROR"}"#;
        refused(&answer, 400, body);
    }
}

#[tokio::test]
async fn an_archived_record_is_read_only_where_it_is_asked_for() {
    let portal = Portal::open().await;
    let kept = portal.contact(json!({"email": "lee@example.test"})).await;
    let id = portal.contact(json!({"email": "kim@example.test"})).await;
    pass(&portal.world, "2s").await;
    let path = format!("{CONTACTS}/{id}");
    for _ in 0..2 {
        let archived = portal.client.delete(&path).await.must(204);
        assert_eq!((archived.body.as_str(), archived.header("content-type")), ("", None));
    }
    portal.client.delete(&format!("{CONTACTS}/901")).await.must(204);

    portal.one(&id).await.must(404);
    portal.one("kim@example.test?idProperty=email").await.must(404);
    portal.client.patch(&path, &json!({"properties": {"city": "Perth"}})).await.must(404);
    portal.one(&format!("{kept}?archived=true")).await.must(404);
    for query in ["archived=true", "archived=True"] {
        let read = portal.one(&format!("{id}?{query}")).await.must(200).json();
        assert_eq!(
            (&read["archived"], &read["archivedAt"], &read["updatedAt"], &read["createdAt"]),
            (
                &json!(true),
                &json!("2026-11-20T00:00:02Z"),
                &json!("2026-11-20T00:00:02Z"),
                &json!("2026-11-20T00:00:00Z")
            )
        );
    }
    // Another one of the same address, archived in its turn, does not hide the first.
    for _ in 0..2 {
        let by_address = portal.one("kim@example.test?idProperty=email&archived=true").await.must(200).json();
        assert_eq!(by_address["id"], *id);
        let other = portal.contact(json!({"email": "kim@example.test"})).await;
        assert_eq!(portal.one("kim@example.test?idProperty=email").await.must(200).json()["id"], *other);
        portal.client.delete(&format!("{CONTACTS}/{other}")).await.must(204);
    }
}

#[tokio::test]
async fn history_tells_every_value_newest_first() {
    let portal = Portal::open().await;
    let id = portal.contact(json!({"email": "kim@example.test", "firstname": "Kim"})).await;
    for (name, value) in
        [("lifecyclestage", "customer"), ("lifecyclestage", "lead"), ("lifecyclestage", ""), ("lifecyclestage", "lead")]
    {
        pass(&portal.world, "1s").await;
        let change = json!({"properties": {name: value}});
        portal.client.patch(&format!("{CONTACTS}/{id}"), &change).await.must(200);
    }
    let asked = "propertiesWithHistory=lifecyclestage,hs_lifecyclestage_lead_date,hs_lifecyclestage_customer_date,createdate,\
                 lastmodifieddate,hs_full_name_or_email";
    let read = portal.one(&format!("{id}?{asked}")).await.must(200).json();
    let told = |name: &str| -> Vec<(String, String)> {
        let versions = read["propertiesWithHistory"][name].as_array().unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        versions.iter().map(|version| (text(&version["timestamp"]), text(&version["value"]))).collect()
    };
    let at = |second: u32| format!("2026-11-20T00:00:0{second}Z");
    let stage = |second, value: &str| (at(second), value.to_owned());
    // The step back at second 2 was quietly left out.
    assert_eq!(told("lifecyclestage"), [stage(4, "lead"), stage(3, ""), stage(1, "customer"), stage(0, "lead")]);
    assert_eq!(told("hs_lifecyclestage_lead_date"), [(at(4), at(4))]);
    assert_eq!(told("hs_lifecyclestage_customer_date"), [(at(1), at(1))]);
    assert_eq!(told("createdate"), [(at(0), at(0))]);
    assert_eq!(told("lastmodifieddate"), [(at(4), at(4))]);
    assert_eq!(told("hs_full_name_or_email"), [(at(0), "Kim".to_owned())]);
    assert_eq!(read["properties"]["lifecyclestage"], "lead");
}
