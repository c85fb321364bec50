//! The third version: types go by name, and a record is told once for each type it has.

use http::StatusCode;
use serde_json::json;

use super::answer::Desk;
use super::ask::PageQuery;
use super::batch::{Found, created, find};
use super::body::{Fetch, V3Post};
use super::check;
use super::definitions::Spec;
use super::refusal;
use super::shown::Asked;
use super::store::{Node, Page};
use super::wire::{self};
use crate::hubspot::errors::{JSON, Problem, json_reply};
use crate::hubspot::read::missing;
use crate::hubspot::wire::{Extras, Style};
use crate::message::{Body, Reply};

/// The path under which one record's associations are paged.
const OBJECTS: &str = "/crm/v3/objects/";

/// The two records and the type of one association.
///
/// # Errors
/// One for each thing that is wrong.
fn read_one(desk: &mut Desk<'_, '_>, from: &str, to: &str, kind: &str) -> Result<(Node, Node, Spec), Vec<Problem>> {
    let (from, to) = desk.pair.nodes(from, to).map_err(|problem| vec![problem])?;
    let (own, other) = (&desk.pair.from, &desk.pair.to);
    let definitions = &desk.stage.state.portal.associations.definitions;
    let Some(spec) = definitions.named(own.end, other.end, kind).map(|definition| definition.spec) else {
        return Err(vec![refusal::no_type(kind, &own.of, &other.of)]);
    };
    let mut problems = Vec::new();
    for (side, node, is_from) in [(own, from, true), (other, to, false)] {
        if !desk.stage.state.table(side.place).live().contains_key(&node.id) {
            problems.push(refusal::no_object(&side.of, node.id, is_from));
        }
    }
    if problems.is_empty() { Ok((from, to, spec)) } else { Err(problems) }
}

/// Adds a type to what two records are to each other.
fn add(desk: &mut Desk<'_, '_>, from: &str, to: &str, kind: &str) -> Result<(Node, Node, Spec, bool), Vec<Problem>> {
    let (from, to, spec) = read_one(desk, from, to, kind)?;
    let (tables, portal) = desk.stage.state.with_portal();
    let mut specs = portal.associations.specs(from, to).to_vec();
    specs.push(spec);
    check::within(desk.room, tables, &portal.associations, (from, to), specs).map_err(|problem| vec![problem])?;
    let changed = portal.associations.add(from, to, spec);
    Ok((from, to, spec, changed))
}

fn first(problems: Vec<Problem>) -> Problem {
    problems.into_iter().next().unwrap_or_else(missing)
}

pub(super) fn list(desk: &mut Desk<'_, '_>, id: &str, query: &PageQuery) -> Result<Reply, Problem> {
    let limit = desk.limit(query)?;
    let id = desk.living(id)?;
    let Page { rows, next } = desk.page(id, query.after.unwrap_or(0), limit);
    let next = next.map(|after| (after, wire::link(desk.stage.base_url, desk.path, query.limit, after)));
    let pen = desk.pen();
    Ok(json_reply(StatusCode::OK, move || {
        let results: Vec<_> = rows.iter().flat_map(|(id, specs)| pen.v3_rows(*id, specs)).collect();
        wire::paged(json!({ "results": results }), next)
    }))
}

/// Answers the record, with what it is associated with of that type.
pub(super) fn set(desk: &mut Desk<'_, '_>, id: &str, to: &str, kind: &str) -> Result<Reply, Problem> {
    let (from, _, _, changed) = add(desk, id, to, kind).map_err(first)?;
    let asked = Asked::of(desk.room, &desk.pair.from, std::slice::from_ref(&desk.pair.to));
    let shown = asked.of_record(desk.stage.state, from.id, desk.stage.base_url);
    let table = desk.stage.state.table(desk.pair.from.place);
    let record = table.live().get(&from.id).ok_or_else(missing)?.clone();
    let style = Style::for_read(desk.room, table, &[], &[]);
    let body = Body::later(move |out| {
        style.write(out, &record, &Extras { associations: Some(&shown), ..Extras::default() });
    });
    let reply = Reply::new(StatusCode::OK, body).with(http::header::CONTENT_TYPE, JSON);
    Ok(reply.with_effect_if(changed))
}

pub(super) fn take(desk: &mut Desk<'_, '_>, id: &str, to: &str, kind: &str) -> Result<Reply, Problem> {
    let (from, to, spec) = read_one(desk, id, to, kind).map_err(first)?;
    let changed = desk.stage.state.portal.associations.take(from, to, &[spec]);
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect_if(changed))
}

/// Both directions of each association are told, the other one first.
pub(super) fn create(desk: &mut Desk<'_, '_>, inputs: Vec<V3Post>) -> Result<Reply, Problem> {
    let (mut results, mut errors, mut changed) = (Vec::with_capacity(inputs.len() * 2), Vec::new(), false);
    let told = |from: Node, to: Node, name: &str| json!({"from": {"id": from.id.to_string()}, "to": {"id": to.id.to_string()}, "type": name});
    for V3Post { from, to, kind } in inputs {
        match add(desk, &from.0, &to.0, &kind) {
            Ok((from, to, spec, fresh)) => {
                let definitions = &desk.stage.state.portal.associations.definitions;
                let there = definitions.get(spec);
                let back = there.and_then(|there| definitions.get(there.inverse?));
                results.extend(back.map(|back| told(to, from, &back.name)));
                results.extend(there.map(|there| told(from, to, &there.name)));
                changed |= fresh;
            }
            Err(problems) => errors.extend(problems),
        }
    }
    Ok(wire::v3_batch(created(desk), desk.stage.at, move || results, errors).with_effect_if(changed))
}

pub(super) fn read(desk: &mut Desk<'_, '_>, inputs: Vec<Fetch>) -> Result<Reply, Problem> {
    let (found, errors) = find(desk, OBJECTS, inputs)?;
    let pen = desk.pen();
    let row = move |Found { id, rows, next }: Found| {
        let to: Vec<_> = rows.iter().flat_map(|(id, specs)| pen.v3_rows(*id, specs)).collect();
        wire::paged(json!({"from": {"id": id.to_string()}, "to": to}), next)
    };
    Ok(wire::v3_batch(StatusCode::OK, desk.stage.at, move || found.into_iter().map(row).collect(), errors))
}

/// What is not there is passed over.
pub(super) fn archive(desk: &mut Desk<'_, '_>, inputs: Vec<V3Post>) -> Result<Reply, Problem> {
    let mut changed = false;
    for V3Post { from, to, kind } in inputs {
        if let Ok((from, to, spec)) = read_one(desk, &from.0, &to.0, &kind) {
            changed |= desk.stage.state.portal.associations.take(from, to, &[spec]);
        }
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect_if(changed))
}

pub(super) fn types(desk: &mut Desk<'_, '_>) -> Reply {
    let (from, to) = (desk.pair.from.end, desk.pair.to.end);
    let definitions = desk.stage.state.portal.associations.definitions.clone();
    json_reply(StatusCode::OK, move || {
        let told =
            definitions.between(from, to).map(|known| json!({"id": known.spec.id.to_string(), "name": known.name}));
        json!({"results": told.collect::<Vec<_>>()})
    })
}
