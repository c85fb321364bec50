//! The form of a contract file, section by section as the intake form of an integration has them. The
//! types are the file's only definition: the schema, and with it what the reader says of a fault, come
//! from them.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use sim::{SystemName, parse_span};

/// What one integration promises.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Its name, as reports have it.
    pub contract: String,
    /// The systems of record.
    pub topology: Topology,
    /// What is brought from one side to the other.
    pub objects: Vec<Object>,
    /// How each object's fields travel.
    pub mapping: Vec<Mapping>,
    /// How the systems' own limits are met.
    pub source_api: SourceApi,
    /// What is repeated, and what is not.
    pub reliability: Reliability,
    /// How soon a change has arrived.
    pub freshness: Freshness,
    /// What may not travel, and whose consent it takes.
    pub governance: Governance,
}

/// The two sides: where the truth is, and where its copy is kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Topology {
    pub master: Place,
    pub copy: Place,
}

/// A system, and the way to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    #[schemars(schema_with = "system")]
    pub system: SystemName,
    /// The system that is called in its place, such as a gateway.
    #[serde(default)]
    #[schemars(schema_with = "system")]
    pub through: Option<SystemName>,
}

/// One kind of record that both sides have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// What people call one of them: `customer`.
    pub name: String,
    pub master: MasterType,
    pub copy: CopyType,
    /// What a row of the master must be to have a copy; consent is apart.
    #[serde(default)]
    pub only: Vec<Only>,
}

/// The object's table on the master.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MasterType {
    /// The table: `customers`.
    #[serde(rename = "type")]
    pub record_type: String,
    /// The column that is a row's id.
    pub id: String,
}

/// The object's type in the copy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyType {
    /// The object type: `contacts`.
    #[serde(rename = "type")]
    pub record_type: String,
    /// Properties that a new record must have, whoever owns them.
    #[serde(default)]
    pub required: Vec<String>,
    /// Whether a record that is made in the copy becomes a row of the master.
    #[serde(default)]
    pub new_to_master: bool,
}

/// A condition on a column of the master.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Only {
    pub column: String,
    /// The value that it must have; an empty text means none.
    pub is: String,
}

/// How the fields of an object travel.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The object's name.
    pub object: String,
    #[serde(rename = "match")]
    pub keys: Keys,
    pub fields: Vec<Field>,
    /// Properties of the copy that no field maps and that only the copy's own people write.
    #[serde(default)]
    pub kept_by_copy: Vec<String>,
    /// Columns of the master that only the master writes once a row is there.
    #[serde(default)]
    pub kept_by_master: Vec<String>,
}

/// By what a row of the master and its copy are known to be one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    pub key: Key,
    /// For rows that have no key.
    pub fallback: Option<Key>,
}

/// A column of the master and the property that equals it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub column: String,
    pub property: String,
    /// What is done to both before they are compared, in this order.
    #[serde(default, rename = "as")]
    pub transforms: Vec<Transform>,
}

/// One field on its way from the master to the copy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The column, or several to be joined.
    pub from: Columns,
    /// The property.
    pub to: String,
    /// What is done to the value on the way, in this order.
    #[serde(default, rename = "as")]
    pub transforms: Vec<Transform>,
    /// The side whose word counts.
    pub owner: Owner,
}

/// One column, or several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Columns {
    One(String),
    Several(Vec<String>),
}

/// A side of the topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    Master,
    Copy,
}

/// What is done to a value. Nothing else can be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// Without white space at either end.
    Trim,
    LowerCase,
    UpperCase,
    /// The digits alone, and a plus sign before the first.
    Digits,
    /// The day of an instant: `2026-11-20`.
    Date,
    /// Several columns as one text, with this between those that have a value.
    Join(String),
    /// Another value for each of a picklist; one that is not named stays.
    Map(BTreeMap<String, String>),
}

/// How the systems' own limits are met.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceApi {
    pub backoff: Backoff,
    pub batch: Batch,
    pub token: Token,
    /// The percentage of a day's calls below which those stay that are answered with an error. HubSpot asks for less
    /// than 5 (facts/hubspot-limits-webhooks-auth.md §2.6), and that holds where nothing is said.
    #[serde(default = "error_share")]
    pub error_share: u8,
}

const fn error_share() -> u8 {
    5
}

/// The wait after a 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backoff {
    /// At the least, where the answer does not tell how long.
    pub at_least: Span,
    /// The longest wait before something is tried again: what has not come again by then was given up.
    pub longest: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The most records of one call.
    pub max: usize,
    /// As many records of a type within ten seconds are written in batches.
    pub used_from: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The percentage of its lifetime that may be left when the next one is asked for.
    pub renewed_at: u8,
}

/// What is repeated, and what is not.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reliability {
    /// How often something is tried before it is set aside.
    pub attempts: u32,
    /// The statuses that a repetition does not help.
    pub permanent: Vec<u16>,
    /// For so long after a change was carried over, its effect is not carried back.
    pub suppression: Span,
    /// What keeps a write that is repeated from making a double.
    pub idempotency: Idempotency,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Idempotency {
    /// A record that is made in the copy has its match key, where the master has one.
    MatchKey,
    /// A record is made in the copy only once it has been looked for there.
    Lookup,
}

/// How soon a change has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    pub within: Span,
    /// For this percentage of changes.
    pub share: u8,
}

/// What may not travel, and whose consent it takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Governance {
    pub consent: Option<Consent>,
    /// Columns of the master that never leave it.
    #[serde(default)]
    pub excluded: Vec<String>,
}

/// Whose records may be copied, and how they take it back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The object's name.
    pub object: String,
    /// The column of the master that says so.
    pub column: String,
    /// The value by which it allows.
    pub allows: String,
    /// The copy's property that is `true` once someone opted out.
    pub opt_out: String,
}

/// A span of time in milliseconds, written like 10s, 5m or 24h.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub i64);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_span(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9]+(ms|s|m|h|d)$",
            "description": "A span of time: a whole number and a unit, like 10s, 5m or 24h",
        })
    }
}

impl std::fmt::Display for Span {
    /// In the largest unit that divides it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&sim::span_text(self.0))
    }
}

fn system(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": SystemName::ALL.map(SystemName::as_str) })
}

impl Columns {
    /// Their names.
    #[must_use]
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(column) => std::slice::from_ref(column),
            Self::Several(columns) => columns,
        }
    }
}

impl Place {
    /// The system that an integration calls.
    #[must_use]
    pub fn front(&self) -> SystemName {
        self.through.unwrap_or(self.system)
    }
}

impl Contract {
    /// The mapping of an object.
    #[must_use]
    pub fn mapping_of(&self, object: &str) -> Option<&Mapping> {
        self.mapping.iter().find(|mapping| mapping.object == object)
    }

    /// The record types of its objects, each with the system that has it: the master's, then the copy's.
    pub fn types(&self) -> impl Iterator<Item = (SystemName, &str)> {
        let (master, copy) = (self.topology.master.system, self.topology.copy.system);
        self.objects.iter().flat_map(move |object| {
            [(master, object.master.record_type.as_str()), (copy, object.copy.record_type.as_str())]
        })
    }
}
