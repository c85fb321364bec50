//! Every type of event, and what each carries.

use serde_json::{Value, json};
use sim::{Subscription, SystemName, World};

use super::receiver::Receiver;
use crate::support::{Client, pass, still};

/// A portal with a type of its own, and a receiver that is told of this.
struct Portal {
    world: World,
    client: Client,
    receiver: Receiver,
    boat: String,
    told: usize,
}

const RECORDS: &str = "/crm/v3/objects/";

impl Portal {
    async fn open() -> Self {
        let world = still().profile(SystemName::Hubspot, "enterprise").start().await.unwrap();
        let receiver = Receiver::pleased().await;
        let client = Client::hubspot(&world);
        let schema = json!({
            "name": "boat", "labels": {"singular": "Boat", "plural": "Boats"}, "primaryDisplayProperty": "title",
            "requiredProperties": [], "associatedObjects": ["CONTACT"],
            "properties": [{"name": "title", "label": "Title", "type": "string", "fieldType": "text"}],
        });
        let made = client.post("/crm/v3/schemas", &schema).await.must(201).json();
        let boat = made["objectTypeId"].as_str().unwrap().to_owned();
        Self { world, client, receiver, boat, told: 0 }
    }

    fn listen(&self, subscriptions: Value) {
        let subscriptions: Vec<Subscription> = serde_json::from_value(subscriptions).unwrap();
        self.world.webhooks(&self.receiver.url, &subscriptions).unwrap();
    }

    async fn made(&self, object_type: &str, properties: Value) -> String {
        let record = json!({"properties": properties});
        let made = self.client.post(&format!("{RECORDS}{object_type}"), &record).await.must(201).json();
        made["id"].as_str().unwrap().to_owned()
    }

    /// What was told since this was last asked.
    async fn told(&mut self) -> Vec<Value> {
        pass(&self.world, "10s").await;
        let events = self.receiver.events().split_off(self.told);
        self.told += events.len();
        events
    }
}

/// The words of an event without what tells its instant and its place.
fn short(event: &Value) -> String {
    let names = ["subscriptionType", "changeFlag", "propertyName", "propertyValue", "associationType"];
    let mut said: Vec<_> = names.iter().filter_map(|name| event[name].as_str()).collect();
    for (name, word) in [("associationRemoved", "removed"), ("isPrimaryAssociation", "primary")] {
        said.extend((event[name] == true).then_some(word));
    }
    said.join(" ")
}

fn all(kinds: &[&str]) -> Value {
    let of = ["contact", "company", "deal", "ticket", "product", "line_item"];
    let types = of.iter().flat_map(|of| kinds.iter().map(move |kind| format!("{of}.{kind}")));
    let known = types.filter(|name| name != "product.associationChange");
    known.map(|name| json!({"subscriptionType": name})).collect()
}

#[tokio::test]
async fn every_classic_type_tells_its_creation_deletion_and_restore() {
    let mut portal = Portal::open().await;
    portal.listen(all(&["creation", "deletion", "restore"]));
    for (plural, singular, properties) in [
        ("contacts", "contact", json!({"email": "kim@example.com"})),
        ("companies", "company", json!({"name": "Sail"})),
        ("deals", "deal", json!({"dealname": "One", "dealstage": "appointmentscheduled"})),
        ("tickets", "ticket", json!({"subject": "Leak", "hs_pipeline_stage": "1"})),
        ("products", "product", json!({"name": "Mast"})),
        ("line_items", "line_item", json!({"name": "Mast"})),
    ] {
        let id = portal.made(plural, properties).await;
        portal.client.delete(&format!("{RECORDS}{plural}/{id}")).await.must(204);
        portal.client.get(&format!("{RECORDS}{plural}/{id}")).await.must(404);
        portal.world.restore_records(plural, std::slice::from_ref(&id)).unwrap();
        portal.client.get(&format!("{RECORDS}{plural}/{id}")).await.must(200);
        let told: Vec<_> = portal.told().await.iter().map(short).collect();
        let wanted =
            ["creation CREATED", "deletion DELETED", "restore RESTORED"].map(|told| format!("{singular}.{told}"));
        assert_eq!(told, wanted);
    }
}

#[tokio::test]
async fn what_each_event_carries() {
    let mut portal = Portal::open().await;
    let boat = portal.boat.clone();
    let generic = |kind: &str| json!({"subscriptionType": format!("object.{kind}"), "objectTypeId": boat});
    let named = |kind: &str, name: &str| json!({"subscriptionType": kind, "propertyName": name});
    let mut wanted = all(&["creation", "deletion", "merge", "restore", "associationChange"]);
    let more = wanted.as_array_mut().unwrap();
    more.push(json!({"subscriptionType": "contact.privacyDeletion"}));
    more.push(named("contact.propertyChange", "firstname"));
    more.extend(["creation", "deletion", "restore", "associationChange"].map(generic));
    let mut title = generic("propertyChange");
    title["propertyName"] = json!("title");
    more.push(title);
    portal.listen(wanted);

    let kim = portal.made("contacts", json!({"email": "kim@example.com", "firstname": "Kim", "city": "Hobart"})).await;
    insta::assert_json_snapshot!("creation_and_property", portal.told().await);
    let sail = portal.made("companies", json!({"name": "Sail"})).await;
    portal.told().await;
    let tie = format!("/crm/v4/objects/contacts/{kim}/associations/default/companies/{sail}");
    portal.client.send(reqwest::Method::PUT, &tie, Some("application/json"), "").await.must(200);
    insta::assert_json_snapshot!("association", portal.told().await);
    let tied = format!("/crm/v4/objects/contacts/{kim}/associations/companies/{sail}");
    portal.client.delete(&tied).await.must(204);
    insta::assert_json_snapshot!("association_removed", portal.told().await);

    let lee = portal.made("contacts", json!({"email": "lee@example.com", "phone": "1", "city": "Perth"})).await;
    portal.told().await;
    let merge = json!({"primaryObjectId": kim, "objectIdToMerge": lee});
    let merged = portal.client.post("/crm/v3/objects/contacts/merge", &merge).await.must(200).json();
    insta::assert_json_snapshot!("merge", portal.told().await);
    let one = merged["id"].clone();
    portal.client.post("/crm/v3/objects/contacts/gdpr-delete", &json!({"objectId": one})).await.must(204);
    insta::assert_json_snapshot!("privacy_deletion", portal.told().await);

    let ann = portal.made("contacts", json!({"email": "ann@example.com"})).await;
    let boats = portal.boat.clone();
    portal.told().await;
    let swift = portal.made(&boats, json!({"title": "Swift"})).await;
    let tie = format!("/crm/v4/objects/{boats}/{swift}/associations/default/contacts/{ann}");
    portal.client.send(reqwest::Method::PUT, &tie, Some("application/json"), "").await.must(200);
    portal.client.delete(&format!("{RECORDS}{boats}/{swift}")).await.must(204);
    let name = portal.world.ready()["systems"]["hubspot"]["portal_id"].to_string();
    let name = format!("p{name}_boat");
    portal.world.restore_records(&name, &[swift]).unwrap();
    insta::assert_json_snapshot!("own_type", portal.told().await);
}

#[tokio::test]
async fn a_primary_association_tells_the_plain_one_too_and_takes_itself_from_another() {
    let mut portal = Portal::open().await;
    portal.listen(json!([
        {"subscriptionType": "contact.associationChange"}, {"subscriptionType": "company.associationChange"},
    ]));
    let kim = portal.made("contacts", json!({"email": "kim@example.com"})).await;
    let (sail, mast) =
        (portal.made("companies", json!({"name": "S"})).await, portal.made("companies", json!({"name": "M"})).await);
    let primary = json!([{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]).to_string();
    let mut told = Vec::new();
    for company in [&sail, &mast] {
        let tie = format!("/crm/v4/objects/contacts/{kim}/associations/companies/{company}");
        portal.client.send(reqwest::Method::PUT, &tie, Some("application/json"), primary.clone()).await.must(201);
        told.push(portal.told().await.iter().map(short).collect::<Vec<_>>());
    }
    let (contact, company) =
        ("contact.associationChange CONTACT_TO_COMPANY", "company.associationChange COMPANY_TO_CONTACT");
    let four = [format!("{contact} primary"), contact.to_owned(), format!("{company} primary"), company.to_owned()];
    assert_eq!(told[0], four);
    let mut freed = vec![format!("{contact} removed primary"), format!("{company} removed primary")];
    freed.extend(four);
    assert_eq!(told[1], freed);
}

#[tokio::test]
async fn two_of_a_type_are_told_of_twice_and_by_hand_as_a_user() {
    let mut portal = Portal::open().await;
    portal.listen(json!([{"subscriptionType": "contact.associationChange"}]));
    let kim = portal.made("contacts", json!({"email": "kim@example.com"})).await;
    let lee = portal.made("contacts", json!({"email": "lee@example.com"})).await;
    let tie = format!("/crm/v4/objects/contacts/{kim}/associations/default/contacts/{lee}");
    portal.client.send(reqwest::Method::PUT, &tie, Some("application/json"), "").await.must(200);
    let told = portal.told().await;
    let ends = |event: &Value| [&event["fromObjectId"], &event["toObjectId"]].map(ToString::to_string);
    assert_eq!(told.iter().map(ends).collect::<Vec<_>>(), [[kim.clone(), lee.clone()], [lee, kim]]);
    assert!(told.iter().all(|event| event["changeSource"] == "INTEGRATION" && event.get("objectId").is_none()));
}

#[tokio::test]
async fn what_is_sensitive_is_not_told_and_what_nobody_may_hear_of_stays_unheard() {
    let mut portal = Portal::open().await;
    let secret = json!({
        "name": "secret", "label": "Secret", "type": "string", "fieldType": "text",
        "groupName": "contactinformation", "dataSensitivity": "sensitive",
    });
    portal.client.post("/crm/v3/properties/contacts", &secret).await.must(201);
    portal.listen(json!([
        {"subscriptionType": "contact.propertyChange", "propertyName": "secret"},
        {"subscriptionType": "object.propertyChange", "objectTypeId": "0-49", "propertyName": "hs_email_subject"},
        {"subscriptionType": "object.propertyChange", "objectTypeId": "0-49", "propertyName": "hs_email_status"},
        {"subscriptionType": "conversation.creation"},
        {"subscriptionType": "event.completed"},
    ]));
    portal.made("contacts", json!({"email": "kim@example.com", "secret": "x"})).await;
    let email = json!({
        "hs_timestamp": "2026-11-20T00:00:00Z", "hs_email_subject": "Hi", "hs_email_status": "SENT",
        "hs_email_direction": "EMAIL",
    });
    portal.made("emails", email).await;
    let told = portal.told().await;
    let values: Vec<_> =
        told.iter().map(|event| (event["propertyValue"].clone(), event["isSensitive"].clone())).collect();
    assert_eq!(values, [(json!("REDACTED"), json!(true)), (json!("SENT"), json!(false))]);
}

#[tokio::test]
async fn what_comes_back_must_find_its_place_free() {
    let mut portal = Portal::open().await;
    let kim = portal.made("contacts", json!({"email": "kim@example.com"})).await;
    portal.world.archive(SystemName::Hubspot, "contacts", std::slice::from_ref(&kim)).unwrap();
    let other = portal.made("contacts", json!({"email": "kim@example.com"})).await;
    let refused = |ids: &[String]| portal.world.restore_records("contacts", ids).unwrap_err().to_string();
    let taken = format!("record {kim} cannot come back: {other} has its email `kim@example.com` now");
    assert_eq!(refused(std::slice::from_ref(&kim)), taken);
    assert_eq!(refused(&["7".to_owned()]), "there is no archived record 7");
    assert_eq!(portal.world.archived_records("contacts").unwrap().len(), 1);
    portal.client.delete(&format!("{RECORDS}contacts/{other}")).await.must(204);
    assert_eq!(portal.world.restore_records("contacts", std::slice::from_ref(&kim)).unwrap(), 1);
    let all = portal.client.get(&format!("{RECORDS}contacts")).await.must(200).json();
    assert_eq!(all["results"][0]["id"], json!(kim));
    portal.told().await;
}
