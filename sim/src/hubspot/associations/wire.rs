//! What the association APIs tell: rows, pairs, envelopes. Written outside the world's lock.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::check::Side;
use super::definitions::{Definition, Definitions, Spec};
use super::store::Node;
use crate::Moment;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::Hubspot;
use crate::message::Reply;
use crate::policy::AssociationIds;

/// How an answer writes.
#[derive(Clone)]
pub(super) struct Pen {
    pub(super) definitions: Arc<Definitions>,
    numbers: bool,
}

impl Pen {
    pub(super) fn new(room: &Hubspot, definitions: &Arc<Definitions>) -> Self {
        let numbers = room.settings().association_ids.value == AssociationIds::Number;
        Self { definitions: definitions.clone(), numbers }
    }

    /// `toObjectId`, `fromObjectId`.
    fn id(&self, id: u64) -> Value {
        if self.numbers { id.into() } else { id.to_string().into() }
    }

    /// A record and what it is to the one that was asked about.
    pub(super) fn row(&self, id: u64, specs: &[Spec]) -> Value {
        let known = specs.iter().filter_map(|spec| self.definitions.get(*spec));
        let types: Vec<_> = known.map(told).collect();
        json!({"toObjectId": self.id(id), "associationTypes": types})
    }

    /// A record once for each type, as the third version tells it.
    pub(super) fn v3_rows(&self, id: u64, specs: &[Spec]) -> impl Iterator<Item = Value> {
        let known = specs.iter().filter_map(|spec| self.definitions.get(*spec));
        known.map(move |definition| json!({"id": id.to_string(), "type": definition.name}))
    }

    /// What a labelled association has come to.
    pub(super) fn pair(&self, from: (&Side, Node), to: (&Side, Node), specs: &[Spec]) -> Value {
        let labels = specs.iter().filter_map(|spec| self.definitions.get(*spec)?.label.as_deref());
        json!({
            "fromObjectTypeId": from.0.of.type_id,
            "fromObjectId": self.id(from.1.id),
            "toObjectTypeId": to.0.of.type_id,
            "toObjectId": self.id(to.1.id),
            "labels": labels.collect::<Vec<_>>(),
        })
    }
}

/// A type with its label.
pub(super) fn told(definition: &Definition) -> Value {
    json!({"category": definition.spec.category.as_str(), "typeId": definition.spec.id, "label": definition.label})
}

/// One direction of a default association.
pub(super) fn default(from: Node, to: Node, spec: Spec) -> Value {
    json!({
        "from": {"id": from.id.to_string()},
        "to": {"id": to.id.to_string()},
        "associationSpec": {"associationCategory": spec.category.as_str(), "associationTypeId": spec.id},
    })
}

/// `paging`, added where there is a next page.
pub(super) fn paged(mut value: Value, next: Option<(u64, String)>) -> Value {
    if let Some((after, link)) = next {
        value["paging"] = json!({"next": {"after": after.to_string(), "link": link}});
    }
    value
}

/// Where the next page of one record's associations is.
pub(super) fn link(base_url: &str, path: &str, limit: Option<i32>, after: u64) -> String {
    match limit {
        Some(limit) => format!("{base_url}{path}?limit={limit}&after={after}"),
        None => format!("{base_url}{path}?after={after}"),
    }
}

/// A batch's answer, 207 where inputs failed; its members in the order of answers recorded in 2026.
pub(super) fn batch(
    status: StatusCode,
    at: Moment,
    results: impl FnOnce() -> Vec<Value> + Send + 'static,
    errors: Vec<Problem>,
) -> Reply {
    let status = if errors.is_empty() { status } else { StatusCode::MULTI_STATUS };
    json_reply(status, move || {
        let at = at.iso().as_str().to_owned();
        let mut body = json!({"completedAt": at, "status": "COMPLETE", "startedAt": at, "results": results()});
        if !errors.is_empty() {
            let errors: Vec<_> = errors.iter().map(Problem::batch_item).collect();
            let count = errors.len();
            body["errors"] = errors.into();
            body["numErrors"] = count.into();
        }
        body
    })
}

/// The same of the third version, in the order of answers recorded in 2020.
pub(super) fn v3_batch(
    status: StatusCode,
    at: Moment,
    results: impl FnOnce() -> Vec<Value> + Send + 'static,
    errors: Vec<Problem>,
) -> Reply {
    let status = if errors.is_empty() { status } else { StatusCode::MULTI_STATUS };
    json_reply(status, move || {
        let at = at.iso().as_str().to_owned();
        let mut body = json!({"status": "COMPLETE", "results": results()});
        if !errors.is_empty() {
            body["numErrors"] = errors.len().into();
            body["errors"] = errors.iter().map(Problem::batch_item).collect();
        }
        body["startedAt"] = at.as_str().into();
        body["completedAt"] = at.into();
        body
    })
}
