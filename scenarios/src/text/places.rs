//! Where each member of a file stands, whatever it means.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

/// A part of a file, with the places of all that is in it.
#[derive(Debug)]
pub(crate) enum Places {
    Members(Vec<(Spanned<String>, Spanned<Places>)>),
    Items(Vec<Spanned<Places>>),
    Leaf,
}

impl Places {
    /// Where a member stands, by its name and those above it, and by numbers from 0 in lists. What is not
    /// there has the place of the last that is.
    pub(crate) fn of(&self, path: &[&str]) -> Location {
        let (mut at, mut here) = (Location::UNKNOWN, self);
        for name in path {
            let found = match here {
                Self::Members(members) => members.iter().find(|(key, _)| key.value == *name).map(|(_, value)| value),
                Self::Items(items) => name.parse().ok().and_then(|place: usize| items.get(place)),
                Self::Leaf => None,
            };
            let Some(found) = found else { break };
            (at, here) = (found.referenced, &found.value);
        }
        at
    }

    /// The names of the members of a part, each with its place.
    pub(crate) fn names(&self, path: &[&str]) -> Vec<(&str, Location)> {
        let mut here = self;
        for name in path {
            let Self::Members(members) = here else { return Vec::new() };
            let Some((_, value)) = members.iter().find(|(key, _)| key.value == *name) else { return Vec::new() };
            here = &value.value;
        }
        let Self::Members(members) = here else { return Vec::new() };
        members.iter().map(|(key, _)| (key.value.as_str(), key.referenced)).collect()
    }
}

impl<'de> Deserialize<'de> for Places {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Places;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Places, A::Error> {
                let mut members = Vec::new();
                while let Some(key) = map.next_key()? {
                    members.push((key, map.next_value()?));
                }
                Ok(Places::Members(members))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Places, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Places::Items(items))
            }
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Places, D::Error> {
                Places::deserialize(deserializer)
            }
            fn visit_bool<E>(self, _: bool) -> Result<Places, E> {
                Ok(Places::Leaf)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Places, E> {
                Ok(Places::Leaf)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Places, E> {
                Ok(Places::Leaf)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Places, E> {
                Ok(Places::Leaf)
            }
            fn visit_str<E>(self, _: &str) -> Result<Places, E> {
                Ok(Places::Leaf)
            }
            fn visit_none<E>(self) -> Result<Places, E> {
                Ok(Places::Leaf)
            }
            fn visit_unit<E>(self) -> Result<Places, E> {
                Ok(Places::Leaf)
            }
        }

        deserializer.deserialize_any(Any)
    }
}
