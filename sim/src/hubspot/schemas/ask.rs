//! What may be asked of the schemas API: its paths and queries.

use compact_str::CompactString;
use http::Method;

use super::body::{self, AssociationEgg, BatchRead, Egg, Patch};
use super::json::{ALL, Parts};
use super::{answer, associations, change, create};
use crate::hubspot::body::parse;
use crate::hubspot::errors::Problem;
use crate::hubspot::query;
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::routes::{self, Asked, Version, other, post, segments, with_json};
use crate::message::{Reply, Request};

const OF_COLLECTION: &str = "GET,HEAD,OPTIONS,POST";
const OF_ONE: &str = "DELETE,GET,HEAD,OPTIONS,PATCH";

#[derive(Debug)]
enum Ask {
    List {
        archived: bool,
        parts: Parts,
    },
    Create(Result<Egg, Problem>),
    BatchRead(Result<BatchRead, Problem>),
    Read(CompactString, Parts),
    Update(CompactString, Result<Patch, Problem>),
    /// And whether it is to be deleted for good.
    Archive(CompactString, bool),
    Associate(CompactString, Result<AssociationEgg, Problem>),
    Dissociate(CompactString, CompactString),
}

impl routes::Ask for Ask {
    fn operation(&self) -> &'static str {
        match self {
            Self::List { .. } => "schemas.list",
            Self::Create(_) => "schemas.create",
            Self::BatchRead(_) => "schemas.batch-read",
            Self::Read(..) => "schemas.read",
            Self::Update(..) => "schemas.update",
            Self::Archive(_, false) => "schemas.archive",
            Self::Archive(_, true) => "schemas.purge",
            Self::Associate(..) => "schemas.associate",
            Self::Dissociate(..) => "schemas.dissociate",
        }
    }

    fn answer(self: Box<Self>, room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
        match *self {
            Self::List { archived, parts } => Ok(answer::list(archived, parts, stage)),
            Self::Create(egg) => create::create(room, egg?, stage),
            Self::BatchRead(batch) => Ok(answer::batch_read(&batch?, stage)),
            Self::Read(name, parts) => answer::read(&name, parts, stage),
            Self::Update(name, patch) => change::update(room, &name, &patch?, stage),
            Self::Archive(name, false) => change::archive(&name, stage),
            Self::Archive(name, true) => change::purge(&name, stage),
            Self::Associate(name, egg) => associations::create(&name, &egg?, stage),
            Self::Dissociate(name, id) => associations::delete(&name, &id, stage),
        }
    }
}

/// What follows the root of this API in a path.
fn under(path: &str) -> Option<&str> {
    let rest = match path.strip_prefix("/crm/v3/schemas") {
        Some(rest) => rest,
        None => {
            let (version, rest) = path.strip_prefix("/crm-object-schemas/")?.split_once('/')?;
            Version::parse(version)?;
            rest.strip_prefix("schemas")?
        }
    };
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// The call that a request to this API is; `None` for a request to another.
pub(crate) fn route(request: &Request) -> Option<Asked> {
    let rest = segments(under(request.path())?);
    let rest: Vec<&str> = rest.iter().map(CompactString::as_str).collect();
    let ask = |ask: Ask| Asked::Other(Box::new(ask));
    Some(match (rest.as_slice(), &request.method) {
        ([""], &Method::GET | &Method::HEAD) => {
            ask(Ask::List { archived: query::archived(request), parts: parts(request) })
        }
        ([""], &Method::POST) => with_json(request, |sent| ask(Ask::Create(body::egg(sent)))),
        ([""], _) => other(request, OF_COLLECTION),
        (["batch", "read"], _) => post(request, |sent| ask(Ask::BatchRead(body::batch_read(sent)))),
        ([name], &Method::GET | &Method::HEAD) => ask(Ask::Read((*name).into(), parts(request))),
        ([name], &Method::PATCH) => with_json(request, |sent| ask(Ask::Update((*name).into(), parse(sent)))),
        ([name], &Method::DELETE) => ask(Ask::Archive((*name).into(), query::archived(request))),
        ([_], _) => other(request, OF_ONE),
        ([name, "associations"], _) => {
            post(request, |sent| ask(Ask::Associate((*name).into(), body::association(sent))))
        }
        ([name, "associations", id], &Method::DELETE) => ask(Ask::Dissociate((*name).into(), (*id).into())),
        ([_, "associations", _], _) => other(request, "DELETE,OPTIONS"),
        _ => Asked::NoRoute,
    })
}

fn parts(request: &Request) -> Parts {
    let mut parts = ALL;
    for (name, value) in request.query_pairs() {
        let told = !value.eq_ignore_ascii_case("false");
        match &*name {
            "includePropertyDefinitions" => parts.properties = told,
            "includeAssociationDefinitions" => parts.associations = told,
            "includeAuditMetadata" => parts.audit = told,
            _ => {}
        }
    }
    parts
}
