//! Whether a value may be written to a property, and the text under which it is kept. One refusal
//! lists every bad value (facts/hubspot-crm.md §2.7).

use compact_str::{CompactString, format_compact};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::body::Properties;
use super::errors::Problem;
use super::record::Record;
use super::types::{Choice, Kind, ObjectType, Property, PropertyId, ReadOnly, Rule};
use crate::Moment;

/// Values that may be written, in the order they were sent. An empty text clears.
pub(crate) type Accepted = Vec<(PropertyId, CompactString)>;

/// One value that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    name: CompactString,
    code: &'static str,
    message: String,
}

/// How strict a portal is, from its policy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Characters of a text property.
    pub(crate) chars_max: usize,
    /// Whether a refused option names the labels only, or whole options in protobuf text.
    pub(crate) labels_only: bool,
    /// Whether a stage that would go back is refused, or quietly left.
    pub(crate) backward_refused: bool,
}

/// Checks what a caller sends against the type. `before` is the record it will be written to.
pub(crate) fn accept(
    of: &ObjectType,
    sent: &Properties,
    before: Option<&Record>,
    rules: &Rules,
) -> Result<Accepted, Vec<Invalid>> {
    let mut accepted = Accepted::with_capacity(sent.0.len() + 2);
    let mut invalid = Vec::new();
    for (name, value) in &sent.0 {
        let Some(id) = of.find(name) else {
            let message = format!("Property \"{name}\" does not exist");
            invalid.push(Invalid { name: name.clone(), code: "PROPERTY_DOESNT_EXIST", message });
            continue;
        };
        let property = of.property(id);
        let Some(value) = value else { continue };
        if let Some(kind) = property.read_only {
            let kind = match kind {
                ReadOnly::ReadOnly => "read only",
                ReadOnly::Calculated => "calculated",
            };
            let message = format!("\"{name}\" is a {kind} property; its value cannot be set.");
            invalid.push(Invalid { name: name.clone(), code: "READ_ONLY_VALUE", message });
            continue;
        }
        if value.is_empty() {
            accepted.push((id, CompactString::default()));
            continue;
        }
        match canonical(of, id, property, value, before, rules) {
            Ok(Some(text)) => accepted.push((id, text)),
            Ok(None) => {}
            Err((code, message)) => invalid.push(Invalid { name: name.clone(), code, message }),
        }
    }
    if invalid.is_empty() { Ok(accepted) } else { Err(invalid) }
}

type Refused = (&'static str, String);

/// The text that is kept; `None` where the value is quietly left as it was.
fn canonical(
    of: &ObjectType,
    id: PropertyId,
    property: &Property,
    value: &CompactString,
    before: Option<&Record>,
    rules: &Rules,
) -> Result<Option<CompactString>, Refused> {
    let stored = || before.and_then(|record| record.stored(of, id));
    match property.kind {
        Kind::String | Kind::PhoneNumber if property.rule == Some(Rule::Email) => email(value).map(Some),
        Kind::String | Kind::PhoneNumber => {
            let max = rules.chars_max;
            if value.len() > max && value.chars().count() > max {
                return Err(("INVALID_STRING", format!("Property value is longer than {max} characters")));
            }
            Ok(Some(value.clone()))
        }
        Kind::Number => number(value).map(Some),
        Kind::Bool => match value.as_str() {
            "true" | "false" => Ok(Some(value.clone())),
            _ => Err(("INVALID_OPTION", format!("{value} was not one of the allowed options: [true, false]"))),
        },
        Kind::Date => date(value).map(Some),
        Kind::Datetime => datetime(value).map(Some),
        Kind::Enumeration => {
            let text = options(property, value, stored(), rules)?;
            let backward =
                property.rule == Some(Rule::Forward) && stored().is_some_and(|old| precedes(property, &text, old));
            match backward {
                true if rules.backward_refused => {
                    Err(("INVALID_OPTION", format!("{value} would move {} backward", property.name)))
                }
                true => Ok(None),
                false => Ok(Some(text)),
            }
        }
    }
}

fn email(value: &str) -> Result<CompactString, Refused> {
    let folded = CompactString::from(value.trim().to_lowercase());
    let well_formed = folded.split_once('@').is_some_and(|(local, domain)| {
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"@,;:<>()[]\\\"".contains(c);
        let label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let top_level = domain.rsplit('.').next().unwrap_or_default();
        !local.is_empty()
            && local.chars().all(plain)
            && domain.contains('.')
            && domain.split('.').all(label)
            && top_level.chars().count() >= 2
            && !top_level.chars().all(|c| c.is_ascii_digit())
    });
    if well_formed { Ok(folded) } else { Err(("INVALID_EMAIL", format!("Email address {value} is invalid"))) }
}

/// Digits and one decimal point; no thousands separators.
fn number(value: &str) -> Result<CompactString, Refused> {
    let digits = value.trim();
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if plain(whole) && plain(fraction) && !(whole.is_empty() && fraction.is_empty()) {
        Ok(digits.into())
    } else {
        Err(("INVALID_INTEGER", format!("{value} was not a valid number")))
    }
}

fn not_long(value: &str) -> Refused {
    ("INVALID_LONG", format!("{value} was not a valid long."))
}

/// `YYYY-MM-DD`, or an instant that is exactly midnight UTC.
fn date(value: &str) -> Result<CompactString, Refused> {
    if let (10, Ok(date)) = (value.len(), value.parse::<Date>()) {
        return Ok(format_compact!("{date}"));
    }
    let at = instant(value).ok_or_else(|| not_long(value))?;
    let in_day = at.0.rem_euclid(86_400_000);
    if in_day != 0 {
        let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
        let (second, milli) = (in_day / 1_000 % 60, in_day % 1_000);
        let message = format!("{value} is at {hour}:{minute:02}:{second:02}.{milli:03} UTC, not midnight!");
        return Err(("INVALID_DATE", message));
    }
    Ok(CompactString::from(&at.iso().as_str()[..10]))
}

fn datetime(value: &str) -> Result<CompactString, Refused> {
    if let (10, Ok(date)) = (value.len(), value.parse::<Date>()) {
        return Ok(format_compact!("{date}T00:00:00Z"));
    }
    instant(value).map(|at| at.iso().as_str().into()).ok_or_else(|| not_long(value))
}

/// Epoch milliseconds or ISO 8601.
fn instant(value: &str) -> Option<Moment> {
    let value = value.trim();
    let ms = match value.parse::<i64>() {
        Ok(ms) => ms,
        Err(_) => value.parse::<Timestamp>().ok()?.as_millisecond(),
    };
    Timestamp::from_millisecond(ms).is_ok().then_some(Moment(ms))
}

/// Internal values, case-sensitive; several with `;`, and a leading `;` adds to what is stored.
fn options(property: &Property, value: &str, stored: Option<&str>, rules: &Rules) -> Result<CompactString, Refused> {
    let allowed = |one: &str| property.options.iter().any(|choice| choice.value == one);
    let refuse = |one: &str| {
        if property.options.is_empty() {
            return ("INVALID_OWNER_ID", format!("{one} was not a valid owner ID"));
        }
        let shown = |(place, choice): (usize, &Choice)| {
            if rules.labels_only {
                return choice.label.to_string();
            }
            let Choice { label, value, hidden } = choice;
            format!(
                "label: \"{label}\"\nvalue: \"{value}\"\ndisplay_order: {place}\nhidden: {hidden}\nread_only: false\n"
            )
        };
        let known: Vec<_> = property.options.iter().enumerate().map(shown).collect();
        ("INVALID_OPTION", format!("{one} was not one of the allowed options: [{}]", known.join(", ")))
    };
    if property.field_type != "checkbox" {
        return if allowed(value) { Ok(value.into()) } else { Err(refuse(value)) };
    }
    let (base, sent) = match value.strip_prefix(';') {
        Some(rest) => (stored.unwrap_or_default(), rest),
        None => ("", value),
    };
    let mut chosen: Vec<&str> = base.split(';').filter(|one| !one.is_empty()).collect();
    for one in sent.split(';').filter(|one| !one.is_empty()) {
        if !allowed(one) {
            return Err(refuse(one));
        }
        if !chosen.contains(&one) {
            chosen.push(one);
        }
    }
    Ok(chosen.join(";").into())
}

/// Whether a stage stands before another in the list of options.
fn precedes(property: &Property, new: &str, old: &str) -> bool {
    let place = |value: &str| property.options.iter().position(|choice| choice.value == value);
    matches!((place(new), place(old)), (Some(new), Some(old)) if new < old)
}

/// The 400 for refused values; the message carries them again as JSON text.
pub(crate) fn problem(invalid: &[Invalid], portal: u64) -> Problem {
    let embedded: Vec<Value> = invalid
        .iter()
        .map(|one| {
            json!({
                "isValid": false, "message": one.message, "error": one.code, "name": one.name,
                "localizedErrorMessage": one.message, "portalId": portal,
            })
        })
        .collect();
    let mut problem = Problem::validation(format!("Property values were not valid: {}", Value::from(embedded)));
    let mut told: Vec<&Invalid> = Vec::new();
    for one in invalid {
        if !told.contains(&one) {
            told.push(one);
            problem.errors.push(json!({
                "message": one.message, "code": one.code, "context": {"propertyName": [one.name]},
            }));
        }
    }
    problem
}
