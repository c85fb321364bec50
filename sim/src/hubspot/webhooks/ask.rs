//! What may be asked of an app's webhook settings: paths and bodies (facts/hubspot-limits-webhooks-auth.md §5). A
//! developer's key opens them, a token does not.

use compact_str::CompactString;
use http::Method;
use serde::Deserialize;

use super::answer;
use super::kind::{self, Happening, Whose};
use crate::hubspot::apps::unknown_token;
use crate::hubspot::body::{lacking, named, parse};
use crate::hubspot::errors::Problem;
use crate::hubspot::object;
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::routes::{self, Asked, OpenedBy, other, post, segments, with_json};
use crate::message::{Reply, Request};
use crate::world::step::Caller;

/// The roots, and the editions under each.
const ROOTS: [(&str, &[&str]); 2] =
    [("/webhooks/", &["v3", "2026-03"]), ("/app-webhooks/", &["2025-09", "2026-09", "2027-03-beta"])];
const OF_SETTINGS: &str = "DELETE,GET,HEAD,OPTIONS,PUT";
const OF_COLLECTION: &str = "GET,HEAD,OPTIONS,POST";
const OF_ONE: &str = "DELETE,GET,HEAD,OPTIONS,PATCH,PUT";

/// A call, with the app and the key that it names.
#[derive(Debug)]
struct Ask {
    app: CompactString,
    key: Option<CompactString>,
    what: What,
}

#[derive(Debug)]
enum What {
    Settings,
    Configure(Result<NewSettings, Problem>),
    Clear,
    List,
    Subscribe(Result<NewSubscription, Problem>),
    Read(Result<u64, Problem>),
    Update(Result<u64, Problem>, Result<Change, Problem>),
    Unsubscribe(Result<u64, Problem>),
    UpdateAll(Result<Vec<(u64, bool)>, Problem>),
}

#[derive(Debug)]
pub(super) struct NewSettings {
    pub(super) target: String,
    pub(super) in_flight_max: i64,
}

#[derive(Debug)]
pub(super) struct NewSubscription {
    pub(super) name: CompactString,
    pub(super) whose: Whose,
    pub(super) happening: Happening,
    pub(super) property: Option<CompactString>,
    pub(super) type_id: Option<CompactString>,
    pub(super) event_type_name: Option<CompactString>,
    pub(super) active: bool,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Change {
    #[serde(default)]
    pub(super) active: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SettingsBody {
    target_url: Option<String>,
    throttling: Option<Throttling>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Throttling {
    max_concurrent_requests: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SubscriptionBody {
    event_type: Option<CompactString>,
    property_name: Option<CompactString>,
    object_type_id: Option<CompactString>,
    event_type_name: Option<CompactString>,
    active: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
struct BatchBody {
    #[serde(default, deserialize_with = "object::list")]
    inputs: Vec<Input>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Input {
    id: Option<u64>,
    active: Option<bool>,
}

// The classes are called as the vendor's specification has them.
named! {
    SettingsBody: "SettingsChangeRequest",
    SubscriptionBody: "SubscriptionCreateRequest",
    Change: "SubscriptionPatchRequest",
    BatchBody: "BatchInputSubscriptionBatchUpdateRequest",
    Input: "SubscriptionBatchUpdateRequest",
}

fn settings(sent: &[u8]) -> Result<NewSettings, Problem> {
    let SettingsBody { target_url, throttling } = parse(sent)?;
    let missing: Vec<_> = [("targetUrl", target_url.is_none()), ("throttling", throttling.is_none())]
        .into_iter()
        .filter_map(|(name, missing)| missing.then_some(name))
        .collect();
    match (target_url, throttling) {
        (Some(target), Some(Throttling { max_concurrent_requests: Some(in_flight_max) })) => {
            Ok(NewSettings { target, in_flight_max })
        }
        (Some(_), Some(_)) => Err(lacking::<SettingsBody>(sent, &["throttling.maxConcurrentRequests"])),
        _ => Err(lacking::<SettingsBody>(sent, &missing)),
    }
}

fn subscription(sent: &[u8]) -> Result<NewSubscription, Problem> {
    let SubscriptionBody { event_type, property_name, object_type_id, event_type_name, active } = parse(sent)?;
    let Some(name) = event_type else { return Err(lacking::<SubscriptionBody>(sent, &["eventType"])) };
    let Some((whose, happening)) = kind::find(&name) else {
        let known = kind::names().join(", ");
        return Err(Problem::validation(format!("Invalid eventType {name}. Must be one of: [{known}]")));
    };
    let needed = [
        ("propertyName", happening == Happening::Property && property_name.is_none()),
        ("objectTypeId", whose == Whose::Generic && object_type_id.is_none()),
    ];
    let needed: Vec<_> = needed.into_iter().filter_map(|(name, missing)| missing.then_some(name)).collect();
    if !needed.is_empty() {
        let said = format!("Some required fields were not set: [{}]", needed.join(", "));
        return Err(Problem::validation(said));
    }
    let (property, type_id, active) = (property_name, object_type_id, active.unwrap_or(false));
    Ok(NewSubscription { name, whose, happening, property, type_id, event_type_name, active })
}

fn batch(sent: &[u8]) -> Result<Vec<(u64, bool)>, Problem> {
    let BatchBody { inputs } = parse(sent)?;
    let whole = |Input { id, active }| {
        let missing = [("id", id.is_none()), ("active", active.is_none())].into_iter();
        let missing: Vec<_> = missing.filter_map(|(name, missing)| missing.then_some(name)).collect();
        id.zip(active).ok_or_else(|| lacking::<Input>(sent, &missing))
    };
    inputs.into_iter().map(whole).collect()
}

impl routes::Ask for Ask {
    fn operation(&self) -> &'static str {
        match self.what {
            What::Settings => "webhooks.settings",
            What::Configure(_) => "webhooks.configure",
            What::Clear => "webhooks.clear",
            What::List => "webhooks.list",
            What::Subscribe(_) => "webhooks.subscribe",
            What::Read(_) => "webhooks.read",
            What::Update(..) => "webhooks.update",
            What::Unsubscribe(_) => "webhooks.unsubscribe",
            What::UpdateAll(_) => "webhooks.batch-update",
        }
    }

    fn opened_by(&self) -> OpenedBy<'_> {
        OpenedBy::Key { app: &self.app, key: self.key.as_deref() }
    }

    fn answer(self: Box<Self>, room: &Hubspot, stage: &mut At<'_>) -> Result<Reply, Problem> {
        let Some(Caller { app: id, .. }) = stage.caller else { return Err(unknown_token(None, stage.at)) };
        match self.what {
            What::Settings => answer::settings(id, stage),
            What::Configure(new) => answer::configure(room, id, new?, stage),
            What::Clear => answer::clear(room, id, stage),
            What::List => Ok(answer::list(id, stage)),
            What::Subscribe(new) => answer::subscribe(room, id, new?, stage),
            What::Read(one) => answer::read(id, one?, stage),
            What::Update(one, change) => answer::update(room, id, (one?, change?.active), stage),
            What::Unsubscribe(one) => answer::unsubscribe(room, id, one?, stage),
            What::UpdateAll(changes) => Ok(answer::update_all(room, id, changes?, stage)),
        }
    }
}

/// The call that a request to this API is; `None` for a request to another.
pub(crate) fn route(request: &Request) -> Option<Asked> {
    let (version, rest) = ROOTS.iter().find_map(|(root, editions)| {
        let (version, rest) = request.path().strip_prefix(root)?.split_once('/')?;
        editions.contains(&version).then_some((version, rest))
    })?;
    let rest = segments(rest);
    let (app, rest) = rest.split_first()?;
    let key = request.query_pairs().find(|(name, _)| name == "hapikey").map(|(_, value)| value.as_ref().into());
    let ask = |what| Asked::Other(Box::new(Ask { app: app.clone(), key, what }));
    let id = |text: &str| {
        text.parse().map_err(|_| Problem::bare("Unable to parse value for path parameter: subscriptionId"))
    };
    let rest: Vec<&str> = rest.iter().map(CompactString::as_str).collect();
    Some(match (rest.as_slice(), &request.method) {
        (["settings"], &Method::GET | &Method::HEAD) => ask(What::Settings),
        (["settings"], &Method::PUT) => with_json(request, |sent| ask(What::Configure(settings(sent)))),
        (["settings"], &Method::DELETE) => ask(What::Clear),
        (["settings"], _) => other(request, OF_SETTINGS),
        (["subscriptions"], &Method::GET | &Method::HEAD) => ask(What::List),
        (["subscriptions"], &Method::POST) => with_json(request, |sent| ask(What::Subscribe(subscription(sent)))),
        (["subscriptions"], _) => other(request, OF_COLLECTION),
        (["subscriptions", "batch", "update"], _) => post(request, |sent| ask(What::UpdateAll(batch(sent)))),
        (["subscriptions", one], &Method::GET | &Method::HEAD) => ask(What::Read(id(one))),
        (["subscriptions", one], &Method::DELETE) => ask(What::Unsubscribe(id(one))),
        // The guide says PUT where the specification says PATCH.
        (["subscriptions", one], &Method::PATCH) => with_json(request, |sent| ask(What::Update(id(one), parse(sent)))),
        (["subscriptions", one], &Method::PUT) if version == "v3" => {
            with_json(request, |sent| ask(What::Update(id(one), parse(sent))))
        }
        (["subscriptions", _], _) => other(request, OF_ONE),
        _ => Asked::NoRoute,
    })
}
