//! The bodies of the journal's calls, read and checked outside the world's lock.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::hubspot::body::{lacking, named, parse};
use crate::hubspot::errors::Problem;
use crate::hubspot::object::{self, Object};

/// What a subscription is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Association,
    Lists,
    Lifecycle,
    Privacy,
}

const KINDS: [(&str, Kind); 5] = [
    ("OBJECT", Kind::Object),
    ("ASSOCIATION", Kind::Association),
    ("LIST_MEMBERSHIP", Kind::Lists),
    ("APP_LIFECYCLE_EVENT", Kind::Lifecycle),
    ("GDPR_PRIVACY_DELETION", Kind::Privacy),
];

impl Kind {
    pub(super) fn name(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// As the vendor's reference lists them (docs, `webhooks-journal/subscriptions/create-subscription`).
const ACTIONS: [&str; 13] = [
    "CREATE",
    "UPDATE",
    "DELETE",
    "MERGE",
    "RESTORE",
    "ASSOCIATION_ADDED",
    "ASSOCIATION_REMOVED",
    "SNAPSHOT",
    "APP_INSTALL",
    "APP_UNINSTALL",
    "ADDED_TO_LIST",
    "REMOVED_FROM_LIST",
    "GDPR_DELETE",
];

/// The event types of an app's lifecycle, and the actions that they come with.
pub(super) const LIFECYCLE: [(&str, &str); 2] = [("4-1909196", "APP_INSTALL"), ("4-1916193", "APP_UNINSTALL")];

/// A subscription that is asked for.
#[derive(Debug)]
pub(super) struct New {
    pub(super) kind: Kind,
    pub(super) type_id: CompactString,
    pub(super) portal: Option<u64>,
    pub(super) actions: Vec<CompactString>,
    pub(super) properties: Vec<CompactString>,
    pub(super) object_ids: Vec<u64>,
    pub(super) associated_type_ids: Vec<CompactString>,
    pub(super) list_ids: Vec<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    subscription_type: Option<CompactString>,
    portal_id: Option<u64>,
    object_type_id: Option<CompactString>,
    event_type_id: Option<CompactString>,
    actions: Option<Vec<CompactString>>,
    properties: Option<Vec<CompactString>>,
    object_ids: Option<Vec<u64>>,
    associated_object_type_ids: Option<Vec<CompactString>>,
    list_ids: Option<Vec<u64>>,
}

/// One condition of a filter.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Condition {
    pub(super) filter_type: CompactString,
    pub(super) property: CompactString,
    pub(super) operator: CompactString,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<CompactString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) values: Option<Vec<CompactString>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct FilterBody {
    subscription_id: Option<u64>,
    filter: Option<Object<Conditions>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Conditions {
    #[serde(deserialize_with = "object::list")]
    conditions: Vec<Condition>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SnapshotBody {
    #[serde(deserialize_with = "object::list")]
    snapshot_requests: Vec<Wanted>,
}

/// A record of which a snapshot is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Wanted {
    pub(super) portal_id: Option<u64>,
    pub(super) object_id: Option<u64>,
    pub(super) object_type_id: Option<CompactString>,
    pub(super) properties: Option<Vec<CompactString>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Offsets {
    inputs: Option<Vec<CompactString>>,
}

// The classes are called as the vendor's specification has them.
named! {
    Body: "SubscriptionUpsertRequest",
    FilterBody: "FilterCreateRequest",
    Conditions: "Filter",
    Condition: "Condition",
    SnapshotBody: "CrmObjectSnapshotBatchRequest",
    Wanted: "CrmObjectSnapshotRequest",
    Offsets: "BatchInputString",
}

fn missing<const N: usize>(members: [(&'static str, bool); N]) -> Vec<&'static str> {
    members.into_iter().filter_map(|(name, missing)| missing.then_some(name)).collect()
}

pub(super) fn subscription(sent: &[u8]) -> Result<New, Problem> {
    let body: Body = parse(sent)?;
    let Some(name) = &body.subscription_type else { return Err(lacking::<Body>(sent, &["subscriptionType"])) };
    let Some((_, kind)) = KINDS.into_iter().find(|(known, _)| known == name) else {
        return Err(Problem::validation("Invalid subscription type provided"));
    };
    let typed = matches!(kind, Kind::Object | Kind::Association | Kind::Privacy);
    let of_app = kind == Kind::Lifecycle;
    let lacks = missing([
        ("actions", !of_app && body.actions.is_none()),
        ("eventTypeId", of_app && body.event_type_id.is_none()),
        ("listIds", kind == Kind::Lists && body.list_ids.is_none()),
        ("objectTypeId", typed && body.object_type_id.is_none()),
        ("portalId", !of_app && body.portal_id.is_none()),
    ]);
    if !lacks.is_empty() {
        return Err(lacking::<Body>(sent, &lacks));
    }
    let type_id = if of_app { body.event_type_id } else { body.object_type_id }.unwrap_or_default();
    let mut actions = body.actions.unwrap_or_default();
    if of_app {
        let Some((_, action)) = LIFECYCLE.into_iter().find(|(known, _)| *known == type_id) else {
            return Err(Problem::validation(format!("Invalid eventTypeId provided: {type_id}")));
        };
        actions = vec![action.into()];
    }
    if let Some(unknown) = actions.iter().find(|action| !ACTIONS.contains(&action.as_str())) {
        return Err(Problem::validation(format!("Invalid action provided: {unknown}")));
    }
    Ok(New {
        kind,
        type_id,
        portal: body.portal_id.filter(|_| !of_app),
        actions,
        properties: body.properties.unwrap_or_default(),
        object_ids: body.object_ids.unwrap_or_default(),
        associated_type_ids: body.associated_object_type_ids.unwrap_or_default(),
        list_ids: body.list_ids.unwrap_or_default(),
    })
}

const OPERATORS: [&str; 13] = [
    "CONTAINS",
    "ENDS_WITH",
    "EQ",
    "GT",
    "GTE",
    "IN",
    "IS_EMPTY",
    "IS_NOT_EMPTY",
    "LT",
    "LTE",
    "N_EQ",
    "NOT_IN",
    "STARTS_WITH",
];

/// The subscription that a filter is for, and its conditions.
pub(super) fn filter(sent: &[u8]) -> Result<(u64, Vec<Condition>), Problem> {
    let FilterBody { subscription_id, filter } = parse(sent)?;
    let lacks = missing([("filter", filter.is_none()), ("subscriptionId", subscription_id.is_none())]);
    let (Some(of), Some(Object(Conditions { conditions }))) = (subscription_id, filter) else {
        return Err(lacking::<FilterBody>(sent, &lacks));
    };
    if conditions.is_empty() {
        return Err(Problem::validation("Some required fields were not set: [conditions]"));
    }
    for one in &conditions {
        let lacks = missing([
            ("filterType", one.filter_type.is_empty()),
            ("operator", one.operator.is_empty()),
            ("property", one.property.is_empty()),
        ]);
        if !lacks.is_empty() {
            return Err(lacking::<Condition>(sent, &lacks));
        }
        if one.filter_type != "CRM_OBJECT_PROPERTY" {
            return Err(Problem::validation(format!("Invalid filterType provided: {}", one.filter_type)));
        }
        if !OPERATORS.contains(&one.operator.as_str()) {
            return Err(Problem::validation(format!("Invalid operator provided: {}", one.operator)));
        }
        let short = match one.operator.as_str() {
            "IN" | "NOT_IN" => one.values.as_ref().is_none_or(Vec::is_empty).then_some("values"),
            "IS_EMPTY" | "IS_NOT_EMPTY" => None,
            _ => one.value.is_none().then_some("value"),
        };
        if let Some(name) = short {
            return Err(Problem::validation(format!("Operator {} requires {name}", one.operator)));
        }
    }
    Ok((of, conditions))
}

pub(super) fn snapshots(sent: &[u8]) -> Result<Vec<Wanted>, Problem> {
    let SnapshotBody { snapshot_requests } = parse(sent)?;
    if snapshot_requests.is_empty() {
        return Err(lacking::<SnapshotBody>(sent, &["snapshotRequests"]));
    }
    for one in &snapshot_requests {
        let lacks = missing([
            ("objectId", one.object_id.is_none()),
            ("objectTypeId", one.object_type_id.is_none()),
            ("portalId", one.portal_id.is_none()),
            ("properties", one.properties.is_none()),
        ]);
        if !lacks.is_empty() {
            return Err(lacking::<Wanted>(sent, &lacks));
        }
    }
    Ok(snapshot_requests)
}

pub(super) fn offsets(sent: &[u8]) -> Result<Vec<CompactString>, Problem> {
    let Offsets { inputs } = parse(sent)?;
    inputs.ok_or_else(|| lacking::<Offsets>(sent, &["inputs"]))
}
