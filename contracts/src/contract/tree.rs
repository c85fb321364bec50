//! A contract's text as it stands there, every part with its place. Knows nothing of what should stand there.

use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_saphyr::{Location, Spanned};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: Location,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Null,
    Bool,
    Integer(i128),
    Number,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Spanned<String>, Node)>),
}

impl Node {
    /// The value of a mapping's key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match &self.what {
            What::Map(members) => members.iter().find(|(name, _)| name.value == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// An item of a list.
    pub(super) fn item(&self, place: usize) -> Option<&Self> {
        match &self.what {
            What::List(items) => items.get(place),
            _ => None,
        }
    }
}

impl What {
    /// What it is, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool => "a truth value",
            Self::Integer(_) => "a whole number",
            Self::Number => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, referenced, .. } = Spanned::<What>::deserialize(deserializer)?;
        Ok(Self { at: referenced, what: value })
    }
}

impl<'de> Deserialize<'de> for What {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = What;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E: de::Error>(self) -> Result<What, E> {
                Ok(What::Null)
            }

            fn visit_none<E: de::Error>(self) -> Result<What, E> {
                Ok(What::Null)
            }

            fn visit_bool<E: de::Error>(self, _: bool) -> Result<What, E> {
                Ok(What::Bool)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<What, E> {
                Ok(What::Integer(number.into()))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<What, E> {
                Ok(What::Integer(number.into()))
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<What, E> {
                Ok(What::Number)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<What, E> {
                Ok(What::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<What, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(What::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<What, A::Error> {
                let mut map = Vec::new();
                while let Some(member) = members.next_entry()? {
                    map.push(member);
                }
                Ok(What::Map(map))
            }
        }

        deserializer.deserialize_any(Any)
    }
}
