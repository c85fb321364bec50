//! What is no call at all, or hardly one: paths, verbs, media types, bodies that cannot be read.

use reqwest::Method;
use serde_json::json;

use super::oauth::Installed;
use super::{CONTACTS, Portal, ids, refused};
use crate::support::{Answer, still};

const JSON: Option<&str> = Some("application/json");

#[track_caller]
fn page(answer: &Answer, status: u16, reason: &str) {
    assert_eq!(answer.header("content-type"), Some("text/html;charset=utf-8"), "{answer:?}");
    let expected = format!(
        "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html;charset=utf-8\"/>\n<title>Error {status} {reason}</title>\n</head>\n<body><h2>HTTP ERROR {status} {reason}</h2>\n</body>\n</html>\n"
    );
    assert_eq!((answer.status, answer.body.as_str()), (status, expected.as_str()));
}

#[tokio::test]
async fn every_answer_carries_the_vendors_headers() {
    let portal = Portal::open().await;
    for answer in [portal.client.get(CONTACTS).await, portal.one("x").await, portal.client.get("/nothing").await] {
        for (name, value) in [
            ("server", "cloudflare"),
            ("cf-cache-status", "DYNAMIC"),
            ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
            ("vary", "origin, Accept-Encoding"),
            ("access-control-allow-credentials", "false"),
            ("x-content-type-options", "nosniff"),
            ("date", "Fri, 20 Nov 2026 00:00:00 GMT"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name}");
        }
        let correlation = answer.header("x-hubspot-correlation-id").unwrap();
        assert_eq!(correlation, answer.header("x-request-id").unwrap());
        // A UUID of version 7: 2026-11-20T00:00:00Z is 0x1a1f640bc00 milliseconds.
        assert!(correlation.starts_with("01a1f640-bc00-7") && correlation.len() == 36, "{correlation}");
        assert_eq!(answer.header("retry-after"), None);
    }
}

#[tokio::test]
async fn unknown_paths_and_wrong_verbs_are_the_web_servers_pages_for_anyone() {
    let portal = Portal::open().await;
    let stranger = portal.client.with(None);
    for path in [
        "/",
        "/crm/v3/objects",
        "/crm/v3/objects/",
        "/crm/v3/object/contacts",
        "/crm/v4/objects/contacts",
        "/crm/objects/2027-03/contacts",
        "/crm/v3/objects/contacts/1/2",
        "/crm/v3/objects/contacts/batch/delete",
        "/crm/v3/objects/contacts/1/associations",
        "/crm/v3/objects/contacts/1/associations/companies/2",
        "/crm/v4/objects/contacts/1/associations/companies/2/279",
        "/crm/objects/2026-03/contacts/1/associations/default/companies/2/3",
        "/crm/v3/associations/contacts/companies/labels",
        "/crm/v4/associations/contacts/companies",
        "/crm/v4/associations/contacts/companies/batch/update",
        "/crm/associations/2027-03/contacts/companies/labels",
    ] {
        for client in [&portal.client, &stranger] {
            page(&client.get(path).await, 404, "Not Found");
        }
    }
    let batch = format!("{CONTACTS}/batch/create");
    let (of_all, of_one, action) = ("GET,HEAD,OPTIONS,POST", "DELETE,GET,HEAD,OPTIONS,PATCH", "OPTIONS,POST");
    let one = format!("{CONTACTS}/901");
    for (method, path, allowed) in [
        (Method::PUT, CONTACTS, of_all),
        (Method::PATCH, CONTACTS, of_all),
        (Method::DELETE, CONTACTS, of_all),
        (Method::PUT, &one, of_one),
        (Method::POST, &one, of_one),
        (Method::GET, &batch, action),
        (Method::DELETE, &batch, action),
        (Method::GET, &format!("{CONTACTS}/search"), action),
    ] {
        for client in [&portal.client, &stranger] {
            let answer = client.send(method.clone(), path, JSON, "{}").await;
            page(&answer, 405, "Method Not Allowed");
            assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
        }
    }
    for (path, allowed) in [(CONTACTS, of_all), (&one, of_one), (&batch, action)] {
        let answer = stranger.send(Method::OPTIONS, path, None, "").await.must(200);
        assert_eq!((answer.header("allow"), answer.body.as_str()), (Some(allowed), ""));
    }
    let counted = portal.client.get(CONTACTS).await;
    assert_eq!(counted.header("x-hubspot-ratelimit-remaining"), Some("189"), "none of these was counted");
}

#[tokio::test]
async fn head_answers_as_get_does_without_the_body() {
    let portal = Portal::open().await;
    let id = portal.contact(json!({"email": "kim@example.test"})).await;
    for path in [CONTACTS.to_owned(), format!("{CONTACTS}/{id}")] {
        let get = portal.client.get(&path).await.must(200);
        let head = portal.client.send(Method::HEAD, &path, None, "").await.must(200);
        assert_eq!((head.body.as_str(), head.header("content-length")), ("", get.header("content-length")));
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
    portal.client.send(Method::HEAD, &format!("{CONTACTS}/901"), None, "").await.must(404);
}

#[tokio::test]
async fn a_type_goes_by_its_names_and_id_in_any_case_under_every_root() {
    let portal = Portal::open().await;
    let id = portal.contact(json!({"email": "kim@example.test"})).await;
    for name in ["contacts", "contact", "0-1", "Contacts", "CONTACT"] {
        for root in [
            "/crm/v3/objects",
            "/crm/objects/2026-03",
            "/crm/objects/2026-09",
            "/crm/objects/v3",
            "/crm/objects/2025-09",
        ] {
            for slash in ["", "/"] {
                let list = portal.client.get(&format!("{root}/{name}{slash}")).await.must(200);
                assert_eq!(ids(&list), [id.as_str()], "{root} {name}");
                let read = portal.client.get(&format!("{root}/{name}/{id}{slash}")).await.must(200);
                assert_eq!(read.json()["id"], *id);
            }
        }
    }
    let dated = "/crm/objects/2026-03/0-1";
    let created = portal.client.post(dated, &json!({"properties": {"email": "lee@example.test"}})).await.must(201);
    let location = format!("{}{dated}/{}", portal.client.base, created.json()["id"].as_str().unwrap());
    assert_eq!(created.header("location"), Some(&*location));
    for (sent, name) in [
        ("butterflies", "butterflies"),
        ("contacts%20", "contacts "),
        ("lineitem", "lineitem"),
        ("0-9999", "0-9999"),
        ("contact%C3%A9", "contacté"),
    ] {
        let body = format!(
            r#"{{"status":"error","message":"Unable to infer object type from: {name}","correlationId":"ID"}}"#
        );
        refused(&portal.client.get(&format!("/crm/v3/objects/{sent}")).await, 400, &body);
        refused(&portal.client.delete(&format!("/crm/v3/objects/{sent}/1")).await, 400, &body);
        refused(&portal.client.post(&format!("/crm/v3/objects/{sent}/batch/read"), &json!({})).await, 400, &body);
    }
}

#[tokio::test]
async fn a_body_must_say_that_it_is_json() {
    let portal = Portal::open().await;
    let body = r#"{"properties":{"email":"kim@example.test"}}"#;
    for media in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp")] {
        let answer = portal.client.send(Method::POST, CONTACTS, media, body).await.must(415);
        assert_eq!((answer.body.as_str(), answer.header("content-type")), ("", None));
        portal.client.send(Method::POST, &format!("{CONTACTS}/search"), media, "{}").await.must(415);
    }
    assert_eq!(portal.total().await, 0);
    portal.client.send(Method::POST, CONTACTS, Some("Application/JSON; charset=UTF-8"), body).await.must(201);
    portal
        .client
        .send(Method::POST, &format!("{CONTACTS}/search"), Some("application/vnd.api+json"), "{}")
        .await
        .must(200);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_told_with_its_place() {
    let portal = Portal::open().await;
    let id = portal.contact(json!({"email": "kim@example.test"})).await;
    let missing = r#"{"status":"error","message":"Invalid JSON input: a request body was expected, but none found","correlationId":"ID","category":"VALIDATION_ERROR"}"#;
    let invalid =
        |said: &str| format!(r#"{{"status":"error","message":"Invalid input JSON on {said}","correlationId":"ID"}}"#);
    let wrong = |place: &str, java: &str, form: &str, token: &str| {
        invalid(&format!(
            "line 1, column {place}: Cannot deserialize value of type `{java}` from {form} value (token `JsonToken.{token}`)"
        ))
    };
    let core = "com.hubspot.inbounddb.publicobject.core.v3";
    let (one, map) =
        (format!("{core}.SimplePublicObjectInput"), "java.util.LinkedHashMap<java.lang.String,java.lang.String>");
    for (body, expected) in [
        ("", missing.to_owned()),
        (" \n ", missing.to_owned()),
        ("{", invalid("line 1, column 1: EOF while parsing an object")),
        ("{\"properties\":\n {,}}", invalid("line 2, column 3: key must be a string")),
        (r#"{"properties":{"email":["a"]}}"#, wrong("24", "java.lang.String", "Array", "START_ARRAY")),
        (r#"{"properties":{"email":{}}}"#, wrong("24", "java.lang.String", "Object", "START_OBJECT")),
        (r#"{"properties":[]}"#, wrong("15", map, "Array", "START_ARRAY")),
        (r#"{"properties":"a\"b"}"#, wrong("15", map, "String", "VALUE_STRING")),
        ("[]", wrong("1", &one, "Array", "START_ARRAY")),
        (" true", wrong("2", &one, "Boolean", "VALUE_TRUE")),
    ] {
        refused(&portal.client.send(Method::POST, CONTACTS, JSON, body.to_owned()).await, 400, &expected);
        let path = format!("{CONTACTS}/{id}");
        refused(&portal.client.send(Method::PATCH, &path, JSON, body.to_owned()).await, 400, &expected);
    }
    let batch = format!("{core}.BatchInputSimplePublicObjectBatchInput");
    let input = format!("{core}.SimplePublicObjectBatchInput");
    for (body, expected) in [
        ("", missing.to_owned()),
        ("[]", wrong("1", &batch, "Array", "START_ARRAY")),
        (r#"{"inputs":{}}"#, wrong("11", &format!("java.util.ArrayList<{input}>"), "Object", "START_OBJECT")),
        (r#"{"inputs":[["1"]]}"#, wrong("12", &input, "Array", "START_ARRAY")),
        (r#"{"inputs":[1.5]}"#, wrong("12", &input, "Floating-point", "VALUE_NUMBER_FLOAT")),
    ] {
        for operation in ["create", "update", "upsert", "archive"] {
            let path = format!("{CONTACTS}/batch/{operation}");
            refused(&portal.client.send(Method::POST, &path, JSON, body.to_owned()).await, 400, &expected);
        }
    }
}

#[tokio::test]
async fn a_body_beyond_the_policys_size_is_413_and_changes_nothing() {
    let portal = Portal::open().await;
    let body = format!(r#"{{"properties":{{"email":"kim@example.test","city":"{}"}}}}"#, "x".repeat(20 * 1024 * 1024));
    let answer = portal.client.send(Method::POST, CONTACTS, JSON, body).await;
    page(&answer, 413, "Payload Too Large");
    assert_eq!((portal.total().await, answer.header("x-hubspot-ratelimit-remaining")), (0, Some("189")));
}

#[tokio::test]
async fn a_version_goes_on_after_its_announced_end() {
    let app =
        Installed::of(Portal::of(still().start_at("2027-10-01T00:00:00Z".parse().unwrap()).start().await.unwrap()));
    app.exchange("v1", app.text("auth_code")).await.must(200);
    let client = &app.portal.client;
    let contact = app.portal.contact(json!({ "email": "late@example.com" })).await;
    for path in [
        format!("/crm/v3/objects/contacts/{contact}"),
        format!("/crm/v4/objects/contacts/{contact}/associations/companies"),
    ] {
        client.get(&path).await.must(200);
    }
}
