//! What may be asked about associations, by every version's paths and bodies.

use compact_str::CompactString;
use http::Method;

use super::body::{
    self, DefaultPost, Fetch, LabelChange, MaximumSent, MultiArchive, NewLabel, Post, Purge, SpecSent, V3Post,
};
use crate::hubspot::body as json;
use crate::hubspot::errors::Problem;
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::routes::{self, Asked, READ, Version, other, post, segments, with_json};
use crate::message::{Reply, Request};
use crate::policy::HubspotSettings;

/// The roots of record paths: those of the third version, and of the fourth and what followed it.
const V3_OBJECTS: [&str; 2] = ["/crm/v3/objects/", "/crm/objects/v3/"];
const OBJECTS: [(&str, Version); 5] = [
    ("/crm/v4/objects/", Version::Numbered),
    ("/crm/objects/v4/", Version::Numbered),
    ("/crm/objects/2025-09/", Version::March2026),
    ("/crm/objects/2026-03/", Version::March2026),
    ("/crm/objects/2026-09/", Version::September2026),
];
const V3_ROOTS: [&str; 2] = ["/crm/v3/associations/", "/crm/associations/v3/"];

const PUT: &str = "OPTIONS,PUT";
const CHANGE: &str = "DELETE,OPTIONS,PUT";
const LABELS: &str = "GET,HEAD,OPTIONS,POST,PUT";
const DELETE: &str = "DELETE,OPTIONS";

/// Which page of a list is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct PageQuery {
    pub(super) limit: Option<i32>,
    pub(super) after: Option<u64>,
}

/// A call, its body parsed.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(super) version: Version,
    /// The names of the two object types, as sent.
    pub(super) from: CompactString,
    pub(super) to: CompactString,
    /// As sent; paging links repeat it.
    pub(super) path: CompactString,
    pub(super) what: What,
}

type Read<T> = Result<T, Problem>;

#[derive(Debug)]
pub(super) enum What {
    List(CompactString, Read<PageQuery>),
    SetDefault(CompactString, CompactString),
    SetLabels(CompactString, CompactString, Read<Vec<SpecSent>>),
    Cut(CompactString, CompactString),
    V3List(CompactString, Read<PageQuery>),
    V3Set([CompactString; 3]),
    V3Cut([CompactString; 3]),
    Create(Read<Vec<Post>>),
    CreateDefault(Read<Vec<DefaultPost>>),
    Fetch(Read<Vec<Fetch>>),
    Archive(Read<Vec<MultiArchive>>),
    ArchiveLabels(Read<Vec<Post>>),
    V3Create(Read<Vec<V3Post>>),
    V3Fetch(Read<Vec<Fetch>>),
    V3Archive(Read<Vec<V3Post>>),
    V3Types,
    Labels,
    NewLabel(Read<NewLabel>),
    ChangeLabel(Read<LabelChange>),
    DropLabel(CompactString),
    AllMaxima,
    Maxima,
    SetMaxima(Read<Vec<MaximumSent>>),
    ChangeMaxima(Read<Vec<MaximumSent>>),
    PurgeMaxima(Read<Vec<Purge>>),
    Report(CompactString),
}

impl routes::Ask for Ask {
    fn operation(&self) -> &'static str {
        match self.what {
            What::List(..) | What::V3List(..) => "associations.list",
            What::SetDefault(..) => "associations.set-default",
            What::SetLabels(..) | What::V3Set(_) => "associations.set",
            What::Cut(..) | What::V3Cut(_) => "associations.remove",
            What::Create(_) | What::V3Create(_) => "associations.batch-create",
            What::CreateDefault(_) => "associations.batch-default",
            What::Fetch(_) | What::V3Fetch(_) => "associations.batch-read",
            What::Archive(_) | What::V3Archive(_) => "associations.batch-archive",
            What::ArchiveLabels(_) => "associations.batch-archive-labels",
            What::V3Types => "associations.types",
            What::Labels => "associations.labels",
            What::NewLabel(_) => "associations.create-label",
            What::ChangeLabel(_) => "associations.update-label",
            What::DropLabel(_) => "associations.delete-label",
            What::AllMaxima | What::Maxima => "associations.limits",
            What::SetMaxima(_) => "associations.create-limits",
            What::ChangeMaxima(_) => "associations.update-limits",
            What::PurgeMaxima(_) => "associations.purge-limits",
            What::Report(_) => "associations.high-usage-report",
        }
    }

    fn too_many(&self, settings: &HubspotSettings) -> Option<Problem> {
        fn len<T>(inputs: &Read<Vec<T>>) -> usize {
            inputs.as_ref().map_or(0, Vec::len)
        }
        let (count, max) = match &self.what {
            What::Create(inputs) | What::ArchiveLabels(inputs) => (len(inputs), &settings.association_inputs_max),
            What::CreateDefault(inputs) => (len(inputs), &settings.association_inputs_max),
            What::Archive(inputs) => (len(inputs), &settings.association_inputs_max),
            What::V3Create(inputs) | What::V3Archive(inputs) => (len(inputs), &settings.association_inputs_max),
            What::Fetch(inputs) | What::V3Fetch(inputs) => (len(inputs), &settings.association_read_inputs_max),
            _ => return None,
        };
        let max = max.value;
        (count > max).then(|| Problem::too_many_inputs("batch", max))
    }

    fn answer(self: Box<Self>, room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
        super::answer::answer(room, *self, stage)
    }
}

/// The call that a request to these APIs is; `None` for a request to another.
pub(crate) fn route(request: &Request) -> Option<Asked> {
    let path = request.path();
    if let Some(rest) = V3_OBJECTS.iter().find_map(|root| path.strip_prefix(root)) {
        return of_record(request, rest, None);
    }
    if let Some((rest, version)) = OBJECTS.iter().find_map(|(root, version)| Some((path.strip_prefix(root)?, *version)))
    {
        return of_record(request, rest, Some(version));
    }
    if let Some(rest) = V3_ROOTS.iter().find_map(|root| path.strip_prefix(root)) {
        return Some(of_v3(request, rest));
    }
    let rest = match path.strip_prefix("/crm/v4/associations/") {
        Some(rest) => (Version::Numbered, rest),
        None => {
            let (version, rest) = path.strip_prefix("/crm/associations/")?.split_once('/')?;
            (Version::parse(version)?, rest)
        }
    };
    Some(of_types(request, rest.0, rest.1))
}

/// The paths under one record; `version` is none for the third.
fn of_record(request: &Request, rest: &str, version: Option<Version>) -> Option<Asked> {
    let segments = segments(rest);
    let segments: Vec<&str> = segments.iter().map(CompactString::as_str).collect();
    let [from, id, "associations", ref rest @ ..] = segments[..] else { return None };
    let id = CompactString::from(id);
    let ask = |to: &str, what| asked(request, version.unwrap_or(Version::Numbered), (from, to), what);
    let read = matches!(request.method, Method::GET | Method::HEAD);
    Some(match (version, rest) {
        (None, [to]) if read => ask(to, What::V3List(id, page(request))),
        (Some(_), [to]) if read => ask(to, What::List(id, page(request))),
        (_, [_]) => other(request, READ),
        (None, [to, to_id, kind]) => {
            let parts = [id, (*to_id).into(), (*kind).into()];
            match request.method {
                Method::PUT => ask(to, What::V3Set(parts)),
                Method::DELETE => ask(to, What::V3Cut(parts)),
                _ => other(request, CHANGE),
            }
        }
        (Some(_), ["default", to, to_id]) => match request.method {
            Method::PUT => ask(to, What::SetDefault(id, (*to_id).into())),
            _ => other(request, PUT),
        },
        (Some(_), [to, to_id]) => match request.method {
            Method::PUT => with_json(request, |body| ask(to, What::SetLabels(id, (*to_id).into(), body::specs(body)))),
            Method::DELETE => ask(to, What::Cut(id, (*to_id).into())),
            _ => other(request, CHANGE),
        },
        _ => Asked::NoRoute,
    })
}

fn of_v3(request: &Request, rest: &str) -> Asked {
    let segments = segments(rest);
    let segments: Vec<&str> = segments.iter().map(CompactString::as_str).collect();
    let ask = |from: &str, to: &str, what| asked(request, Version::Numbered, (from, to), what);
    match segments[..] {
        [from, to, "types"] => match request.method {
            Method::GET | Method::HEAD => ask(from, to, What::V3Types),
            _ => other(request, READ),
        },
        [from, to, "batch", "create"] => post(request, |body| ask(from, to, What::V3Create(body::inputs(body)))),
        [from, to, "batch", "read"] => post(request, |body| ask(from, to, What::V3Fetch(body::inputs(body)))),
        [from, to, "batch", "archive"] => post(request, |body| ask(from, to, What::V3Archive(body::inputs(body)))),
        _ => Asked::NoRoute,
    }
}

fn of_types(request: &Request, version: Version, rest: &str) -> Asked {
    let segments = segments(rest);
    let segments: Vec<&str> = segments.iter().map(CompactString::as_str).collect();
    let ask = |from: &str, to: &str, what| asked(request, version, (from, to), what);
    let read = matches!(request.method, Method::GET | Method::HEAD);
    match segments[..] {
        ["usage", "high-usage-report", user] => match request.method {
            Method::POST => ask("", "", What::Report(user.into())),
            _ => other(request, "OPTIONS,POST"),
        },
        ["definitions", "configurations", "all"] if read => ask("", "", What::AllMaxima),
        ["definitions", "configurations", from, to] if read => ask(from, to, What::Maxima),
        ["definitions", "configurations", "all"] | ["definitions", "configurations", _, _] => other(request, READ),
        ["definitions", "configurations", from, to, "batch", "create"] => {
            post(request, |body| ask(from, to, What::SetMaxima(body::inputs(body))))
        }
        ["definitions", "configurations", from, to, "batch", "update"] => {
            post(request, |body| ask(from, to, What::ChangeMaxima(body::inputs(body))))
        }
        ["definitions", "configurations", from, to, "batch", "purge"] => {
            post(request, |body| ask(from, to, What::PurgeMaxima(body::inputs(body))))
        }
        [from, to, "batch", "create"] => post(request, |body| ask(from, to, What::Create(body::inputs(body)))),
        [from, to, "batch", "associate", "default"] => {
            post(request, |body| ask(from, to, What::CreateDefault(body::inputs(body))))
        }
        [from, to, "batch", "read"] => post(request, |body| ask(from, to, What::Fetch(body::inputs(body)))),
        [from, to, "batch", "archive"] => post(request, |body| ask(from, to, What::Archive(body::inputs(body)))),
        [from, to, "batch", "labels", "archive"] => {
            post(request, |body| ask(from, to, What::ArchiveLabels(body::inputs(body))))
        }
        [from, to, "labels"] if read => ask(from, to, What::Labels),
        [from, to, "labels"] => match request.method {
            Method::POST => with_json(request, |body| ask(from, to, What::NewLabel(json::parse(body)))),
            Method::PUT => with_json(request, |body| ask(from, to, What::ChangeLabel(json::parse(body)))),
            _ => other(request, LABELS),
        },
        [from, to, "labels", id] => match request.method {
            Method::DELETE => ask(from, to, What::DropLabel(id.into())),
            _ => other(request, DELETE),
        },
        _ => Asked::NoRoute,
    }
}

fn asked(request: &Request, version: Version, (from, to): (&str, &str), what: What) -> Asked {
    let path = request.path().into();
    Asked::Other(Box::new(Ask { version, from: from.into(), to: to.into(), path, what }))
}

fn page(request: &Request) -> Read<PageQuery> {
    let mut query = PageQuery::default();
    for (name, value) in request.query_pairs() {
        let unparsable = || Problem::bare(format!("Unable to parse value for query parameter: {name}"));
        match &*name {
            "limit" => query.limit = Some(value.parse().map_err(|_| unparsable())?),
            "after" if !value.is_empty() => query.after = Some(value.parse().map_err(|_| unparsable())?),
            _ => {}
        }
    }
    Ok(query)
}
