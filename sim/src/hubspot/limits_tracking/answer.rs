//! Records, properties, pipelines and object types: what an account has of them, and may have.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::json::{limited, overall, percentage, usage};
use crate::hubspot::errors::json_reply;
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::table::Table;
use crate::hubspot::types::{ObjectType, Property};
use crate::message::Reply;

/// The living types with what is counted of each, HubSpot's own and the account's.
struct Counted {
    standard: Vec<(Arc<ObjectType>, usize)>,
    own: Vec<(Arc<ObjectType>, usize)>,
}

impl Counted {
    fn of(stage: &At<'_>, count: impl Fn(&Table) -> Option<usize>) -> Self {
        let tables = stage.state.tables().iter().filter(|table| !table.of.gone);
        let counted = tables.filter_map(|table| Some((table.of.clone(), count(table)?)));
        // The account's own are the types with the meta type 2 (facts/hubspot-crm.md §1).
        let (own, standard) = counted.partition(|(of, _)| of.type_id.starts_with("2-"));
        Self { standard, own }
    }

    fn all(self) -> Vec<(Arc<ObjectType>, usize)> {
        self.standard.into_iter().chain(self.own).collect()
    }

    /// HubSpot's types each with a limit, the account's own with one together.
    fn apart(self, limit: usize, of_own: usize) -> Value {
        let used = total(&self.own);
        let own = self.own.iter().map(|(of, count)| usage(of, *count)).collect();
        json!({
            "hubspotDefinedObjectTypes": self.standard.iter().map(|(of, count)| limited(of, limit, *count)).collect::<Vec<_>>(),
            "customObjectTypes": overall(of_own, used, own),
        })
    }
}

fn total(counted: &[(Arc<ObjectType>, usize)]) -> usize {
    counted.iter().map(|(_, count)| count).sum()
}

fn told(body: impl FnOnce() -> Value + Send + 'static) -> Reply {
    json_reply(StatusCode::OK, body)
}

pub(super) fn records(room: &Hubspot, stage: &At<'_>) -> Reply {
    let settings = room.settings();
    let (limit, of_own) = (settings.records_max.value, settings.custom_records_max.value);
    let counted = Counted::of(stage, |table| Some(table.live().len()));
    told(move || counted.apart(limit, of_own))
}

/// Each of the account's own types may have as many as one of HubSpot's.
pub(super) fn pipelines(room: &Hubspot, stage: &At<'_>) -> Reply {
    let limit = room.settings().pipelines_max.value;
    let pipelines = &stage.state.portal.pipelines;
    let counted = Counted::of(stage, |table| {
        let count = pipelines.of(&table.of.type_id).len();
        (table.of.pipeline.is_some() || count > 0).then_some(count)
    });
    told(move || {
        let of_own = limit * counted.own.len();
        counted.apart(limit, of_own)
    })
}

pub(super) fn properties(room: &Hubspot, stage: &At<'_>) -> Reply {
    let limit = room.settings().custom_properties_max.value;
    let counted = Counted::of(stage, |table| Some(table.of.own_properties().count()));
    told(move || {
        let all = counted.all();
        let by_type = all.iter().map(|(of, count)| limited(of, limit, *count)).collect();
        overall(limit * all.len(), total(&all), by_type)
    })
}

pub(super) fn calculated(room: &Hubspot, stage: &At<'_>) -> Reply {
    let limit = room.settings().calculated_properties_max.value;
    let is_calculated = |property: &&Property| property.about.calculation_formula.is_some();
    let counted = Counted::of(stage, |table| Some(table.of.own_properties().filter(is_calculated).count()));
    told(move || {
        let all = counted.all();
        let by_type = all.iter().map(|(of, count)| usage(of, *count)).collect();
        overall(limit, total(&all), by_type)
    })
}

pub(super) fn object_types(room: &Hubspot, stage: &At<'_>) -> Reply {
    let limit = room.settings().custom_object_types_max.value;
    let usage = stage.state.portal.schemas.all().filter(|(_, schema)| !schema.archived).count();
    told(move || json!({"limit": limit, "usage": usage, "percentage": percentage(usage, limit)}))
}
