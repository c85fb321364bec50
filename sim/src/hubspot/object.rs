//! Members read from a JSON object and from nothing else: a derived struct would take an array too.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// What a body's object is called where it is refused.
pub(crate) trait Named {
    const JAVA: &'static str;
}

/// A `T` from a JSON object.
pub(crate) struct Object<T>(pub(crate) T);

struct OfObject<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Named> Visitor<'de> for OfObject<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::JAVA)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

impl<'de, T: Deserialize<'de> + Named> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfObject(PhantomData))
    }
}

struct OfList<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Named> Visitor<'de> for OfList<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "java.util.ArrayList<{}>", T::JAVA)
    }
    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(Object(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list)
    }
}

/// Objects of a list; none where it is null.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de> + Named>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(OfList(PhantomData))
}
