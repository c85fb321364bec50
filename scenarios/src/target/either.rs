//! Members of a target file that may be written in one of two ways.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor, value};

use super::file::TableFile;

/// How the program is put back between two cases.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Reset {
    Command(#[schemars(length(min = 1))] Vec<String>),
    Url(String),
}

/// What a gateway has deployed.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Deployments {
    /// Specifications by path prefix: `{ /erp/v2: gateway/customers.json }`.
    ByPrefix(IndexMap<String, PathBuf>),
    /// Files that hold a specification beside its `pathPrefix`, as a deployment is created from.
    Whole(Vec<PathBuf>),
}

/// The master's tables.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Tables {
    Each(Vec<TableFile>),
    /// Files with columns by a pattern, `ords/*.yaml`; rows are in a file beside it that ends in `.csv`.
    Pattern(String),
}

impl Default for Deployments {
    fn default() -> Self {
        Self::Whole(Vec::new())
    }
}

impl Default for Tables {
    fn default() -> Self {
        Self::Each(Vec::new())
    }
}

/// What each form becomes; `None` where it is not taken.
trait Either: Sized {
    const EXPECTED: &'static str;
    type Items: DeserializeOwned;
    type Members: DeserializeOwned;

    fn text(_: &str) -> Option<Self> {
        None
    }
    fn items(_: Self::Items) -> Self;
    fn members(_: Self::Members) -> Option<Self> {
        None
    }
}

impl Either for Reset {
    const EXPECTED: &'static str = "a command as a list of texts, or an address";
    type Items = Vec<String>;
    type Members = serde::de::IgnoredAny;

    fn text(address: &str) -> Option<Self> {
        Some(Self::Url(address.to_owned()))
    }
    fn items(command: Vec<String>) -> Self {
        Self::Command(command)
    }
}

impl Either for Deployments {
    const EXPECTED: &'static str = "files by path prefix, or a list of files";
    type Items = Vec<PathBuf>;
    type Members = IndexMap<String, PathBuf>;

    fn items(files: Vec<PathBuf>) -> Self {
        Self::Whole(files)
    }
    fn members(files: IndexMap<String, PathBuf>) -> Option<Self> {
        Some(Self::ByPrefix(files))
    }
}

impl Either for Tables {
    const EXPECTED: &'static str = "a list of tables, or a pattern of files";
    type Items = Vec<TableFile>;
    type Members = serde::de::IgnoredAny;

    fn text(pattern: &str) -> Option<Self> {
        Some(Self::Pattern(pattern.to_owned()))
    }
    fn items(tables: Vec<TableFile>) -> Self {
        Self::Each(tables)
    }
}

struct Ways<T>(PhantomData<T>);

impl<'de, T: Either> Visitor<'de> for Ways<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        T::text(text).ok_or_else(|| E::invalid_type(serde::de::Unexpected::Str(text), &self))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<T, A::Error> {
        T::Items::deserialize(value::SeqAccessDeserializer::new(seq)).map(T::items)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let members = T::Members::deserialize(value::MapAccessDeserializer::new(map))?;
        let unexpected = || serde::de::Error::invalid_type(serde::de::Unexpected::Map, &self);
        T::members(members).ok_or_else(unexpected)
    }
}

macro_rules! either {
    ($($of:ty),*) => {
        $(impl<'de> Deserialize<'de> for $of {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Ways(PhantomData))
            }
        })*
    };
}

either!(Reset, Deployments, Tables);
