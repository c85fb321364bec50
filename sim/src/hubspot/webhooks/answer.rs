//! Does what is asked of an app's webhook settings, and says how they stand.

use std::sync::Arc;

use http::{StatusCode, Uri};
use serde_json::{Map, Value, json};

use super::apps::{Config, Settings};
use super::ask::{NewSettings, NewSubscription};
use super::kind::{Happening, Whose};
use super::set_up::first_subscription;
use super::subscription::{Subscribed, is_never_told};
use crate::hubspot::apps;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::{At, Hubspot};
use crate::message::Reply;

fn not_there() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, None, "resource not found")
}

fn shown(app: u64, stage: &At<'_>) -> Arc<Config> {
    stage.state.portal.webhooks.app(app).map(super::apps::App::shown).unwrap_or_default()
}

/// Says how an app's webhooks are from now on, as soon as HubSpot's cache has heard of it.
fn say(room: &Hubspot, app: u64, config: Config, stage: &mut At<'_>) {
    let from = stage.at.plus(room.settings().webhook_settings_lag.value.0);
    let portal = &mut stage.state.portal;
    portal.webhooks.apps.entry(app).or_default().say(from, config);
    room.announce_target(&mut portal.webhooks, (app, &portal.apps), from, stage.seed);
}

fn told(settings: &Settings) -> Value {
    json!({
        "targetUrl": settings.target,
        "throttling": {"maxConcurrentRequests": settings.in_flight_max},
        "createdAt": settings.created.iso().as_str(),
        "updatedAt": settings.updated.iso().as_str(),
    })
}

pub(super) fn settings(app: u64, stage: &At<'_>) -> Result<Reply, Problem> {
    let settings = shown(app, stage).settings.clone().ok_or_else(not_there)?;
    Ok(json_reply(StatusCode::OK, move || told(&settings)))
}

pub(super) fn configure(room: &Hubspot, app: u64, new: NewSettings, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let NewSettings { target, in_flight_max } = new;
    let figures = room.settings();
    let least = figures.webhook_in_flight_least.value;
    let url = target.parse::<Uri>().ok().filter(|url| url.host().is_some());
    let scheme = url.as_ref().and_then(Uri::scheme_str);
    let wanted: &[&str] = if figures.webhook_https_only.value { &["https"] } else { &["https", "http"] };
    if !scheme.is_some_and(|scheme| wanted.contains(&scheme)) {
        return Err(Problem::validation(format!("Invalid targetUrl {target}. Must be a valid https URL")));
    }
    let in_flight_max = usize::try_from(in_flight_max).ok().filter(|max| *max >= least).ok_or_else(|| {
        Problem::validation(format!("maxConcurrentRequests must be greater than {}", least.saturating_sub(1)))
    })?;
    let mut config = Config::clone(&shown(app, stage));
    let created = config.settings.as_ref().map_or(stage.at, |settings| settings.created);
    let settings = Settings { target, in_flight_max, created, updated: stage.at };
    config.settings = Some(settings.clone());
    say(room, app, config, stage);
    Ok(json_reply(StatusCode::OK, move || told(&settings)).with_effect())
}

/// Subscriptions stay, and tell nothing until there is a target again.
pub(super) fn clear(room: &Hubspot, app: u64, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let mut config = Config::clone(&shown(app, stage));
    config.settings.take().ok_or_else(not_there)?;
    say(room, app, config, stage);
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}

fn one(subscribed: &Subscribed) -> Value {
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
    tell("id", subscribed.id.to_string().into());
    tell("eventType", subscribed.name.as_str().into());
    let optional = [
        ("propertyName", &subscribed.property),
        ("objectTypeId", &subscribed.type_id),
        ("eventTypeName", &subscribed.event_type_name),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            tell(name, value.as_str().into());
        }
    }
    tell("active", subscribed.active.into());
    tell("createdAt", subscribed.created.iso().as_str().into());
    tell("updatedAt", subscribed.updated.iso().as_str().into());
    Value::Object(told)
}

pub(super) fn list(app: u64, stage: &At<'_>) -> Reply {
    let config = shown(app, stage);
    json_reply(StatusCode::OK, move || {
        let results: Vec<_> = config.subscribed.iter().map(|subscribed| one(subscribed)).collect();
        json!({"results": results})
    })
}

pub(super) fn read(app: u64, id: u64, stage: &At<'_>) -> Result<Reply, Problem> {
    let config = shown(app, stage);
    let found = config.subscribed.iter().find(|one| one.id == id).cloned().ok_or_else(not_there)?;
    Ok(json_reply(StatusCode::OK, move || one(&found)))
}

pub(super) fn subscribe(room: &Hubspot, app: u64, new: NewSubscription, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let mut config = Config::clone(&shown(app, stage));
    let max = room.settings().webhook_subscriptions_max.value;
    if config.subscribed.len() >= max {
        return Ok(one_too_many(max, stage));
    }
    let NewSubscription { name, whose, happening, property, type_id, event_type_name, active } = new;
    if let Some(name) = property.as_deref().filter(|name| happening == Happening::Property && is_never_told(name)) {
        return Err(Problem::validation(format!("Property {name} is not available for property change subscriptions")));
    }
    if let Some(scope) = lacked_scope(app, whose, stage) {
        let said = format!("This app is missing the scope required for {name} subscriptions: {scope}");
        return Err(Problem::validation(said));
    }
    let known = stage.state.portal.webhooks.apps.entry(app).or_default();
    let id = first_subscription(app == room.app, app, stage.seed) + known.made;
    known.made += 1;
    let (created, updated) = (stage.at, stage.at);
    let made = Arc::new(Subscribed {
        id,
        name,
        whose,
        happening,
        property,
        type_id,
        event_type_name,
        active,
        created,
        updated,
    });
    config.subscribed.push(made.clone());
    say(room, app, config, stage);
    Ok(json_reply(StatusCode::CREATED, move || one(&made)).with_effect())
}

/// It has an id of the request beside its correlation, and no category, as the guide shows it.
fn one_too_many(max: usize, stage: &At<'_>) -> Reply {
    let correlation = stage.correlation();
    let request = stage.seed.text("hubspot.request-id", stage.exchange, 32, b"0123456789abcdef");
    json_reply(StatusCode::BAD_REQUEST, move || {
        let message = format!(
            "Couldn't create another subscription. You've reached the maximum number allowed per application ({max})."
        );
        json!({"status": "error", "message": message, "correlationId": correlation.to_string(), "requestId": request})
    })
}

/// The scope that an app would need to read what a subscription tells of, and can never have.
fn lacked_scope(app: u64, whose: Whose, stage: &At<'_>) -> Option<String> {
    let Whose::Classic(singular) = whose else { return None };
    let of = stage.state.tables().iter().find(|table| table.of.singular == singular)?;
    let needs = apps::needs(&http::Method::GET, &format!("/crm/v3/objects/{}", of.of.name))?;
    let app = stage.state.portal.apps.get(app)?;
    (!needs.any_of.meets(app.scopes.or(app.optional))).then(|| needs.names.join(" or "))
}

/// The subscription with other words, if there is one of that id.
fn changed(config: &mut Config, id: u64, active: Option<bool>, stage: &At<'_>) -> Option<Arc<Subscribed>> {
    let found = config.subscribed.iter_mut().find(|one| one.id == id)?;
    if let Some(active) = active {
        *found = Arc::new(Subscribed { active, updated: stage.at, ..Subscribed::clone(found) });
    }
    Some(found.clone())
}

pub(super) fn update(
    room: &Hubspot,
    app: u64,
    (id, active): (u64, Option<bool>),
    stage: &mut At<'_>,
) -> Result<Reply, Problem> {
    let mut config = Config::clone(&shown(app, stage));
    let found = changed(&mut config, id, active, stage).ok_or_else(not_there)?;
    let reply = json_reply(StatusCode::OK, move || one(&found));
    if active.is_none() {
        return Ok(reply);
    }
    say(room, app, config, stage);
    Ok(reply.with_effect())
}

pub(super) fn unsubscribe(room: &Hubspot, app: u64, id: u64, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let mut config = Config::clone(&shown(app, stage));
    let place = config.subscribed.iter().position(|one| one.id == id).ok_or_else(not_there)?;
    config.subscribed.remove(place);
    say(room, app, config, stage);
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}

pub(super) fn update_all(room: &Hubspot, app: u64, changes: Vec<(u64, bool)>, stage: &mut At<'_>) -> Reply {
    let mut config = Config::clone(&shown(app, stage));
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for (id, active) in changes {
        match changed(&mut config, id, Some(active), stage) {
            Some(one) => found.push(one),
            None => missing.push(Problem {
                category: Some("OBJECT_NOT_FOUND"),
                ..not_there().with_context("ids", vec![id.to_string()])
            }),
        }
    }
    let effect = !found.is_empty();
    if effect {
        say(room, app, config, stage);
    }
    let at = stage.at;
    let status = if missing.is_empty() { StatusCode::OK } else { StatusCode::MULTI_STATUS };
    let reply = json_reply(status, move || {
        let results: Vec<_> = found.iter().map(|subscribed| one(subscribed)).collect();
        let mut told = json!({"status": "COMPLETE", "results": results});
        told["startedAt"] = at.iso().as_str().into();
        told["completedAt"] = at.iso().as_str().into();
        if !missing.is_empty() {
            told["numErrors"] = missing.len().into();
            told["errors"] = missing.iter().map(Problem::batch_item).collect();
        }
        told
    });
    if effect { reply.with_effect() } else { reply }
}
