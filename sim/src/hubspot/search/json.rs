//! JSON with the place of every token, and the vendor's wording for what is wrong at a place.
//! It knows no request.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::de::IgnoredAny;

use crate::hubspot::errors::Problem;
use crate::hubspot::wrong_json::position;

/// A value and where it stands in the body: its first and its last byte.
pub(super) struct Node<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) what: What<'a>,
}

pub(super) enum What<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    Map(Vec<(Cow<'a, str>, Node<'a>)>),
}

/// A body that is JSON.
pub(super) struct Document<'a> {
    text: &'a str,
}

impl<'a> Document<'a> {
    /// # Errors
    /// An empty body, or one that is no JSON (facts/hubspot-crm.md §1.1).
    pub(super) fn read(body: &'a [u8]) -> Result<(Self, Node<'a>), Problem> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Err(Problem::validation("Invalid JSON input: a request body was expected, but none found"));
        }
        let text = match std::str::from_utf8(body) {
            Ok(text) => text,
            Err(error) => {
                let (line, column) = position(body, error.valid_up_to());
                return Err(invalid(line, column, "Invalid UTF-8"));
            }
        };
        // The reader below only finds places; whether it is JSON at all, and not nested without end, is decided here.
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| {
            let said = error.to_string();
            let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
            invalid(error.line(), error.column(), said)
        })?;
        let document = Self { text };
        let mut reader = Reader { text, place: 0 };
        let node = reader.value().ok_or_else(|| document.wrong_at(reader.place, "Unexpected character"))?;
        Ok((document, node))
    }

    /// 400 without a category, naming the place of a token.
    pub(super) fn wrong_at(&self, place: usize, said: &str) -> Problem {
        let (line, column) = position(self.text.as_bytes(), place);
        invalid(line, column, said)
    }

    /// A value of the wrong form.
    pub(super) fn wrong_form(&self, node: &Node<'_>, wanted: &str) -> Problem {
        let (form, token) = match &node.what {
            What::Null => ("Null", "VALUE_NULL"),
            What::Bool(true) => ("Boolean", "VALUE_TRUE"),
            What::Bool(false) => ("Boolean", "VALUE_FALSE"),
            What::Number(text) if text.contains(['.', 'e', 'E']) => ("Floating-point", "VALUE_NUMBER_FLOAT"),
            What::Number(_) => ("Integer", "VALUE_NUMBER_INT"),
            What::Text(_) => ("String", "VALUE_STRING"),
            What::List(_) => ("Array", "START_ARRAY"),
            What::Map(_) => ("Object", "START_OBJECT"),
        };
        let said = format!("Cannot deserialize value of type `{wanted}` from {form} value (token `JsonToken.{token}`)");
        self.wrong_at(node.start, &said)
    }

    /// A text, or a number or boolean as its text; `None` for null.
    pub(super) fn text(&self, node: &Node<'_>) -> Result<Option<CompactString>, Problem> {
        match &node.what {
            What::Null => Ok(None),
            What::Bool(value) => Ok(Some(if *value { "true" } else { "false" }.into())),
            What::Number(text) => Ok(Some((*text).into())),
            What::Text(text) => Ok(Some(text.as_ref().into())),
            What::List(_) | What::Map(_) => Err(self.wrong_form(node, "java.lang.String")),
        }
    }

    /// The items of a list; none for null.
    pub(super) fn list<'n>(&self, node: &'n Node<'a>, wanted: &str) -> Result<&'n [Node<'a>], Problem> {
        match &node.what {
            What::Null => Ok(&[]),
            What::List(items) => Ok(items),
            _ => Err(self.wrong_form(node, wanted)),
        }
    }

    pub(super) fn map<'n>(&self, node: &'n Node<'a>, wanted: &str) -> Result<&'n [(Cow<'a, str>, Node<'a>)], Problem> {
        match &node.what {
            What::Map(members) => Ok(members),
            _ => Err(self.wrong_form(node, wanted)),
        }
    }
}

fn invalid(line: usize, column: usize, said: &str) -> Problem {
    Problem::bare(format!("Invalid input JSON on line {line}, column {column}: {said}"))
}

/// Finds the tokens of a text that is known to be JSON; `None` where it is not after all.
struct Reader<'a> {
    text: &'a str,
    place: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> Option<Node<'a>> {
        self.blank();
        let start = self.place;
        let what = match self.peek()? {
            b'{' => self.members()?,
            b'[' => self.items()?,
            b'"' => What::Text(self.string()?),
            _ => {
                let rest = &self.text[start..];
                let length = rest.find(|c: char| ",]}".contains(c) || c.is_ascii_whitespace()).unwrap_or(rest.len());
                self.place += length;
                match &rest[..length] {
                    "null" => What::Null,
                    "true" => What::Bool(true),
                    "false" => What::Bool(false),
                    number => What::Number(number),
                }
            }
        };
        Some(Node { start, end: self.place.checked_sub(1)?, what })
    }

    fn members(&mut self) -> Option<What<'a>> {
        let mut members = Vec::new();
        self.take(b'{')?;
        self.blank();
        while self.peek()? != b'}' {
            let name = self.string()?;
            self.blank();
            self.take(b':')?;
            members.push((name, self.value()?));
            self.between(b'}')?;
        }
        self.take(b'}')?;
        Some(What::Map(members))
    }

    fn items(&mut self) -> Option<What<'a>> {
        let mut items = Vec::new();
        self.take(b'[')?;
        self.blank();
        while self.peek()? != b']' {
            items.push(self.value()?);
            self.between(b']')?;
        }
        self.take(b']')?;
        Some(What::List(items))
    }

    /// A comma, or the end in sight.
    fn between(&mut self, end: u8) -> Option<()> {
        self.blank();
        if self.peek()? != end {
            self.take(b',')?;
            self.blank();
        }
        Some(())
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        let start = self.place;
        self.take(b'"')?;
        let mut escaped = false;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.place += 2;
                }
                _ => self.place += 1,
            }
        }
        self.place += 1;
        let quoted = self.text.get(start..self.place)?;
        if escaped {
            serde_json::from_str(quoted).ok().map(Cow::Owned)
        } else {
            quoted.get(1..quoted.len() - 1).map(Cow::Borrowed)
        }
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.place += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.place).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.place += 1)
    }
}
