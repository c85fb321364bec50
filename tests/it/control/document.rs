//! The OpenAPI document: every call is in it, and its examples work as they stand.

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::Api;

const CALLS: [&str; 37] = [
    "GET /_standin/worlds",
    "POST /_standin/worlds",
    "DELETE /_standin/worlds/{id}",
    "POST /_standin/fork",
    "GET /_standin/clock",
    "POST /_standin/clock",
    "POST /_standin/clock/parties/{name}",
    "DELETE /_standin/clock/parties/{name}",
    "GET /_standin/clock/sleep",
    "GET /_standin/journal",
    "GET /_standin/state/{system}/{type}",
    "POST /_standin/state/{system}/{type}",
    "POST /_standin/seed",
    "POST /_standin/reset",
    "POST /_standin/snapshot",
    "POST /_standin/restore",
    "GET /_standin/faults",
    "POST /_standin/faults",
    "DELETE /_standin/faults",
    "GET /_standin/limits",
    "POST /_standin/limits/spend",
    "POST /_standin/hubspot/unsubscribe",
    "POST /_standin/hubspot/restore",
    "GET /_standin/hubspot/apps",
    "POST /_standin/hubspot/set-app",
    "POST /_standin/hubspot/rotate-token",
    "POST /_standin/hubspot/expire-token",
    "POST /_standin/hubspot/delete-app",
    "POST /_standin/hubspot/uninstall-app",
    "POST /_standin/hubspot/close-account",
    "GET /_standin/hubspot/webhooks",
    "PUT /_standin/hubspot/webhooks",
    "POST /_standin/hubspot/deliver",
    "GET /_standin/hubspot/deliveries",
    "GET /_standin/hubspot/deliveries/{id}",
    "POST /_standin/hubspot/deliveries/{id}/redeliver",
    "GET /_standin/openapi.json",
];

#[tokio::test]
async fn every_call_of_the_document_works_with_its_examples() {
    let api = Api::start().await;
    let ready = api.made(Value::Null).await;
    assert_eq!(api.create_contact(&ready, "first@example.com").await, 201);
    let document = api.get("openapi.json").await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], api.control.url());

    let mut called = Vec::new();
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let call = format!("{} {path}", method.to_uppercase());
            ids.push(operation["operationId"].as_str().unwrap());
            assert!(operation["summary"].is_string() && operation["tags"][0].is_string(), "{call}");
            let archived = if path.ends_with("hubspot/restore") { archived(&api, &ready).await } else { String::new() };
            let (status, text) = try_out(&api, &document, (path, method), operation, &archived).await;
            let answer = &operation["responses"][status.to_string()];
            assert!(status < 300 && answer.is_object(), "{call} was answered {status}: {text}");
            for line in if call.ends_with("/journal") { text.lines().collect() } else { vec![text.as_str()] } {
                conforms(&document, &answer["content"], line, &call);
            }
            if let Some(schema) = answer["content"]["application/json"]["schema"].get("$ref") {
                let example = example(&document, &json!({"$ref": schema})).to_string();
                conforms(&document, &answer["content"], &example, &call);
            }
            let refusals =
                operation["responses"].as_object().unwrap().iter().filter(|(status, _)| status.as_str() >= "400");
            for (_, refusal) in refusals {
                let schema = &refusal["content"]["application/json"]["schema"];
                assert_eq!(schema["$ref"], "#/components/schemas/Refused", "{call}");
            }
            called.push(call);
        }
    }
    assert_eq!(called, CALLS);
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an operation's id names it alone");
}

#[tokio::test]
async fn the_address_alone_lists_the_calls() {
    let api = Api::start().await;
    let listed = api.get("").await;
    assert_eq!(listed["calls"].as_object().unwrap().keys().collect::<Vec<_>>(), CALLS);
    assert_eq!(listed["calls"]["POST /_standin/snapshot"], "Puts by what the world remembers.");
    for path in ["..", "../_standin"] {
        assert_eq!(api.get(path).await, listed, "{path}");
    }
}

/// A contact that is archived.
async fn archived(api: &Api, ready: &Value) -> String {
    let token = &ready["systems"]["hubspot"]["token"];
    let contact = json!({"properties": {"email": "gone@example.com"}});
    let (_, made) = api.hubspot(ready, token, Method::POST, "/crm/v3/objects/contacts", contact).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("/crm/v3/objects/contacts/{id}");
    assert_eq!(api.hubspot(ready, token, Method::DELETE, &path, Value::Null).await.0, 204);
    id
}

/// Sends the example of a call. Records that it would bring back are those that are archived.
async fn try_out(
    api: &Api,
    document: &Value,
    (path, method): (&str, &str),
    operation: &Value,
    archived: &str,
) -> (u16, String) {
    let mut place = path.trim_start_matches("/_standin/").to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let Some(example) = parameter.get("example") else {
            assert_eq!(parameter["required"], false, "{path}: {name} has no example");
            continue;
        };
        let example = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
        match parameter["in"].as_str().unwrap() {
            "path" => place = place.replace(&format!("{{{name}}}"), &example),
            _ => query.push(format!("{name}={example}")),
        }
    }
    if !query.is_empty() {
        place = format!("{place}?{}", query.join("&"));
    }
    let body = match &operation["requestBody"]["content"]["application/json"]["schema"] {
        Value::Null => String::new(),
        schema => {
            let example = example(document, schema);
            conforms(document, &operation["requestBody"]["content"], &example.to_string(), path);
            example.to_string()
        }
    };
    let body = if archived.is_empty() { body } else { body.replace("101", archived) };
    api.text(Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(), &place, body).await
}

/// The example of a schema, or of the one that it refers to.
fn example<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let schema = schema.get("oneOf").map_or(schema, |either| &either[0]);
    let name = schema["$ref"].as_str().unwrap().trim_start_matches("#/components/schemas/");
    document["components"]["schemas"][name].get("example").unwrap_or_else(|| panic!("{name} has no example"))
}

/// The text is what the schema says, and has no members that it does not know.
fn conforms(document: &Value, content: &Value, text: &str, call: &str) {
    let Some(content) = content.as_object() else {
        assert_eq!(text, "", "{call} answers what the document does not tell of");
        return;
    };
    let schema = content.values().next().unwrap()["schema"].clone();
    let mut whole = json!({"allOf": [schema], "components": document["components"]});
    close(&mut whole);
    let validator: Validator = jsonschema::draft202012::new(&whole).unwrap();
    let value: Value = serde_json::from_str(text).expect(call);
    let errors: Vec<_> =
        validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{call}: {errors:?} in {text}");
}

/// Shuts every object whose members are listed.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("type") == Some(&json!("object")) && members.get("properties").is_some_and(Value::is_object)
            {
                members.entry("additionalProperties").or_insert(json!(false));
            }
            Map::values_mut(members).for_each(close);
        }
        Value::Array(all) => all.iter_mut().for_each(close),
        _ => {}
    }
}
