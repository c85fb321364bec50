//! Answers about the associations of one record, and which other file answers the rest.

use http::StatusCode;
use serde_json::{Value, json};

use super::ask::{Ask, PageQuery, What};
use super::body::SpecSent;
use super::check::{self, Pair, record_id};
use super::store::Page;
use super::wire::{self, Pen};
use super::{batch, labels, maxima, refusal, v3};
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::query::page_limit;
use crate::hubspot::read::missing;
use crate::hubspot::room::{At, Hubspot, State};
use crate::message::Reply;

/// A call with the types it names, for the file that answers it.
pub(super) struct Desk<'a, 's> {
    pub(super) room: &'a Hubspot,
    pub(super) pair: Pair,
    pub(super) path: &'a str,
    pub(super) version: crate::hubspot::routes::Version,
    pub(super) stage: &'a mut At<'s>,
}

impl Desk<'_, '_> {
    pub(super) fn pen(&self) -> Pen {
        Pen::new(self.room, &self.stage.state.portal.associations.definitions)
    }

    /// A page of the living records that one is associated with.
    pub(super) fn page(&mut self, id: u64, after: u64, limit: usize) -> Page {
        page(self.stage.state, &self.pair, id, after, limit)
    }

    pub(super) fn page_max(&self) -> usize {
        self.room.settings().association_page_max.value.get()
    }

    /// # Errors
    /// More or fewer than a page may have.
    pub(super) fn limit(&self, query: &PageQuery) -> Result<usize, Problem> {
        let max = self.page_max();
        page_limit(query.limit, max, max)
    }

    /// # Errors
    /// There is no such record.
    pub(super) fn living(&mut self, id: &str) -> Result<u64, Problem> {
        let id = record_id(id)?;
        let live = self.stage.state.table(self.pair.from.place).live().contains_key(&id);
        if live { Ok(id) } else { Err(missing()) }
    }
}

fn page(state: &mut State, pair: &Pair, id: u64, after: u64, limit: usize) -> Page {
    let (tables, portal) = state.with_portal();
    let live = tables[pair.to.place].live();
    portal.associations.page(pair.from.node(id), pair.to.end, (after, limit), |id| live.contains_key(&id))
}

pub(super) fn answer(room: &Hubspot, ask: Ask, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let Ask { version, from, to, path, what } = ask;
    match what {
        What::Report(user) => return maxima::report(&user, stage),
        What::AllMaxima => return Ok(maxima::all(stage)),
        _ => {}
    }
    let pair = Pair::named(stage.state, &from, &to)?;
    let mut desk = Desk { room, pair, path: &path, version, stage };
    let desk = &mut desk;
    match what {
        What::List(id, query) => list(desk, &id, &query?),
        What::SetDefault(id, to) => set_default(desk, &id, &to),
        What::SetLabels(id, to, specs) => set_labels(desk, &id, &to, &specs?),
        What::Cut(id, to) => cut(desk, &id, &to),
        What::V3List(id, query) => v3::list(desk, &id, &query?),
        What::V3Set([id, to, kind]) => v3::set(desk, &id, &to, &kind),
        What::V3Cut([id, to, kind]) => v3::take(desk, &id, &to, &kind),
        What::Create(inputs) => batch::create(desk, inputs?),
        What::CreateDefault(inputs) => batch::create_default(desk, inputs?),
        What::Fetch(inputs) => batch::read(desk, inputs?),
        What::Archive(inputs) => batch::archive(desk, inputs?),
        What::ArchiveLabels(inputs) => batch::archive_labels(desk, inputs?),
        What::V3Create(inputs) => v3::create(desk, inputs?),
        What::V3Fetch(inputs) => v3::read(desk, inputs?),
        What::V3Archive(inputs) => v3::archive(desk, inputs?),
        What::V3Types => Ok(v3::types(desk)),
        What::Labels => Ok(labels::list(desk)),
        What::NewLabel(label) => labels::create(desk, label?),
        What::ChangeLabel(change) => labels::change(desk, change?),
        What::DropLabel(id) => labels::drop(desk, &id),
        What::Maxima => Ok(maxima::list(desk)),
        What::SetMaxima(inputs) => maxima::set(desk, inputs?),
        What::ChangeMaxima(inputs) => maxima::change(desk, inputs?),
        What::PurgeMaxima(inputs) => maxima::purge(desk, inputs?),
        What::Report(_) | What::AllMaxima => Err(missing()),
    }
}

fn list(desk: &mut Desk<'_, '_>, id: &str, query: &PageQuery) -> Result<Reply, Problem> {
    let limit = desk.limit(query)?;
    let id = desk.living(id)?;
    let Page { rows, next } = desk.page(id, query.after.unwrap_or(0), limit);
    let next = next.map(|after| (after, wire::link(desk.stage.base_url, desk.path, query.limit, after)));
    let pen = desk.pen();
    Ok(json_reply(StatusCode::OK, move || {
        let results: Vec<_> = rows.iter().map(|(id, specs)| pen.row(*id, specs)).collect();
        wire::paged(json!({ "results": results }), next)
    }))
}

fn set_default(desk: &mut Desk<'_, '_>, id: &str, to: &str) -> Result<Reply, Problem> {
    let (rows, changed) = associate(desk, id, to)?;
    let reply = wire::batch(StatusCode::OK, desk.stage.at, move || rows, Vec::new());
    Ok(reply.with_effect_if(changed))
}

/// Associates two records by their default type, beside what they are to each other already.
///
/// # Errors
/// They cannot be.
pub(super) fn associate(desk: &mut Desk<'_, '_>, from: &str, to: &str) -> Result<(Vec<Value>, bool), Problem> {
    let (from, to) = desk.pair.nodes(from, to)?;
    let spec = check::default(desk.room, desk.stage.state, &desk.pair, (from, to))?;
    let associations = &mut desk.stage.state.portal.associations;
    let changed = associations.add(from, to, spec);
    let mut rows = vec![wire::default(from, to, spec)];
    rows.extend(associations.definitions.default_of(to.of, from.of).map(|back| wire::default(to, from, back)));
    Ok((rows, changed))
}

fn set_labels(desk: &mut Desk<'_, '_>, id: &str, to: &str, sent: &[SpecSent]) -> Result<Reply, Problem> {
    let (row, changed) = relabel(desk, id, to, sent)?;
    Ok(json_reply(StatusCode::CREATED, row).with_effect_if(changed))
}

/// Makes one record exactly this to another.
///
/// # Errors
/// It cannot be.
pub(super) fn relabel(
    desk: &mut Desk<'_, '_>,
    from: &str,
    to: &str,
    sent: &[SpecSent],
) -> Result<(impl FnOnce() -> Value + Send + use<>, bool), Problem> {
    let (from, to) = desk.pair.nodes(from, to)?;
    let definitions = &desk.stage.state.portal.associations.definitions;
    if sent.is_empty() && definitions.default_of(from.of, to.of).is_none() {
        return Err(refusal::no_pair(&desk.pair.from.of, &desk.pair.to.of));
    }
    let specs = check::specs(desk.room, desk.stage.state, (from, to), sent)?;
    let associations = &mut desk.stage.state.portal.associations;
    let changed = associations.set(from, to, specs);
    let specs = associations.specs(from, to).to_vec();
    let (pen, pair) = (desk.pen(), desk.pair.clone());
    Ok((move || pen.pair((&pair.from, from), (&pair.to, to), &specs), changed))
}

/// 204 whether there was anything or not.
fn cut(desk: &mut Desk<'_, '_>, id: &str, to: &str) -> Result<Reply, Problem> {
    let (from, to) = desk.pair.nodes(id, to)?;
    let changed = desk.stage.state.portal.associations.cut(from, to);
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect_if(changed))
}
