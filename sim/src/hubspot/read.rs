//! List, read one, search: operations that change nothing. The page is written outside the lock.

use std::sync::Arc;

use compact_str::CompactString;
use http::{StatusCode, header};

use super::associations::{self, Asked, Shown};
use super::errors::{JSON, Problem};
use super::query::{ListQuery, ReadQuery, page_limit};
use super::record::Record;
use super::room::{At, Hubspot};
use super::search::SearchRequest;
use super::table::{Key, Table};
use super::types::{ObjectType, PropertyId};
use super::wire::{self, Extras, Show, Style};
use crate::message::{Body, Reply};

/// The properties an answer shows, in the order of names: the defaults, or what was asked for and
/// what always goes with it. Names that the account does not define are left out.
pub(crate) fn selected(of: &ObjectType, asked: &[&[CompactString]]) -> Arc<[PropertyId]> {
    if asked.iter().all(|names| names.is_empty()) {
        return of.defaults.as_slice().into();
    }
    let named = asked.iter().flat_map(|names| names.iter()).filter_map(|name| of.find(name));
    let mut ids: Vec<_> = named.chain(of.always.iter().copied()).collect();
    ids.sort_by_key(|id| of.rank(*id));
    ids.dedup();
    ids.into()
}

impl Style {
    pub(crate) fn for_read(
        room: &Hubspot,
        table: &Table,
        properties: &[CompactString],
        with_history: &[CompactString],
    ) -> Self {
        let of = table.of.clone();
        let show = Show::These(selected(&of, &[properties, with_history]));
        let history = (!with_history.is_empty()).then(|| {
            let mut ids: Vec<_> = with_history.iter().filter_map(|name| of.find(name)).collect();
            ids.sort_by_key(|id| of.rank(*id));
            ids.dedup();
            ids.into()
        });
        Self { of, portal: room.portal, show, history }
    }
}

/// How a path's id names a record; `idProperty` counts where it names a unique property.
pub(crate) fn key(table: &Table, id: &str, id_property: Option<&str>) -> Result<Key, Problem> {
    let property = id_property.and_then(|name| table.unique_property(name));
    match property {
        Some(property) => Ok(Key::Unique(property, fold(id))),
        None => super::write::id_key(id),
    }
}

/// The two texts differ in their blanks (facts/hubspot-crm.md §2.3, hubspot-limits-webhooks-auth.md §1).
pub(crate) fn record_id(id: &str) -> Result<u64, &'static str> {
    match id.parse::<i64>() {
        Ok(id) if id > 0 => Ok(id.unsigned_abs()),
        Ok(_) => Err("Object not found. objectId is usually positive."),
        Err(_) => Err("Object not found.  objectId are usually numeric."),
    }
}

/// Unique values are compared as they are kept: trimmed and in lower case.
pub(crate) fn fold(value: &str) -> CompactString {
    super::search::fold(value.trim())
}

pub(crate) fn missing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, None, "resource not found")
}

pub(crate) fn one(
    room: &Hubspot,
    place: usize,
    id: &str,
    query: &ReadQuery,
    stage: &mut At<'_>,
) -> Result<Reply, Problem> {
    let table = stage.state.table(place);
    let key = key(table, id, query.id_property.as_deref())?;
    let record = if query.archived { table.follow_archived(&key) } else { table.follow(&key) };
    let record = record.ok_or_else(missing)?.clone();
    let style = Style::for_read(room, table, &query.properties, &query.with_history);
    let asked = Asked::named(room, stage.state, place, &query.associations)?;
    // What is archived shows no associations.
    let asked = asked.filter(|_| !query.archived);
    let shown = asked.map(|asked| asked.of_record(stage.state, record.id, stage.base_url));
    let body = Body::later(move |out| {
        style.write(out, &record, &Extras { associations: shown.as_ref(), ..Extras::default() });
    });
    Ok(Reply::new(StatusCode::OK, body).with(header::CONTENT_TYPE, JSON))
}

/// An answer that is one record.
pub(crate) fn record_reply(status: StatusCode, style: Style, record: Arc<Record>) -> Reply {
    let body = Body::later(move |out| style.write(out, &record, &Extras::default()));
    Reply::new(status, body).with(header::CONTENT_TYPE, JSON)
}

pub(crate) fn list(
    room: &Hubspot,
    place: usize,
    query: &ListQuery,
    path: &str,
    sent: &str,
    stage: &mut At<'_>,
) -> Result<Reply, Problem> {
    let settings = room.settings();
    let page_max = if query.read.with_history.is_empty() {
        settings.list_page_max.value.get()
    } else {
        settings.history_list_page_max.value.get()
    };
    let limit = page_limit(query.limit, settings.list_page_default.value.get(), page_max)?;
    let table = stage.state.table(place);
    let style = Style::for_read(room, table, &query.read.properties, &query.read.with_history);
    let records = if query.read.archived { table.archived() } else { table.live() };
    let mut range = records.range(query.after.unwrap_or(0)..).map(|(_, record)| record.clone());
    let page: Vec<_> = range.by_ref().take(limit).collect();
    let next = range.next().map(|record| {
        let link = page_link(stage.base_url, path, sent, record.id);
        (record.id, link)
    });
    let asked = Asked::named(room, stage.state, place, &query.read.associations)?;
    let asked = asked.filter(|_| !query.read.archived);
    let of_record = |asked: Asked| page.iter().map(|it| asked.of_record(stage.state, it.id, stage.base_url)).collect();
    let shown: Vec<Shown> = asked.map(of_record).unwrap_or_default();
    let body = Body::later(move |out| {
        out.push(b'{');
        write_results(out, &style, &page, &shown);
        if let Some((after, link)) = next {
            out.extend_from_slice(b",\"paging\":{\"next\":{\"after\":\"");
            wire::number(out, after);
            out.extend_from_slice(b"\",\"link\":");
            wire::string(out, &link);
            out.extend_from_slice(b"}}");
        }
        out.push(b'}');
    });
    Ok(Reply::new(StatusCode::OK, body).with(header::CONTENT_TYPE, JSON))
}

fn write_results(out: &mut Vec<u8>, style: &Style, page: &[Arc<Record>], shown: &[Shown]) {
    out.extend_from_slice(b"\"results\":[");
    for (place, record) in page.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        style.write(out, record, &Extras { associations: shown.get(place), ..Extras::default() });
    }
    out.push(b']');
}

/// The caller's own query with `after` put in its place.
pub(crate) fn page_link(base_url: &str, path: &str, sent: &str, after: u64) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(sent.as_bytes()).filter(|(name, _)| name != "after") {
        query.append_pair(&name, &value);
    }
    query.append_pair("after", &after.to_string());
    format!("{base_url}{path}?{}", query.finish())
}

/// Whether a search can be answered is settled here; it runs outside the lock, on the records as
/// they stood.
pub(crate) fn search(
    room: &Hubspot,
    place: usize,
    request: SearchRequest,
    stage: &mut At<'_>,
) -> Result<Reply, Problem> {
    let at = stage.at;
    let linked = associations::asked(stage.state, place, &request);
    let table = stage.state.table(place);
    let style = Style::for_read(room, table, &request.properties, &[]);
    let of = table.of.clone();
    let plan = table.view.plan(&of, request, at, &linked)?;
    let body = Body::later(move |out| {
        let found = plan.run();
        out.extend_from_slice(b"{\"total\":");
        wire::number(out, found.total);
        out.push(b',');
        write_results(out, &style, &found.records, &[]);
        if let Some(after) = found.next_after {
            out.extend_from_slice(b",\"paging\":{\"next\":{\"after\":\"");
            wire::number(out, after);
            out.extend_from_slice(b"\"}}");
        }
        out.push(b'}');
    });
    Ok(Reply::new(StatusCode::OK, body).with(header::CONTENT_TYPE, JSON))
}
