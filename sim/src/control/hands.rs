//! What others do to a system while it is being called: a neighbour who uses up a limit, a person
//! who wants no more e-mail.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Body, Query, Shape, Which};
use super::failure::{Failure, Refused};
use super::routes::Shared;
use super::state::{Counted, named};
use crate::{LimitTold, Spent};

/// A limit to be used up by others.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"system": "hubspot", "limit": "daily", "leave": 10}))]
pub(super) struct Spend {
    /// hubspot, oci_gateway, ords or retail_express.
    system: String,
    /// The limit's id in the system's profile.
    limit: String,
    /// Of a limit of HubSpot's that counts each app apart: private, narrow, service_key or public; the first that it
    /// counts if left out.
    #[schema(nullable = false)]
    app: Option<String>,
    /// How many calls are left; 0 if left out.
    #[serde(default)]
    leave: u64,
}

impl Shape for Spend {
    const LIKE: &'static str = r#"{"system": "hubspot", "limit": "daily", "leave": 10}"#;
}

/// Where the limit stands now.
#[derive(ToSchema)]
#[schema(example = json!({"limit": "daily", "left": 10}))]
#[expect(dead_code, reason = "stands for `Spent` in the document")]
pub(super) struct Left {
    limit: String,
    /// Calls that it still lets through.
    left: u64,
}

/// The limits of a world's systems.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"limits": [{"system": "hubspot", "name": "ten_secondly", "app": "private", "size": 190,
    "left": 189, "window": "10s", "enforced": true}]}))]
pub(super) struct AllLimits {
    #[schema(value_type = Vec<LimitShown>)]
    limits: Vec<LimitTold>,
}

/// Where a limit stands.
#[derive(ToSchema)]
#[expect(dead_code, reason = "stands for `LimitTold` in the document")]
pub(super) struct LimitShown {
    /// hubspot, oci_gateway, ords or retail_express.
    system: String,
    /// Its id in the system's profile, by which it can be used up.
    name: String,
    /// The app whose calls are counted; null where all of the account's are, or each caller's.
    #[schema(required)]
    app: Option<String>,
    /// The published size.
    size: u64,
    /// Calls that it still lets through.
    left: u64,
    /// How long its window is, like 10s, or day.
    window: String,
    /// Whether it refuses calls, or is only told in headers.
    enforced: bool,
}

/// An address that wants no more e-mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "kim@example.com"}))]
pub(super) struct Leaver {
    email: String,
}

impl Shape for Leaver {
    const LIKE: &'static str = r#"{"email": "kim@example.com"}"#;
}

/// Whether the address was in before.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"changed": true}))]
pub(super) struct Unsubscribed {
    changed: bool,
}

/// Where every limit stands; one that counts each app apart, once for each app.
#[utoipa::path(get, path = "/_standin/limits", operation_id = "listLimits", tag = "state", params(Which), responses(
    (status = 200, description = "All limits that count calls", body = AllLimits),
    (status = 404, description = "There is no such world", body = Refused),
))]
pub(super) async fn limits(State(api): Shared, Query(which): Query<Which>) -> Result<Json<AllLimits>, Failure> {
    Ok(Json(AllLimits { limits: api.world(which.world.as_deref())?.limits() }))
}

/// Uses a limit up, but for some calls, as another integration in the same account would, or another process with the
/// token of an app.
#[utoipa::path(post, path = "/_standin/limits/spend", operation_id = "spendLimit", tag = "state", params(Which),
    request_body = Spend,
    responses(
        (status = 200, description = "What is left of it", body = Left),
        (status = 400, description = "It does not count such calls, or none at all", body = Refused),
        (status = 404, description = "There is no such world, system or limit", body = Refused),
    ))]
pub(super) async fn spend(
    State(api): Shared,
    Query(which): Query<Which>,
    Body(asked): Body<Spend>,
) -> Result<Json<Spent>, Failure> {
    let (world, system) = named(&api, which.world.as_deref(), &asked.system)?;
    Ok(Json(world.spend(system, &asked.limit, asked.app.as_deref(), asked.leave)?))
}

/// Takes an address out of all of the portal's e-mail, as its owner does by the link in one.
#[utoipa::path(post, path = "/_standin/hubspot/unsubscribe", operation_id = "unsubscribe", tag = "state", params(Which),
    request_body = Leaver,
    responses(
        (status = 200, description = "It is out; a contact of it has hs_email_optout", body = Unsubscribed),
        (status = 400, description = "No e-mail address", body = Refused),
        (status = 404, description = "There is no such world, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn unsubscribe(
    State(api): Shared,
    Query(which): Query<Which>,
    Body(leaver): Body<Leaver>,
) -> Result<Json<Unsubscribed>, Failure> {
    let (world, _) = named(&api, which.world.as_deref(), "hubspot")?;
    Ok(Json(Unsubscribed { changed: world.unsubscribe(&leaver.email)? }))
}

/// Archived records to be brought back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"type": "contacts", "ids": ["101"]}))]
pub(super) struct Gone {
    /// A record type of HubSpot's.
    r#type: String,
    ids: Vec<String>,
}

impl Shape for Gone {
    const LIKE: &'static str = r#"{"type": "contacts", "ids": ["101"]}"#;
}

/// Brings archived records back, as HubSpot's screens can: all or none.
#[utoipa::path(post, path = "/_standin/hubspot/restore", operation_id = "restoreRecords", tag = "state", params(Which),
    request_body = Gone,
    responses(
        (status = 200, description = "They are back", body = Counted),
        (status = 400, description = "No such archived record, or another has its unique value", body = Refused),
        (status = 404, description = "There is no such world or type, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn restore(
    State(api): Shared,
    Query(which): Query<Which>,
    Body(gone): Body<Gone>,
) -> Result<Json<Counted>, Failure> {
    let (world, _) = named(&api, which.world.as_deref(), "hubspot")?;
    Ok(Json(Counted { records: world.restore_records(&gone.r#type, &gone.ids)? }))
}
