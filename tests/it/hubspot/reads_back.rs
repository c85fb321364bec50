//! Every write is seen by every other way of reading: read, list, batch read, search after the lag,
//! the journal's changes, and the records as stored.

use serde_json::{Value, json};
use sim::SystemName;
use sim::journal::{Actor, ChangeKind, Changed};

use super::{CONTACTS, Portal, ids};
use crate::support::{changes, pass};

/// What all ways of reading say of one contact's first name: the same, or none says anything.
async fn first_name(portal: &Portal, id: &str) -> Option<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of_list = |body: Value| {
        let records = body["results"].as_array().unwrap().clone();
        records.iter().find(|record| record["id"] == *id).map(|record| text(&record["properties"]["firstname"]))
    };
    let one = portal.one(id).await;
    let one = (one.status == 200).then(|| text(&one.json()["properties"]["firstname"]));
    let list = of_list(portal.client.get(&format!("{CONTACTS}?limit=100")).await.must(200).json());
    let batch = of_list(portal.batch("read", json!([{"id": id}])).await.json());
    pass(&portal.world, "3s").await;
    let filter = json!({"filters": [{"propertyName": "hs_object_id", "operator": "EQ", "value": id}]});
    let found = portal.client.post(&format!("{CONTACTS}/search"), &json!({"filterGroups": [filter]})).await.must(200);
    let stored = portal.world.records(SystemName::Hubspot, "contacts", 0, 1_000).unwrap().records;
    let stored = of_list(json!({"results": stored}));
    for other in [list, batch, of_list(found.json()), stored] {
        assert_eq!(other, one);
    }
    one
}

/// The last change in the journal.
fn last_change(portal: &Portal) -> (ChangeKind, String, Value) {
    let Changed { actor, exchange, change, record_type, id, values } = changes(&portal.world).pop().unwrap();
    assert_eq!((actor, record_type.as_str()), (Actor::Integration, "contacts"));
    assert!(exchange.is_some());
    (change, id, json!(values))
}

#[tokio::test]
async fn single_writes_are_seen_everywhere() {
    let portal = Portal::open().await;
    let id = portal.contact(json!({"email": "kim@example.test", "firstname": "Kim"})).await;
    let (change, of, values) = last_change(&portal);
    assert_eq!((change, of, &values["firstname"]), (ChangeKind::Created, id.clone(), &json!("Kim")));
    assert_eq!(first_name(&portal, &id).await.as_deref(), Some("Kim"));

    let path = format!("{CONTACTS}/{id}");
    portal
        .client
        .patch(&path, &json!({"properties": {"firstname": "Kay", "email": "kim@example.test"}}))
        .await
        .must(200);
    assert_eq!(last_change(&portal), (ChangeKind::Updated, id.clone(), json!({"firstname": "Kay"})));
    assert_eq!(first_name(&portal, &id).await.as_deref(), Some("Kay"));

    let booked = changes(&portal.world).len();
    portal.client.patch(&path, &json!({"properties": {"firstname": "Kay"}})).await.must(200);
    assert_eq!(changes(&portal.world).len(), booked, "nothing changed");

    portal.client.delete(&path).await.must(204);
    assert_eq!(last_change(&portal), (ChangeKind::Archived, id.clone(), json!({})));
    assert_eq!(first_name(&portal, &id).await, None);
    let booked = changes(&portal.world).len();
    portal.client.delete(&path).await.must(204);
    assert_eq!(changes(&portal.world).len(), booked, "it was archived already");
}

#[tokio::test]
async fn batch_writes_are_seen_everywhere() {
    let portal = Portal::open().await;
    let named = |email: &str, name: &str| json!({"properties": {"email": email, "firstname": name}});
    let created =
        portal.batch("create", json!([named("a@example.test", "A"), named("b@example.test", "B")])).await.must(201);
    let made = ids(&created);
    let kinds = |portal: &Portal| -> Vec<_> {
        changes(&portal.world).into_iter().map(|change| (change.change, change.id, change.exchange)).collect()
    };
    assert_eq!(kinds(&portal).len(), 2);
    assert_eq!(kinds(&portal)[0].2, kinds(&portal)[1].2, "both come of one call");
    assert_eq!(first_name(&portal, &made[1]).await.as_deref(), Some("B"));

    let updates =
        json!([{"id": made[0], "properties": {"firstname": "A2"}}, {"id": made[1], "properties": {"firstname": "B2"}}]);
    portal.batch("update", updates).await.must(200);
    assert_eq!(first_name(&portal, &made[0]).await.as_deref(), Some("A2"));
    assert_eq!(first_name(&portal, &made[1]).await.as_deref(), Some("B2"));

    let by = |email: &str, name: &str| json!({"id": email, "idProperty": "email", "properties": {"firstname": name}});
    let upserted =
        portal.batch("upsert", json!([by("a@example.test", "A3"), by("c@example.test", "C")])).await.must(200);
    let new = ids(&upserted).pop().unwrap();
    assert_eq!(first_name(&portal, &made[0]).await.as_deref(), Some("A3"));
    assert_eq!(first_name(&portal, &new).await.as_deref(), Some("C"));

    portal.batch("archive", json!([{"id": made[0]}, {"id": new}])).await.must(204);
    assert_eq!(first_name(&portal, &made[0]).await, None);
    assert_eq!(first_name(&portal, &new).await, None);
    assert_eq!(first_name(&portal, &made[1]).await.as_deref(), Some("B2"));
    let kinds: Vec<_> = kinds(&portal).into_iter().map(|(kind, id, _)| (kind, id)).collect();
    use ChangeKind::{Archived, Created, Updated};
    let expected = [
        (Created, &made[0]),
        (Created, &made[1]),
        (Updated, &made[0]),
        (Updated, &made[1]),
        (Updated, &made[0]),
        (Created, &new),
        (Archived, &made[0]),
        (Archived, &new),
    ];
    assert_eq!(kinds, expected.map(|(kind, id)| (kind, id.clone())));
}

#[tokio::test]
async fn what_the_tester_puts_in_is_read_as_any_other_record() {
    let portal = Portal::open().await;
    let put = |record: Value| portal.world.put(SystemName::Hubspot, "contacts", vec![record]);
    put(json!({"properties": {"email": "kim@example.test", "firstname": "Kim"}})).unwrap();
    let id = ids(&portal.client.get(CONTACTS).await).remove(0);
    assert_eq!(first_name(&portal, &id).await.as_deref(), Some("Kim"));
    let change = changes(&portal.world).pop().unwrap();
    assert_eq!((change.actor, change.exchange, change.id.as_str()), (Actor::Tester, None, &*id));
    let read = portal.one(&format!("{id}?properties=hs_object_source,hs_object_source_id")).await.json();
    assert_eq!(
        (&read["properties"]["hs_object_source"], &read["properties"]["hs_object_source_id"]),
        (&json!("CRM_UI"), &json!(null))
    );

    put(json!({"properties": {"email": "KIM@example.test", "firstname": "Kay"}})).unwrap();
    put(json!({"id": id, "properties": {"lastname": "Lee"}})).unwrap();
    assert_eq!((first_name(&portal, &id).await.as_deref(), portal.total().await), (Some("Kay"), 1));
    let error = portal.world.put(
        SystemName::Hubspot,
        "contacts",
        vec![json!({"properties": {"email": "lee@example.test"}}), json!({"properties": {"email": "nobody"}})],
    );
    assert!(error.unwrap_err().to_string().starts_with("record 1: Property values were not valid"));
    assert_eq!((portal.total().await, changes(&portal.world).len()), (1, 3), "all or none");
    portal.contact(json!({"email": "lee@example.test"})).await;
}

#[tokio::test]
async fn search_sees_a_write_within_one_to_three_seconds_and_the_rest_at_once() {
    let portal = Portal::open().await;
    let id = portal.contact(json!({"email": "kim@example.test"})).await;
    let found = async || ids(&portal.client.post(&format!("{CONTACTS}/search"), &json!({})).await.must(200));
    assert_eq!((found().await.len(), ids(&portal.client.get(CONTACTS).await).len()), (0, 1));
    pass(&portal.world, "999ms").await;
    assert_eq!(found().await.len(), 0);
    pass(&portal.world, "2001ms").await;
    let answer =
        portal.client.post(&format!("{CONTACTS}/search"), &json!({"query": "kim", "limit": 1})).await.must(200);
    let read = portal.one(&id).await.must(200);
    assert_eq!(answer.body, format!(r#"{{"total":1,"results":[{}]}}"#, read.body));
    let page = async |after: u64| {
        portal.contact(json!({"firstname": format!("n{after}")})).await;
        pass(&portal.world, "3s").await;
        portal.client.post(&format!("{CONTACTS}/search"), &json!({"limit": 1, "after": after})).await.must(200).json()
    };
    assert_eq!(page(0).await["paging"], json!({"next": {"after": "1"}}), "without a link");
    assert_eq!(page(2).await.get("paging"), None);
    let past = portal.client.post(&format!("{CONTACTS}/search"), &json!({"limit": 1, "after": 10_000})).await;
    super::refused(
        &past,
        400,
        r#"{"status":"error","message":"There was a problem with the request.","correlationId":"ID"}"#,
    );
}
