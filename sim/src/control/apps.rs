//! The apps of HubSpot's portal: told, and changed as their owner changes them on HubSpot's screens.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{Body, Nothing, Query, Shape, Which};
use super::failure::{Failure, Refused};
use super::routes::Shared;
use super::state::named;
use crate::{AppHand, AppTold};

/// An app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"app": "private"}))]
pub(super) struct OfApp {
    /// private, narrow, service_key or public.
    app: String,
}

impl Shape for OfApp {
    const LIKE: &'static str = r#"{"app": "private"}"#;
}

/// An app to be deleted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"app": "narrow"}))]
pub(super) struct Unwanted {
    /// private, narrow, service_key or public.
    app: String,
}

impl Shape for Unwanted {
    const LIKE: &'static str = r#"{"app": "narrow"}"#;
}

/// An app that was installed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"app": "public"}))]
pub(super) struct Installed {
    /// public.
    app: String,
}

impl Shape for Installed {
    const LIKE: &'static str = r#"{"app": "public"}"#;
}

/// When the value before a new one ends.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Variant {
    /// At once.
    Now,
    /// After the days of grace, or by /_standin/hubspot/expire-token.
    Later,
}

/// A token or key that gets a new value.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"app": "private", "variant": "later"}))]
pub(super) struct Rotation {
    /// private, narrow or service_key.
    app: String,
    #[schema(inline)]
    variant: Variant,
}

impl Shape for Rotation {
    const LIKE: &'static str = r#"{"app": "private", "variant": "now"}"#;
}

/// How an app is to be. What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"app": "narrow", "scopes": ["crm.objects.contacts.read", "crm.objects.contacts.write"]}))]
pub(super) struct AppAsked {
    /// private, narrow, service_key or public.
    app: String,
    /// What it is granted; of the public app: what it requires.
    #[schema(nullable = false)]
    scopes: Option<Vec<String>>,
    /// What the public app may ask for beside.
    #[schema(nullable = false)]
    optional_scopes: Option<Vec<String>>,
    /// Where the public app's codes may be sent: https, or http://localhost.
    #[schema(nullable = false)]
    redirect_uris: Option<Vec<String>>,
}

impl Shape for AppAsked {
    const LIKE: &'static str = r#"{"app": "narrow", "scopes": ["crm.objects.contacts.read"]}"#;
}

/// How an app stands.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "app": "narrow", "appId": 7, "token": "pat-na1-...", "formerUntil": null, "scopes": ["crm.objects.contacts.read"],
    "optionalScopes": [], "redirectUris": [], "deleted": false, "revoked": false,
}))]
#[expect(dead_code, reason = "stands for `AppTold` in the document")]
pub(super) struct AppShown {
    app: String,
    app_id: u64,
    /// Its token or key; null of the public app.
    #[schema(required)]
    token: Option<String>,
    /// Until when the value before it is good too.
    #[schema(required)]
    former_until: Option<String>,
    scopes: Vec<String>,
    optional_scopes: Vec<String>,
    redirect_uris: Vec<String>,
    deleted: bool,
    /// Its token is good no more, as after the fault token-revoked; of the public app: it is not installed any
    /// more. /_standin/hubspot/rotate-token gives another token.
    revoked: bool,
}

/// The portal's apps.
#[utoipa::path(get, path = "/_standin/hubspot/apps", operation_id = "listApps", tag = "apps", params(Which),
    responses(
        (status = 200, description = "Each as it stands", body = Vec<AppShown>),
        (status = 404, description = "There is no such world, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn list(State(api): Shared, Query(which): Query<Which>) -> Result<Json<Vec<AppTold>>, Failure> {
    Ok(Json(named(&api, which.world.as_deref(), "hubspot")?.0.apps()))
}

/// Changes an app's scopes or addresses, at once.
#[utoipa::path(post, path = "/_standin/hubspot/set-app", operation_id = "setApp", tag = "apps", params(Which),
    request_body = AppAsked,
    responses(
        (status = 200, description = "As it stands now", body = AppShown),
        (status = 400, description = "There is no such app or scope, or an address is not taken", body = Refused),
        (status = 404, description = "There is no such world, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn set(
    api: Shared,
    which: Query<Which>,
    Body(AppAsked { app, scopes, optional_scopes, redirect_uris }): Body<AppAsked>,
) -> Result<Json<AppTold>, Failure> {
    by_hand(&api, &which, &app, &AppHand::Set { scopes, optional_scopes, redirect_uris })
}

/// Gives a private app's token or a service key a new value.
#[utoipa::path(post, path = "/_standin/hubspot/rotate-token", operation_id = "rotateToken", tag = "apps", params(Which),
    request_body = Rotation,
    responses(
        (status = 200, description = "It has a new token", body = AppShown),
        (status = 400, description = "There is no such app, it has no token of its own, or the account is closed", body = Refused),
        (status = 404, description = "There is no such world, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn rotate(
    api: Shared,
    which: Query<Which>,
    Body(Rotation { app, variant }): Body<Rotation>,
) -> Result<Json<AppTold>, Failure> {
    by_hand(&api, &which, &app, &AppHand::Rotate { later: matches!(variant, Variant::Later) })
}

/// Ends the token that a rotation had left good.
#[utoipa::path(post, path = "/_standin/hubspot/expire-token", operation_id = "expireToken", tag = "apps", params(Which),
    request_body = OfApp,
    responses(
        (status = 200, description = "Its present token alone is good", body = AppShown),
        (status = 400, description = "There is no such app, or no such token", body = Refused),
        (status = 404, description = "There is no such world, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn expire(
    api: Shared,
    which: Query<Which>,
    Body(OfApp { app }): Body<OfApp>,
) -> Result<Json<AppTold>, Failure> {
    by_hand(&api, &which, &app, &AppHand::Expire)
}

/// Deletes an app, and all that it was given with it.
#[utoipa::path(post, path = "/_standin/hubspot/delete-app", operation_id = "deleteApp", tag = "apps", params(Which),
    request_body = Unwanted,
    responses(
        (status = 200, description = "It is deleted", body = AppShown),
        (status = 400, description = "There is no such app", body = Refused),
        (status = 404, description = "There is no such world, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn delete(
    api: Shared,
    which: Query<Which>,
    Body(Unwanted { app }): Body<Unwanted>,
) -> Result<Json<AppTold>, Failure> {
    by_hand(&api, &which, &app, &AppHand::Delete)
}

/// Takes the public app out of the account: its codes and tokens are good no more.
#[utoipa::path(post, path = "/_standin/hubspot/uninstall-app", operation_id = "uninstallApp", tag = "apps",
    params(Which), request_body = Installed,
    responses(
        (status = 200, description = "It is installed no more", body = AppShown),
        (status = 400, description = "There is no such app, or it was never installed", body = Refused),
        (status = 404, description = "There is no such world, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn uninstall(
    api: Shared,
    which: Query<Which>,
    Body(Installed { app }): Body<Installed>,
) -> Result<Json<AppTold>, Failure> {
    by_hand(&api, &which, &app, &AppHand::Uninstall)
}

/// Deletes the account: no token is good there any more, and nothing of it can be changed.
#[utoipa::path(post, path = "/_standin/hubspot/close-account", operation_id = "closeAccount", tag = "apps",
    params(Which),
    responses(
        (status = 200, description = "It is gone; its apps as they stand", body = Vec<AppShown>),
        (status = 400, description = "It was gone before, or the body is not empty", body = Refused),
        (status = 404, description = "There is no such world, or it has no HubSpot", body = Refused),
    ))]
pub(super) async fn close(
    State(api): Shared,
    Query(which): Query<Which>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Vec<AppTold>>, Failure> {
    Ok(Json(named(&api, which.world.as_deref(), "hubspot")?.0.close_account()?))
}

fn by_hand(api: &Shared, which: &Query<Which>, app: &str, hand: &AppHand) -> Result<Json<AppTold>, Failure> {
    let (world, _) = named(&api.0, which.0.world.as_deref(), "hubspot")?;
    Ok(Json(world.app(app, hand)?))
}
