//! What a definition must be, and the property that it comes to (facts/hubspot-crm.md §4). It looks at
//! the type and changes nothing.

use compact_str::CompactString;
use http::StatusCode;
use serde_json::json;

use super::body::{Definition, OptionInput, Options, sent};
use super::{formula, json};
use crate::Moment;
use crate::hubspot::body::Text;
use crate::hubspot::errors::Problem;
use crate::hubspot::types::{About, Choice, Kind, ObjectType, Property, PropertyId, ReadOnly, Rule, last};
use crate::policy::HubspotSettings;

const CALCULATION: &str = "calculation_equation";

/// The field types that each type may have.
const PAIRS: [(Kind, &[&str]); 7] = [
    (Kind::Bool, &["booleancheckbox", CALCULATION]),
    (Kind::Enumeration, &["booleancheckbox", "checkbox", "radio", "select", CALCULATION]),
    (Kind::Date, &["date"]),
    (Kind::Datetime, &["date"]),
    (Kind::String, &["file", "text", "textarea", CALCULATION, "html", "phonenumber"]),
    (Kind::Number, &["number", CALCULATION]),
    (Kind::PhoneNumber, &["phonenumber"]),
];

/// Those that HubSpot alone gives to its own properties, as the files of `objects/` have them.
const OF_HUBSPOTS: [&str; 4] =
    ["calculation_read_time", "calculation_rollup", "calculation_score", "calculation_equation"];

/// Whether a property may have the field type at all.
pub(crate) fn is_field_type(text: &str) -> bool {
    OF_HUBSPOTS.contains(&text) || PAIRS.iter().any(|(_, fields)| fields.contains(&text))
}

const NUMBER_HINTS: [&str; 6] = ["currency", "duration", "formatted", "percentage", "probability", "unformatted"];
const TEXT_HINTS: [&str; 8] = [
    "domain_name",
    "email",
    "ip_address",
    "multi_line",
    "phone_number",
    "physical_address",
    "postal_code",
    "unformatted_single_line",
];
pub(super) const SENSITIVITIES: [&str; 3] = ["highly_sensitive", json::NON_SENSITIVE, "sensitive"];

/// Names are kept in lower case.
pub(super) fn name(sent: &str) -> CompactString {
    sent.trim().to_lowercase().into()
}

/// The property that a create asks for. In the place of an archived one it keeps that one's date.
///
/// # Errors
/// The vendor's answer to a definition that cannot be.
pub(crate) fn created(
    of: &ObjectType,
    sent_definition: &Definition,
    at: Moment,
    settings: &HubspotSettings,
) -> Result<Property, Problem> {
    let name = name(sent(&sent_definition.name).map_or("", CompactString::as_str));
    if of.find(&name).is_some() {
        return Err(exists(&name));
    }
    if !well_formed(&name) {
        return Err(failed(format!("'{name}' is not a valid property name")));
    }
    let archived = of.find_archived(&name).map(|id| of.property(id));
    let about = About {
        created: Some(archived.and_then(|property| property.about.created).unwrap_or(at)),
        display_order: last(),
        ..About::default()
    };
    let field_type = sent(&sent_definition.field_type).cloned().unwrap_or_default();
    let mut property = Property::new(name, Kind::String, field_type, about);
    property.unique = sent_definition.has_unique_value.is_some_and(|flag| flag.0);
    property.about.external_options = sent_definition.external_options.is_some_and(|flag| flag.0);
    property.about.referenced_object_type = sent(&sent_definition.referenced_object_type).cloned();
    property.about.data_sensitivity = sent(&sent_definition.data_sensitivity).cloned();
    write(&mut property, sent_definition, at).and_then(|()| check(of, &property)).map_err(|bad| bad.problem(true))?;
    let own = |has: &dyn Fn(&Property) -> bool| of.own_properties().filter(|known| has(known)).count();
    let (unique_max, own_max) = (settings.unique_properties_max.value, settings.custom_properties_max.value);
    if property.unique && own(&|known| known.unique) >= unique_max {
        let what = &of.type_id;
        return Err(failed(format!(
            "object type {what} already has {unique_max} unique properties, the most it can have"
        )));
    }
    if own(&|_| true) >= own_max || of.properties.len() >= usize::from(u16::MAX) {
        let what = &of.type_id;
        return Err(failed(format!(
            "object type {what} already has {own_max} custom properties, the most it can have"
        )));
    }
    Ok(property)
}

/// What becomes of a property by a change. What a change cannot say is passed over, and so is a null.
///
/// # Errors
/// The vendor's answer to a change that cannot be.
pub(super) fn changed(of: &ObjectType, id: PropertyId, sent: &Definition, at: Moment) -> Result<Property, Problem> {
    let before = of.property(id);
    let mut property = before.clone();
    write(&mut property, sent, at).map_err(|bad| bad.problem(false))?;
    if before.about.hubspot_defined {
        let name = &before.name;
        property.about.updated = before.about.updated;
        let same =
            property.about == before.about && property.kind == before.kind && property.field_type == before.field_type;
        if !same {
            return Err(Problem::validation(format!("Property '{name}' has a read-only definition")));
        }
        if json::options(&property) != json::options(before) {
            if json::read_only_options(before) {
                return Err(Problem::validation(format!("Property '{name}' has read-only options")));
            }
            property.about.updated = Some(at);
            options_fit(&property).map_err(|bad| bad.problem(false))?;
        }
        return Ok(property);
    }
    check(of, &property).map_err(|bad| bad.problem(false))?;
    let kept = property.checks.iter().filter(|check| check.kind.fits(&property)).cloned();
    property.checks = kept.collect();
    Ok(property)
}

/// Writes what was sent into a property, whatever that makes of it.
fn write(property: &mut Property, sent_definition: &Definition, at: Moment) -> Result<(), Bad> {
    let Definition { options, display_order, hidden, form_field, .. } = sent_definition;
    if let Some(text) = sent(&sent_definition.kind) {
        let known = PAIRS.iter().find(|(kind, _)| kind.as_str() == text).map(|(kind, _)| *kind);
        property.kind = known.ok_or_else(|| Bad::Invalid(format!("'{text}' is not a valid property type")))?;
    }
    let about = &mut *property.about;
    about.updated = Some(at);
    let texts = [
        (&mut property.field_type, &sent_definition.field_type),
        (&mut about.label, &sent_definition.label),
        (&mut about.description, &sent_definition.description),
        (&mut about.group, &sent_definition.group_name),
    ];
    for (kept, text) in texts {
        if let Some(text) = sent(text) {
            kept.clone_from(text);
        }
    }
    let maybe_texts = [
        (&mut about.currency_property, &sent_definition.currency_property_name),
        (&mut about.number_hint, &sent_definition.number_display_hint),
        (&mut about.text_hint, &sent_definition.text_display_hint),
    ];
    for (kept, text) in maybe_texts {
        if let Some(text) = sent(text) {
            *kept = Some(text.clone());
        }
    }
    let flags = [
        (&mut about.hidden, hidden),
        (&mut about.form_field, form_field),
        (&mut about.currency, &sent_definition.show_currency_symbol),
    ];
    for (kept, flag) in flags {
        *kept = flag.map_or(*kept, |flag| flag.0);
    }
    about.display_order = display_order.map_or(about.display_order, |order| order.0);
    if let Some(text) = sent(&sent_definition.calculation_formula) {
        about.calculation_formula = Some(formula::kept(text));
    }
    if about.calculation_formula.is_some() {
        property.field_type = CALCULATION.into();
        property.read_only = Some(ReadOnly::Calculated);
    }
    if let Some(Options(options)) = options {
        property.options = options.iter().map(choice).collect();
    }
    if !about.hubspot_defined {
        let owner = about.external_options && about.referenced_object_type.as_deref() == Some("OWNER");
        property.rule = owner.then_some(Rule::Owner);
    }
    Ok(())
}

fn choice(option: &OptionInput) -> Choice {
    let text = |text: &Option<Text>| sent(text).cloned().unwrap_or_default();
    Choice {
        label: text(&option.label),
        value: text(&option.value),
        hidden: option.hidden.is_some_and(|flag| flag.0),
        display_order: Some(option.display_order.map_or_else(last, |order| order.0)),
        description: text(&option.description),
    }
}

/// Why a definition cannot be.
enum Bad {
    /// One of many reasons, told as one.
    Invalid(String),
    /// A reason that HubSpot names.
    Named(&'static str, String),
    Problem(Problem),
}

impl Bad {
    fn problem(self, create: bool) -> Problem {
        match self {
            Self::Invalid(said) if create => failed(said),
            Self::Invalid(said) => {
                let mut problem = failed(said);
                problem.sub_category = None;
                problem
            }
            Self::Named(sub_category, said) => {
                let mut problem = Problem::validation(said);
                problem.sub_category = Some(sub_category);
                problem
            }
            Self::Problem(problem) => problem,
        }
    }
}

fn check(of: &ObjectType, property: &Property) -> Result<(), Bad> {
    let Property { kind, field_type, about, .. } = property;
    let pair = PAIRS.iter().any(|(known, fields)| known == kind && fields.contains(&&**field_type));
    if !pair {
        let kind = kind.as_str();
        return Err(Bad::Invalid(format!("fieldType '{field_type}' cannot be used with type '{kind}'")));
    }
    if field_type == CALCULATION && about.calculation_formula.is_none() {
        return Err(Bad::Invalid("a calculated property needs a calculationFormula".to_owned()));
    }
    if !of.groups.iter().any(|group| group.name == about.group && !group.archived) {
        return Err(Bad::Problem(Problem::validation(format!("group '{}' does not exist", about.group))));
    }
    let known = |sensitivity: &CompactString| SENSITIVITIES.contains(&sensitivity.as_str());
    if let Some(unknown) = about.data_sensitivity.as_ref().filter(|sensitivity| !known(sensitivity)) {
        return Err(Bad::Invalid(format!("'{unknown}' is not a valid dataSensitivity")));
    }
    let hints = [("numberDisplayHint", &about.number_hint, &NUMBER_HINTS[..])];
    let hints = hints.into_iter().chain([("textDisplayHint", &about.text_hint, &TEXT_HINTS[..])]);
    for (name, hint, known) in hints {
        if let Some(hint) = hint.as_ref().filter(|hint| !known.contains(&hint.as_str())) {
            return Err(Bad::Invalid(format!("'{hint}' is not a valid {name}")));
        }
    }
    if let Some(currency) = about.currency_property.as_ref().filter(|_| !about.currency) {
        return Err(Bad::Named(
            "PropertyValidationError.ONLY_CURRENCY_PROPERTIES_CAN_SPECIFY_CURRENCY",
            format!("cannot have a currency property name set to '{currency}'"),
        ));
    }
    options_fit(property)?;
    let formula = about.calculation_formula.as_deref().unwrap_or_default();
    match formula::names(formula).into_iter().find(|name| of.find(name).is_none()) {
        Some(name) => Err(Bad::Problem(missing(name))),
        None => Ok(()),
    }
}

fn options_fit(property: &Property) -> Result<(), Bad> {
    let Property { kind, field_type, options, about, .. } = property;
    if about.external_options {
        return match (options.is_empty(), &about.referenced_object_type) {
            (false, _) => {
                Err(Bad::Invalid("a property with external options cannot have options of its own".to_owned()))
            }
            (true, None) => {
                Err(Bad::Invalid("a property with external options needs a referencedObjectType".to_owned()))
            }
            (true, Some(_)) => Ok(()),
        };
    }
    let mut values: Vec<_> = options.iter().map(|choice| choice.value.as_str()).collect();
    values.sort_unstable();
    if *kind == Kind::Bool && field_type != CALCULATION && values != ["false", "true"] {
        return Err(Bad::Named(
            "PropertyValidationError.INVALID_BOOLEAN_OPTION",
            "Boolean properties must have exactly two options; one with a value of true, the other with a value of false"
                .to_owned(),
        ));
    }
    if *kind == Kind::Enumeration && options.is_empty() {
        return Err(Bad::Invalid("an enumeration needs options".to_owned()));
    }
    if values.iter().any(|value| value.is_empty()) {
        return Err(Bad::Invalid("the value of an option cannot be empty".to_owned()));
    }
    match values.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Bad::Invalid(format!("option value '{}' is used more than once", pair[0]))),
        None => Ok(()),
    }
}

/// Letters, digits and underscores, a letter first.
fn well_formed(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn failed(why: String) -> Problem {
    let mut problem = Problem::validation("Property failed validation.");
    problem.sub_category = Some("Properties.PROPERTY_CREATE_FAILED_VALIDATION");
    problem.errors.push(json!({ "message": why }));
    problem
}

fn exists(name: &str) -> Problem {
    let said = format!("A property named '{name}' already exists.");
    let mut problem = Problem::new(StatusCode::CONFLICT, Some("OBJECT_ALREADY_EXISTS"), said);
    problem.sub_category = Some("Properties.PROPERTY_WITH_NAME_EXISTS");
    problem
}

/// The answer to a name that no property has, or none of those that were asked for.
pub(super) fn missing(name: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, Some("OBJECT_NOT_FOUND"), format!("Property '{name}' does not exist"))
}
