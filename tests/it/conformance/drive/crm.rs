//! Account, owners, pipelines, properties with their rules, schemas.

use serde_json::json;

use super::{NO_TYPE, Played, Portal, id, inputs, schema_of};
use crate::conformance::records::made;
use crate::conformance::surface::Operation;

/// Reads that nothing in the call can make fail: refused to a stranger.
async fn or_a_stranger(portal: &Portal, operation: &Operation) -> Played {
    let mut played = portal.twice(operation, (&[], None), (&[], None)).await;
    let stranger = portal.client.bearing("pat-na1-00000000-0000-0000-0000-000000000000");
    played.refusal.answer = stranger.get(&operation.path).await;
    played
}

pub(super) async fn account(portal: &mut Portal, operation: &Operation) -> Option<Played> {
    Some(or_a_stranger(portal, operation).await)
}

/// A record at what it may have, and a label.
pub(super) async fn limits(portal: &mut Portal, operation: &Operation, rest: &[&str]) -> Option<Played> {
    let label = json!({"label": "Tried", "name": "tried"});
    portal.client.post("/crm/v4/associations/contacts/deals/labels", &label).await.must(200);
    let one = made(portal, "contacts").await;
    let allowed = inputs(1, |_| json!({"category": "HUBSPOT_DEFINED", "typeId": 4, "maxToObjectIds": 1}));
    let path = "/crm/associations/v4/definitions/configurations/contacts/deals/batch/create";
    portal.client.post(path, &allowed).await.must(201);
    let deal = made(portal, "deals").await;
    let path = format!("/crm/v4/objects/contacts/{one}/associations/default/deals/{deal}");
    portal.call("PUT", &path, None).await.answer.must(200);
    match rest {
        ["associations", "records", _, "to"] => {
            Some(portal.twice(operation, (&["0-1"], None), (&[NO_TYPE], None)).await)
        }
        ["associations", "records", _, _] => {
            Some(portal.twice(operation, (&["0-1", "0-3"], None), (&["0-1", NO_TYPE], None)).await)
        }
        [_] | ["associations", "labels"] | ["associations", "records", "from"] => {
            Some(or_a_stranger(portal, operation).await)
        }
        _ => None,
    }
}

pub(super) async fn library(portal: &mut Portal, operation: &Operation, rest: &[&str]) -> Option<Played> {
    match rest {
        ["enablement"] => Some(or_a_stranger(portal, operation).await),
        _ => Some(portal.twice(operation, (&["0-421"], None), (&[NO_TYPE], None)).await),
    }
}

pub(super) async fn owners(portal: &mut Portal, operation: &Operation, rest: &[&str]) -> Option<Played> {
    if rest.is_empty() {
        return Some(or_a_stranger(portal, operation).await);
    }
    let all = portal.client.get("/crm/v3/owners").await.must(200).json();
    let owner = id(&all["results"][0]);
    Some(portal.twice(operation, (&[&owner], None), (&["1"], None)).await)
}

pub(super) async fn pipelines(portal: &mut Portal, operation: &Operation, rest: &[&str]) -> Option<Played> {
    let n = portal.next();
    let stage = |label: String| json!({"label": label, "displayOrder": 0, "metadata": {"probability": "0.5"}});
    let pipeline = json!({"label": format!("Tried {n}"), "displayOrder": 1, "stages": [stage("One".to_owned()), stage("Two".to_owned())]});
    let made = portal.client.post("/crm/v3/pipelines/deals", &pipeline).await.must(201).json();
    let (own, first) = (id(&made), id(&made["stages"][0]));
    let other = json!({"label": format!("Other {n}"), "displayOrder": 2, "stages": [stage("One".to_owned())]});
    let renamed = json!({"label": format!("Renamed {n}"), "displayOrder": 3});
    let restaged = stage(format!("Renamed {n}"));
    // An unknown pipeline is a page of the web server; an unknown type is refused by the API.
    let nowhere: [&[&str]; 3] = [&[NO_TYPE, &own], &[NO_TYPE, &own, &first], &[NO_TYPE]];
    let here: [&[&str]; 3] = [&["deals", &own], &["deals", &own, &first], &["deals"]];
    let played = match (operation.method.as_str(), rest) {
        ("GET", []) => portal.twice(operation, (here[2], None), (nowhere[2], None)).await,
        ("POST", []) => portal.twice(operation, (here[2], Some(other)), (here[2], Some(json!({})))).await,
        ("GET" | "DELETE", [_]) | ("GET", [_, "audit" | "stages"]) => {
            portal.twice(operation, (here[0], None), (nowhere[0], None)).await
        }
        ("PUT", [_]) => portal.twice(operation, (here[0], Some(other)), (nowhere[0], Some(renamed))).await,
        ("PATCH", [_]) => portal.twice(operation, (here[0], Some(renamed.clone())), (nowhere[0], Some(renamed))).await,
        ("POST", [_, "stages"]) => {
            portal.twice(operation, (here[0], Some(restaged.clone())), (nowhere[0], Some(restaged))).await
        }
        ("GET" | "DELETE", [_, "stages", _]) | ("GET", [_, "stages", _, "audit"]) => {
            portal.twice(operation, (here[1], None), (nowhere[1], None)).await
        }
        ("PUT" | "PATCH", [_, "stages", _]) => {
            portal.twice(operation, (here[1], Some(restaged.clone())), (nowhere[1], Some(restaged))).await
        }
        _ => return None,
    };
    Some(played)
}

pub(super) async fn properties(portal: &mut Portal, operation: &Operation, rest: &[&str]) -> Option<Played> {
    let of = "contacts";
    let n = portal.next();
    let property = |name: String| {
        json!({
            "name": name, "label": "Tried", "type": "enumeration", "fieldType": "select", "groupName": "contactinformation",
            "options": [{"label": "A", "value": "a", "displayOrder": 0, "hidden": false}],
        })
    };
    let group = json!({"name": format!("tried_group_{n}"), "label": "Tried", "displayOrder": -1});
    let method = operation.method.as_str();
    let played = match (method, rest) {
        ("GET", [] | ["groups"]) => portal.twice(operation, (&[of], None), (&[NO_TYPE], None)).await,
        ("POST", []) => {
            let taken = property("email".to_owned());
            portal.twice(operation, (&[of], Some(property(format!("tried_{n}")))), (&[of], Some(taken))).await
        }
        ("POST", ["groups"]) => {
            portal
                .twice(
                    operation,
                    (&[of], Some(group)),
                    (&[of], Some(json!({"name": "contactinformation", "label": "Taken"}))),
                )
                .await
        }
        ("GET" | "DELETE", [_]) => {
            let name = portal.property(of, false).await;
            portal.twice(operation, (&[of, &name], None), (&[of, "no_such_property"], None)).await
        }
        ("PATCH", [_]) => {
            let name = portal.property(of, false).await;
            let body = || Some(json!({"label": "Renamed", "description": "Tried", "hidden": false}));
            portal.twice(operation, (&[of, &name], body()), (&[of, "no_such_property"], body())).await
        }
        ("GET" | "PATCH" | "DELETE", ["groups", _]) => {
            let name = format!("tried_group_{n}");
            portal.client.post(&format!("/crm/v3/properties/{of}/groups"), &group).await.must(201);
            let body = || (method == "PATCH").then(|| json!({"label": "Renamed", "displayOrder": 2}));
            portal.twice(operation, (&[of, &name], body()), (&[of, "no_such_group"], body())).await
        }
        ("POST", ["batch", what]) => {
            let name = portal.property(of, false).await;
            let one = |place: usize| match *what {
                "create" => property(format!("tried_{n}_{place}")),
                _ => json!({"name": name}),
            };
            let (mut good, mut bad) = (inputs(1, one), inputs(101, |place| property(format!("many_{n}_{place}"))));
            if *what != "create" {
                bad = inputs(101, |place| json!({"name": format!("many_{place}")}));
            }
            if *what == "read" {
                (good["archived"], bad["archived"]) = (false.into(), false.into());
            }
            portal.twice(operation, (&[of], Some(good)), (&[of], Some(bad))).await
        }
        _ => return None,
    };
    Some(played)
}

pub(super) async fn validations(portal: &mut Portal, operation: &Operation, rest: &[&str]) -> Option<Played> {
    let name = portal.property("contacts", false).await;
    let rule = || Some(json!({"ruleArguments": ["3"], "shouldApplyNormalization": false}));
    let path = format!("/crm/v3/property-validations/0-1/{name}/rule-type/MIN_LENGTH");
    portal.call("PUT", &path, rule()).await.answer.must(204);
    let played = match (operation.method.as_str(), rest) {
        ("GET", [_]) => portal.twice(operation, (&["0-1"], None), (&["0-0"], None)).await,
        ("GET", [_, _]) => portal.twice(operation, (&["0-1", &name], None), (&["0-1", "no_such_property"], None)).await,
        ("GET", [_, _, "rule-type", _]) => {
            let bad = &["0-1", "no_such_property", "MIN_LENGTH"];
            portal.twice(operation, (&["0-1", &name, "MIN_LENGTH"], None), (bad, None)).await
        }
        ("PUT", [_, _, "rule-type", _]) => {
            portal.twice(operation, (&["0-1", &name, "MAX_LENGTH"], rule()), (&["0-1", &name, "NO_RULE"], rule())).await
        }
        _ => return None,
    };
    Some(played)
}

pub(super) async fn schemas(portal: &mut Portal, operation: &Operation, rest: &[&str]) -> Option<Played> {
    let n = portal.next();
    // Each goes again: an account has so many types and no more.
    let own = portal.schema("kite").await;
    let path = format!("/crm-object-schemas/v3/schemas/{own}");
    let tie = json!({"fromObjectTypeId": own, "toObjectTypeId": "0-2", "name": format!("kite_to_company_{n}")});
    let gone = async |portal: &Portal, name: &str| {
        let path = format!("/crm-object-schemas/v3/schemas/{name}");
        portal.client.delete(&path).await;
        portal.client.delete(&format!("{path}?archived=true")).await;
    };
    let played = match (operation.method.as_str(), rest) {
        ("GET", []) => or_a_stranger(portal, operation).await,
        ("POST", []) => {
            let made = format!("tried{n}");
            let played =
                portal.twice(operation, (&[], Some(schema_of(&made))), (&[], Some(schema_of("1 no name")))).await;
            gone(portal, &id_of(&played)).await;
            played
        }
        ("POST", ["batch", "read"]) => {
            let body = json!({
                "inputs": [own], "includePropertyDefinitions": true, "includeAssociationDefinitions": true,
                "includeAuditMetadata": false,
            });
            portal.twice(operation, (&[], Some(body)), (&[], Some(json!({"inputs": 5})))).await
        }
        ("GET" | "DELETE", [_]) => portal.twice(operation, (&[&own], None), (&[NO_TYPE], None)).await,
        ("PATCH", [_]) => {
            let body = || Some(json!({"labels": {"singular": "Kite", "plural": "Kites"}, "description": "Tried"}));
            portal.twice(operation, (&[&own], body()), (&[NO_TYPE], body())).await
        }
        ("POST", [_, "associations"]) => {
            portal.twice(operation, (&[&own], Some(tie.clone())), (&[NO_TYPE], Some(tie))).await
        }
        ("DELETE", [_, "associations", _]) => {
            let made = portal.client.post(&format!("{path}/associations"), &tie).await.must(201).json();
            let association = id(&made);
            portal.twice(operation, (&[&own, &association], None), (&[NO_TYPE, &association], None)).await
        }
        _ => return None,
    };
    gone(portal, &own).await;
    Some(played)
}

fn id_of(played: &Played) -> String {
    played.success.answer.json()["fullyQualifiedName"].as_str().unwrap_or_default().to_owned()
}
