//! Values that are refused, and how a refusal reads: hubspot-crm.md §2.7. Each kind of value has its
//! table in the room's own tests.

use serde_json::{Value, json};

use super::{CONTACTS, Portal, refused, told};

/// The code and message of each entry in `errors`.
fn details(body: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let errors = body["errors"].as_array().unwrap();
    errors.iter().map(|error| (text(&error["code"]), text(&error["message"]))).collect()
}

#[tokio::test]
async fn one_refusal_lists_every_bad_value_in_its_message_and_in_its_errors() {
    let portal = Portal::open().await;
    let body = json!({"properties": {"testprop": "1", "email": "kim@example.test", "hs_latitude": "north"}});
    let hub = portal.id();
    let expected = format!(
        r#"{{"status":"error","message":"Property values were not valid: [{{\"isValid\":false,\"message\":\"Property \\\"testprop\\\" does not exist\",\"error\":\"PROPERTY_DOESNT_EXIST\",\"name\":\"testprop\",\"localizedErrorMessage\":\"Property \\\"testprop\\\" does not exist\",\"portalId\":{hub}}},{{\"isValid\":false,\"message\":\"north was not a valid number.\",\"error\":\"INVALID_INTEGER\",\"name\":\"hs_latitude\",\"localizedErrorMessage\":\"north was not a valid number.\",\"propertyValue\":\"north\",\"portalId\":{hub}}}]","correlationId":"ID","errors":[{{"message":"Property \"testprop\" does not exist","code":"PROPERTY_DOESNT_EXIST","context":{{"propertyName":["testprop"]}}}},{{"message":"north was not a valid number.","code":"INVALID_INTEGER","context":{{"propertyName":["hs_latitude"]}}}}],"category":"VALIDATION_ERROR"}}"#
    );
    refused(&portal.client.post(CONTACTS, &body).await, 400, &expected);
    assert_eq!(portal.total().await, 0);

    let id = portal.contact(json!({"email": "lee@example.test"})).await;
    refused(&portal.client.patch(&format!("{CONTACTS}/{id}"), &body).await, 400, &expected);
    let (status, batch) = told(&portal.batch("create", json!([body, body])).await);
    let batch: Value = serde_json::from_str(&batch).unwrap();
    assert_eq!((status, details(&batch).len()), (400, 2), "`errors` tells the same thing once");
    assert_eq!(
        batch["message"].as_str().unwrap().matches("testprop").count(),
        6,
        "the message repeats it for each input"
    );
}

#[tokio::test]
async fn standard_contact_properties_refuse_what_they_cannot_hold() {
    let portal = Portal::open().await;
    let options = "NEW, OPEN, IN_PROGRESS, OPEN_DEAL, UNQUALIFIED, ATTEMPTED_TO_CONTACT, CONNECTED, BAD_TIMING";
    for (name, value, code, message) in [
        ("email", "foo@bar", "INVALID_EMAIL", "Email address foo@bar is invalid".to_owned()),
        ("hs_lead_status", "New", "INVALID_OPTION", format!("New was not one of the allowed options: [{options}]")),
        (
            "hs_cross_sell_opportunity",
            "yes",
            "INVALID_OPTION",
            "yes was not one of the allowed options: [true, false]".into(),
        ),
        ("hubspot_owner_id", "910901", "INVALID_OWNER_ID", "910901 was not a valid owner ID".into()),
        ("closedate", "2024-05-30T1:2", "INVALID_LONG", "2024-05-30T1:2 was not a valid long.".into()),
        (
            "hs_additional_emails",
            "a@example.test",
            "READ_ONLY_VALUE",
            "\"hs_additional_emails\" is a calculated property; its value cannot be set.".into(),
        ),
        (
            "hs_email_optout",
            "true",
            "READ_ONLY_VALUE",
            "\"hs_email_optout\" is a read only property; its value cannot be set.".into(),
        ),
        (
            "hs_object_id",
            "1",
            "READ_ONLY_VALUE",
            "\"hs_object_id\" is a read only property; its value cannot be set.".into(),
        ),
        (
            "createdate",
            "0",
            "READ_ONLY_VALUE",
            "\"createdate\" is a read only property; its value cannot be set.".into(),
        ),
        ("Email", "a@example.test", "PROPERTY_DOESNT_EXIST", "Property \"Email\" does not exist".into()),
    ] {
        let answer =
            portal.client.post(CONTACTS, &json!({"properties": {"firstname": "Kim", name: value}})).await.must(400);
        assert_eq!(details(&answer.json()), [(code.to_owned(), message)], "{name}");
    }
    let long = |length| json!({"properties": {"message": "é".repeat(length)}, "id": 1});
    let id = portal.contact(json!({"firstname": "Kim"})).await;
    portal.client.patch(&format!("{CONTACTS}/{id}"), &long(65_536)).await.must(200);
    portal.client.patch(&format!("{CONTACTS}/{id}"), &long(65_537)).await.must(400);
}

#[tokio::test]
async fn values_come_back_as_text_in_the_form_they_are_kept_in() {
    let portal = Portal::open().await;
    let sent = json!({
        "email": " KIM@example.test", "closedate": 1_427_997_766_000_i64, "hs_buying_role": "CHAMPION;OTHER",
        "hs_latitude": -33.86, "followercount": "007", "hs_cross_sell_opportunity": false, "firstname": " Kim ",
    });
    let id = portal.contact(sent).await;
    portal
        .client
        .patch(&format!("{CONTACTS}/{id}"), &json!({"properties": {"hs_buying_role": ";BLOCKER"}}))
        .await
        .must(200);
    let names = "email,closedate,hs_buying_role,hs_latitude,followercount,hs_cross_sell_opportunity,firstname";
    let read = portal.one(&format!("{id}?properties={names}")).await.must(200).json();
    for (name, kept) in [
        ("email", "kim@example.test"),
        ("closedate", "2015-04-02T18:02:46Z"),
        ("hs_buying_role", "CHAMPION;OTHER;BLOCKER"),
        ("hs_latitude", "-33.86"),
        ("followercount", "007"),
        ("hs_cross_sell_opportunity", "false"),
        ("firstname", " Kim "),
    ] {
        assert_eq!(read["properties"][name], kept, "{name}");
    }
}
