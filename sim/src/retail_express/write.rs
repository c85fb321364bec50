//! The body of a POST or PUT: read against the table of members, or refused in the service's words.

use compact_str::CompactString;
use jiff::civil::Date;
use serde_json::Value;

use super::errors::Problem;
use super::fields::{By, CUSTOMER, Field, Kind};
use super::record::{Slot, empty, empty_row};
use super::time::parse_instant;
use crate::world::seeded::boutiques;

/// What a body said: the members that it named, and the same as flat text for the journal.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) slots: Vec<(usize, Slot)>,
    /// `("marketing.receive_email", "true")`, ...
    pub(crate) told: Vec<(String, String)>,
}

/// Whose body it is: the tester may write what is the system's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hand {
    Caller,
    Tester,
}

impl Hand {
    fn may_write(self, field: &Field) -> bool {
        self == Self::Tester || field.by == By::Caller
    }
}

/// Reads a caller's body.
pub(crate) fn read(body: &[u8]) -> Result<Said, Problem> {
    let mut problem = Problem::validation();
    if body.iter().all(u8::is_ascii_whitespace) {
        problem.add("", "A non-empty request body is required.".to_owned());
        return Err(problem);
    }
    match serde_json::from_slice(body) {
        Ok(value) => read_value(&value, Hand::Caller),
        Err(error) => {
            let (line, column) = (error.line().saturating_sub(1), error.column().saturating_sub(1));
            let place = format!("Path: $ | LineNumber: {line} | BytePositionInLine: {column}.");
            problem.add("$", format!("The JSON value could not be read. {place}"));
            Err(problem)
        }
    }
}

/// Reads a customer. Members that are not in the table, and those that the hand may not write, are passed over.
pub(crate) fn read_value(value: &Value, hand: Hand) -> Result<Said, Problem> {
    let mut reader = Reader { hand, problem: Problem::validation(), told: Vec::new() };
    let Value::Object(members) = value else {
        reader.unreadable("", "Customer");
        return Err(reader.problem);
    };
    let mut slots = Vec::new();
    for (place, field) in CUSTOMER.iter().enumerate().filter(|(_, field)| hand.may_write(field)) {
        if let Some(value) = members.get(field.name) {
            slots.push((place, reader.slot(field.kind, value, field.name)));
        }
    }
    if reader.problem.found() { Err(reader.problem) } else { Ok(Said { slots, told: reader.told }) }
}

struct Reader {
    hand: Hand,
    problem: Problem,
    told: Vec<(String, String)>,
}

impl Reader {
    fn unreadable(&mut self, path: &str, kind: &str) {
        let path = if path.is_empty() { "$".to_owned() } else { format!("$.{path}") };
        let message = format!("The JSON value could not be converted to {kind}. Path: {path}.");
        self.problem.add(&path, message);
    }

    fn slot(&mut self, kind: Kind, value: &Value, path: &str) -> Slot {
        let slot = match (kind, value) {
            (_, Value::Null) => Some(empty(kind)),
            (Kind::Object(members) | Kind::Link(members), Value::Object(_)) => {
                return Slot::Object(self.row(members, value, path));
            }
            (Kind::List(members), Value::Array(rows)) => return Slot::List(self.rows(members, rows, path)),
            (Kind::Outlet, Value::Object(outlet)) => return self.outlet(outlet.get("id"), path),
            (Kind::Flag, Value::Bool(flag)) => Some(Slot::Flag(*flag)),
            (Kind::Whole | Kind::Count, Value::Number(number)) => {
                number.as_i64().and_then(|number| i32::try_from(number).ok()).map(|number| Slot::Whole(number.into()))
            }
            (Kind::Amount, Value::Number(number)) => number.as_f64().map(Slot::Amount),
            (_, Value::String(text)) => from_text(kind, text),
            _ => None,
        };
        match slot {
            Some(slot) => {
                if matches!((kind, &slot), (Kind::Email, Slot::Text(text)) if !is_email(text)) {
                    self.problem.add(path, format!("The {path} field is not a valid e-mail address."));
                }
                self.told.push((path.to_owned(), plain(value)));
                slot
            }
            None => {
                self.unreadable(path, type_name(kind));
                Slot::Null
            }
        }
    }

    fn row(&mut self, members: &[Field], value: &Value, path: &str) -> Box<[Slot]> {
        let mut row = empty_row(members);
        for (member, slot) in members.iter().zip(&mut row) {
            if let Some(value) = value.get(member.name).filter(|_| self.hand.may_write(member)) {
                *slot = self.slot(member.kind, value, &format!("{path}.{}", member.name));
            }
        }
        row
    }

    fn rows(&mut self, members: &[Field], rows: &[Value], path: &str) -> Box<[Box<[Slot]>]> {
        if rows.is_empty() {
            self.told.push((path.to_owned(), String::new()));
        }
        let mut read = Vec::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            let path = format!("{path}[{at}]");
            if row.is_object() {
                read.push(self.row(members, row, &path));
            } else {
                self.unreadable(&path, "an object");
            }
        }
        read.into()
    }

    fn outlet(&mut self, id: Option<&Value>, path: &str) -> Slot {
        let path = format!("{path}.id");
        match id {
            None => self.problem.add(&path, "The id field is required.".to_owned()),
            Some(Value::Null) => {}
            Some(value) => match value.as_i64() {
                Some(id) if boutiques().iter().any(|boutique| boutique.id.cast_signed() == id) => {
                    self.told.push((path, id.to_string()));
                    return Slot::Whole(id);
                }
                Some(id) => self.problem.add(&path, format!("The outlet {id} was not found.")),
                None => self.unreadable(&path, "System.Int32"),
            },
        }
        Slot::Null
    }
}

fn from_text(kind: Kind, text: &str) -> Option<Slot> {
    match kind {
        Kind::Text | Kind::Email => Some(Slot::Text(CompactString::new(text))),
        Kind::Choice(words) => {
            words.iter().find(|word| **word == text).map(|word| Slot::Text(CompactString::const_new(word)))
        }
        Kind::Date => parse_date(text).map(Slot::Date),
        Kind::Instant => parse_instant(text).map(Slot::Instant),
        _ => None,
    }
}

/// `YYYY-MM-DD`, alone or before a time.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let (date, rest) = text.split_at_checked(10)?;
    let punctuated = date.as_bytes()[4] == b'-' && date.as_bytes()[7] == b'-';
    if punctuated && (rest.is_empty() || rest.starts_with('T')) { date.parse().ok() } else { None }
}

/// The framework's own rule: one `@`, neither first nor last. An empty text is no address but says there is none.
fn is_email(text: &str) -> bool {
    text.is_empty()
        || text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Email | Kind::Choice(_) => "System.String",
        Kind::Date | Kind::Instant => "System.DateTime",
        Kind::Flag => "System.Boolean",
        Kind::Whole | Kind::Count => "System.Int32",
        Kind::Amount => "System.Double",
        Kind::Outlet | Kind::Object(_) | Kind::Link(_) => "an object",
        Kind::List(_) => "a list",
    }
}

/// A value as the journal tells it: text bare, nothing as nothing.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
