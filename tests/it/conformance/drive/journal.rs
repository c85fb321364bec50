//! The webhooks journal, by a token of the public app's own.

use serde_json::{Value, json};

use super::{Played, Portal, fill, form_of};
use crate::conformance::surface::Operation;

const SCOPES: &str = "developer.webhooks_journal.read developer.webhooks_journal.subscriptions.read \
                      developer.webhooks_journal.subscriptions.write developer.webhooks_journal.snapshots.write";
const SUBSCRIPTIONS: &str = "/webhooks-journal/subscriptions/2026-03";
const UNKNOWN: &str = "550e8400-e29b-41d4-a716-446655440000";

/// What the journal has to be asked of.
pub(in crate::conformance) struct Journal {
    subscription: Value,
    filter: Value,
    snapshots: Value,
    snapshot: String,
    /// The first file and the last.
    first: String,
    pub(in crate::conformance) portal_id: Value,
}

/// Has something told in two files, and from then on calls as the app itself.
pub(in crate::conformance) async fn fill_journal(portal: &mut Portal) -> Journal {
    let ready = portal.world.ready()["systems"]["hubspot"].clone();
    let text = |name: &str| ready[name].as_str().unwrap().to_owned();
    let form = form_of(&[
        ("grant_type", "client_credentials"),
        ("client_id", &text("client_id")),
        ("client_secret", &text("client_secret")),
        ("scope", SCOPES),
    ]);
    let nobody = portal.client.with(None);
    let media = Some("application/x-www-form-urlencoded");
    let told = nobody.send(reqwest::Method::POST, "/oauth/v3/token", media, form).await.must(200).json();
    let own = nobody.bearing(told["access_token"].as_str().unwrap());
    let portal_id = ready["portal_id"].clone();
    let subscription =
        own.post(SUBSCRIPTIONS, &subscription(&portal_id, "OBJECT")).await.must(200).json()["id"].clone();
    let filter = own.post(&format!("{SUBSCRIPTIONS}/filters"), &filter(&subscription)).await.must(200).json();
    let mut id = Value::Null;
    for n in 0..2 {
        let body = json!({"properties": {"email": format!("told{n}@example.com")}});
        id = portal.client.post("/crm/v3/objects/contacts", &body).await.must(201).json()["id"].clone();
        crate::support::pass(&portal.world, "1s").await;
    }
    let id: u64 = id.as_str().unwrap().parse().unwrap();
    let one = json!({"portalId": portal_id, "objectId": id, "objectTypeId": "0-1", "properties": ["email"]});
    let snapshots = json!({"snapshotRequests": [one]});
    let made = own.post("/webhooks-journal/snapshots/2026-03/crm", &snapshots).await.must(200).json();
    let snapshot = made["snapshotResponses"][0]["snapshotStatusId"].as_str().unwrap().to_owned();
    let first = own.get("/webhooks-journal/journal/2026-03/earliest").await.must(200).json();
    let first = first["currentOffset"].as_str().unwrap().to_owned();
    portal.client = own;
    Journal { subscription, filter: filter["filterId"].clone(), snapshots, snapshot, first, portal_id }
}

fn subscription(portal_id: &Value, kind: &str) -> Value {
    json!({
        "subscriptionType": kind, "portalId": portal_id, "objectTypeId": "0-1", "actions": ["CREATE"],
        "properties": [], "objectIds": [],
    })
}

fn filter(of: &Value) -> Value {
    let condition = json!({
        "filterType": "CRM_OBJECT_PROPERTY", "property": "email", "operator": "CONTAINS", "value": "@", "values": [],
    });
    json!({"subscriptionId": of, "filter": {"conditions": [condition]}})
}

/// The path of a read, and its body.
pub(in crate::conformance) fn read(operation: &Operation, rest: &[&str], journal: &Journal) -> (String, Option<Value>) {
    let parts: &[&str] = match rest {
        ["batch", "earliest" | "latest", _] => &["5"],
        ["batch", _, "next", _] => &[&journal.first, "5"],
        ["offset", _, "next"] => &[&journal.first],
        _ => &[],
    };
    let body = matches!(rest, ["batch", "read"]).then(|| json!({"inputs": [journal.first]}));
    (fill(&operation.path, parts), body)
}

pub(super) async fn play(portal: &mut Portal, operation: &Operation, rest: &[&str]) -> Option<Played> {
    let journal = fill_journal(portal).await;
    let portal_id = journal.portal_id.to_string();
    let (of, filter_id) = (journal.subscription.to_string(), journal.filter.to_string());
    let played = match rest {
        ["journal" | "journal-local", "status", _] => {
            portal.twice(operation, (&[&journal.snapshot], None), (&[UNKNOWN], None)).await
        }
        ["journal" | "journal-local", rest @ ..] => {
            let (path, body) = read(operation, rest, &journal);
            let success = portal.call(&operation.method, &path, body.clone()).await;
            let wrong = format!("{path}?installPortalId=x");
            Played { success, refusal: portal.call(&operation.method, &wrong, body).await }
        }
        ["snapshots", "crm"] => {
            let wrong = json!({"snapshotRequests": []});
            portal.twice(operation, (&[], Some(journal.snapshots)), (&[], Some(wrong))).await
        }
        ["subscriptions"] if operation.method == "GET" => {
            let mut played = portal.twice(operation, (&[], None), (&[], None)).await;
            played.refusal.answer = portal.client.bearing("no token").get(&operation.path).await;
            played
        }
        ["subscriptions"] => {
            let body = |kind| Some(subscription(&journal.portal_id, kind));
            portal.twice(operation, (&[], body("OBJECT")), (&[], body("NOTHING"))).await
        }
        ["subscriptions", "filters"] => {
            let body = |of: Value| Some(filter(&of));
            portal.twice(operation, (&[], body(journal.subscription)), (&[], body(json!(1)))).await
        }
        ["subscriptions", "filters", "subscription", _] => {
            portal.twice(operation, (&[&of], None), (&["1"], None)).await
        }
        ["subscriptions", "filters", _] => portal.twice(operation, (&[&filter_id], None), (&["1"], None)).await,
        ["subscriptions", "portals", _] => portal.twice(operation, (&[&portal_id], None), (&["x"], None)).await,
        ["subscriptions", _] => portal.twice(operation, (&[&of], None), (&["1"], None)).await,
        _ => return None,
    };
    Some(played)
}
