//! Filters bound to an object type: which operators a type allows, and when they hold.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use compact_str::CompactString;

use super::key::{Key, Number, any_key};
use super::request::{Filter, Operator, refused};
use super::tokens::Pattern;
use crate::hubspot::associations::{Linked, PREFIX};
use crate::hubspot::errors::Problem;
use crate::hubspot::record::Record;
use crate::hubspot::types::{Kind, ObjectType, PropertyId};

/// A filter that can be asked of a record.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    pub(super) property: PropertyId,
    pub(super) test: Test,
    /// A negated clause also holds for a record without the property.
    pub(super) negated: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Test {
    Never,
    /// The property is set.
    Set,
    /// One of these, in their order.
    Among(Vec<Key>),
    Within(Bound<Key>, Bound<Key>),
    Tokens(Pattern),
    /// Associated with one of these records, or with any.
    Linked(Arc<Linked>, Option<Vec<u64>>),
}

impl Clause {
    /// # Errors
    /// An unknown property, an operator that its type does not allow, a value that is none of its type.
    pub(super) fn new(of: &ObjectType, filter: &Filter, linked: &[Arc<Linked>]) -> Result<Self, Problem> {
        let negated = matches!(
            filter.operator,
            Operator::Neq | Operator::NotIn | Operator::NotHasProperty | Operator::NotContainsToken
        );
        if filter.property.starts_with(PREFIX) {
            return Ok(Self { property: of.created, test: association(filter, linked)?, negated });
        }
        let property = of.find(&filter.property).ok_or_else(refused)?;
        let kind = of.property(property).kind;
        if !allows(kind, filter.operator) {
            return Err(refused());
        }
        Ok(Self { property, test: test(kind, filter)?, negated })
    }

    pub(super) fn holds(&self, of: &ObjectType, record: &Record) -> bool {
        let any = |pass: &dyn Fn(&Key) -> bool| any_key(of, record, self.property, |key| pass(&key));
        let found = match &self.test {
            Test::Never => false,
            Test::Set => any(&|_| true),
            Test::Among(keys) => any(&|key| keys.binary_search(key).is_ok()),
            Test::Within(low, high) => any(&|key| (low.as_ref(), high.as_ref()).contains(key)),
            Test::Linked(linked, others) => linked.holds(record.id, others.as_deref()),
            Test::Tokens(pattern) => of.value(record, self.property).is_some_and(|text| pattern.is_in(&text)),
        };
        found != self.negated
    }
}

/// facts/hubspot-crm.md §3: operators by type.
fn allows(kind: Kind, operator: Operator) -> bool {
    let (ranges, sets, tokens) = match kind {
        Kind::String | Kind::PhoneNumber | Kind::ObjectCoordinates | Kind::Json => (true, true, true),
        Kind::Number | Kind::Date | Kind::Datetime => (true, true, false),
        Kind::Enumeration => (false, true, true),
        Kind::Bool => (false, false, false),
    };
    match operator {
        Operator::Eq | Operator::Neq | Operator::HasProperty | Operator::NotHasProperty => true,
        Operator::Lt | Operator::Lte | Operator::Gt | Operator::Gte | Operator::Between => ranges,
        Operator::In | Operator::NotIn => sets,
        Operator::ContainsToken | Operator::NotContainsToken => tokens,
    }
}

/// What a filter on the records that one is associated with asks. Text that is no id finds nothing.
fn association(filter: &Filter, linked: &[Arc<Linked>]) -> Result<Test, Problem> {
    let linked = linked.iter().find(|linked| linked.property == filter.property).ok_or_else(refused)?;
    let ids = |texts: &[CompactString]| {
        let mut ids: Vec<u64> = texts.iter().filter_map(|text| text.trim().parse().ok()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let others = match filter.operator {
        Operator::Eq | Operator::Neq => Some(ids(filter.value.as_slice())),
        Operator::In | Operator::NotIn => Some(ids(&filter.values)),
        Operator::HasProperty | Operator::NotHasProperty => None,
        _ => return Err(refused()),
    };
    Ok(Test::Linked(linked.clone(), others))
}

fn test(kind: Kind, filter: &Filter) -> Result<Test, Problem> {
    let given = filter.value.as_deref().unwrap_or_default();
    let key = |text: &str| Key::parse(kind, text).ok_or_else(refused);
    let (least, most) = ends(kind);
    Ok(match filter.operator {
        Operator::HasProperty | Operator::NotHasProperty => Test::Set,
        Operator::Eq | Operator::Neq => Test::Among(vec![key(given)?]),
        Operator::In | Operator::NotIn => {
            // The values of a text are not folded, as the kept ones are: one with an upper-case letter finds nothing.
            let as_given = kind.is_text();
            let listed = |text: &str| if as_given { Ok(Key::Text(text.into())) } else { key(text) };
            let mut keys: Vec<_> = filter.values.iter().map(|text| listed(text)).collect::<Result<_, _>>()?;
            keys.sort();
            keys.dedup();
            Test::Among(keys)
        }
        Operator::Lt => within(least, Bound::Excluded(key(given)?)),
        Operator::Lte => within(least, Bound::Included(key(given)?)),
        Operator::Gt => within(Bound::Excluded(key(given)?), most),
        Operator::Gte => within(Bound::Included(key(given)?), most),
        Operator::Between => {
            let high = key(filter.high_value.as_deref().unwrap_or_default())?;
            within(Bound::Included(key(given)?), Bound::Included(high))
        }
        Operator::ContainsToken | Operator::NotContainsToken => {
            Test::Tokens(Pattern::new(given, kind != Kind::Enumeration))
        }
    })
}

/// A range, or nothing where its ends have passed each other.
fn within(low: Bound<Key>, high: Bound<Key>) -> Test {
    match (&low, &high) {
        (Bound::Included(a), Bound::Included(b)) if a > b => Test::Never,
        (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b))
            if a >= b && !(matches!(low, Bound::Included(_)) && matches!(high, Bound::Included(_))) =>
        {
            Test::Never
        }
        _ => Test::Within(low, high),
    }
}

/// Where a type's values begin and end, so that a range passes by what is none of them.
fn ends(kind: Kind) -> (Bound<Key>, Bound<Key>) {
    match kind {
        Kind::Number => (Bound::Included(Key::Number(Number::LEAST)), Bound::Included(Key::Number(Number::MOST))),
        Kind::Date | Kind::Datetime => {
            (Bound::Included(Key::Instant(i64::MIN)), Bound::Included(Key::Instant(i64::MAX)))
        }
        _ => (Bound::Unbounded, Bound::Unbounded),
    }
}
