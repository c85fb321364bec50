//! What a write makes of a row: conversions, defaults, triggers and constraints. Answers nothing itself.

use std::sync::Arc;

use serde_json::Value as Json;

use super::problem::Problem;
use super::rows::{Key, Records, Row};
use super::table::{Column, Misfit, Schema, Table};
use super::value::Value;
use crate::Moment;
use crate::journal::ChangeKind;

/// The members of a body, by column: `None` where one was left out.
pub(crate) type Members = Vec<Option<Value>>;

/// Reads a body. Members that are no columns are passed over, so that a row can be sent back as it was read.
pub(crate) fn members(schema: &Schema, table: &Table, body: &[u8]) -> Result<Members, Problem> {
    let json: Json = serde_json::from_slice(body)
        .map_err(|e| Problem::bad_request(format!("The request body is not valid JSON: {e}")))?;
    let Json::Object(object) = json else {
        return Err(Problem::bad_request("The request body must be a JSON object"));
    };
    let take = |column: &Column| {
        let json = object.get(&column.name)?;
        Some(column.take(json).map_err(|misfit| refusal(schema, table, column, misfit)))
    };
    table.columns.iter().map(|column| take(column).transpose()).collect()
}

fn refusal(schema: &Schema, table: &Table, column: &Column, misfit: Misfit) -> Problem {
    match misfit {
        Misfit::Type => Problem::bad_request(format!("Invalid value provided for parameter {}.", column.name)),
        Misfit::TooLong { actual, max } => Problem::sql(
            12899,
            format!("value too large for column {} (actual: {actual}, maximum: {max})", quoted(schema, table, column)),
        ),
        Misfit::TooPrecise => too_precise(),
    }
}

fn too_precise() -> Problem {
    Problem::sql(1438, "value larger than specified precision allowed for this column")
}

/// The column whose sequence has come to a number that it does not hold.
fn outgrown<'t>(table: &'t Table, values: &[Value]) -> Option<&'t Column> {
    let mut given = table.columns.iter().zip(values).filter(|(column, _)| column.generated);
    given.find(|(column, value)| !column.kind.holds(value)).map(|(column, _)| column)
}

fn quoted(schema: &Schema, table: &Table, column: &Column) -> String {
    format!("\"{}\".\"{}\".\"{}\"", schema.alias, table.name, column.name).to_uppercase()
}

/// The row that an INSERT makes, with its key.
pub(crate) fn insert(
    schema: &Schema,
    table: &Table,
    records: &Records,
    sent: Members,
    at: Moment,
) -> Result<(Key, Arc<Row>), Problem> {
    let values = fresh(table, records, sent, at, false);
    if outgrown(table, &values).is_some() {
        return Err(too_precise());
    }
    for (column, value) in table.columns.iter().zip(&values) {
        if value.is_null() && !column.nullable {
            return Err(Problem::sql(1400, format!("cannot insert NULL into ({})", quoted(schema, table, column))));
        }
    }
    let key = Key::of(table, &values);
    if records.rows.contains_key(&key) {
        let name = format!("{}.{}_PK", schema.alias, table.name).to_uppercase();
        return Err(Problem::sql(1, format!("unique constraint ({name}) violated")));
    }
    Ok((key, Arc::new(Row::new(values))))
}

/// The row that an UPDATE of every column makes: a member left out becomes null.
pub(crate) fn replace(
    schema: &Schema,
    table: &Table,
    old: &Row,
    sent: Members,
    at: Moment,
) -> Result<Arc<Row>, Problem> {
    let mut values: Vec<Value> = sent.into_iter().map(|value| value.unwrap_or(Value::Null)).collect();
    for &column in &table.key {
        values[column] = old.values[column].clone();
    }
    for (place, column) in table.columns.iter().enumerate() {
        if column.on_write.is_some() {
            values[place] = column.kind.at(at);
        } else if column.on_insert.is_some() && values[place].is_null() {
            values[place] = old.values[place].clone();
        }
        if values[place].is_null() && !column.nullable {
            return Err(Problem::sql(1407, format!("cannot update ({}) to NULL", quoted(schema, table, column))));
        }
    }
    Ok(Arc::new(Row::new(values)))
}

/// The values of a new row.
fn fresh(table: &Table, records: &Records, sent: Members, at: Moment, keep_stamps: bool) -> Vec<Value> {
    let fill = |(column, value): (&Column, Option<Value>)| {
        let value = value.unwrap_or(Value::Null);
        if column.on_write.is_some() && (value.is_null() || !keep_stamps) {
            return column.kind.at(at);
        }
        match value {
            Value::Null if column.generated => records.next_generated(),
            Value::Null if column.on_insert.is_some() => column.kind.at(at),
            Value::Null => column.default_value(),
            value => value,
        }
    };
    table.columns.iter().zip(sent).map(fill).collect()
}

/// Reads a row that the tester puts in.
pub(crate) fn by_hand(table: &Table, row: &Json) -> Result<Members, String> {
    let Json::Object(object) = row else { return Err("not an object".to_owned()) };
    let mut sent: Members = vec![None; table.columns.len()];
    for (name, json) in object {
        let column = table.column(name).ok_or_else(|| format!("{} has no column {name}", table.name))?;
        let value = table.columns[column].take(json).map_err(|_| format!("{json} does not fit the column {name}"))?;
        sent[column] = Some(value);
    }
    Ok(sent)
}

/// The row that the tester's hand makes: merged into the one of the same key, stamps kept where given.
pub(crate) fn merged(
    table: &Table,
    records: &Records,
    sent: Members,
    at: Moment,
) -> Result<(ChangeKind, Key, Arc<Row>), String> {
    let named: Option<Vec<Value>> =
        table.key.iter().map(|&column| sent[column].clone().filter(|value| !value.is_null())).collect();
    let old = named.and_then(|parts| records.rows.get(&Key::new(parts)));
    let kind = if old.is_some() { ChangeKind::Updated } else { ChangeKind::Created };
    let values = match old {
        None => fresh(table, records, sent, at, true),
        Some(old) => {
            let merge = |((column, value), old): ((&Column, Option<Value>), &Value)| match value {
                Some(value) => value,
                None if column.on_write.is_some() => column.kind.at(at),
                None => old.clone(),
            };
            table.columns.iter().zip(sent).zip(&old.values).map(merge).collect()
        }
    };
    if let Some(Column { name, kind, .. }) = outgrown(table, &values) {
        return Err(format!("the next number of the column {name} has more digits than {kind} holds; give one"));
    }
    match table.columns.iter().zip(&values).find(|(column, value)| value.is_null() && !column.nullable) {
        Some((column, _)) => Err(format!("the column {} may not be null", column.name)),
        None => Ok((kind, Key::of(table, &values), Arc::new(Row::new(values)))),
    }
}
