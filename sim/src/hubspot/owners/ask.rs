//! What may be asked of the owners: a page of them, or one.

use compact_str::CompactString;
use http::{Method, StatusCode};
use serde_json::json;

use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::query::{ListQuery, page_limit};
use crate::hubspot::read::{missing, page_link};
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::routes::{self, Asked, READ, Version, other, segments};
use crate::message::{Reply, Request};

#[derive(Debug)]
enum Ask {
    List { query: Result<ListQuery, Problem>, email: Option<String>, path: CompactString, sent: CompactString },
    One { id: CompactString, id_property: Option<CompactString>, archived: bool },
}

impl routes::Ask for Ask {
    fn operation(&self) -> &'static str {
        match self {
            Self::List { .. } => "owners.list",
            Self::One { .. } => "owners.read",
        }
    }

    fn answer(self: Box<Self>, room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
        match *self {
            Self::List { query, email, path, sent } => list(room, &query?, email.as_deref(), (&path, &sent), stage),
            Self::One { id, id_property, archived } => {
                let by_user = match id_property.as_deref() {
                    None | Some("id") => false,
                    Some("userId") => true,
                    Some(other) => return Err(Problem::validation(format!("Invalid idProperty: {other}"))),
                };
                let id: Option<u64> = id.parse().ok();
                let found = room
                    .owners
                    .iter(archived)
                    .find(|owner| id == Some(if by_user { owner.user } else { owner.id }))
                    .cloned();
                let owner = found.ok_or_else(missing)?;
                Ok(json_reply(StatusCode::OK, move || owner.json()))
            }
        }
    }
}

fn list(
    room: &Hubspot,
    query: &ListQuery,
    email: Option<&str>,
    (path, sent): (&str, &str),
    stage: &At<'_>,
) -> Result<Reply, Problem> {
    let settings = room.settings();
    let max = settings.owners_page_max.value.get();
    let limit = page_limit(query.limit, settings.owners_page_default.value.get(), max)?;
    let after = query.after.unwrap_or(0);
    let mut rest = room
        .owners
        .iter(query.read.archived)
        .filter(|owner| owner.id > after && email.is_none_or(|email| owner.email.eq_ignore_ascii_case(email)));
    let page: Vec<_> = rest.by_ref().take(limit).cloned().collect();
    let last = page.last().map_or(0, |owner| owner.id);
    let next = rest.next().map(|_| page_link(stage.base_url, path, sent, last));
    Ok(json_reply(StatusCode::OK, move || {
        let results: Vec<_> = page.iter().map(super::people::Owner::json).collect();
        match next {
            Some(link) => json!({"results": results, "paging": {"next": {"after": last.to_string(), "link": link}}}),
            None => json!({"results": results}),
        }
    }))
}

/// The call that a request to this API is; `None` for a request to another.
pub(crate) fn route(request: &Request) -> Option<Asked> {
    let path = request.path();
    let rest = match path.strip_prefix("/crm/v3/owners") {
        Some(rest) => rest,
        None => {
            let rest = path.strip_prefix("/crm/owners/")?;
            let (version, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            Version::parse(version).filter(|_| version != "v4")?;
            rest
        }
    };
    // Another word that begins as the path does is another's.
    let rest = if rest.is_empty() { rest } else { rest.strip_prefix('/')? };
    let asked = |name: &str| {
        request.query_pairs().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value)
    };
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return Some(other(request, READ));
    }
    let ask = match segments(rest).as_slice() {
        [id] if id.is_empty() => Ask::List {
            query: ListQuery::parse(request),
            email: asked("email").map(std::borrow::Cow::into_owned),
            path: path.into(),
            sent: request.query().into(),
        },
        [id] => Ask::One {
            id: id.clone(),
            id_property: asked("idProperty").map(Into::into),
            archived: crate::hubspot::query::archived(request),
        },
        _ => return Some(Asked::NoRoute),
    };
    Some(Asked::Other(Box::new(ask)))
}
