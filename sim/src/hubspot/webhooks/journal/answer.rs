//! Reads of the journal: where the files are, one at a time or several.

use std::sync::Arc;

use compact_str::CompactString;
use http::StatusCode;
use serde_json::{Value, json};

use super::file::Pointer;
use super::state::File;
use super::subscriptions::not_there;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::{At, Hubspot};
use crate::message::Reply;

/// Which files of the journal.
#[derive(Debug)]
pub(super) enum Spot {
    Earliest,
    Latest,
    /// Behind this offset.
    After(CompactString),
}

/// At most so many files of a spot, in their order; of an account, if one is named.
fn found(
    room: &Hubspot,
    of: Option<u64>,
    spot: &Spot,
    count: usize,
    stage: &mut At<'_>,
) -> Result<Vec<Arc<File>>, Problem> {
    let journal = &mut stage.state.portal.journal;
    journal.settle(stage.at, room.settings());
    let all = journal.files();
    let from = match spot {
        Spot::Earliest => 0,
        Spot::Latest => all.len().saturating_sub(count),
        Spot::After(offset) => journal.place(offset).ok_or_else(not_there)? + 1,
    };
    let elsewhere = of.is_some_and(|portal| portal != room.portal);
    let count = if elsewhere { 0 } else { count };
    Ok(all.iter().skip(from).take(count).cloned().collect())
}

pub(super) fn one(room: &Hubspot, of: Option<u64>, spot: &Spot, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let found = found(room, of, spot, 1, stage)?;
    let Some(file) = found.first() else { return Ok(Reply::empty(StatusCode::NO_CONTENT)) };
    let pointer = Pointer::to(file, room, stage);
    Ok(json_reply(StatusCode::OK, move || pointer.told()))
}

fn whole(pointers: &[Pointer], errors: &[Value], at: crate::Moment) -> Value {
    let results: Vec<_> = pointers.iter().map(Pointer::told).collect();
    let at = at.iso();
    let mut body = json!({
        "status": "COMPLETE", "results": results, "startedAt": at.as_str(), "completedAt": at.as_str(),
    });
    if !errors.is_empty() {
        body["numErrors"] = errors.len().into();
        body["errors"] = errors.into();
    }
    body
}

pub(super) fn several(
    room: &Hubspot,
    of: Option<u64>,
    spot: &Spot,
    count: usize,
    stage: &mut At<'_>,
) -> Result<Reply, Problem> {
    let max = room.settings().journal_batch_max.value;
    if count > max {
        return Err(Problem::validation(format!("count must be less than or equal to {max}")));
    }
    let found = found(room, of, spot, count, stage)?;
    let pointers: Vec<_> = found.iter().map(|file| Pointer::to(file, room, stage)).collect();
    let at = stage.at;
    Ok(json_reply(StatusCode::OK, move || whole(&pointers, &[], at)))
}

/// The files of these offsets; those that there are none of are told beside them.
pub(super) fn these(
    room: &Hubspot,
    of: Option<u64>,
    offsets: &[CompactString],
    stage: &mut At<'_>,
) -> Result<Reply, Problem> {
    let max = room.settings().journal_batch_max.value;
    if offsets.len() > max {
        return Err(Problem::too_many_inputs("batch", max));
    }
    let here = of.is_none_or(|portal| portal == room.portal);
    let journal = &mut stage.state.portal.journal;
    journal.settle(stage.at, room.settings());
    let journal = &stage.state.portal.journal;
    let (mut pointers, mut missing) = (Vec::new(), Vec::new());
    for offset in offsets {
        match journal.place(offset).filter(|_| here).and_then(|place| journal.files().get(place)) {
            Some(file) => pointers.push(Pointer::to(file, room, stage)),
            None => missing.push(offset.to_string()),
        }
    }
    let (status, at) = (if missing.is_empty() { StatusCode::OK } else { StatusCode::MULTI_STATUS }, stage.at);
    Ok(json_reply(status, move || {
        let error = |offset: String| {
            let problem = Problem::new(StatusCode::NOT_FOUND, Some("OBJECT_NOT_FOUND"), "resource not found");
            problem.with_context("offset", vec![offset]).batch_item()
        };
        let errors: Vec<_> = missing.into_iter().map(error).collect();
        whole(&pointers, &errors, at)
    }))
}
