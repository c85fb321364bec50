//! The doors that ask who calls: the bearer's token, the scopes behind it, and the words for those who
//! are turned away (facts/hubspot-limits-webhooks-auth.md §4.4).

use base64::Engine as _;
use http::StatusCode;
use serde_json::json;

use super::app::{ACCESS, Kind, PRIVATE, SERVICE};
use super::scopes::Needs;
use super::set::ScopeSet;
use super::token::Named;
use crate::Moment;
use crate::gate::Grant;
use crate::hubspot::account::BASE64URL;
use crate::hubspot::errors::Problem;
use crate::hubspot::room::At;
use crate::world::step::Caller;

/// Whether a token has the form of a private app's: `pat-{dc}-{uuid}`. Such a one that is unknown is
/// not found; another that decodes as base64url is told it expired in 1970.
fn private_app_form(token: &str) -> bool {
    token.starts_with("pat-")
}

/// The 401 for a token that opens nothing.
pub(crate) fn unknown_token(token: Option<&str>, at: Moment) -> Problem {
    let token = token.filter(|token| !private_app_form(token));
    let end = token.and_then(|token| match Named::read(token) {
        // Taken back before its end, or another world's.
        Some(named) if at < named.ends => None,
        Some(named) => Some(named.ends),
        None => BASE64URL.decode(token).is_ok().then_some(Moment(0)),
    });
    match end {
        Some(end) => expired(end, at),
        None => Problem::new(
            StatusCode::UNAUTHORIZED,
            Some("INVALID_AUTHENTICATION"),
            "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more \
             details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
        ),
    }
}

/// The 401 for a token past its end; units scale with the time since.
pub(crate) fn expired(end: Moment, at: Moment) -> Problem {
    let seconds = at.since(end) / 1000;
    let (count, unit) = match seconds {
        ..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let message = format!("The OAuth token used to make this call expired {count} {unit}(s) ago.");
    Problem::new(StatusCode::UNAUTHORIZED, Some("EXPIRED_AUTHENTICATION"), message)
        .with_context("expire time", vec![end.iso().as_str().to_owned()])
}

/// Who a bearer token names, and whether the scopes behind it are enough for the call. Whoever was
/// recognised is the stage's caller, let in or not.
pub(crate) fn authenticate(
    token: Option<&str>,
    needs: Option<&'static Needs>,
    stage: &mut At<'_>,
) -> Result<Caller, Problem> {
    let at = stage.at;
    let found = token.and_then(|token| stage.tokens.find(token)).cloned();
    let bears = |grant: &Grant| [PRIVATE, SERVICE, ACCESS].contains(&grant.kind);
    let apps = &stage.state.portal.apps;
    let known = found.filter(bears).and_then(|grant| Some((apps.get(grant.app)?, grant)));
    let Some((app, grant)) = known else { return Err(unknown_token(token, at)) };
    let caller = Caller { account: grant.account, app: grant.app, app_name: app.name, credential: grant.number };
    let granted = apps.granted.get(&grant.number).filter(|_| app.kind == Kind::Public);
    let scopes = match (app.kind, granted) {
        (Kind::Public, None) => ScopeSet::default(),
        (Kind::Public, Some(granted)) if granted.of_client => granted.scopes.and(super::of_apps()),
        (Kind::Public, Some(granted)) => granted.scopes.or(implied()).without(super::of_apps()),
        (Kind::Private | Kind::ServiceKey, _) => app.scopes.or(implied()).without(super::of_apps()),
    };
    stage.caller = Some(caller);
    match grant.expires.filter(|end| at >= *end) {
        Some(end) if grant.kind == ACCESS => return Err(expired(end, at)),
        // A rotated token's days of grace are over: it is as one that never was.
        Some(_) => return Err(unknown_token(token, at)),
        None => {}
    }
    match needs.filter(|needs| !needs.any_of.is_empty() && !needs.any_of.meets(scopes)) {
        Some(needs) => Err(missing_scopes(needs)),
        None => Ok(caller),
    }
}

/// Which app a developer's key and the path name. Whoever has no such key is nobody, whatever token they bear.
pub(crate) fn by_key(app_id: &str, key: Option<&str>, portal: u64, stage: &mut At<'_>) -> Result<Caller, Problem> {
    let known = stage.state.portal.apps.developed(app_id, key);
    let Some(app) = known else { return Err(unknown_token(None, stage.at)) };
    let caller = Caller { account: portal, app: app.id, app_name: app.name, credential: 0 };
    stage.caller = Some(caller);
    Ok(caller)
}

/// What no app was seen to be refused for: a service key of other scopes was let in (§4.5).
fn implied() -> ScopeSet {
    super::place("oauth").into_iter().collect()
}

/// The 403 for a call that the caller's scopes do not cover. One scope alone is asked for as all.
fn missing_scopes(needs: &'static Needs) -> Problem {
    without_scopes(&needs.names)
}

/// The 403 for a private app that would take itself out of its account as one that was installed does.
pub(crate) fn not_installed() -> Problem {
    without_scopes(&["oauth"])
}

fn without_scopes(names: &[&str]) -> Problem {
    let message = match names.len() {
        1 => "All of the following scopes are required.",
        _ => "One or more of the following scopes are required.",
    };
    let mut problem = Problem::new(
        StatusCode::FORBIDDEN,
        Some("MISSING_SCOPES"),
        "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: \
         https://developers.hubspot.com/scopes.",
    );
    problem.errors.push(json!({"message": message, "context": {"requiredGranularScopes": names}}));
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago_a_token_ended_is_told_in_the_largest_unit_that_fits() {
        for (seconds, told) in [
            (0, "0 second(s)"),
            (59, "59 second(s)"),
            (60, "1 minute(s)"),
            (3_599, "59 minute(s)"),
            (3_600, "1 hour(s)"),
            (86_399, "23 hour(s)"),
            (86_400, "1 day(s)"),
            (20_777 * 86_400 + 5, "20777 day(s)"),
        ] {
            let problem = expired(Moment(5_000), Moment(5_000 + seconds * 1_000 + 999));
            let said = problem.message.to_string();
            assert_eq!(said, format!("The OAuth token used to make this call expired {told} ago."));
        }
    }
}
