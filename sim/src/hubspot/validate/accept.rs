//! What a caller sends, held against the type property by property. It looks at everything, so that
//! one refusal can list every bad value (facts/hubspot-crm.md §2.7).

use compact_str::CompactString;

use super::refusal::{Invalid, Refused};
use super::{email, options, rules as own, value};
use crate::Moment;
use crate::hubspot::body::Properties;
use crate::hubspot::record::Record;
use crate::hubspot::types::{Kind, ObjectType, PropertyId, ReadOnly, Rule};

/// Values that may be written, in the order they were sent. An empty text clears.
pub(crate) type Accepted = Vec<(PropertyId, CompactString)>;

/// How strict a portal is, from its policy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    /// Characters of a text property.
    pub(crate) chars_max: usize,
    /// Whether a refused option is told the values only, or whole options in protobuf text.
    pub(crate) values_only: bool,
    /// Whether a stage that would go back is refused, or quietly left.
    pub(crate) backward_refused: bool,
    /// Now, which some rules of a portal's own count from.
    pub(crate) at: Moment,
    /// The ids of the owners that a record may have.
    pub(crate) owners: &'a [CompactString],
}

/// Checks what a caller sends against the type. `before` is the record it will be written to.
pub(crate) fn accept(
    of: &ObjectType,
    sent: &Properties,
    before: Option<&Record>,
    rules: &Rules<'_>,
) -> Result<Accepted, Vec<Invalid>> {
    let mut accepted = Accepted::with_capacity(sent.0.len() + 2);
    let mut invalid = Vec::new();
    for (name, value) in &sent.0 {
        let Some(id) = of.find(name) else {
            invalid.push(Invalid::unknown(name));
            continue;
        };
        let Some(value) = value else { continue };
        let kept = one(of, id, value, before, rules).and_then(|text| match text {
            Some(text) if !text.is_empty() => own::held(&of.property(id).checks, text, rules.at).map(Some),
            text => Ok(text),
        });
        match kept {
            Ok(Some(text)) => accepted.push((id, text)),
            Ok(None) => {}
            Err(refused) => invalid.push(Invalid::new(name, value, refused)),
        }
    }
    if invalid.is_empty() { Ok(accepted) } else { Err(invalid) }
}

/// The text that is kept; `None` where the value is quietly left as it was.
fn one(
    of: &ObjectType,
    id: PropertyId,
    sent: &CompactString,
    before: Option<&Record>,
    rules: &Rules<'_>,
) -> Result<Option<CompactString>, Refused> {
    let property = of.property(id);
    if let Some(kind) = property.read_only {
        let kind = match kind {
            ReadOnly::ReadOnly => "read only",
            ReadOnly::Calculated => "calculated",
        };
        let name = &property.name;
        return Err(("READ_ONLY_VALUE", format!("\"{name}\" is a {kind} property; its value cannot be set.")));
    }
    if sent.is_empty() {
        return Ok(Some(CompactString::default()));
    }
    let stored = || before.and_then(|record| record.stored(of, id));
    match (property.kind, property.rule) {
        (_, Some(Rule::Owner)) => options::owner(sent, rules).map(Some),
        (kind, Some(Rule::Email)) if kind.is_text() => email::canonical(sent).map(Some),
        (Kind::String | Kind::PhoneNumber | Kind::ObjectCoordinates | Kind::Json, _) => {
            value::text(sent, rules.chars_max).map(Some)
        }
        (Kind::Number, rule) => value::number(sent, rule == Some(Rule::Nonnegative)).map(Some),
        (Kind::Bool, _) => options::boolean(property, sent, rules).map(Some),
        (Kind::Date, _) => value::date(sent).map(Some),
        (Kind::Datetime, _) => value::datetime(sent).map(Some),
        (Kind::Enumeration, rule) => {
            let text = options::chosen(property, sent, stored(), rules)?;
            let backward =
                rule == Some(Rule::Forward) && stored().is_some_and(|old| options::precedes(property, &text, old));
            match backward {
                true if rules.backward_refused => {
                    Err(("INVALID_OPTION", format!("{sent} would move {} backward", property.name)))
                }
                true => Ok(None),
                false => Ok(Some(text)),
            }
        }
    }
}
