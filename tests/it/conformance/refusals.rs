//! Refusals that are an operation's own: each by the status and words that the fact sheets have.

use serde_json::{Value, json};

use super::drive::{Call, Portal, fill, form};
use super::records::{made, object_type, properties};
use super::surface::Operation;
use crate::support::Answer;

/// What is wrong with an answer that ought to be this refusal.
fn held(what: &str, answer: &Answer, status: u16, says: &str) -> Option<String> {
    let good = answer.status == status && answer.body.contains(says);
    (!good).then(|| format!("{what}: {} {}, not {status} with {says:?}", answer.status, answer.body))
}

/// What every operation refuses: a call of nobody's, and a body that is not what it has to be.
pub(super) async fn of_all(portal: &Portal, operation: &Operation, success: &Call) -> (usize, Vec<String>) {
    let method: reqwest::Method = operation.method.parse().unwrap();
    let send = async |body: &'static str| {
        portal.client.send(method.clone(), &success.path, Some("application/json"), body).await
    };
    let mut found = Vec::new();
    // Who calls the token endpoint says so in the form; who has a token may ask of it.
    if !operation.document.starts_with("oauth.") {
        let media = operation.body.is_some().then_some("application/json");
        // A developer's key stands in the query.
        let path = success.path.split("?hapikey=").next().unwrap_or_default();
        let nobody = portal.client.with(None).send(method.clone(), path, media, "{}").await;
        found.push(held("without a token", &nobody, 401, "\"category\":\"INVALID_AUTHENTICATION\""));
    }
    if operation.body.is_some() {
        let torn = send("{\"inputs\":").await;
        found.push(held("a body that ends too early", &torn, 400, "Invalid input JSON on line 1, column"));
        let text = send("\"text\"").await;
        found.push(held("a text for a body", &text, 400, "Invalid input JSON on line 1, column"));
        let none = send("").await;
        found.push(held("no body", &none, 400, "a request body was expected, but none found"));
    }
    (found.len(), found.into_iter().flatten().collect())
}

type Refusal = (&'static str, String, Option<Value>, u16, &'static str);

/// What an operation of the record API refuses as no other does (facts/hubspot-crm.md §2, §3).
pub(super) async fn of_records(portal: &mut Portal, operation: &Operation) -> (usize, Vec<String>) {
    let form = form(&operation.path);
    let ["crm", "objects", segment, ref rest @ ..] = form[..] else { return (0, Vec::new()) };
    if rest.contains(&"associations") {
        return (0, Vec::new());
    }
    let of = object_type(portal, operation, segment).await;
    let id = made(portal, &of).await;
    let lead: Vec<&str> = if segment.starts_with('{') { vec![&of] } else { vec![] };
    let path = |more: &[&str]| fill(&operation.path, &lead.iter().chain(more).copied().collect::<Vec<_>>());
    let unknown = json!({"no_such_property": "x"});
    let many = |count: usize| json!({"inputs": (0..count).map(|n| json!({"id": (n + 1).to_string(), "idProperty": null})).collect::<Vec<_>>()});
    let too_many = "The maximum number of inputs supported in a batch is 100.";
    let filter = |of: Value| json!({"filterGroups": [{"filters": [of]}]});
    let group =
        filter(json!({"propertyName": "hs_object_id", "operator": "EQ", "value": "1"}))["filterGroups"][0].clone();
    let not_numeric = "Object not found.  objectId are usually numeric.";
    let nowhere = "There was a problem with the request.";
    let list: Vec<Refusal> = match (operation.method.as_str(), rest) {
        ("GET", []) => vec![
            ("a page too long", format!("{}?limit=101", path(&[])), None, 400, "VALIDATION_ERROR"),
            ("a page that is no number", format!("{}?limit=x", path(&[])), None, 400, "limit"),
        ],
        ("POST", []) => vec![(
            "an unknown property",
            path(&[]),
            Some(json!({"properties": unknown})),
            400,
            "\"code\":\"PROPERTY_DOESNT_EXIST\"",
        )],
        ("GET", [_]) => vec![
            ("an id that is not there", path(&["99999999999999"]), None, 404, "\"message\":\"resource not found\""),
            ("an id that is none", path(&["abc"]), None, 404, not_numeric),
        ],
        ("PATCH", [_]) => vec![
            (
                "an id that is not there",
                path(&["99999999999999"]),
                Some(json!({"properties": properties(&of, 0)})),
                404,
                "\"message\":\"resource not found\"",
            ),
            (
                "an unknown property",
                path(&[&id]),
                Some(json!({"properties": unknown})),
                400,
                "\"code\":\"PROPERTY_DOESNT_EXIST\"",
            ),
            (
                "properties that are no map",
                path(&[&id]),
                Some(json!({"properties": []})),
                400,
                "Invalid input JSON on line 1, column",
            ),
        ],
        // What is not there is archived as well (§2.8).
        ("DELETE", [_]) => vec![("an id that is none", path(&["abc"]), None, 404, not_numeric)],
        ("POST", ["batch", what]) => {
            let mut list = vec![("too many inputs", path(&[]), Some(many(101)), 400, too_many)];
            let twice = json!({"inputs": [{"id": id, "properties": {}}, {"id": id, "properties": {}}]});
            let wrong = json!({"inputs": [{"id": id, "properties": unknown}]});
            match *what {
                "create" => list.push(("an unknown property", path(&[]), Some(wrong), 400, "PROPERTY_DOESNT_EXIST")),
                "update" => {
                    list.push(("an unknown property", path(&[]), Some(wrong), 400, "PROPERTY_DOESNT_EXIST"));
                    list.push(("an id twice", path(&[]), Some(twice), 400, "Duplicate IDs found in batch input"));
                }
                "upsert" => {
                    let by_id = json!({"inputs": [{"id": id, "idProperty": "hs_object_id", "properties": {}}]});
                    let says = "Unable to perform update/upsert by non-unique";
                    list.push(("by what is not unique", path(&[]), Some(by_id), 400, says));
                }
                "read" => {
                    let mut past = many(51);
                    past["propertiesWithHistory"] = json!(["hs_object_id"]);
                    let says = "in a batch request for property histories is 50.";
                    list.push(("too many for histories", path(&[]), Some(past), 400, says));
                }
                _ => {}
            }
            list
        }
        ("POST", ["search"]) => vec![
            ("a page too long", path(&[]), Some(json!({"limit": 201})), 400, "\"status\":\"error\""),
            ("past the end", path(&[]), Some(json!({"after": "10000"})), 400, nowhere),
            ("too many groups", path(&[]), Some(json!({"filterGroups": vec![group; 6]})), 400, "VALIDATION_ERROR"),
            (
                "a filter without an operator",
                path(&[]),
                Some(filter(json!({"propertyName": "hs_object_id"}))),
                400,
                "Cannot build Filter, some of required attributes are not set",
            ),
            (
                "an unknown property",
                path(&[]),
                Some(filter(json!({"propertyName": "no_such_property", "operator": "EQ", "value": "x"}))),
                400,
                nowhere,
            ),
        ],
        ("POST", ["merge"]) => vec![(
            "one with itself",
            path(&[]),
            Some(json!({"primaryObjectId": id, "objectIdToMerge": id})),
            400,
            "VALIDATION_ERROR",
        )],
        _ => Vec::new(),
    };
    let mut faults = Vec::new();
    let count = list.len();
    for (what, path, body, status, says) in list {
        if operation.path.ends_with("search") {
            portal.breathe().await;
        }
        let answer = portal.call(&operation.method, &path, body).await.answer;
        faults.extend(held(what, &answer, status, says));
    }
    (count, faults)
}
