//! The page on which a person connects an app to the account, or does not. It stands on the account's own
//! address here, and a program may press its buttons: `decision` is `approve` or `deny`.

use compact_str::CompactString;
use http::{HeaderValue, StatusCode, header};

use super::form::Form;
use super::token;
use crate::hubspot::apps::{self, App, Challenge, Granted, ScopeSet};
use crate::hubspot::room::{At, Hubspot};
use crate::message::{Body, Reply};

/// What the page is about, once all of it is as the app has it.
struct Asked {
    app: u64,
    redirect_uri: CompactString,
    scopes: ScopeSet,
    challenge: Option<Challenge>,
}

pub(super) fn answer(room: &Hubspot, portal: Option<&str>, form: &Form, pressed: bool, stage: &mut At<'_>) -> Reply {
    let asked = match asked(room, portal, form, stage) {
        Ok(asked) => asked,
        Err(why) => return html(StatusCode::BAD_REQUEST, failed(&why)),
    };
    let state = form.get("state").map(|state| ("state", state));
    match form.get("decision").filter(|_| pressed) {
        None => html(StatusCode::OK, question(room.portal, form, &asked)),
        Some("approve") => {
            let Asked { app, redirect_uri, scopes, challenge } = asked;
            let user = room.owners.installer().0;
            let granted = Granted { scopes, user, redirect_uri: redirect_uri.clone(), challenge, ..Granted::default() };
            let code = token::code(room, app, granted, stage);
            back(&redirect_uri, [("code", code.as_str())].into_iter().chain(state)).with_effect()
        }
        Some(_) => {
            let said = [("error", "access_denied"), ("error_description", "The user denied the app access.")];
            back(&asked.redirect_uri, said.into_iter().chain(state))
        }
    }
}

fn asked(room: &Hubspot, portal: Option<&str>, form: &Form, stage: &At<'_>) -> Result<Asked, String> {
    let apps = &stage.state.portal.apps;
    let of_account = portal.is_none_or(|portal| portal.parse() == Ok(room.portal));
    if !of_account || apps.closed {
        return Err("Authorization failed because the account is not known.".to_owned());
    }
    let app = Some(apps.public()).filter(|app| !app.deleted && form.get("client_id") == Some(&app.client_id));
    let app = app.ok_or("Authorization failed because the client ID is missing or unknown.")?;
    let redirect_uri = form.get("redirect_uri").unwrap_or_default();
    if !app.redirect_uris.iter().any(|known| known == redirect_uri) {
        return Err(format!(
            "Authorization failed as the redirect URL '{redirect_uri}' doesn't match the app's registered redirect URL"
        ));
    }
    let scopes = wanted(app, form).ok_or(
        "Authorization failed because the provided scopes are insufficient. Please contact the app developer.",
    )?;
    let challenge = form.get("code_challenge").map(CompactString::from);
    let challenge = match (challenge, form.get("code_challenge_method")) {
        (None, _) => None,
        (Some(challenge), None | Some("plain")) => Some(Challenge::Plain(challenge)),
        (Some(challenge), Some("S256")) => Some(Challenge::Sha256(challenge)),
        (Some(_), Some(other)) => {
            return Err(format!("Authorization failed because the code challenge method {other} is not known."));
        }
    };
    Ok(Asked { app: app.id, redirect_uri: redirect_uri.into(), scopes, challenge })
}

/// The scopes that are asked for: those that the app requires, no fewer and no more, and beside them any that it
/// has as optional.
fn wanted(app: &App, form: &Form) -> Option<ScopeSet> {
    let set = |name: &str| -> Option<ScopeSet> {
        form.get(name).unwrap_or_default().split_ascii_whitespace().map(apps::place).collect()
    };
    let (required, optional) = (set("scope")?, set("optional_scope")?);
    (required == app.scopes && app.optional.holds(optional)).then_some(required.or(optional))
}

/// Back to the app, with these beside what its address has already.
fn back<'a>(redirect_uri: &str, said: impl Iterator<Item = (&'a str, &'a str)>) -> Reply {
    let mut said = form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish();
    said.insert(0, if redirect_uri.contains('?') { '&' } else { '?' });
    let target = HeaderValue::try_from(format!("{redirect_uri}{said}"));
    let target = target.unwrap_or_else(|_| HeaderValue::from_static("/"));
    Reply::empty(StatusCode::FOUND).with(header::LOCATION, target)
}

fn html(status: StatusCode, body: String) -> Reply {
    let page = Body::text(move || {
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>HubSpot</title>\n</head>\n\
             <body>\n{body}</body>\n</html>\n"
        )
    });
    Reply::new(status, page).with(header::CONTENT_TYPE, HeaderValue::from_static("text/html;charset=utf-8"))
}

fn failed(why: &str) -> String {
    format!("<h1>Couldn’t complete the connection</h1>\n<p>{}</p>\n", text(why))
}

fn question(portal: u64, form: &Form, asked: &Asked) -> String {
    let fields: String = form
        .without(&["decision"])
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", text(name), text(value)))
        .collect();
    let scopes: String = apps::names(asked.scopes).map(|scope| format!("<li>{}</li>\n", text(scope))).collect();
    format!(
        "<h1>Connect app {} to HubSpot account {portal}</h1>\n<p>It asks for:</p>\n<ul>\n{scopes}</ul>\n\
         <form method=\"post\">\n{fields}<button name=\"decision\" value=\"approve\">Connect app</button>\n\
         <button name=\"decision\" value=\"deny\">Cancel</button>\n</form>\n",
        asked.app
    )
}

/// A text in which nothing is markup.
fn text(of: &str) -> String {
    let mut out = String::with_capacity(of.len());
    for c in of.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
