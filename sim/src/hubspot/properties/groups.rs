//! Groups of properties. An archived one is not told any more; its name can be taken again.

use std::sync::Arc;

use compact_str::CompactString;
use http::StatusCode;
use serde_json::json;

use super::answer::located;
use super::body::{GroupDefinition, sent};
use super::{define, json};
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::At;
use crate::hubspot::types::{Group, ObjectType, last};
use crate::message::Reply;

pub(super) fn list(place: usize, stage: &mut At<'_>) -> Reply {
    let of = stage.state.table(place).of.clone();
    json_reply(StatusCode::OK, move || {
        let groups = of.groups.iter().filter(|group| !group.archived).map(json::group);
        json!({ "results": groups.collect::<Vec<_>>() })
    })
}

pub(super) fn read(place: usize, name: &str, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let of = stage.state.table(place).of.clone();
    let at = find(&of, name)?;
    Ok(told(StatusCode::OK, of, at))
}

pub(super) fn create(place: usize, asked: &GroupDefinition, path: &str, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let name = define::name(sent(&asked.name).map_or("", CompactString::as_str));
    let table = stage.state.table(place);
    if find(&table.of, &name).is_ok() {
        let said = format!("A property group named '{name}' already exists.");
        return Err(Problem::new(StatusCode::CONFLICT, Some("OBJECT_ALREADY_EXISTS"), said));
    }
    if name.is_empty() {
        return Err(Problem::validation("Property group failed validation."));
    }
    let location = format!("{}{path}/{name}", stage.base_url);
    let label = sent(&asked.label).cloned().unwrap_or_default();
    let display_order = asked.display_order.map_or_else(last, |order| order.0);
    let groups = &mut Arc::make_mut(&mut table.of).groups;
    groups.retain(|group| group.name != name);
    groups.push(Group { name, label, display_order, archived: false });
    let at = groups.len() - 1;
    Ok(located(told(StatusCode::CREATED, table.of.clone(), at).with_effect(), location))
}

pub(super) fn update(place: usize, name: &str, asked: &GroupDefinition, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let table = stage.state.table(place);
    let at = find(&table.of, name)?;
    let group = &mut Arc::make_mut(&mut table.of).groups[at];
    if let Some(label) = sent(&asked.label) {
        group.label.clone_from(label);
    }
    group.display_order = asked.display_order.map_or(group.display_order, |order| order.0);
    Ok(told(StatusCode::OK, table.of.clone(), at).with_effect())
}

/// A group can go when no active property is in it. The refusal stands in another, as text.
pub(super) fn archive(place: usize, name: &str, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let correlation = stage.correlation();
    let table = stage.state.table(place);
    let at = find(&table.of, name)?;
    if table.of.properties.iter().any(|property| property.archived.is_none() && property.about.group == name) {
        let mut inner = Problem::validation("Can't delete or purge a group with active properties");
        inner.sub_category = Some("PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES");
        return Err(Problem::bare(inner.body(correlation).to_string()));
    }
    Arc::make_mut(&mut table.of).groups[at].archived = true;
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}

fn find(of: &ObjectType, name: &str) -> Result<usize, Problem> {
    of.groups.iter().position(|group| group.name == name && !group.archived).ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, Some("OBJECT_NOT_FOUND"), format!("Property group '{name}' does not exist"))
    })
}

fn told(status: StatusCode, of: Arc<ObjectType>, at: usize) -> Reply {
    json_reply(status, move || json::group(&of.groups[at]))
}
