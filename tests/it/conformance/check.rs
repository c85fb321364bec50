//! Holding a request and its answer against what a document says of them.

use serde_json::Value;

use super::drive::Call;
use super::surface::{Field, Operation, Surface};

/// Where the wire was seen to differ from the documents: the type, the field, and how it is.
const WIRE: &[(&str, &str, Wire)] = &[
    // facts/hubspot-crm.md §1.1: left out when empty, and not everywhere there.
    ("StandardError", "context", Wire::Optional),
    ("StandardError", "errors", Wire::Optional),
    ("StandardError", "links", Wire::Optional),
    ("StandardError", "subCategory", Wire::Text),
    ("Error", "category", Wire::Optional),
    // §1.1: always there, never in the documents.
    ("Error", "status", Wire::Known),
    // §2.2: on current answers, in most of the documents.
    ("SimplePublicObject", "url", Wire::Known),
    ("SimplePublicObjectWithAssociations", "url", Wire::Known),
    ("SimplePublicUpsertObject", "url", Wire::Known),
    // Notes of live runs of October 2026 (ledger: `hubspot.schemas.shape`).
    ("ObjectSchema", "restorable", Wire::Known),
    ("ObjectTypeDefinition", "restorable", Wire::Known),
    // §6.1: numbers on the wire, texts in the documents.
    ("MultiAssociatedObjectWithLabel", "toObjectId", Wire::Number),
    ("LabelsBetweenObjectPair", "fromObjectId", Wire::Number),
    ("LabelsBetweenObjectPair", "toObjectId", Wire::Number),
    // The document has the type of each kind of subscription, and none of their members on the body of all.
    ("SubscriptionUpsertRequest", "subscriptionType", Wire::Known),
    ("SubscriptionUpsertRequest", "portalId", Wire::Known),
    ("SubscriptionUpsertRequest", "objectTypeId", Wire::Known),
    ("SubscriptionUpsertRequest", "actions", Wire::Known),
    ("SubscriptionUpsertRequest", "properties", Wire::Known),
    ("SubscriptionUpsertRequest", "objectIds", Wire::Known),
];

/// Documents whose batches list no 207: by what their names end with. Their type of a whole batch has the
/// errors (facts/hubspot-crm.md §12), and 207 is what a batch done in part answers (§2.8).
const WITHOUT_PARTIAL: &[&str] = &[".2026-09", "crm-commerce-subscriptions.v3"];

#[derive(Clone, Copy, PartialEq)]
enum Wire {
    /// It may be missing.
    Optional,
    /// It is there although no document has it.
    Known,
    Text,
    Number,
}

fn wire(kind: &str, field: &str) -> Option<Wire> {
    WIRE.iter().find(|(of, name, _)| *of == kind && *name == field).map(|(_, _, how)| *how)
}

pub(super) fn success(surface: &Surface, operation: &Operation, call: &Call) -> Vec<String> {
    let mut faults = Vec::new();
    let status = call.answer.status;
    // Older documents list 200 for what creates (§12).
    let created = status == 201 && operation.method == "POST" && operation.document == "crm-commerce-subscriptions.v3";
    // What a document lists no status for is any success.
    let is_listed = operation.statuses.contains(&status) || operation.statuses.is_empty() && status < 300;
    if !is_listed && !created {
        faults.push(format!("answered {status}, not {:?}: {}", operation.statuses, call.answer.body));
        if !(200..300).contains(&status) {
            return faults;
        }
    }
    if let (Some(kind), Some(body)) = (&operation.body, &call.body) {
        value(surface, operation, kind, body, "request", &mut faults);
    }
    // Another success than the documented one has its body all the same.
    let documented = || operation.answers.iter().find(|(status, _)| (200..300).contains(*status));
    let kind = operation.answers.get(&if created { 200 } else { status });
    let kind = kind.or_else(|| documented().filter(|_| !is_listed).map(|(_, kind)| kind)).map(String::as_str);
    let kind = of_oauth(operation).or(kind);
    // What takes something away has nothing to tell.
    let takes_away = ["archive", "purge"].iter().any(|what| operation.path.ends_with(what));
    match kind {
        Some(kind) => match serde_json::from_str::<Value>(&call.answer.body) {
            Ok(body) => {
                let wrapped = kind.strip_prefix("CreatedResponse").filter(|_| body.get("entity").is_none());
                if wrapped.is_some() {
                    faults.push(format!("not wrapped as {kind}"));
                }
                value(surface, operation, wrapped.unwrap_or(kind), &body, "", &mut faults);
                if empty(&body) && !takes_away {
                    faults.push(format!("the success is empty: {body}"));
                }
            }
            Err(error) => faults.push(format!("no JSON ({error}): {}", call.answer.body)),
        },
        None if !call.answer.body.is_empty() && status == 204 => faults.push(format!("a body: {}", call.answer.body)),
        None => {}
    }
    faults
}

/// OAuth's documents name a type of which the answer is one form: that of an access token here.
fn of_oauth(operation: &Operation) -> Option<&'static str> {
    let of = operation.path.strip_prefix("/oauth/")?.split_once('/')?.1;
    match of {
        "token" => Some("AccessTokenResponse"),
        "token/introspect" => Some("PublicAccessTokenInfoResponse"),
        _ => None,
    }
}

/// Whether an answer that is a list has nothing in it.
fn empty(body: &Value) -> bool {
    let lists = ["results", "subscriptionDefinitions", "subscriptionStatuses"];
    match body {
        Value::Array(items) => items.is_empty(),
        _ => lists.iter().filter_map(|name| body.get(name)).any(|list| list.as_array().is_some_and(Vec::is_empty)),
    }
}

pub(super) fn refusal(surface: &Surface, operation: &Operation, call: &Call) -> Vec<String> {
    let mut faults = Vec::new();
    let status = call.answer.status;
    let partial = status == 207;
    if !(400..500).contains(&status) && !partial {
        return vec![format!("the refusal is {status}: {}", call.answer.body)];
    }
    let Ok(body) = serde_json::from_str::<Value>(&call.answer.body) else {
        return vec![format!("the refusal is no JSON: {}", call.answer.body)];
    };
    // The token endpoint refuses in the words of RFC 6749 (facts/hubspot-limits-webhooks-auth.md §4.3).
    if operation.document.starts_with("oauth.") && operation.method == "POST" {
        let members: Vec<_> = body.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        if status != 400 || members != ["error", "error_description", "status", "message"] {
            faults.push(format!("the refusal is {status}: {body}"));
        }
        return faults;
    }
    match partial {
        true => faults.extend(self::partial(surface, operation, &body)),
        false => value(surface, operation, "Error", &body, "refusal", &mut faults),
    }
    if !partial && body["correlationId"].as_str() != call.answer.header("x-hubspot-correlation-id") {
        faults.push("the refusal's correlation id is not its header's".to_owned());
    }
    faults
}

/// A 207 has to be in the document, or be one of those that a sheet has; its body is held either way.
pub(super) fn partial(surface: &Surface, operation: &Operation, body: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let of_whole = || operation.answers.get(&200).or_else(|| operation.answers.get(&201));
    let lists_none = WITHOUT_PARTIAL.iter().any(|ends| operation.document.ends_with(ends));
    match operation.answers.get(&207).or_else(|| of_whole().filter(|_| lists_none)) {
        Some(kind) => value(surface, operation, kind, body, "partial", &mut faults),
        None => faults.push(format!("a 207, which neither the document nor a sheet has: {body}")),
    }
    faults
}

/// Holds one value against a type: `string`, `[X]`, `map<X>`, or the name of one.
fn value(surface: &Surface, operation: &Operation, kind: &str, is: &Value, at: &str, faults: &mut Vec<String>) {
    let mut wrong = |is: &Value| faults.push(format!("{at}: {is} is no {kind}"));
    if let Some(item) = kind.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let Value::Array(items) = is else { return wrong(is) };
        for (place, one) in items.iter().enumerate() {
            value(surface, operation, item, one, &format!("{at}[{place}]"), faults);
        }
        return;
    }
    if let Some(item) = kind.strip_prefix("map<").and_then(|rest| rest.strip_suffix('>')) {
        let Value::Object(members) = is else { return wrong(is) };
        for (name, one) in members {
            // A property without a value is null, which the documents do not say (facts/hubspot-crm.md §2.3).
            if !one.is_null() {
                value(surface, operation, item, one, &format!("{at}.{name}"), faults);
            }
        }
        return;
    }
    match kind.split(':').next().unwrap_or(kind) {
        "string" => {
            let good =
                is.as_str().is_some_and(|text| kind != "string:date-time" || text.parse::<jiff::Timestamp>().is_ok());
            // Numbers and booleans are taken for texts in requests (facts/hubspot-crm.md §1).
            let taken = at.starts_with("request") && !is.is_object() && !is.is_array();
            if !good && !taken {
                wrong(is);
            }
        }
        "integer" | "number" if !is.is_number() => wrong(is),
        "boolean" if !is.is_boolean() => wrong(is),
        "integer" | "number" | "boolean" | "object" | "any" => {}
        _ => match surface.fields(&operation.document, kind) {
            Some(_) => object(surface, operation, kind, is, at, faults),
            None => faults.push(format!("{at}: the documents have no type {kind}")),
        },
    }
}

fn object(surface: &Surface, operation: &Operation, kind: &str, is: &Value, at: &str, faults: &mut Vec<String>) {
    let Value::Object(members) = is else { return faults.push(format!("{at}: {is} is no {kind}")) };
    let fields = surface.fields(&operation.document, kind).expect("asked before");
    for (name, one) in members {
        let at = format!("{at}.{name}");
        match (fields.get(name), wire(kind, name)) {
            (_, Some(Wire::Known)) => {}
            (None, _) => faults.push(format!("{at}: {kind} has no such field")),
            (Some(_), Some(Wire::Text)) if one.is_string() => {}
            (Some(_), Some(Wire::Number)) if one.is_number() => {}
            (Some(field), _) if one.is_null() => {
                if field.required && field.kind != "string" {
                    faults.push(format!("{at}: null, and {kind} requires it"));
                }
            }
            (Some(Field { kind: of, values, .. }), _) => {
                value(surface, operation, of, one, &at, faults);
                if let Some(text) = one.as_str().filter(|text| !values.is_empty() && !values.iter().any(|v| v == text))
                {
                    faults.push(format!("{at}: {text} is none of {values:?}"));
                }
            }
        }
    }
    // In requests the wire takes less than the documents require (facts/hubspot-crm.md §2.5, §3).
    if at.starts_with("request") {
        return;
    }
    for (name, _) in fields.iter().filter(|(name, field)| field.required && !members.contains_key(*name)) {
        if wire(kind, name) != Some(Wire::Optional) {
            faults.push(format!("{at}: {kind} requires {name}"));
        }
    }
}
