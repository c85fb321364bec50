//! The filter object of `q`: what it asks of a row, and in which order. Reading it is `parse`'s.

mod parse;

use std::cmp::Ordering;

use super::rows::Row;
use super::value::Value;
use crate::Moment;

pub(crate) use parse::parse;

/// A whole `q`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    /// All must hold.
    pub(crate) wheres: Vec<Condition>,
    pub(crate) order: Vec<Sort>,
    pub(crate) as_of: Option<AsOf>,
}

/// One key of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) column: usize,
    pub(crate) descending: bool,
}

/// A steady view of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AsOf {
    Date(Moment),
    /// A system change number, which is accepted and answered from the present.
    Scn,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Column { column: usize, test: Test },
}

/// What is asked of one column. A null answers none of these but `Null`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Compare(Comparison, Value),
    Instr(String),
    NotInstr(String),
    Like(String),
    Null,
    NotNull,
    /// Both ends are within; an open end is `None`.
    Between(Option<Value>, Option<Value>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Eq,
    Ne,
    Lt,
    Lte,
    Gt,
    Gte,
}

impl Query {
    pub(crate) fn holds(&self, row: &Row) -> bool {
        self.wheres.iter().all(|condition| condition.holds(row))
    }

    /// How two rows stand to each other; rows that tie keep the order of their keys.
    pub(crate) fn compare(&self, a: &Row, b: &Row) -> Ordering {
        let by = |sort: &Sort| {
            let order = a.values[sort.column].cmp(&b.values[sort.column]);
            if sort.descending { order.reverse() } else { order }
        };
        self.order.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

impl Condition {
    fn holds(&self, row: &Row) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(row)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(row)),
            Self::Column { column, test } => test.holds(&row.values[*column]),
        }
    }
}

impl Test {
    /// The grammar has no NOT, so that unknown and false come to the same.
    fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Compare(comparison, other) => value.against(other).is_some_and(|order| comparison.admits(order)),
            Self::Null => value.is_null(),
            Self::NotNull => !value.is_null(),
            Self::Between(low, high) => {
                let above = |end: &Value| value.against(end).is_some_and(Ordering::is_ge);
                let below = |end: &Value| value.against(end).is_some_and(Ordering::is_le);
                low.as_ref().is_none_or(above) && high.as_ref().is_none_or(below)
            }
            // An empty text is null to Oracle, and what null is in is unknown.
            Self::Instr(part) => !part.is_empty() && words(value).is_some_and(|text| text.contains(part.as_str())),
            Self::NotInstr(part) => !part.is_empty() && words(value).is_some_and(|text| !text.contains(part.as_str())),
            Self::Like(pattern) => words(value).is_some_and(|text| like(&text, pattern)),
        }
    }
}

impl Comparison {
    fn admits(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            Self::Lt => order.is_lt(),
            Self::Lte => order.is_le(),
            Self::Gt => order.is_gt(),
            Self::Gte => order.is_ge(),
        }
    }
}

/// A value as the text functions see it; numbers convert.
fn words(value: &Value) -> Option<std::borrow::Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(text.as_str().into()),
        Value::Number(_) | Value::Instant(_) => Some(value.to_string().into()),
    }
}

/// SQL's LIKE without an escape: `%` is any run, `_` any one character. Goes back only to the last `%`.
fn like(text: &str, pattern: &str) -> bool {
    let (mut text, mut pattern) = (text.chars(), pattern.chars());
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let mut rest = pattern.clone();
        match rest.next() {
            Some('%') => {
                retry = Some((text.clone(), rest.clone()));
                pattern = rest;
                continue;
            }
            None if text.as_str().is_empty() => return true,
            wanted => {
                let mut after = text.clone();
                if let (Some(wanted), Some(found)) = (wanted, after.next())
                    && (wanted == '_' || wanted == found)
                {
                    (text, pattern) = (after, rest);
                    continue;
                }
            }
        }
        let Some((from, after)) = &mut retry else { return false };
        if from.next().is_none() {
            return false;
        }
        (text, pattern) = (from.clone(), after.clone());
    }
}
