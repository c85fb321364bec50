//! Request bodies of the record operations, parsed outside the world's lock. What is wrong with one
//! is kept as the answer it will get if no earlier door refuses the call.

use std::fmt;

use compact_str::{CompactString, ToCompactString};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};

use super::associations::Inline;
use super::errors::Problem;
use super::object::{self, Named, Object};
use super::wrong_json;

/// `{"properties": {...}}` of a create or update.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Write {
    #[serde(default)]
    pub(crate) properties: Properties,
    #[serde(default, deserialize_with = "object::list")]
    pub(crate) associations: Vec<Inline>,
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
    #[serde(default, deserialize_with = "object::list")]
    pub(crate) associations: Vec<Inline>,
}

/// `{"inputs": [...]}`. A body without `inputs` is an empty batch, which the vendor answers as
/// complete (facts/hubspot-limits-webhooks-auth.md §12, trap 8).
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Batch {
    #[serde(default, deserialize_with = "object::list")]
    pub(crate) inputs: Vec<Input>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchRead {
    #[serde(default, deserialize_with = "object::list")]
    pub(crate) inputs: Vec<Input>,
    #[serde(default)]
    pub(crate) id_property: Option<CompactString>,
    #[serde(default, deserialize_with = "names")]
    pub(crate) properties: Vec<CompactString>,
    #[serde(default, deserialize_with = "names")]
    pub(crate) properties_with_history: Vec<CompactString>,
}

/// Gives bodies the names of the vendor's classes, in a package where it was seen.
macro_rules! named {
    (in $package:literal; $($type:ty: $java:literal,)*) => {
        $(impl $crate::hubspot::object::Named for $type {
            const JAVA: &'static str = concat!($package, $java);
        })*
    };
    ($($type:ty: $java:literal,)*) => {
        $crate::hubspot::body::named! { in ""; $($type: $java,)* }
    };
}
pub(crate) use named;

// The package is the one that search names; the classes are called as the vendor's specification has them.
named! {
    in "com.hubspot.inbounddb.publicobject.core.v3.";
    Write: "SimplePublicObjectInput",
    Input: "SimplePublicObjectBatchInput",
    Batch: "BatchInputSimplePublicObjectBatchInput",
    BatchRead: "BatchReadInputSimplePublicObjectId",
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
/// The vendor's answer to a missing or malformed body.
pub(crate) fn parse<T: DeserializeOwned + Named>(body: &[u8]) -> Result<T, Problem> {
    read(body).map(|Object(read)| read)
}

/// Reads a body that need not be an object.
///
/// # Errors
/// As [`parse`].
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::validation("Invalid JSON input: a request body was expected, but none found"));
    }
    // One look at all of it costs less than one at each string.
    let read = match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    };
    read.map_err(|error| wrong_json::told(&error, body))
}

/// The refusal of a body that leaves out what it must have, told at its end.
pub(crate) fn lacking<T: Named>(body: &[u8], missing: &[&str]) -> Problem {
    let lines: Vec<&[u8]> = body.trim_ascii_end().split(|byte| *byte == b'\n').collect();
    let (line, column) = (lines.len(), lines.last().map_or(0, |last| last.len()));
    let (what, names) = (T::JAVA, missing.join(", "));
    Problem::bare(format!(
        "Invalid input JSON on line {line}, column {column}: Cannot build {what}, some of required attributes are not set [{names}]"
    ))
}

/// A list of names; none where it is null.
fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<CompactString>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Option<CompactString>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(wrong_json::TEXT)
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
                f.write_str(wrong_json::MAP)
            }
            fn visit_unit<E>(self) -> Result<Properties, E> {
                Ok(Properties::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Properties, A::Error> {
                let mut members = IndexMap::with_capacity_and_hasher(12, FxBuildHasher);
                while let Some(name) = map.next_key::<CompactString>()? {
                    let MaybeText(value) = map.next_value()?;
                    members.insert(name, value);
                }
                Ok(Properties(members.into_iter().collect()))
            }
        }

        deserializer.deserialize_any(Members)
    }
}
