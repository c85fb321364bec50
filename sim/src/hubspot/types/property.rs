//! What a property is: its type, its options, and what else is known of it.

use compact_str::CompactString;
use serde::Deserialize;

use super::Computed;
use crate::Moment;
use crate::hubspot::validate::Check;

#[derive(Clone, Debug)]
pub(crate) struct Property {
    pub(crate) name: CompactString,
    /// `,"name":`, as an answer has it between values.
    pub(crate) key: Box<str>,
    /// The whole member, where every record has the same value.
    pub(crate) member: Option<Box<str>>,
    pub(crate) kind: Kind,
    pub(crate) field_type: CompactString,
    pub(crate) options: Vec<Choice>,
    pub(crate) read_only: Option<ReadOnly>,
    pub(crate) unique: bool,
    pub(crate) computed: Option<Computed>,
    /// What a record has from its creation unless the caller says otherwise.
    pub(crate) on_create: Option<CompactString>,
    pub(crate) rule: Option<Rule>,
    /// What the portal asks of values beside.
    pub(crate) checks: Vec<Check>,
    pub(crate) archived: Option<Moment>,
    pub(crate) about: Box<About>,
}

/// What a definition says that no record's value depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) label: CompactString,
    pub(crate) description: CompactString,
    pub(crate) group: CompactString,
    pub(crate) display_order: i32,
    pub(crate) hidden: bool,
    pub(crate) form_field: bool,
    pub(crate) external_options: bool,
    pub(crate) referenced_object_type: Option<CompactString>,
    pub(crate) currency: bool,
    pub(crate) currency_property: Option<CompactString>,
    pub(crate) number_hint: Option<CompactString>,
    pub(crate) text_hint: Option<CompactString>,
    pub(crate) hubspot_defined: bool,
    pub(crate) calculation_formula: Option<CompactString>,
    pub(crate) data_sensitivity: Option<CompactString>,
    /// None for what every portal has.
    pub(crate) created: Option<Moment>,
    pub(crate) updated: Option<Moment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    String,
    Number,
    Bool,
    Enumeration,
    Date,
    Datetime,
    PhoneNumber,
    /// Of HubSpot's own making alone: which record another one is.
    ObjectCoordinates,
    Json,
}

impl Kind {
    pub(crate) const ALL: [Self; 9] = [
        Self::String,
        Self::Number,
        Self::Bool,
        Self::Enumeration,
        Self::Date,
        Self::Datetime,
        Self::PhoneNumber,
        Self::ObjectCoordinates,
        Self::Json,
    ];

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether its values are free text.
    pub(crate) const fn is_text(self) -> bool {
        matches!(self, Self::String | Self::PhoneNumber | Self::ObjectCoordinates | Self::Json)
    }

    /// As definitions have it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::Enumeration => "enumeration",
            Self::Date => "date",
            Self::Datetime => "datetime",
            Self::PhoneNumber => "phone_number",
            Self::ObjectCoordinates => "object_coordinates",
            Self::Json => "json",
        }
    }
}

/// Why a value cannot be written; the two have wordings of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReadOnly {
    ReadOnly,
    Calculated,
}

/// Checks and quirks beyond a property's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rule {
    /// An e-mail address: trimmed, lower-cased, checked for form.
    Email,
    /// A stage that only moves forward unless it is cleared first.
    Forward,
    /// The id of one of the portal's owners.
    Owner,
    /// Whether the record's address has left all e-mail; set by the room alone.
    OptedOut,
    /// Further addresses of the record, which nobody else may have either.
    MoreAddresses,
    /// The ids of the records that went into this one.
    MergedIds,
    /// The id of one of the type's pipelines.
    Pipeline,
    /// The id of one of its pipeline's stages.
    Stage,
    /// A number that is not below zero.
    Nonnegative,
    /// What the stage says of the record, written with it: whether it is closed, since when, whether it is
    /// won or lost, and how likely that is.
    Closed,
    ClosedAt,
    /// When a deal is expected to close, or has.
    CloseDate,
    Won,
    Lost,
    Probability,
}

impl Rule {
    pub(super) const fn follows_the_stage(self) -> bool {
        use Rule::{CloseDate, Closed, ClosedAt, Lost, Probability, Won};
        matches!(self, Closed | ClosedAt | Won | Lost | Probability | CloseDate)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choice {
    pub(crate) label: CompactString,
    pub(crate) value: CompactString,
    #[serde(default)]
    pub(crate) hidden: bool,
    /// Its place in the list where it says nothing.
    #[serde(default)]
    pub(crate) display_order: Option<i32>,
    #[serde(default)]
    pub(crate) description: CompactString,
}

impl Property {
    /// A property of this name and type, and nothing more known of it.
    pub(crate) fn new(name: CompactString, kind: Kind, field_type: CompactString, about: About) -> Self {
        Self {
            key: format!(",\"{name}\":").into(),
            member: None,
            name,
            kind,
            field_type,
            options: Vec::new(),
            read_only: None,
            unique: false,
            computed: None,
            on_create: None,
            rule: None,
            checks: Vec::new(),
            archived: None,
            about: Box::new(about),
        }
    }

    pub(super) fn compute(&mut self, computed: Option<Computed>) {
        let constant = computed.as_ref().and_then(Computed::constant);
        self.member = constant.map(|text| format!(",\"{}\":\"{text}\"", self.name).into());
        self.computed = computed;
    }
}
