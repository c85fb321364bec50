//! Request bodies of the record operations, parsed outside the world's lock. What is wrong with one
//! is kept as the answer it will get if no earlier door refuses the call.

use std::fmt;

use compact_str::{CompactString, ToCompactString};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};

use super::errors::Problem;

/// `{"properties": {...}}` of a create or update.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Write {
    #[serde(default)]
    pub(crate) properties: Properties,
    #[serde(default)]
    pub(crate) associations: Option<Vec<serde_json::Value>>,
}

/// One input of a batch; each operation reads the members it knows.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Input {
    #[serde(default)]
    pub(crate) id: Text,
    #[serde(default)]
    pub(crate) id_property: Option<CompactString>,
    #[serde(default)]
    pub(crate) properties: Properties,
    #[serde(default)]
    pub(crate) object_write_trace_id: Option<CompactString>,
    #[serde(default)]
    pub(crate) associations: Option<Vec<serde_json::Value>>,
}

/// `{"inputs": [...]}`. A body without `inputs` is an empty batch, which the vendor answers as
/// complete (facts/hubspot-limits-webhooks-auth.md §12, trap 8).
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Batch {
    #[serde(default)]
    pub(crate) inputs: Vec<Input>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchRead {
    #[serde(default)]
    pub(crate) inputs: Vec<Input>,
    #[serde(default)]
    pub(crate) id_property: Option<CompactString>,
    #[serde(default)]
    pub(crate) properties: Vec<CompactString>,
    #[serde(default)]
    pub(crate) properties_with_history: Vec<CompactString>,
}

/// Names and values as sent: `None` is a JSON null, which leaves the stored value alone.
#[derive(Debug, Default)]
pub(crate) struct Properties(pub(crate) Vec<(CompactString, Option<CompactString>)>);

/// A string, or a number or boolean kept as its text; empty where absent.
#[derive(Debug, Default)]
pub(crate) struct Text(pub(crate) CompactString);

/// Reads a body as JSON.
///
/// # Errors
/// The vendor's answer to a missing or malformed body. The wording after `column` is a parser's own
/// and differs from the vendor's (ledger: `hubspot.wrong.malformed-json`).
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::validation("Invalid JSON input: a request body was expected, but none found"));
    }
    serde_json::from_slice(body).map_err(|error| malformed(&error))
}

pub(crate) fn malformed(error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    Problem::bare(format!("Invalid input JSON on line {}, column {}: {text}", error.line(), error.column()))
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Option<CompactString>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of type `java.lang.String`")
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.into()))
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value.to_compact_string()))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value.to_compact_string()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value.to_compact_string()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(value.to_compact_string()))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// One value that may be null.
struct MaybeText(Option<CompactString>);

impl<'de> Deserialize<'de> for MaybeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(|text| Self(text.unwrap_or_default()))
    }
}

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Properties;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of property names and values")
            }
            fn visit_unit<E>(self) -> Result<Properties, E> {
                Ok(Properties::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Properties, A::Error> {
                let mut members: Vec<(CompactString, Option<CompactString>)> = Vec::with_capacity(12);
                while let Some(name) = map.next_key::<CompactString>()? {
                    let MaybeText(value) = map.next_value()?;
                    match members.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, known)) => *known = value,
                        None => members.push((name, value)),
                    }
                }
                Ok(Properties(members))
            }
        }

        deserializer.deserialize_any(Members)
    }
}
