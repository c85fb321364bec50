//! Records as stored, read and put in by the tester's hand.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Path, Query, Shape, Which};
use super::failure::{Failure, Refused};
use super::routes::{Api, Shared};
use crate::{Records, SystemName, World};

/// A page of records.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// The world's id; the first world if it is left out.
    world: Option<String>,
    /// At most so many; 100 if left out.
    #[param(maximum = 10000, example = 100)]
    limit: Option<usize>,
    /// How many to pass over; 0 if left out.
    #[param(example = 0)]
    offset: Option<usize>,
}

const LIMIT: usize = 100;
const LIMIT_MAX: usize = 10_000;

/// Some of a type's records, in the order of their ids.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"total": 1, "offset": 0, "limit": 100, "records": [{"id": "101"}]}))]
pub(super) struct Stored {
    /// How many there are in all.
    total: usize,
    offset: usize,
    limit: usize,
    #[schema(value_type = Vec<serde_json::Map<String, serde_json::Value>>)]
    records: Vec<Value>,
}

/// Records to put in, in the form in which they are read, with only what a person could set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"records": [{"properties": {"email": "kim@example.com"}}]}))]
pub(super) struct Put {
    #[schema(value_type = Vec<serde_json::Map<String, serde_json::Value>>)]
    records: Vec<Value>,
}

impl Shape for Put {
    const LIKE: &'static str = r#"{"records": [{"properties": {"email": "kim@example.com"}}]}"#;
}

/// How many records were put in.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"records": 1}))]
pub(super) struct Counted {
    pub(super) records: usize,
}

/// Records as stored.
#[utoipa::path(get, path = "/_standin/state/{system}/{type}", operation_id = "listRecords", tag = "state",
    params(
        ("system" = String, Path, description = "hubspot, ords or retail_express", example = "hubspot"),
        ("type" = String, Path, description = "A record type of that system", example = "contacts"),
        Page,
    ),
    responses(
        (status = 200, description = "A page of them", body = Stored),
        (status = 400, description = "No page", body = Refused),
        (status = 404, description = "There is no such world, system or type", body = Refused),
    ))]
pub(super) async fn list(
    State(api): Shared,
    Path((system, record_type)): Path<(String, String)>,
    Query(page): Query<Page>,
) -> Result<Json<Stored>, Failure> {
    let (world, system) = named(&api, page.world.as_deref(), &system)?;
    let (offset, limit) = (page.offset.unwrap_or(0), page.limit.unwrap_or(LIMIT));
    if limit > LIMIT_MAX {
        return Err(Failure::bad(format!("limit is at most {LIMIT_MAX}"), "read on with offset"));
    }
    let found = tokio::task::spawn_blocking(move || world.records(system, &record_type, offset, limit));
    let Records { total, records } = found.await.map_err(Failure::ours)??;
    Ok(Json(Stored { total, offset, limit, records }))
}

/// Puts records in without limits; the journal has them with the actor `tester`. One that is there
/// already, by its id or a unique value, is updated. If one does not fit, none is put in.
#[utoipa::path(post, path = "/_standin/state/{system}/{type}", operation_id = "putRecords", tag = "state",
    params(
        ("system" = String, Path, description = "hubspot, ords or retail_express", example = "hubspot"),
        ("type" = String, Path, description = "A record type of that system", example = "contacts"),
        Which,
    ),
    request_body = Put,
    responses(
        (status = 200, description = "They are in", body = Counted),
        (status = 400, description = "A record does not fit", body = Refused),
        (status = 404, description = "There is no such world, system or type", body = Refused),
        (status = 413, description = "More than 64 MiB", body = Refused),
    ))]
pub(super) async fn put(
    State(api): Shared,
    Path((system, record_type)): Path<(String, String)>,
    Query(which): Query<Which>,
    Body(asked): Body<Put>,
) -> Result<Json<Counted>, Failure> {
    let (world, system) = named(&api, which.world.as_deref(), &system)?;
    let put = tokio::task::spawn_blocking(move || world.put(system, &record_type, asked.records));
    let records = put.await.map_err(Failure::ours)??;
    Ok(Json(Counted { records }))
}

pub(super) fn named(api: &Api, world: Option<&str>, system: &str) -> Result<(Arc<World>, SystemName), Failure> {
    let world = api.world(world)?;
    let there = |system: &SystemName| world.url(*system).is_some();
    let Some(found) = SystemName::parse(system).filter(there) else {
        let known = SystemName::ALL.into_iter().filter(there).map(SystemName::as_str).collect::<Vec<_>>().join(", ");
        let message = format!("world `{}` has no system `{system}`; it has: {known}", world.id());
        return Err(Failure::missing(message, "name one of these systems"));
    };
    Ok((world, found))
}
