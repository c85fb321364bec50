//! World time: read, moved, and slept on.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::document::{ClockAnswered, ClockAsked, ClockStanding};
use super::extract::{Body, Path, Query, Shape, Which};
use super::failure::{Failure, Refused};
use super::routes::Shared;
use crate::{ClockChange, ClockParty, ClockStatus, Moment, Moved, parse_span};

impl Shape for ClockChange {
    const LIKE: &'static str = r#"{"advance": "61m"}"#;
}

/// World time, and who takes part in it; the document has it as [`ClockStanding`].
#[derive(Serialize)]
pub(super) struct Clock {
    #[serde(flatten)]
    status: ClockStatus,
    parties: Vec<ClockParty>,
}

/// A party of the clock.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"party": "nightly"}))]
pub(super) struct Party {
    party: String,
}

/// How long to sleep, and as whom.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Nap {
    /// The world's id; the first world if it is left out.
    world: Option<String>,
    /// A span of world time, like 10s.
    #[param(example = "0s")]
    r#for: String,
    /// A registered party; the clock does not wait for a sleeper without one.
    party: Option<String>,
}

/// A sleep that has ended.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"now": "2026-11-20T00:00:10.000Z"}))]
pub(super) struct Woken {
    /// The instant of waking.
    #[schema(value_type = String, format = DateTime)]
    now: Moment,
}

/// What time it is in a world.
#[utoipa::path(get, path = "/_standin/clock", operation_id = "showClock", tag = "clock", params(Which), responses(
    (status = 200, description = "World time, and who takes part in it", body = ClockStanding),
    (status = 404, description = "There is no such world", body = Refused),
))]
pub(super) async fn show(State(api): Shared, Query(which): Query<Which>) -> Result<Json<Clock>, Failure> {
    let (status, parties) = api.world(which.world.as_deref())?.clock().standing();
    Ok(Json(Clock { status, parties }))
}

/// Sets the mode, moves the clock, or both, and answers when what fell due has settled, or after 20 s.
#[utoipa::path(post, path = "/_standin/clock", operation_id = "setClock", tag = "clock", params(Which),
    request_body = ClockAsked,
    responses(
        (status = 200, description = "Where the clock stands now", body = ClockAnswered),
        (status = 400, description = "Time would go back, or this is no span, instant or mode", body = Refused),
        (status = 404, description = "There is no such world", body = Refused),
        (status = 409, description = "Not in this mode, not after a move, or not while another move runs", body = Refused),
    ))]
pub(super) async fn set(
    State(api): Shared,
    Query(which): Query<Which>,
    Body(change): Body<ClockChange>,
) -> Result<Json<Moved>, Failure> {
    // A world that is ended meanwhile must not be held by who waits for its clock.
    let (clock, ended) = {
        let world = api.world(which.world.as_deref())?;
        (world.clock().clone(), world.ended())
    };
    tokio::select! {
        moved = clock.set(change) => Ok(Json(moved?)),
        () = ended => Err(gone()),
    }
}

/// Registers a party: an auto clock, and a move that wakes it, wait until it sleeps again or leaves.
#[utoipa::path(post, path = "/_standin/clock/parties/{name}", operation_id = "registerParty", tag = "clock",
    params(("name" = String, Path, description = "Any name", example = "nightly"), Which),
    responses(
        (status = 200, description = "It is awake now", body = Party),
        (status = 400, description = "No name for a party", body = Refused),
        (status = 404, description = "There is no such world", body = Refused),
    ))]
pub(super) async fn register(
    State(api): Shared,
    Path(name): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Party>, Failure> {
    api.world(which.world.as_deref())?.clock().register(&name)?;
    Ok(Json(Party { party: name }))
}

/// Forgets a party; a sleep it was in ends with 409.
#[utoipa::path(delete, path = "/_standin/clock/parties/{name}", operation_id = "leaveParty", tag = "clock",
    params(("name" = String, Path, description = "A registered name", example = "nightly"), Which),
    responses(
        (status = 204, description = "Nobody waits for it any more"),
        (status = 404, description = "There is no such party, or no such world", body = Refused),
    ))]
pub(super) async fn leave(
    State(api): Shared,
    Path(name): Path<String>,
    Query(which): Query<Which>,
) -> Result<StatusCode, Failure> {
    api.world(which.world.as_deref())?.clock().leave(&name)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sleeps on world time; answers when it has passed. A caller who hangs up never slept.
#[utoipa::path(get, path = "/_standin/clock/sleep", operation_id = "sleep", tag = "clock", params(Nap), responses(
    (status = 200, description = "The time has come", body = Woken),
    (status = 400, description = "No span of time", body = Refused),
    (status = 404, description = "There is no such party, or no such world", body = Refused),
    (status = 409, description = "The party left, registered anew or began another sleep", body = Refused),
))]
pub(super) async fn sleep(State(api): Shared, Query(nap): Query<Nap>) -> Result<Json<Woken>, Failure> {
    let span_ms = parse_span(&nap.r#for).map_err(|bad| Failure::from(crate::ClockError::from(bad)))?;
    let (sleep, ended) = {
        let world = api.world(nap.world.as_deref())?;
        (world.clock().sleep(span_ms, nap.party.as_deref())?, world.ended())
    };
    tokio::select! {
        woken = sleep => Ok(Json(Woken { now: woken? })),
        () = ended => Err(gone()),
    }
}

fn gone() -> Failure {
    Failure::missing("the world was ended meanwhile", "GET /_standin/worlds lists the worlds; POST makes one")
}
