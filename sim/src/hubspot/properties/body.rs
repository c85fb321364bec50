//! Bodies of the properties API, parsed outside the world's lock: members of the vendor's types, each
//! as it was sent, and what is missing from them.

use std::fmt;

use compact_str::CompactString;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error, Visitor};

use crate::hubspot::body::{self, Text, named};
use crate::hubspot::errors::Problem;
use crate::hubspot::object::{self, Named};
use crate::hubspot::routes::Version;
use crate::hubspot::wrong_json;

/// `PropertyCreate` and `PropertyUpdate`, which knows no name, uniqueness, sensitivity or reference:
/// an update passes those over, as it does a null.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Definition {
    pub(crate) name: Option<Text>,
    pub(crate) label: Option<Text>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<Text>,
    pub(crate) field_type: Option<Text>,
    pub(crate) group_name: Option<Text>,
    pub(crate) description: Option<Text>,
    pub(crate) options: Option<Options>,
    pub(crate) display_order: Option<Int>,
    pub(crate) has_unique_value: Option<Flag>,
    pub(crate) hidden: Option<Flag>,
    pub(crate) form_field: Option<Flag>,
    pub(crate) calculation_formula: Option<Text>,
    pub(crate) data_sensitivity: Option<Text>,
    pub(crate) external_options: Option<Flag>,
    pub(crate) referenced_object_type: Option<Text>,
    pub(crate) currency_property_name: Option<Text>,
    pub(crate) show_currency_symbol: Option<Flag>,
    pub(crate) number_display_hint: Option<Text>,
    pub(crate) text_display_hint: Option<Text>,
}

/// `OptionInput`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OptionInput {
    pub(crate) label: Option<Text>,
    pub(crate) value: Option<Text>,
    pub(crate) description: Option<Text>,
    pub(crate) display_order: Option<Int>,
    pub(crate) hidden: Option<Flag>,
}

/// `PropertyGroupCreate` and `PropertyGroupUpdate`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct GroupDefinition {
    pub(crate) name: Option<Text>,
    pub(crate) label: Option<Text>,
    pub(crate) display_order: Option<Int>,
}

/// `BatchInputPropertyCreate`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Definitions {
    #[serde(default, deserialize_with = "object::list")]
    pub(crate) inputs: Vec<Definition>,
}

/// `BatchInputPropertyName`, and `BatchReadInputPropertyName` with what it says beside.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Names {
    #[serde(deserialize_with = "object::list")]
    pub(crate) inputs: Vec<PropertyName>,
    pub(crate) archived: Option<Flag>,
    pub(crate) data_sensitivity: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PropertyName {
    pub(crate) name: Text,
}

/// `PublicPropertyValidationRuleUpdate`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RuleUpdate {
    pub(crate) rule_arguments: Option<Vec<Text>>,
    pub(crate) should_apply_normalization: Option<Flag>,
}

// The classes are called as the vendor's specification has them; their package was not seen.
named! {
    Definition: "PropertyCreate",
    OptionInput: "OptionInput",
    GroupDefinition: "PropertyGroupCreate",
    Definitions: "BatchInputPropertyCreate",
    Names: "BatchInputPropertyName",
    PropertyName: "PropertyName",
    RuleUpdate: "PublicPropertyValidationRuleUpdate",
}

/// A list of options, told from none at all.
#[derive(Debug, Default)]
pub(crate) struct Options(pub(crate) Vec<OptionInput>);

impl<'de> Deserialize<'de> for Options {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object::list(deserializer).map(Self)
    }
}

/// A whole number, or a text that is one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Int(pub(crate) i32);

/// True or false, or a text that is one of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flag(pub(crate) bool);

struct OfInt;
struct OfFlag;

impl Visitor<'_> for OfInt {
    type Value = Int;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("java.lang.Integer")
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<Int, E> {
        let out_of_range = |_| E::custom(format_args!("Numeric value ({number}) out of range of int"));
        number.try_into().map(Int).map_err(out_of_range)
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<Int, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Int, E> {
        let no_number = |_| E::invalid_type(serde::de::Unexpected::Str(text), &self);
        text.trim().parse().map(Int).map_err(no_number)
    }
}

impl Visitor<'_> for OfFlag {
    type Value = Flag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("java.lang.Boolean")
    }
    fn visit_bool<E: Error>(self, flag: bool) -> Result<Flag, E> {
        Ok(Flag(flag))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Flag, E> {
        let neither = |_| E::invalid_type(serde::de::Unexpected::Str(text), &self);
        text.trim().parse().map(Flag).map_err(neither)
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfInt)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfFlag)
    }
}

/// What a body must have; the name of what is incomplete, and what it lacks.
pub(crate) trait Whole {
    fn lacks(&self, version: Version) -> Option<(&'static str, Vec<&'static str>)>;
}

fn absent<const N: usize>(members: [(&'static str, bool); N]) -> Vec<&'static str> {
    members.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect()
}

fn lacking(what: &'static str, names: Vec<&'static str>) -> Option<(&'static str, Vec<&'static str>)> {
    (!names.is_empty()).then_some((what, names))
}

impl Definition {
    /// What every definition must have, and its options; an update's members are all left to choice.
    fn options_lack(&self, version: Version) -> Option<(&'static str, Vec<&'static str>)> {
        let options = self.options.as_ref()?;
        options.0.iter().find_map(|option| {
            let ordered = version == Version::Numbered || option.display_order.is_some();
            let members = [
                ("label", option.label.is_some()),
                ("value", option.value.is_some()),
                ("displayOrder", ordered),
                ("hidden", option.hidden.is_some()),
            ];
            lacking(OptionInput::JAVA, absent(members))
        })
    }
}

impl Whole for Definition {
    fn lacks(&self, version: Version) -> Option<(&'static str, Vec<&'static str>)> {
        let members = [
            ("name", self.name.is_some()),
            ("label", self.label.is_some()),
            ("type", self.kind.is_some()),
            ("fieldType", self.field_type.is_some()),
            ("groupName", self.group_name.is_some()),
        ];
        lacking(Self::JAVA, absent(members)).or_else(|| self.options_lack(version))
    }
}

impl Whole for Definitions {
    fn lacks(&self, version: Version) -> Option<(&'static str, Vec<&'static str>)> {
        self.inputs.iter().find_map(|input| input.lacks(version))
    }
}

impl Whole for GroupDefinition {
    fn lacks(&self, _: Version) -> Option<(&'static str, Vec<&'static str>)> {
        lacking(Self::JAVA, absent([("name", self.name.is_some()), ("label", self.label.is_some())]))
    }
}

impl Whole for RuleUpdate {
    fn lacks(&self, _: Version) -> Option<(&'static str, Vec<&'static str>)> {
        lacking(Self::JAVA, absent([("ruleArguments", self.rule_arguments.is_some())]))
    }
}

/// A body with all that it must have.
///
/// # Errors
/// The vendor's answer to a body that is malformed or lacks something.
pub(crate) fn whole<T: DeserializeOwned + Named + Whole>(body: &[u8], version: Version) -> Result<T, Problem> {
    let read: T = body::parse(body)?;
    match read.lacks(version) {
        None => Ok(read),
        Some((what, names)) => Err(wrong_json::incomplete(body, what, &names)),
    }
}

/// A change to a definition: nothing must be said, but what options there are must be whole.
///
/// # Errors
/// As for [`whole`].
pub(crate) fn change(body: &[u8], version: Version) -> Result<Definition, Problem> {
    let read: Definition = body::parse(body)?;
    match read.options_lack(version) {
        None => Ok(read),
        Some((what, names)) => Err(wrong_json::incomplete(body, what, &names)),
    }
}

/// What was sent, if anything was.
pub(crate) fn sent(text: &Option<Text>) -> Option<&CompactString> {
    text.as_ref().map(|Text(text)| text)
}
