//! A published figure: its value, where it stands, and when that was read.

use std::borrow::Cow;

use http::StatusCode;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};

use crate::parse_span;

/// One figure of a policy. In a profile: `{ value: 190, source: "NAME.md §2.1 [docs]", date: 2026-11-01 }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a figure `{ value: ..., source: ..., date: ... }`")]
pub struct Figure<T> {
    pub value: T,
    /// The document and section, and how sure it is: `[docs]`, `[thread]`, `[inferred]`...
    pub source: String,
    /// When the source was read; none for a figure that comes from no profile.
    #[serde(deserialize_with = "dated")]
    pub date: Option<Date>,
}

impl<T> Figure<T> {
    /// A figure that no profile gives, such as a rate in a gateway's deployment.
    #[must_use]
    pub fn given(value: T, source: &str) -> Self {
        Self { value, source: source.to_owned(), date: None }
    }
}

fn dated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    let no_date = |_| serde::de::Error::custom(format_args!("`{text}` is not a date; write one like 2026-11-20"));
    text.parse().map(Some).map_err(no_date)
}

/// A span of time in milliseconds; in a profile a text such as `10s` or `60m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub i64);

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        parse_span(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// The status of an answer; in a profile a number from 200 to 599.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub StatusCode);

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u16::deserialize(deserializer)?;
        let status = StatusCode::from_u16(number).ok().filter(|_| (200..600).contains(&number));
        status.map(Self).ok_or_else(|| serde::de::Error::custom(format!("{number} is not a status from 200 to 599")))
    }
}
