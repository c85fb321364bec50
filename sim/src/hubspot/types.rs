//! Object types as data: their properties, which of them are read by default, searched, unique,
//! computed. A new standard object is an entry in `objects/`, not code.

use std::borrow::Cow;
use std::collections::HashMap;

use compact_str::CompactString;
use serde::Deserialize;

use super::record::Record;

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
    index: HashMap<CompactString, PropertyId>,
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
    /// On create at least one of these must be set.
    pub(crate) one_required: Vec<PropertyId>,
    /// Stamped with the instant of the last change.
    pub(crate) modified: PropertyId,
    pub(crate) created: PropertyId,
}

#[derive(Clone, Debug)]
pub(crate) struct Property {
    pub(crate) name: CompactString,
    pub(crate) label: CompactString,
    pub(crate) kind: Kind,
    pub(crate) field_type: CompactString,
    pub(crate) group: CompactString,
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
            Computed::Created => super::wire::iso(record.created).into(),
            Computed::Updated => super::wire::iso(record.updated).into(),
            Computed::Source => record.source.label().into(),
            Computed::SourceId => record.source.id()?.into(),
            Computed::EmailDomain => stored("email")?.rsplit_once('@')?.1.into(),
            Computed::FullNameOrEmail => match (stored("firstname"), stored("lastname")) {
                (Some(first), Some(last)) => format!("{first} {last}").into(),
                (Some(one), None) | (None, Some(one)) => one.into(),
                (None, None) => stored("email")?.into(),
            },
            Computed::True => "true".into(),
            Computed::False => "false".into(),
            Computed::Zero => "0".into(),
        })
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
    label: CompactString,
    #[serde(rename = "type")]
    kind: Kind,
    field_type: CompactString,
    group: CompactString,
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
        let mut index = HashMap::new();
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
        let (modified, created) = (find(&file.modified)?, find(&file.created)?);
        let ordered = by_name((0..file.properties.len() as u16).map(PropertyId).collect());
        let mut rank = vec![0; ordered.len()];
        for (place, id) in ordered.iter().enumerate() {
            rank[usize::from(id.0)] = place as u16;
        }
        let computed = ordered.into_iter().filter(|id| file.properties[usize::from(id.0)].computed.is_some()).collect();
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
            one_required,
            modified,
            created,
        })
    }
}

impl From<PropertyFile> for Property {
    fn from(file: PropertyFile) -> Self {
        Self {
            name: file.name,
            label: file.label,
            kind: file.kind,
            field_type: file.field_type,
            group: file.group,
            options: file.options,
            read_only: file.read_only,
            unique: file.unique,
            computed: file.computed,
            on_create: file.on_create,
            rule: file.rule,
        }
    }
}
