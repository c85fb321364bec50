//! From a request to what it asks for. Everything is read here, outside the world's lock, and what
//! is wrong with it is carried along: an earlier door refuses first.

use compact_str::CompactString;
use http::Method;

use super::errors::Problem;
use super::query::Query;
use super::settings::Settings;
use super::write::{self, Said};
use crate::message::{Request, RequestBody};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V2,
    V2_1,
}

impl Version {
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::V2 => "/v2",
            Self::V2_1 => "/v2.1",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) version: Version,
    pub(crate) api_key: Option<CompactString>,
    pub(crate) bearer: Option<CompactString>,
    pub(crate) too_large: bool,
    pub(crate) ask: Ask,
}

#[derive(Debug)]
pub(crate) enum Ask {
    Token,
    List(Result<Query, Problem>),
    Read(Result<i64, Problem>),
    Create(Result<Said, Problem>),
    Update(Result<(i64, Said), Problem>),
    /// A path or verb that the gateway does not know.
    Unknown,
}

pub(crate) fn read(request: &Request, settings: &Settings) -> Call {
    let (version, path) = split_version(request.path());
    Call {
        version,
        api_key: request.header("x-api-key").map(CompactString::new),
        bearer: request.bearer().map(CompactString::new),
        too_large: matches!(request.body, RequestBody::TooLarge),
        ask: ask(request, version, path, settings),
    }
}

/// The version, and the path below it without its first slash. A doubled slash after the version is forgiven.
fn split_version(path: &str) -> (Version, Option<&str>) {
    for version in [Version::V2_1, Version::V2] {
        if let Some(rest) = path.strip_prefix(version.prefix()).and_then(|rest| rest.strip_prefix('/')) {
            return (version, Some(rest.strip_prefix('/').unwrap_or(rest)));
        }
    }
    (Version::V2_1, None)
}

fn ask(request: &Request, version: Version, path: Option<&str>, settings: &Settings) -> Ask {
    let method = &request.method;
    let Some(path) = path else { return Ask::Unknown };
    match path.split_once('/').unwrap_or((path, "")) {
        ("auth", "token") if method == Method::GET => Ask::Token,
        ("customers", "") if path == "customers" => match *method {
            Method::GET => Ask::List(Query::read(request.query_pairs(), version, settings)),
            Method::POST => Ask::Create(said(request)),
            _ => Ask::Unknown,
        },
        ("customers", id) if !id.is_empty() && !id.contains('/') => match *method {
            Method::GET => Ask::Read(customer_id(id)),
            Method::PUT => Ask::Update(customer_id(id).and_then(|id| Ok((id, said(request)?)))),
            _ => Ask::Unknown,
        },
        _ => Ask::Unknown,
    }
}

fn customer_id(text: &str) -> Result<i64, Problem> {
    text.parse::<i32>().map(i64::from).map_err(|_| {
        let mut problem = Problem::validation();
        problem.add("id", format!("The value '{text}' is not valid."));
        problem
    })
}

fn said(request: &Request) -> Result<Said, Problem> {
    if request.says_json() { write::read(request.body()) } else { Err(Problem::unsupported_media_type()) }
}
