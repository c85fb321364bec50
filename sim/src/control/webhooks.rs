//! Webhooks of HubSpot's apps: set up, shown, and delivered by the tester's own hand.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Body, Query, Shape, Which};
use super::failure::{Failure, Refused};
use super::routes::Shared;
use super::state::named;
use crate::{Delivery, Landed, Subscription, Webhooks};

/// Which app of which world is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Whose {
    /// The world's id; the first world if it is left out.
    world: Option<String>,
    /// private, narrow, public, or an app's id; the private app if it is left out.
    app: Option<String>,
}

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
    /// The address that is called: `http://HOST:PORT/PATH`; there is no TLS here.
    target_url: String,
    /// The address that is signed and that the app calls its target, where it is another: behind a proxy. Host and
    /// X-Forwarded-* name it.
    public_url: Option<String>,
    /// How many requests are under way at once; 10 if left out.
    max_concurrent_requests: Option<usize>,
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
    /// contact.creation, deal.associationChange, object.propertyChange and the like.
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
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "targetUrl": "http://127.0.0.1:3000/hubspot/events",
    "subscriptions": [{"subscriptionType": "contact.creation", "active": true}],
}))]
pub(super) struct SetUp {
    target_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_concurrent_requests: Option<usize>,
    #[schema(value_type = Vec<SubscriptionAsked>)]
    subscriptions: Vec<Subscription>,
}

impl From<Webhooks> for SetUp {
    fn from(webhooks: Webhooks) -> Self {
        let Webhooks { target_url, public_url, max_concurrent_requests, subscriptions } = webhooks;
        Self { target_url: Some(target_url), public_url, max_concurrent_requests, subscriptions }
    }
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
    /// wrong-secret, unsigned, stale, altered or v1-wrong-secret; or odd and to be believed: nearly-stale, re-encoded,
    /// query-string, slow-sending, slow-reading, dropped-after-body, and changed-host, which needs a publicUrl; or to be
    /// believed or not: v1-only, unknown-host, escaped-query. A plain one if left out.
    forged: Option<String>,
    /// private, narrow, public, or an app's id; the private app if left out.
    app: Option<String>,
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
    /// Why there was no answer: refused, broken, deadline; left where nobody waited for one; refused:  and a
    /// reason, where the address is not called.
    #[schema(required)]
    failure: Option<String>,
}

/// The webhooks that are set up.
#[utoipa::path(get, path = "/_standin/hubspot/webhooks", operation_id = "showWebhooks", tag = "webhooks", params(Whose),
    responses(
        (status = 200, description = "Target and subscriptions", body = SetUp),
        (status = 404, description = "There is no such world, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn show(State(api): Shared, Query(whose): Query<Whose>) -> Result<Json<SetUp>, Failure> {
    let (world, _) = named(&api, whose.world.as_deref(), "hubspot")?;
    Ok(Json(world.webhooks_of(whose.app.as_deref())?.map(SetUp::from).unwrap_or_default()))
}

/// Sets up webhooks, in place of those before. Changes are told from now on, signed with the `webhook_secret`
/// of the ready line, the public app's with its `client_secret`. A fork has none; a reset keeps the settings and drops
/// what waits.
#[utoipa::path(put, path = "/_standin/hubspot/webhooks", operation_id = "setWebhooks", tag = "webhooks", params(Whose),
    request_body = WebhooksAsked,
    responses(
        (status = 200, description = "They are set up", body = SetUp),
        (status = 400, description = "A target that cannot be called, or no such subscription", body = Refused),
        (status = 404, description = "There is no such world, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn set(
    State(api): Shared,
    Query(whose): Query<Whose>,
    Body(asked): Body<Webhooks>,
) -> Result<Json<SetUp>, Failure> {
    let (world, _) = named(&api, whose.world.as_deref(), "hubspot")?;
    world.set_webhooks(whose.app.as_deref(), &asked)?;
    Ok(Json(SetUp::from(asked)))
}

/// Sends a delivery by the tester's hand, forged or genuine: one attempt; answers when it has landed.
#[utoipa::path(post, path = "/_standin/hubspot/deliver", operation_id = "deliver", tag = "webhooks", params(Which),
    request_body = DeliveryAsked,
    responses(
        (status = 200, description = "How it ended", body = LandedTold),
        (status = 400, description = "No webhooks are set up, it carries nothing, there is no such event, or no publicUrl for a changed host", body = Refused),
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
