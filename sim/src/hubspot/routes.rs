//! Which operation a method and path name. Bodies are read here, outside the world's lock; whether
//! the object type exists is the account's to say, so its name is carried on.

use compact_str::CompactString;
use http::Method;
use percent_encoding::percent_decode_str;

use super::apps::{self, Needs};
use super::body::{self, Batch, BatchRead, Write};
use super::errors::Problem;
use super::merge::{Forget, Merge};
use super::properties;
use super::query::{ListQuery, ReadQuery};
use super::room::{At, Hubspot};
use super::schemas;
use super::search::{self, SearchLimits, SearchRequest};
use super::{
    account_info, associations, consent, counted, limits_tracking, oauth, object_library, owners, pipelines, webhooks,
};
use crate::message::{Reply, Request, RequestBody};
use crate::policy::HubspotSettings;

/// What was asked, with what its body came to.
#[derive(Debug)]
pub(crate) enum Asked {
    /// No such path: answered by the web server, not by the API.
    NoRoute,
    /// A verb that the path does not take; it takes these.
    NoVerb(&'static str),
    /// OPTIONS, answered by the web server too.
    Verbs(&'static str),
    /// A body of another media type than JSON.
    NotJson,
    List(Result<ListQuery, Problem>),
    Read(CompactString, ReadQuery),
    Create(Result<Write, Problem>),
    Update(CompactString, ReadQuery, Result<Write, Problem>),
    Archive(CompactString),
    BatchCreate(Result<Batch, Problem>),
    BatchRead(bool, Result<BatchRead, Problem>),
    BatchUpdate(Result<Batch, Problem>),
    BatchUpsert(Result<Batch, Problem>),
    BatchArchive(Result<Batch, Problem>),
    Search(Result<SearchRequest, Problem>),
    Merge(Result<Merge, Problem>),
    Forget(Result<Forget, Problem>),
    /// Of another API than that of the records.
    Other(Box<dyn Ask>),
}

impl Asked {
    /// What opens it; `None` for what the web server answers of itself.
    pub(crate) fn opened_by(&self) -> Option<OpenedBy<'_>> {
        match self {
            Self::NoRoute | Self::NoVerb(_) | Self::Verbs(_) => None,
            Self::Other(ask) => Some(ask.opened_by()),
            _ => Some(OpenedBy::Token),
        }
    }
}

/// What opens a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenedBy<'a> {
    /// A bearer token whose scopes are enough.
    Token,
    /// A developer's key, as `hapikey` has it, for the app that the path names.
    Key { app: &'a str, key: Option<&'a str> },
    /// Nothing at the door: it says within who calls, or need not.
    Nothing,
}

/// A call of an API that has a folder of its own in this room, its body parsed.
pub(crate) trait Ask: std::fmt::Debug + Send {
    /// The stable name of what was asked.
    fn operation(&self) -> &'static str;

    /// The limit classes that it carries.
    fn classes(&self) -> &'static [&'static str] {
        counted::classes(self.operation())
    }

    /// How whoever calls says who that is.
    fn opened_by(&self) -> OpenedBy<'_> {
        OpenedBy::Token
    }

    /// The size door: what is refused before anything is done.
    fn too_many(&self, _settings: &HubspotSettings) -> Option<Problem> {
        None
    }

    /// Does it.
    ///
    /// # Errors
    /// The vendor's answer to a call that cannot be done.
    fn answer(self: Box<Self>, room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem>;
}

/// Finds an API's operation; `None` for a path of another's.
type Route = fn(&Request) -> Option<Asked>;

/// The APIs beside that of the records. Each looks at the root of the path first.
const APIS: [Route; 13] = [
    account_info::route,
    associations::route,
    consent::route,
    limits_tracking::route,
    oauth::route,
    object_library::route,
    owners::route,
    pipelines::route,
    properties::route,
    properties::validations,
    schemas::route,
    webhooks::route,
    webhooks::journal_route,
];

/// Which edition of an API a path names. They are one implementation; what differs asks this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// `v3`, `v4`.
    Numbered,
    /// `2025-09`, `2026-03`.
    March2026,
    September2026,
}

impl Version {
    /// Of a path's segment.
    pub(crate) fn parse(segment: &str) -> Option<Self> {
        match segment {
            "v3" | "v4" => Some(Self::Numbered),
            "2025-09" | "2026-03" => Some(Self::March2026),
            "2026-09" => Some(Self::September2026),
            _ => None,
        }
    }
}

/// What follows an API's name in a path, under its numbered root or a dated one.
pub(crate) fn under_either<'r>(request: &'r Request, area: &str) -> Option<&'r str> {
    let rest = request.path().strip_prefix("/crm/")?;
    if let Some(rest) = rest.strip_prefix("v3/") {
        return rest.strip_prefix(area)?.strip_prefix('/');
    }
    let (version, rest) = rest.strip_prefix(area)?.strip_prefix('/')?.split_once('/')?;
    Version::parse(version).filter(|version| *version != Version::Numbered)?;
    Some(rest)
}

/// The class of calls by an app of the marketplace.
pub(crate) const OAUTH_APP: &str = "oauth_app";

/// A request to the room.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) asked: Asked,
    /// The `{objectType}` segment as sent.
    pub(crate) object_type: CompactString,
    /// What followed `Bearer` in the Authorization header.
    pub(crate) token: Option<CompactString>,
    /// The limit classes that it carries, and `oauth_app` after them, which it carries if such an app calls.
    pub(crate) classes: Vec<&'static str>,
    /// The scopes that it asks for.
    pub(crate) needs: Option<&'static Needs>,
    pub(crate) too_large: bool,
    /// Path and query as sent: paging links repeat them.
    pub(crate) path: CompactString,
    pub(crate) query: CompactString,
}

/// The roots under which the record API answers; the later ones are the same implementation. The
/// last two were seen to answer in April 2026 (a portal probe in a public repository).
const ROOTS: [&str; 5] =
    ["/crm/v3/objects/", "/crm/objects/2026-03/", "/crm/objects/2026-09/", "/crm/objects/v3/", "/crm/objects/2025-09/"];

/// The verbs of what is only read.
pub(crate) const READ: &str = "GET,HEAD,OPTIONS";

const OF_COLLECTION: &str = "GET,HEAD,OPTIONS,POST";
const OF_ONE: &str = "DELETE,GET,HEAD,OPTIONS,PATCH";
const OF_ACTION: &str = "OPTIONS,POST";

pub(crate) fn read(request: &Request, limits: &SearchLimits) -> Call {
    let (object_type, asked) = route(request, limits);
    let needs = apps::needs(&request.method, request.path());
    // What could be asked for without a scope is not there.
    let asked = if needs.is_none() && asked.opened_by() == Some(OpenedBy::Token) { Asked::NoRoute } else { asked };
    let classes: &[_] = match &asked {
        Asked::Search(_) => counted::classes("objects.search"),
        Asked::Other(ask) => ask.classes(),
        _ => &[],
    };
    Call {
        classes: [classes, &[OAUTH_APP]].concat(),
        asked,
        object_type,
        needs,
        token: request.bearer().filter(|token| !token.is_empty()).map(CompactString::from),
        too_large: matches!(request.body, RequestBody::TooLarge),
        path: request.path().into(),
        query: request.query().into(),
    }
}

fn route(request: &Request, limits: &SearchLimits) -> (CompactString, Asked) {
    let none = |asked| (CompactString::default(), asked);
    if let Some(asked) = APIS.iter().find_map(|route| route(request)) {
        return none(asked);
    }
    let Some(rest) = ROOTS.iter().find_map(|root| request.path().strip_prefix(root)) else {
        return none(Asked::NoRoute);
    };
    let rest = segments(rest);
    let Some((object_type, rest)) = rest.split_first().filter(|(name, _)| !name.is_empty()) else {
        return none(Asked::NoRoute);
    };
    let asked = match rest.iter().map(CompactString::as_str).collect::<Vec<_>>()[..] {
        [] => collection(request),
        ["search"] => post(request, |body| Asked::Search(search::parse(body, limits))),
        ["batch", "create"] => post(request, |body| Asked::BatchCreate(body::parse(body))),
        ["batch", "read"] => {
            let archived = super::query::archived(request);
            post(request, |body| Asked::BatchRead(archived, body::parse(body)))
        }
        ["batch", "update"] => post(request, |body| Asked::BatchUpdate(body::parse(body))),
        ["batch", "upsert"] => post(request, |body| Asked::BatchUpsert(body::parse(body))),
        ["batch", "archive"] => post(request, |body| Asked::BatchArchive(body::parse(body))),
        ["merge"] => post(request, |body| Asked::Merge(body::parse(body))),
        ["gdpr-delete"] => post(request, |body| Asked::Forget(body::parse(body))),
        [id] => one(request, id.into()),
        _ => Asked::NoRoute,
    };
    (object_type.clone(), asked)
}

fn collection(request: &Request) -> Asked {
    match request.method {
        Method::GET | Method::HEAD => Asked::List(ListQuery::parse(request)),
        Method::POST => with_json(request, |body| Asked::Create(body::parse(body))),
        _ => other(request, OF_COLLECTION),
    }
}

fn one(request: &Request, id: CompactString) -> Asked {
    match request.method {
        Method::GET | Method::HEAD => Asked::Read(id, ReadQuery::parse(request)),
        Method::PATCH => with_json(request, |body| Asked::Update(id, ReadQuery::parse(request), body::parse(body))),
        Method::DELETE => Asked::Archive(id),
        _ => other(request, OF_ONE),
    }
}

/// A path's segments, decoded; a slash at the end makes no difference.
pub(super) fn segments(rest: &str) -> Vec<CompactString> {
    rest.strip_suffix('/').unwrap_or(rest).split('/').map(decoded).collect()
}

pub(super) fn post(request: &Request, asked: impl FnOnce(&[u8]) -> Asked) -> Asked {
    if request.method == Method::POST { with_json(request, asked) } else { other(request, OF_ACTION) }
}

pub(super) fn other(request: &Request, verbs: &'static str) -> Asked {
    if request.method == Method::OPTIONS { Asked::Verbs(verbs) } else { Asked::NoVerb(verbs) }
}

/// A body must say that it is JSON (415 otherwise: facts/hubspot-limits-webhooks-auth.md §3).
pub(super) fn with_json(request: &Request, asked: impl FnOnce(&[u8]) -> Asked) -> Asked {
    if request.says_json() || request.body().is_empty() { asked(request.body()) } else { Asked::NotJson }
}

fn decoded(segment: &str) -> CompactString {
    percent_decode_str(segment).decode_utf8_lossy().into()
}
