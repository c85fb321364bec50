//! What is told of tokens, and how they are taken back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Value, json};

use super::ask::Key;
use super::form::Form;
use super::refusal::Refusal;
use super::token;
use crate::gate::Grant;
use crate::hubspot::apps::{self, ACCESS, CODE, Granted, Kind, PRIVATE, REFRESH, SERVICE, ScopeSet};
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::{At, Hubspot};
use crate::message::Reply;

/// A token of the public app that is good, what it stands for, and the seconds it is good for.
struct Known {
    token: String,
    granted: Granted,
    seconds: i64,
    ends: i64,
    number: u64,
}

fn known(token: &str, kind: &str, stage: &At<'_>) -> Option<Known> {
    let grant = stage.tokens.good(token, kind, stage.at)?;
    let granted = stage.state.portal.apps.granted.get(&grant.number)?.clone();
    let ends = grant.expires.map_or(0, |end| end.0);
    let seconds = grant.expires.map_or(0, |end| end.since(stage.at) / 1_000);
    Some(Known { token: token.to_owned(), granted, seconds, ends, number: grant.number })
}

fn scopes(set: ScopeSet) -> Value {
    json!(apps::names(set).collect::<Vec<_>>())
}

/// The token itself as its signer has it. What its parts hold was never told; their names and kinds are.
fn signed(room: &Hubspot, known: &Known, stage: &At<'_>) -> Value {
    let apps = &stage.state.portal.apps;
    let drawn = |label: &str| STANDARD.encode(apps.secret.draw(label, known.number).to_be_bytes());
    json!({
        "expiresAt": known.ends,
        "scopes": STANDARD.encode(known.granted.scopes.bytes()),
        "hubId": room.portal,
        "userId": known.granted.user,
        "appId": apps.public().id,
        "signature": drawn("hubspot.signature"),
        "scopeToScopeGroupPks": STANDARD.encode(known.granted.scopes.bytes()),
        "newSignature": drawn("hubspot.new-signature"),
        "hublet": "na1",
        "trialScopes": "",
        "trialScopeToScopeGroupPks": "",
        "isUserLevel": false,
        "installingUserId": known.granted.user,
        "isServiceAccount": false,
        "isPrivateDistribution": false,
        "appInstallId": apps.secret.uuid4("hubspot.install", 0).to_string(),
        "audience": "",
    })
}

fn about_access(room: &Hubspot, known: &Known, stage: &At<'_>) -> Value {
    let email = room.owners.installer().1;
    let app = stage.state.portal.apps.public().id;
    json!({
        "token": known.token,
        "user": email,
        "hub_domain": DOMAIN,
        "scopes": scopes(known.granted.scopes),
        "signed_access_token": signed(room, known, stage),
        "hub_id": room.portal,
        "app_id": app,
        "expires_in": known.seconds,
        "user_id": known.granted.user,
        "token_type": "access",
        "is_private_distribution": false,
    })
}

/// The website of the account.
const DOMAIN: &str = "example.com";

/// What the first version does not know.
fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, Some("OBJECT_NOT_FOUND"), "resource not found")
}

pub(super) fn access_token(room: &Hubspot, token: &str, stage: &At<'_>) -> Result<Reply, Problem> {
    let known = known(token, ACCESS, stage).filter(|known| !known.granted.of_client).ok_or_else(unknown)?;
    let body = about_access(room, &known, stage);
    Ok(json_reply(StatusCode::OK, move || body))
}

pub(super) fn refresh_token(room: &Hubspot, token: &str, stage: &At<'_>) -> Result<Reply, Problem> {
    let known = known(token, REFRESH, stage).ok_or_else(unknown)?;
    let body = json!({
        "token": known.token,
        "user": room.owners.installer().1,
        "hub_domain": DOMAIN,
        "scopes": scopes(known.granted.scopes),
        "hub_id": room.portal,
        "client_id": stage.state.portal.apps.public().client_id,
        "user_id": known.granted.user,
        "token_type": "refresh",
    });
    Ok(json_reply(StatusCode::OK, move || body))
}

pub(super) fn introspect(room: &Hubspot, form: &Form, stage: &mut At<'_>) -> Result<Reply, Refusal> {
    token::client(form, stage)?;
    let token = named(form);
    let public = stage.state.portal.apps.public();
    let (client_id, app_id) = (public.client_id.clone(), public.id);
    let email = room.owners.installer().1;
    let body = if let Some(known) = known(token, ACCESS, stage) {
        let of_client = known.granted.of_client;
        json!({
            "active": true,
            "token": known.token,
            "hub_id": room.portal,
            "user_id": known.granted.user,
            "client_id": client_id,
            "app_id": app_id,
            "user": email,
            "hub_domain": DOMAIN,
            "scopes": scopes(known.granted.scopes),
            "signed_access_token": signed(room, &known, stage),
            "expires_in": known.seconds,
            "is_private_distribution": false,
            "token_use": if of_client { "client_credentials" } else { "access_token" },
            "token_type": "Bearer",
        })
    } else if let Some(known) = known(token, REFRESH, stage) {
        json!({
            "active": true,
            "token": known.token,
            "hub_id": room.portal,
            "user_id": known.granted.user,
            "client_id": client_id,
            "app_id": app_id,
            "user": email,
            "hub_domain": DOMAIN,
            "scopes": scopes(known.granted.scopes),
            "token_use": "refresh_token",
            "token_type": "Bearer",
        })
    } else {
        json!({"active": false})
    };
    Ok(json_reply(StatusCode::OK, move || body))
}

/// The documents and the guides name the field differently.
fn named(form: &Form) -> &str {
    ["token", "access_token", "refresh_token"].iter().find_map(|name| form.get(name)).unwrap_or_default()
}

/// Takes back a refresh token; access tokens stay good to their own ends.
pub(super) fn revoke(form: &Form, stage: &mut At<'_>) -> Result<Reply, Refusal> {
    token::client(form, stage)?;
    let reply = Reply::empty(StatusCode::OK);
    Ok(if drop_token(named(form), stage) { reply.with_effect() } else { reply })
}

pub(super) fn drop_refresh_token(token: &str, stage: &mut At<'_>) -> Result<Reply, Problem> {
    if !drop_token(token, stage) {
        return Err(unknown());
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}

fn drop_token(token: &str, stage: &mut At<'_>) -> bool {
    if stage.tokens.find(token).is_none_or(|grant| grant.kind != REFRESH) {
        return false;
    }
    let dropped = stage.tokens.revoke(token);
    dropped.is_some_and(|grant| stage.state.portal.apps.granted.remove(&grant.number).is_some())
}

/// Takes the app out of the account, as its own token asks.
pub(super) fn uninstall(room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let app = stage.caller.map_or(0, |caller| caller.app);
    if stage.state.portal.apps.get(app).is_none_or(|app| app.kind != Kind::Public) {
        // A private app is not installed: it has no such scope to have been granted.
        return Err(apps::not_installed());
    }
    stage.tokens.revoke_all(|grant| of_install(grant, app));
    let (whose, when) = ((app, room.portal), (stage.at, stage.seed));
    stage.state.portal.journal.lifecycle("APP_UNINSTALL", whose, when, room.settings());
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}

/// What an app was given by being installed.
pub(crate) fn of_install(grant: &Grant, app: u64) -> bool {
    grant.app == app && [ACCESS, REFRESH, CODE].contains(&grant.kind)
}

/// A private app's token, or a service key, by itself.
pub(super) fn private_app(room: &Hubspot, key: &Key, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let at = stage.at;
    let good = |kind| stage.tokens.good(&key.token_key, kind, at);
    let grant = good(PRIVATE).or_else(|| good(SERVICE)).cloned();
    let apps = &stage.state.portal.apps;
    let app = grant.as_ref().and_then(|grant| apps.get(grant.app));
    let (Some(grant), Some(app)) = (grant, app) else { return Err(apps::unknown_token(None, at)) };
    let body = json!({
        "userId": room.owners.installer().0,
        "hubId": grant.account,
        "appId": app.id,
        "scopes": scopes(app.scopes),
    });
    Ok(json_reply(StatusCode::OK, move || body))
}
