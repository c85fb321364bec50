//! What may be asked of the properties API: its paths, its queries, its bodies.

use compact_str::CompactString;
use http::Method;

use super::body::{self, Definition, Definitions, GroupDefinition, Names};
use super::define::SENSITIVITIES;
use super::{answer, batch, groups, json};
use crate::hubspot::body::parse;
use crate::hubspot::errors::Problem;
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::routes::{self, Asked, Version, other, post, segments, with_json};
use crate::message::{Reply, Request};
use crate::policy::HubspotSettings;

const OF_COLLECTION: &str = "GET,HEAD,OPTIONS,POST";
const OF_ONE: &str = "DELETE,GET,HEAD,OPTIONS,PATCH";

/// A call, its body parsed.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(super) object_type: CompactString,
    /// As sent: a create says where its property is.
    pub(super) path: CompactString,
    what: What,
}

#[derive(Debug)]
enum What {
    List(Result<Look, Problem>),
    Read(CompactString, Result<Look, Problem>),
    Create(Result<Definition, Problem>),
    Update(CompactString, Result<Definition, Problem>),
    Archive(CompactString),
    BatchCreate(Result<Definitions, Problem>),
    BatchRead(Result<Names, Problem>),
    BatchArchive(Result<Names, Problem>),
    Groups,
    ReadGroup(CompactString),
    CreateGroup(Result<GroupDefinition, Problem>),
    UpdateGroup(CompactString, Result<GroupDefinition, Problem>),
    ArchiveGroup(CompactString),
}

/// Which properties a read is to find.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) archived: bool,
    pub(super) sensitivity: CompactString,
    /// Only those of these names, unless it is empty.
    pub(super) names: Vec<CompactString>,
}

impl Look {
    /// The locale is passed over: there are no labels but those that were given
    /// (ledger: `hubspot.properties.locale`).
    fn parse(request: &Request) -> Result<Self, Problem> {
        let mut look = Self { archived: false, sensitivity: json::NON_SENSITIVE.into(), names: Vec::new() };
        for (name, value) in request.query_pairs() {
            let unparsable = || Problem::bare(format!("Unable to parse value for query parameter: {name}"));
            match &*name {
                "archived" => look.archived = value.eq_ignore_ascii_case("true"),
                "dataSensitivity" => {
                    let value = value.to_lowercase();
                    let known = SENSITIVITIES.contains(&value.as_str());
                    look.sensitivity = if known { value.into() } else { return Err(unparsable()) };
                }
                "properties" => {
                    let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
                    look.names.extend(names.map(CompactString::from));
                }
                _ => {}
            }
        }
        Ok(look)
    }
}

impl routes::Ask for Ask {
    fn operation(&self) -> &'static str {
        match self.what {
            What::List(_) => "properties.list",
            What::Read(..) => "properties.read",
            What::Create(_) => "properties.create",
            What::Update(..) => "properties.update",
            What::Archive(_) => "properties.archive",
            What::BatchCreate(_) => "properties.batch-create",
            What::BatchRead(_) => "properties.batch-read",
            What::BatchArchive(_) => "properties.batch-archive",
            What::Groups => "property-groups.list",
            What::ReadGroup(_) => "property-groups.read",
            What::CreateGroup(_) => "property-groups.create",
            What::UpdateGroup(..) => "property-groups.update",
            What::ArchiveGroup(_) => "property-groups.archive",
        }
    }

    fn too_many(&self, settings: &HubspotSettings) -> Option<Problem> {
        let count = match &self.what {
            What::BatchCreate(Ok(batch)) => batch.inputs.len(),
            What::BatchRead(Ok(batch)) | What::BatchArchive(Ok(batch)) => batch.inputs.len(),
            _ => 0,
        };
        let max = settings.batch_inputs_max.value;
        (count > max).then(|| Problem::too_many_inputs("batch", max))
    }

    fn answer(self: Box<Self>, room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
        let Self { object_type, path, what } = *self;
        let place = stage.state.place(&object_type);
        let place = place.ok_or_else(|| Problem::unknown_type(&object_type))?;
        match what {
            What::List(look) => Ok(answer::list(place, look?, stage)),
            What::Read(name, look) => answer::read(place, &name, &look?, stage),
            What::Create(sent) => answer::create(room, place, &sent?, &path, stage),
            What::Update(name, sent) => answer::update(place, &name, &sent?, stage),
            What::Archive(name) => answer::archive(place, &name, stage),
            What::BatchCreate(batch) => Ok(batch::create(room, place, &batch?, stage)),
            What::BatchRead(batch) => batch::read(place, &batch?, stage),
            What::BatchArchive(batch) => batch::archive(place, &batch?, stage),
            What::Groups => Ok(groups::list(place, stage)),
            What::ReadGroup(name) => groups::read(place, &name, stage),
            What::CreateGroup(sent) => groups::create(place, &sent?, &path, stage),
            What::UpdateGroup(name, sent) => groups::update(place, &name, &sent?, stage),
            What::ArchiveGroup(name) => groups::archive(place, &name, stage),
        }
    }
}

/// A path's edition and what follows it, under the roots of an API: `/crm/v3/NAME/` and
/// `/crm/NAME/2026-03/`.
pub(super) fn under<'r>(request: &'r Request, name: &str) -> Option<(Version, &'r str)> {
    let rest = request.path().strip_prefix("/crm/")?;
    if let Some(rest) = rest.strip_prefix("v3/") {
        return Some((Version::Numbered, rest.strip_prefix(name)?.strip_prefix('/')?));
    }
    let (version, rest) = rest.strip_prefix(name)?.strip_prefix('/')?.split_once('/')?;
    let version = Version::parse(version).filter(|version| *version != Version::Numbered)?;
    Some((version, rest))
}

/// The call that a request to this API is; `None` for a request to another.
pub(crate) fn route(request: &Request) -> Option<Asked> {
    let (version, rest) = under(request, "properties")?;
    let segments = segments(rest);
    let (object_type, rest) = segments.split_first().filter(|(name, _)| !name.is_empty())?;
    let ask = |what| {
        let path = request.path().trim_end_matches('/').into();
        Asked::Other(Box::new(Ask { object_type: object_type.clone(), path, what }))
    };
    let rest: Vec<&str> = rest.iter().map(CompactString::as_str).collect();
    Some(match (rest.as_slice(), &request.method) {
        ([], &Method::GET | &Method::HEAD) => ask(What::List(Look::parse(request))),
        ([], &Method::POST) => with_json(request, |sent| ask(What::Create(body::whole(sent, version)))),
        ([], _) => other(request, OF_COLLECTION),
        (["batch", "create"], _) => post(request, |sent| ask(What::BatchCreate(body::whole(sent, version)))),
        (["batch", "read"], _) => post(request, |sent| ask(What::BatchRead(parse(sent)))),
        (["batch", "archive"], _) => post(request, |sent| ask(What::BatchArchive(parse(sent)))),
        (["groups"], &Method::GET | &Method::HEAD) => ask(What::Groups),
        (["groups"], &Method::POST) => with_json(request, |sent| ask(What::CreateGroup(body::whole(sent, version)))),
        (["groups"], _) => other(request, OF_COLLECTION),
        (["groups", name], &Method::GET | &Method::HEAD) => ask(What::ReadGroup((*name).into())),
        (["groups", name], &Method::PATCH) => {
            with_json(request, |sent| ask(What::UpdateGroup((*name).into(), parse(sent))))
        }
        (["groups", name], &Method::DELETE) => ask(What::ArchiveGroup((*name).into())),
        (["groups", _], _) => other(request, OF_ONE),
        ([name], &Method::GET | &Method::HEAD) => ask(What::Read((*name).into(), Look::parse(request))),
        ([name], &Method::PATCH) => {
            with_json(request, |sent| ask(What::Update((*name).into(), body::change(sent, version))))
        }
        ([name], &Method::DELETE) => ask(What::Archive((*name).into())),
        ([_], _) => other(request, OF_ONE),
        _ => Asked::NoRoute,
    })
}
