//! Bodies with one thing wrong: of the body that succeeds, each required member is left out, each member of a
//! closed list gets a value that is not in it, and each member gets a value of another form.

use serde_json::{Value, json};

use super::drive::{Call, Portal};
use super::surface::{Field, Operation, Surface};

/// What the wire does not require though the documents do: the type, the member, and whose word that is.
/// `*` stands for every member. A list or map that is left out is an empty one, of whatever type
/// (facts/hubspot-limits-webhooks-auth.md §12, trap 8).
const NOT_REQUIRED: &[(&str, &str, &str)] = &[
    ("SimplePublicObjectBatchInput", "id", "trap 8: inputs of the wrong inner form are passed over"),
    ("SimplePublicObjectId", "id", "trap 8"),
    ("PropertyName", "name", "trap 8 [inferred]: that of records is reported"),
    ("BatchReadInputPropertyName", "archived", "facts/hubspot-crm.md §4 [inferred]: as the query of a single read"),
    ("BatchReadInputPropertyName", "dataSensitivity", "as `archived`"),
    ("PublicObjectSearchRequest", "*", "facts/hubspot-crm.md §3: the wire accepts {}"),
    ("SubscriptionCreateRequest", "active", "facts/hubspot-limits-webhooks-auth.md §5: false unless it says otherwise"),
    ("ObjectTypePropertyCreate", "type", "facts/hubspot-crm.md §5: string unless it says otherwise"),
    ("ObjectTypePropertyCreate", "fieldType", "facts/hubspot-crm.md §5: text unless it says otherwise"),
];

fn is_listed(list: &[(&str, &str, &str)], kind: &str, member: &str) -> bool {
    list.iter().any(|(of, name, _)| *of == kind && (*name == "*" || *name == member))
}

/// What a member becomes.
enum Turned {
    Left,
    Out,
    Into(Value),
}

/// A body with one member changed: of what type, which, and the body.
struct Variant {
    kind: String,
    member: String,
    body: Value,
}

/// Every body in which one member of the type, or of what is in it, has become something else.
fn variants(
    (surface, document): (&Surface, &str),
    kind: &str,
    body: &Value,
    turn: &dyn Fn(&Field, &Value) -> Turned,
) -> Vec<Variant> {
    let of = (surface, document);
    if let Some(item) = kind.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let Some(first) = body.get(0) else { return Vec::new() };
        let mut inner = variants(of, item, first, turn);
        for one in &mut inner {
            let mut whole = body.clone();
            whole[0] = one.body.take();
            one.body = whole;
        }
        return inner;
    }
    let (Some(fields), Some(members)) = (surface.fields(document, kind), body.as_object()) else { return Vec::new() };
    let mut all = Vec::new();
    for (name, field) in fields {
        let Some(sent) = members.get(name) else { continue };
        let mut body = members.clone();
        let turned = match turn(field, sent) {
            Turned::Left => false,
            Turned::Out => body.remove(name).is_some(),
            Turned::Into(value) => body.insert(name.clone(), value).is_some(),
        };
        if turned {
            all.push(Variant { kind: kind.to_owned(), member: name.clone(), body: body.into() });
        }
        for mut one in variants(of, &field.kind, sent, turn) {
            let mut whole = Value::from(members.clone());
            whole[name] = one.body.take();
            one.body = whole;
            all.push(one);
        }
    }
    all
}

fn is_collection(field: &Field) -> bool {
    field.kind.starts_with('[') || field.kind.starts_with("map<")
}

/// Leaves a required member out; what may be empty is not asked for.
fn left_out(field: &Field, _: &Value) -> Turned {
    if field.required && !is_collection(field) { Turned::Out } else { Turned::Left }
}

fn outside_its_list(field: &Field, sent: &Value) -> Turned {
    match (field.values.is_empty(), sent) {
        (false, Value::String(_)) => Turned::Into(json!("NONE_OF_THEM")),
        _ => Turned::Left,
    }
}

fn of_another_form(_: &Field, sent: &Value) -> Turned {
    Turned::Into(if sent.is_object() { json!([["x"]]) } else { json!({"x": {"y": []}}) })
}

/// A definition under a name that is not taken: what else is wrong with it shows then.
fn renamed(mut body: Value) -> Value {
    for place in ["/name", "/inputs/0/name"] {
        if let Some(Value::String(name)) = body.pointer_mut(place) {
            name.push_str("_again");
        }
    }
    body
}

/// Names of our own types and parser, which no vendor's answer has.
const OURS: &[&str] =
    &["`u64`", "`i64`", "`u32`", "`i32`", "`bool`", "a boolean", "struct ", "a string", "a map", "option"];

/// Whether a refusal says of this member, and of no other, that it is not set: its last sentence ends with the
/// list of them. A member of a member may have the names of both.
fn names_alone(refusal: &str, member: &str) -> bool {
    let refusal: Value = serde_json::from_str(refusal).unwrap_or_default();
    let said = refusal["message"].as_str().unwrap_or_default();
    let listed =
        said.rsplit_once("not set").and_then(|(_, rest)| rest.trim_start_matches(':').trim().strip_prefix('['));
    let named = listed.and_then(|rest| rest.strip_suffix(']'));
    named.is_some_and(|named| named.rsplit('.').next() == Some(member))
}

#[derive(Default)]
pub(super) struct Counts {
    pub(super) required: usize,
    pub(super) others: usize,
}

/// How many such bodies were refused, and what came otherwise.
pub(super) async fn drive(
    portal: &Portal,
    surface: &Surface,
    operation: &Operation,
    success: &Call,
) -> (Counts, Vec<String>) {
    let (mut counts, mut faults) = (Counts::default(), Vec::new());
    let (Some(kind), Some(body)) = (&operation.body, &success.body) else { return (counts, faults) };
    let of = (surface, operation.document.as_str());
    let send = async |body: Value| portal.call(&operation.method, &success.path, Some(body)).await.answer;
    for Variant { kind, member, body } in variants(of, kind, body, &left_out) {
        let listed = is_listed(NOT_REQUIRED, &kind, &member);
        if operation.path.ends_with("search") {
            portal.breathe().await;
        }
        let answer = send(body).await;
        match answer.status {
            200..=299 if listed => {}
            // What is made is made already.
            409 if listed && answer.body.contains("ALREADY_EXISTS") => {}
            status if listed => faults.push(format!("{member} of {kind} is said not to be required: {status}")),
            400 if names_alone(&answer.body, &member) => counts.required += 1,
            status => faults.push(format!("without {member} of {kind}: {status} {}", answer.body)),
        }
    }
    for Variant { kind, member, body } in variants(of, kind, body, &outside_its_list) {
        portal.breathe().await;
        let answer = send(renamed(body)).await;
        match answer.status {
            400 => counts.others += 1,
            // One bad input of several.
            207 if answer.body.contains("VALIDATION_ERROR") => counts.others += 1,
            status => faults.push(format!("{member} of {kind} outside its list: {status} {}", answer.body)),
        }
    }
    portal.breathe().await;
    for Variant { kind, member, body } in variants(of, kind, body, &of_another_form) {
        if operation.path.ends_with("search") {
            portal.breathe().await;
        }
        let answer = send(body).await;
        let ours = OURS.iter().find(|word| answer.body.contains(**word));
        match (answer.status, ours) {
            (400, None) => counts.others += 1,
            (status, _) => faults.push(format!("{member} of {kind} of another form: {status} {}", answer.body)),
        }
    }
    (counts, faults)
}
