//! Batches: hubspot-crm.md §2.8, §2.9.

use serde_json::{Value, json};

use super::{CONTACTS, Portal, ids, refused, told};
use crate::support::{Answer, pass};

const STAMPS: &str = r#""startedAt":"2026-11-20T00:00:00Z","completedAt":"2026-11-20T00:00:00Z""#;

fn emails(count: usize) -> Vec<Value> {
    (0..count).map(|n| json!({"properties": {"email": format!("c{n}@example.test")}})).collect()
}

/// A batch's body without its results.
#[track_caller]
fn around(answer: &Answer) -> String {
    let (before, rest) = answer.body.split_once(r#""results":["#).unwrap();
    let results = answer.json()["results"].to_string();
    let after = rest.strip_prefix(results.strip_prefix('[').unwrap()).unwrap_or_else(|| panic!("{answer:?}"));
    format!("{before}{}", after.strip_prefix(',').unwrap())
}

#[tokio::test]
async fn a_batch_takes_a_hundred_inputs_and_with_histories_fifty() {
    let portal = Portal::open().await;
    let too_many = |of: &str, max: usize| {
        format!(
            r#"{{"status":"error","message":"The maximum number of inputs supported in a {of} is {max}. Please reduce the number of items and try again","correlationId":"ID","category":"VALIDATION_ERROR"}}"#
        )
    };
    for operation in ["create", "read", "update", "upsert", "archive"] {
        let answer = portal.batch(operation, json!(emails(101))).await;
        refused(&answer, 400, &too_many("batch", 100));
    }
    assert_eq!(portal.total().await, 0);
    let made = ids(&portal.batch("create", json!(emails(100))).await.must(201));
    assert_eq!((made.len(), portal.total().await), (100, 100));

    let inputs: Vec<_> = made.iter().map(|id| json!({"id": id})).collect();
    let read = async |count: usize, history: &[&str]| {
        let body = json!({"inputs": inputs[..count], "propertiesWithHistory": history});
        portal.client.post(&format!("{CONTACTS}/batch/read"), &body).await
    };
    assert_eq!(ids(&read(100, &[]).await.must(200)), made);
    assert_eq!(ids(&read(50, &["email"]).await.must(200)), made[..50]);
    refused(&read(51, &["email"]).await, 400, &too_many("batch request for property histories", 50));
}

#[tokio::test]
async fn a_batch_without_inputs_is_complete_and_does_nothing() {
    let portal = Portal::open().await;
    for body in [json!({}), json!({"inputs": []}), json!({"inputs": null}), json!({"contacts": emails(1)})] {
        for (operation, status) in [("create", 201), ("read", 200), ("update", 200), ("upsert", 200)] {
            let answer = portal.client.post(&format!("{CONTACTS}/batch/{operation}"), &body).await.must(status);
            assert_eq!(answer.body, format!(r#"{{"status":"COMPLETE","results":[],{STAMPS}}}"#));
        }
        let archived = portal.client.post(&format!("{CONTACTS}/batch/archive"), &body).await.must(204);
        assert_eq!(archived.body, "");
    }
    assert_eq!(portal.total().await, 0);
}

#[tokio::test]
async fn a_batch_create_echoes_as_a_create_does() {
    let portal = Portal::open().await;
    let batch = portal
        .batch("create", json!([{"properties": {"email": "kim@example.test", "firstname": "Kim"}}]))
        .await
        .must(201);
    let id = ids(&batch).remove(0);
    let single =
        portal.client.post(CONTACTS, &json!({"properties": {"email": "lee@example.test", "firstname": "Kim"}})).await;
    let other = single.json()["id"].as_str().unwrap().to_owned();
    let as_single = batch.json()["results"][0].to_string().replace(&id, &other).replace("kim@", "lee@");
    assert_eq!(as_single, single.body);
    assert_eq!(around(&batch), format!(r#"{{"status":"COMPLETE",{STAMPS}}}"#));
}

#[tokio::test]
async fn without_trace_ids_one_bad_input_fails_a_create_and_nothing_is_created() {
    let portal = Portal::open().await;
    let kim = portal.contact(json!({"email": "kim@example.test"})).await;
    let good = json!({"properties": {"email": "good@example.test"}});
    let taken = json!({"properties": {"email": "KIM@example.test"}});
    let conflict = |existing: &str| {
        format!(
            r#"{{"status":"error","message":"Contact already exists{existing}","correlationId":"ID","category":"CONFLICT"}}"#
        )
    };
    let clash = portal.batch("create", json!([good, taken, {"properties": {"email": "kim@example.test"}}])).await;
    refused(&clash, 409, &conflict(&format!(". Existing ID: {kim}")));
    let twice = portal.batch("create", json!([good, {"properties": {"email": " Good@example.test"}}])).await;
    refused(&twice, 409, &conflict(""));
    let (status, body) = told(&portal.batch("create", json!([good, taken, {"properties": {"nothing": 1}}])).await);
    assert_eq!(status, 400);
    assert!(body.contains("PROPERTY_DOESNT_EXIST") && !body.contains("already exists"), "{body}");
    for partly_traced in [
        json!([{"properties": {"email": "good@example.test"}, "objectWriteTraceId": "a"}, taken]),
        json!([
            {"properties": {"email": "good@example.test"}, "objectWriteTraceId": "a"},
            {"properties": {"email": "kim@example.test"}, "objectWriteTraceId": "a"},
        ]),
    ] {
        refused(&portal.batch("create", partly_traced).await, 409, &conflict(&format!(". Existing ID: {kim}")));
    }
    assert_eq!(portal.total().await, 1);
}

#[tokio::test]
async fn with_trace_ids_a_create_tells_each_failure_beside_the_successes() {
    let portal = Portal::open().await;
    let kim = portal.contact(json!({"email": "kim@example.test"})).await;
    let answer = portal
        .batch(
            "create",
            json!([
                {"objectWriteTraceId": "t1", "properties": {"email": "kim@example.test"}},
                {"objectWriteTraceId": "t2", "properties": {"missing": "1"}},
                {"objectWriteTraceId": "t3", "properties": {"email": "lee@example.test"}},
                {"objectWriteTraceId": "t4", "properties": {"email": "LEE@example.test"}},
                {"objectWriteTraceId": "t5", "properties": {}},
            ]),
        )
        .await
        .must(207);
    let hub = portal.id();
    let expected = format!(
        r#"{{"status":"COMPLETE",{STAMPS},"numErrors":4,"errors":[{{"status":"error","category":"CONFLICT","message":"Contact already exists. Existing ID: {kim}","context":{{"objectWriteTraceId":["t1"],"existingId":["{kim}"]}}}},{{"status":"error","category":"VALIDATION_ERROR","message":"Property values were not valid: [{{\"isValid\":false,\"message\":\"Property \\\"missing\\\" does not exist\",\"error\":\"PROPERTY_DOESNT_EXIST\",\"name\":\"missing\",\"localizedErrorMessage\":\"Property \\\"missing\\\" does not exist\",\"portalId\":{hub}}}]","context":{{"objectWriteTraceId":["t2"]}}}},{{"status":"error","category":"CONFLICT","message":"Contact already exists","context":{{"objectWriteTraceId":["t4"]}}}},{{"status":"error","category":"VALIDATION_ERROR","message":"Error creating CONTACT.  Some required properties were not set.","context":{{"objectWriteTraceId":["t5"],"properties":["email","firstname","lastname"]}}}}]}}"#
    );
    assert_eq!(around(&answer), expected);
    let result = &answer.json()["results"][0];
    assert_eq!(
        (&result["objectWriteTraceId"], &result["properties"]["email"]),
        (&json!("t3"), &json!("lee@example.test"))
    );
    assert_eq!(portal.total().await, 2);
}

#[tokio::test]
async fn a_batch_read_collects_all_ids_that_name_nothing_in_one_error() {
    let portal = Portal::open().await;
    let made = ids(&portal.batch("create", json!(emails(3))).await.must(201));
    portal.client.delete(&format!("{CONTACTS}/{}", made[2])).await.must(204);
    let lost = |ids: &str| {
        format!(
            r#"{{"status":"COMPLETE",{STAMPS},"numErrors":1,"errors":[{{"status":"error","category":"OBJECT_NOT_FOUND","message":"Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid.","context":{{"ids":[{ids}]}}}}]}}"#
        )
    };
    let inputs = json!([{"id": made[1]}, {"id": 903}, {"id": made[0]}, {"id": "x"}, {"id": made[1]}, {"id": "903"}, {"id": made[2]}]);
    let answer = portal.batch("read", inputs).await.must(207);
    assert_eq!(ids(&answer), [made[1].as_str(), &made[0]], "ids given twice are told once");
    assert_eq!(around(&answer), lost(&format!(r#""903","x","{}""#, made[2])));
    let none = portal.batch("read", json!([{"id": "903"}])).await.must(207);
    assert_eq!((ids(&none), around(&none)), (vec![], lost(r#""903""#)));

    let read =
        async |query: &str, body: Value| portal.client.post(&format!("{CONTACTS}/batch/read{query}"), &body).await;
    let archived = read("?archived=true", json!({"inputs": [{"id": made[2]}, {"id": made[0]}]})).await.must(207);
    assert_eq!((ids(&archived), &archived.json()["results"][0]["archived"]), (vec![made[2].clone()], &json!(true)));
    let by_address = json!({"idProperty": "email", "inputs": [{"id": "C1@example.test"}, {"id": " c0@example.test"}]});
    assert_eq!(ids(&read("", by_address).await.must(200)), [made[1].as_str(), &made[0]]);
    let by_address = json!({"idProperty": "email", "inputs": [{"id": "c2@example.test"}]});
    assert_eq!(ids(&read("?archived=true", by_address).await.must(200)), [made[2].as_str()]);
    let by_none = json!({"idProperty": "phone", "inputs": [{"id": "c1@example.test"}]});
    assert_eq!(ids(&read("", by_none).await.must(207)), [""; 0]);

    let shown =
        json!({"inputs": [{"id": made[0]}], "properties": ["phone", "nothing"], "propertiesWithHistory": ["email"]});
    let shown = read("", shown).await.must(200).json();
    let names: Vec<_> = shown["results"][0]["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["createdate", "email", "hs_object_id", "lastmodifieddate", "phone"]);
    assert_eq!(shown["results"][0]["propertiesWithHistory"]["email"][0]["value"], "c0@example.test");
}

#[tokio::test]
async fn a_batch_update_goes_by_record_id_and_tells_what_is_missing() {
    let portal = Portal::open().await;
    let made = ids(&portal.batch("create", json!(emails(2))).await.must(201));
    let update = async |inputs: Value| portal.batch("update", inputs).await;
    let city = |id: &str, city: &str| json!({"id": id, "properties": {"city": city}});
    let answer =
        update(json!([city(&made[0], "Perth"), city("901", "Perth"), city(&made[1], "Sydney")])).await.must(207);
    assert_eq!(ids(&answer), made);
    let error = &answer.json()["errors"][0];
    assert_eq!((&error["category"], &error["context"]["ids"]), (&json!("OBJECT_NOT_FOUND"), &json!(["901"])));
    let record = &answer.json()["results"][1];
    let names: Vec<_> = record["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["city", "createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"]);

    let not_unique = |name: &str| {
        format!(
            r#"{{"status":"error","message":"Unable to perform update/upsert by non-unique 0-1 property {name} in portal ID {}","correlationId":"ID","category":"VALIDATION_ERROR"}}"#,
            portal.id()
        )
    };
    for name in ["email", "hs_object_id", "phone", "nothing"] {
        let named = json!([{"id": made[0], "idProperty": name, "properties": {"city": "Hobart"}}]);
        refused(&update(named).await, 400, &not_unique(name));
    }
    let by_address = update(json!([city("c0@example.test", "Hobart")])).await.must(200);
    assert_eq!(by_address.body, format!(r#"{{"status":"COMPLETE","results":[],{STAMPS}}}"#), "quietly nothing");

    let twice = update(json!([city(&made[0], "A"), city(&made[1], "B"), city(&made[0], "C")])).await;
    refused(
        &twice,
        400,
        &format!(
            r#"{{"status":"error","message":"Duplicate IDs found in batch input: [{0}]. IDs must be unique","correlationId":"ID","context":{{"ids":["{0}"]}},"category":"VALIDATION_ERROR"}}"#,
            made[0]
        ),
    );
    let bad = json!({"id": made[1], "properties": {"nothing": "1"}});
    update(json!([city(&made[0], "Hobart"), bad])).await.must(400);
    let taken = json!({"id": made[1], "properties": {"email": "c0@example.test"}});
    update(json!([city(&made[0], "Hobart"), taken])).await.must(409);
    let read = portal.one(&format!("{}?properties=city", made[0])).await.must(200).json();
    assert_eq!(read["properties"]["city"], "Perth", "one bad value fails the batch");

    let traced = |id: &str, trace: &str, properties: Value| json!({"id": id, "objectWriteTraceId": trace, "properties": properties});
    let answer = update(json!([
        traced(&made[0], "a", json!({"city": "Hobart"})),
        traced(&made[1], "b", json!({"nothing": "1"})),
        traced("901", "c", json!({"city": "Hobart"})),
    ]))
    .await
    .must(207);
    let (body, told) = (answer.json(), |n: usize| answer.json()["errors"][n]["category"].clone());
    assert_eq!((ids(&answer), &body["numErrors"]), (vec![made[0].clone()], &json!(2)));
    assert_eq!((told(0), told(1)), (json!("VALIDATION_ERROR"), json!("OBJECT_NOT_FOUND")));
    assert_eq!(body["errors"][0]["context"], json!({"objectWriteTraceId": ["b"]}));
    assert_eq!(body["results"][0]["objectWriteTraceId"], "a");
}

#[tokio::test]
async fn addresses_may_not_meet_within_one_batch() {
    let portal = Portal::open().await;
    let made = ids(&portal.batch("create", json!(emails(2))).await.must(201));
    let to = |id: &str, email: &str| json!({"id": id, "properties": {"email": email}});
    portal.batch("update", json!([to(&made[0], "x@example.test"), to(&made[1], "X@example.test")])).await.must(409);
    portal.batch("update", json!([to(&made[0], "x@example.test"), to(&made[1], "y@example.test")])).await.must(200);
    let by = |email: &str, properties: Value| json!({"id": email, "idProperty": "email", "properties": properties});
    let meet = json!([by("x@example.test", json!({"email": "z@example.test"})), by("z@example.test", json!({}))]);
    portal.batch("upsert", meet).await.must(409);
    assert_eq!(portal.total().await, 2);
}

#[tokio::test]
async fn an_upsert_makes_or_changes_by_address_and_says_which() {
    let portal = Portal::open().await;
    let kim = portal.contact(json!({"email": "kim@example.test", "city": "Perth", "phone": "1"})).await;
    pass(&portal.world, "1s").await;
    let by = |email: &str, properties: Value| json!({"id": email, "idProperty": "email", "properties": properties});
    let inputs =
        json!([by("KIM@example.test ", json!({"city": "Sydney"})), by("Lee@Example.test", json!({"phone": "2"}))]);
    let answer = portal.batch("upsert", inputs).await.must(200);
    let body = answer.json();
    let (old, new) = (&body["results"][0], &body["results"][1]);
    assert_eq!((&old["id"], &old["new"], &old["properties"]["city"]), (&json!(kim), &json!(false), &json!("Sydney")));
    assert_eq!(old["properties"].get("phone"), None, "what was not sent is not echoed");
    assert_eq!((&new["new"], &new["properties"]["email"]), (&json!(true), &json!("lee@example.test")));
    assert_eq!(new["properties"]["hs_object_source"], "INTEGRATION", "a new one is echoed whole");
    let read = portal.one(&format!("{kim}?properties=phone,city")).await.must(200).json();
    assert_eq!((&read["properties"]["phone"], &read["properties"]["city"]), (&json!("1"), &json!("Sydney")));

    let not_unique = |name: &str| {
        format!(
            r#"{{"status":"error","message":"Unable to perform update/upsert by non-unique 0-1 property {name} in portal ID {}","correlationId":"ID","category":"VALIDATION_ERROR"}}"#,
            portal.id()
        )
    };
    for name in ["hs_object_id", "phone", "domain"] {
        let answer = portal.batch("upsert", json!([{"id": kim, "idProperty": name, "properties": {}}])).await;
        refused(&answer, 400, &not_unique(name));
    }
    refused(&portal.batch("upsert", json!([{"id": kim, "properties": {}}])).await, 400, &not_unique("hs_object_id"));
    let twice = json!([by("new@example.test", json!({})), by("New@example.test", json!({}))]);
    let expected = r#"{"status":"error","message":"Duplicate IDs found in batch input: [new@example.test]. IDs must be unique","correlationId":"ID","context":{"ids":["new@example.test"]},"category":"VALIDATION_ERROR"}"#;
    refused(&portal.batch("upsert", twice).await, 400, expected);
    let (status, body) = told(&portal.batch("upsert", json!([by("not an address", json!({"phone": "1"}))])).await);
    assert_eq!((status, body.contains("INVALID_EMAIL")), (400, true));
    let nameless = portal.batch("upsert", json!([by("", json!({"phone": "1"}))])).await;
    refused(
        &nameless,
        400,
        r#"{"status":"error","message":"Some required fields were not set: [id]","correlationId":"ID","category":"VALIDATION_ERROR"}"#,
    );

    let traced = json!([
        {"id": "kim@example.test", "idProperty": "email", "objectWriteTraceId": "a", "properties": {"city": "Hobart"}},
        {"id": "x@example.test", "idProperty": "email", "objectWriteTraceId": "b", "properties": {"nothing": "1"}},
    ]);
    portal.batch("upsert", traced).await.must(400);
    assert_eq!(portal.total().await, 2, "by address all succeed or none, trace ids or not");
    let city = portal.one(&format!("{kim}?properties=city")).await.json()["properties"]["city"].clone();
    assert_eq!(city, "Sydney");
}

#[tokio::test]
async fn a_batch_archive_is_204_whatever_the_ids_name() {
    let portal = Portal::open().await;
    let made = ids(&portal.batch("create", json!(emails(3))).await.must(201));
    for inputs in [
        json!([{"id": made[0]}, {"id": "901"}, {"id": "x"}]),
        json!([{"id": made[0]}, {"id": made[1].parse::<u64>().unwrap()}]),
    ] {
        let answer = portal.batch("archive", inputs).await.must(204);
        assert_eq!(answer.body, "");
    }
    assert_eq!(ids(&portal.client.get(CONTACTS).await), [made[2].as_str()]);
    let twice = portal.batch("archive", json!([{"id": made[2]}, {"id": made[2]}])).await;
    assert_eq!((told(&twice).0, portal.total().await), (400, 1));
}
