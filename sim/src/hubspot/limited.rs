//! Whose calls a limit counts, and how HubSpot words a call too many (facts/hubspot-limits-webhooks-auth.md §2.5).

use http::{HeaderValue, header};

use super::account;
use super::apps::Kind;
use super::room::{At, Hubspot};
use super::routes::OAUTH_APP;
use crate::gate::{Charge, Reading};
use crate::message::Reply;
use crate::policy::{Limit, RetryAfter, Scope, Search429};

/// Whether a limit counts the calls of an app of this kind.
fn counts(limit: &Limit, kind: Kind) -> bool {
    let is_of_public = |classes: &[String]| classes.iter().any(|class| class == OAUTH_APP);
    if kind == Kind::Public { !is_of_public(&limit.exempt) } else { !is_of_public(&limit.classes) }
}

/// Whether a limit refuses in this of the flavours that a storm may have.
pub(crate) fn is_of(limit: &Limit, flavour: &str) -> bool {
    let wording = if flavour == "service" { "search" } else { flavour };
    let told_as = limit.told_as.as_deref().unwrap_or_default();
    told_as == wording || told_as.strip_suffix("_oauth") == Some(wording)
}

impl Hubspot {
    /// The apps that a limit counts each apart.
    pub(super) fn apps_of(&self, limit: &Limit) -> Vec<&'static str> {
        let of = limit.scope.contains(&Scope::App).then(|| self.apps.iter());
        of.into_iter().flatten().filter(|app| counts(limit, app.kind)).map(|app| app.name).collect()
    }

    /// What a call by an app counts towards; by the first that the limit counts, if none is named.
    pub(super) fn charge_of(&self, limit: usize, app: Option<&str>) -> Result<Charge<'_>, String> {
        let time_zone = &self.settings().account_time_zone.value.zone;
        let Some(limit) = self.profile.gate.limits.get(limit) else {
            return Ok(Charge { classes: &[], account: self.portal, app: self.app, client: 0, time_zone });
        };
        let counted = |kind| counts(limit, kind);
        let app = match app {
            None => self.apps.iter().find(|app| counted(app.kind)),
            Some(name) => {
                let names: Vec<_> = self.apps.iter().map(|app| app.name).collect();
                let app = self.apps.iter().find(|app| app.name == name);
                let app = app.ok_or_else(|| format!("there is no app `{name}`; there are: {}", names.join(", ")))?;
                if !counted(app.kind) {
                    return Err(format!("`{}` does not count the calls of app `{name}`", limit.id));
                }
                Some(app)
            }
        };
        let app = app.map_or(self.app, |app| app.id);
        Ok(Charge { classes: &[], account: self.portal, app, client: 0, time_zone })
    }

    /// The refusal of a limit, in the words that its profile gives it.
    pub(super) fn worded(&self, limit: &Reading, stage: &At<'_>) -> Reply {
        let (correlation, request_id) = (stage.correlation(), Self::request_id(stage));
        let (portal, app) = (self.portal, stage.caller.unwrap_or_default().app);
        let settings = self.settings();
        let told_as = self.profile.gate.limits.get(limit.limit).and_then(|limit| limit.told_as.as_deref());
        // A limit may count the calls of both: the group is that of who called.
        let public = stage.state.portal.apps.get(app).is_some_and(|app| app.kind == Kind::Public);
        let callers = if public { "oauth-api-calls" } else { "private_app-api-calls" };
        let group = |what: &str| Some(format!("publicapi:{what}:{app}:{portal}"));
        let ten_seconds = |group| account::over_limit("TEN_SECONDLY_ROLLING", group, correlation, request_id);
        let reply = match told_as.unwrap_or_default() {
            "search" if settings.search_429.value == Search429::Service => {
                account::over_search_limit_of_service(correlation)
            }
            "search" => account::over_limit("SECONDLY", group("crm:search:oauth"), correlation, request_id),
            "daily" => account::over_limit("DAILY", None, correlation, request_id),
            "secondly" => {
                let group = group(&format!("{callers}-secondly"));
                account::over_limit("SECONDLY", group, correlation, request_id)
            }
            // As that of search, which is the other limit of one API alone.
            "associations" => ten_seconds(group("crm:associations:oauth")),
            "oauth_token" => account::over_token_limit(),
            _ => ten_seconds(group(&format!("{callers}-ten-secondly"))),
        };
        self.with_wait(reply, limit, stage)
    }

    /// The refusal of a limit that others have used up, of a flavour that was asked for.
    pub(super) fn stormed(&self, flavour: Option<&str>, limit: &Reading, stage: &At<'_>) -> Reply {
        if flavour != Some("service") {
            return self.worded(limit, stage);
        }
        self.with_wait(account::over_search_limit_of_service(stage.correlation()), limit, stage)
    }

    fn with_wait(&self, reply: Reply, limit: &Reading, stage: &At<'_>) -> Reply {
        if self.settings().retry_after_on_429.value != RetryAfter::Seconds {
            return reply;
        }
        let seconds = (limit.frees_at.since(stage.at).max(1) + 999) / 1000;
        reply.with(header::RETRY_AFTER, HeaderValue::from(seconds))
    }
}
