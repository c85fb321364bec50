//! What may be asked of the preferences, by either version's paths and bodies
//! (facts/hubspot-limits-webhooks-auth.md §9.1, §9.2).

use compact_str::CompactString;
use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::bulk::Bulk;
use crate::hubspot::body::{self, Text};
use crate::hubspot::errors::Problem;
use crate::hubspot::object::Named;
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::routes::{self, Asked, READ, other, post, segments, with_json};
use crate::hubspot::{validate, wrong_json};
use crate::message::{Reply, Request};

/// The root of the API; its version follows.
const ROOT: &str = "/communication-preferences/";
/// The versions after the third, which are one implementation.
const LATER: [&str; 3] = ["v4", "2026-03", "2026-09"];
const READ_AND_SET: &str = "GET,HEAD,OPTIONS,POST";
const SET: &str = "OPTIONS,POST";

/// A call, its address and body checked.
#[derive(Debug)]
pub(crate) enum Ask {
    Definitions,
    LaterDefinitions,
    Status(Address),
    Subscribe(Result<Choice, Problem>),
    Unsubscribe(Result<Choice, Problem>),
    /// Takes an address back that had left.
    Resubscribe(Result<Choice, Problem>),
    Statuses(Address),
    SetStatus(Address, Result<LaterChoice, Problem>),
    LeftAll(Address),
    /// Whether the answer is to show what changed.
    LeaveAll(Address, bool),
}

pub(crate) type Address = Result<CompactString, Problem>;

/// The body of `subscribe` and `unsubscribe`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Choice {
    pub(crate) email_address: Text,
    pub(crate) subscription_id: Text,
    pub(crate) legal_basis: Option<CompactString>,
    pub(crate) legal_basis_explanation: Option<CompactString>,
}

/// The body that sets a status in the later versions.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LaterChoice {
    pub(crate) subscription_id: Text,
    pub(crate) status_state: Text,
    pub(crate) channel: Text,
    /// Whose, where the path does not say.
    pub(crate) subscriber_id_string: Text,
    pub(crate) legal_basis: Option<CompactString>,
    pub(crate) legal_basis_explanation: Option<CompactString>,
}

impl Named for Choice {
    const JAVA: &'static str = "PublicUpdateSubscriptionStatusRequest";
}

impl Named for LaterChoice {
    const JAVA: &'static str = "PartialPublicStatusRequest";
}

impl routes::Ask for Ask {
    fn operation(&self) -> &'static str {
        match self {
            Self::Definitions | Self::LaterDefinitions => "preferences.definitions",
            Self::Status(_) => "preferences.status",
            Self::Subscribe(_) => "preferences.subscribe",
            Self::Unsubscribe(_) => "preferences.unsubscribe",
            Self::Resubscribe(_) => "preferences.resubscribe",
            Self::Statuses(_) => "preferences.statuses",
            Self::SetStatus(..) => "preferences.set-status",
            Self::LeftAll(_) => "preferences.left-all",
            Self::LeaveAll(..) => "preferences.leave-all",
        }
    }

    fn answer(self: Box<Self>, room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
        super::answer::answer(room, *self, stage)
    }
}

/// The call that a request to this API is; `None` for a request to another.
pub(crate) fn route(request: &Request) -> Option<Asked> {
    let rest = request.path().strip_prefix(ROOT)?;
    let segments = segments(rest);
    let segments: Vec<&str> = segments.iter().map(CompactString::as_str).collect();
    let read = |verbs, ask: &dyn Fn() -> Ask| match request.method {
        Method::GET | Method::HEAD => Asked::Other(Box::new(ask())),
        _ => other(request, verbs),
    };
    Some(match segments[..] {
        ["v3", "definitions"] => read(READ, &|| Ask::Definitions),
        ["v3", "status", "email", email] => read(READ, &|| Ask::Status(address(email))),
        ["2026-09", "status", "email", email] => read(READ, &|| Ask::Status(address(email))),
        ["2026-09", "resubscribe"] => set(request, |body| Ask::Resubscribe(choice(body))),
        ["2026-09", "subscribe"] => set(request, |body| Ask::Subscribe(choice(body))),
        ["2026-09", "unsubscribe"] => set(request, |body| Ask::Unsubscribe(choice(body))),
        ["v3", "subscribe"] => set(request, |body| Ask::Subscribe(choice(body))),
        ["v3", "unsubscribe"] => set(request, |body| Ask::Unsubscribe(choice(body))),
        [version, ref rest @ ..] if LATER.contains(&version) => match *rest {
            ["definitions"] => read(READ, &|| Ask::LaterDefinitions),
            ["links", "generate"] => post(request, |body| bulk(Bulk::links(request, body))),
            ["statuses", "batch", "read"] => post(request, |body| bulk(Bulk::statuses(request, body))),
            ["statuses", "batch", "write"] => post(request, |body| bulk(Bulk::set(body))),
            ["statuses", "batch", "unsubscribe-all"] => {
                let verbose = asked_for(request, "verbose").as_deref() == Some("true");
                post(request, |body| bulk(Bulk::leave_all(request, body, verbose)))
            }
            ["statuses", "batch", "unsubscribe-all", "read"] => {
                post(request, |body| bulk(Bulk::left_all(request, body)))
            }
            ["statuses", email] if request.method == Method::POST => {
                set(request, |body| Ask::SetStatus(address(email), later_choice(body)))
            }
            ["statuses", email] => read(READ_AND_SET, &|| Ask::Statuses(by_email(request, email))),
            ["statuses", email, "unsubscribe-all"] if request.method == Method::POST => Asked::Other(Box::new(
                Ask::LeaveAll(by_email(request, email), asked_for(request, "verbose").as_deref() == Some("true")),
            )),
            ["statuses", email, "unsubscribe-all"] => read(READ_AND_SET, &|| Ask::LeftAll(by_email(request, email))),
            _ => Asked::NoRoute,
        },
        _ => Asked::NoRoute,
    })
}

fn bulk(ask: Bulk) -> Asked {
    Asked::Other(Box::new(ask))
}

fn set(request: &Request, ask: impl FnOnce(&[u8]) -> Ask) -> Asked {
    if request.method == Method::POST {
        with_json(request, |body| Asked::Other(Box::new(ask(body))))
    } else {
        other(request, SET)
    }
}

fn asked_for(request: &Request, name: &str) -> Option<String> {
    request.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

pub(super) fn address(text: &str) -> Address {
    validate::address(text).ok_or_else(|| Problem::validation(format!("Email address {text} is invalid")))
}

/// The address of a call that has to say by which channel; there is one.
fn by_email(request: &Request, text: &str) -> Address {
    channel_of(request)?;
    address(text)
}

fn channel(name: &str) -> Result<(), Problem> {
    if name == "EMAIL" { Ok(()) } else { Err(Problem::validation(format!("Invalid channel: {name}"))) }
}

/// Whether a call says by which channel.
pub(super) fn channel_of(request: &Request) -> Result<(), Problem> {
    channel(asked_for(request, "channel").as_deref().unwrap_or_default())
}

fn choice(body: &[u8]) -> Result<Choice, Problem> {
    let read: Choice = whole(body, |read: &Choice| {
        [("emailAddress", read.email_address.0.is_empty()), ("subscriptionId", read.subscription_id.0.is_empty())]
    })?;
    Ok(Choice { email_address: Text(address(&read.email_address.0)?), ..read })
}

fn later_choice(body: &[u8]) -> Result<LaterChoice, Problem> {
    let read = whole(body, |read: &LaterChoice| {
        [
            ("subscriptionId", read.subscription_id.0.is_empty()),
            ("statusState", read.status_state.0.is_empty()),
            ("channel", read.channel.0.is_empty()),
        ]
    })?;
    channel(&read.channel.0)?;
    Ok(read)
}

/// What an address may be said to want.
fn state(name: &str) -> Result<(), Problem> {
    match name {
        "SUBSCRIBED" | "UNSUBSCRIBED" | "NOT_SPECIFIED" => Ok(()),
        other => Err(Problem::validation(format!("Invalid statusState: {other}"))),
    }
}

/// One choice of a batch, which says itself whose it is.
pub(super) fn later_checked(choice: LaterChoice) -> Result<(CompactString, LaterChoice), Problem> {
    let members = [
        ("subscriberIdString", &choice.subscriber_id_string),
        ("subscriptionId", &choice.subscription_id),
        ("statusState", &choice.status_state),
        ("channel", &choice.channel),
    ];
    let missing: Vec<_> = members.iter().filter(|(_, text)| text.0.is_empty()).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        return Err(Problem::validation(format!("Some required fields were not set: [{}]", missing.join(", "))));
    }
    channel(&choice.channel.0)?;
    state(&choice.status_state.0)?;
    Ok((address(&choice.subscriber_id_string.0)?, choice))
}

/// A body with all that it must have; what is left out is told at the body's end.
pub(super) fn whole<T: DeserializeOwned + Named, const N: usize>(
    body: &[u8],
    absent: impl FnOnce(&T) -> [(&'static str, bool); N],
) -> Result<T, Problem> {
    let read: T = body::parse(body)?;
    let missing: Vec<_> = absent(&read).into_iter().filter(|(_, absent)| *absent).map(|(name, _)| name).collect();
    if missing.is_empty() {
        return Ok(read);
    }
    Err(wrong_json::incomplete(body, T::JAVA, &missing))
}
