//! Batches of the fourth version and those that followed it. Each input stands for itself: what one
//! cannot do is told beside what the others did.

use http::StatusCode;
use serde_json::json;

use super::answer::{Desk, associate, relabel};
use super::body::{DefaultPost, Fetch, MultiArchive, Post, SpecSent};
use super::check::record_id;
use super::refusal;
use super::store::{Page, Specs};
use super::wire::{self};
use crate::hubspot::errors::Problem;
use crate::hubspot::routes::Version;
use crate::message::Reply;
use crate::policy::CreateStatus;

/// What the description of a version says a batch create answers; the policy may know better.
pub(super) fn created(desk: &Desk<'_, '_>) -> StatusCode {
    let settings = desk.room.settings();
    match (desk.version, settings.association_create_status.value) {
        (Version::September2026, _) | (_, CreateStatus::Ok) => StatusCode::OK,
        _ => StatusCode::CREATED,
    }
}

/// Without a body, or in the dated versions with an empty batch.
pub(super) fn gone(desk: &Desk<'_, '_>, changed: bool) -> Reply {
    let reply = match desk.version {
        Version::Numbered => Reply::empty(StatusCode::NO_CONTENT),
        _ => wire::batch(StatusCode::OK, desk.stage.at, Vec::new, Vec::new()),
    };
    reply.with_effect_if(changed)
}

pub(super) fn create(desk: &mut Desk<'_, '_>, inputs: Vec<Post>) -> Result<Reply, Problem> {
    let (mut rows, mut errors, mut changed) = (Vec::with_capacity(inputs.len()), Vec::new(), false);
    for Post { from, to, types } in inputs {
        match relabel(desk, &from.0, &to.0, &types) {
            Ok((row, fresh)) => {
                rows.push(row);
                changed |= fresh;
            }
            Err(problem) => errors.push(problem),
        }
    }
    let results = move || rows.into_iter().map(|row| row()).collect();
    Ok(wire::batch(created(desk), desk.stage.at, results, errors).with_effect_if(changed))
}

pub(super) fn create_default(desk: &mut Desk<'_, '_>, inputs: Vec<DefaultPost>) -> Result<Reply, Problem> {
    let (mut results, mut errors, mut changed) = (Vec::with_capacity(inputs.len() * 2), Vec::new(), false);
    for DefaultPost { from, to } in inputs {
        match associate(desk, &from.0, &to.0) {
            Ok((rows, fresh)) => {
                results.extend(rows);
                changed |= fresh;
            }
            Err(problem) => errors.push(problem),
        }
    }
    Ok(wire::batch(StatusCode::OK, desk.stage.at, move || results, errors).with_effect_if(changed))
}

/// One record of a batch read: a page of those that it is associated with, and where the next one is.
pub(super) struct Found {
    pub(super) id: u64,
    pub(super) rows: Vec<(u64, Specs)>,
    pub(super) next: Option<(u64, String)>,
}

/// What a batch read finds, and the errors of those that have nothing. `root` is that of the paths of
/// records, under which a further page is.
pub(super) fn find(
    desk: &mut Desk<'_, '_>,
    root: &str,
    inputs: Vec<Fetch>,
) -> Result<(Vec<Found>, Vec<Problem>), Problem> {
    let limit = desk.page_max();
    let (mut found, mut errors) = (Vec::with_capacity(inputs.len()), Vec::new());
    for Fetch { id, after } in inputs {
        let after = match after.as_deref() {
            None | Some("") => 0,
            Some(text) => record_id(text)?,
        };
        let number = match record_id(&id) {
            Ok(number) => number,
            Err(problem) => {
                errors.push(problem);
                continue;
            }
        };
        let lives = desk.stage.state.table(desk.pair.from.place).live().contains_key(&number);
        let Page { rows, next } = desk.page(number, after, if lives { limit } else { 0 });
        if rows.is_empty() {
            errors.push(refusal::none_associated(&desk.pair.from.of, &id, &desk.pair.to.of));
            continue;
        }
        let (from, to) = (&desk.pair.from.of.name, &desk.pair.to.of.name);
        let path = format!("{root}{from}/{number}/associations/{to}");
        let next = next.map(|after| (after, wire::link(desk.stage.base_url, &path, None, after)));
        found.push(Found { id: number, rows, next });
    }
    Ok((found, errors))
}

pub(super) fn read(desk: &mut Desk<'_, '_>, inputs: Vec<Fetch>) -> Result<Reply, Problem> {
    let root = match desk.version {
        Version::Numbered => "/crm/v4/objects/",
        Version::March2026 => "/crm/objects/2026-03/",
        Version::September2026 => "/crm/objects/2026-09/",
    };
    let (found, errors) = find(desk, root, inputs)?;
    let pen = desk.pen();
    let row = move |Found { id, rows, next }: Found| {
        let to: Vec<_> = rows.iter().map(|(id, specs)| pen.row(*id, specs)).collect();
        wire::paged(json!({"from": {"id": id.to_string()}, "to": to}), next)
    };
    Ok(wire::batch(StatusCode::OK, desk.stage.at, move || found.into_iter().map(row).collect(), errors))
}

/// What is not there is passed over.
pub(super) fn archive(desk: &mut Desk<'_, '_>, inputs: Vec<MultiArchive>) -> Result<Reply, Problem> {
    let mut changed = false;
    for MultiArchive { from, to } in inputs {
        for to in to {
            if let Ok((from, to)) = desk.pair.nodes(&from.0, &to.0) {
                changed |= desk.stage.state.portal.associations.cut(from, to);
            }
        }
    }
    Ok(gone(desk, changed))
}

pub(super) fn archive_labels(desk: &mut Desk<'_, '_>, inputs: Vec<Post>) -> Result<Reply, Problem> {
    let mut changed = false;
    for Post { from, to, types } in inputs {
        let specs: Vec<_> = types.iter().map(|SpecSent(spec)| *spec).collect();
        if let Ok((from, to)) = desk.pair.nodes(&from.0, &to.0) {
            changed |= desk.stage.state.portal.associations.take(from, to, &specs);
        }
    }
    Ok(gone(desk, changed))
}
