//! What the association APIs answer to what cannot be (facts/hubspot-crm.md §2.11, §6.1, §6.3).

use http::StatusCode;
use serde_json::json;

use super::definitions::Spec;
use super::store::Exceeded;
use crate::hubspot::errors::Problem;
use crate::hubspot::types::ObjectType;

fn one(text: impl ToString) -> Vec<String> {
    vec![text.to_string()]
}

fn of_kind(mut problem: Problem, sub_category: &'static str) -> Problem {
    problem.sub_category = Some(sub_category);
    problem
}

/// The form that tells by the names of its context what is wrong.
fn invalid() -> Problem {
    Problem::validation("One or more associations are invalid")
}

fn told(spec: Spec, between: &str) -> String {
    format!("{}{between}{}", spec.category.as_str(), spec.id)
}

pub(super) fn no_id(text: &str) -> Problem {
    let problem = Problem::validation(format!("{text} is not a valid ID")).with_context("id", one(text));
    of_kind(problem, "crm.associations.INVALID_IDENTIFIER")
}

pub(super) fn itself(id: u64) -> Problem {
    Problem::validation(format!("Object {id} cannot be associated to itself ({id})"))
}

/// What an app writes whose maker may no longer write (facts/hubspot-limits-webhooks-auth.md §4.1). What the error says
/// beside its context was not captured.
pub(crate) fn not_permitted() -> Problem {
    let said = "one or more associations are not valid";
    let mut problem = Problem::new(StatusCode::BAD_REQUEST, Some("BAD_REQUEST"), said);
    let context = json!({"validationResult": ["USER_DOES_NOT_HAVE_PERMISSIONS"]});
    problem.errors.push(json!({"message": said, "context": context}));
    problem
}

/// Records that are not there, by what they should be and their ids.
pub(super) fn no_objects(missing: &[(String, u64)]) -> Problem {
    let said = missing.iter().map(|(of, id)| format!("{of}={id} is not valid")).collect();
    invalid()
        .with_context("INVALID_OBJECT_IDS", said)
        .with_context("objectId", missing.iter().map(|(_, id)| id.to_string()).collect())
        .with_context("objectType", missing.iter().map(|(of, _)| of.clone()).collect())
}

pub(super) fn no_types(specs: &[Spec]) -> Problem {
    let named: Vec<_> = specs.iter().map(|spec| told(*spec, "=")).collect();
    let said = named.iter().map(|named| format!("{named} is not a valid association definition id")).collect();
    invalid().with_context("associationSpec", named).with_context("INVALID_ASSOCIATION_TYPE_ID", said)
}

/// The type of an association that is made with its record is of another kind of record.
pub(super) fn wrong_from(of: &str, expected: &str, spec: Spec) -> Problem {
    let (number, id) = (spec.category as u8, spec.id);
    Problem::validation(format!(
        "invalid from object type {of} for associations to be created. expected: {expected}. For definition {number}-{id}"
    ))
}

pub(super) fn limit(exceeded: &Exceeded, portal: u64) -> Problem {
    let Exceeded { from, spec, limit } = exceeded;
    let (category, id) = (spec.category.as_str(), spec.id);
    let named = format!("associationCategory {category}, associationTypeId {id}");
    invalid()
        .with_context(
            "ASSOCIATION_LIMIT_EXCEEDED",
            one(format!(
                "Exceeded association limit of {limit} for portalId {portal}, fromObjectId {}, {named}",
                from.id
            )),
        )
        .with_context("limit", one(limit))
        .with_context("portalId", one(portal))
        .with_context("fromObjectId", one(from.id))
        .with_context("associationTypeIdThatExceededLimit", one(id))
        .with_context("associationCategoryThatExceededLimit", one(category))
        .with_context("specHasAllAssociatedObjects", one(true))
        .with_context("associationSpec", one(named))
}

pub(super) fn none_associated(from: &ObjectType, id: &str, to: &ObjectType) -> Problem {
    let (from, to) = (&from.singular, &to.singular);
    let said = format!("No {to} is associated with {from} {id}.");
    let problem = Problem::new(StatusCode::NOT_FOUND, Some("OBJECT_NOT_FOUND"), said)
        .with_context("fromObjectId", one(id))
        .with_context("fromObjectType", one(from))
        .with_context("toObjectType", one(to));
    of_kind(problem, "crm.associations.NO_ASSOCIATIONS_FOUND")
}

/// A record that is not there, as the third version tells it.
pub(super) fn no_object(of: &ObjectType, id: u64, is_from: bool) -> Problem {
    let singular = &of.singular;
    let said = format!("No {singular} with ID {id} exists");
    let problem = Problem::new(StatusCode::NOT_FOUND, Some("OBJECT_NOT_FOUND"), said)
        .with_context("objectType", one(singular))
        .with_context("id", one(id));
    let sub_category =
        if is_from { "crm.associations.FROM_OBJECT_NOT_FOUND" } else { "crm.associations.TO_OBJECT_NOT_FOUND" };
    of_kind(problem, sub_category)
}

/// A type that a pair does not have, as the third version tells it.
pub(super) fn no_type(text: &str, from: &ObjectType, to: &ObjectType) -> Problem {
    let (from, to) = (&from.name, &to.name);
    let said = format!("{text} is not a valid association type between {from} and {to}");
    let problem = Problem::validation(said)
        .with_context("type", one(text))
        .with_context("fromObjectType", one(from))
        .with_context("toObjectType", one(to));
    of_kind(problem, "crm.associations.INVALID_ASSOCIATION_TYPE")
}

/// Two kinds of record that cannot be associated.
pub(super) fn no_pair(from: &ObjectType, to: &ObjectType) -> Problem {
    let (from, to) = (&from.type_id, &to.type_id);
    Problem::validation(format!("No default association type exists between {from} and {to}"))
}
