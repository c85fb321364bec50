//! Snapshots: how a record stands, told in the journal a little after it is asked for.

use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::body::Wanted;
use super::event::{Event, Told};
use super::subscriptions::not_there;
use crate::Moment;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::{At, Hubspot};
use crate::message::Reply;

/// A snapshot that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    id: Uuid,
    pub(super) initiated: Moment,
    done: Moment,
    /// There was such a record.
    found: bool,
}

pub(super) fn take(room: &Hubspot, wanted: Vec<Wanted>, stage: &mut At<'_>) -> Reply {
    let figures = room.settings();
    let (at, seed, exchange) = (stage.at, stage.seed, stage.exchange);
    let (tables, portal) = stage.state.with_portal();
    let journal = &mut portal.journal;
    let mut answers = Vec::new();
    for (n, one) in wanted.into_iter().enumerate() {
        let id = seed.uuid4("hubspot.snapshot", (exchange << 16) + n as u64);
        let (portal, object) = (one.portal_id.unwrap_or_default(), one.object_id.unwrap_or_default());
        let type_id = one.object_type_id.unwrap_or_default();
        let table = tables.iter().find(|table| table.of.type_id == type_id).filter(|_| portal == room.portal);
        let record = table.and_then(|table| Some((&table.of, table.live().get(&object)?)));
        if let Some((of, record)) = record {
            let names = one.properties.unwrap_or_default();
            let value = |name: &str| Some(of.value(record, of.find(name)?)?.as_ref().into());
            let values = names.into_iter().map(|name| (name.clone(), value(&name))).collect();
            let what = Told::Record { id: object, changed: Some(values), merged: Vec::new() };
            let event = Event { portal, at, action: "SNAPSHOT", type_id: type_id.clone(), what };
            journal.add(event, (at, seed), figures);
        }
        let done = at.plus(figures.journal_snapshot_time.value.0);
        journal.snapshots.push_back(Snapshot { id, initiated: at, done, found: record.is_some() });
        answers.push((portal, object, type_id, id));
    }
    let told = move || {
        let answers = answers.iter().map(|(portal, object, type_id, id)| {
            json!({"portalId": portal, "objectId": object, "objectTypeId": type_id, "snapshotStatusId": id.to_string()})
        });
        json!({"snapshotResponses": answers.collect::<Vec<_>>()})
    };
    json_reply(StatusCode::OK, told).with_effect()
}

pub(super) fn status(room: &Hubspot, id: Uuid, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let journal = &mut stage.state.portal.journal;
    journal.settle(stage.at, room.settings());
    let known = journal.snapshots.iter().find(|known| known.id == id).cloned();
    let Snapshot { initiated, done, found, .. } = known.ok_or_else(not_there)?;
    let mut body = json!({"id": id.to_string(), "status": "IN_PROGRESS", "initiatedAt": initiated.0});
    if done <= stage.at {
        body["status"] = Value::from(if found { "SUCCESS" } else { "FAILED" });
        body["completedAt"] = done.0.into();
        if !found {
            body["errorCode"] = "VALIDATION_ERROR".into();
            body["message"] = "resource not found".into();
        }
    }
    Ok(json_reply(StatusCode::OK, move || body))
}
