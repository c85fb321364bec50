//! Labels: the association types that an account makes for itself (facts/hubspot-crm.md §6.2).

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use super::answer::Desk;
use super::body::{LabelChange, NewLabel};
use super::definitions::{Category, Definition, Definitions, Spec};
use super::wire::told;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::routes::Version;
use crate::message::Reply;

pub(super) fn list(desk: &mut Desk<'_, '_>) -> Reply {
    let (pair, version) = (desk.pair.clone(), desk.version);
    let definitions = desk.stage.state.portal.associations.definitions.clone();
    json_reply(StatusCode::OK, move || {
        let row = |known: &Definition| {
            let mut row = told(known);
            // The latest version's description has the two no more.
            if version != Version::September2026 {
                row["fromObjectTypeId"] = pair.from.of.type_id.as_str().into();
                row["toObjectTypeId"] = pair.to.of.type_id.as_str().into();
            }
            row
        };
        json!({"results": definitions.between(pair.from.end, pair.to.end).map(row).collect::<Vec<_>>()})
    })
}

/// The account's own labels from one type to the other.
fn own(desk: &Desk<'_, '_>) -> Vec<Definition> {
    let (from, to) = (desk.pair.from.end, desk.pair.to.end);
    let definitions = &desk.stage.state.portal.associations.definitions;
    definitions.own_labels().filter(|known| (known.from, known.to) == (from, to)).cloned().collect()
}

fn change_all<'d>(desk: &'d mut Desk<'_, '_>) -> &'d mut Definitions {
    Arc::make_mut(&mut desk.stage.state.portal.associations.definitions)
}

pub(super) fn create(desk: &mut Desk<'_, '_>, new: NewLabel) -> Result<Reply, Problem> {
    let NewLabel { label, name, inverse_label } = new;
    if name.is_empty() || name.contains('-') || name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(Problem::validation(format!(
            "Association definition name {name} is not valid: it may not be empty, contain hyphens or begin with a digit"
        )));
    }
    if label.trim().is_empty() {
        return Err(Problem::validation("Association label may not be empty"));
    }
    let known = own(desk);
    if known.iter().any(|known| known.name == name || known.label.as_ref() == Some(&label)) {
        let said = format!("Association label {label} already exists");
        return Err(Problem::new(StatusCode::CONFLICT, Some("CONFLICT"), said));
    }
    let max = desk.room.settings().association_labels_max.value;
    if known.len() >= max {
        return Err(Problem::validation(format!(
            "Cannot create more than {max} association labels between two objects"
        )));
    }
    let inverse_label = inverse_label.filter(|text| !text.trim().is_empty());
    let paired = inverse_label.is_some();
    let ends = (desk.pair.from.end, desk.pair.to.end);
    let mut specs = change_all(desk).add(ends, &name, Some(label), inverse_label);
    if !paired {
        specs.truncate(1);
    }
    let definitions = desk.stage.state.portal.associations.definitions.clone();
    let reply = json_reply(StatusCode::OK, move || {
        let rows = specs.iter().filter_map(|spec| definitions.get(*spec)).map(told);
        json!({"results": rows.collect::<Vec<_>>()})
    });
    Ok(reply.with_effect())
}

/// A label of the account's own between the two types, by the number that a call names.
fn named(desk: &Desk<'_, '_>, id: &str) -> Result<Definition, Problem> {
    let (from, to) = (desk.pair.from.end, desk.pair.to.end);
    let definitions = &desk.stage.state.portal.associations.definitions;
    let find = |category| {
        let spec = id.parse().ok().map(|id| Spec { category, id })?;
        definitions.get(spec).filter(|known| (known.from, known.to) == (from, to))
    };
    if let Some(known) = find(Category::UserDefined) {
        return Ok(known.clone());
    }
    if find(Category::HubspotDefined).is_some() {
        return Err(Problem::validation(format!("Association type {id} is defined by HubSpot and cannot be changed")));
    }
    let said = format!("Association type {id} does not exist");
    Err(Problem::new(StatusCode::NOT_FOUND, Some("OBJECT_NOT_FOUND"), said))
}

pub(super) fn change(desk: &mut Desk<'_, '_>, change: LabelChange) -> Result<Reply, Problem> {
    let LabelChange { id, label, inverse_label } = change;
    let known = named(desk, &id)?;
    let definitions = change_all(desk);
    let inverse = known.inverse.and_then(|inverse| definitions.get(inverse)).cloned();
    // A label without another for the other direction is told alike from both.
    let alike = inverse.as_ref().is_some_and(|inverse| inverse.label == known.label);
    let back = inverse_label.or_else(|| alike.then(|| label.clone()));
    let mut changed = false;
    for (spec, text) in [(Some(known.spec), Some(label)), (inverse.map(|inverse| inverse.spec), back)] {
        if let Some(definition) = spec.and_then(|spec| definitions.change(spec))
            && text.is_some()
            && definition.label != text
        {
            definition.label = text;
            changed = true;
        }
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect_if(changed))
}

pub(super) fn drop(desk: &mut Desk<'_, '_>, id: &str) -> Result<Reply, Problem> {
    let known = named(desk, id)?;
    if desk.stage.state.portal.associations.is_used(known.spec) {
        return Err(Problem::validation(format!("Association type {id} is in use and cannot be deleted")));
    }
    change_all(desk).remove(known.spec);
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}
