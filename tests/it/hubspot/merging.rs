//! Records that become one, and records that go for good (facts/hubspot-crm.md §2.10, §2.6).

use proptest::prelude::*;
use serde_json::{Value, json};
use sim::journal::ChangeKind;

use super::{CONTACTS, Portal};
use crate::support::{Answer, changes, pass, still};

async fn merge(portal: &Portal, of: &str, first: &str, other: &str) -> Answer {
    let body = json!({"primaryObjectId": first, "objectIdToMerge": other});
    portal.client.post(&format!("/crm/v3/objects/{of}/merge"), &body).await
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

#[tokio::test]
async fn two_records_become_one_and_are_found_by_all_their_ids() {
    let portal = Portal::open().await;
    let first = portal.contact(json!({"email": "ann@example.com", "firstname": "Ann"})).await;
    pass(&portal.world, "1h").await;
    let other = portal.contact(json!({"email": "bob@example.com", "firstname": "Bob", "city": "Hobart"})).await;
    let merged = merge(&portal, "contacts", &first, &other).await.must(200).json();
    let id = text(&merged["id"]).to_owned();
    assert!(id != first && id != other, "it has an id of its own");
    let properties = &merged["properties"];
    assert_eq!([&properties["firstname"], &properties["city"]], ["Ann", "Hobart"]);
    assert_eq!(properties["hs_merged_object_ids"], format!("{first};{other}"));
    assert_eq!(properties["hs_all_contact_vids"], format!("{id};{first};{other}"));
    assert_eq!(merged["createdAt"], "2026-11-20T00:00:00Z");
    for old in [&first, &other] {
        assert_eq!(portal.one(old).await.must(200).json()["id"], *id);
        portal.client.patch(&format!("{CONTACTS}/{old}"), &json!({"properties": {"zip": "7000"}})).await.must(200);
        let archived = portal.client.get(&format!("{CONTACTS}/{old}?archived=true")).await;
        assert_eq!(archived.status, 404, "it is not archived");
    }
    let history = portal.client.get(&format!("{CONTACTS}/{id}?propertiesWithHistory=firstname")).await.must(200).json();
    let names: Vec<_> = history["propertiesWithHistory"]["firstname"].as_array().unwrap().iter().collect();
    assert_eq!(names.iter().map(|one| text(&one["value"])).collect::<Vec<_>>(), ["Ann", "Bob"]);
    let batch = portal.batch("update", json!([{"id": other, "properties": {"zip": "7001"}}])).await.must(207).json();
    assert_eq!(batch["errors"][0]["context"]["ids"], json!([other]));
    let listed = portal.client.get(CONTACTS).await.must(200).json();
    assert_eq!(listed["results"].as_array().unwrap().len(), 1);
    pass(&portal.world, "10s").await;
    let found = portal.client.post(&format!("{CONTACTS}/search"), &json!({})).await.must(200).json();
    assert_eq!((found["total"].as_u64(), text(&found["results"][0]["id"])), (Some(1), id.as_str()));
    let kinds: Vec<_> =
        changes(&portal.world).iter().map(|change| (change.change, change.id.clone())).skip(2).take(3).collect();
    let absorbed = |id: &String| (ChangeKind::Absorbed, id.clone());
    assert_eq!(kinds, [absorbed(&first), absorbed(&other), (ChangeKind::Merged, id.clone())]);

    // And once more, with what came of it.
    let third = portal.contact(json!({"email": "cat@example.com"})).await;
    let again = merge(&portal, "contacts", &third, &other).await.must(200).json();
    assert_eq!(again["properties"]["hs_merged_object_ids"], format!("{first};{other};{third};{id}"));
    assert_eq!(portal.one(&first).await.must(200).json()["id"], again["id"]);
}

#[tokio::test]
async fn an_additional_address_is_as_good_as_the_first() {
    let portal = Portal::open().await;
    let first = portal.contact(json!({"email": "ann@example.com"})).await;
    let other = portal.contact(json!({"email": "bob@example.com"})).await;
    let merged = merge(&portal, "contacts", &first, &other).await.must(200).json();
    let id = text(&merged["id"]);
    assert_eq!(merged["properties"]["hs_additional_emails"], "bob@example.com");
    for address in ["ann@example.com", "BOB@example.com"] {
        let found = portal.client.get(&format!("{CONTACTS}/{address}?idProperty=email")).await.must(200).json();
        assert_eq!(found["id"], id);
        let taken = portal.client.post(CONTACTS, &json!({"properties": {"email": address}})).await.must(409).json();
        assert_eq!(taken["message"], format!("Contact already exists. Existing ID: {id}"));
    }
    let inputs = json!([{"id": "bob@example.com", "idProperty": "email", "properties": {"city": "Hobart"}}]);
    let upserted = portal.batch("upsert", inputs).await.must(200).json();
    assert_eq!((&upserted["results"][0]["id"], &upserted["results"][0]["new"]), (&json!(id), &json!(false)));
    let sent = json!({"properties": {"hs_additional_emails": "cat@example.com"}});
    let refused = portal.client.patch(&format!("{CONTACTS}/{id}"), &sent).await.must(400).json();
    assert_eq!(refused["errors"][0]["code"], "READ_ONLY_VALUE");
    // Archived, it gives them all back.
    portal.client.delete(&format!("{CONTACTS}/{id}")).await.must(204);
    portal.contact(json!({"email": "bob@example.com"})).await;
}

#[tokio::test]
async fn a_record_without_an_address_takes_over_all_of_the_others() {
    let portal = Portal::open().await;
    let (ann, bob) = (
        portal.contact(json!({"email": "ann@example.com"})).await,
        portal.contact(json!({"email": "bob@example.com"})).await,
    );
    let both = text(&merge(&portal, "contacts", &ann, &bob).await.must(200).json()["id"]).to_owned();
    let nameless = portal.contact(json!({"firstname": "Cat"})).await;
    let all = merge(&portal, "contacts", &nameless, &both).await.must(200).json();
    assert_eq!(
        [&all["properties"]["email"], &all["properties"]["hs_additional_emails"]],
        ["ann@example.com", "bob@example.com"]
    );
    let found = portal.client.get(&format!("{CONTACTS}/bob@example.com?idProperty=email")).await.must(200).json();
    assert_eq!(found["id"], all["id"]);
    // What the other address says is not the contact's own.
    let leave = "/communication-preferences/v4/statuses/bob@example.com/unsubscribe-all?channel=EMAIL";
    portal.client.send(reqwest::Method::POST, leave, None, "").await.must(200);
    let shown = portal
        .client
        .get(&format!("{CONTACTS}/{}?properties=hs_email_optout", text(&all["id"])))
        .await
        .must(200)
        .json();
    assert_eq!(shown["properties"]["hs_email_optout"], Value::Null);
}

#[tokio::test]
async fn what_cannot_be_merged_is_left_alone() {
    let portal = Portal::open().await;
    let id = portal.contact(json!({"email": "ann@example.com"})).await;
    for (first, other, status) in
        [(&*id, &*id, 400), (&id, "99", 404), ("99", &id, 404), (&id, "x", 404), (&id, "", 400)]
    {
        let refused = merge(&portal, "contacts", first, other).await;
        assert_eq!(refused.status, status, "{first} {other}: {}", refused.body);
    }
    let product = portal.client.post("/crm/v3/objects/products", &json!({"properties": {"name": "A"}})).await.must(201);
    let product = text(&product.json()["id"]).to_owned();
    assert_eq!(
        merge(&portal, "products", &product, &product).await.must(404).header("content-type"),
        Some("text/html;charset=utf-8")
    );
    assert_eq!(portal.one(&id).await.must(200).json()["id"], *id);
}

#[tokio::test]
async fn more_identities_than_a_profile_may_have_are_414() {
    let portal = Portal::open().await;
    let made = async |count: usize| {
        let inputs: Vec<_> = (0..count).map(|_| json!({"properties": {"name": "A"}})).collect();
        let batch =
            portal.client.post("/crm/v3/objects/companies/batch/create", &json!({"inputs": inputs})).await.must(201);
        batch.json()["results"].as_array().unwrap().iter().map(|one| text(&one["id"]).to_owned()).collect::<Vec<_>>()
    };
    // Each merge brings the id of the one before along, so that it takes half as many merges.
    let ids = [made(100).await, made(30).await].concat();
    let mut kept = ids[0].clone();
    let mut refused = None;
    for (place, other) in ids[1..].iter().enumerate() {
        if place % 100 == 99 {
            pass(&portal.world, "11s").await;
        }
        let merged = merge(&portal, "companies", &kept, other).await;
        if merged.status != 200 {
            refused = Some((place, merged));
            break;
        }
        kept = text(&merged.json()["id"]).to_owned();
    }
    let (place, refused) = refused.expect("there is an end to it");
    assert_eq!((place, refused.status), (125, 414));
    assert_eq!(refused.json()["message"], "Cannot have more than 250 identities on a profile");
}

#[tokio::test]
async fn a_merged_record_has_the_associations_of_both() {
    let portal = Portal::open().await;
    let tie = async |contact: &str, company: &str, primary: bool| {
        let path = format!("/crm/v4/objects/contacts/{contact}/associations");
        if primary {
            let body = json!([{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]);
            let path = format!("{path}/companies/{company}");
            portal.client.send(reqwest::Method::PUT, &path, Some("application/json"), body.to_string()).await.must(201);
        } else {
            let path = format!("{path}/default/companies/{company}");
            portal.client.send(reqwest::Method::PUT, &path, None, "").await.must(200);
        }
    };
    let company = async |name: &str| {
        let made =
            portal.client.post("/crm/v3/objects/companies", &json!({"properties": {"name": name}})).await.must(201);
        text(&made.json()["id"]).to_owned()
    };
    let (first, other) = (
        portal.contact(json!({"email": "a@example.com"})).await,
        portal.contact(json!({"email": "b@example.com"})).await,
    );
    let (one, two) = (company("One").await, company("Two").await);
    tie(&first, &one, true).await;
    tie(&other, &two, true).await;
    let merged = merge(&portal, "contacts", &first, &other).await.must(200).json();
    let path = format!("/crm/v4/objects/contacts/{}/associations/companies", text(&merged["id"]));
    let ties = portal.client.get(&path).await.must(200).json();
    let labels = |id: &str| {
        let tie = ties["results"]
            .as_array()
            .unwrap()
            .iter()
            .find(|tie| tie["toObjectId"].as_u64() == id.parse().ok())
            .unwrap();
        tie["associationTypes"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|of| of["label"].as_str())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!((labels(&one), labels(&two)), (vec!["Primary".to_owned()], vec![]));
    portal.client.delete(&format!("{CONTACTS}/{}", text(&merged["id"]))).await.must(204);
    let back =
        portal.client.get(&format!("/crm/v4/objects/companies/{one}/associations/contacts")).await.must(200).json();
    assert_eq!(back["results"], json!([]), "an archived record is tied to nothing that shows");
}

#[tokio::test]
async fn a_record_deleted_for_privacy_is_nowhere() {
    let portal = Portal::open().await;
    let forget = async |body: Value| portal.client.post(&format!("{CONTACTS}/gdpr-delete"), &body).await;
    let by_id = portal.contact(json!({"email": "ann@example.com"})).await;
    let by_address = portal.contact(json!({"email": "bob@example.com"})).await;
    let archived = portal.contact(json!({"email": "cat@example.com"})).await;
    portal.client.delete(&format!("{CONTACTS}/{archived}")).await.must(204);
    forget(json!({"objectId": by_id})).await.must(204);
    forget(json!({"objectId": "BOB@example.com", "idProperty": "email"})).await.must(204);
    forget(json!({"objectId": archived})).await.must(204);
    forget(json!({"objectId": "nobody@example.com", "idProperty": "email"})).await.must(204);
    for id in [&by_id, &by_address, &archived] {
        for query in ["", "?archived=true"] {
            portal.client.get(&format!("{CONTACTS}/{id}{query}")).await.must(404);
        }
    }
    pass(&portal.world, "10s").await;
    let found = portal.client.post(&format!("{CONTACTS}/search"), &json!({})).await.must(200).json();
    assert_eq!(found["total"], 0);
    assert_eq!(changes(&portal.world).iter().filter(|change| change.change == ChangeKind::Deleted).count(), 3);
    for (body, status) in
        [(json!({}), 400), (json!({"objectId": "x"}), 404), (json!({"objectId": "x", "idProperty": "city"}), 400)]
    {
        assert_eq!(forget(body.clone()).await.status, status, "{body}");
    }
}

#[tokio::test]
async fn a_taken_value_is_told_with_both_records() {
    let portal = Portal::open().await;
    let products = "/crm/v3/objects/products";
    let product = |sku: &str| json!({"properties": {"name": "A", "hs_sku": sku}});
    let make =
        async |sku: &str| text(&portal.client.post(products, &product(sku)).await.must(201).json()["id"]).to_owned();
    let (first, second) = (make("A-1").await, make("A-2").await);
    let told = |own: &str| {
        let portal = portal.id();
        format!(
            "Cannot set PropertyValueCoordinates{{portalId={portal}, objectTypeId=ObjectTypeId{{legacyObjectType=PRODUCT}}, \
             propertyName=hs_sku, value=A-1}} on {own}. {first} already has that value."
        )
    };
    let update = portal.client.patch(&format!("{products}/{second}"), &product("A-1")).await.must(400).json();
    assert_eq!((text(&update["message"]), text(&update["category"])), (told(&second).as_str(), "VALIDATION_ERROR"));
    let create = portal.client.post(products, &product("A-1")).await.must(400).json();
    let own = text(&create["message"]).split(" on ").nth(1).unwrap().split('.').next().unwrap().to_owned();
    assert_eq!(text(&create["message"]), told(&own));
    portal.client.get(&format!("{products}/{own}")).await.must(404);
    assert!(make("A-3").await.parse::<u64>().unwrap() > own.parse().unwrap(), "no other record gets that id");
    let inputs = json!({"inputs": [{"objectWriteTraceId": "t1", "properties": {"name": "B", "hs_sku": "A-1"}}]});
    let batch = portal.client.post(&format!("{products}/batch/create"), &inputs).await.must(207).json();
    assert_eq!(batch["errors"][0]["context"]["existingId"], json!([first]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is merged with whatever: each id leads to the record that its values are in, and no address is lost.
    #[test]
    fn merges_lose_no_id_and_no_address(merges in prop::collection::vec((0..6_usize, 0..6_usize), 1..8)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let portal = Portal::of(still().start().await.unwrap());
            let mut ids = Vec::new();
            for n in 0..6 {
                ids.push(portal.contact(json!({"email": format!("p{n}@example.com")})).await);
            }
            // Which of six groups each of them is in, by our own reckoning.
            let mut group: Vec<usize> = (0..6).collect();
            for (a, b) in merges {
                let answer = merge(&portal, "contacts", &ids[a], &ids[b]).await;
                assert_eq!(answer.status, if group[a] == group[b] { 400 } else { 200 });
                let (kept, gone) = (group[a], group[b]);
                group.iter_mut().filter(|of| **of == gone).for_each(|of| *of = kept);
            }
            let mut now = Vec::new();
            for (n, id) in ids.iter().enumerate() {
                let by_id = portal.one(id).await.must(200).json();
                let by_address = portal.client.get(&format!("{CONTACTS}/p{n}@example.com?idProperty=email")).await.must(200).json();
                assert_eq!(by_id["id"], by_address["id"]);
                now.push(by_id["id"].clone());
            }
            for a in 0..6 {
                for b in 0..6 {
                    assert_eq!(now[a] == now[b], group[a] == group[b], "{a} and {b}");
                }
            }
        });
    }
}
