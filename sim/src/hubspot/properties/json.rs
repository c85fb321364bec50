//! A property's definition and a group as HubSpot's JSON. Reads the type alone; who may see what is
//! the operation's.

use serde_json::{Map, Value, json};

use crate::Moment;
use crate::hubspot::types::{About, Choice, Group, Kind, Property, ReadOnly, Rule};

/// The date that live portals tell for what HubSpot defines, 2019-08-06T02:41:08.029Z.
const STANDARD: Moment = Moment(1_565_059_268_029);
/// What `dataSensitivity` says where nothing else was asked for.
pub(crate) const NON_SENSITIVE: &str = "non_sensitive";

/// A definition; keys in the order of the documents' samples and recorded answers.
pub(crate) fn property(property: &Property) -> Value {
    let Property { name, kind, field_type, unique, read_only, archived, about, .. } = property;
    let mut told = Map::new();
    let mut tell = |key: &str, value: Value| {
        told.insert(key.into(), value);
    };
    tell("updatedAt", stamp(about.updated.or(about.created).unwrap_or(STANDARD)));
    tell("createdAt", stamp(about.created.unwrap_or(STANDARD)));
    if let Some(at) = archived {
        tell("archivedAt", stamp(*at));
    }
    tell("name", name.as_str().into());
    tell("label", about.label.as_str().into());
    tell("type", kind.as_str().into());
    tell("fieldType", field_type.as_str().into());
    tell("description", about.description.as_str().into());
    tell("groupName", about.group.as_str().into());
    tell("options", options(property));
    if let Some(other) = &about.referenced_object_type {
        tell("referencedObjectType", other.as_str().into());
    }
    tell("displayOrder", about.display_order.into());
    tell("calculated", (*read_only == Some(ReadOnly::Calculated)).into());
    tell("externalOptions", about.external_options.into());
    // Seen absent from HubSpot's own and false on a portal's.
    if archived.is_some() || !about.hubspot_defined {
        tell("archived", archived.is_some().into());
    }
    tell("hasUniqueValue", (*unique).into());
    tell("hidden", about.hidden.into());
    if about.hubspot_defined {
        tell("hubspotDefined", true.into());
    }
    if about.currency {
        tell("showCurrencySymbol", true.into());
    }
    tell("modificationMetadata", modification(property));
    tell("formField", about.form_field.into());
    if let Some(formula) = &about.calculation_formula {
        tell("calculationFormula", formula.as_str().into());
    }
    tell("dataSensitivity", about.data_sensitivity.as_deref().unwrap_or(NON_SENSITIVE).into());
    for (key, hint) in hints(about) {
        if let Some(hint) = hint {
            tell(key, hint.into());
        }
    }
    told.into()
}

/// Told where they were set, also under 2026-09, whose document leaves them out.
fn hints(about: &About) -> [(&'static str, Option<&str>); 3] {
    [
        ("currencyPropertyName", about.currency_property.as_deref()),
        ("numberDisplayHint", about.number_hint.as_deref()),
        ("textDisplayHint", about.text_hint.as_deref()),
    ]
}

pub(crate) fn group(group: &Group) -> Value {
    json!({
        "name": group.name.as_str(),
        "label": group.label.as_str(),
        "displayOrder": group.display_order,
        "archived": group.archived,
    })
}

/// What may be done to a property. The docs' definitions of HubSpot's own properties say that they
/// can be archived and that their definition cannot be changed.
fn modification(property: &Property) -> Value {
    let mut told = Map::new();
    told.insert("archivable".into(), true.into());
    told.insert("readOnlyDefinition".into(), property.about.hubspot_defined.into());
    // Seen on lists of HubSpot's own and on stages, not on those that are kept elsewhere.
    let own = !property.about.external_options || matches!(property.rule, Some(Rule::Stage | Rule::Pipeline));
    if property.about.hubspot_defined && property.kind == Kind::Enumeration && own {
        told.insert("readOnlyOptions".into(), read_only_options(property).into());
    }
    told.insert("readOnlyValue".into(), property.read_only.is_some().into());
    told.into()
}

/// Whether the list of options of a property of HubSpot's own is closed.
pub(crate) fn read_only_options(property: &Property) -> bool {
    property.read_only.is_some()
}

pub(crate) fn options(property: &Property) -> Value {
    if property.kind == Kind::Bool && property.options.is_empty() {
        return json!([
            {"label": "True", "value": "true", "displayOrder": 1, "hidden": false},
            {"label": "False", "value": "false", "displayOrder": 2, "hidden": false},
        ]);
    }
    property.options.iter().enumerate().map(|(place, choice)| option(choice, place)).collect()
}

fn option(choice: &Choice, place: usize) -> Value {
    let order = choice.display_order.or_else(|| i32::try_from(place).ok()).unwrap_or(i32::MAX);
    let mut told = Map::new();
    told.insert("label".into(), choice.label.as_str().into());
    told.insert("value".into(), choice.value.as_str().into());
    if !choice.description.is_empty() {
        told.insert("description".into(), choice.description.as_str().into());
    }
    told.insert("displayOrder".into(), order.into());
    told.insert("hidden".into(), choice.hidden.into());
    told.into()
}

fn stamp(at: Moment) -> Value {
    at.iso().as_str().into()
}
