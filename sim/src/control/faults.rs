//! Bad days: what there is, what is armed, arming and clearing.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::document::{FaultArmed, FaultAsked};
use super::extract::{Body, Query, Shape, Which};
use super::failure::{Failure, Refused};
use super::routes::Shared;
use crate::SystemName;
use crate::faults::{Arm, Armed, CATALOGUE, Kind};

impl Shape for Arm {
    const LIKE: &'static str = r#"{"name": "5xx-burst", "count": 3, "where": {"system": "hubspot"}}"#;
}

/// What can be armed, and what is.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "catalogue": [{"name": "5xx-burst", "what": "the next calls are refused", "source": "hubspot-limits-webhooks-auth.md §3",
        "takes_effect": "never", "systems": [], "needs_span": false, "parameters": []}],
    "armed": [{"name": "5xx-burst", "count": 3, "where": {"system": "hubspot"}, "struck": 1}],
}))]
pub(super) struct Faults {
    catalogue: Vec<Known>,
    #[schema(value_type = Vec<FaultArmed>)]
    armed: Vec<Armed>,
}

/// One kind of bad day.
#[derive(Serialize, ToSchema)]
pub(super) struct Known {
    name: &'static str,
    /// What it stands for.
    what: &'static str,
    /// Where it was seen.
    source: &'static str,
    /// Whether a struck call takes effect.
    takes_effect: &'static str,
    /// The systems that have such days; all, if there is none here.
    #[schema(value_type = Vec<String>)]
    systems: &'static [SystemName],
    /// Whether a span, `for`, has to be given.
    needs_span: bool,
    /// What it can be told beside what all can.
    parameters: Vec<Parameter>,
}

/// What one fault alone can be told.
#[derive(Serialize, ToSchema)]
pub(super) struct Parameter {
    name: &'static str,
    about: &'static str,
    takes: String,
}

impl From<&Kind> for Known {
    fn from(kind: &Kind) -> Self {
        let parameters = kind.parameters.iter();
        Self {
            name: kind.name,
            what: kind.what,
            source: kind.source,
            takes_effect: kind.effect.as_str(),
            systems: kind.systems,
            needs_span: kind.needs_span(),
            parameters: parameters
                .map(|known| Parameter { name: known.name, about: known.about, takes: known.form.about() })
                .collect(),
        }
    }
}

/// What is armed.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"armed": [{"name": "5xx-burst", "count": 3, "where": {"system": "hubspot"}, "struck": 0}]}))]
pub(super) struct AllArmed {
    #[schema(value_type = Vec<FaultArmed>)]
    armed: Vec<Armed>,
}

/// Faults that were disarmed.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"cleared": 1}))]
pub(super) struct Cleared {
    cleared: usize,
}

/// The catalogue, and what is armed.
#[utoipa::path(get, path = "/_standin/faults", operation_id = "listFaults", tag = "faults", params(Which), responses(
    (status = 200, description = "Both", body = Faults),
    (status = 404, description = "There is no such world", body = Refused),
))]
pub(super) async fn list(State(api): Shared, Query(which): Query<Which>) -> Result<Json<Faults>, Failure> {
    let armed = api.world(which.world.as_deref())?.faults();
    let catalogue = CATALOGUE.into_iter().map(Known::from);
    Ok(Json(Faults { catalogue: catalogue.collect(), armed }))
}

/// Arms a fault: the next calls that it fits are struck.
#[utoipa::path(post, path = "/_standin/faults", operation_id = "armFault", tag = "faults", params(Which),
    request_body = FaultAsked,
    responses(
        (status = 200, description = "What is armed now", body = AllArmed),
        (status = 400, description = "An unknown fault, or one that cannot be armed so", body = Refused),
        (status = 404, description = "There is no such world", body = Refused),
    ))]
pub(super) async fn arm(
    State(api): Shared,
    Query(which): Query<Which>,
    Body(arm): Body<Arm>,
) -> Result<Json<AllArmed>, Failure> {
    let world = api.world(which.world.as_deref())?;
    world.arm(arm)?;
    Ok(Json(AllArmed { armed: world.faults() }))
}

/// Disarms every fault.
#[utoipa::path(delete, path = "/_standin/faults", operation_id = "clearFaults", tag = "faults", params(Which), responses(
    (status = 200, description = "How many there were", body = Cleared),
    (status = 404, description = "There is no such world", body = Refused),
))]
pub(super) async fn clear(State(api): Shared, Query(which): Query<Which>) -> Result<Json<Cleared>, Failure> {
    Ok(Json(Cleared { cleared: api.world(which.world.as_deref())?.clear_faults() }))
}
