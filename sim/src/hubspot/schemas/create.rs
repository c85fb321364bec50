//! How a type of the portal's own comes to be: with HubSpot's properties, those that were sent, and
//! associations with every activity.

use std::sync::Arc;

use compact_str::CompactString;
use http::StatusCode;
use serde_json::json;

use super::answer;
use super::body::Egg;
use super::change::{Display, full_names, put_labels};
use super::json::ALL;
use super::state::Schema;
use crate::hubspot::body::Text;
use crate::hubspot::errors::Problem;
use crate::hubspot::properties::body::Definition;
use crate::hubspot::properties::define;
use crate::hubspot::room::{At, Hubspot};
use crate::hubspot::types::{Group, ObjectType};
use crate::message::Reply;
use crate::policy::HubspotSettings;

/// Every type is associated with these (facts/hubspot-crm.md §5).
const ACTIVITIES: [&str; 5] = ["emails", "meetings", "notes", "tasks", "calls"];

pub(super) fn create(room: &Hubspot, egg: Egg, stage: &mut At<'_>) -> Result<Reply, Problem> {
    let settings = room.settings();
    let name = egg.name.as_ref().map(|Text(name)| name.clone()).unwrap_or_default();
    may_be(&name, &egg, settings, stage)?;
    let associated = associated(&egg, stage)?;
    let mut schemas = stage.state.portal.schemas.clone();
    let archived: Vec<_> = schemas.all().filter(|(_, known)| known.name.eq_ignore_ascii_case(&name)).collect();
    for number in archived.into_iter().map(|(number, _)| number).collect::<Vec<_>>() {
        schemas.purge(number);
    }
    let number = schemas.next_type(stage.seed);
    let mut of = hatched(room, number, &name, egg.properties, settings, stage.at, |of| {
        put_labels(of, &egg.labels.unwrap_or_default(), settings)
    })?;
    let display = Display {
        primary: &egg.primary_display_property,
        secondary: &egg.secondary_display_properties,
        required: &egg.required_properties,
        searchable: &egg.searchable_properties,
    };
    display.put(&mut of, settings)?;
    let schema = Schema {
        name: name.clone(),
        place: stage.state.tables().len(),
        description: egg.description.map(|Text(text)| text),
        created: stage.at,
        updated: stage.at,
        archived: false,
        restorable: true,
        sensitive: egg.allows_sensitive_properties.is_none_or(|flag| flag.0),
    };
    let (place, type_id) = (schema.place, of.type_id.clone());
    schemas.add(number, schema);
    let own = name.to_lowercase();
    for (other, other_name) in &associated {
        let names = [format!("{own}_to_{other_name}"), format!("{other_name}_to_{own}")];
        schemas.associate(stage.seed, stage.at, [&type_id, other], [&names[0], &names[1]]);
    }
    if egg.should_create_same_object_association.is_some_and(|flag| flag.0) {
        let name = format!("{own}_to_{own}");
        schemas.associate(stage.seed, stage.at, [&type_id, &type_id], [&name, &name]);
    }
    let own_type = of.type_id.clone();
    stage.state.portal.schemas = schemas;
    stage.state.add(Arc::new(of));
    let definitions: Vec<_> = stage.state.portal.schemas.definitions(&own_type).cloned().collect();
    for known in definitions.iter().filter(|known| known.from == own_type) {
        super::associations::let_be(&known.from, &known.to, &known.name, stage);
    }
    Ok(answer::one(StatusCode::CREATED, place, ALL, stage).with_effect())
}

/// Whether there may be a type of this name.
fn may_be(name: &str, egg: &Egg, settings: &HubspotSettings, stage: &At<'_>) -> Result<(), Problem> {
    let (max, chars_max) = (settings.custom_object_types_max.value, settings.object_type_name_chars_max.value);
    if max == 0 {
        return Err(no_scope());
    }
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !letters || !name.starts_with(|c: char| c.is_ascii_alphabetic()) || name.len() > chars_max {
        let mut problem = Problem::validation(format!("invalid object type name {name}"));
        problem.sub_category = Some("InboundDbObjectTypeError.OBJECT_TYPE_NAME_FORMAT");
        return Err(problem);
    }
    if egg.primary_display_property.is_none() {
        let mut problem = Problem::validation("A primary display property is required");
        problem.sub_category = Some("ObjectSchemaError.PRIMARY_DISPLAY_PROPERTY_REQUIRED");
        return Err(problem);
    }
    let live = || stage.state.portal.schemas.all().filter(|(_, known)| !known.archived);
    if live().any(|(_, known)| known.name.eq_ignore_ascii_case(name)) {
        let said = format!("{name} already exists");
        let mut problem = Problem::new(StatusCode::CONFLICT, Some("OBJECT_ALREADY_EXISTS"), said);
        problem.sub_category = Some("InboundDbObjectTypeError.OBJECT_TYPE_ALREADY_EXIST");
        return Err(problem);
    }
    if live().count() >= max {
        return Err(Problem::validation(format!("This account has reached its limit of {max} custom object types")));
    }
    Ok(())
}

/// A plan without custom objects cannot grant their scopes to an app.
fn no_scope() -> Problem {
    let said = "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.";
    let mut problem = Problem::new(StatusCode::FORBIDDEN, Some("MISSING_SCOPES"), said);
    problem.errors.push(json!({
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": ["crm.schemas.custom.write"]},
    }));
    problem
}

/// The types that it is associated with, each with the name that definitions give it.
fn associated(egg: &Egg, stage: &mut At<'_>) -> Result<Vec<(CompactString, CompactString)>, Problem> {
    let asked = egg.associated_objects.iter().flatten().map(|Text(name)| name.as_str());
    let mut found: Vec<(CompactString, CompactString)> = Vec::new();
    for name in asked.chain(ACTIVITIES) {
        let place = stage.state.place(name);
        let place = place.ok_or_else(|| Problem::unknown_type(name))?;
        let own = stage.state.portal.schemas.of_place(place).map(|(_, own)| own.name.to_lowercase());
        let of = &stage.state.tables()[place].of;
        if !found.iter().any(|(known, _)| *known == of.type_id) {
            found.push((of.type_id.clone(), own.unwrap_or_else(|| of.singular.to_lowercase())));
        }
    }
    Ok(found)
}

fn hatched(
    room: &Hubspot,
    number: u64,
    name: &str,
    properties: Vec<Definition>,
    settings: &HubspotSettings,
    at: crate::Moment,
    label: impl FnOnce(&mut ObjectType) -> Result<(), Problem>,
) -> Result<ObjectType, Problem> {
    let mut of = ObjectType::custom();
    let [type_id, full, short] = full_names(room, number, name);
    (of.name, of.singular, of.type_id, of.aliases) = (full, type_id.clone(), type_id, vec![short]);
    label(&mut of)?;
    let group: CompactString = format!("{}_information", name.to_lowercase()).into();
    let label = format!("{} Information", of.labels.singular).into();
    of.groups = vec![Group { name: group.clone(), label, display_order: 0, archived: false }];
    for property in &mut of.properties {
        property.about.group.clone_from(&group);
    }
    for mut sent in properties {
        sent.kind.get_or_insert_with(|| Text("string".into()));
        sent.field_type.get_or_insert_with(|| Text("text".into()));
        sent.group_name.get_or_insert_with(|| Text(group.clone()));
        let property = define::created(&of, &sent, at, settings)?;
        of.define(property);
    }
    Ok(of)
}
