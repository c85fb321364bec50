//! Schemas as they are read.

use http::StatusCode;
use serde_json::{Value, json};

use super::body::BatchRead;
use super::json;
use super::json::Parts;
use crate::hubspot::body::Text;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::At;
use crate::message::Reply;

/// The portal's own. With `archived` all of them: each says whether it is (notes on live runs of
/// October 2026 in a public repository).
pub(super) fn list(archived: bool, parts: Parts, stage: &mut At<'_>) -> Reply {
    let schemas = stage.state.portal.schemas.all();
    let shown = schemas.filter(|(_, schema)| archived || !schema.archived);
    let places: Vec<_> = shown.map(|(_, schema)| schema.place).collect();
    several(&places, parts, stage)
}

/// Types that are not there are left out.
pub(super) fn batch_read(batch: &BatchRead, stage: &mut At<'_>) -> Reply {
    let told = |flag: Option<crate::hubspot::properties::body::Flag>| flag.is_none_or(|flag| flag.0);
    let parts = Parts {
        properties: told(batch.include_property_definitions),
        associations: told(batch.include_association_definitions),
        audit: told(batch.include_audit_metadata),
    };
    let mut places = Vec::new();
    for Text(name) in batch.inputs.iter().flatten() {
        if let Some(place) = stage.state.place(name).filter(|place| !places.contains(place)) {
            places.push(place);
        }
    }
    several(&places, parts, stage)
}

pub(super) fn read(name: &str, parts: Parts, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let place = stage.state.place(name).ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, Some("OBJECT_NOT_FOUND"), format!("Unable to find object schema {name}"))
    })?;
    Ok(one(StatusCode::OK, place, parts, stage))
}

/// A type's whole schema as an answer.
pub(super) fn one(status: StatusCode, place: usize, parts: Parts, stage: &mut At<'_>) -> Reply {
    let told = telling(place, parts, stage);
    json_reply(status, told)
}

fn several(places: &[usize], parts: Parts, stage: &mut At<'_>) -> Reply {
    let told: Vec<_> = places.iter().map(|place| telling(*place, parts, stage)).collect();
    json_reply(StatusCode::OK, move || json!({ "results": told.into_iter().map(|tell| tell()).collect::<Vec<_>>() }))
}

/// What tells a schema when the world's lock is free again.
fn telling(place: usize, parts: Parts, stage: &mut At<'_>) -> impl FnOnce() -> Value + Send + use<> {
    let of = stage.state.table(place).of.clone();
    let schemas = &stage.state.portal.schemas;
    let own = schemas.of_place(place).map(|(_, own)| own.clone());
    let definitions: Vec<_> = schemas.definitions(&of.type_id).cloned().collect();
    move || json::schema(&of, own.as_ref(), &definitions, parts)
}
