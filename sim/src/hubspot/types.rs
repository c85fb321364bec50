//! Object types as data: their properties, which of them are read by default, searched, unique,
//! computed. A new standard object is an entry in `objects/`, not code.

use std::borrow::Cow;

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::phone::{self, Phone};
use super::record::{Record, Value};
use crate::Moment;

/// A property's place in its type's list. It never changes while the type lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PropertyId(pub(crate) u16);

/// One object type of an account.
#[derive(Clone, Debug)]
pub(crate) struct ObjectType {
    /// The plural name, as paths have it: `contacts`.
    pub(crate) name: CompactString,
    pub(crate) singular: CompactString,
    /// `0-1`
    pub(crate) type_id: CompactString,
    pub(crate) properties: Vec<Property>,
    index: FxHashMap<CompactString, PropertyId>,
    /// The place of each property in the order of names, by id: records keep their values in it.
    rank: Vec<u16>,
    /// Read unless `properties` says otherwise, in the order of names.
    pub(crate) defaults: Vec<PropertyId>,
    /// Added to whatever `properties` asks for.
    pub(crate) always: Vec<PropertyId>,
    /// The properties that a search's `query` looks into.
    pub(crate) queried: Vec<PropertyId>,
    /// Properties that computed values come from or that are written for every record.
    pub(crate) computed: Vec<PropertyId>,
    /// Properties that a record has from its creation.
    pub(crate) defaulted: Vec<PropertyId>,
    /// On create at least one of these must be set.
    pub(crate) one_required: Vec<PropertyId>,
    pub(crate) created: PropertyId,
    /// The property with the rule `forward`, whose stages are dated.
    staged: Option<PropertyId>,
    /// The property with the rule `email`, by which consent is found.
    pub(crate) address: Option<PropertyId>,
    /// The property with the rule `opted_out`.
    pub(crate) opted_out: Option<PropertyId>,
}

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
}

/// A value that is derived from the record, not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Computed {
    Id,
    Created,
    Updated,
    Source,
    SourceId,
    EmailDomain,
    FullNameOrEmail,
    True,
    False,
    Zero,
    /// When the record last came to this stage of the property with the rule `forward`.
    Entered(Stage),
    /// The number of this property without its country's code, for searches.
    National(Phone),
}

impl Computed {
    /// The value of every record, where it is the same.
    const fn constant(self) -> Option<&'static str> {
        match self {
            Self::True => Some("true"),
            Self::False => Some("false"),
            Self::Zero => Some("0"),
            _ => None,
        }
    }
}

/// The lifecycle stages that every portal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stage {
    Subscriber,
    Lead,
    MarketingQualifiedLead,
    SalesQualifiedLead,
    Opportunity,
    Customer,
    Evangelist,
    Other,
}

impl Stage {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Subscriber => "subscriber",
            Self::Lead => "lead",
            Self::MarketingQualifiedLead => "marketingqualifiedlead",
            Self::SalesQualifiedLead => "salesqualifiedlead",
            Self::Opportunity => "opportunity",
            Self::Customer => "customer",
            Self::Evangelist => "evangelist",
            Self::Other => "other",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choice {
    pub(crate) label: CompactString,
    pub(crate) value: CompactString,
    #[serde(default)]
    pub(crate) hidden: bool,
}

impl ObjectType {
    pub(crate) fn find(&self, name: &str) -> Option<PropertyId> {
        self.index.get(name).copied()
    }

    pub(crate) fn property(&self, id: PropertyId) -> &Property {
        &self.properties[usize::from(id.0)]
    }

    /// Where a property stands in the order of names.
    pub(crate) fn rank(&self, id: PropertyId) -> u16 {
        self.rank[usize::from(id.0)]
    }

    /// A record's value of a property, computed ones included; `None` where it has none.
    pub(crate) fn value<'r>(&self, record: &'r Record, id: PropertyId) -> Option<Cow<'r, str>> {
        match self.property(id).computed {
            Some(computed) => self.compute(record, computed),
            None => record.stored(self, id).map(Cow::Borrowed),
        }
    }

    fn compute<'r>(&self, record: &'r Record, computed: Computed) -> Option<Cow<'r, str>> {
        let stored = |name: &str| record.stored(self, self.find(name)?);
        Some(match computed {
            Computed::Id => record.id.to_string().into(),
            Computed::Created => record.created.iso().as_str().to_owned().into(),
            Computed::Updated => record.updated.iso().as_str().to_owned().into(),
            Computed::Source => record.source.label().into(),
            Computed::SourceId => record.source.id()?.into(),
            Computed::EmailDomain => stored("email")?.rsplit_once('@')?.1.into(),
            Computed::FullNameOrEmail => match (stored("firstname"), stored("lastname")) {
                (Some(first), Some(last)) => format!("{first} {last}").into(),
                (Some(one), None) | (None, Some(one)) => one.into(),
                (None, None) => stored("email")?.into(),
            },
            Computed::True | Computed::False | Computed::Zero => computed.constant()?.into(),
            Computed::Entered(stage) => self.entered(record, stage)?.iso().as_str().to_owned().into(),
            Computed::National(phone) => phone::national(stored(phone.as_str())?)?.into(),
        })
    }

    /// When a record last came to a stage.
    pub(crate) fn entered(&self, record: &Record, stage: Stage) -> Option<Moment> {
        self.entered_from(self.stage(record), record, stage)
    }

    /// The stage that a record is at.
    pub(crate) fn stage<'r>(&self, record: &'r Record) -> Option<&'r Value> {
        record.current(self, self.staged?)
    }

    /// As [`Self::entered`], where the stage it is at is known already.
    pub(crate) fn entered_from(&self, now: Option<&Value>, record: &Record, stage: Stage) -> Option<Moment> {
        let now = now.filter(|value| value.text == stage.as_str());
        Some(now.or_else(|| record.past(self.staged?).find(|value| value.text == stage.as_str()))?.at)
    }

    /// Since when a record has its present value of a computed property.
    pub(crate) fn computed_since(&self, record: &Record, computed: Computed) -> Moment {
        let latest = |names: &[&str]| {
            let since = |name: &&str| record.current(self, self.find(name)?).map(|value| value.at);
            names.iter().filter_map(since).max()
        };
        match computed {
            Computed::Updated => Some(record.updated),
            Computed::EmailDomain => latest(&["email"]),
            Computed::FullNameOrEmail => latest(&["firstname", "lastname", "email"]),
            Computed::Entered(stage) => self.entered(record, stage),
            Computed::National(phone) => latest(&[phone.as_str()]),
            _ => None,
        }
        .unwrap_or(record.created)
    }
}

/// The form of a file in `objects/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeFile {
    name: CompactString,
    singular: CompactString,
    type_id: CompactString,
    created: CompactString,
    modified: CompactString,
    defaults: Vec<CompactString>,
    always: Vec<CompactString>,
    queried: Vec<CompactString>,
    #[serde(default)]
    one_required: Vec<CompactString>,
    properties: Vec<PropertyFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PropertyFile {
    name: CompactString,
    #[serde(rename = "label")]
    _label: CompactString,
    #[serde(rename = "type")]
    kind: Kind,
    field_type: CompactString,
    #[serde(rename = "group")]
    _group: CompactString,
    #[serde(default)]
    options: Vec<Choice>,
    #[serde(default)]
    read_only: Option<ReadOnly>,
    #[serde(default)]
    unique: bool,
    #[serde(default)]
    computed: Option<Computed>,
    #[serde(default)]
    on_create: Option<CompactString>,
    #[serde(default)]
    rule: Option<Rule>,
}

impl ObjectType {
    /// Reads a type from its file.
    ///
    /// # Errors
    /// The text is no such file, or names a property it does not define.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let file: TypeFile = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
        let mut index = FxHashMap::default();
        for (place, property) in file.properties.iter().enumerate() {
            let id = PropertyId(u16::try_from(place).map_err(|_| "too many properties".to_owned())?);
            if index.insert(property.name.clone(), id).is_some() {
                return Err(format!("property `{}` is defined twice", property.name));
            }
        }
        let find = |name: &CompactString| {
            index.get(name).copied().ok_or_else(|| format!("`{}` has no property `{name}`", file.name))
        };
        let all = |names: &[CompactString]| names.iter().map(find).collect::<Result<Vec<_>, _>>();
        let by_name = |mut ids: Vec<PropertyId>| {
            ids.sort_by(|a, b| file.properties[usize::from(a.0)].name.cmp(&file.properties[usize::from(b.0)].name));
            ids
        };
        let defaults = by_name(all(&file.defaults)?);
        let (always, queried, one_required) =
            (by_name(all(&file.always)?), all(&file.queried)?, all(&file.one_required)?);
        let created = find(&file.created)?;
        if file.properties[usize::from(find(&file.modified)?.0)].computed != Some(Computed::Updated) {
            return Err(format!("`{}` is not the instant of the last change", file.modified));
        }
        let ordered = by_name((0..file.properties.len() as u16).map(PropertyId).collect());
        let mut rank = vec![0; ordered.len()];
        for (place, id) in ordered.iter().enumerate() {
            rank[usize::from(id.0)] = place as u16;
        }
        let ruled = |rule| ordered.iter().copied().find(|id| file.properties[usize::from(id.0)].rule == Some(rule));
        let (staged, address, opted_out) = (ruled(Rule::Forward), ruled(Rule::Email), ruled(Rule::OptedOut));
        let computed =
            ordered.iter().copied().filter(|id| file.properties[usize::from(id.0)].computed.is_some()).collect();
        let defaulted =
            ordered.iter().copied().filter(|id| file.properties[usize::from(id.0)].on_create.is_some()).collect();
        let properties = file.properties.into_iter().map(Property::from).collect();
        Ok(Self {
            name: file.name,
            singular: file.singular,
            type_id: file.type_id,
            properties,
            index,
            rank,
            defaults,
            always,
            queried,
            computed,
            defaulted,
            one_required,
            created,
            staged,
            address,
            opted_out,
        })
    }
}

impl From<PropertyFile> for Property {
    fn from(file: PropertyFile) -> Self {
        Self {
            key: format!(",\"{}\":", file.name).into(),
            member: file
                .computed
                .and_then(Computed::constant)
                .map(|text| format!(",\"{}\":\"{text}\"", file.name).into()),
            name: file.name,
            kind: file.kind,
            field_type: file.field_type,
            options: file.options,
            read_only: file.read_only,
            unique: file.unique,
            computed: file.computed,
            on_create: file.on_create,
            rule: file.rule,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hubspot::record::Source;

    fn contacts() -> ObjectType {
        ObjectType::parse(include_str!("objects/contacts.yaml")).expect("contacts.yaml is a type file")
    }

    #[test]
    fn contacts_have_the_properties_that_the_fact_sheet_names() {
        let contacts = contacts();
        // facts/hubspot-crm.md §2.3, §2.5, §2.6, §3
        let named = "createdate email firstname hs_object_id lastmodifieddate lastname hs_all_contact_vids hs_email_domain \
             hs_full_name_or_email hs_is_contact hs_is_unworked lifecyclestage hs_lifecyclestage_lead_date hs_pipeline \
             hs_object_source hs_object_source_label hs_object_source_id num_notes phone mobilephone fax company \
             hs_additional_emails hs_marketable_until_renewal hs_merged_object_ids hs_email_optout hs_lead_status \
             hubspot_owner_id hs_searchable_calculated_phone_number";
        for name in named.split_whitespace() {
            assert!(contacts.find(name).is_some(), "{name}");
        }
        let names =
            |ids: &[PropertyId]| -> Vec<_> { ids.iter().map(|id| contacts.property(*id).name.as_str()).collect() };
        assert_eq!(
            names(&contacts.defaults),
            ["createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"]
        );
        assert_eq!(names(&contacts.always), ["createdate", "hs_object_id", "lastmodifieddate"]);
    }

    #[test]
    fn an_enumeration_has_options_unless_hubspot_or_the_portal_fills_it() {
        let from_the_portal = "hubspot_owner_id hs_persona hs_owning_teams hs_shared_team_ids hs_shared_user_ids \
             hs_all_assigned_business_unit_ids";
        for property in contacts().properties {
            let Property { name, kind, options, read_only, on_create, .. } = property;
            let external = read_only.is_some() || from_the_portal.split_whitespace().any(|other| other == name);
            assert_eq!(options.is_empty(), kind != Kind::Enumeration || (external && options.is_empty()), "{name}");
            let mut values: Vec<_> = options.iter().map(|choice| &choice.value).collect();
            values.sort();
            values.dedup();
            assert_eq!(values.len(), options.len(), "{name} has an option twice");
            if kind == Kind::Enumeration {
                assert!(on_create.is_none_or(|value| values.contains(&&value)), "{name} starts as none of its options");
            }
        }
    }

    #[test]
    fn a_stage_is_dated_by_the_last_time_it_was_entered() {
        let contacts = contacts();
        let source = Source::CrmUi;
        let stage = contacts.find("lifecyclestage").expect("defined");
        let mut record = Record::created(&contacts, 7, Moment(0), 1, source, Vec::new());
        for (at, text) in [(1_000, "lead"), (2_000, "customer"), (3_000, ""), (4_500, "lead")] {
            record.set(&contacts, Value { property: stage, at: Moment(at), source, text: text.into() });
        }
        let read = |name: &str| contacts.value(&record, contacts.find(name).expect("defined")).map(Cow::into_owned);
        assert_eq!(read("hs_lifecyclestage_lead_date").as_deref(), Some("1970-01-01T00:00:04.500Z"));
        assert_eq!(read("hs_lifecyclestage_customer_date").as_deref(), Some("1970-01-01T00:00:02Z"));
        assert_eq!(read("hs_lifecyclestage_other_date"), None);
    }
}
