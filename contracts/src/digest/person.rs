//! Who a record is about: the match key, or the fallback where it has none.

use super::{Values, value};
use crate::{Key, Keys, Owner, transformed};

/// One real record of an object, whichever side it is seen on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Person {
    Key(String),
    Fallback(String),
}

impl std::fmt::Display for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Key(text) | Self::Fallback(text)) = self;
        f.write_str(text)
    }
}

/// Whom a record's values are about, if they say.
pub(crate) fn person_of(keys: &Keys, side: Owner, values: &Values) -> Option<Person> {
    let fallback = || keys.fallback.as_ref().and_then(|key| known(key, side, values)).map(Person::Fallback);
    known(&keys.key, side, values).map(Person::Key).or_else(fallback)
}

fn known(key: &Key, side: Owner, values: &Values) -> Option<String> {
    let name = match side {
        Owner::Master => &key.column,
        Owner::Copy => &key.property,
    };
    let text = transformed([value(values, name)], &key.transforms);
    (!text.is_empty()).then_some(text)
}
