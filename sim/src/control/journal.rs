//! The journal as JSON lines, read to its end or followed.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Deserialize;

use super::document::{EntryLine, JournalAsked};
use super::extract::Query;
use super::failure::{Failure, Refused};
use super::follow::{Lines, Wanted};
use super::routes::Shared;
use crate::journal::{Kind, Kinds};

/// The query as it is read; the document has its parameters as [`JournalAsked`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    world: Option<String>,
    #[serde(default)]
    since: u64,
    kind: Option<String>,
    limit: Option<u64>,
    #[serde(default)]
    bodies: bool,
    #[serde(default)]
    follow: bool,
}

/// The entries of the journal, one a line.
#[utoipa::path(get, path = "/_standin/journal", operation_id = "readJournal", tag = "journal", params(JournalAsked), responses(
    (status = 200, description = "Entries in their order; a body that breaks off was not read to its end",
        body = EntryLine, content_type = "application/x-ndjson"),
    (status = 400, description = "An unknown kind, or no number", body = Refused),
    (status = 404, description = "There is no such world", body = Refused),
))]
pub(super) async fn read(State(api): Shared, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    let kinds = asked.kind.as_deref().map_or(Ok(Kinds::ALL), kinds)?;
    let reader = api.world(asked.world.as_deref())?.journal();
    let limit = asked.limit.unwrap_or(u64::MAX);
    let wanted = Wanted { since: asked.since, kinds, limit, bodies: asked.bodies, follow: asked.follow };
    let content_type = (header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(([content_type], Body::new(Lines::of(reader, wanted))).into_response())
}

fn kinds(names: &str) -> Result<Kinds, Failure> {
    let known = || Kind::ALL.map(Kind::as_str).join(", ");
    let parse = |name: &str| {
        let unknown =
            || Failure::bad(format!("there is no kind `{name}` of entry"), format!("the kinds are {}", known()));
        Kind::parse(name).ok_or_else(unknown)
    };
    names.split(',').map(parse).collect()
}
