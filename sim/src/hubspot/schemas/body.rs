//! Bodies of the schemas API, parsed outside the world's lock. What live portals need of them is less
//! than the document says: a name, labels, and what stands for a record.

use serde::Deserialize;
use serde::de::Deserializer;

use crate::hubspot::body::{Text, named, parse};
use crate::hubspot::errors::Problem;
use crate::hubspot::object::{self, Named, Object};
use crate::hubspot::properties::body::{Definition, Flag};
use crate::hubspot::wrong_json;

/// `ObjectSchemaEgg`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Egg {
    pub(super) name: Option<Text>,
    #[serde(deserialize_with = "labels")]
    pub(super) labels: Option<LabelsSent>,
    pub(super) description: Option<Text>,
    pub(super) primary_display_property: Option<Text>,
    pub(super) secondary_display_properties: Option<Vec<Text>>,
    pub(super) required_properties: Option<Vec<Text>>,
    pub(super) searchable_properties: Option<Vec<Text>>,
    #[serde(deserialize_with = "object::list")]
    pub(super) properties: Vec<Definition>,
    pub(super) associated_objects: Option<Vec<Text>>,
    pub(super) allows_sensitive_properties: Option<Flag>,
    pub(super) should_create_same_object_association: Option<Flag>,
}

/// `ObjectTypeDefinitionPatch`; other members are passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Patch {
    #[serde(deserialize_with = "labels")]
    pub(super) labels: Option<LabelsSent>,
    pub(super) description: Option<Text>,
    pub(super) clear_description: Option<Flag>,
    pub(super) primary_display_property: Option<Text>,
    pub(super) secondary_display_properties: Option<Vec<Text>>,
    pub(super) required_properties: Option<Vec<Text>>,
    pub(super) searchable_properties: Option<Vec<Text>>,
    pub(super) restorable: Option<Flag>,
    pub(super) allows_sensitive_properties: Option<Flag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LabelsSent {
    pub(super) singular: Option<Text>,
    pub(super) plural: Option<Text>,
}

/// `ObjectSchemaBatchReadRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct BatchRead {
    pub(super) inputs: Option<Vec<Text>>,
    pub(super) include_property_definitions: Option<Flag>,
    pub(super) include_association_definitions: Option<Flag>,
    pub(super) include_audit_metadata: Option<Flag>,
}

/// `AssociationDefinitionEgg`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AssociationEgg {
    pub(super) from_object_type_id: Option<Text>,
    pub(super) to_object_type_id: Option<Text>,
    pub(super) name: Option<Text>,
}

// The classes are called as the vendor's specification has them; their package was not seen.
named! {
    Egg: "ObjectSchemaEgg",
    Patch: "ObjectTypeDefinitionPatch",
    LabelsSent: "ObjectTypeDefinitionLabels",
    BatchRead: "ObjectSchemaBatchReadRequest",
    AssociationEgg: "AssociationDefinitionEgg",
}

fn labels<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<LabelsSent>, D::Error> {
    Ok(Option::<Object<LabelsSent>>::deserialize(deserializer)?.map(|Object(labels)| labels))
}

fn whole<T>(read: T, body: &[u8], what: &str, members: &[(&'static str, bool)]) -> Result<T, Problem> {
    let absent: Vec<_> = members.iter().filter(|(_, there)| !there).map(|(name, _)| *name).collect();
    if absent.is_empty() { Ok(read) } else { Err(wrong_json::incomplete(body, what, &absent)) }
}

pub(super) fn egg(body: &[u8]) -> Result<Egg, Problem> {
    let egg: Egg = parse(body)?;
    let members = [("name", egg.name.is_some()), ("labels", egg.labels.is_some())];
    let egg = whole(egg, body, Egg::JAVA, &members)?;
    let lacking = egg.properties.iter().find(|sent| sent.name.is_none() || sent.label.is_none());
    let members = lacking.map_or([("name", true), ("label", true)], |sent| {
        [("name", sent.name.is_some()), ("label", sent.label.is_some())]
    });
    whole(egg, body, "ObjectTypePropertyCreate", &members)
}

pub(super) fn batch_read(body: &[u8]) -> Result<BatchRead, Problem> {
    let read: BatchRead = parse(body)?;
    let members = [
        ("inputs", read.inputs.is_some()),
        ("includePropertyDefinitions", read.include_property_definitions.is_some()),
        ("includeAssociationDefinitions", read.include_association_definitions.is_some()),
        ("includeAuditMetadata", read.include_audit_metadata.is_some()),
    ];
    whole(read, body, BatchRead::JAVA, &members)
}

pub(super) fn association(body: &[u8]) -> Result<AssociationEgg, Problem> {
    let read: AssociationEgg = parse(body)?;
    let members = [
        ("fromObjectTypeId", read.from_object_type_id.is_some()),
        ("toObjectTypeId", read.to_object_type_id.is_some()),
    ];
    whole(read, body, AssociationEgg::JAVA, &members)
}
