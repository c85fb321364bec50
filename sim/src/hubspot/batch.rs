//! Batches: what each operation makes of its inputs (facts/hubspot-crm.md §2.8, §2.9). Every input
//! is checked before any is written; `batch_reply.rs` says what failures come to.

use compact_str::CompactString;
use http::StatusCode;
use rustc_hash::FxHashSet;

use super::associations;
use super::batch_reply::{Failure, Failures, Item, reply};
use super::body::{Batch, BatchRead, Input};
use super::errors::Problem;
use super::read::{fold, key};
use super::room::{At, Hubspot, hand};
use super::routes::{Asked, Call};
use super::table::{Clash, Hand, Key, Table};
use super::types::{PropertyId, Rule};
use super::validate::Accepted;
use super::wire::{Show, Style};
use super::write::{accept, conflict, echo, required};
use crate::message::Reply;
use crate::policy::{HubspotSettings, NoneFound, UpsertOnEmail};

/// An input that passed its checks and waits to be written.
struct Ready {
    /// The record it changes; none where it makes one.
    id: Option<u64>,
    values: Accepted,
    trace: Option<CompactString>,
}

/// Unique values that earlier inputs of the same call have taken.
struct Taken(FxHashSet<(PropertyId, CompactString)>);

impl Taken {
    fn of(inputs: usize) -> Self {
        Self(FxHashSet::with_capacity_and_hasher(inputs, Default::default()))
    }

    /// A value that a record or an earlier input holds; otherwise these are taken from now on.
    fn clash(&mut self, table: &Table, values: &Accepted, own: Option<u64>) -> Option<Clash> {
        let unique = |id: &PropertyId| table.of.property(*id).unique;
        table.clash(values, own).or_else(|| {
            let mut claims = values.iter().filter(|(property, text)| unique(property) && !text.is_empty());
            claims
                .find(|(property, text)| !self.0.insert((*property, fold(text))))
                .cloned()
                .map(|(property, value)| Clash { property, value, holder: None })
        })
    }
}

/// The size door: more inputs than one call may carry.
pub(crate) fn too_many(settings: &HubspotSettings, call: &Call) -> Option<Problem> {
    let (count, max, of) = match &call.asked {
        Asked::BatchCreate(Ok(batch))
        | Asked::BatchUpdate(Ok(batch))
        | Asked::BatchUpsert(Ok(batch))
        | Asked::BatchArchive(Ok(batch)) => (batch.inputs.len(), settings.batch_inputs_max.value, "batch"),
        Asked::BatchRead(_, Ok(batch)) if batch.properties_with_history.is_empty() => {
            (batch.inputs.len(), settings.batch_inputs_max.value, "batch")
        }
        Asked::BatchRead(_, Ok(batch)) => {
            let max = settings.history_batch_inputs_max.value;
            (batch.inputs.len(), max, "batch request for property histories")
        }
        Asked::Other(ask) => return ask.too_many(settings),
        _ => return None,
    };
    (count > max).then(|| Problem::too_many_inputs(of, max))
}

/// Whether the batch is one that writes, and whose failures are told input by input.
pub(crate) fn can_fail_in_part(room: &Hubspot, call: &Call) -> bool {
    let whole = room.settings().upsert_on_email.value == UpsertOnEmail::WholeBatch;
    match &call.asked {
        Asked::BatchUpsert(Ok(batch)) if whole => {
            Failures::new(&batch.inputs).are_told_apart()
                && !batch.inputs.iter().any(|input| input.id_property.as_deref() == Some("email"))
        }
        Asked::BatchCreate(Ok(batch)) | Asked::BatchUpdate(Ok(batch)) | Asked::BatchUpsert(Ok(batch)) => {
            !batch.inputs.is_empty() && Failures::new(&batch.inputs).are_told_apart()
        }
        _ => false,
    }
}

/// Takes the inputs out that a bad day lets fail, drawn from the seed. They fail as a call fails for the moment.
fn strike_out(batch: &mut Batch, failures: &mut Failures, stage: &At<'_>) {
    for n in 0..stage.touch.failing_inputs.min(batch.inputs.len()) {
        let draw = stage.seed.draw(&format!("hubspot.failing-input.{n}"), stage.exchange);
        let place = usize::try_from(draw % batch.inputs.len().max(1) as u64).unwrap_or_default();
        let input = batch.inputs.remove(place);
        let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, None, "internal error");
        failures.add(problem.into(), input.object_write_trace_id);
    }
}

pub(crate) fn create(room: &Hubspot, place: usize, mut batch: Batch, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let at = stage.at;
    for input in &mut batch.inputs {
        super::inherit::from_product(stage.state, place, &mut input.properties);
    }
    let mut failures = Failures::new(&batch.inputs);
    strike_out(&mut batch, &mut failures, stage);
    let ties = associations::check(room, place, batch.inputs.iter().map(|input| &*input.associations), stage.state);
    let (table, mut hand) = hand(room, place, stage);
    let mut taken = Taken::of(batch.inputs.len());
    let mut ready = Vec::with_capacity(batch.inputs.len());
    for (Input { properties, object_write_trace_id: trace, .. }, ties) in batch.inputs.into_iter().zip(ties) {
        let checked = ties.map_err(Failure::from).and_then(|ties| {
            let values = accept(room, &hand, table, &properties, None).map_err(Failure::Invalid)?;
            required(&table.of, &values).map_err(Failure::from)?;
            match taken.clash(table, &values, None) {
                Some(clash) => Err(clashed(room, table, &clash, None, &hand)),
                None => Ok((values, ties)),
            }
        });
        match checked {
            Ok((values, ties)) => ready.push((Ready { id: None, values, trace }, ties)),
            Err(failure) => failures.add(failure, trace),
        }
    }
    let errors = failures.settle(room.portal)?;
    let items: Vec<_> = ready
        .into_iter()
        .map(|(Ready { values, trace, .. }, ties)| {
            let record = table.create(values, &mut hand);
            associations::tie(hand.portal, &table.of.name, record.id, ties);
            Item { record, style: None, new: None, trace }
        })
        .collect();
    let style = Style { of: table.of.clone(), portal: room.portal, show: Show::Created, history: None };
    let effect = !items.is_empty();
    Ok(reply(StatusCode::CREATED, style, items, errors, at, effect))
}

pub(crate) fn read(
    room: &Hubspot,
    place: usize,
    archived: bool,
    batch: BatchRead,
    stage: &mut At<'_>,
) -> Result<Reply, Problem> {
    let at = stage.at;
    let table = stage.state.table(place);
    let (mut items, mut lost, mut seen) = (Vec::with_capacity(batch.inputs.len()), Vec::new(), FxHashSet::default());
    for Input { id, .. } in batch.inputs {
        let id = id.0;
        let key = key(table, &id, batch.id_property.as_deref());
        let record = key.ok().and_then(|key| if archived { table.find_archived(&key) } else { table.find(&key) });
        match record {
            Some(record) if seen.insert(record.id) => {
                items.push(Item { record: record.clone(), style: None, new: None, trace: None });
            }
            Some(_) => {}
            None if lost.contains(&id.to_string()) => {}
            None => lost.push(id.to_string()),
        }
    }
    let style = Style::for_read(room, table, &batch.properties, &batch.properties_with_history);
    let none_found = items.is_empty() && !lost.is_empty();
    let errors = not_found(table, lost);
    if none_found && room.settings().batch_read_none_found_status.value == NoneFound::NotFound {
        return Err(super::read::missing());
    }
    Ok(reply(StatusCode::OK, style, items, errors, at, false))
}

pub(crate) fn update(room: &Hubspot, place: usize, mut batch: Batch, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let at = stage.at;
    let mut failures = Failures::new(&batch.inputs);
    strike_out(&mut batch, &mut failures, stage);
    let (table, mut hand) = hand(room, place, stage);
    let keys = batch.inputs.iter().map(|input| update_key(room, table, input)).collect::<Result<Vec<_>, _>>()?;
    no_duplicates(
        batch.inputs.iter().zip(&keys).filter(|(_, key)| key.is_some()).map(|(input, _)| input.id.0.clone()),
    )?;
    let (mut taken, mut lost) = (Taken::of(batch.inputs.len()), Vec::new());
    let mut ready = Vec::with_capacity(batch.inputs.len());
    for (Input { id, properties, object_write_trace_id: trace, .. }, key) in batch.inputs.into_iter().zip(keys) {
        // An address in place of an id, without idProperty, is quietly passed over (trap 23).
        let Some(key) = key else { continue };
        let Some(before) = table.find(&key) else {
            lost.push(id.0.to_string());
            continue;
        };
        let own = before.id;
        let checked =
            accept(room, &hand, table, &properties, Some(before)).map_err(Failure::Invalid).and_then(|values| {
                match taken.clash(table, &values, Some(own)) {
                    Some(clash) => Err(clashed(room, table, &clash, Some(own), &hand)),
                    None => Ok(values),
                }
            });
        match checked {
            Ok(values) => ready.push(Ready { id: Some(own), values, trace }),
            Err(failure) => failures.add(failure, trace),
        }
    }
    let mut errors = failures.settle(room.portal)?;
    errors.extend(not_found(table, lost));
    let (items, effect) = write_all(room, table, ready, false, &mut hand);
    let style = echo(room, table, &[]);
    Ok(reply(StatusCode::OK, style, items, errors, at, effect))
}

pub(crate) fn upsert(room: &Hubspot, place: usize, mut batch: Batch, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let at = stage.at;
    let mut failures = Failures::new(&batch.inputs);
    strike_out(&mut batch, &mut failures, stage);
    let (table, mut hand) = hand(room, place, stage);
    let mut keys = Vec::with_capacity(batch.inputs.len());
    for input in &batch.inputs {
        if input.id.0.trim().is_empty() {
            return Err(Problem::validation("Some required fields were not set: [id]"));
        }
        let name = input.id_property.as_deref().unwrap_or("hs_object_id");
        let property = table.unique_property(name).ok_or_else(|| not_unique(room, table, name))?;
        keys.push((property, fold(&input.id.0)));
    }
    no_duplicates(keys.iter().map(|(_, value)| value.clone()))?;
    let by_email = keys.iter().any(|(property, _)| table.of.property(*property).rule == Some(Rule::Email));
    match room.settings().upsert_on_email.value {
        UpsertOnEmail::WholeBatch if by_email => failures.all_or_nothing(),
        _ => {}
    }
    let mut taken = Taken::of(batch.inputs.len());
    let mut ready = Vec::with_capacity(batch.inputs.len());
    for (Input { id, properties, object_write_trace_id: trace, .. }, (property, value)) in
        batch.inputs.into_iter().zip(keys)
    {
        let before = table.find(&Key::Unique(property, value.clone()));
        let own = before.map(|record| record.id);
        let mut properties = properties;
        let name = &table.of.property(property).name;
        if own.is_none() && !properties.0.iter().any(|(sent, value)| sent == name && value.is_some()) {
            properties.0.insert(0, (name.clone(), Some(id.0)));
        }
        let before = before.map(|record| &**record);
        let checked = accept(room, &hand, table, &properties, before).map_err(Failure::Invalid).and_then(|values| {
            match taken.clash(table, &values, own) {
                Some(clash) => Err(clashed(room, table, &clash, own, &hand)),
                None => Ok(values),
            }
        });
        match checked {
            Ok(values) => ready.push(Ready { id: own, values, trace }),
            Err(failure) => failures.add(failure, trace),
        }
    }
    let errors = failures.settle(room.portal)?;
    let (items, effect) = write_all(room, table, ready, true, &mut hand);
    let style = Style { of: table.of.clone(), portal: room.portal, show: Show::All, history: None };
    Ok(reply(StatusCode::OK, style, items, errors, at, effect))
}

/// 204 always, whatever the ids name.
pub(crate) fn archive(room: &Hubspot, place: usize, batch: Batch, stage: &mut At<'_>) -> Result<Reply, Problem> {
    no_duplicates(batch.inputs.iter().map(|input| input.id.0.clone()))?;
    let (table, mut hand) = hand(room, place, stage);
    let mut effect = false;
    for input in &batch.inputs {
        effect |= input.id.0.parse().is_ok_and(|id| table.archive(id, &mut hand));
    }
    let reply = Reply::empty(StatusCode::NO_CONTENT);
    Ok(if effect { reply.with_effect() } else { reply })
}

/// Writes what passed its checks; an update echoes what it was sent beside the default set.
fn write_all(
    room: &Hubspot,
    table: &mut Table,
    ready: Vec<Ready>,
    upsert: bool,
    hand: &mut Hand<'_>,
) -> (Vec<Item>, bool) {
    let mut items = Vec::with_capacity(ready.len());
    let mut effect = false;
    let mut last: Option<(Vec<PropertyId>, Style)> = None;
    for Ready { id, values, trace } in ready {
        let Some(id) = id else {
            let record = table.create(values, hand);
            effect = true;
            items.push(Item { record, style: None, new: upsert.then_some(true), trace });
            continue;
        };
        let sent: Vec<_> = values.iter().map(|(property, _)| *property).collect();
        let style = match &last {
            Some((known, style)) if *known == sent => style.clone(),
            _ => echo(room, table, &sent),
        };
        last = Some((sent, style.clone()));
        if let Some((record, changed)) = table.update(id, values, hand) {
            effect |= !changed.is_empty();
            items.push(Item { record, style: Some(style), new: upsert.then_some(false), trace });
        }
    }
    (items, effect)
}

fn clashed(room: &Hubspot, table: &mut Table, clash: &Clash, own: Option<u64>, hand: &Hand<'_>) -> Failure {
    Failure::Clash(conflict(room, table, clash, own, hand).into(), clash.holder)
}

/// How an update's input names its record; none where it is passed over. A record id goes without
/// `idProperty`: to name `hs_object_id` is refused like any property that is not unique, and so is a
/// contact's e-mail address.
fn update_key(room: &Hubspot, table: &Table, input: &Input) -> Result<Option<Key>, Problem> {
    match input.id_property.as_deref() {
        None => Ok(input.id.0.parse().ok().map(Key::Id)),
        Some(name) => table
            .unique_property(name)
            .filter(|property| table.of.property(*property).rule != Some(Rule::Email))
            .map(|property| Some(Key::Unique(property, fold(&input.id.0))))
            .ok_or_else(|| not_unique(room, table, name)),
    }
}

pub(crate) fn not_unique(room: &Hubspot, table: &Table, name: &str) -> Problem {
    let (type_id, portal) = (&table.of.type_id, room.portal);
    Problem::validation(format!(
        "Unable to perform update/upsert by non-unique {type_id} property {name} in portal ID {portal}"
    ))
}

fn no_duplicates(ids: impl Iterator<Item = CompactString>) -> Result<(), Problem> {
    let (mut seen, mut twice) = (FxHashSet::default(), Vec::new());
    for id in ids {
        if !seen.insert(id.clone()) && !twice.contains(&id.to_string()) {
            twice.push(id.to_string());
        }
    }
    if twice.is_empty() {
        return Ok(());
    }
    let list = twice.join(", ");
    Err(Problem::validation(format!("Duplicate IDs found in batch input: [{list}]. IDs must be unique"))
        .with_context("ids", twice))
}

/// One error for all ids that name nothing.
fn not_found(table: &Table, ids: Vec<String>) -> Vec<Problem> {
    if ids.is_empty() {
        return Vec::new();
    }
    let what = table.of.upper();
    let message =
        format!("Could not get some {what} objects, they may be deleted or not exist. Check that ids are valid.");
    vec![Problem::new(StatusCode::NOT_FOUND, Some("OBJECT_NOT_FOUND"), message).with_context("ids", ids)]
}
