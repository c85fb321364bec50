//! Changes to a type of the portal's own: what its schema says, and its end.

use std::sync::Arc;

use compact_str::CompactString;
use http::StatusCode;

use super::body::{LabelsSent, Patch};
use super::json;
use crate::hubspot::body::Text;
use crate::hubspot::errors::{Problem, json_reply};
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::types::{ObjectType, PropertyId};
use crate::message::Reply;
use crate::policy::HubspotSettings;

/// A live type of the portal's own, by any of its names: its number and the place of its table.
pub(super) fn own(name: &str, stage: &At<'_>) -> Result<(u64, usize), Problem> {
    let place = stage.state.place(name).ok_or_else(|| Problem::validation("Invalid object or event type id"))?;
    match stage.state.portal.schemas.of_place(place) {
        Some((number, _)) => Ok((number, place)),
        None => {
            let mut problem = Problem::validation("Cannot modify HubSpot defined object type");
            problem.sub_category = Some("ObjectSchemaError.CANNOT_MODIFY_HUBSPOT_DEFINED_OBJECT_TYPE");
            Err(problem)
        }
    }
}

/// Which properties stand for a record, are required, are searched; what is not sent stays.
pub(super) struct Display<'a> {
    pub(super) primary: &'a Option<Text>,
    pub(super) secondary: &'a Option<Vec<Text>>,
    pub(super) required: &'a Option<Vec<Text>>,
    pub(super) searchable: &'a Option<Vec<Text>>,
}

impl Display<'_> {
    /// # Errors
    /// A name that no property has, or too many of them; the type may be half changed.
    pub(super) fn put(&self, of: &mut ObjectType, settings: &HubspotSettings) -> Result<(), Problem> {
        let invalid = |what: &str, name: &str, code| {
            let mut problem = Problem::validation(format!("Invalid {what} property {name}"));
            problem.sub_category = Some(code);
            problem
        };
        if let Some(Text(name)) = self.primary {
            let code = "ObjectSchemasSandboxesSyncErrorType.INVALID_PRIMARY_DISPLAY_PROPERTY";
            of.display.primary = Some(of.find(name).ok_or_else(|| invalid("primary display", name, code))?);
        }
        let all = |names: &Option<Vec<Text>>, what: &str, max: usize, code| -> Result<Option<Vec<_>>, Problem> {
            let Some(names) = names else { return Ok(None) };
            let mut ids: Vec<PropertyId> = Vec::new();
            for Text(name) in names {
                let id = of.find(name).ok_or_else(|| invalid(what, name, code))?;
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            if ids.len() > max {
                return Err(Problem::validation(format!("Object types can have at most {max} {what} properties")));
            }
            Ok(Some(ids))
        };
        let secondary = all(
            self.secondary,
            "secondary display",
            settings.secondary_display_properties_max.value,
            "ObjectSchemasSandboxesSyncErrorType.INVALID_SECONDARY_DISPLAY_PROPERTY",
        )?;
        let required = all(
            self.required,
            "required",
            usize::MAX,
            "ObjectSchemasSandboxesSyncErrorType.INVALID_REQUIRED_PROPERTY",
        )?;
        let searchable = all(
            self.searchable,
            "searchable",
            settings.searchable_properties_max.value,
            "ObjectSchemasSandboxesSyncErrorType.INVALID_SEARCHABLE_PROPERTY",
        )?;
        of.display.secondary = secondary.unwrap_or_else(|| of.display.secondary.clone());
        of.required = required.unwrap_or_else(|| of.required.clone());
        if let Some(searchable) = searchable.filter(|ids| !ids.is_empty()) {
            of.queried.clone_from(&searchable);
            of.display.searchable = searchable;
        }
        Ok(())
    }
}

pub(super) fn put_labels(of: &mut ObjectType, sent: &LabelsSent, settings: &HubspotSettings) -> Result<(), Problem> {
    let max = settings.object_type_name_chars_max.value;
    for (kept, sent) in [(&mut of.labels.singular, &sent.singular), (&mut of.labels.plural, &sent.plural)] {
        let Some(Text(label)) = sent else { continue };
        if label.chars().count() > max {
            return Err(Problem::validation(format!("object type label {label} is longer than {max} characters")));
        }
        kept.clone_from(label);
    }
    Ok(())
}

pub(super) fn update(room: &Hubspot, name: &str, patch: &Patch, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let (number, place) = own(name, stage)?;
    let (at, settings) = (stage.at, room.settings());
    let mut of = (*stage.state.table(place).of).clone();
    if let Some(labels) = &patch.labels {
        put_labels(&mut of, labels, settings)?;
    }
    let display = Display {
        primary: &patch.primary_display_property,
        secondary: &patch.secondary_display_properties,
        required: &patch.required_properties,
        searchable: &patch.searchable_properties,
    };
    display.put(&mut of, settings)?;
    let (table, portal) = stage.state.parts(place);
    let Some(schema) = portal.schemas.schema(number) else {
        return Err(Problem::validation("Invalid object or event type id"));
    };
    if schema.sensitive && patch.allows_sensitive_properties.is_some_and(|flag| !flag.0) {
        let mut problem = Problem::validation("Sensitive properties support cannot be turned off");
        problem.sub_category = Some("InboundDbObjectTypeError.SENSITIVE_PROPERTIES_SUPPORT_CANNOT_BE_TURNED_OFF");
        return Err(problem);
    }
    schema.sensitive |= patch.allows_sensitive_properties.is_some_and(|flag| flag.0);
    if let Some(Text(description)) = &patch.description {
        schema.description = Some(description.clone());
    }
    if patch.clear_description.is_some_and(|flag| flag.0) {
        schema.description = None;
    }
    schema.restorable = patch.restorable.map_or(schema.restorable, |flag| flag.0);
    schema.updated = at;
    let schema = schema.clone();
    table.of = Arc::new(of);
    let of = table.of.clone();
    Ok(json_reply(StatusCode::OK, move || json::changed(&of, &schema)).with_effect())
}

/// Refused while there are records; those in the recycle bin do not count.
pub(super) fn archive(name: &str, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let (number, place) = own(name, stage)?;
    let at = stage.at;
    let (table, portal) = stage.state.parts(place);
    let type_id = table.of.type_id.clone();
    if !table.live().is_empty() {
        let said = format!("Object type {type_id} cannot be deleted until all object records are deleted");
        let mut problem = Problem::validation(said);
        problem.sub_category = Some("ObjectSchemaError.EXISTING_OBJECT_RECORDS");
        return Err(problem);
    }
    let name_of_table = table.of.name.clone();
    Arc::make_mut(&mut table.of).gone = true;
    portal.schemas.dissociate_all(&type_id);
    portal.associations.end_type(&name_of_table);
    if let Some(schema) = portal.schemas.schema(number) {
        (schema.archived, schema.updated) = (true, at);
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}

/// Deletes an archived type for good.
pub(super) fn purge(name: &str, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let known = stage.state.portal.schemas.all().find(|(_, schema)| {
        let of = &stage.state.tables()[schema.place].of;
        let names = [&of.name, &of.type_id].into_iter().chain(&of.aliases);
        schema.archived && names.into_iter().any(|known| known.eq_ignore_ascii_case(name))
    });
    let number = known.map(|(number, _)| number);
    let number = number.ok_or_else(|| Problem::validation("Couldn't find soft-deleted object type(s)"))?;
    stage.state.portal.schemas.purge(number);
    Ok(Reply::empty(StatusCode::NO_CONTENT).with_effect())
}

/// What paths may call a type of the portal's own: its type id, its full name, its short one. Its
/// bare name is none of them since June 2025 (the vendor's changelog).
pub(super) fn full_names(room: &Hubspot, number: u64, name: &str) -> [CompactString; 3] {
    let portal = room.portal;
    [format!("2-{number}").into(), format!("p{portal}_{name}").into(), format!("p_{name}").into()]
}
