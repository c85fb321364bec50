//! A schema as HubSpot's JSON. Keys are in the order of the documents' samples.

use serde_json::{Map, Value, json};

use super::state::{Definition, Schema};
use crate::Moment;
use crate::hubspot::properties::json;
use crate::hubspot::types::{ObjectType, PropertyId};

/// Which parts are told; a part that is left out is an empty list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    pub(super) properties: bool,
    pub(super) associations: bool,
    pub(super) audit: bool,
}

pub(super) const ALL: Parts = Parts { properties: true, associations: true, audit: true };

/// All of it: type, properties, associations. A type without a schema is HubSpot's own.
pub(super) fn schema(of: &ObjectType, own: Option<&Schema>, definitions: &[Definition], parts: Parts) -> Value {
    let mut told = definition(of, own, parts.audit);
    let archived = own.is_some_and(|own| own.archived);
    let shown = of.properties.iter().filter(|property| property.archived.is_none());
    let properties: Vec<_> = if parts.properties && !archived { shown.map(json::property).collect() } else { vec![] };
    told.insert("properties".into(), properties.into());
    let associations = if parts.associations { definitions } else { &[] };
    told.insert("associations".into(), associations.iter().map(association).collect());
    named(&mut told, of, own);
    told.into()
}

/// The definition alone, as a change answers it.
pub(super) fn changed(of: &ObjectType, own: &Schema) -> Value {
    let mut told = definition(of, Some(own), true);
    named(&mut told, of, Some(own));
    told.into()
}

fn definition(of: &ObjectType, own: Option<&Schema>, audit: bool) -> Map<String, Value> {
    let mut told = Map::new();
    let mut tell = |key: &str, value: Value| {
        told.insert(key.into(), value);
    };
    let names = |ids: &[PropertyId]| -> Value { ids.iter().map(|id| of.property(*id).name.as_str()).collect() };
    let labels = [("singular", &of.labels.singular), ("plural", &of.labels.plural)];
    let labels = labels.into_iter().filter(|(_, label)| !label.is_empty());
    tell("labels", labels.map(|(key, label)| (key.to_owned(), label.as_str().into())).collect::<Map<_, _>>().into());
    tell("requiredProperties", names(&of.required));
    tell("searchableProperties", names(&of.display.searchable));
    if let Some(primary) = of.display.primary {
        tell("primaryDisplayProperty", of.property(primary).name.as_str().into());
    }
    tell("secondaryDisplayProperties", names(&of.display.secondary));
    if let Some(description) = own.and_then(|own| own.description.as_ref()) {
        tell("description", description.as_str().into());
    }
    tell("allowsSensitiveProperties", own.is_none_or(|own| own.sensitive).into());
    tell("archived", own.is_some_and(|own| own.archived).into());
    if let Some(own) = own {
        tell("restorable", own.restorable.into());
    }
    let number = own.and_then(|_| of.type_id.strip_prefix("2-")).unwrap_or(&of.type_id);
    tell("id", number.into());
    if let Some(own) = own.filter(|_| audit) {
        tell("createdAt", stamp(own.created));
        tell("updatedAt", stamp(own.updated));
    }
    tell("objectTypeId", of.type_id.as_str().into());
    told
}

/// HubSpot's own are called in capitals: `CONTACT`.
fn named(told: &mut Map<String, Value>, of: &ObjectType, own: Option<&Schema>) {
    let (full, name) = match own {
        Some(own) => (of.name.to_string(), own.name.to_string()),
        None => (of.upper(), of.upper()),
    };
    told.insert("fullyQualifiedName".into(), full.into());
    told.insert("name".into(), name.into());
}

pub(super) fn association(known: &Definition) -> Value {
    json!({
        "id": known.id.to_string(),
        "fromObjectTypeId": known.from.as_str(),
        "toObjectTypeId": known.to.as_str(),
        "name": known.name.as_str(),
        "createdAt": stamp(known.created),
        "updatedAt": stamp(known.created),
    })
}

fn stamp(at: Moment) -> Value {
    at.iso().as_str().into()
}
