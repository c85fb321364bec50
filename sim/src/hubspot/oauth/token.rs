//! The token endpoint: codes and refresh tokens become access tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use compact_str::{CompactString, format_compact};
use http::StatusCode;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::form::Form;
use super::refusal::{self, Refusal};
use crate::gate::Grant;
use crate::hubspot::apps::{self, ACCESS, Apps, CODE, Challenge, Granted, Named, REFRESH, ScopeSet};
use crate::hubspot::errors::json_reply;
use crate::hubspot::room::{At, Hubspot};
use crate::message::Reply;
use crate::world::step::Caller;

/// The app that says who it is by its id and secret.
pub(super) fn client(form: &Form, stage: &mut At<'_>) -> Result<u64, Refusal> {
    let app = stage.state.portal.apps.public();
    if app.deleted || form.get("client_id") != Some(&app.client_id) {
        return Err(refusal::BAD_CLIENT_ID);
    }
    if form.get("client_secret") != Some(&app.client_secret) {
        return Err(refusal::BAD_CLIENT_SECRET);
    }
    stage.caller = Some(Caller { app: app.id, app_name: app.name, ..Caller::default() });
    Ok(app.id)
}

pub(super) fn answer(room: &Hubspot, form: &Form, stage: &mut At<'_>) -> Result<Reply, Refusal> {
    let grant_type = form.get("grant_type").unwrap_or_default();
    if !["authorization_code", "refresh_token", "client_credentials"].contains(&grant_type) {
        return Err(refusal::BAD_GRANT_TYPE);
    }
    let app = client(form, stage)?;
    match grant_type {
        "authorization_code" => exchange(room, app, form, stage),
        "refresh_token" => refresh(room, app, form, stage),
        _ => own(room, app, form, stage),
    }
}

/// A credential of a kind that was given to this app.
fn found(credential: Option<&str>, kind: &str, app: u64, stage: &mut At<'_>) -> Option<(Grant, Granted)> {
    let grant = stage.tokens.find(credential?).filter(|grant| grant.kind == kind && grant.app == app)?.clone();
    let granted = stage.state.portal.apps.granted.get(&grant.number)?.clone();
    let caller = stage.caller.unwrap_or_default();
    stage.caller = Some(Caller { account: grant.account, credential: grant.number, ..caller });
    Some((grant, granted))
}

fn exchange(room: &Hubspot, app: u64, form: &Form, stage: &mut At<'_>) -> Result<Reply, Refusal> {
    let code = form.get("code");
    let (grant, granted) = found(code, CODE, app, stage).ok_or(refusal::BAD_AUTH_CODE)?;
    if grant.expires.is_some_and(|end| stage.at >= end) {
        return Err(refusal::EXPIRED_AUTH_CODE);
    }
    if form.get("redirect_uri") != Some(&granted.redirect_uri) {
        return Err(refusal::BAD_REDIRECT_URI);
    }
    if granted.challenge.as_ref().is_some_and(|challenge| !meets(challenge, form.get("code_verifier"))) {
        return Err(refusal::BAD_CODE_VERIFIER);
    }
    if stage.state.portal.apps.closed {
        return Err(refusal::BAD_HUB);
    }
    let again = stage.tokens.has(app, REFRESH);
    stage.tokens.revoke(code.unwrap_or_default());
    if !again {
        let (whose, when) = ((app, room.portal), (stage.at, stage.seed));
        stage.state.portal.journal.lifecycle("APP_INSTALL", whose, when, room.settings());
    }
    stage.state.portal.apps.granted.remove(&grant.number);
    let number = stage.tokens.given() + 1;
    let secret = stage.state.portal.apps.secret;
    let refresh_token = format_compact!("na1-{}", secret.uuid4("hubspot.refresh-token", number));
    let kept = Granted { scopes: granted.scopes, user: granted.user, ..Granted::default() };
    let number = stage.tokens.grant(&refresh_token, Grant { kind: REFRESH, expires: None, ..grant });
    stage.state.portal.apps.granted.insert(number, kept.clone());
    Ok(tell(room, app, kept, Given::Refresh(Some(refresh_token)), stage))
}

fn meets(challenge: &Challenge, verifier: Option<&str>) -> bool {
    verifier.is_some_and(|verifier| match challenge {
        Challenge::Plain(challenge) => challenge == verifier,
        Challenge::Sha256(challenge) => *challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)),
    })
}

fn refresh(room: &Hubspot, app: u64, form: &Form, stage: &mut At<'_>) -> Result<Reply, Refusal> {
    let token = form.get("refresh_token");
    let (_, granted) = found(token, REFRESH, app, stage).ok_or(refusal::BAD_REFRESH_TOKEN)?;
    if stage.state.portal.apps.closed {
        return Err(refusal::BAD_HUB);
    }
    Ok(tell(room, app, granted, Given::Refresh(token.map(CompactString::from)), stage))
}

/// A token for the app itself.
fn own(room: &Hubspot, app: u64, form: &Form, stage: &mut At<'_>) -> Result<Reply, Refusal> {
    let asked = || form.get("scope").unwrap_or_default().split_ascii_whitespace();
    let scopes: ScopeSet = asked().map(apps::place).collect::<Option<_>>().ok_or(refusal::BAD_SCOPES)?;
    let may = stage.state.portal.apps.get(app).map(|app| app.scopes.or(app.optional)).unwrap_or_default();
    // Scopes of records may stand beside those of the journal, whose subscriptions are about them.
    if !scopes.meets(apps::of_apps()) || !may.holds(scopes) {
        return Err(refusal::BAD_SCOPES);
    }
    let granted = Granted { scopes, of_client: true, ..Granted::default() };
    Ok(tell(room, app, granted, Given::Own(asked().map(Into::into).collect()), stage))
}

/// What goes out with an access token: its refresh token, or the scopes of an app's own as they were asked for.
enum Given {
    Refresh(Option<CompactString>),
    Own(Vec<CompactString>),
}

/// Gives out an access token and tells of it.
fn tell(room: &Hubspot, app: u64, granted: Granted, given: Given, stage: &mut At<'_>) -> Reply {
    let lifetime = room.settings().oauth_access_token_lifetime.value.0;
    let (ends, portal, number) = (stage.at.plus(lifetime), room.portal, stage.tokens.given() + 1);
    let Apps { secret, .. } = stage.state.portal.apps;
    let user = if granted.of_client { 0 } else { granted.user };
    // What it says is when it is over, whatever its receiver is told.
    let over = stage.tokens.end_of_loan(ends, stage.at);
    let token = Named { ends: over, portal, user, app }.write(secret, number);
    let grant = Grant { account: portal, app, kind: ACCESS, number: 0, expires: Some(ends) };
    let number = stage.tokens.lend(&token, grant, stage.at);
    let (scopes, of_client) = (granted.scopes, granted.of_client);
    stage.state.portal.apps.remember(number, Granted { until: Some(ends), ..granted }, stage.at);
    json_reply(StatusCode::OK, move || {
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| {
            body.insert(name.into(), value);
        };
        put("token_type", "bearer".into());
        let scopes = match given {
            Given::Own(scopes) => json!(scopes),
            Given::Refresh(refresh) => {
                if let Some(refresh) = refresh {
                    put("refresh_token", refresh.as_str().into());
                }
                json!(apps::names(scopes).collect::<Vec<_>>())
            }
        };
        put("access_token", token.into());
        put("expires_in", (lifetime / 1_000).into());
        if !of_client {
            put("hub_id", portal.into());
        }
        put("scopes", scopes);
        put("token_use", if of_client { "client_credentials" } else { "access_token" }.into());
        if !of_client {
            put("user_id", user.into());
        }
        Value::Object(body)
    })
}

/// Gives out a code for an app, to be fetched at one of its addresses.
pub(super) fn code(room: &Hubspot, app: u64, granted: Granted, stage: &mut At<'_>) -> CompactString {
    let number = stage.tokens.given() + 1;
    let secret = stage.state.portal.apps.secret;
    let code = format_compact!("na1-{}", secret.uuid4("hubspot.auth-code", number));
    let expires = Some(stage.at.plus(room.settings().oauth_code_lifetime.value.0));
    let grant = Grant { account: room.portal, app, kind: CODE, number: 0, expires };
    let number = stage.tokens.grant(&code, grant);
    stage.state.portal.apps.remember(number, Granted { until: expires, ..granted }, stage.at);
    code
}
