//! Tables as data: their columns, types and keys, read from files. Holds no rows.

use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::declared::OrdsTable;
use super::value::{Decimal, Value};
use crate::Moment;

/// The tables behind one schema alias.
#[derive(Debug)]
pub(crate) struct Schema {
    /// As in the address: `/ords/ALIAS/...`.
    pub(crate) alias: String,
    pub(crate) tables: Vec<Table>,
    /// What the tables of the tester's own begin with, in the order of `tables`.
    pub(crate) declared: Vec<OrdsTable>,
}

/// The alias of the built-in master (facts/oci-api-gateway.md §12).
const ALIAS: &str = "crm";
const BUILT_IN: [&str; 1] = [include_str!("tables/customers.yaml")];

impl Schema {
    /// The master that every world has unless told otherwise.
    pub(crate) fn built_in() -> Arc<Self> {
        static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
            #[expect(clippy::expect_used, reason = "the files are embedded, and read by every test of this room")]
            let tables = BUILT_IN.iter().map(|text| Table::read(text).expect("an embedded table")).collect();
            Arc::new(Schema { alias: ALIAS.to_owned(), tables, declared: Vec::new() })
        });
        Arc::clone(&SCHEMA)
    }

    /// A master of the tester's own tables; the built-in one if there are none.
    pub(crate) fn of(declared: Vec<OrdsTable>) -> Arc<Self> {
        if declared.is_empty() {
            return Self::built_in();
        }
        let tables = declared.iter().map(|own| own.table.clone()).collect();
        Arc::new(Self { alias: ALIAS.to_owned(), tables, declared })
    }

    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.tables.iter().position(|table| table.name == name)
    }
}

/// One table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// The object alias, as in the address.
    pub(crate) name: String,
    #[serde(rename = "key")]
    key_names: Vec<String>,
    pub(crate) columns: Vec<Column>,
    /// The places of the key's columns.
    #[serde(skip)]
    pub(crate) key: Vec<usize>,
}

/// One column.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Column {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    #[serde(default = "yes")]
    pub(crate) nullable: bool,
    /// Taken from a sequence where a new row has none.
    #[serde(default)]
    pub(crate) generated: bool,
    /// What a new row gets where it has none.
    #[serde(default)]
    pub(crate) default: Option<String>,
    /// Set by the table's trigger on a new row that has none; never cleared afterwards.
    #[serde(default)]
    pub(crate) on_insert: Option<Trigger>,
    /// Set by the table's trigger on each write, whatever was sent.
    #[serde(default)]
    pub(crate) on_write: Option<Trigger>,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Trigger {
    Now,
}

/// A column's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Kind {
    /// NUMBER(precision, scale), up to eighteen digits.
    Number { precision: u8, scale: u8 },
    /// VARCHAR2(n), counted in bytes.
    Varchar { bytes_max: usize },
    /// A date and time in whole seconds.
    Date,
    /// A date and time with milliseconds.
    Timestamp,
}

/// Why a value cannot stand in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// Not of the column's type, nor to be converted to it.
    Type,
    TooLong {
        actual: usize,
        max: usize,
    },
    TooPrecise,
}

impl Table {
    /// Reads a table file.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let table: Self = serde_saphyr::from_str(text).map_err(|e| e.to_string())?;
        table.keyed()
    }

    /// With the places of its key's columns.
    pub(super) fn keyed(mut self) -> Result<Self, String> {
        let table = &mut self;
        table.key = table
            .key_names
            .iter()
            .map(|name| table.column(name).ok_or_else(|| format!("the key names `{name}`, which is no column")))
            .collect::<Result<_, _>>()?;
        if table.key.is_empty() {
            return Err(format!("the table {} has no key", table.name));
        }
        Ok(self)
    }

    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

impl Column {
    /// Reads a JSON value as the column takes it.
    pub(crate) fn take(&self, json: &serde_json::Value) -> Result<Value, Misfit> {
        match json {
            serde_json::Value::Null => Ok(Value::Null),
            serde_json::Value::String(text) => self.kind.take_text(text),
            serde_json::Value::Number(number) if !self.kind.is_time() => self.kind.take_text(&number.to_string()),
            _ => Err(Misfit::Type),
        }
    }

    /// What the column's default comes to.
    pub(crate) fn default_value(&self) -> Value {
        self.default.as_deref().and_then(|text| self.kind.take_text(text).ok()).unwrap_or(Value::Null)
    }
}

impl Kind {
    pub(crate) fn is_time(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp)
    }

    /// Reads a text as a value of this type.
    pub(crate) fn take_text(self, text: &str) -> Result<Value, Misfit> {
        if text.is_empty() {
            return Ok(Value::Null);
        }
        match self {
            Self::Number { precision, scale } => {
                let number = Decimal::parse(text).ok_or(Misfit::Type)?.round(scale);
                if number.fits(precision, scale) { Ok(Value::Number(number)) } else { Err(Misfit::TooPrecise) }
            }
            Self::Varchar { bytes_max: max } if text.len() > max => Err(Misfit::TooLong { actual: text.len(), max }),
            Self::Varchar { .. } => Ok(Value::text(text)),
            Self::Date | Self::Timestamp => Ok(self.at(text.parse().map_err(|_| Misfit::Type)?)),
        }
    }

    /// Whether a value that no caller sent can stand in such a column.
    pub(crate) fn holds(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Number { precision, scale }, Value::Number(number)) => number.fits(precision, scale),
            _ => true,
        }
    }

    /// An instant as this type holds it.
    pub(crate) fn at(self, at: Moment) -> Value {
        match self {
            Self::Date => Value::Instant(Moment(at.0.div_euclid(1000) * 1000)),
            _ => Value::Instant(at),
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number { precision, scale: 0 } => write!(f, "number({precision})"),
            Self::Number { precision, scale } => write!(f, "number({precision},{scale})"),
            Self::Varchar { bytes_max } => write!(f, "varchar({bytes_max})"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
        }
    }
}

impl TryFrom<String> for Kind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bad = || format!("`{text}` is no type; write number(p), number(p,s), varchar(n), date or timestamp");
        let (name, sizes) = match text.split_once('(') {
            Some((name, rest)) => (name, rest.strip_suffix(')').ok_or_else(bad)?),
            None => (text.as_str(), ""),
        };
        match (name, sizes) {
            ("number", _) => {
                let (precision, scale) = sizes.split_once(',').unwrap_or((sizes, "0"));
                let (precision, scale) = (precision.trim().parse().map_err(|_| bad())?, scale.trim().parse());
                let scale = scale.map_err(|_| bad())?;
                if !(1..=18).contains(&precision) || scale > precision {
                    return Err(bad());
                }
                Ok(Self::Number { precision, scale })
            }
            ("varchar", _) => Ok(Self::Varchar { bytes_max: sizes.trim().parse().map_err(|_| bad())? }),
            ("date", "") => Ok(Self::Date),
            ("timestamp", "") => Ok(Self::Timestamp),
            _ => Err(bad()),
        }
    }
}
