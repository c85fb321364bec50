//! Single properties: listed, read, made, changed, archived. A change to a type is at once that of
//! its table, so that records are written and read by it.

use std::sync::Arc;

use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::ask::Look;
use super::body::Definition;
use super::{define, formula, json};
use crate::Moment;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::table::Table;
use crate::hubspot::types::{ObjectType, Property, PropertyId};
use crate::message::Reply;
use crate::policy::HubspotSettings;

pub(super) fn list(place: usize, look: Look, stage: &mut At<'_>) -> Reply {
    let of = stage.state.table(place).of.clone();
    json_reply(StatusCode::OK, move || {
        let named = |property: &&Property| look.names.is_empty() || look.names.contains(&property.name);
        let seen = of.properties.iter().filter(|property| look.sees(property)).filter(named);
        json!({ "results": seen.map(json::property).collect::<Vec<_>>() })
    })
}

impl Look {
    /// Whether a property is among those that are looked for.
    pub(super) fn sees(&self, property: &Property) -> bool {
        let sensitivity = property.about.data_sensitivity.as_deref().unwrap_or(json::NON_SENSITIVE);
        property.archived.is_some() == self.archived && sensitivity == self.sensitivity
    }
}

pub(super) fn read(place: usize, name: &str, look: &Look, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let of = stage.state.table(place).of.clone();
    let id = if look.archived { of.find_archived(name) } else { of.find(name) };
    let id = id.filter(|id| look.sees(of.property(*id))).ok_or_else(|| define::missing(name))?;
    Ok(told(StatusCode::OK, of, id))
}

pub(super) fn create(
    room: &Hubspot,
    place: usize,
    sent: &Definition,
    path: &str,
    stage: &mut At<'_>,
) -> Result<Reply, Problem> {
    let at = stage.at;
    let table = stage.state.table(place);
    let id = make(table, sent, at, room.settings())?;
    let location = format!("{}{path}/{}", stage.base_url, table.of.property(id).name);
    Ok(located(told(StatusCode::CREATED, table.of.clone(), id).with_effect(), location))
}

/// Defines a property in a table.
pub(super) fn make(
    table: &mut Table,
    sent: &Definition,
    at: Moment,
    settings: &HubspotSettings,
) -> Result<PropertyId, Problem> {
    let property = define::created(&table.of, sent, at, settings)?;
    let id = Arc::make_mut(&mut table.of).define(property);
    table.learn(id);
    Ok(id)
}

pub(super) fn update(place: usize, name: &str, sent: &Definition, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let at = stage.at;
    let table = stage.state.table(place);
    let id = table.of.find(name).ok_or_else(|| define::missing(name))?;
    let property = define::changed(&table.of, id, sent, at)?;
    let retyped = property.kind != table.of.property(id).kind;
    Arc::make_mut(&mut table.of).redefine(id, |known| *known = property);
    if retyped {
        table.learn(id);
    }
    Ok(told(StatusCode::OK, table.of.clone(), id).with_effect())
}

pub(super) fn archive(place: usize, name: &str, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let at = stage.at;
    let table = stage.state.table(place);
    let id = table.of.find(name).ok_or_else(|| define::missing(name))?;
    may_go(&table.of, id, &[])?;
    retire(table, id, at);
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}

pub(super) fn retire(table: &mut Table, id: PropertyId, at: Moment) {
    let of = Arc::make_mut(&mut table.of);
    of.retire(id, at);
    of.redefine(id, |property| property.about.updated = Some(at));
}

/// Whether a property may be archived: it is the portal's own, and no property that stays is
/// calculated from it.
pub(super) fn may_go(of: &ObjectType, id: PropertyId, going: &[PropertyId]) -> Result<(), Problem> {
    let Property { name, about, .. } = of.property(id);
    if about.hubspot_defined {
        return Err(Problem::validation(format!("Property '{name}' is defined by HubSpot and cannot be archived")));
    }
    let uses = |other: &PropertyId| {
        let other = of.property(*other);
        let formula = other.about.calculation_formula.as_deref().unwrap_or_default();
        other.archived.is_none() && formula::names(formula).contains(&name.as_str())
    };
    let users: Vec<_> = of.ids().filter(|other| *other != id && !going.contains(other)).filter(uses).collect();
    if users.is_empty() {
        return Ok(());
    }
    let (what, count) = (&of.type_id, users.len());
    let mut problem = Problem::validation(format!(
        "Property: {name} of object type {what} is currently used in {count} places and cannot be deleted"
    ))
    .with_context("usageCount", vec![count.to_string()]);
    problem.sub_category = Some("PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE");
    problem.errors = users.into_iter().map(|user| used_by(what, &of.property(user).name)).collect();
    Err(problem)
}

fn used_by(what: &str, name: &str) -> Value {
    json!({
        "message": format!("Property is used by {name}"),
        "subCategory": "PropertyValidationError.PROPERTY_USAGE",
        "context": {"parentType": ["CALCULATED_PROPERTY"], "parentName": [format!("{what}/{name}")]},
    })
}

/// A property as an answer.
fn told(status: StatusCode, of: Arc<ObjectType>, id: PropertyId) -> Reply {
    json_reply(status, move || json::property(of.property(id)))
}

/// With the place of what was made.
pub(super) fn located(reply: Reply, location: String) -> Reply {
    match HeaderValue::try_from(location) {
        Ok(location) => reply.with(header::LOCATION, location),
        Err(_) => reply,
    }
}
