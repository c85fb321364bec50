//! The parameters of a list, read from the query. A parameter that the table below does not name is
//! passed over, so a mistyped filter lists everything (retail-express.md §0).

use std::borrow::Cow;
use std::cmp::Ordering;

use super::columns::{Column, Key, lower};
use super::errors::Problem;
use super::fields::Kind;
use super::record::Record;
use super::routes::Version;
use super::settings::Settings;
use super::time::parse_instant;
use super::write::parse_date;
use crate::policy::AboveMax;

/// What a caller wants listed.
#[derive(Debug)]
pub(crate) struct Query {
    /// From 1.
    pub(crate) page_number: usize,
    pub(crate) page_size: usize,
    /// All must hold.
    pub(crate) tests: Vec<Test>,
    pub(crate) order: Option<Order>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) column: Column,
    pub(crate) descending: bool,
}

/// What a customer must be to be listed.
#[derive(Debug)]
pub(crate) enum Test {
    Compares { column: Column, how: How, value: Key<'static> },
    Like { column: Column, needle: String },
    Found { columns: Vec<Column>, needle: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
}

impl How {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Eq => ordering.is_eq(),
            Self::Ne => ordering.is_ne(),
            Self::Gt => ordering.is_gt(),
            Self::Gte => ordering.is_ge(),
            Self::Lt => ordering.is_lt(),
            Self::Lte => ordering.is_le(),
        }
    }
}

/// Where `search` looks.
const SEARCHED: [&str; 7] = ["full_name", "email", "mobile", "phone", "company", "customer_number", "custom_reference"];

impl Query {
    pub(crate) fn read<'q>(
        pairs: impl Iterator<Item = (Cow<'q, str>, Cow<'q, str>)>,
        version: Version,
        settings: &Settings,
    ) -> Result<Self, Problem> {
        let mut query = Self { page_number: 1, page_size: settings.page_default, tests: Vec::new(), order: None };
        for (name, value) in pairs {
            match &*name {
                "page_number" => query.page_number = number(&name, &value)?.max(1),
                "page_size" => query.page_size = page_size(number(&name, &value)?, settings)?,
                "modified_since" => query.tests.push(since("modified_on", &name, &value)?),
                "created_since" => query.tests.push(since("created_on", &name, &value)?),
                "customer_type_id" => query.tests.extend(Test::compares("customer_type_id", How::Eq, &value)?),
                "filter_by" => query.tests.extend(filter(&value)?),
                "order_by" => query.order = order(&value, version).or(query.order),
                "search" if !value.trim().is_empty() => query.tests.push(Test::found(value.trim())),
                _ => {}
            }
        }
        Ok(query)
    }

    pub(crate) fn keeps(&self, record: &Record) -> bool {
        self.tests.iter().all(|test| test.holds(record))
    }
}

fn number(name: &str, value: &str) -> Result<usize, Problem> {
    match value.trim().parse::<i32>() {
        Ok(number) => Ok(usize::try_from(number).unwrap_or(0)),
        Err(_) => Err(Problem::bad_value(name, value)),
    }
}

fn page_size(asked: usize, settings: &Settings) -> Result<usize, Problem> {
    match asked {
        0 => Ok(settings.page_default),
        _ if asked <= settings.page_max => Ok(asked),
        _ if settings.above_max == AboveMax::Clamp => Ok(settings.page_max),
        _ => Err(Problem::bad_value("page_size", &asked.to_string())),
    }
}

fn since(stamp: &str, parameter: &str, value: &str) -> Result<Test, Problem> {
    parse_instant(value)
        .zip(Column::named(stamp))
        .map(|(at, column)| Test::Compares { column, how: How::Gte, value: Key::Instant(at) })
        .ok_or_else(|| Problem::bad_value(parameter, value))
}

/// `field:op:value`; the value may hold colons. A field that does not exist filters nothing.
fn filter(text: &str) -> Result<Option<Test>, Problem> {
    let bad = || Problem::bad_value("filter_by", text);
    let (field, rest) = text.split_once(':').ok_or_else(bad)?;
    let (op, value) = rest.split_once(':').ok_or_else(bad)?;
    let how = match op.to_ascii_lowercase().as_str() {
        "eq" => How::Eq,
        "ne" => How::Ne,
        "gt" => How::Gt,
        "gte" => How::Gte,
        "lt" => How::Lt,
        "lte" => How::Lte,
        "like" => return Test::like(field, value).map_err(|()| bad()),
        _ => return Err(bad()),
    };
    Test::compares(field, how, value).map_err(|_| bad())
}

/// A field, a blank and a direction, which may be left out. What is not allowed orders nothing.
fn order(text: &str, version: Version) -> Option<Order> {
    let mut words = text.split_whitespace();
    let column = Column::ordering(words.next()?, version)?;
    Some(Order { column, descending: words.next().is_some_and(|word| word.eq_ignore_ascii_case("desc")) })
}

impl Test {
    fn compares(field: &str, how: How, value: &str) -> Result<Option<Self>, Problem> {
        let Some(column) = Column::named(field) else { return Ok(None) };
        let key = match column.kind() {
            Kind::Flag => value.to_ascii_lowercase().parse().ok().map(Key::Flag),
            Kind::Whole | Kind::Count => value.parse().ok().map(Key::Whole),
            Kind::Amount => value.parse().ok().map(Key::Amount),
            Kind::Date => parse_date(value).map(Key::Date),
            Kind::Instant => parse_instant(value).map(Key::Instant),
            _ => Some(Key::Text(value.to_owned().into())),
        };
        key.map(|value| Some(Self::Compares { column, how, value })).ok_or_else(|| Problem::bad_value(field, value))
    }

    fn like(field: &str, value: &str) -> Result<Option<Self>, ()> {
        match Column::named(field) {
            None => Ok(None),
            Some(column) if matches!(column.kind(), Kind::Text | Kind::Email) => {
                Ok(Some(Self::Like { column, needle: folded(value.trim_matches('%')) }))
            }
            Some(_) => Err(()),
        }
    }

    fn found(text: &str) -> Self {
        Self::Found { columns: SEARCHED.iter().filter_map(|name| Column::named(name)).collect(), needle: folded(text) }
    }

    /// A member that holds nothing passes no comparison, not even `ne`.
    fn holds(&self, record: &Record) -> bool {
        match self {
            Self::Compares { column, how, value } => match column.of(record) {
                Key::Nothing => false,
                key => how.holds(key.compare(value)),
            },
            Self::Like { column, needle } => contains(&column.of(record), needle),
            Self::Found { columns, needle } => columns.iter().any(|column| contains(&column.of(record), needle)),
        }
    }
}

fn contains(key: &Key<'_>, needle: &str) -> bool {
    matches!(key, Key::Text(text) if folded(text).contains(needle))
}

fn folded(text: &str) -> String {
    lower(text).collect()
}
