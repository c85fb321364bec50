//! Values as filters, indexes and sorts compare them: by the type of their property.

use std::cmp::Ordering;

use compact_str::CompactString;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::Moment;
use crate::hubspot::record::Record;
use crate::hubspot::types::{Computed, Kind, ObjectType, PropertyId};

/// One comparable value. All keys of a property are of one kind, but for a text that is no value
/// of the property's type: it is set, and nothing that compares by the type finds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Number(Number),
    /// Milliseconds since 1970.
    Instant(i64),
    Text(CompactString),
}

/// A number that is one: finite, and zero without a sign; or the infinity beyond all of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number(f64);

impl Number {
    pub(super) const LEAST: Self = Self(f64::NEG_INFINITY);
    pub(super) const MOST: Self = Self(f64::INFINITY);

    fn parse(text: &str) -> Option<Self> {
        let number: f64 = text.trim().parse().ok()?;
        number.is_finite().then_some(Self(number + 0.0))
    }

    pub(super) fn get(self) -> f64 {
        self.0
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

impl Key {
    /// A filter's value as a property of this kind has it; `None` where it is no such value.
    pub(super) fn parse(kind: Kind, text: &str) -> Option<Self> {
        match kind {
            Kind::Number => Number::parse(text).map(Self::Number),
            Kind::Date | Kind::Datetime => instant(text).map(Self::Instant),
            Kind::Enumeration => Some(Self::Text(text.into())),
            Kind::String | Kind::PhoneNumber | Kind::Bool | Kind::ObjectCoordinates | Kind::Json => {
                Some(Self::Text(fold(text)))
            }
        }
    }

    fn stored(kind: Kind, text: &str) -> Self {
        Self::parse(kind, text).unwrap_or_else(|| Self::Text(fold(text)))
    }
}

/// Text as it is compared where case does not count.
pub(crate) fn fold(text: &str) -> CompactString {
    if text.is_ascii() {
        let mut folded = CompactString::new(text);
        folded.make_ascii_lowercase();
        folded
    } else {
        text.to_lowercase().into()
    }
}

/// Milliseconds since 1970, ISO 8601, or a date, which is its midnight in UTC.
fn instant(text: &str) -> Option<i64> {
    if let Ok(milliseconds) = text.parse() {
        return Some(milliseconds);
    }
    if let Ok(at) = text.parse::<Moment>() {
        return Some(at.0);
    }
    let local: DateTime = text.parse().ok()?;
    Some(TimeZone::UTC.to_timestamp(local).ok()?.as_millisecond())
}

/// Whether a property is the record's id as a number.
pub(super) fn is_record_id(of: &ObjectType, id: PropertyId) -> bool {
    let property = of.property(id);
    property.computed == Some(Computed::Id) && property.kind == Kind::Number
}

/// Whether any of a record's values of a property passes. An enumeration has each of its chosen
/// options, and all of them together; anything else has one value or none.
pub(super) fn any_key(of: &ObjectType, record: &Record, id: PropertyId, mut pass: impl FnMut(Key) -> bool) -> bool {
    let property = of.property(id);
    match (&property.computed, property.kind) {
        (Some(Computed::Id), Kind::Number) => pass(Key::Number(Number(record.id as f64))),
        (Some(Computed::Created), Kind::Datetime) => pass(Key::Instant(record.created.0)),
        (Some(Computed::Updated), Kind::Datetime) => pass(Key::Instant(record.updated.0)),
        (_, kind) => of.value(record, id).is_some_and(|text| {
            let chosen = kind == Kind::Enumeration && text.contains(';');
            chosen && text.split(';').filter(|part| !part.is_empty()).any(|part| pass(Key::stored(kind, part)))
                || pass(Key::stored(kind, &text))
        }),
    }
}

/// What a record is sorted by; `None` where the property is not set.
pub(super) fn sort_key(of: &ObjectType, record: &Record, id: PropertyId) -> Option<Key> {
    let mut last = None;
    any_key(of, record, id, |key| {
        last = Some(key);
        false
    });
    last
}
