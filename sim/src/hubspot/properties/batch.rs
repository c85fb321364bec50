//! Batches of properties. A create tells each property that cannot be beside those that can.

use std::sync::Arc;

use compact_str::CompactString;
use http::StatusCode;
use serde_json::{Map, Value};

use super::ask::Look;
use super::body::{Definitions, Names, sent};
use super::define::{self, SENSITIVITIES};
use super::{answer, json};
use crate::Moment;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::types::{ObjectType, PropertyId};
use crate::message::Reply;

pub(super) fn create(room: &Hubspot, place: usize, batch: &Definitions, stage: &mut At<'_>) -> Reply {
    let at = stage.at;
    let table = stage.state.table(place);
    let (mut made, mut errors) = (Vec::new(), Vec::new());
    for input in &batch.inputs {
        match answer::make(table, input, at, room.settings()) {
            Ok(id) => made.push(id),
            Err(problem) => {
                let name = define::name(sent(&input.name).map_or("", CompactString::as_str));
                errors.push(problem.with_context("name", vec![name.into()]));
            }
        }
    }
    let effect = !made.is_empty();
    let reply = reply(StatusCode::CREATED, table.of.clone(), made, errors, at);
    if effect { reply.with_effect() } else { reply }
}

pub(super) fn read(place: usize, batch: &Names, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let at = stage.at;
    let of = stage.state.table(place).of.clone();
    let sensitivity = sent(&batch.data_sensitivity).cloned().unwrap_or_else(|| json::NON_SENSITIVE.into());
    if !SENSITIVITIES.contains(&sensitivity.as_str()) {
        return Err(Problem::validation(format!("'{sensitivity}' is not a valid dataSensitivity")));
    }
    let look = Look { archived: batch.archived.is_some_and(|flag| flag.0), sensitivity, names: Vec::new() };
    let (mut found, mut lost) = (Vec::new(), Vec::new());
    for input in &batch.inputs {
        let name = &input.name.0;
        let id = if look.archived { of.find_archived(name) } else { of.find(name) };
        match id.filter(|id| look.sees(of.property(*id))) {
            Some(id) if !found.contains(&id) => found.push(id),
            None if !lost.contains(&name.to_string()) => lost.push(name.to_string()),
            _ => {}
        }
    }
    let errors = if lost.is_empty() {
        Vec::new()
    } else {
        let said = "Could not get some properties, they may be archived or not exist. Check that names are valid.";
        vec![Problem::new(StatusCode::NOT_FOUND, Some("OBJECT_NOT_FOUND"), said).with_context("name", lost)]
    };
    Ok(reply(StatusCode::OK, of, found, errors, at))
}

/// 204 whatever the names are, unless one of them names a property that cannot go: then none goes.
pub(super) fn archive(place: usize, batch: &Names, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let at = stage.at;
    let table = stage.state.table(place);
    let going: Vec<_> = batch.inputs.iter().filter_map(|input| table.of.find(&input.name.0)).collect();
    for id in &going {
        answer::may_go(&table.of, *id, &going)?;
    }
    for id in &going {
        answer::retire(table, *id, at);
    }
    let reply = Reply::empty(StatusCode::NO_CONTENT);
    Ok(if going.is_empty() { reply } else { reply.with_effect() })
}

fn reply(status: StatusCode, of: Arc<ObjectType>, ids: Vec<PropertyId>, errors: Vec<Problem>, at: Moment) -> Reply {
    let status = if errors.is_empty() { status } else { StatusCode::MULTI_STATUS };
    json_reply(status, move || {
        let stamp: Value = at.iso().as_str().into();
        let mut body = Map::new();
        body.insert("status".into(), "COMPLETE".into());
        body.insert("results".into(), ids.into_iter().map(|id| json::property(of.property(id))).collect());
        body.insert("startedAt".into(), stamp.clone());
        body.insert("completedAt".into(), stamp);
        if !errors.is_empty() {
            body.insert("numErrors".into(), errors.len().into());
            body.insert("errors".into(), errors.iter().map(Problem::batch_item).collect());
        }
        body.into()
    })
}
