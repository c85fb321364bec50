//! Create, update and archive of one record. What a batch does with many stands in `batch.rs`.

use http::{HeaderValue, StatusCode, header};

use super::body::Write;
use super::errors::Problem;
use super::query::ReadQuery;
use super::read::{key, missing, record_reply, selected};
use super::record::Record;
use super::room::{At, Hubspot, hand};
use super::table::{Clash, Hand, Key, Table};
use super::types::{ObjectType, PropertyId, Rule};
use super::validate::{self, Accepted, Invalid};
use super::wire::{Show, Style};
use crate::message::Reply;
use crate::policy::{BackwardStage, OptionText};

pub(crate) fn create(
    room: &Hubspot,
    place: usize,
    body: Write,
    path: &str,
    stage: &mut At<'_>,
) -> Result<Reply, Problem> {
    no_associations(body.associations.as_deref())?;
    let (table, mut hand) = hand(room, place, stage);
    let values =
        accept(room, &hand, table, &body.properties, None).map_err(|bad| validate::problem(&bad, room.portal))?;
    required(&table.of, &values)?;
    if let Some(clash) = table.clash(&values, None) {
        return Err(conflict(room, table, &clash, None, &hand));
    }
    let record = table.create(values, &mut hand);
    let style = Style { of: table.of.clone(), portal: room.portal, show: Show::Created, history: None };
    let location = format!("{}{}/{}", stage.base_url, path.trim_end_matches('/'), record.id);
    let reply = record_reply(StatusCode::CREATED, style, record).with_effect();
    Ok(match HeaderValue::try_from(location) {
        Ok(location) => reply.with(header::LOCATION, location),
        Err(_) => reply,
    })
}

pub(crate) fn update(
    room: &Hubspot,
    place: usize,
    id: &str,
    query: &ReadQuery,
    body: Write,
    stage: &mut At<'_>,
) -> Result<Reply, Problem> {
    if body.properties.0.is_empty() {
        return Err(Problem::validation("No properties found to update, please provide at least one."));
    }
    let (table, mut hand) = hand(room, place, stage);
    let key = key(table, id, query.id_property.as_deref())?;
    let before = table.follow(&key).ok_or_else(missing)?.clone();
    let values = accept(room, &hand, table, &body.properties, Some(&before))
        .map_err(|bad| validate::problem(&bad, room.portal))?;
    if let Some(clash) = table.clash(&values, Some(before.id)) {
        return Err(conflict(room, table, &clash, Some(before.id), &hand));
    }
    let sent: Vec<_> = values.iter().map(|(property, _)| *property).collect();
    let (record, changed) = table.update(before.id, values, &mut hand).ok_or_else(missing)?;
    let style = echo(room, table, &sent);
    let reply = record_reply(StatusCode::OK, style, record);
    Ok(if changed.is_empty() { reply } else { reply.with_effect() })
}

/// 204 also for a record that does not exist or is archived already, but not for an id that is none.
pub(crate) fn archive(room: &Hubspot, place: usize, id: &str, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let (table, mut hand) = hand(room, place, stage);
    let archived = match key(table, id, None)? {
        Key::Id(id) => table.archive(id, &mut hand),
        Key::Unique(..) => false,
    };
    let reply = Reply::empty(StatusCode::NO_CONTENT);
    Ok(if archived { reply.with_effect() } else { reply })
}

/// What an update echoes: the properties that were sent, and the default set.
pub(crate) fn echo(room: &Hubspot, table: &Table, sent: &[PropertyId]) -> Style {
    let of = table.of.clone();
    let mut ids: Vec<_> = selected(&of, &[]).iter().copied().chain(sent.iter().copied()).collect();
    ids.sort_by_key(|id| of.rank(*id));
    ids.dedup();
    Style { of, portal: room.portal, show: Show::These(ids.into()), history: None }
}

/// Checks values under the portal's policy.
pub(crate) fn accept(
    room: &Hubspot,
    hand: &Hand<'_>,
    table: &Table,
    sent: &super::body::Properties,
    before: Option<&Record>,
) -> Result<Accepted, Vec<Invalid>> {
    let settings = room.settings();
    let rules = validate::Rules {
        chars_max: settings.property_chars_max.value,
        values_only: settings.invalid_option_text.value == OptionText::Values,
        backward_refused: settings.backward_lifecycle_stage.value == BackwardStage::Refused,
        at: hand.at,
    };
    validate::accept(&table.of, sent, before, &rules)
}

/// What a type must have on create: each of these, and one of those (facts/hubspot-crm.md §2.5).
pub(crate) fn required(of: &ObjectType, values: &Accepted) -> Result<(), Problem> {
    let set = |id: &PropertyId| values.iter().any(|(property, text)| property == id && !text.is_empty());
    let mut lacking: Vec<_> = of.required.iter().filter(|id| !set(id)).collect();
    if lacking.is_empty() && !of.one_required.is_empty() && !of.one_required.iter().any(set) {
        lacking = of.one_required.iter().collect();
    }
    if lacking.is_empty() {
        return Ok(());
    }
    let names = lacking.into_iter().map(|id| of.property(*id).name.to_string()).collect();
    let what = of.upper();
    Err(Problem::validation(format!("Error creating {what}.  Some required properties were not set."))
        .with_context("properties", names))
}

/// The answer to a unique value that is taken: 409 for an e-mail address, with the id only in the text;
/// 400 for any other (facts/hubspot-crm.md §2.6, §2.7). `own` is the record it was to be set on; a new
/// one is told by the id that it would have had.
pub(crate) fn conflict(room: &Hubspot, table: &mut Table, clash: &Clash, own: Option<u64>, hand: &Hand<'_>) -> Problem {
    let of = table.of.clone();
    let property = of.property(clash.property);
    if property.rule == Some(Rule::Email) {
        let mut chars = of.singular.chars();
        let singular: String = chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect();
        let message = match clash.holder {
            Some(holder) => format!("{singular} already exists. Existing ID: {holder}"),
            None => format!("{singular} already exists"),
        };
        return Problem::new(StatusCode::CONFLICT, Some("CONFLICT"), message);
    }
    let own = own.unwrap_or_else(|| table.waste_id(hand.seed));
    let holder = clash.holder.unwrap_or_else(|| table.waste_id(hand.seed));
    let (portal, name, value) = (room.portal, &property.name, &clash.value);
    let of_type = match of.type_id.strip_prefix("0-") {
        Some(_) => format!("legacyObjectType={}", of.upper()),
        None => of.type_id.to_string(),
    };
    Problem::validation(format!(
        "Cannot set PropertyValueCoordinates{{portalId={portal}, objectTypeId=ObjectTypeId{{{of_type}}}, \
         propertyName={name}, value={value}}} on {own}. {holder} already has that value."
    ))
}

/// A record by the number that a body names it with.
pub(crate) fn id_key(text: &str) -> Result<Key, Problem> {
    super::read::record_id(text).map(Key::Id).map_err(|said| {
        Problem::new(StatusCode::NOT_FOUND, Some("OBJECT_NOT_FOUND"), said).with_context("id", vec![text.to_owned()])
    })
}

/// Associations are not kept yet, so none is accepted (ledger: `hubspot.records.associations-inline`).
pub(crate) fn no_associations(associations: Option<&[serde_json::Value]>) -> Result<(), Problem> {
    match associations {
        None | Some([]) => Ok(()),
        Some(_) => {
            Err(Problem::new(StatusCode::BAD_REQUEST, Some("BAD_REQUEST"), "one or more associations are not valid"))
        }
    }
}
