//! Bodies of the association APIs, parsed outside the world's lock. What an object must have and has
//! not is told at its end.

use std::fmt;

use compact_str::CompactString;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

use super::definitions::{Category, Spec};
use crate::hubspot::body::{self, Text};
use crate::hubspot::errors::Problem;
use crate::hubspot::object::{self, Named, Object};
use crate::hubspot::wrong_json::MISSING;

/// `{"id": "901"}`; the id as sent.
#[derive(Clone, Debug)]
pub(crate) struct Reference(pub(crate) CompactString);

/// An association type as sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpecSent(pub(crate) Spec);

/// An association that is made with its record.
#[derive(Clone, Debug)]
pub(crate) struct Inline {
    pub(crate) to: Reference,
    pub(crate) types: Vec<SpecSent>,
}

/// Two records and what the first is to be to the second.
#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) from: Reference,
    pub(super) to: Reference,
    pub(super) types: Vec<SpecSent>,
}

#[derive(Clone, Debug)]
pub(super) struct DefaultPost {
    pub(super) from: Reference,
    pub(super) to: Reference,
}

#[derive(Clone, Debug)]
pub(super) struct MultiArchive {
    pub(super) from: Reference,
    pub(super) to: Vec<Reference>,
}

/// A record of a batch read, and where its page starts.
#[derive(Clone, Debug)]
pub(super) struct Fetch {
    pub(super) id: CompactString,
    pub(super) after: Option<CompactString>,
}

/// Two records and a type, as the third version has them.
#[derive(Clone, Debug)]
pub(super) struct V3Post {
    pub(super) from: Reference,
    pub(super) to: Reference,
    pub(super) kind: CompactString,
}

#[derive(Clone, Debug)]
pub(super) struct NewLabel {
    pub(super) label: CompactString,
    pub(super) name: CompactString,
    pub(super) inverse_label: Option<CompactString>,
}

#[derive(Clone, Debug)]
pub(super) struct LabelChange {
    pub(super) id: CompactString,
    pub(super) label: CompactString,
    pub(super) inverse_label: Option<CompactString>,
}

/// How many records one may have by a type.
#[derive(Clone, Debug)]
pub(super) struct MaximumSent {
    pub(super) spec: Spec,
    pub(super) max: CompactString,
}

/// A type whose own maximum is to go.
#[derive(Clone, Debug)]
pub(super) struct Purge(pub(super) Spec);

/// Objects of a list.
struct Many<T>(Vec<T>);

impl<'de, T: Deserialize<'de> + Named> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object::list(deserializer).map(Self)
    }
}

/// The form of an object as sent, and what it comes to if nothing is missing.
macro_rules! sent {
    ($(
        $type:ident from $raw:ident ($java:literal) {
            $($field:ident $(as $name:literal)?: $inner:ty,)*
            $(; $($maybe:ident $(as $maybe_name:literal)?: $maybe_inner:ty,)*)?
        } => $make:expr;
    )*) => {
        $(
            #[derive(serde::Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct $raw {
                $(#[serde(default)] $(#[serde(rename = $name)])? $field: Option<$inner>,)*
                $($(#[serde(default)] $(#[serde(rename = $maybe_name)])? $maybe: Option<$maybe_inner>,)*)?
            }

            impl<'de> Deserialize<'de> for $type {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let raw = $raw::deserialize(deserializer)?;
                    let mut missing = Vec::new();
                    $(if raw.$field.is_none() {
                        missing.push(camel(stringify!($field), [$($name,)?].first().copied()));
                    })*
                    match raw {
                        $raw { $($field: Some($field),)* $($($maybe,)*)? } => {
                            let make: fn($($inner,)* $($(Option<$maybe_inner>,)*)?) -> Result<Self, String> = $make;
                            make($($field,)* $($($maybe,)*)?).map_err(serde::de::Error::custom)
                        }
                        _ => Err(serde::de::Error::custom(format_args!("{MISSING}[{}]", missing.join(", ")))),
                    }
                }
            }

            impl Named for $type {
                const JAVA: &'static str = concat!("com.hubspot.inbounddb.associations.base.", $java);
            }
        )*
    };
}

fn camel(field: &str, name: Option<&'static str>) -> String {
    let mut words = name.unwrap_or(field).split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut text, word| {
        let mut chars = word.chars();
        text.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        text.extend(chars);
        text
    })
}

/// A category and a number, both of which must be.
fn spec(category: &Text, id: &Text) -> Result<Spec, String> {
    let Some(known) = Category::parse(&category.0) else {
        return Err(format!(
            "Cannot deserialize value of type `com.hubspot.inbounddb.associations.base.AssociationCategory` from String \
             \"{}\": not one of the values accepted for Enum class: [HUBSPOT_DEFINED, USER_DEFINED, INTEGRATOR_DEFINED, \
             WORK]",
            category.0
        ));
    };
    let number = id.0.parse();
    number.map(|id| Spec { category: known, id }).map_err(|_| {
        format!("Cannot deserialize value of type `int` from String \"{}\": not a valid `int` value", id.0)
    })
}

sent! {
    Reference from RawReference ("PublicObjectId") { id: Text, } => |id| Ok(Reference(id.0));
    SpecSent from RawSpec ("AssociationSpec") { association_category: Text, association_type_id: Text, }
        => |category, id| spec(&category, &id).map(SpecSent);
    Inline from RawInline ("PublicAssociationsForObject") { to: Object<Reference>, types: Many<SpecSent>, }
        => |to, types| Ok(Inline { to: to.0, types: types.0 });
    Post from RawPost ("PublicAssociationMultiPost") {
        from: Object<Reference>, to: Object<Reference>, types: Many<SpecSent>,
    } => |from, to, types| Ok(Post { from: from.0, to: to.0, types: types.0 });
    DefaultPost from RawDefault ("PublicDefaultAssociationMultiPost") { from: Object<Reference>, to: Object<Reference>, }
        => |from, to| Ok(DefaultPost { from: from.0, to: to.0 });
    MultiArchive from RawArchive ("PublicAssociationMultiArchive") { from: Object<Reference>, to: Many<Reference>, }
        => |from, to| Ok(MultiArchive { from: from.0, to: to.0 });
    Fetch from RawFetch ("PublicFetchAssociationsBatchRequest") { id: Text, ; after: Text, }
        => |id, after| Ok(Fetch { id: id.0, after: after.map(|after| after.0) });
    V3Post from RawV3Post ("PublicAssociation") {
        from: Object<Reference>, to: Object<Reference>, kind as "type": Text,
    } => |from, to, kind| Ok(V3Post { from: from.0, to: to.0, kind: kind.0 });
    NewLabel from RawNewLabel ("PublicAssociationDefinitionCreateRequest") {
        label: Text, name: Text, ; inverse_label: Text,
    } => |label, name, inverse| {
        Ok(NewLabel { label: label.0, name: name.0, inverse_label: inverse.map(|inverse| inverse.0) })
    };
    LabelChange from RawChange ("PublicAssociationDefinitionUpdateRequest") {
        association_type_id: Text, label: Text, ; inverse_label: Text,
    } => |id, label, inverse| {
        Ok(LabelChange { id: id.0, label: label.0, inverse_label: inverse.map(|inverse| inverse.0) })
    };
    MaximumSent from RawMaximum ("PublicAssociationDefinitionConfigurationCreateRequest") {
        category: Text, max_to_object_ids: Text, type_id: Text,
    } => |category, max, id| Ok(MaximumSent { spec: spec(&category, &id)?, max: max.0 });
    Purge from RawPurge ("PublicAssociationSpec") { category: Text, type_id: Text, }
        => |category, id| spec(&category, &id).map(Purge);
}

/// `{"inputs": [...]}`; without `inputs` there are none, as for records.
struct Inputs<T>(Vec<T>);

impl<'de, T: Deserialize<'de> + Named> Deserialize<'de> for Inputs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(bound(deserialize = "T: Deserialize<'de> + Named"))]
        struct Raw<T> {
            #[serde(default = "Vec::new", deserialize_with = "object::list")]
            inputs: Vec<T>,
        }
        Raw::deserialize(deserializer).map(|raw| Self(raw.inputs))
    }
}

impl<T: Named> Named for Inputs<T> {
    const JAVA: &'static str = "com.hubspot.inbounddb.associations.base.BatchInput";
}

/// The inputs of a batch.
///
/// # Errors
/// The vendor's answer to a body that cannot be read.
pub(super) fn inputs<T: for<'de> Deserialize<'de> + Named>(body: &[u8]) -> Result<Vec<T>, Problem> {
    body::parse::<Inputs<T>>(body).map(|inputs| inputs.0)
}

/// The types that a labelled association is to have.
///
/// # Errors
/// The vendor's answer to a body that cannot be read.
pub(super) fn specs(body: &[u8]) -> Result<Vec<SpecSent>, Problem> {
    struct Set;

    impl<'de> Visitor<'de> for Set {
        type Value = Vec<SpecSent>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "java.util.HashSet<{}>", SpecSent::JAVA)
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut list = Vec::new();
            while let Some(Object(item)) = items.next_element()? {
                list.push(item);
            }
            Ok(list)
        }
    }

    struct Specs(Vec<SpecSent>);

    impl<'de> Deserialize<'de> for Specs {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Set).map(Self)
        }
    }

    body::read(body).map(|Specs(specs)| specs)
}
