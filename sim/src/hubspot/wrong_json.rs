//! What the vendor's JSON reader says of a body that it cannot use. For a value of the wrong form the
//! wording is the vendor's; for text that is no JSON at all it is our parser's, with its place
//! (ledger: `hubspot.wrong.malformed-json`).

use super::errors::Problem;

/// What begins the word on members that an object must have and has not; their list follows.
pub(crate) const MISSING: &str = "missing: ";

/// The Java types that stand in its words, as what a visitor expected.
pub(crate) const TEXT: &str = "java.lang.String";
pub(crate) const MAP: &str = "java.util.LinkedHashMap<java.lang.String,java.lang.String>";

/// 400 without a category (facts/hubspot-crm.md §1.1).
pub(crate) fn told(error: &serde_json::Error, body: &[u8]) -> Problem {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let (mut place, mut said) = ((error.line(), error.column()), text.to_owned());
    if let Some(names) = text.strip_prefix(MISSING) {
        let (line, column) = place;
        return Problem::validation(format!(
            "Invalid input JSON on line {line}, column {column}. Some required fields were not set: {names}"
        ));
    }
    if let Some((form, wanted)) = wrong_form(text) {
        let (name, token) = form.words();
        place = position(body, form.start(body, offset(body, place)));
        said = format!("Cannot deserialize value of type `{wanted}` from {name} value (token `JsonToken.{token}`)");
    }
    Problem::bare(format!("Invalid input JSON on line {}, column {}: {said}", place.0, place.1))
}

/// A body without what it must have, told at its end.
pub(crate) fn incomplete(body: &[u8], what: &str, missing: &[&str]) -> Problem {
    let lines: Vec<&[u8]> = body.trim_ascii_end().split(|byte| *byte == b'\n').collect();
    let (line, column) = (lines.len(), lines.last().map_or(0, |last| last.len()));
    let names = missing.join(", ");
    Problem::bare(format!(
        "Invalid input JSON on line {line}, column {column}: Cannot build {what}, some of required attributes are not set [{names}]"
    ))
}

#[derive(Clone, Copy)]
enum Form {
    Array,
    Object,
    String,
    Integer,
    Float,
    Boolean(bool),
}

/// Reads `invalid type: sequence, expected X`.
fn wrong_form(text: &str) -> Option<(Form, &str)> {
    let (found, wanted) = text.strip_prefix("invalid type: ")?.split_once(", expected ")?;
    let form = match found.split(' ').next()? {
        "sequence" => Form::Array,
        "map" => Form::Object,
        "string" => Form::String,
        "integer" => Form::Integer,
        "floating" => Form::Float,
        "boolean" => Form::Boolean(found.ends_with("`true`")),
        _ => return None,
    };
    Some((form, java(wanted)))
}

/// The vendor's name for what our parser expected; what has none is called by its own already.
fn java(wanted: &str) -> &str {
    match wanted {
        "a sequence" => "java.util.ArrayList<java.lang.String>",
        "a string" => TEXT,
        "i32" | "u32" => "java.lang.Integer",
        "i64" | "u64" | "usize" => "java.lang.Long",
        "a boolean" => "java.lang.Boolean",
        known => known,
    }
}

impl Form {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Array => ("Array", "START_ARRAY"),
            Self::Object => ("Object", "START_OBJECT"),
            Self::String => ("String", "VALUE_STRING"),
            Self::Integer => ("Integer", "VALUE_NUMBER_INT"),
            Self::Float => ("Floating-point", "VALUE_NUMBER_FLOAT"),
            Self::Boolean(true) => ("Boolean", "VALUE_TRUE"),
            Self::Boolean(false) => ("Boolean", "VALUE_FALSE"),
        }
    }

    /// Where the token starts that our parser stopped in or behind; the vendor names its start.
    fn start(self, body: &[u8], stopped: usize) -> usize {
        let read = &body[..(stopped + 1).min(body.len())];
        let found = match self {
            Self::Array => read.iter().rposition(|byte| *byte == b'['),
            Self::Object => read.iter().rposition(|byte| *byte == b'{'),
            Self::String => opening_quote(read),
            Self::Integer | Self::Float | Self::Boolean(_) => {
                let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                let last = read.iter().rposition(part);
                last.map(|last| read[..last].iter().rposition(|byte| !part(byte)).map_or(0, |before| before + 1))
            }
        };
        found.unwrap_or(stopped)
    }
}

fn opening_quote(read: &[u8]) -> Option<usize> {
    let closing = read.iter().rposition(|byte| *byte == b'"')?;
    // Slashes are counted before a quote only, so that each is looked at once.
    (0..closing).rev().filter(|at| read[*at] == b'"').find(|at| {
        let slashes = read[..*at].iter().rev().take_while(|byte| **byte == b'\\').count();
        slashes % 2 == 0
    })
}

/// The byte at a line and column, both from 1.
fn offset(body: &[u8], (line, column): (usize, usize)) -> usize {
    let before: usize = body.split(|byte| *byte == b'\n').take(line.saturating_sub(1)).map(|line| line.len() + 1).sum();
    before + column.saturating_sub(1)
}

/// Line and column of a byte, both from 1; a column counts bytes, as the vendor's parser does.
pub(crate) fn position(body: &[u8], place: usize) -> (usize, usize) {
    let before = &body[..place.min(body.len())];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    (before.iter().filter(|byte| **byte == b'\n').count() + 1, before.len() - line_start + 1)
}
