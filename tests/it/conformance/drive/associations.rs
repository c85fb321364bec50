//! Associations: of one record, and between types.

use serde_json::{Value, json};

use super::super::records::made;
use super::{NO_TYPE, Played, Portal, inputs};
use crate::conformance::surface::Operation;

const FROM: &str = "contacts";
const TO: &str = "companies";

async fn pair(portal: &mut Portal) -> (String, String) {
    (made(portal, FROM).await, made(portal, TO).await)
}

async fn tied(portal: &mut Portal) -> (String, String) {
    let (from, to) = pair(portal).await;
    let path = format!("/crm/v4/objects/{FROM}/{from}/associations/default/{TO}/{to}");
    portal.call("PUT", &path, None).await.answer.must(200);
    (from, to)
}

pub(super) async fn of_record(portal: &mut Portal, operation: &Operation, rest: &[&str]) -> Option<Played> {
    let types = Some(json!([{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]));
    let played = match (operation.method.as_str(), rest) {
        ("PUT", ["default", _, _]) => {
            let (from, to) = pair(portal).await;
            portal.twice(operation, (&[FROM, &from, TO, &to], None), (&[FROM, &from, NO_TYPE, &to], None)).await
        }
        ("PUT", [_, _]) => {
            let (from, to) = pair(portal).await;
            let nothing = Some(json!([{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 999_999}]));
            portal.twice(operation, (&[FROM, &from, TO, &to], types), (&[FROM, &from, TO, &to], nothing)).await
        }
        ("DELETE", [_, _]) => {
            let (from, to) = tied(portal).await;
            portal.twice(operation, (&[FROM, &from, TO, &to], None), (&[FROM, &from, NO_TYPE, &to], None)).await
        }
        ("GET", [_]) => {
            let (from, _) = tied(portal).await;
            portal.twice(operation, (&[FROM, &from, TO], None), (&[FROM, &from, NO_TYPE], None)).await
        }
        _ => return None,
    };
    Some(played)
}

/// A label of the account's own between the two types; answers its type id.
async fn label(portal: &mut Portal) -> u64 {
    let name = format!("tried_{}", portal.next());
    let body = json!({"label": name.replace('_', " "), "name": name});
    let made = portal.client.post(&format!("/crm/v4/associations/{FROM}/{TO}/labels"), &body).await.must(200).json();
    made["results"][0]["typeId"].as_u64().unwrap()
}

pub(super) async fn between_types(portal: &mut Portal, operation: &Operation, rest: &[&str]) -> Option<Played> {
    let (good, bad) = (&[FROM, TO][..], &[FROM, NO_TYPE][..]);
    let method = operation.method.as_str();
    if rest[0] == "usage" {
        let user = portal.client.get("/crm/v3/owners").await.must(200).json()["results"][0]["userId"].to_string();
        return Some(portal.twice(operation, (&[&user], None), (&["nobody"], None)).await);
    }
    if let ["definitions", "configurations", rest @ ..] = rest {
        return configurations(portal, operation, rest).await;
    }
    let v3 = operation.path.contains("/v3/");
    let played = match (method, &rest[2..]) {
        ("GET", ["types"] | ["labels"]) => portal.twice(operation, (good, None), (bad, None)).await,
        ("POST", ["labels"]) => {
            let name = format!("tried_{}", portal.next());
            let body = |name: &str| Some(json!({"label": name.replace('_', " "), "name": name}));
            portal.twice(operation, (good, body(&name)), (good, body("1-no-name"))).await
        }
        ("PUT", ["labels"]) => {
            let id = label(portal).await;
            let body = |id: u64| Some(json!({"associationTypeId": id, "label": "Renamed"}));
            portal.twice(operation, (good, body(id)), (good, body(999_999))).await
        }
        ("DELETE", ["labels", _]) => {
            let id = label(portal).await.to_string();
            portal.twice(operation, (&[FROM, TO, &id], None), (&[FROM, TO, "279"], None)).await
        }
        ("POST", ["batch", "archive"]) if v3 => batch(portal, operation, |from, to| tie(from, to, v3)).await,
        ("POST", ["batch", "read"]) => {
            let played = batch(portal, operation, |from, _| json!({"id": from})).await;
            return Some(played);
        }
        ("POST", ["batch", "archive"]) => {
            batch(portal, operation, |from, to| json!({"from": {"id": from}, "to": [{"id": to}]})).await
        }
        ("POST", ["batch", "associate", "default"]) => {
            batch(portal, operation, |from, to| json!({"from": {"id": from}, "to": {"id": to}})).await
        }
        ("POST", ["batch", "create"] | ["batch", "labels", "archive"]) => {
            batch(portal, operation, |from, to| tie(from, to, v3)).await
        }
        _ => return None,
    };
    Some(played)
}

fn tie(from: &str, to: &str, v3: bool) -> Value {
    let mut input = json!({"from": {"id": from}, "to": {"id": to}});
    if v3 {
        input["type"] = "contact_to_company".into();
    } else {
        input["types"] = json!([{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]);
    }
    input
}

async fn batch(portal: &mut Portal, operation: &Operation, input: impl Fn(&str, &str) -> Value) -> Played {
    let (from, to) = tied(portal).await;
    let body = || Some(inputs(1, |_| input(&from, &to)));
    portal.twice(operation, (&[FROM, TO], body()), (&[FROM, NO_TYPE], body())).await
}

async fn configurations(portal: &mut Portal, operation: &Operation, rest: &[&str]) -> Option<Played> {
    let create = format!("/crm/associations/v4/definitions/configurations/{FROM}/{TO}/batch/create");
    let of = |id: u64| inputs(1, |_| json!({"category": "USER_DEFINED", "typeId": id, "maxToObjectIds": 5}));
    let id = label(portal).await;
    let (good, bad) = (&[FROM, TO][..], &[FROM, NO_TYPE][..]);
    let set = !matches!(rest, [_, _, "batch", "create"]);
    if set {
        portal.client.post(&create, &of(id)).await.must(201);
    }
    let played = match rest {
        ["all"] => {
            let mut played = portal.twice(operation, (&[], None), (&[], None)).await;
            let stranger = portal.client.bearing("pat-na1-00000000-0000-0000-0000-000000000000");
            played.refusal.answer = stranger.get(&operation.path).await;
            played
        }
        [_, _] => portal.twice(operation, (good, None), (bad, None)).await,
        [_, _, "batch", "create" | "update"] => {
            portal.twice(operation, (good, Some(of(id))), (bad, Some(of(id)))).await
        }
        [_, _, "batch", "purge"] => {
            let body = || Some(inputs(1, |_| json!({"category": "USER_DEFINED", "typeId": id})));
            portal.twice(operation, (good, body()), (bad, body())).await
        }
        _ => return None,
    };
    Some(played)
}
