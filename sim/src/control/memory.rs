//! What a world remembers as a whole: filled, emptied, put by and brought back.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::extract::{Body, Nothing, Query, Shape, Which};
use super::failure::{Failure, Refused};
use super::routes::Shared;
use super::state::Counted;

/// The steps of a scenario's `given`: each an object with one member, `SYSTEM.RECORDS`.
#[derive(ToSchema)]
#[schema(example = json!([{"ords.customers": {"count": 50, "subscribed": true}}, {"hubspot.contacts": {"count": 50}}]))]
#[expect(dead_code, reason = "stands for the steps in the document")]
pub(super) struct Given(Vec<serde_json::Map<String, Value>>);

/// A world that was emptied.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"journal": 0, "appsAsFirst": []}))]
pub(super) struct Emptied {
    /// The number of the journal's last entry: what comes after it belongs to the emptied world.
    journal: u64,
    /// HubSpot's apps that stood otherwise than they began, and stand as they began again: a token that was rotated
    /// away is good again, and the one after it no more.
    apps_as_first: Vec<String>,
}

/// A snapshot.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "snapshot-1"}))]
pub(super) struct Snapshot {
    id: String,
}

impl Shape for Value {
    const LIKE: &'static str = r#"[{"ords.customers": {"count": 50}}]"#;
}

impl Shape for Snapshot {
    const LIKE: &'static str = r#"{"id": "snapshot-1"}"#;
}

/// Fills the world with seeded people. The same index of the same seed is the same person in every system.
#[utoipa::path(post, path = "/_standin/seed", operation_id = "seedWorld", tag = "state", params(Which),
    request_body = Given,
    responses(
        (status = 200, description = "They are in", body = Counted),
        (status = 400, description = "A step that is none; nothing was put in", body = Refused),
        (status = 404, description = "There is no such world", body = Refused),
    ))]
pub(super) async fn seed(
    State(api): Shared,
    Query(which): Query<Which>,
    Body(steps): Body<Value>,
) -> Result<Json<Counted>, Failure> {
    let world = api.world(which.world.as_deref())?;
    let given = tokio::task::spawn_blocking(move || world.given(&steps));
    let records = given.await.map_err(Failure::ours)??;
    Ok(Json(Counted { records }))
}

/// Empties the world: no records, nothing counted, no faults, only the first credentials. HubSpot's apps
/// stand as they began, with the tokens of then and their scopes, those that were deleted too. Time, journal, parties
/// of the clock and snapshots stay.
#[utoipa::path(post, path = "/_standin/reset", operation_id = "resetWorld", tag = "state", params(Which), responses(
    (status = 200, description = "It is empty", body = Emptied),
    (status = 400, description = "A body that is not empty", body = Refused),
    (status = 404, description = "There is no such world", body = Refused),
))]
pub(super) async fn reset(
    State(api): Shared,
    Query(which): Query<Which>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Emptied>, Failure> {
    let world = api.world(which.world.as_deref())?;
    let emptied = tokio::task::spawn_blocking(move || world.reset()).await.map_err(Failure::ours)?;
    Ok(Json(Emptied { journal: emptied.journal, apps_as_first: emptied.apps_as_first }))
}

/// Puts by what the world remembers.
#[utoipa::path(post, path = "/_standin/snapshot", operation_id = "takeSnapshot", tag = "state", params(Which), responses(
    (status = 200, description = "The id to restore it by", body = Snapshot),
    (status = 400, description = "A body that is not empty", body = Refused),
    (status = 404, description = "There is no such world", body = Refused),
))]
pub(super) async fn snapshot(
    State(api): Shared,
    Query(which): Query<Which>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Snapshot>, Failure> {
    let world = api.world(which.world.as_deref())?;
    let id = tokio::task::spawn_blocking(move || world.snapshot()).await.map_err(Failure::ours)?;
    Ok(Json(Snapshot { id }))
}

/// Brings back what a snapshot has put by: records, counters, tokens. Time, journal and armed faults
/// stay.
#[utoipa::path(post, path = "/_standin/restore", operation_id = "restoreSnapshot", tag = "state", params(Which),
    request_body = Snapshot,
    responses(
        (status = 200, description = "It is as it was", body = Snapshot),
        (status = 404, description = "There is no such snapshot, or no such world", body = Refused),
    ))]
pub(super) async fn restore(
    State(api): Shared,
    Query(which): Query<Which>,
    Body(snapshot): Body<Snapshot>,
) -> Result<Json<Snapshot>, Failure> {
    let world = api.world(which.world.as_deref())?;
    let restored = tokio::task::spawn_blocking(move || world.restore(&snapshot.id).map(|()| snapshot));
    Ok(Json(restored.await.map_err(Failure::ours)??))
}
