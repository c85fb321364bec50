//! The form of a file in `objects/`, and the type that it comes to.

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::{
    About, Choice, Computed, Display, Group, Kind, Labels, ObjectType, Property, PropertyId, ReadOnly, Rule, Scopes,
    last,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeFile {
    name: CompactString,
    singular: CompactString,
    type_id: CompactString,
    #[serde(default)]
    labels: Labels,
    #[serde(default)]
    scopes: Scopes,
    #[serde(default)]
    merge: bool,
    created: CompactString,
    modified: CompactString,
    defaults: Vec<CompactString>,
    always: Vec<CompactString>,
    queried: Vec<CompactString>,
    #[serde(default)]
    one_required: Vec<CompactString>,
    #[serde(default)]
    required: Vec<CompactString>,
    #[serde(default)]
    primary_display: Option<CompactString>,
    #[serde(default)]
    secondary_display: Vec<CompactString>,
    #[serde(default)]
    searchable: Vec<CompactString>,
    #[serde(default)]
    groups: Vec<Group>,
    properties: Vec<PropertyFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PropertyFile {
    name: CompactString,
    label: CompactString,
    #[serde(default)]
    description: CompactString,
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
    hidden: bool,
    #[serde(default)]
    external_options: bool,
    #[serde(default)]
    referenced_object_type: Option<CompactString>,
    #[serde(default)]
    currency: bool,
    #[serde(default = "yes")]
    form_field: bool,
    #[serde(default)]
    computed: Option<Computed>,
    #[serde(default)]
    on_create: Option<CompactString>,
    #[serde(default)]
    rule: Option<Rule>,
}

const fn yes() -> bool {
    true
}

impl ObjectType {
    /// Reads a type from its file.
    ///
    /// # Errors
    /// The text is no such file, or names a property it does not define.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let file: TypeFile = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
        let mut places = FxHashMap::default();
        for (place, property) in file.properties.iter().enumerate() {
            let id = PropertyId(u16::try_from(place).map_err(|_| "too many properties".to_owned())?);
            if places.insert(property.name.clone(), id).is_some() {
                return Err(format!("property `{}` is defined twice", property.name));
            }
            let group = &property.group;
            if !file.groups.is_empty() && !file.groups.iter().any(|known| known.name == *group) {
                return Err(format!(
                    "property `{}` is in `{group}`, which is no group of `{}`",
                    property.name, file.name
                ));
            }
        }
        let find = |name: &CompactString| {
            places.get(name).copied().ok_or_else(|| format!("`{}` has no property `{name}`", file.name))
        };
        let all = |names: &[CompactString]| names.iter().map(find).collect::<Result<Vec<_>, _>>();
        if file.properties[usize::from(find(&file.modified)?.0)].computed != Some(Computed::Updated) {
            return Err(format!("`{}` is not the instant of the last change", file.modified));
        }
        let mut of = Self {
            defaults: all(&file.defaults)?,
            always: all(&file.always)?,
            queried: all(&file.queried)?,
            one_required: all(&file.one_required)?,
            required: all(&file.required)?,
            display: Display {
                primary: file.primary_display.as_ref().map(find).transpose()?,
                secondary: all(&file.secondary_display)?,
                searchable: all(&file.searchable)?,
            },
            created: find(&file.created)?,
            name: file.name,
            singular: file.singular,
            type_id: file.type_id,
            aliases: Vec::new(),
            labels: file.labels,
            scopes: file.scopes,
            merge: file.merge,
            gone: false,
            groups: file.groups,
            properties: file.properties.into_iter().map(Property::from).collect(),
            index: FxHashMap::default(),
            rank: Vec::new(),
            computed: Vec::new(),
            defaulted: Vec::new(),
            staged: None,
            address: None,
            opted_out: None,
            more_addresses: None,
            merged_ids: None,
            pipeline: None,
            stage: None,
            told_by_stage: Vec::new(),
        };
        of.settle();
        Ok(of)
    }
}

impl From<PropertyFile> for Property {
    fn from(file: PropertyFile) -> Self {
        let about = About {
            label: file.label,
            description: file.description,
            group: file.group,
            display_order: last(),
            hidden: file.hidden,
            form_field: file.form_field,
            external_options: file.external_options,
            referenced_object_type: file.referenced_object_type,
            currency: file.currency,
            hubspot_defined: true,
            ..About::default()
        };
        let mut property = Self::new(file.name, file.kind, file.field_type, about);
        property.options = file.options;
        property.read_only = file.read_only;
        property.unique = file.unique;
        property.on_create = file.on_create;
        property.rule = file.rule;
        property.compute(file.computed);
        property
    }
}
