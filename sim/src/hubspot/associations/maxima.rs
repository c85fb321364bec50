//! How many records an account lets one have by a type, and the report on those that come near to
//! what they may have (facts/hubspot-crm.md §6.1, §6.2).

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::answer::Desk;
use super::batch::{created, gone};
use super::body::{MaximumSent, Purge};
use super::check;
use super::definitions::{Definition, Spec};
use super::refusal;
use super::wire::{self};
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::At;
use crate::message::Reply;

fn told(known: &Definition) -> Value {
    json!({
        "category": known.spec.category.as_str(),
        "typeId": known.spec.id,
        "userEnforcedMaxToObjectIds": known.enforced,
        "label": known.label,
    })
}

pub(super) fn all(stage: &mut At<'_>) -> Reply {
    let definitions = stage.state.portal.associations.definitions.clone();
    json_reply(StatusCode::OK, move || {
        let set = definitions.all().iter().filter(|known| known.enforced.is_some());
        json!({"results": set.map(told).collect::<Vec<_>>()})
    })
}

pub(super) fn list(desk: &mut Desk<'_, '_>) -> Reply {
    let (from, to) = (desk.pair.from.end, desk.pair.to.end);
    let definitions = desk.stage.state.portal.associations.definitions.clone();
    json_reply(StatusCode::OK, move || {
        let set = definitions.between(from, to).filter(|known| known.enforced.is_some());
        json!({"results": set.map(told).collect::<Vec<_>>()})
    })
}

/// What the account may set: no more than HubSpot allows, a label no more than its pair, and a pair
/// no less than its labels.
fn allowed(desk: &Desk<'_, '_>, spec: Spec, max: &str) -> Result<u32, Problem> {
    let (from, to) = (desk.pair.from.end, desk.pair.to.end);
    let definitions = &desk.stage.state.portal.associations.definitions;
    let known = definitions.get(spec).filter(|known| (known.from, known.to) == (from, to));
    let known = known.ok_or_else(|| refusal::no_types(&[spec]))?;
    let others: Vec<_> = definitions.between(from, to).filter(|other| other.spec != spec).collect();
    let set =
        |default: bool| others.iter().filter(move |other| other.default == default).filter_map(|other| other.enforced);
    let vendors = known.limit.unwrap_or_else(|| check::max(desk.room));
    let (least, most) = if known.default {
        (set(false).max().unwrap_or(1), vendors)
    } else {
        (1, set(true).min().map_or(vendors, |own| own.min(vendors)))
    };
    let wanted = max.parse().ok().filter(|wanted| (least..=most).contains(wanted));
    wanted.ok_or_else(|| {
        let (category, id) = (spec.category.as_str(), spec.id);
        Problem::validation(format!("maxToObjectIds of {category} {id} must be between {least} and {most}, was {max}"))
    })
}

fn enforce(desk: &mut Desk<'_, '_>, spec: Spec, max: Option<u32>) -> bool {
    let definitions = &mut desk.stage.state.portal.associations.definitions;
    if definitions.get(spec).is_none_or(|known| known.enforced == max) {
        return false;
    }
    match Arc::make_mut(definitions).change(spec) {
        Some(known) => {
            known.enforced = max;
            true
        }
        None => false,
    }
}

/// Sets each of them; what was set, and the errors of those that cannot be.
fn set_each(desk: &mut Desk<'_, '_>, inputs: Vec<MaximumSent>) -> (Vec<Value>, Vec<Problem>, bool) {
    let (mut rows, mut errors, mut changed) = (Vec::with_capacity(inputs.len()), Vec::new(), false);
    for MaximumSent { spec, max } in inputs {
        match allowed(desk, spec, &max) {
            Ok(max) => {
                changed |= enforce(desk, spec, Some(max));
                rows.extend(desk.stage.state.portal.associations.definitions.get(spec).map(told));
            }
            Err(problem) => errors.push(problem),
        }
    }
    (rows, errors, changed)
}

pub(super) fn set(desk: &mut Desk<'_, '_>, inputs: Vec<MaximumSent>) -> Result<Reply, Problem> {
    let (rows, errors, changed) = set_each(desk, inputs);
    Ok(wire::batch(created(desk), desk.stage.at, move || rows, errors).with_effect_if(changed))
}

/// As `set`, told without the labels.
pub(super) fn change(desk: &mut Desk<'_, '_>, inputs: Vec<MaximumSent>) -> Result<Reply, Problem> {
    let (mut rows, errors, changed) = set_each(desk, inputs);
    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
        row.shift_remove("label");
    }
    Ok(wire::batch(StatusCode::OK, desk.stage.at, move || rows, errors).with_effect_if(changed))
}

pub(super) fn purge(desk: &mut Desk<'_, '_>, inputs: Vec<Purge>) -> Result<Reply, Problem> {
    let ends = (desk.pair.from.end, desk.pair.to.end);
    let mut changed = false;
    for Purge(spec) in inputs {
        let definitions = &desk.stage.state.portal.associations.definitions;
        if definitions.get(spec).is_some_and(|known| (known.from, known.to) == ends) {
            changed |= enforce(desk, spec, None);
        }
    }
    Ok(gone(desk, changed))
}

/// The report goes by mail to a user, of whom the room knows no more than the number.
pub(super) fn report(user: &str, stage: &At<'_>) -> Result<Reply, Problem> {
    let id: u32 = user.parse().map_err(|_| refusal::no_id(user))?;
    let at = stage.at;
    Ok(json_reply(StatusCode::OK, move || {
        json!({
            "userId": id,
            "userEmail": format!("user-{id}@example.com"),
            "enqueueTime": {"value": at.0, "dateOnly": false, "timeZoneShift": 0},
        })
    }))
}
