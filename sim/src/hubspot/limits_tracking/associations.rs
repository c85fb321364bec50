//! Labels of associations, and the records that have nearly as many associations as they may. The
//! counting is done outside the world's lock, on what is shared with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use http::StatusCode;
use imbl::OrdMap;
use serde_json::{Value, json};

use super::json::{of_type, percentage};
use crate::hubspot::associations::{Associations, Near};
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::record::Record;
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::types::ObjectType;
use crate::message::Reply;

/// The account's types, in the order of the tables.
struct Types(Vec<Arc<ObjectType>>);

impl Types {
    fn of(stage: &At<'_>) -> Self {
        Self(stage.state.tables().iter().filter(|table| !table.of.gone).map(|table| table.of.clone()).collect())
    }

    fn find(&self, name: &str) -> Option<&ObjectType> {
        self.0.iter().find(|of| of.name == name).map(|of| &**of)
    }
}

/// What of the account is counted; sharing it copies no record.
struct Shared {
    /// The records of the types that are asked for.
    live: BTreeMap<CompactString, OrdMap<u64, Arc<Record>>>,
    associations: Associations,
    max: u32,
    percent: u32,
}

impl Shared {
    fn of<'t>(room: &Hubspot, stage: &At<'_>, types: impl IntoIterator<Item = &'t Arc<ObjectType>>) -> Self {
        let settings = room.settings();
        let live = |of: &Arc<ObjectType>| {
            let table = stage.state.tables().iter().find(|table| table.of.name == of.name)?;
            Some((of.name.clone(), table.live().clone()))
        };
        Self {
            live: types.into_iter().filter_map(live).collect(),
            associations: stage.state.portal.associations.clone(),
            max: u32::try_from(settings.associations_per_record_max.value).unwrap_or(u32::MAX),
            percent: settings.near_limit_percent.value,
        }
    }

    fn near(&self, from: &ObjectType, to: &ObjectType) -> Vec<Near> {
        let lives = |of: &str, id: u64| self.live.get(of).is_some_and(|live| live.contains_key(&id));
        self.associations.near((&from.name, &to.name), self.max, self.percent, lives)
    }

    /// What a record is called.
    fn label(&self, of: &ObjectType, id: u64) -> &str {
        let record = self.live.get(&of.name).and_then(|live| live.get(&id));
        record.zip(of.display.primary).and_then(|(record, primary)| record.stored(of, primary)).unwrap_or_default()
    }
}

/// The type that a call names.
fn named(stage: &At<'_>, name: &str) -> Result<Arc<ObjectType>, Problem> {
    let place = stage.state.place(name);
    let place = place.ok_or_else(|| Problem::unknown_type(name))?;
    Ok(stage.state.tables()[place].of.clone())
}

fn is_at(near: &Near) -> bool {
    near.count >= near.limit
}

/// `ObjectTypeNearOrAtAssociationLimit`, where there is something to tell.
fn told(of: &ObjectType, near: &[Near]) -> Option<Value> {
    let mut told = of_type(of);
    told.insert("hasRecordsNearLimit".into(), true.into());
    told.insert("hasRecordsAtLimit".into(), near.iter().any(is_at).into());
    (!near.is_empty()).then_some(told.into())
}

/// The types of which some record has nearly as many of some other as it may.
pub(super) fn near_from(room: &Hubspot, stage: &At<'_>) -> Reply {
    let types = Types::of(stage);
    let shared = Shared::of(room, stage, &types.0);
    json_reply(StatusCode::OK, move || {
        let of_one = |from: &Arc<ObjectType>| {
            told(from, &types.0.iter().flat_map(|to| shared.near(from, to)).collect::<Vec<_>>())
        };
        json!({"results": types.0.iter().filter_map(of_one).collect::<Vec<_>>()})
    })
}

/// The types of which some record of this one has nearly as many as it may.
pub(super) fn near_to(room: &Hubspot, from: &str, stage: &At<'_>) -> Result<Reply, Problem> {
    let from = named(stage, from)?;
    let types = Types::of(stage);
    let shared = Shared::of(room, stage, &types.0);
    Ok(json_reply(StatusCode::OK, move || {
        let of_one = |to: &Arc<ObjectType>| told(to, &shared.near(&from, to));
        json!({"results": types.0.iter().filter_map(of_one).collect::<Vec<_>>()})
    }))
}

/// `AssociationRecordLimitResponse`: who is near counts those who are at it too.
pub(super) fn near(room: &Hubspot, from: &str, to: &str, stage: &At<'_>) -> Result<Reply, Problem> {
    let (from, to) = (named(stage, from)?, named(stage, to)?);
    let shared = Shared::of(room, stage, [&from, &to]);
    let shown = room.settings().near_limit_samples_max.value;
    let limit = shared
        .associations
        .limit_of(&from.name, &to.name, shared.max)
        .ok_or_else(|| Problem::validation(format!("{} cannot be associated with {}", from.type_id, to.type_id)))?;
    Ok(json_reply(StatusCode::OK, move || {
        let near = shared.near(&from, &to);
        let at = || near.iter().filter(|near| is_at(near));
        let at_sample = |near: &Near| json!({"objectId": near.id, "label": shared.label(&from, near.id)});
        let near_sample = |near: &Near| {
            json!({
                "objectId": near.id,
                "label": shared.label(&from, near.id),
                "usage": near.count,
                "percentage": percentage(near.count as usize, near.limit as usize),
            })
        };
        json!({
            "limit": limit,
            "totalRecordsNearLimit": near.len(),
            "totalRecordsAtLimit": at().count(),
            "nearLimitFromRecordSamples": near.iter().take(shown).map(near_sample).collect::<Vec<_>>(),
            "atLimitFromRecordSamples": at().take(shown).map(at_sample).collect::<Vec<_>>(),
        })
    }))
}

/// The pairs of types that have labels of the account's own, from one type or to one where that is asked.
pub(super) fn labels(room: &Hubspot, from: Option<&str>, to: Option<&str>, stage: &At<'_>) -> Result<Reply, Problem> {
    let [from, to] = [from, to].map(|name| name.map(|name| named(stage, name)).transpose());
    let (from, to) = (from?, to?);
    let (types, associations) = (Types::of(stage), stage.state.portal.associations.clone());
    let limit = room.settings().association_labels_max.value;
    Ok(json_reply(StatusCode::OK, move || {
        let is = |asked: &Option<Arc<ObjectType>>, name: &str| asked.as_ref().is_none_or(|of| of.name == name);
        let pairs = associations.labelled();
        let shown = pairs.iter().filter(|pair| is(&from, &pair.from) && is(&to, &pair.to)).filter_map(|pair| {
            let usage = pair.labels.len();
            Some(json!({
                "fromObjectType": of_type(types.find(&pair.from)?),
                "toObjectType": of_type(types.find(&pair.to)?),
                "limit": limit,
                "usage": usage,
                "percentage": percentage(usage, limit),
                "allLabels": pair.labels,
            }))
        });
        json!({"results": shown.collect::<Vec<_>>()})
    }))
}
