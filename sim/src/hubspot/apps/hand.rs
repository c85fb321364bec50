//! The tester's hand on an app: what its owner does on HubSpot's screens. Scopes take effect at once.

use compact_str::{CompactString, format_compact};
use serde::Serialize;

use super::app::{ACCESS, App, Apps, Kind, NAMES, PRIVATE, REFRESH, SERVICE};
use super::scopes;
use super::set::ScopeSet;
use crate::Moment;
use crate::gate::{Grant, Tokens};
use crate::hubspot::oauth;

/// What is done to an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppHand {
    /// A private app's token or a service key gets a new value; the one before ends now, or is good for
    /// the days of grace too.
    Rotate { later: bool },
    /// The value before the present one ends now.
    Expire,
    /// The scopes it is granted, or that a public app requires; what a public app may ask for beside; the
    /// addresses that its codes may be sent to. What is absent stays as it is.
    Set { scopes: Option<Vec<String>>, optional_scopes: Option<Vec<String>>, redirect_uris: Option<Vec<String>> },
    /// The app is deleted, and all that it was given with it.
    Delete,
    /// The public app is taken out of the account.
    Uninstall,
}

/// How an app stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AppTold {
    /// `private`, `narrow`, `service_key` or `public`.
    pub app: String,
    pub app_id: u64,
    /// Its token or key; none of a public app.
    pub token: Option<String>,
    /// Until when the value before it is good too.
    pub former_until: Option<Moment>,
    pub scopes: Vec<&'static str>,
    pub optional_scopes: Vec<&'static str>,
    pub redirect_uris: Vec<String>,
    pub deleted: bool,
    /// Its token is good no more; of the public app: it is not installed any more.
    pub revoked: bool,
}

impl AppHand {
    /// As the journal tells it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Rotate { .. } => "rotate-token",
            Self::Expire => "expire-token",
            Self::Set { .. } => "set-app",
            Self::Delete => "delete-app",
            Self::Uninstall => "uninstall-app",
        }
    }

    /// Whether it is done in the developer's account, whatever became of the one that the app is installed in.
    fn is_developers(&self, app: &App) -> bool {
        app.kind == Kind::Public && matches!(self, Self::Set { .. } | Self::Delete)
    }
}

/// What there is to be said of an account that was deleted.
const CLOSED: &str = "the account is closed: nothing of it can be changed";

fn set(names: &[String]) -> Result<ScopeSet, String> {
    let known = scopes::grantable();
    let place = |name: &String| scopes::place(name).filter(|place| known.has(*place));
    names.iter().map(|name| place(name).ok_or_else(|| format!("there is no scope `{name}`"))).collect()
}

/// An address that a code may be sent to: https, but for localhost (§4.2).
fn redirect_uri(text: &str) -> Result<CompactString, String> {
    let uri: http::Uri = text.parse().map_err(|_| format!("`{text}` is no address"))?;
    let host = uri.host().unwrap_or_default();
    let local = host == "localhost" && uri.scheme_str() == Some("http");
    if !local && uri.scheme_str() != Some("https") {
        return Err(format!("`{text}` is not taken: write https, or http://localhost"));
    }
    if host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('[') {
        return Err(format!("`{text}` is not taken: an address in digits is refused; write localhost"));
    }
    Ok(text.into())
}

impl Apps {
    /// Does it. Nothing is changed where it cannot be done.
    pub(crate) fn by_hand(
        &mut self,
        name: &str,
        hand: &AppHand,
        tokens: &mut Tokens,
        (portal, grace_ms): (u64, i64),
        at: Moment,
    ) -> Result<AppTold, String> {
        let (secret, number, closed) = (self.secret, tokens.given() + 1, self.closed);
        let unknown = || format!("there is no app `{name}`; there are: {}", NAMES.join(", "));
        let app = self.named_mut(name).ok_or_else(unknown)?;
        if closed && !hand.is_developers(app) {
            return Err(CLOSED.to_owned());
        }
        if app.deleted {
            return Err(format!("app `{name}` is deleted"));
        }
        match hand {
            AppHand::Rotate { later } => {
                let kind = match app.kind {
                    Kind::Private => PRIVATE,
                    Kind::ServiceKey => SERVICE,
                    Kind::Public => return Err(format!("app `{name}` has no token of its own: OAuth gives it tokens")),
                };
                if let Some(former) = app.former.take() {
                    tokens.revoke(&former);
                }
                let token = format_compact!("pat-na1-{}", secret.uuid4("hubspot.rotated-token", number));
                let before = std::mem::replace(&mut app.token, token);
                if *later && tokens.find(&before).is_some() {
                    tokens.end(&before, at.plus(grace_ms));
                    app.former = Some(before);
                } else {
                    tokens.revoke(&before);
                }
                tokens.grant(&app.token, Grant { account: portal, app: app.id, kind, number: 0, expires: None });
            }
            AppHand::Expire => match app.former.take() {
                Some(former) => drop(tokens.revoke(&former)),
                None => return Err(format!("app `{name}` has no token beside its present one")),
            },
            AppHand::Set { scopes, optional_scopes, redirect_uris } => {
                if app.kind != Kind::Public && (optional_scopes.is_some() || redirect_uris.is_some()) {
                    return Err(format!("app `{name}` is not installed by OAuth: it has `scopes` alone"));
                }
                let scopes = scopes.as_deref().map(set).transpose()?;
                let optional = optional_scopes.as_deref().map(set).transpose()?;
                let uris = redirect_uris.as_ref().map(|uris| uris.iter().map(|uri| redirect_uri(uri)).collect());
                let uris: Option<Vec<CompactString>> = uris.transpose()?;
                app.scopes = scopes.unwrap_or(app.scopes);
                app.optional = optional.unwrap_or(app.optional);
                app.redirect_uris = uris.unwrap_or_else(|| app.redirect_uris.clone());
            }
            AppHand::Delete => {
                let id = app.id;
                (app.deleted, app.former) = (true, None);
                tokens.revoke_all(|grant| grant.app == id);
            }
            AppHand::Uninstall if app.kind == Kind::Public => {
                let id = app.id;
                tokens.revoke_all(|grant| oauth::of_install(grant, id));
            }
            AppHand::Uninstall => return Err(format!("app `{name}` is not installed by OAuth")),
        }
        self.named(name).map(|app| app.told(tokens)).ok_or_else(unknown)
    }

    /// The account is deleted, and nothing opens it any more.
    pub(crate) fn close(&mut self, tokens: &mut Tokens) -> Result<(), String> {
        if self.closed {
            return Err(CLOSED.to_owned());
        }
        tokens.revoke_all(|grant| [PRIVATE, SERVICE, ACCESS].contains(&grant.kind));
        self.closed = true;
        Ok(())
    }

    /// How every app stands.
    pub(crate) fn told(&self, tokens: &Tokens) -> Vec<AppTold> {
        self.iter().map(|app| app.told(tokens)).collect()
    }
}

impl App {
    fn told(&self, tokens: &Tokens) -> AppTold {
        let former = self.former.as_ref().and_then(|former| tokens.find(former));
        AppTold {
            app: self.name.to_owned(),
            app_id: self.id,
            token: Some(self.token.to_string()).filter(|token| !token.is_empty()),
            former_until: former.and_then(|former| former.expires),
            scopes: scopes::names(self.scopes).collect(),
            optional_scopes: scopes::names(self.optional).collect(),
            redirect_uris: self.redirect_uris.iter().map(CompactString::to_string).collect(),
            deleted: self.deleted,
            revoked: !self.has_credential(tokens),
        }
    }

    /// Whether what it calls with, or is given tokens by, is good still.
    fn has_credential(&self, tokens: &Tokens) -> bool {
        match self.kind {
            Kind::Public => tokens.has(self.id, REFRESH),
            Kind::Private | Kind::ServiceKey => tokens.find(&self.token).is_some(),
        }
    }
}
