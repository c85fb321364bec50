//! The parameters of owners, pipelines, properties, schemas and limits.

use serde_json::{Value, json};

use super::super::drive::{Portal, fill, id, inputs};
use super::super::surface::Operation;
use super::{Found, each, each_of, must, pages, same};

pub(super) async fn owners(portal: &Portal, operation: &Operation, name: &str, rest: &[&str]) -> Option<Found> {
    let get = async |path: String| portal.client.get(&path).await;
    let path = &operation.path;
    let (live, archived) = (
        get("/crm/v3/owners".to_owned()).await.must(200).json(),
        get("/crm/v3/owners?archived=true".to_owned()).await.must(200).json(),
    );
    let (one, gone) = (&live["results"][0], &archived["results"][0]);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Some(match (rest, name) {
        ([], "limit" | "after") => pages(portal, &format!("{path}?"), "id", &each(&live, "id")).await,
        ([], "email") => {
            let answer = get(format!("{path}?email={}", text(&one["email"]))).await.must(200).json();
            same("who was found", &each(&answer, "id").into(), &json!([one["id"]]))
        }
        ([], "archived") => {
            let answer = get(format!("{path}?archived=true")).await.must(200).json();
            let archived = each(&answer, "archived");
            must("all are archived", !archived.is_empty() && archived.iter().all(|is| *is == true), &answer)
        }
        ([_], "idProperty") => {
            let by = |id: &Value, of: &str| format!("{}?idProperty={of}", fill(path, &[&text(id)]));
            let mut found = same("by its id", &get(by(&one["id"], "id")).await.must(200).json(), one);
            found.extend(same("by its user", &get(by(&one["userId"], "userId")).await.must(200).json(), one));
            found.extend(must("an id is no user", get(by(&one["id"], "userId")).await.status == 404, one));
            found
        }
        ([_], "archived") => {
            let path = fill(path, &[&text(&gone["id"])]);
            let mut found = must("it is found unasked", get(path.clone()).await.status == 404, gone);
            found.extend(same("who was found", &get(format!("{path}?archived=true")).await.must(200).json(), gone));
            found
        }
        _ => return None,
    })
}

/// What is to be deleted is refused while a record is in it, and goes where nobody looks.
pub(super) async fn pipelines(portal: &mut Portal, operation: &Operation, name: &str, rest: &[&str]) -> Option<Found> {
    let of = if name.contains("Deal") || operation.path.contains("stages") { "deals" } else { "tickets" };
    let n = portal.next();
    let stage = |label: &str, order: u32, probability: &str, state: &str| json!({"label": label, "displayOrder": order, "metadata": {"probability": probability, "ticketState": state}});
    let stages = json!([stage("One", 0, "0.5", "OPEN"), stage("Two", 1, "1.0", "CLOSED")]);
    let pipeline = json!({"label": format!("Tried {n}"), "displayOrder": 1, "stages": stages});
    let own = portal.client.post(&format!("/crm/v3/pipelines/{of}"), &pipeline).await.must(201).json();
    let (own_id, first) = (id(&own), id(&own["stages"][0]));
    let record = match of {
        "deals" => json!({"dealname": "In it", "pipeline": own_id, "dealstage": first}),
        _ => json!({"subject": "In it", "hs_pipeline": own_id, "hs_pipeline_stage": first}),
    };
    let record = portal.client.post(&format!("/crm/v3/objects/{of}"), &json!({"properties": record})).await;
    let record = id(&record.must(201).json());
    let parts: Vec<&str> = match rest {
        [_] => vec![of, &own_id],
        [_, "stages", _] => vec![of, &own_id, &first],
        _ => return None,
    };
    // Whoever replaces the pipeline leaves the stage out; a change cannot.
    let body = (operation.method != "DELETE").then(|| match operation.method.as_str() {
        "PUT" => json!({"label": "Left", "displayOrder": 1, "stages": [own["stages"][1]]}),
        _ => json!({"label": "Changed"}),
    });
    let path = fill(&operation.path, &parts);
    let held = portal.call(&operation.method, &format!("{path}?{name}=true"), body.clone()).await.answer;
    let mut found = Found::new();
    if operation.method == "PATCH" {
        found.extend(must("a change deletes nothing", held.status == 200, &json!(held.body)));
        let kept = portal.client.get(&format!("/crm/v3/pipelines/{of}/{own_id}")).await.must(200).json();
        found.extend(same("its stages", &each_of(&kept, "stages", "id"), &each_of(&own, "stages", "id")));
        return Some(found);
    }
    found.extend(must("what has a record is refused", held.status == 400, &json!(held.body)));
    found.extend(must("and says why", held.body.contains("PipelineError.STAGE_ID_IN_USE"), &json!(held.body)));
    found.extend(must("and names it", held.body.contains(&record), &json!(held.body)));
    let free = portal.call(&operation.method, &format!("{path}?{name}=false"), body).await.answer;
    found.extend(must("nobody looks", (200..300).contains(&free.status), &json!(free.body)));
    Some(found)
}

pub(super) async fn properties(portal: &mut Portal, operation: &Operation, name: &str, rest: &[&str]) -> Option<Found> {
    let of = "contacts";
    let (own, gone) = (portal.property(of, false).await, portal.property(of, false).await);
    portal.client.delete(&format!("/crm/v3/properties/{of}/{gone}")).await.must(204);
    let secret = format!("secret_{}", portal.next());
    let definition = json!({
        "name": secret, "label": "Secret", "type": "string", "fieldType": "text", "groupName": "contactinformation",
        "dataSensitivity": "sensitive",
    });
    portal.client.post(&format!("/crm/v3/properties/{of}"), &definition).await.must(201);
    let get = async |path: String| portal.client.get(&path).await;
    let listed = async |query: &str| {
        each(&get(format!("{}?{query}", fill(&operation.path, &[of]))).await.must(200).json(), "name")
    };
    let one = |name: &str, query: &str| format!("{}?{query}", fill(&operation.path, &[of, name]));
    Some(match (operation.method.as_str(), rest, name) {
        ("GET", [], "archived") => same("names", &listed("archived=true").await.into(), &json!([gone])),
        ("GET", [], "dataSensitivity") => {
            same("names", &listed("dataSensitivity=sensitive").await.into(), &json!([secret]))
        }
        ("GET", [], "properties") => {
            let mut names = listed(&format!("properties={own},email")).await;
            names.sort_by_key(ToString::to_string);
            same("names", &names.into(), &json!(["email", own]))
        }
        ("GET", [_], "archived" | "dataSensitivity") => {
            let (wanted, value) = if name == "archived" { (&gone, "true") } else { (&secret, "sensitive") };
            let mut found = must("it is found unasked", get(one(wanted, "")).await.status == 404, &json!(wanted));
            let asked = get(one(wanted, &format!("{name}={value}"))).await;
            found.extend(same("its name", &asked.must(200).json()["name"], &json!(wanted)));
            found
        }
        // Which of one property's own members it could choose is said nowhere: it is told whole.
        ("GET", [_], "properties") => {
            let asked = get(one(&own, "properties=label")).await.must(200).json();
            same("the property", &asked, &get(one(&own, "")).await.must(200).json())
        }
        ("GET", [] | [_] | ["groups", _], "locale") => {
            let parts: &[&str] = match rest {
                [] | ["groups"] => &[of],
                ["groups", _] => &[of, "contactinformation"],
                _ => &[of, &own],
            };
            let path = fill(&operation.path, parts);
            let asked = get(format!("{path}?locale=de")).await.must(200).json();
            same("the answer", &asked, &get(path).await.must(200).json())
        }
        ("POST", ["batch", "read"], "locale") => {
            let body = inputs(1, |_| json!({"name": own}));
            let path = format!("{}?locale=de", fill(&operation.path, &[of]));
            let answer = portal.client.post(&path, &body).await.must(200).json();
            same("labels", &each(&answer, "label").into(), &json!(["Tried"]))
        }
        _ => return None,
    })
}

pub(super) async fn schemas(portal: &mut Portal, operation: &Operation, name: &str, rest: &[&str]) -> Option<Found> {
    let (own, gone) = (portal.schema("kite").await, portal.schema("gone").await);
    let root = "/crm-object-schemas/v3/schemas";
    portal.client.delete(&format!("{root}/{gone}")).await.must(204);
    let get = async |path: String| portal.client.get(&path).await;
    let parts = [own.as_str()];
    let path = fill(&operation.path, if rest.is_empty() { &[] } else { &parts });
    Some(match (operation.method.as_str(), rest, name) {
        ("GET", [], "archived") => {
            let plain = get(path.clone()).await.must(200).json();
            let asked = get(format!("{path}?archived=true")).await.must(200).json();
            let mut found = same("names", &each(&plain, "fullyQualifiedName").into(), &json!([own]));
            let named = each(&asked, "fullyQualifiedName").contains(&json!(gone));
            found.extend(must("archived ones are told", named, &asked));
            found
        }
        ("DELETE", [_], "archived") => {
            let purge = |name: &str| format!("{}?archived=true", fill(&operation.path, &[name]));
            let held = portal.client.delete(&purge(&own)).await;
            let mut found = must("a living type is not purged", held.status == 400, &json!(held.body));
            portal.client.delete(&purge(&gone)).await.must(204);
            let left = get(format!("{root}?archived=true")).await.must(200).json();
            found.extend(same("what is left", &each(&left, "fullyQualifiedName").into(), &json!([own])));
            found
        }
        ("GET", _, _) => {
            let member = match name {
                "includePropertyDefinitions" => "properties",
                "includeAssociationDefinitions" => "associations",
                "includeAuditMetadata" => "createdAt",
                _ => return None,
            };
            let first = |answer: Value| if rest.is_empty() { answer["results"][0].clone() } else { answer };
            let is_told = |answer: &Value| match &answer[member] {
                Value::Array(items) => !items.is_empty(),
                other => !other.is_null(),
            };
            let with = first(get(format!("{path}?{name}=true")).await.must(200).json());
            let without = first(get(format!("{path}?{name}=false")).await.must(200).json());
            let mut found = must("it is told when asked for", is_told(&with), &with);
            found.extend(must("it is left out when not", !is_told(&without), &without));
            found
        }
        _ => return None,
    })
}

/// The labels that pairs of types have: contacts and deals, deals and companies.
pub(super) async fn labels(portal: &Portal, operation: &Operation, name: &str) -> Option<Found> {
    for (from, to) in [("contacts", "deals"), ("deals", "companies")] {
        let body = json!({"label": format!("{from} of"), "name": format!("{from}_of")});
        portal.client.post(&format!("/crm/v4/associations/{from}/{to}/labels"), &body).await.must(200);
    }
    let (member, wanted) = match name {
        "fromObjectTypeId" => ("fromObjectType", "0-1"),
        "toObjectTypeId" => ("toObjectType", "0-2"),
        _ => return None,
    };
    let get = async |path: String| portal.client.get(&path).await.must(200).json();
    let all = get(operation.path.clone()).await;
    let some = get(format!("{}?{name}={wanted}", operation.path)).await;
    let types = |answer: &Value| each(answer, member).iter().map(|of| of["objectTypeId"].clone()).collect::<Vec<_>>();
    let only = types(&some).iter().all(|of| *of == wanted) && !types(&some).is_empty();
    let mut found = must("only those of the type", only, &some);
    found.extend(must("others are left out", types(&some).len() < types(&all).len(), &all));
    Some(found)
}
