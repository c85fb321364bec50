//! The members of the vendor's answers, as far as they mean something here. All may be missing or null;
//! what an answer must have is asked for by [`Row::lacks`].

use compact_str::CompactString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::report::Unknown;
use crate::Moment;

type Text = Option<CompactString>;
type More = Map<String, Value>;

/// One definition of an answer.
pub(super) trait Row: DeserializeOwned + PartialEq {
    /// What every such definition has, and this one has not.
    fn lacks(&self) -> Option<&'static str>;
    /// Hands over the members that mean nothing here.
    fn more(&mut self, unknown: &mut Unknown);
    /// By which two of them are told apart.
    fn name(&self) -> String;
}

fn lacking<const N: usize>(members: [(&'static str, bool); N]) -> Option<&'static str> {
    members.into_iter().find(|(_, there)| !there).map(|(name, _)| name)
}

fn text(text: &Text) -> String {
    text.as_deref().unwrap_or_default().to_owned()
}

/// `Property`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PropertyRow {
    pub(super) name: Text,
    pub(super) label: Text,
    #[serde(rename = "type")]
    pub(super) kind: Text,
    pub(super) field_type: Text,
    pub(super) description: Text,
    pub(super) group_name: Text,
    pub(super) options: Option<Vec<OptionRow>>,
    pub(super) referenced_object_type: Text,
    pub(super) display_order: Option<i32>,
    pub(super) calculated: Option<bool>,
    pub(super) external_options: Option<bool>,
    pub(super) archived: Option<bool>,
    pub(super) has_unique_value: Option<bool>,
    pub(super) hidden: Option<bool>,
    pub(super) hubspot_defined: Option<bool>,
    pub(super) show_currency_symbol: Option<bool>,
    pub(super) modification_metadata: Option<Modification>,
    pub(super) form_field: Option<bool>,
    pub(super) calculation_formula: Text,
    pub(super) data_sensitivity: Text,
    pub(super) currency_property_name: Text,
    pub(super) number_display_hint: Text,
    pub(super) text_display_hint: Text,
    pub(super) created_at: Option<Moment>,
    pub(super) updated_at: Option<Moment>,
    pub(super) archived_at: Option<Moment>,
    #[serde(flatten)]
    more: More,
}

/// `PropertyModificationMetadata`; what else it says follows from the rest.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Modification {
    pub(super) read_only_value: Option<bool>,
}

/// `Option`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct OptionRow {
    pub(super) label: Text,
    pub(super) value: Text,
    pub(super) description: Text,
    pub(super) display_order: Option<i32>,
    pub(super) hidden: Option<bool>,
    #[serde(flatten)]
    more: More,
}

impl Row for PropertyRow {
    fn lacks(&self) -> Option<&'static str> {
        lacking([("name", self.name.is_some()), ("type", self.kind.is_some())])
    }
    fn more(&mut self, unknown: &mut Unknown) {
        unknown.meet("", std::mem::take(&mut self.more));
        for option in self.options.iter_mut().flatten() {
            unknown.meet("options.", std::mem::take(&mut option.more));
        }
    }
    fn name(&self) -> String {
        text(&self.name)
    }
}

/// `PropertyGroup`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct GroupRow {
    pub(super) name: Text,
    pub(super) label: Text,
    pub(super) display_order: Option<i32>,
    pub(super) archived: Option<bool>,
    #[serde(flatten)]
    more: More,
}

impl Row for GroupRow {
    fn lacks(&self) -> Option<&'static str> {
        lacking([("name", self.name.is_some()), ("label", self.label.is_some())])
    }
    fn more(&mut self, unknown: &mut Unknown) {
        unknown.meet("", std::mem::take(&mut self.more));
    }
    fn name(&self) -> String {
        text(&self.name)
    }
}

/// `ObjectSchema`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SchemaRow {
    pub(super) name: Text,
    pub(super) labels: Option<LabelsRow>,
    pub(super) description: Text,
    pub(super) id: Text,
    pub(super) object_type_id: Text,
    pub(super) fully_qualified_name: Text,
    pub(super) primary_display_property: Text,
    pub(super) secondary_display_properties: Option<Vec<CompactString>>,
    pub(super) required_properties: Option<Vec<CompactString>>,
    pub(super) searchable_properties: Option<Vec<CompactString>>,
    pub(super) properties: Option<Vec<PropertyRow>>,
    pub(super) associations: Option<Vec<AssociationRow>>,
    pub(super) allows_sensitive_properties: Option<bool>,
    pub(super) restorable: Option<bool>,
    pub(super) archived: Option<bool>,
    pub(super) created_at: Option<Moment>,
    pub(super) updated_at: Option<Moment>,
    #[serde(flatten)]
    more: More,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct LabelsRow {
    pub(super) singular: Text,
    pub(super) plural: Text,
}

/// `AssociationDefinition`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AssociationRow {
    pub(super) id: Text,
    pub(super) from_object_type_id: Text,
    pub(super) to_object_type_id: Text,
    pub(super) name: Text,
    pub(super) created_at: Option<Moment>,
    #[serde(rename = "updatedAt")]
    _updated: Option<Moment>,
    #[serde(flatten)]
    more: More,
}

impl Row for SchemaRow {
    fn lacks(&self) -> Option<&'static str> {
        let id = self.object_type_id.is_some() || self.id.is_some();
        lacking([("name", self.name.is_some()), ("labels", self.labels.is_some()), ("objectTypeId", id)])
    }
    fn more(&mut self, unknown: &mut Unknown) {
        unknown.meet("", std::mem::take(&mut self.more));
        for property in self.properties.iter_mut().flatten() {
            unknown.meet("properties.", std::mem::take(&mut property.more));
            for option in property.options.iter_mut().flatten() {
                unknown.meet("properties.options.", std::mem::take(&mut option.more));
            }
        }
        for association in self.associations.iter_mut().flatten() {
            unknown.meet("associations.", std::mem::take(&mut association.more));
        }
    }
    fn name(&self) -> String {
        text(&self.name)
    }
}

impl SchemaRow {
    pub(super) fn type_id(&self) -> CompactString {
        match (&self.object_type_id, &self.id) {
            (Some(type_id), _) => type_id.clone(),
            (None, Some(id)) if id.contains('-') => id.clone(),
            (None, id) => format!("2-{}", id.as_deref().unwrap_or_default()).into(),
        }
    }
}

/// `Pipeline`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PipelineRow {
    pub(super) id: Text,
    pub(super) label: Text,
    pub(super) display_order: Option<i32>,
    pub(super) stages: Option<Vec<StageRow>>,
    pub(super) archived: Option<bool>,
    pub(super) created_at: Option<Moment>,
    pub(super) updated_at: Option<Moment>,
    #[serde(flatten)]
    more: More,
}

/// `PipelineStage`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct StageRow {
    pub(super) id: Text,
    pub(super) label: Text,
    pub(super) display_order: Option<i32>,
    pub(super) metadata: Option<Map<String, Value>>,
    pub(super) archived: Option<bool>,
    pub(super) created_at: Option<Moment>,
    pub(super) updated_at: Option<Moment>,
    pub(super) write_permissions: Text,
    #[serde(flatten)]
    more: More,
}

impl Row for PipelineRow {
    fn lacks(&self) -> Option<&'static str> {
        lacking([("id", self.id.is_some()), ("label", self.label.is_some()), ("stages", self.stages.is_some())])
    }
    fn more(&mut self, unknown: &mut Unknown) {
        unknown.meet("", std::mem::take(&mut self.more));
        for stage in self.stages.iter_mut().flatten() {
            unknown.meet("stages.", std::mem::take(&mut stage.more));
        }
    }
    fn name(&self) -> String {
        text(&self.id)
    }
}

/// `AssociationSpecWithLabel`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct LabelRow {
    pub(super) category: Text,
    pub(super) type_id: Option<u32>,
    pub(super) label: Text,
    pub(super) from_object_type_id: Text,
    pub(super) to_object_type_id: Text,
    #[serde(flatten)]
    more: More,
}

impl Row for LabelRow {
    fn lacks(&self) -> Option<&'static str> {
        lacking([("typeId", self.type_id.is_some()), ("category", self.category.is_some())])
    }
    fn more(&mut self, unknown: &mut Unknown) {
        unknown.meet("", std::mem::take(&mut self.more));
    }
    fn name(&self) -> String {
        format!("{} {}", text(&self.category), self.type_id.unwrap_or_default())
    }
}

/// What the third version tells of an association type.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct TypeRow {
    pub(super) id: Text,
    pub(super) name: Text,
    #[serde(flatten)]
    more: More,
}

impl Row for TypeRow {
    fn lacks(&self) -> Option<&'static str> {
        lacking([("id", self.id.is_some()), ("name", self.name.is_some())])
    }
    fn more(&mut self, unknown: &mut Unknown) {
        unknown.meet("", std::mem::take(&mut self.more));
    }
    fn name(&self) -> String {
        text(&self.id)
    }
}
