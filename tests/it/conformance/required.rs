//! Members that a document requires of a body, left out one at a time of the body that succeeds.

use serde_json::Value;

use super::drive::{Call, Portal};
use super::surface::{Operation, Surface};

/// What the wire does not require though the documents do: the type, the member, and whose word that is.
/// `*` stands for every member.
pub(super) const NOT_REQUIRED: &[(&str, &str, &str)] = &[
    (
        "SimplePublicObjectInputForCreate",
        "*",
        "facts/hubspot-crm.md §2.5: associations may be missing; without properties what is required of the type is told",
    ),
    (
        "SimplePublicObjectInput",
        "properties",
        "facts/hubspot-limits-webhooks-auth.md §12, trap 8 [inferred]: nothing to write",
    ),
    ("SimplePublicObjectBatchInputForCreate", "*", "facts/hubspot-crm.md §2.5"),
    ("SimplePublicObjectBatchInput", "properties", "as of a single update"),
    (
        "SimplePublicObjectBatchInputUpsert",
        "properties",
        "facts/hubspot-crm.md §2.9: the samples send what they set alone",
    ),
    ("BatchInputSimplePublicObjectId", "inputs", "facts/hubspot-limits-webhooks-auth.md §12, trap 8: an empty batch"),
    ("BatchInputSimplePublicObjectBatchInputForCreate", "inputs", "trap 8"),
    ("BatchInputSimplePublicObjectBatchInput", "inputs", "trap 8"),
    ("BatchInputSimplePublicObjectBatchInputUpsert", "inputs", "trap 8"),
    ("BatchReadInputSimplePublicObjectId", "*", "facts/hubspot-crm.md §2.8; trap 8"),
    ("PublicObjectSearchRequest", "*", "facts/hubspot-crm.md §3: the wire accepts {}"),
    ("ObjectSchemaEgg", "*", "ledger: `hubspot.schemas.create`"),
];

fn is_listed(kind: &str, member: &str) -> bool {
    NOT_REQUIRED.iter().any(|(of, name, _)| *of == kind && (*name == "*" || *name == member))
}

/// A body without one member: which, of what type, and the body.
struct Lacking {
    kind: String,
    member: String,
    body: Value,
}

/// Every body that lacks one required member of the type, and of what is in it.
fn lacking(surface: &Surface, document: &str, kind: &str, body: &Value) -> Vec<Lacking> {
    if let Some(item) = kind.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let Some(first) = body.get(0) else { return Vec::new() };
        let mut inner = lacking(surface, document, item, first);
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
        if field.required {
            let mut body = members.clone();
            body.remove(name);
            all.push(Lacking { kind: kind.to_owned(), member: name.clone(), body: body.into() });
        }
        for mut one in lacking(surface, document, &field.kind, sent) {
            let mut whole = body.clone();
            whole[name] = one.body.take();
            one.body = whole;
            all.push(one);
        }
    }
    all
}

/// How many members were left out and refused, and what came otherwise.
pub(super) async fn drive(
    portal: &Portal,
    surface: &Surface,
    operation: &Operation,
    success: &Call,
) -> (usize, Vec<String>) {
    let (Some(kind), Some(body)) = (&operation.body, &success.body) else { return (0, Vec::new()) };
    let (mut refused, mut faults) = (0, Vec::new());
    for Lacking { kind, member, body } in lacking(surface, &operation.document, kind, body) {
        if is_listed(&kind, &member) {
            continue;
        }
        let answer = portal.call(&operation.method, &success.path, Some(body)).await.answer;
        match answer.status {
            400 if answer.body.contains(&member) => refused += 1,
            status => faults.push(format!("without {member} of {kind}: {status} {}", answer.body)),
        }
    }
    (refused, faults)
}
