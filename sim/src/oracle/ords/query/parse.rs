//! Reads a filter object against a table's columns. A text that breaks the grammar is refused with the reason.
//!
//! The grammar is the one in facts/oci-api-gateway.md §12: `$lt`, `$lte`, `$gt`, `$gte` take numbers and dates,
//! `$eq` and `$ne` texts too; `$between` may leave one end null for numbers and dates; `$and` and `$or` nest,
//! beside columns or within one.

use serde_json::{Map, Value as Json};

use super::{AsOf, Comparison, Condition, Query, Sort, Test};
use crate::Moment;
use crate::oracle::ords::table::{Kind, Table};
use crate::oracle::ords::value::{Decimal, Value};

/// Reads a `q`.
pub(crate) fn parse(text: &str, table: &Table) -> Result<Query, String> {
    let json: Json = serde_json::from_str(text).map_err(|e| format!("The query filter is not valid JSON: {e}"))?;
    let Json::Object(members) = json else { return Err("The query filter must be a JSON object".to_owned()) };
    let reader = Reader { table };
    let mut query = Query::default();
    for (name, value) in &members {
        match name.as_str() {
            "$orderby" => query.order = reader.order(value)?,
            "$asof" => query.as_of = Some(as_of(value)?),
            _ => query.wheres.push(reader.member(name, value, None)?),
        }
    }
    Ok(query)
}

struct Reader<'a> {
    table: &'a Table,
}

impl Reader<'_> {
    /// A member where a column, `$and` or `$or` may stand; a plain operator only within a column.
    fn member(&self, name: &str, value: &Json, within: Option<usize>) -> Result<Condition, String> {
        match (name, within) {
            ("$and", _) => Ok(Condition::All(self.elements(name, value, within)?)),
            ("$or", _) => Ok(Condition::Any(self.elements(name, value, within)?)),
            (_, Some(column)) if name.starts_with('$') => {
                Ok(Condition::Column { column, test: self.test(column, name, value)? })
            }
            (_, None) if name.starts_with('$') => Err(format!("The operator {name} stands outside of a column")),
            _ => self.column(self.find(name)?, value),
        }
    }

    /// Names are identifiers of SQL: case does not matter.
    fn find(&self, name: &str) -> Result<usize, String> {
        let found = self.table.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| format!("The column {name} does not exist"))
    }

    fn column(&self, column: usize, value: &Json) -> Result<Condition, String> {
        match value {
            Json::Object(members) if date_text(value).is_none() => {
                let mut tests = Vec::with_capacity(members.len());
                for (name, value) in members {
                    if !name.starts_with('$') {
                        return Err(format!("Expected an operator, found {name}"));
                    }
                    tests.push(self.member(name, value, Some(column))?);
                }
                filled(tests, "A column's condition is empty").map(Condition::All)
            }
            Json::Array(_) => Ok(Condition::All(self.elements("a column's list", value, Some(column))?)),
            value => {
                let value = self.literal(column, value)?;
                Ok(Condition::Column { column, test: Test::Compare(Comparison::Eq, value) })
            }
        }
    }

    /// The conditions under `$and`, `$or` or a column's list; one that stands alone needs no list.
    fn elements(&self, name: &str, value: &Json, within: Option<usize>) -> Result<Vec<Condition>, String> {
        let element = |value: &Json| {
            let Json::Object(members) = value else { return Err(format!("{name} takes a list of objects")) };
            let conditions = members.iter().map(|(name, value)| self.member(name, value, within));
            filled(conditions.collect::<Result<_, _>>()?, "A condition is empty").map(Condition::All)
        };
        match value {
            Json::Array(values) => {
                filled(values.iter().map(element).collect::<Result<_, _>>()?, "A list of conditions is empty")
            }
            value => Ok(vec![element(value)?]),
        }
    }

    fn test(&self, column: usize, name: &str, value: &Json) -> Result<Test, String> {
        let ordered = |comparison| Ok(Test::Compare(comparison, self.ordered(column, name, value)?));
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| format!("{name} takes a text"));
        let text = || self.spelled(column, name).and_then(|()| text());
        let null = |test| if value.is_null() { Ok(test) } else { Err(format!("{name} takes null")) };
        match name {
            "$eq" => Ok(Test::Compare(Comparison::Eq, self.literal(column, value)?)),
            "$ne" => Ok(Test::Compare(Comparison::Ne, self.literal(column, value)?)),
            "$lt" => ordered(Comparison::Lt),
            "$lte" => ordered(Comparison::Lte),
            "$gt" => ordered(Comparison::Gt),
            "$gte" => ordered(Comparison::Gte),
            "$instr" => Ok(Test::Instr(text()?)),
            "$ninstr" => Ok(Test::NotInstr(text()?)),
            "$like" => Ok(Test::Like(text()?)),
            "$null" => null(Test::Null),
            "$notnull" => null(Test::NotNull),
            "$between" => self.between(column, value),
            _ => Err(format!("The operator {name} does not exist")),
        }
    }

    fn between(&self, column: usize, value: &Json) -> Result<Test, String> {
        let Some([low, high]) = value.as_array().map(Vec::as_slice) else {
            return Err("$between takes a list of two".to_owned());
        };
        match (low, high) {
            (Json::Null, Json::Null) => Err("$between takes null on one side only".to_owned()),
            (Json::Null, high) => Ok(Test::Between(None, Some(self.ordered(column, "$between", high)?))),
            (low, Json::Null) => Ok(Test::Between(Some(self.ordered(column, "$between", low)?), None)),
            (low, high) => Ok(Test::Between(Some(self.literal(column, low)?), Some(self.literal(column, high)?))),
        }
    }

    /// A number or a date, for an operator that takes no text.
    fn ordered(&self, column: usize, name: &str, value: &Json) -> Result<Value, String> {
        let fits = match self.table.columns[column].kind {
            Kind::Number { .. } => value.is_number(),
            Kind::Date | Kind::Timestamp => date_text(value).is_some(),
            Kind::Varchar { .. } => false,
        };
        if fits { self.literal(column, value) } else { Err(format!("{name} takes a number or a date")) }
    }

    /// The text operators work on what converts to text without a date format.
    fn spelled(&self, column: usize, name: &str) -> Result<(), String> {
        let column = &self.table.columns[column];
        if column.kind.is_time() { Err(format!("{name} does not work on the date {}", column.name)) } else { Ok(()) }
    }

    /// A text, number or date as the column compares it.
    fn literal(&self, column: usize, value: &Json) -> Result<Value, String> {
        let column = &self.table.columns[column];
        let bad = || format!("{value} is no value for the column {}", column.name);
        match (column.kind, value) {
            (_, Json::String(text)) if text.is_empty() => Ok(Value::Null),
            (Kind::Varchar { .. }, Json::String(text)) => Ok(Value::text(text)),
            (Kind::Varchar { .. }, Json::Number(number)) => Ok(Value::text(&number.to_string())),
            (Kind::Number { .. }, Json::String(text)) => Decimal::parse(text).map(Value::Number).ok_or_else(bad),
            (Kind::Number { .. }, Json::Number(number)) => {
                Decimal::parse(&number.to_string()).map(Value::Number).ok_or_else(bad)
            }
            (Kind::Date | Kind::Timestamp, value) => {
                let at = date_text(value).and_then(|text| text.parse::<Moment>().ok());
                at.map(Value::Instant).ok_or_else(bad)
            }
            _ => Err(bad()),
        }
    }

    fn order(&self, value: &Json) -> Result<Vec<Sort>, String> {
        let Json::Object(members) = value else { return Err("$orderby takes an object".to_owned()) };
        let sort = |(name, value): (&String, &Json)| {
            let descending = match value {
                Json::String(text) if text.eq_ignore_ascii_case("asc") || text == "1" => false,
                Json::String(text) if text.eq_ignore_ascii_case("desc") || text == "-1" => true,
                value if value.as_i64() == Some(1) => false,
                value if value.as_i64() == Some(-1) => true,
                value => return Err(format!("$orderby takes ASC, DESC, 1 or -1, not {value}")),
            };
            Ok(Sort { column: self.find(name)?, descending })
        };
        filled(members.iter().map(sort).collect::<Result<_, _>>()?, "$orderby is empty")
    }
}

fn as_of(value: &Json) -> Result<AsOf, String> {
    let bad = || format!("$asof takes a date or a system change number, not {value}");
    if value.as_u64().is_some_and(|scn| scn > 0) {
        return Ok(AsOf::Scn);
    }
    let text = date_text(value).or(value.as_str()).ok_or_else(bad)?;
    if text.parse::<u64>().is_ok_and(|scn| scn > 0) {
        return Ok(AsOf::Scn);
    }
    text.parse().map(AsOf::Date).map_err(|_| bad())
}

/// The text of `{"$date": "..."}`, if the value is just that.
fn date_text(value: &Json) -> Option<&str> {
    let members: &Map<_, _> = value.as_object()?;
    if members.len() == 1 { members.get("$date")?.as_str() } else { None }
}

fn filled<T>(list: Vec<T>, otherwise: &str) -> Result<Vec<T>, String> {
    if list.is_empty() { Err(otherwise.to_owned()) } else { Ok(list) }
}
