//! Worlds: made, listed, forked and ended.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::document::{ClockShown, Ready};
use super::extract::{Body, Path, Query, Shape, Which};
use super::failure::{Failure, Refused};
use super::routes::Shared;
use crate::journal::{Health, Parent};
use crate::near::meant;
use crate::{ClockMode, ClockStatus, Moment, SystemName, World};

/// What a new world is to be. A member left out is as the server was started.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "id": "a", "seed": 7, "clock": "manual", "start": "2026-11-20T00:00:00Z",
    "systems": ["hubspot", "ords"], "profiles": {"hubspot": "starter"},
}))]
pub(super) struct NewWorld {
    /// Letters, digits, dashes, dots and underscores, at most 64; without it worlds are counted from 1.
    id: Option<String>,
    /// Where all its chance comes from.
    seed: Option<u64>,
    /// real, scaled (with `scale`), auto or manual.
    clock: Option<String>,
    #[schema(exclusive_minimum = 0.0, maximum = 1_000_000.0)]
    scale: Option<f64>,
    /// When it begins; not for a real clock.
    #[schema(value_type = Option<String>, format = DateTime)]
    start: Option<Moment>,
    /// hubspot, oci_gateway, ords, retail_express.
    #[schema(value_type = Option<Vec<String>>)]
    systems: Option<Vec<SystemName>>,
    /// A profile's name by system.
    #[serde(default)]
    profiles: BTreeMap<String, String>,
    /// Addresses of this machine that webhooks come from, in turn, like 127.0.0.2.
    #[schema(value_type = Option<Vec<String>>)]
    deliver_from: Option<Vec<IpAddr>>,
}

impl Shape for NewWorld {
    const LIKE: &'static str = r#"{"id": "a", "clock": "manual"}"#;
}

impl Shape for NewFork {
    const LIKE: &'static str = r#"{"id": "b"}"#;
}

/// What a fork is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "b"}))]
pub(super) struct NewFork {
    /// As for a new world.
    id: Option<String>,
}

/// The worlds of this process, the first of them first.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"worlds": [{
    "id": "b", "seed": 7, "clock": {"mode": "manual", "now": "2026-11-20T00:00:00.000Z", "scale": 0}, "journal": 12,
    "health": {"memory_bytes": 2048, "spilled_bytes": 0, "error": null},
    "parent": {"world": "a", "n": 40}, "systems": {"ords": {"url": "http://127.0.0.1:4021", "schema": "crm"}},
}]}))]
pub(super) struct Worlds {
    worlds: Vec<Listed>,
}

/// A world and how it stands.
#[derive(Serialize, ToSchema)]
pub(super) struct Listed {
    id: String,
    seed: u64,
    #[schema(value_type = ClockShown)]
    clock: ClockStatus,
    /// The number of the journal's last entry.
    journal: u64,
    health: Kept,
    /// Where it was forked off; absent if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Forked>)]
    parent: Option<Parent>,
    /// By the system's name: `url`, and the credentials that it takes.
    systems: Value,
}

/// How its journal is kept.
#[derive(Serialize, ToSchema)]
pub(super) struct Kept {
    /// What entries and bodies hold in memory.
    memory_bytes: usize,
    /// What was moved to disk.
    spilled_bytes: u64,
    /// Why the last move to disk failed: the entries stay in memory, and it is tried again. Null if all is well.
    #[schema(required)]
    error: Option<String>,
}

/// A world and the number of its journal's last entry at that time.
#[derive(ToSchema)]
#[expect(dead_code, reason = "stands for `journal::Parent` in the document")]
pub(super) struct Forked {
    world: String,
    n: u64,
}

/// The worlds of this process.
#[utoipa::path(get, path = "/_standin/worlds", operation_id = "listWorlds", tag = "worlds", responses(
    (status = 200, description = "All worlds, in the order in which they were made", body = Worlds),
))]
pub(super) async fn list(State(api): Shared) -> Json<Worlds> {
    let worlds = api.host.worlds().iter().map(|world| listed(world)).collect();
    Json(Worlds { worlds })
}

/// A new world with addresses of its own.
#[utoipa::path(post, path = "/_standin/worlds", operation_id = "createWorld", tag = "worlds",
    request_body = Option<NewWorld>,
    responses(
        (status = 201, description = "It is ready", body = Ready),
        (status = 400, description = "A member does not fit, or names an unknown profile", body = Refused),
        (status = 409, description = "There is a world of that id", body = Refused),
    ))]
pub(super) async fn create(
    State(api): Shared,
    Body(asked): Body<NewWorld>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let mode = match (asked.clock.as_deref(), asked.scale) {
        (Some(name), scale) => Some(ClockMode::parse(name, scale)?),
        (None, None) => None,
        (None, Some(_)) => {
            return Err(Failure::bad(
                "the body does not fit: `scale` goes with \"clock\": \"scaled\"",
                "give both, or neither",
            ));
        }
    };
    let mut builder = api.host.base().time(mode, asked.start);
    if let Some(id) = asked.id {
        builder = builder.id(id);
    }
    if let Some(seed) = asked.seed {
        builder = builder.seed(seed);
    }
    if let Some(systems) = asked.systems {
        if systems.is_empty() {
            return Err(Failure::bad("the body does not fit: `systems` is empty", "leave it out to have all systems"));
        }
        builder = builder.systems(systems);
    }
    if let Some(addresses) = asked.deliver_from {
        builder = builder.deliver_from(addresses);
    }
    for (system, name) in asked.profiles {
        let system = SystemName::parse(&system).ok_or_else(|| {
            let known = SystemName::ALL.map(SystemName::as_str).join(", ");
            let near = meant(&system, SystemName::ALL.map(SystemName::as_str));
            let message = format!("the body does not fit: `profiles.{system}`: there is no system `{system}`{near}");
            Failure::bad(message, format!("the systems are {known}"))
        })?;
        builder = builder.profile(system, name);
    }
    let world = api.host.create(builder).await?;
    Ok((StatusCode::CREATED, Json(ready(&world, &api.url))))
}

/// Ends a world and closes its addresses.
#[utoipa::path(delete, path = "/_standin/worlds/{id}", operation_id = "deleteWorld", tag = "worlds",
    params(("id" = String, Path, description = "The world's id", example = "a")),
    responses(
        (status = 204, description = "Its addresses are free"),
        (status = 404, description = "There is no such world", body = Refused),
    ))]
pub(super) async fn delete(State(api): Shared, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    api.host.delete(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A fork of a world: addresses and credentials of its own, and the same records until either
/// writes them. Its journal starts empty and names its parent.
#[utoipa::path(post, path = "/_standin/fork", operation_id = "forkWorld", tag = "worlds", params(Which),
    request_body = Option<NewFork>,
    responses(
        (status = 201, description = "It is ready", body = Ready),
        (status = 404, description = "There is no such world", body = Refused),
        (status = 409, description = "There is a world of that id", body = Refused),
    ))]
pub(super) async fn fork(
    State(api): Shared,
    Query(which): Query<Which>,
    Body(asked): Body<NewFork>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    let parent = api.world(which.world.as_deref())?;
    let world = api.host.fork(&parent, asked.id.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(ready(&world, &api.url))))
}

/// The ready line's object of a world: addresses and credentials, and where the control API is.
pub(crate) fn ready(world: &World, control: &str) -> Value {
    let mut line = Map::new();
    if let Value::Object(ready) = world.ready() {
        for (name, value) in ready {
            if name == "systems" {
                line.insert("control".into(), control.into());
            }
            line.insert(name, value);
        }
    }
    line.into()
}

fn listed(world: &World) -> Listed {
    let mut ready = world.ready();
    let journal = world.journal();
    let Health { memory_bytes, spilled_bytes, error, .. } = journal.health();
    Listed {
        id: world.id().to_owned(),
        seed: world.seed().0,
        clock: world.clock().status(),
        journal: journal.latest(),
        health: Kept { memory_bytes, spilled_bytes, error },
        parent: world.parent(),
        systems: ready["systems"].take(),
    }
}
