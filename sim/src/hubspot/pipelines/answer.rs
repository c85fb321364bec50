//! Does what was asked of the pipelines; what changes one stands in `change.rs`.

use std::sync::Arc;

use compact_str::CompactString;
use http::StatusCode;
use serde_json::{Value, json};

use super::ask::{Ask, OfOne, OfStage, What};
use super::audit::Teller;
use super::change;
use super::state::{Change, Pipeline};
use super::wire;
use crate::hubspot::account;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::{At, Hubspot};
use crate::message::Reply;

/// Why a call is not done: told in JSON, or by the web server.
pub(super) enum Refusal {
    Problem(Problem),
    Bare(Reply),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

pub(super) fn answer(room: &Hubspot, ask: Ask, stage: &mut At<'_>) -> Result<Reply, Problem> {
    match of_type(room, ask, stage) {
        Ok(reply) | Err(Refusal::Bare(reply)) => Ok(reply),
        Err(Refusal::Problem(problem)) => Err(problem),
    }
}

fn of_type(room: &Hubspot, ask: Ask, stage: &mut At<'_>) -> Result<Reply, Refusal> {
    let Ask { what, object_type, takes_page, validates } = ask;
    let place = stage.state.place(&object_type);
    let place = place.ok_or_else(|| Problem::unknown_type(&object_type))?;
    let type_id = stage.state.table(place).of.type_id.clone();
    let (id, of) = match what {
        What::List => {
            let all = stage.state.portal.pipelines.of(&type_id).to_vec();
            return Ok(results(move || all.iter().map(|pipeline| wire::pipeline(pipeline)).collect()));
        }
        What::Create(input) => return change::create(room, place, input?, stage),
        What::Of(id, of) => (id, of),
    };
    let none = || {
        let reply = if takes_page { account::page(StatusCode::NOT_FOUND) } else { Reply::empty(StatusCode::NOT_FOUND) };
        Refusal::Bare(reply)
    };
    let empty = || Refusal::Bare(Reply::empty(StatusCode::NOT_FOUND));
    let found = stage.state.portal.pipelines.find(&type_id, &id).cloned();
    let told = |body: Value| json_reply(StatusCode::OK, move || body);
    match of {
        OfOne::Read => {
            let pipeline = found.ok_or_else(none)?;
            Ok(json_reply(StatusCode::OK, move || wire::pipeline(&pipeline)))
        }
        OfOne::Replace(input) => {
            let input = input?;
            let pipeline = found.ok_or_else(empty)?;
            change::replace(room, place, &pipeline, input, validates, stage)
        }
        OfOne::Change(input) => {
            let input = input?;
            let pipeline = found.ok_or_else(empty)?;
            change::update(place, &pipeline, input, stage)
        }
        OfOne::Delete => {
            let none = || {
                let said = format!("No pipeline found with id {id}");
                Problem::new(StatusCode::NOT_FOUND, Some("OBJECT_NOT_FOUND"), said)
            };
            let pipeline = found.ok_or_else(none)?;
            change::delete(place, &pipeline, validates, stage)
        }
        OfOne::Audit => {
            found.ok_or_else(none)?;
            let teller = teller(room, place, stage);
            let changes = changes(stage, &type_id, &id);
            Ok(results(move || changes.iter().map(|change| teller.of_pipeline(change)).collect()))
        }
        OfOne::Stages => {
            let pipeline = found.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, None, "resource not found"))?;
            Ok(results(move || pipeline.stages.iter().map(wire::stage).collect()))
        }
        OfOne::CreateStage(input) => {
            let input = input?;
            let pipeline = found.ok_or_else(empty)?;
            change::create_stage(room, place, &pipeline, input, stage)
        }
        OfOne::Stage(stage_id, of) => {
            let held = found.filter(|pipeline| pipeline.stage(&stage_id).is_some());
            match of {
                OfStage::Read => {
                    let pipeline: Arc<Pipeline> = held.ok_or_else(none)?;
                    Ok(told(pipeline.stage(&stage_id).map_or(Value::Null, wire::stage)))
                }
                OfStage::Replace(input) | OfStage::Change(input) => {
                    let input = input?;
                    let pipeline = held.ok_or_else(empty)?;
                    change::update_stage(place, &pipeline, &stage_id, input, stage)
                }
                // Whatever it names, it is not there afterwards.
                OfStage::Delete => match held {
                    None => Ok(Reply::empty(StatusCode::NO_CONTENT)),
                    Some(pipeline) => change::delete_stage(place, &pipeline, &stage_id, validates, stage),
                },
                OfStage::Audit => {
                    held.ok_or_else(none)?;
                    let teller = teller(room, place, stage);
                    let changes = changes(stage, &type_id, &id);
                    Ok(results(move || {
                        changes.iter().filter_map(|change| teller.of_stage(change, &stage_id)).collect()
                    }))
                }
            }
        }
    }
}

fn results(rows: impl FnOnce() -> Vec<Value> + Send + 'static) -> Reply {
    json_reply(StatusCode::OK, move || json!({"results": rows()}))
}

fn changes(stage: &At<'_>, type_id: &str, id: &CompactString) -> Vec<Arc<Change>> {
    stage.state.portal.pipelines.changes(type_id).filter(|change| change.pipeline.id == *id).cloned().collect()
}

/// The app acts under the user who made it.
fn teller(room: &Hubspot, place: usize, stage: &mut At<'_>) -> Teller {
    Teller::new(room.portal, room.owners.user(), &stage.state.table(place).of)
}
