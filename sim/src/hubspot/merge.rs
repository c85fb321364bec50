//! Two records become one, and records go for good (facts/hubspot-crm.md §2.10). Associations follow the
//! record; what is kept of them is their own folder's to say.

use compact_str::CompactString;
use http::StatusCode;
use serde::Deserialize;

use super::body::Text;
use super::errors::Problem;
use super::object::Named;
use super::read::{fold, missing, record_reply};
use super::record::Record;
use super::room::{At, Hubspot, hand};
use super::table::Key;
use super::types::{ObjectType, PropertyId};
use super::wire::{Show, Style};
use super::write::id_key;
use crate::message::Reply;
use crate::policy::MergedId;

/// `{"primaryObjectId": "12", "objectIdToMerge": "34"}`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Merge {
    pub(crate) primary_object_id: Text,
    pub(crate) object_id_to_merge: Text,
}

/// `{"objectId": "kim@example.com", "idProperty": "email"}`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Forget {
    pub(crate) object_id: Text,
    pub(crate) id_property: Option<CompactString>,
}

impl Named for Merge {
    const JAVA: &'static str = "com.hubspot.inbounddb.publicobject.core.v3.PublicMergeInput";
}

impl Named for Forget {
    const JAVA: &'static str = "com.hubspot.inbounddb.publicobject.core.v3.PublicGdprDeleteInput";
}

/// What a merged record says of where it came from: the ids that went into it, chains included, and
/// the addresses beside the first one's.
pub(super) fn lineage(
    of: &ObjectType,
    first: &Record,
    other: &Record,
    id: u64,
) -> impl Iterator<Item = (PropertyId, CompactString)> {
    let stored = |record, property: Option<PropertyId>| {
        property.and_then(|property| Record::stored(record, of, property)).unwrap_or_default().to_owned()
    };
    let joined = |parts: Vec<String>| {
        let mut all: Vec<&str> = Vec::new();
        for part in parts.iter().flat_map(|part| part.split(';')).filter(|part| !part.is_empty()) {
            if !all.contains(&part) {
                all.push(part);
            }
        }
        CompactString::from(all.join(";"))
    };
    let absorbed = [first, other].into_iter().filter(|record| record.id != id).map(|record| record.id.to_string());
    let older = [first, other].map(|record| stored(record, of.merged_ids));
    let ids = joined(older.into_iter().chain(absorbed).collect());
    // Where the first has no address of its own the other's becomes the record's.
    let own = [first, other].map(|record| stored(record, of.address)).into_iter().find(|text| !text.is_empty());
    let own = own.unwrap_or_default();
    let addresses = [first, other].map(|record| [stored(record, of.address), stored(record, of.more_addresses)]);
    let addresses = addresses.iter().flatten().flat_map(|text| text.split(';')).filter(|text| *text != own);
    let addresses = joined(vec![addresses.collect::<Vec<_>>().join(";")]);
    of.merged_ids
        .map(|property| (property, ids))
        .into_iter()
        .chain(of.more_addresses.map(|property| (property, addresses)))
}

pub(crate) fn merge(room: &Hubspot, place: usize, body: &Merge, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let settings = room.settings();
    let keep_id = settings.merged_id.value == MergedId::Primary;
    let max = settings.merge_identities_max.value;
    let (table, mut hand) = hand(room, place, stage);
    let of = table.of.clone();
    for (name, text) in [("primaryObjectId", &body.primary_object_id), ("objectIdToMerge", &body.object_id_to_merge)] {
        if text.0.trim().is_empty() {
            return Err(Problem::validation(format!("Some required fields were not set: [{name}]")));
        }
    }
    let find = |text: &Text| table.follow(&id_key(text.0.trim())?).cloned().ok_or_else(missing);
    let (first, other) = (find(&body.primary_object_id)?, find(&body.object_id_to_merge)?);
    if first.id == other.id {
        return Err(Problem::validation("Cannot merge an object with itself"));
    }
    let identities = |record: &Record| {
        let merged = of.merged_ids.and_then(|property| record.stored(&of, property));
        1 + merged.map_or(0, |text| text.split(';').count())
    };
    if identities(&first) + identities(&other) > max {
        let said = format!("Cannot have more than {max} identities on a profile");
        return Err(Problem::new(StatusCode::URI_TOO_LONG, None, said));
    }
    let record = table.merge(&first, &other, keep_id, &mut hand);
    // The first one's come first: where there may be but one, they stay.
    for old in [first.id, other.id] {
        hand.portal.associations.moved(&of.name, old, record.id);
    }
    let style = Style { of, portal: room.portal, show: Show::All, history: None };
    Ok(record_reply(StatusCode::OK, style, record).with_effect())
}

/// 204, also for an address that no record has: it is not to come back.
pub(crate) fn forget(room: &Hubspot, place: usize, body: &Forget, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let (table, mut hand) = hand(room, place, stage);
    let text = body.object_id.0.trim();
    if text.is_empty() {
        return Err(Problem::validation("Some required fields were not set: [objectId]"));
    }
    let key = match body.id_property.as_deref() {
        None | Some("hs_object_id") => id_key(text)?,
        Some(name) => {
            let property = table.unique_property(name).ok_or_else(|| super::batch::not_unique(room, table, name))?;
            Key::Unique(property, fold(text))
        }
    };
    let found = table.follow(&key).or_else(|| table.find_archived(&key)).cloned();
    let mut effect = false;
    if let Some(record) = &found {
        let of = table.of.clone();
        effect = table.delete(record.id, &mut hand);
        hand.portal.associations.forget(&of.name, record.id);
    }
    let reply = Reply::empty(StatusCode::NO_CONTENT);
    Ok(if effect { reply.with_effect() } else { reply })
}
