//! Webhooks of HubSpot's private app: set up, shown, and delivered by the tester's own hand.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::{Body, Query, Shape, Which};
use super::failure::{Failure, Refused};
use super::routes::Shared;
use super::state::named;
use crate::{Delivery, Landed, Subscription, Webhooks};

/// Where events are sent, and which.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "targetUrl": "http://127.0.0.1:3000/hubspot/events",
    "subscriptions": [
        {"subscriptionType": "contact.creation"},
        {"subscriptionType": "contact.propertyChange", "propertyName": "email"},
    ],
}))]
#[expect(dead_code, reason = "stands for `Webhooks` in the document")]
pub(super) struct WebhooksAsked {
    /// `http://HOST:PORT/PATH`; there is no TLS here.
    target_url: String,
    subscriptions: Option<Vec<SubscriptionAsked>>,
}

impl Shape for Webhooks {
    const LIKE: &'static str =
        r#"{"targetUrl": "http://127.0.0.1:3000/events", "subscriptions": [{"subscriptionType": "contact.creation"}]}"#;
}

impl Shape for Delivery {
    const LIKE: &'static str = r#"{"forged": "stale", "events": [{"eventId": 1, "subscriptionType": "contact.creation", "objectId": 101}]}, or {"event": {"subscriptionType": "contact.creation", "objectId": "101"}} for one of a record"#;
}

/// One subscription.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "stands for `Subscription` in the document")]
pub(super) struct SubscriptionAsked {
    /// contact.creation, contact.deletion, contact.propertyChange, or the same of object.
    subscription_type: String,
    /// Goes with propertyChange, and only with it.
    property_name: Option<String>,
    /// Goes with object.*, and only with it: 0-1.
    object_type_id: Option<String>,
    /// Whether it sends anything; true if left out.
    #[schema(nullable = false)]
    active: Option<bool>,
}

/// What is set up; no target where nothing is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "targetUrl": "http://127.0.0.1:3000/hubspot/events",
    "subscriptions": [{"subscriptionType": "contact.creation", "active": true}],
}))]
pub(super) struct SetUp {
    target_url: Option<String>,
    #[schema(value_type = Vec<SubscriptionAsked>)]
    subscriptions: Vec<Subscription>,
}

/// A delivery by the tester's hand: events word for word, or one as if a record had changed.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "forged": "wrong-secret",
    "events": [{"eventId": 1, "subscriptionType": "contact.creation", "objectId": 101, "changeFlag": "CREATED"}],
}))]
#[expect(dead_code, reason = "stands for `Delivery` in the document")]
pub(super) struct DeliveryAsked {
    /// wrong-secret, unsigned, stale or altered; a genuine one if left out.
    forged: Option<String>,
    #[schema(value_type = Option<Vec<serde_json::Map<String, serde_json::Value>>>, nullable = false)]
    events: Option<Vec<serde_json::Value>>,
    #[schema(inline)]
    event: Option<OccurrenceAsked>,
}

/// What is said to have happened to a record.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "stands for `Occurrence` in the document")]
pub(super) struct OccurrenceAsked {
    subscription_type: String,
    property_name: Option<String>,
    object_type_id: Option<String>,
    /// The record's id; the event tells the value that it has now.
    object_id: String,
}

/// How it ended.
#[derive(ToSchema)]
#[schema(example = json!({"journal": 12, "status": 401, "failure": null}))]
#[expect(dead_code, reason = "stands for `Landed` in the document")]
pub(super) struct LandedTold {
    /// The number of its entry in the journal.
    journal: u64,
    /// The answer's; null where there was no answer.
    #[schema(required)]
    status: Option<u16>,
    /// Why there was no answer: refused, broken, deadline.
    #[schema(required)]
    failure: Option<String>,
}

/// The webhooks that are set up.
#[utoipa::path(get, path = "/_standin/hubspot/webhooks", operation_id = "showWebhooks", tag = "webhooks", params(Which),
    responses(
        (status = 200, description = "Target and subscriptions", body = SetUp),
        (status = 404, description = "There is no such world, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn show(State(api): Shared, Query(which): Query<Which>) -> Result<Json<SetUp>, Failure> {
    let (world, _) = named(&api, which.world.as_deref(), "hubspot")?;
    Ok(Json(match world.webhooks_set_up() {
        Some(Webhooks { target_url, subscriptions }) => SetUp { target_url: Some(target_url), subscriptions },
        None => SetUp { target_url: None, subscriptions: Vec::new() },
    }))
}

/// Sets up webhooks, in place of those before. Changes are told from now on, signed with the `webhook_secret`
/// of the ready line. A fork has none; a reset keeps the settings and drops what waits.
#[utoipa::path(put, path = "/_standin/hubspot/webhooks", operation_id = "setWebhooks", tag = "webhooks", params(Which),
    request_body = WebhooksAsked,
    responses(
        (status = 200, description = "They are set up", body = SetUp),
        (status = 400, description = "A target that cannot be called, or no such subscription", body = Refused),
        (status = 404, description = "There is no such world, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn set(
    State(api): Shared,
    Query(which): Query<Which>,
    Body(asked): Body<Webhooks>,
) -> Result<Json<SetUp>, Failure> {
    let (world, _) = named(&api, which.world.as_deref(), "hubspot")?;
    world.webhooks(&asked.target_url, &asked.subscriptions)?;
    let Webhooks { target_url, subscriptions } = asked;
    Ok(Json(SetUp { target_url: Some(target_url), subscriptions }))
}

/// Sends a delivery by the tester's hand, forged or genuine: one attempt; answers when it has landed.
#[utoipa::path(post, path = "/_standin/hubspot/deliver", operation_id = "deliver", tag = "webhooks", params(Which),
    request_body = DeliveryAsked,
    responses(
        (status = 200, description = "How it ended", body = LandedTold),
        (status = 400, description = "No webhooks are set up, it carries nothing, or there is no such event", body = Refused),
        (status = 404, description = "There is no such world, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn deliver(
    State(api): Shared,
    Query(which): Query<Which>,
    Body(delivery): Body<Delivery>,
) -> Result<Json<Landed>, Failure> {
    let (world, _) = named(&api, which.world.as_deref(), "hubspot")?;
    Ok(Json(world.deliver(delivery).await?))
}
