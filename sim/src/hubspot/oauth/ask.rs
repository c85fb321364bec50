//! The paths of OAuth, and of taking an app out of an account.

use compact_str::CompactString;
use http::{Method, StatusCode};
use serde::Deserialize;

use super::form::Form;
use super::{info, page, token};
use crate::hubspot::body;
use crate::hubspot::errors::Problem;
use crate::hubspot::object::Named;
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::routes::{self, Asked, OpenedBy, READ, Version, other, post, segments};
use crate::message::{Reply, Request};

const ACTION: &str = "OPTIONS,POST";
const PAGE: &str = "GET,HEAD,OPTIONS,POST";
const TAKE: &str = "DELETE,OPTIONS";
const READ_OR_TAKE: &str = "DELETE,GET,HEAD,OPTIONS";

#[derive(Debug)]
enum Ask {
    /// The page, and what was pressed on it; the portal that its path names.
    Page(Option<CompactString>, Form, bool),
    Token(Form),
    Introspect(Form),
    Revoke(Form),
    AccessToken(CompactString),
    RefreshToken(CompactString),
    DropRefreshToken(CompactString),
    PrivateApp(Result<Key, Problem>),
    Uninstall,
    /// A body of another media type than its path takes.
    WrongMedia,
}

/// A private app's token, to be told of.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Key {
    pub(super) token_key: CompactString,
}

impl Named for Key {
    const JAVA: &'static str = "PrivateAppTokenInfoRequest";
}

impl routes::Ask for Ask {
    fn operation(&self) -> &'static str {
        match self {
            Self::Page(_, _, false) => "oauth.authorize-page",
            Self::Page(_, _, true) => "oauth.authorize",
            Self::Token(_) => "oauth.token",
            Self::Introspect(_) => "oauth.introspect",
            Self::Revoke(_) => "oauth.revoke",
            Self::AccessToken(_) => "oauth.access-token",
            Self::RefreshToken(_) => "oauth.refresh-token",
            Self::DropRefreshToken(_) => "oauth.delete-refresh-token",
            Self::PrivateApp(_) => "oauth.private-app-token",
            Self::Uninstall => "oauth.uninstall",
            Self::WrongMedia => "oauth.wrong-media",
        }
    }

    fn opened_by(&self) -> OpenedBy<'_> {
        if matches!(self, Self::Uninstall) { OpenedBy::Token } else { OpenedBy::Nothing }
    }

    fn answer(self: Box<Self>, room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
        match *self {
            Self::Page(portal, form, pressed) => Ok(page::answer(room, portal.as_deref(), &form, pressed, stage)),
            Self::Token(form) => Ok(token::answer(room, &form, stage).unwrap_or_else(|refusal| refusal.reply())),
            Self::Introspect(form) => Ok(info::introspect(room, &form, stage).unwrap_or_else(|no| no.reply())),
            Self::Revoke(form) => Ok(info::revoke(&form, stage).unwrap_or_else(|refusal| refusal.reply())),
            Self::AccessToken(token) => info::access_token(room, &token, stage),
            Self::RefreshToken(token) => info::refresh_token(room, &token, stage),
            Self::DropRefreshToken(token) => info::drop_refresh_token(&token, stage),
            Self::PrivateApp(key) => info::private_app(room, &key?, stage),
            Self::Uninstall => info::uninstall(room, stage),
            Self::WrongMedia => Ok(Reply::empty(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
        }
    }
}

fn ask(ask: Ask) -> Asked {
    Asked::Other(Box::new(ask))
}

/// A POST of a form.
fn form(request: &Request, with_query: bool, of: impl FnOnce(Form) -> Ask) -> Asked {
    if request.method != Method::POST {
        return other(request, ACTION);
    }
    ask(Form::read(request, with_query).map_or(Ask::WrongMedia, of))
}

fn page(request: &Request, portal: Option<&str>) -> Asked {
    let pressed = match request.method {
        Method::GET | Method::HEAD => false,
        Method::POST => true,
        _ => return other(request, PAGE),
    };
    let form = Form::read(request, true);
    ask(form.map_or(Ask::WrongMedia, |form| Ask::Page(portal.map(Into::into), form, pressed)))
}

/// The call that a request to this API is; `None` for a request to another.
pub(crate) fn route(request: &Request) -> Option<Asked> {
    let reads = matches!(request.method, Method::GET | Method::HEAD);
    let takes = request.method == Method::DELETE;
    if let Some(rest) = request.path().strip_prefix("/appinstalls/") {
        let rest = segments(rest);
        return Some(match rest.iter().map(CompactString::as_str).collect::<Vec<_>>()[..] {
            [version, "external-install"] if Version::parse(version).is_some() && version != "v4" => {
                if takes {
                    ask(Ask::Uninstall)
                } else {
                    other(request, TAKE)
                }
            }
            _ => Asked::NoRoute,
        });
    }
    let rest = segments(request.path().strip_prefix("/oauth/")?);
    let rest: Vec<&str> = rest.iter().map(CompactString::as_str).collect();
    Some(match rest[..] {
        ["authorize"] => page(request, None),
        ["v1", "token"] => form(request, true, Ask::Token),
        ["v3" | "2026-03" | "2026-09", "token"] => form(request, false, Ask::Token),
        ["v3" | "2026-03" | "2026-09", "token", "introspect"] => form(request, false, Ask::Introspect),
        ["v3" | "2026-03" | "2026-09", "token", "revoke"] => form(request, false, Ask::Revoke),
        ["v1", "access-tokens", token] => {
            if reads {
                ask(Ask::AccessToken(token.into()))
            } else {
                other(request, READ)
            }
        }
        ["v1", "refresh-tokens", token] if reads => ask(Ask::RefreshToken(token.into())),
        ["v1", "refresh-tokens", token] if takes => ask(Ask::DropRefreshToken(token.into())),
        ["v1", "refresh-tokens", _] => other(request, READ_OR_TAKE),
        ["v2", "private-apps", "get", "access-token-info"] => {
            match post(request, |sent| ask(Ask::PrivateApp(body::parse(sent)))) {
                Asked::NotJson => ask(Ask::WrongMedia),
                asked => asked,
            }
        }
        [portal, "authorize"] => page(request, Some(portal)),
        _ => Asked::NoRoute,
    })
}
