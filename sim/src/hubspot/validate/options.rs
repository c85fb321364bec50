//! Values that must be among given ones: enumerations, booleans, owners.

use std::fmt::Write as _;

use compact_str::CompactString;
use rustc_hash::FxHashSet;

use super::accept::Rules;
use super::refusal::Refused;
use crate::hubspot::types::Property;

/// Internal values, case-sensitive; several with `;`, and a leading `;` adds to what is stored.
pub(super) fn chosen(
    property: &Property,
    value: &str,
    stored: Option<&str>,
    rules: &Rules<'_>,
) -> Result<CompactString, Refused> {
    let open = property.about.external_options;
    let allowed = |one: &str| open || property.options.iter().any(|choice| choice.value == one);
    let refuse = |one: &str| {
        let known = property.options.iter().map(|choice| (&*choice.label, &*choice.value, choice.hidden));
        refused(one, known, rules)
    };
    if property.field_type != "checkbox" {
        return if allowed(value) { Ok(value.into()) } else { Err(refuse(value)) };
    }
    let (base, sent) = match value.strip_prefix(';') {
        Some(rest) => (stored.unwrap_or_default(), rest),
        None => ("", value),
    };
    let mut chosen: Vec<&str> = base.split(';').filter(|one| !one.is_empty()).collect();
    let mut known: FxHashSet<&str> = chosen.iter().copied().collect();
    for one in sent.split(';').filter(|one| !one.is_empty()) {
        if known.insert(one) {
            if !allowed(one) {
                return Err(refuse(one));
            }
            chosen.push(one);
        }
    }
    Ok(chosen.join(";").into())
}

pub(super) fn boolean(property: &Property, value: &CompactString, rules: &Rules<'_>) -> Result<CompactString, Refused> {
    match value.as_str() {
        "true" | "false" => Ok(value.clone()),
        _ if property.options.is_empty() => {
            Err(refused(value, [("Yes", "true", false), ("No", "false", false)].into_iter(), rules))
        }
        _ => {
            let known = property.options.iter().map(|choice| (&*choice.label, &*choice.value, choice.hidden));
            Err(refused(value, known, rules))
        }
    }
}

/// The id of an owner who is still here; a user's id is none.
pub(super) fn owner(value: &str, rules: &Rules<'_>) -> Result<CompactString, Refused> {
    let known = rules.owners.iter().find(|known| *known == value.trim());
    known.cloned().ok_or_else(|| ("INVALID_OWNER_ID", format!("{value} was not a valid owner ID")))
}

fn refused<'a>(one: &str, known: impl Iterator<Item = (&'a str, &'a str, bool)>, rules: &Rules<'_>) -> Refused {
    let mut message = format!("{one} was not one of the allowed options: [");
    for (place, (label, value, hidden)) in known.enumerate() {
        if place > 0 {
            message.push_str(", ");
        }
        if rules.values_only {
            message.push_str(value);
        } else {
            let _ = write!(
                message,
                "label: \"{label}\"\nvalue: \"{value}\"\ndisplay_order: {place}\nhidden: {hidden}\nread_only: false\n"
            );
        }
    }
    message.push(']');
    ("INVALID_OPTION", message)
}

/// Whether a stage stands before another in the list of options.
pub(super) fn precedes(property: &Property, new: &str, old: &str) -> bool {
    let place = |value: &str| property.options.iter().position(|choice| choice.value == value);
    matches!((place(new), place(old)), (Some(new), Some(old)) if new < old)
}
