//! The journal that an app fetches itself: facts/hubspot-limits-webhooks-auth.md §7.

use reqwest::Method;
use serde_json::{Value, json};
use sim::SystemName;

use super::oauth::Installed;
use super::{CONTACTS, Portal, refused};
use crate::support::{Client, pass, still};

const EDITIONS: [&str; 4] = ["v4", "2026-03", "2026-09", "2027-03-beta"];
pub(super) const ALL: &str = "developer.webhooks_journal.read developer.webhooks_journal.subscriptions.read \
                   developer.webhooks_journal.subscriptions.write developer.webhooks_journal.snapshots.write";

/// An installed app with a token of its own.
pub(super) struct Reader {
    pub(super) app: Installed,
    pub(super) own: Client,
    edition: &'static str,
}

impl Reader {
    pub(super) async fn open(edition: &'static str) -> Self {
        Self::of(Installed::open().await, edition).await
    }

    pub(super) async fn of(app: Installed, edition: &'static str) -> Self {
        let own = app.nobody.bearing(&token(&app, ALL).await);
        Self { app, own, edition }
    }

    pub(super) fn path(&self, api: &str, rest: &str) -> String {
        format!("/webhooks-journal/{api}/{}{rest}", self.edition)
    }

    fn of_portal(&self, body: Value) -> Value {
        let mut body = body;
        body["portalId"] = self.app.portal.id().parse::<u64>().unwrap().into();
        body
    }

    async fn subscribe(&self, body: Value) -> Value {
        let body = self.of_portal(body);
        self.own.post(&self.path("subscriptions", ""), &body).await.must(200).json()
    }

    /// Of contacts, all that may happen to them.
    pub(super) async fn contacts(&self) -> Value {
        let actions = json!(["CREATE", "UPDATE", "DELETE", "MERGE", "RESTORE", "SNAPSHOT"]);
        self.subscribe(json!({"subscriptionType": "OBJECT", "objectTypeId": "0-1", "actions": actions})).await
    }

    pub(super) async fn pass(&self, span: &str) {
        pass(&self.app.portal.world, span).await;
    }

    /// A pointer's file.
    pub(super) async fn file(&self, pointer: &Value) -> Value {
        let url = pointer["url"].as_str().unwrap();
        self.app.nobody.get(url.strip_prefix(&self.app.nobody.base).unwrap()).await.must(200).json()
    }

    /// Reads the journal from its beginning, file by file.
    async fn events(&self) -> Vec<Value> {
        let mut events = Vec::new();
        let mut answer = self.own.get(&self.path("journal", "/earliest")).await;
        while answer.status != 204 {
            let pointer = answer.must(200).json();
            let file = self.file(&pointer).await;
            assert_eq!(file["offset"], pointer["currentOffset"]);
            events.extend(file["journalEvents"].as_array().unwrap().iter().cloned());
            let offset = pointer["currentOffset"].as_str().unwrap();
            answer = self.own.get(&self.path("journal", &format!("/offset/{offset}/next"))).await;
        }
        assert_eq!(answer.body, "");
        events
    }
}

pub(super) async fn token(app: &Installed, scopes: &str) -> String {
    let asked = [("grant_type", "client_credentials"), ("scope", scopes)];
    let told = app.token("v1", &asked).await.must(200).json();
    let scopes: Vec<_> = scopes.split_whitespace().collect();
    assert_eq!(told["scopes"], json!(scopes), "as they were asked for");
    told["access_token"].as_str().unwrap().to_owned()
}

fn words(events: &[Value]) -> Vec<String> {
    let word = |event: &Value| format!("{} {} {}", event["action"], event["objectId"], event["propertyChanges"]);
    events.iter().map(|event| word(event).replace('"', "")).collect()
}

#[tokio::test]
async fn events_come_in_files_in_their_order_and_each_once_on_every_edition() {
    for edition in EDITIONS {
        let reader = Reader::open(edition).await;
        let (own, portal) = (&reader.own, &reader.app.portal);
        assert_eq!(own.get(&reader.path("journal", "/earliest")).await.must(204).body, "");
        portal.contact(json!({"email": "before@example.com"})).await;
        let subscribed = reader.contacts().await;
        assert_eq!(subscribed["subscriptionType"], "OBJECT");
        let ann = portal.contact(json!({"email": "ann@example.com", "firstname": "Ann"})).await;
        let record = format!("{CONTACTS}/{ann}");
        portal.client.patch(&record, &json!({"properties": {"firstname": ""}})).await.must(200);
        assert_eq!(own.get(&reader.path("journal", "/latest")).await.status, 204, "its file is not published yet");
        reader.pass("1s").await;
        portal.client.patch(&record, &json!({"properties": {"lastname": "Lee"}})).await.must(200);
        portal.client.delete(&record).await.must(204);
        reader.pass("1s").await;
        let events = reader.events().await;
        let all = [
            format!(
                "CREATE {ann} {{email:ann@example.com,firstname:Ann,hs_marketable_status:false,hs_marketable_until_renewal:false,hs_pipeline:contacts-lifecycle-pipeline,lifecyclestage:lead}}"
            ),
            format!("UPDATE {ann} {{firstname:null}}"),
            format!("UPDATE {ann} {{lastname:Lee}}"),
            format!("DELETE {ann} null"),
        ];
        assert_eq!(words(&events), all);
        let created = &events[0];
        let members: Vec<_> = created.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = ["type", "portalId", "occurredAt", "action", "objectTypeId", "objectId", "propertyChanges"];
        assert_eq!(members, expected);
        assert_eq!((&created["type"], &created["occurredAt"]), (&json!("crmObject"), &json!("2026-11-20T00:00:00Z")));
        // Two files, by the latest and by batches.
        let latest = own.get(&reader.path("journal", "/latest")).await.must(200).json();
        assert_eq!(reader.file(&latest).await["publishedAt"], "2026-11-20T00:00:02Z");
        assert_eq!(latest["expiresAt"], "2026-11-20T01:00:02Z");
        let batch = async |rest: &str| {
            let told = own.get(&reader.path("journal-local", &format!("/batch{rest}"))).await.must(200).json();
            assert_eq!(told["status"], "COMPLETE");
            told["results"].as_array().unwrap().iter().map(|one| one["currentOffset"].clone()).collect::<Vec<_>>()
        };
        let both = batch("/earliest/5").await;
        let [first, second] = [0, 1].map(|place| both[place].as_str().unwrap());
        assert_eq!(json!(second), latest["currentOffset"]);
        assert_eq!(batch("/latest/1").await, [json!(second)]);
        assert_eq!(batch(&format!("/{first}/next/5")).await, [json!(second)]);
        assert_eq!(batch(&format!("/{second}/next/5")).await, Vec::<Value>::new());
        assert_eq!(batch("/earliest/5?installPortalId=1").await, Vec::<Value>::new(), "of another account");
        assert_eq!(batch(&format!("/earliest/5?installPortalId={}", portal.id())).await.len(), 2);
        let read = reader.path("journal", "/batch/read");
        let unknown = "550e8400-e29b-41d4-a716-446655440000";
        assert_eq!(
            own.post(&read, &json!({"inputs": [first]})).await.must(200).json()["results"][0]["currentOffset"],
            first
        );
        let part = own.post(&read, &json!({"inputs": [unknown, second]})).await.must(207).json();
        assert_eq!((&part["numErrors"], &part["errors"][0]["context"]["offset"][0]), (&json!(1), &json!(unknown)));
        own.get(&reader.path("journal", &format!("/offset/{unknown}/next"))).await.must(404);
    }
}

#[tokio::test]
async fn a_file_closes_when_it_has_as_much_as_it_may() {
    for figure in ["journal_file_events_max: { value: 2,", "journal_file_bytes_max: { value: 600,"] {
        let profile = format!(
            "name: few\nsystem: hubspot\nextends: free\nsettings:\n  {figure} source: this test, date: 2026-11-28 }}\n"
        );
        let world = still().profile_text(SystemName::Hubspot, "few.yaml", profile).start().await;
        let reader = Reader::of(Installed::of(Portal::of(world.unwrap())), "2026-03").await;
        reader.contacts().await;
        for n in 0..3 {
            reader.app.portal.contact(json!({"email": format!("{n}.{}@example.com", "x".repeat(200))})).await;
        }
        let all = reader.path("journal", "/batch/earliest/9");
        let told = reader.own.get(&all).await.must(200).json();
        assert_eq!(told["results"].as_array().unwrap().len(), 1, "{figure} it is full, and no time has passed");
        let file = reader.file(&told["results"][0]).await;
        assert_eq!(file["journalEvents"].as_array().unwrap().len(), 2, "{figure}");
        reader.pass("1s").await;
        assert_eq!(reader.events().await.len(), 3);
    }
}

#[tokio::test]
async fn files_are_gone_after_three_days_and_their_addresses_after_an_hour() {
    let reader = Reader::open("2026-03").await;
    reader.contacts().await;
    let first = reader.app.portal.contact(json!({"email": "a@example.com"})).await;
    reader.pass("1s").await;
    let pointer = reader.own.get(&reader.path("journal", "/earliest")).await.must(200).json();
    let url = pointer["url"].as_str().unwrap().strip_prefix(&reader.own.base).unwrap().to_owned();
    let nobody = &reader.app.nobody;
    nobody.get(&url).await.must(200);
    let forged = nobody.get(&url.replace("Expires=1", "Expires=2")).await.must(403);
    assert!(forged.body.contains("<Code>SignatureDoesNotMatch</Code>"), "{}", forged.body);
    reader.pass("1h").await;
    let over = nobody.get(&url).await.must(403);
    assert!(over.body.contains("<Code>AccessDenied</Code><Message>Request has expired</Message>"), "{}", over.body);
    assert_eq!(over.header("content-type"), Some("application/xml"));
    reader.pass("70h").await;
    let second = reader.app.portal.contact(json!({"email": "b@example.com"})).await;
    reader.pass("1s").await;
    let own = nobody.bearing(&token(&reader.app, ALL).await);
    let reader = Reader { own, ..reader };
    let of = |events: &[Value]| events.iter().map(|event| event["objectId"].to_string()).collect::<Vec<_>>();
    assert_eq!(of(&reader.events().await), [first, second.clone()]);
    reader.pass("3599s").await;
    let own = reader.app.nobody.bearing(&token(&reader.app, ALL).await);
    let reader = Reader { own, ..reader };
    assert_eq!(of(&reader.events().await), [second], "three days are over since the first was published");
    let offset = pointer["currentOffset"].as_str().unwrap();
    reader.own.get(&reader.path("journal", &format!("/offset/{offset}/next"))).await.must(404);
}

#[tokio::test]
async fn subscriptions_say_what_is_told() {
    let reader = Reader::open("2026-03").await;
    let subscriptions = reader.path("subscriptions", "");
    let portal = &reader.app.portal;
    let ann = portal.contact(json!({"email": "ann@example.com"})).await;
    let bob = portal.contact(json!({"email": "bob@example.com"})).await;
    let only: u64 = ann.parse().unwrap();
    let wanted = json!({
        "subscriptionType": "OBJECT", "objectTypeId": "0-1", "actions": ["UPDATE"], "properties": ["lastname"],
        "objectIds": [only],
    });
    let made = reader.subscribe(wanted.clone()).await;
    let set = async |id: &str, properties: Value| {
        portal.client.patch(&format!("{CONTACTS}/{id}"), &json!({"properties": properties})).await.must(200);
    };
    set(&ann, json!({"firstname": "Ann", "lastname": "Lee"})).await;
    set(&ann, json!({"firstname": "Anna"})).await;
    set(&bob, json!({"lastname": "Ray"})).await;
    portal.client.delete(&format!("{CONTACTS}/{ann}")).await.must(204);
    reader.pass("1s").await;
    assert_eq!(words(&reader.events().await), [format!("UPDATE {ann} {{lastname:Lee}}")]);
    // The same again changes what there is.
    let mut other = wanted;
    other["objectIds"] = json!([]);
    let again = reader.subscribe(other).await;
    assert_eq!((&again["id"], &again["createdAt"]), (&made["id"], &made["createdAt"]));
    assert_eq!(again["updatedAt"], "2026-11-20T00:00:01Z");
    let listed = reader.own.get(&subscriptions).await.must(200).json();
    assert_eq!(listed, json!({"results": [again]}));
    let one = format!("{subscriptions}/{}", made["id"]);
    assert_eq!(reader.own.get(&one).await.must(200).json(), again);
    reader.own.delete(&one).await.must(204);
    reader.own.get(&one).await.must(404);
    reader.own.delete(&one).await.must(404);
    set(&bob, json!({"lastname": "Roy"})).await;
    reader.contacts().await;
    reader.own.delete(&format!("{subscriptions}/portals/{}", portal.id())).await.must(204);
    assert_eq!(reader.own.get(&subscriptions).await.must(200).json(), json!({"results": []}));
    set(&bob, json!({"lastname": "Rod"})).await;
    reader.pass("1s").await;
    assert_eq!(reader.events().await.len(), 1, "nobody wanted to be told");
}

#[tokio::test]
async fn filters_let_through_the_records_that_they_hold_of() {
    let reader = Reader::open("2027-03-beta").await;
    let filters = reader.path("subscriptions", "/filters");
    let of = reader.contacts().await["id"].clone();
    let condition = |operator: &str, value: &str| json!({"filterType": "CRM_OBJECT_PROPERTY", "property": "lastname", "operator": operator, "value": value});
    let portal = &reader.app.portal;
    for (n, (operator, value, passes)) in [
        ("EQ", "Lee", "Lee"),
        ("N_EQ", "Ray", "Lee"),
        ("CONTAINS", "ee", "Lee"),
        ("STARTS_WITH", "L", "Lee"),
        ("ENDS_WITH", "y", "Ray"),
        ("GT", "M", "Ray"),
        ("GTE", "Ray", "Ray"),
        ("LT", "M", "Lee"),
        ("LTE", "Lee", "Lee"),
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({"subscriptionId": of, "filter": {"conditions": [condition(operator, value)]}});
        let made = reader.own.post(&filters, &body).await.must(200).json();
        let before = reader.events().await.len();
        for name in ["Lee", "Ray"] {
            portal.contact(json!({"email": format!("{name}{n}@example.com"), "lastname": name})).await;
        }
        reader.pass("1s").await;
        let told = reader.events().await.split_off(before);
        assert_eq!(told.len(), 1, "{operator} {value}");
        assert_eq!(told[0]["propertyChanges"]["lastname"], passes, "{operator} {value}");
        let one = format!("{filters}/{}", made["filterId"]);
        let shown = reader.own.get(&one).await.must(200).json();
        assert_eq!(shown["filter"], json!({"conditions": [condition(operator, value)]}));
        assert_eq!(shown["id"], made["filterId"]);
        assert_eq!(reader.own.get(&format!("{filters}/subscription/{of}")).await.must(200).json(), json!([shown]));
        reader.own.delete(&one).await.must(204);
        reader.own.get(&one).await.must(404);
    }
}

#[tokio::test]
async fn associations_privacy_merges_and_the_apps_own_coming_and_going_are_told() {
    let reader = Reader::open("2026-03").await;
    let portal = &reader.app.portal;
    reader.contacts().await;
    let ties = json!(["ASSOCIATION_ADDED", "ASSOCIATION_REMOVED"]);
    let to = json!(["0-2"]);
    reader
        .subscribe(json!({"subscriptionType": "ASSOCIATION", "objectTypeId": "0-1", "actions": ties, "associatedObjectTypeIds": to}))
        .await;
    let gone = json!(["GDPR_DELETE"]);
    reader
        .subscribe(json!({"subscriptionType": "GDPR_PRIVACY_DELETION", "objectTypeId": "0-1", "actions": gone}))
        .await;
    let leaves = json!({"subscriptionType": "APP_LIFECYCLE_EVENT", "eventTypeId": "4-1916193", "properties": []});
    let made = reader.own.post(&reader.path("subscriptions", ""), &leaves).await.must(200).json();
    assert_eq!(made["eventTypeId"], "4-1916193");
    let (ann, bob) = (
        portal.contact(json!({"email": "ann@example.com"})).await,
        portal.contact(json!({"email": "bob@example.com"})).await,
    );
    let company = json!({"properties": {"name": "Acme"}});
    let company = portal.client.post("/crm/v3/objects/companies", &company).await.must(201).json();
    let company = company["id"].as_str().unwrap();
    let tie = format!("/crm/v4/objects/contacts/{ann}/associations/default/companies/{company}");
    portal.client.send(Method::PUT, &tie, None, "").await.must(200);
    let merge = json!({"primaryObjectId": ann, "objectIdToMerge": bob});
    let merged = portal.client.post(&format!("{CONTACTS}/merge"), &merge).await.must(200).json();
    let forget = json!({"objectId": merged["id"]});
    portal.client.post(&format!("{CONTACTS}/gdpr-delete"), &forget).await.must(204);
    let installed = reader.app.access_token().await;
    reader.app.nobody.bearing(&installed).delete("/appinstalls/v3/external-install").await.must(204);
    reader.pass("1s").await;
    // The app's own token went with the rest.
    let own = reader.app.nobody.bearing(&token(&reader.app, ALL).await);
    let reader = Reader { own, ..reader };
    let events = reader.events().await;
    let told: Vec<_> = events.iter().map(|event| event["action"].as_str().unwrap()).collect();
    let tied = |event: &&Value| event["action"] == "ASSOCIATION_ADDED";
    let first = events.iter().find(tied).unwrap();
    assert_eq!((&first["fromObjectId"].to_string(), &first["toObjectId"].to_string()[..]), (&ann, company));
    let rest: Vec<_> = told.into_iter().filter(|action| !action.starts_with("ASSOCIATION")).collect();
    assert_eq!(rest, ["CREATE", "CREATE", "MERGE", "DELETE", "GDPR_DELETE", "APP_UNINSTALL"]);
    let merge = events.iter().find(|event| event["action"] == "MERGE").unwrap();
    assert!(merge["mergedObjectIds"].to_string().contains(&bob), "{merge}");
    let left = events.last().unwrap();
    assert_eq!((&left["type"], &left["eventTypeId"]), (&json!("app_lifecycle_event"), &json!("4-1916193")));
    assert_eq!(left["properties"]["hs_app_install_level"], "PORTAL");
}

#[tokio::test]
async fn a_snapshot_is_told_in_the_journal_and_has_a_status() {
    let reader = Reader::open("2026-03").await;
    let ann = reader.app.portal.contact(json!({"email": "ann@example.com", "firstname": "Ann"})).await;
    let of = |id: u64| {
        reader.of_portal(json!({"objectId": id, "objectTypeId": "0-1", "properties": ["firstname", "lastname"]}))
    };
    let asked = json!({"snapshotRequests": [of(ann.parse().unwrap()), of(7)]});
    let told = reader.own.post(&reader.path("snapshots", "/crm"), &asked).await.must(200).json();
    let told = told["snapshotResponses"].as_array().unwrap().clone();
    assert_eq!(told[0]["objectId"].to_string(), ann);
    let status = async |place: usize, api: &str| {
        let id = told[place]["snapshotStatusId"].as_str().unwrap();
        reader.own.get(&reader.path(api, &format!("/status/{id}"))).await.must(200).json()
    };
    assert_eq!(status(0, "journal").await["status"], "IN_PROGRESS");
    reader.pass("1s").await;
    let done = status(0, "journal-local").await;
    assert_eq!((&done["status"], &done["completedAt"]), (&json!("SUCCESS"), &json!(1_795_132_801_000_i64)));
    assert_eq!(status(1, "journal").await["errorCode"], "VALIDATION_ERROR");
    assert_eq!(words(&reader.events().await), [format!("SNAPSHOT {ann} {{firstname:Ann,lastname:null}}")]);
}

#[tokio::test]
async fn only_the_apps_own_token_opens_the_journal_and_it_opens_nothing_else() {
    let reader = Reader::open("v4").await;
    let earliest = reader.path("journal", "/earliest");
    let of_install = reader.app.nobody.bearing(&reader.app.access_token().await);
    let body = r#"{"status":"error","message":"This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.","correlationId":"ID","errors":[{"message":"All of the following scopes are required.","context":{"requiredGranularScopes":["webhooks-journal-data-access"]}}],"links":{"scopes":"https://developers.hubspot.com/scopes"},"category":"MISSING_SCOPES"}"#;
    for client in [&reader.app.portal.client, &of_install] {
        refused(&client.get(&earliest).await, 403, body);
    }
    reader.app.nobody.get(&earliest).await.must(401);
    let narrow = reader.app.nobody.bearing(&token(&reader.app, "developer.webhooks_journal.subscriptions.read").await);
    narrow.get(&earliest).await.must(403);
    narrow.get(&reader.path("subscriptions", "")).await.must(200);
    narrow.post(&reader.path("subscriptions", ""), &json!({})).await.must(403);
    let wide = token(&reader.app, &format!("{ALL} crm.objects.contacts.read")).await;
    let wide = reader.app.nobody.bearing(&wide);
    wide.get(CONTACTS).await.must(403);
    let answer = wide.get(&earliest).await.must(204);
    assert!(!answer.headers.keys().any(|name| name.as_str().contains("ratelimit")), "{:?}", answer.headers);
}

#[tokio::test]
async fn what_cannot_be_subscribed_to_is_told() {
    let reader = Reader::open("2026-03").await;
    let subscriptions = reader.path("subscriptions", "");
    let whole = reader.of_portal(json!({"subscriptionType": "OBJECT", "objectTypeId": "0-1", "actions": ["CREATE"]}));
    let with = |name: &str, value: Value| {
        let mut body = whole.clone();
        body[name] = value;
        body
    };
    for (body, says) in [
        (with("subscriptionType", json!("EVENTS")), "Invalid subscription type provided"),
        (with("actions", json!(["APPEAR"])), "Invalid action provided: APPEAR"),
        (with("objectTypeId", json!("0-99999")), "Unable to infer object type from: 0-99999"),
        (with("portalId", json!(1)), "is not installed in portal 1"),
        (json!({"subscriptionType": "OBJECT"}), "[actions, objectTypeId, portalId]"),
        (json!({"subscriptionType": "APP_LIFECYCLE_EVENT"}), "[eventTypeId]"),
        (json!({"subscriptionType": "LIST_MEMBERSHIP"}), "[actions, listIds, portalId]"),
    ] {
        let answer = reader.own.post(&subscriptions, &body).await.must(400);
        assert!(answer.body.contains(says), "{says}: {}", answer.body);
    }
    let path = reader.path("journal", "/batch/earliest");
    for (path, says) in [
        (format!("{path}/0"), "count must be greater than or equal to 1"),
        (format!("{path}/101"), "count must be less than or equal to 100"),
        (format!("{path}/x"), "Unable to parse value for path parameter: count"),
        (format!("{path}/1?installPortalId=x"), "Unable to parse value for query parameter: installPortalId"),
        (format!("{subscriptions}/x"), "Unable to parse value for path parameter: subscriptionId"),
    ] {
        let answer = reader.own.get(&path).await.must(400);
        assert!(answer.body.contains(says), "{says}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_subscription_to_no_action_is_one_to_all() {
    let reader = Reader::open("2026-03").await;
    let made =
        reader.subscribe(json!({"subscriptionType": "OBJECT", "objectTypeId": "0-1", "actions": [], "properties": []}));
    assert_eq!(made.await["actions"], json!([]));
    let portal = &reader.app.portal;
    let ann = portal.contact(json!({"email": "ann@example.com"})).await;
    portal.client.patch(&format!("{CONTACTS}/{ann}"), &json!({"properties": {"lastname": "Lee"}})).await.must(200);
    portal.client.delete(&format!("{CONTACTS}/{ann}")).await.must(204);
    reader.pass("1s").await;
    let told: Vec<_> = reader.events().await.iter().map(|event| event["action"].clone()).collect();
    assert_eq!(told, ["CREATE", "UPDATE", "DELETE"]);
}
