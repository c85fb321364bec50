//! What may be asked of the pipelines, by any version's paths and bodies. The versions are one
//! implementation but for whether a delete looks for records first.

use compact_str::CompactString;
use http::Method;
use serde::Deserialize;

use crate::hubspot::body::{self, Properties, Text};
use crate::hubspot::errors::Problem;
use crate::hubspot::object::{self, Named};
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::routes::{self, Asked, READ, Version, other, segments, with_json};
use crate::message::{Reply, Request};

const OF_ALL: &str = "GET,HEAD,OPTIONS,POST";
const OF_ONE: &str = "DELETE,GET,HEAD,OPTIONS,PATCH,PUT";

/// A call, its body parsed.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) what: What,
    pub(super) object_type: CompactString,
    /// Whether the caller did not ask for JSON: what is not there is a page then.
    pub(super) takes_page: bool,
    /// Whether a delete asks first which records are there; as the version has it where nothing is said.
    pub(super) validates: bool,
}

#[derive(Debug)]
pub(super) enum What {
    List,
    Create(Result<PipelineInput, Problem>),
    Of(CompactString, OfOne),
}

/// With one pipeline.
#[derive(Debug)]
pub(super) enum OfOne {
    Read,
    Replace(Result<PipelineInput, Problem>),
    Change(Result<PipelineInput, Problem>),
    Delete,
    Audit,
    Stages,
    CreateStage(Result<StageInput, Problem>),
    Stage(CompactString, OfStage),
}

/// With one stage.
#[derive(Debug)]
pub(super) enum OfStage {
    Read,
    Replace(Result<StageInput, Problem>),
    Change(Result<StageInput, Problem>),
    Delete,
    Audit,
}

/// The body of whatever writes a pipeline; each operation reads the members it knows.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PipelineInput {
    pub(super) pipeline_id: Text,
    pub(super) label: Option<CompactString>,
    pub(super) display_order: Option<i32>,
    #[serde(deserialize_with = "object::list")]
    pub(super) stages: Vec<StageInput>,
    pub(super) archived: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct StageInput {
    pub(super) stage_id: Text,
    pub(super) label: Option<CompactString>,
    pub(super) display_order: Option<i32>,
    pub(super) metadata: Properties,
    pub(super) archived: Option<bool>,
}

impl Named for PipelineInput {
    const JAVA: &'static str = "PipelineInput";
}

impl Named for StageInput {
    const JAVA: &'static str = "PipelineStageInput";
}

/// A body that must say how a thing is called and where it stands.
trait Labelled {
    fn has(&self) -> [bool; 2];
}

impl Labelled for PipelineInput {
    fn has(&self) -> [bool; 2] {
        [self.label.is_some(), self.display_order.is_some()]
    }
}

impl Labelled for StageInput {
    fn has(&self) -> [bool; 2] {
        [self.label.is_some(), self.display_order.is_some()]
    }
}

fn whole<T: serde::de::DeserializeOwned + Named + Labelled>(sent: &[u8]) -> Result<T, Problem> {
    let read: T = body::parse(sent)?;
    complete(&read, sent)?;
    Ok(read)
}

fn complete<T: Named + Labelled>(read: &T, sent: &[u8]) -> Result<(), Problem> {
    let names = ["label", "displayOrder"];
    let missing: Vec<_> = names.into_iter().zip(read.has()).filter(|(_, has)| !has).map(|(name, _)| name).collect();
    if missing.is_empty() { Ok(()) } else { Err(body::lacking::<T>(sent, &missing)) }
}

fn pipeline(sent: &[u8]) -> Result<PipelineInput, Problem> {
    let read: PipelineInput = whole(sent)?;
    read.stages.iter().try_for_each(|stage| complete(stage, sent))?;
    Ok(read)
}

/// A change takes what it is given; what was archived is gone, so nothing can be brought back.
fn change<T: serde::de::DeserializeOwned + Named>(
    sent: &[u8],
    archived: impl FnOnce(&T) -> Option<bool>,
) -> Result<T, Problem> {
    let read: T = body::parse(sent)?;
    match archived(&read) {
        None => Ok(read),
        Some(_) => Err(Problem::validation("archived may only be set to restore what was archived")),
    }
}

impl routes::Ask for Ask {
    fn operation(&self) -> &'static str {
        match &self.what {
            What::List => "pipelines.list",
            What::Create(_) => "pipelines.create",
            What::Of(_, of) => match of {
                OfOne::Read => "pipelines.read",
                OfOne::Replace(_) => "pipelines.replace",
                OfOne::Change(_) => "pipelines.update",
                OfOne::Delete => "pipelines.delete",
                OfOne::Audit => "pipelines.audit",
                OfOne::Stages => "pipelines.stages-list",
                OfOne::CreateStage(_) => "pipelines.stage-create",
                OfOne::Stage(_, OfStage::Read) => "pipelines.stage-read",
                OfOne::Stage(_, OfStage::Replace(_)) => "pipelines.stage-replace",
                OfOne::Stage(_, OfStage::Change(_)) => "pipelines.stage-update",
                OfOne::Stage(_, OfStage::Delete) => "pipelines.stage-delete",
                OfOne::Stage(_, OfStage::Audit) => "pipelines.stage-audit",
            },
        }
    }

    fn answer(self: Box<Self>, room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
        super::answer::answer(room, *self, stage)
    }
}

/// The call that a request to this API is; `None` for a request to another.
pub(crate) fn route(request: &Request) -> Option<Asked> {
    let (version, rest) = match request.path().strip_prefix("/crm/v3/pipelines/") {
        Some(rest) => (Version::Numbered, rest),
        None => {
            let (version, rest) = request.path().strip_prefix("/crm/pipelines/")?.split_once('/')?;
            (Version::parse(version).filter(|_| version != "v4")?, rest)
        }
    };
    let segments = segments(rest);
    let segments: Vec<&str> = segments.iter().map(CompactString::as_str).collect();
    let (object_type, rest) = segments.split_first().filter(|(name, _)| !name.is_empty())?;
    let asked = |what| {
        let takes_page = !request.header("accept").is_some_and(|accept| accept.contains("application/json"));
        let validates = validates(request, object_type, version);
        Asked::Other(Box::new(Ask { what, object_type: (*object_type).into(), takes_page, validates }))
    };
    Some(match *rest {
        [] => match request.method {
            Method::GET | Method::HEAD => asked(What::List),
            Method::POST => with_json(request, |body| asked(What::Create(pipeline(body)))),
            _ => other(request, OF_ALL),
        },
        [id, ref rest @ ..] => {
            let asked = |of| asked(What::Of(id.into(), of));
            match *rest {
                [] => match request.method {
                    Method::GET | Method::HEAD => asked(OfOne::Read),
                    Method::PUT => with_json(request, |body| asked(OfOne::Replace(pipeline(body)))),
                    Method::PATCH => with_json(request, |body| {
                        asked(OfOne::Change(change(body, |read: &PipelineInput| read.archived)))
                    }),
                    Method::DELETE => asked(OfOne::Delete),
                    _ => other(request, OF_ONE),
                },
                ["audit"] => match request.method {
                    Method::GET | Method::HEAD => asked(OfOne::Audit),
                    _ => other(request, READ),
                },
                ["stages"] => match request.method {
                    Method::GET | Method::HEAD => asked(OfOne::Stages),
                    Method::POST => with_json(request, |body| asked(OfOne::CreateStage(whole(body)))),
                    _ => other(request, OF_ALL),
                },
                ["stages", stage, ref rest @ ..] => of_stage(request, rest, |of| asked(OfOne::Stage(stage.into(), of))),
                _ => Asked::NoRoute,
            }
        }
    })
}

fn of_stage(request: &Request, rest: &[&str], asked: impl Fn(OfStage) -> Asked) -> Asked {
    match *rest {
        [] => match request.method {
            Method::GET | Method::HEAD => asked(OfStage::Read),
            Method::PUT => with_json(request, |body| asked(OfStage::Replace(whole(body)))),
            Method::PATCH => {
                with_json(request, |body| asked(OfStage::Change(change(body, |read: &StageInput| read.archived))))
            }
            Method::DELETE => asked(OfStage::Delete),
            _ => other(request, OF_ONE),
        },
        ["audit"] => match request.method {
            Method::GET | Method::HEAD => asked(OfStage::Audit),
            _ => other(request, READ),
        },
        _ => Asked::NoRoute,
    }
}

/// Until September 2026 a delete asks only if it is told to; since then unless it is told not to, by the
/// parameter of its type.
fn validates(request: &Request, object_type: &str, version: Version) -> bool {
    const DEALS: &str = "validateDealStageUsagesBeforeDelete";
    const OTHERS: &str = "validateReferencesBeforeDelete";
    let said = |name: &str| {
        let value = request.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
        value.map(|value| value.eq_ignore_ascii_case("true"))
    };
    let of_deals = ["deals", "deal", "0-3"].iter().any(|name| name.eq_ignore_ascii_case(object_type));
    match version {
        Version::September2026 => said(if of_deals { DEALS } else { OTHERS }).unwrap_or(true),
        _ => said(DEALS) == Some(true) || said(OTHERS) == Some(true),
    }
}
