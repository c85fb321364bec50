//! What became of HubSpot's deliveries, and one of them once more.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::extract::{Path, Query, Which};
use super::failure::{Failure, Refused};
use super::routes::Shared;
use super::state::named;
use super::webhooks::LandedTold;
use crate::{Dispatch, DispatchState, Landed};

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The world's id; the first world if it is left out.
    world: Option<String>,
    /// pending, delivered, retrying or given_up; any if left out.
    state: Option<String>,
    /// Only those with a greater id; 0 if left out.
    after: Option<u64>,
    /// At most so many; 100 if left out.
    #[param(maximum = 10000, example = 100)]
    limit: Option<usize>,
}

const LIMIT: usize = 100;
const LIMIT_MAX: usize = 10_000;

/// Some deliveries, in the order of their ids.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"deliveries": [{
    "id": 1, "app": "1234567", "url": "http://127.0.0.1:3000/hubspot/events", "state": "retrying", "forged": null,
    "events": [{"eventId": 1, "subscriptionType": "contact.creation", "attemptNumber": 0, "objectId": 101}],
    "attempts": [{"journal": 12, "at": "2026-11-20T00:00:01.000Z", "status": 500, "error": null, "took_ms": 2}],
    "next_attempt": "2026-11-20T00:01:02.000Z",
}]}))]
pub(super) struct Deliveries {
    #[schema(value_type = Vec<DispatchTold>)]
    deliveries: Vec<Dispatch>,
}

/// One event over all its attempts, which may share their requests with other events. What the tester sends by hand
/// in one request is one delivery. What has been over for long is forgotten; the journal keeps every attempt.
#[derive(ToSchema)]
#[expect(dead_code, reason = "stands for `Dispatch` in the document")]
pub(super) struct DispatchTold {
    id: u64,
    /// The app's id.
    app: String,
    /// The address that is called.
    url: String,
    /// pending, delivered, retrying or given_up.
    state: String,
    #[schema(required)]
    forged: Option<String>,
    /// As they were told last, or will be told first.
    #[schema(value_type = Vec<serde_json::Map<String, serde_json::Value>>)]
    events: Vec<Value>,
    attempts: Vec<AttemptTold>,
    /// When it leaves next; null while it is under way, and once it is over.
    #[schema(required, format = DateTime)]
    next_attempt: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "stands for `Attempt` in the document")]
pub(super) struct AttemptTold {
    /// The number of its entry in the journal, which has the whole request.
    journal: u64,
    /// World time.
    #[schema(format = DateTime)]
    at: String,
    /// The answer's; null where there was no answer.
    #[schema(required)]
    status: Option<u16>,
    /// Why there was no answer: refused, broken, deadline; left where nobody waited for one.
    #[schema(required)]
    error: Option<String>,
    /// By the machine's clock.
    took_ms: u64,
}

/// What became of deliveries: where each stands, every attempt, and when the next one is due.
#[utoipa::path(get, path = "/_standin/hubspot/deliveries", operation_id = "listDeliveries", tag = "webhooks", params(Wanted),
    responses(
        (status = 200, description = "A page of them", body = Deliveries),
        (status = 400, description = "No such state, or no page", body = Refused),
        (status = 404, description = "There is no such world, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn list(State(api): Shared, Query(wanted): Query<Wanted>) -> Result<Json<Deliveries>, Failure> {
    let (world, _) = named(&api, wanted.world.as_deref(), "hubspot")?;
    let (after, limit) = (wanted.after.unwrap_or(0), wanted.limit.unwrap_or(LIMIT));
    if limit > LIMIT_MAX {
        return Err(Failure::bad(format!("limit is at most {LIMIT_MAX}"), "read on with after"));
    }
    let parse = |name: &str| {
        let unknown = || format!("there is no state `{name}` of a delivery");
        DispatchState::parse(name)
            .ok_or_else(|| Failure::bad(unknown(), "the states are pending, delivered, retrying, given_up"))
    };
    let state = wanted.state.as_deref().map(parse).transpose()?;
    Ok(Json(Deliveries { deliveries: world.dispatches(after, limit, state) }))
}

/// Sends a delivery once more, signed anew; answers when it has landed. If it arrives, nothing is tried again; if not,
/// its further attempts come as they would have.
#[utoipa::path(post, path = "/_standin/hubspot/deliveries/{id}/redeliver", operation_id = "redeliver", tag = "webhooks",
    params(("id" = u64, Path, description = "The delivery's id", example = 1), Which),
    responses(
        (status = 200, description = "How it ended", body = LandedTold),
        (status = 400, description = "Its app has no target now", body = Refused),
        (status = 404, description = "There is no such world or delivery", body = Refused),
    ))]
pub(super) async fn redeliver(
    State(api): Shared,
    Path(id): Path<u64>,
    Query(which): Query<Which>,
) -> Result<Json<Landed>, Failure> {
    let (world, _) = named(&api, which.world.as_deref(), "hubspot")?;
    Ok(Json(world.redeliver(id).await?))
}
