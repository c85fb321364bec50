//! Subscriptions and their filters: made, told of, and taken away.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::body::{Condition, Kind, New};
use super::state::{Filter, Journal, Subscription};
use crate::hubspot::apps;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::{At, Hubspot};
use crate::message::Reply;

pub(super) fn not_there() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, None, "resource not found")
}

fn told(one: &Subscription, (app, user): (u64, u64)) -> Value {
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| {
        told.insert(name.to_owned(), value);
    };
    tell("id", one.id.into());
    tell("appId", app.into());
    tell("subscriptionType", one.kind.name().into());
    tell("objectTypeId", one.type_id.as_str().into());
    if one.kind == Kind::Lifecycle {
        tell("eventTypeId", one.type_id.as_str().into());
    }
    if let Some(portal) = one.portal {
        tell("portalId", portal.into());
    }
    tell("actions", json!(one.actions));
    if matches!(one.kind, Kind::Object | Kind::Lifecycle) {
        tell("properties", json!(one.properties));
    }
    if matches!(one.kind, Kind::Object | Kind::Association | Kind::Lists) {
        tell("objectIds", json!(one.object_ids));
    }
    if one.kind == Kind::Association {
        tell("associatedObjectTypeIds", json!(one.associated_type_ids));
    }
    if one.kind == Kind::Lists {
        tell("listIds", json!(one.list_ids));
    }
    tell("createdBy", user.into());
    tell("createdAt", one.created.iso().as_str().into());
    tell("updatedAt", one.updated.iso().as_str().into());
    Value::Object(told)
}

fn whose(room: &Hubspot, stage: &At<'_>) -> (u64, u64) {
    (stage.caller.map_or(0, |caller| caller.app), room.owners.user())
}

pub(super) fn list(room: &Hubspot, stage: &At<'_>) -> Reply {
    let (all, whose) = (stage.state.portal.journal.subscriptions.clone(), whose(room, stage));
    json_reply(StatusCode::OK, move || {
        let results: Vec<_> = all.iter().map(|one| told(one, whose)).collect();
        json!({"results": results})
    })
}

pub(super) fn read(room: &Hubspot, id: u64, stage: &At<'_>) -> Result<Reply, Problem> {
    let found = stage.state.portal.journal.subscriptions.iter().find(|one| one.id == id).cloned();
    let (found, whose) = (found.ok_or_else(not_there)?, whose(room, stage));
    Ok(json_reply(StatusCode::OK, move || told(&found, whose)))
}

/// Another of the same kind about the same type in the same account changes the one there is.
pub(super) fn subscribe(room: &Hubspot, new: New, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let (at, whose) = (stage.at, whose(room, stage));
    if let Some(portal) = new.portal {
        let installed = portal == room.portal && stage.tokens.has(whose.0, apps::REFRESH);
        if !installed {
            return Err(Problem::validation(format!("App {} is not installed in portal {portal}", whose.0)));
        }
    }
    let typed = matches!(new.kind, Kind::Object | Kind::Association | Kind::Privacy);
    if typed && !stage.state.tables().iter().any(|table| !table.of.gone && table.of.type_id == new.type_id) {
        return Err(Problem::unknown_type(&new.type_id));
    }
    let journal = &mut stage.state.portal.journal;
    let same = |one: &Arc<Subscription>| (one.kind, &one.type_id, one.portal) == (new.kind, &new.type_id, new.portal);
    let place = journal.subscriptions.iter().position(same);
    let old = place.and_then(|place| journal.subscriptions.get(place)).map(|old| (old.id, old.created));
    let (id, created) = old.unwrap_or_else(|| (journal.next_id(), at));
    let New { kind, type_id, portal, actions, properties, object_ids, associated_type_ids, list_ids } = new;
    let one = Arc::new(Subscription {
        id,
        kind,
        type_id,
        portal,
        actions,
        properties,
        object_ids,
        associated_type_ids,
        list_ids,
        created,
        updated: at,
    });
    match place {
        Some(place) => drop(journal.subscriptions.set(place, one.clone())),
        None => journal.subscriptions.push_back(one.clone()),
    }
    Ok(json_reply(StatusCode::OK, move || told(&one, whose)).with_effect())
}

fn drop_such(journal: &mut Journal, such: impl Fn(&Subscription) -> bool) -> bool {
    let before = journal.subscriptions.len();
    journal.subscriptions.retain(|one| !such(one));
    let left: Vec<u64> = journal.subscriptions.iter().map(|one| one.id).collect();
    journal.filters.retain(|filter| left.contains(&filter.subscription));
    journal.subscriptions.len() < before
}

pub(super) fn unsubscribe(id: u64, stage: &mut At<'_>) -> Result<Reply, Problem> {
    if !drop_such(&mut stage.state.portal.journal, |one| one.id == id) {
        return Err(not_there());
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}

pub(super) fn leave(portal: u64, stage: &mut At<'_>) -> Reply {
    let dropped = drop_such(&mut stage.state.portal.journal, |one| one.portal == Some(portal));
    Reply::empty(StatusCode::NO_CONTENT).with_effect_if(dropped)
}

fn shown(filter: &Filter) -> Value {
    json!({"id": filter.id, "filter": {"conditions": filter.conditions}, "createdAt": filter.created.0})
}

pub(super) fn add_filter((of, conditions): (u64, Vec<Condition>), stage: &mut At<'_>) -> Result<Reply, Problem> {
    let journal = &mut stage.state.portal.journal;
    if !journal.subscriptions.iter().any(|one| one.id == of) {
        return Err(not_there());
    }
    let id = journal.next_id();
    journal.filters.push_back(Filter { id, subscription: of, conditions, created: stage.at }.into());
    Ok(json_reply(StatusCode::OK, move || json!({"filterId": id})).with_effect())
}

pub(super) fn filters(of: u64, stage: &At<'_>) -> Result<Reply, Problem> {
    let journal = &stage.state.portal.journal;
    if !journal.subscriptions.iter().any(|one| one.id == of) {
        return Err(not_there());
    }
    let found: Vec<_> = journal.filters.iter().filter(|filter| filter.subscription == of).cloned().collect();
    Ok(json_reply(StatusCode::OK, move || found.iter().map(|filter| shown(filter)).collect()))
}

pub(super) fn filter(id: u64, stage: &At<'_>) -> Result<Reply, Problem> {
    let found = stage.state.portal.journal.filters.iter().find(|filter| filter.id == id).cloned();
    let found = found.ok_or_else(not_there)?;
    Ok(json_reply(StatusCode::OK, move || shown(&found)))
}

pub(super) fn drop_filter(id: u64, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let filters = &mut stage.state.portal.journal.filters;
    let place = filters.iter().position(|filter| filter.id == id).ok_or_else(not_there)?;
    filters.remove(place);
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}
