//! Batches of associations in the fourth version and those that followed it: hubspot-crm.md §6.1.

use serde_json::{Value, json};
use sim::SystemName;
use sim::journal::What;

use super::associations::{hubspots, row};
use super::{CONTACTS, Portal};
use crate::support::{Answer, entries, pass, still};

/// The roots, and what a batch that makes and one that ends associations answer there.
const ROOTS: [(&str, u16, u16); 4] = [
    ("/crm/v4/associations", 201, 204),
    ("/crm/associations/v4", 201, 204),
    ("/crm/associations/2026-03", 201, 200),
    ("/crm/associations/2026-09", 200, 200),
];
const STAMP: &str = "2026-11-20T00:00:00Z";

struct Two {
    portal: Portal,
    kim: String,
    lee: String,
    acme: String,
    other: String,
}

impl Two {
    async fn open() -> Self {
        Self::of(Portal::open().await).await
    }

    async fn of(portal: Portal) -> Self {
        let (kim, lee) =
            (portal.contact(json!({"firstname": "Kim"})).await, portal.contact(json!({"firstname": "Lee"})).await);
        let (acme, other) = (portal.company("Acme").await, portal.company("Other").await);
        Self { portal, kim, lee, acme, other }
    }

    async fn batch(&self, root: &str, operation: &str, inputs: Value) -> Answer {
        let path = format!("{root}/contacts/companies/batch/{operation}");
        self.portal.client.post(&path, &json!({ "inputs": inputs })).await
    }
}

fn ends(from: &str, to: &str) -> Value {
    json!({"from": {"id": from}, "to": {"id": to}})
}

fn labelled(from: &str, to: &str, types: &[u32]) -> Value {
    let types: Vec<_> = types.iter().map(|id| hubspots(*id)).collect();
    json!({"from": {"id": from}, "to": {"id": to}, "types": types})
}

/// The envelope, byte for byte.
fn batch(results: &str, errors: Option<(&str, usize)>) -> String {
    let errors = errors.map(|(errors, count)| format!(r#","errors":[{errors}],"numErrors":{count}"#));
    format!(
        r#"{{"completedAt":"{STAMP}","status":"COMPLETE","startedAt":"{STAMP}","results":[{results}]{}}}"#,
        errors.unwrap_or_default()
    )
}

#[tokio::test]
async fn a_batch_makes_reads_and_ends_associations() {
    for (root, made, gone) in ROOTS {
        let two = Two::open().await;
        let Two { kim, lee, acme, other, .. } = &two;
        let inputs = json!([labelled(kim, acme, &[1]), labelled(kim, other, &[279]), labelled(lee, acme, &[])]);
        let answer = two.batch(root, "create", inputs).await.must(made);
        let pair = |from: &str, to: &str, labels: &str| {
            format!(
                r#"{{"fromObjectTypeId":"0-1","fromObjectId":{from},"toObjectTypeId":"0-2","toObjectId":{to},"labels":[{labels}]}}"#
            )
        };
        let pairs = [pair(kim, acme, r#""Primary""#), pair(kim, other, ""), pair(lee, acme, "")].join(",");
        assert_eq!(answer.body, batch(&pairs, None), "{root}");

        let primary = row(acme, &[(1, Some("Primary")), (279, None)]);
        let plain = |id: &str| row(id, &[(279, None)]);
        let of = |from: &str, rows: &[Value]| json!({"from": {"id": from}, "to": rows}).to_string();
        let read = two.batch(root, "read", json!([{"id": kim}, {"id": lee.parse::<u64>().unwrap()}])).await.must(200);
        let rows = [of(kim, &[primary, plain(other)]), of(lee, &[plain(acme)])].join(",");
        assert_eq!(read.body, batch(&rows, None), "{root}");
        let read = two.batch(root, "read", json!([{"id": kim, "after": other}])).await.must(200);
        assert_eq!(read.body, batch(&of(kim, &[plain(other)]), None), "{root}: from there on");

        let ended = two.batch(root, "labels/archive", json!([labelled(kim, acme, &[1])])).await.must(gone);
        assert_eq!(ended.body, if gone == 204 { String::new() } else { batch("", None) }, "{root}");
        let read = two.batch(root, "read", json!([{"id": kim}])).await.must(200);
        assert_eq!(read.body, batch(&of(kim, &[plain(acme), plain(other)]), None), "{root}");
        two.batch(root, "labels/archive", json!([labelled(kim, acme, &[279])])).await.must(gone);
        let archive = json!([{"from": {"id": kim}, "to": [{"id": other}, {"id": "7"}, {"id": "abc"}]}]);
        let ended = two.batch(root, "archive", archive.clone()).await.must(gone);
        assert_eq!(ended.body, if gone == 204 { String::new() } else { batch("", None) }, "{root}");
        two.batch(root, "archive", archive).await.must(gone);
        let entries = entries(&two.portal.world);
        let calls: Vec<_> = entries.iter().filter(|entry| matches!(entry.what, What::Exchange(_))).collect();
        let effects: Vec<_> = calls[calls.len() - 2..].iter().map(|entry| entry.took_effect).collect();
        assert_eq!(effects, [true, false], "{root}: it was gone already");

        let no = |id: &str| {
            format!(
                r#"{{"status":"error","category":"OBJECT_NOT_FOUND","subCategory":"crm.associations.NO_ASSOCIATIONS_FOUND","message":"No company is associated with contact {id}.","context":{{"fromObjectId":["{id}"],"fromObjectType":["contact"],"toObjectType":["company"]}}}}"#
            )
        };
        let read = two.batch(root, "read", json!([{"id": kim}, {"id": lee}, {"id": 7}])).await.must(207);
        let errors = format!("{},{}", no(kim), no("7"));
        assert_eq!(read.body, batch(&of(lee, &[plain(acme)]), Some((&errors, 2))), "{root}");
    }
}

#[tokio::test]
async fn a_batch_of_default_associations_tells_both_directions() {
    for (root, ..) in ROOTS {
        let two = Two::open().await;
        let Two { kim, lee, acme, other, .. } = &two;
        let answer = two.batch(root, "associate/default", json!([ends(kim, acme), ends(lee, other)])).await.must(200);
        let rows = answer.json()["results"].clone();
        let told = |from: &str, to: &str, id: u32| json!({"from": {"id": from}, "to": {"id": to}, "associationSpec": hubspots(id)});
        let expected =
            json!([told(kim, acme, 279), told(acme, kim, 280), told(lee, other, 279), told(other, lee, 280),]);
        assert_eq!(rows, expected, "{root}");
    }
}

#[tokio::test]
async fn what_one_input_cannot_do_is_told_beside_the_others() {
    let two = Two::open().await;
    let Two { kim, acme, .. } = &two;
    let no_id = r#"{"status":"error","category":"VALIDATION_ERROR","subCategory":"crm.associations.INVALID_IDENTIFIER","message":"abc is not a valid ID","context":{"id":["abc"]}}"#;
    let none = r#"{"status":"error","category":"VALIDATION_ERROR","message":"One or more associations are invalid","context":{"INVALID_OBJECT_IDS":["COMPANY=7 is not valid"],"objectId":["7"],"objectType":["COMPANY"]}}"#;
    let done = format!(
        r#"{{"fromObjectTypeId":"0-1","fromObjectId":{kim},"toObjectTypeId":"0-2","toObjectId":{acme},"labels":[]}}"#
    );
    for (root, ..) in ROOTS {
        let inputs = json!([labelled("abc", acme, &[279]), labelled(kim, "7", &[279]), labelled(kim, acme, &[279])]);
        let answer = two.batch(root, "create", inputs).await.must(207);
        assert_eq!(answer.body, batch(&done, Some((&format!("{no_id},{none}"), 2))), "{root}");
        let answer = two.batch(root, "associate/default", json!([ends(kim, "7"), ends(kim, acme)])).await.must(207);
        assert_eq!((&answer.json()["numErrors"], answer.json()["results"].as_array().unwrap().len()), (&json!(1), 2));
        let read = two.batch(root, "read", json!([{"id": "abc"}])).await.must(207);
        assert_eq!(read.body, batch("", Some((no_id, 1))), "{root}");
        let itself = format!("{root}/contacts/contacts/batch/create");
        let answer = two.portal.client.post(&itself, &json!({"inputs": [labelled(kim, kim, &[449])]})).await.must(207);
        let error = format!(
            r#"{{"status":"error","category":"VALIDATION_ERROR","message":"Object {kim} cannot be associated to itself ({kim})"}}"#
        );
        assert_eq!(answer.body, batch("", Some((&error, 1))), "{root}");
        for (operation, body) in [
            ("create", json!([{"from": {"id": kim}}])),
            ("associate/default", json!([{"to": {"id": acme}}])),
            ("read", json!([{}])),
            ("archive", json!([{"from": {"id": kim}}])),
            ("labels/archive", json!([ends(kim, acme)])),
        ] {
            let answer = two.batch(root, operation, body).await.must(400).json();
            assert!(answer["message"].as_str().unwrap().contains("Some required fields were not set: ["), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_batch_of_associations_has_a_size_of_its_own() {
    let two = Two::open().await;
    for (root, ..) in ROOTS {
        for (operation, max) in
            [("create", 2000), ("associate/default", 2000), ("archive", 2000), ("labels/archive", 2000), ("read", 1000)]
        {
            let input = json!({"id": "7", "from": {"id": "7"}, "to": if operation == "archive" { json!([{"id": "7"}]) } else { json!({"id": "7"}) }, "types": []});
            let answer = two.batch(root, operation, json!(vec![input.clone(); max + 1])).await.must(400).json();
            let said = format!(
                "The maximum number of inputs supported in a batch is {max}. Please reduce the number of items and try again"
            );
            assert_eq!(
                (&answer["message"], &answer["category"]),
                (&json!(said), &json!("VALIDATION_ERROR")),
                "{operation}"
            );
            let answer = two.batch(root, operation, json!(vec![input; max])).await;
            assert!([200, 204, 207].contains(&answer.status), "{operation}: {}", answer.status);
            let none = two.batch(root, operation, json!(null)).await;
            assert!([200, 201, 204].contains(&none.status), "{operation}: {}", none.status);
        }
    }
}

#[tokio::test]
async fn batches_of_associations_are_free_of_the_ten_second_limit_and_have_a_burst_of_their_own() {
    let two = Two::open().await;
    for _ in 0..150 {
        two.batch(ROOTS[0].0, "read", json!([])).await.must(200);
    }
    let over = two.batch(ROOTS[2].0, "read", json!([])).await.must(429);
    assert_eq!(over.json()["policyName"], "TEN_SECONDLY_ROLLING");
    assert_eq!(over.header("x-hubspot-ratelimit-remaining"), None, "the ten seconds do not count it");
    let path = format!("/crm/v4/objects/contacts/{}/associations/companies", two.kim);
    two.portal.client.get(&path).await.must(429);
    // Four records were made before; what was refused counted towards nothing.
    let first = two.portal.client.get(CONTACTS).await.must(200);
    assert_eq!(first.header("x-hubspot-ratelimit-remaining"), Some("185"));

    pass(&two.portal.world, "10s").await;
    let one = two.portal.client.get(&path).await.must(200);
    assert_eq!(one.header("x-hubspot-ratelimit-remaining"), Some("189"), "one record's path is counted by both");
    for _ in 0..149 {
        two.portal.client.get(&path).await.must(200);
    }
    two.portal.client.get(&path).await.must(429);
    let both = two.portal.client.get(CONTACTS).await.must(200);
    assert_eq!(both.header("x-hubspot-ratelimit-remaining"), Some("39"));
}

#[tokio::test]
async fn associations_have_a_day_of_their_own() {
    let profile = "
name: few
system: hubspot
extends: professional
limits:
  - { id: associations_daily, size: { value: 2, source: this test, date: 2026-11-28 } }
";
    let world = still().profile_text(SystemName::Hubspot, "few.yaml", profile).start().await.unwrap();
    let two = Two::of(Portal::of(world)).await;
    two.batch(ROOTS[0].0, "read", json!([])).await.must(200);
    two.batch(ROOTS[1].0, "read", json!([])).await.must(200);
    let over = two.batch(ROOTS[0].0, "read", json!([])).await.must(429);
    assert_eq!(over.json()["policyName"], "DAILY");
    two.portal.client.get(CONTACTS).await.must(200);
    // US/Eastern is five hours behind in November; the world starts at midnight UTC.
    pass(&two.portal.world, "17999s").await;
    two.batch(ROOTS[0].0, "read", json!([])).await.must(429);
    pass(&two.portal.world, "1s").await;
    two.batch(ROOTS[0].0, "read", json!([])).await.must(200);
}
