//! What a value becomes on its way. The set of transforms is closed: the file can ask for nothing else.

use super::model::Transform;

/// The value that several columns become; one that has no value gives an empty text. Without a join only the
/// first counts.
///
/// ```
/// use standin_contracts::{Transform, transformed};
/// assert_eq!(transformed(["  Kim@Example.com "], &[Transform::Trim, Transform::LowerCase]), "kim@example.com");
/// assert_eq!(transformed(["Kim", "", "Lee"], &[Transform::Join(" ".to_owned())]), "Kim Lee");
/// ```
pub fn transformed<'v>(values: impl IntoIterator<Item = &'v str>, transforms: &[Transform]) -> String {
    let mut values = values.into_iter();
    let joined = transforms.iter().find_map(|transform| match transform {
        Transform::Join(between) => Some(between),
        _ => None,
    });
    let value = match joined {
        Some(between) => values.filter(|value| !value.is_empty()).collect::<Vec<_>>().join(between),
        None => values.next().unwrap_or_default().to_owned(),
    };
    transforms.iter().fold(value, apply)
}

fn apply(value: String, transform: &Transform) -> String {
    match transform {
        Transform::Trim => value.trim().to_owned(),
        Transform::LowerCase => value.to_lowercase(),
        Transform::UpperCase => value.to_uppercase(),
        Transform::Digits => digits(&value),
        Transform::Date => match value.split_once(['T', ' ']) {
            Some((day, _)) => day.to_owned(),
            None => value,
        },
        Transform::Join(_) => value,
        Transform::Map(to) => to.get(&value).cloned().unwrap_or(value),
    }
}

fn digits(value: &str) -> String {
    let plus = value.trim_start().starts_with('+');
    let digits = value.chars().filter(char::is_ascii_digit);
    if plus { std::iter::once('+').chain(digits).collect() } else { digits.collect() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn each_transform_does_one_thing() {
        let cases = [
            (" Zoë ", Transform::Trim, "Zoë"),
            ("ÄB", Transform::LowerCase, "äb"),
            ("äb", Transform::UpperCase, "ÄB"),
            (" +61 491-570 006", Transform::Digits, "+61491570006"),
            ("(0491) 570+006", Transform::Digits, "0491570006"),
            ("2026-11-20T23:59:59Z", Transform::Date, "2026-11-20"),
            ("2026-11-20", Transform::Date, "2026-11-20"),
            ("A", Transform::Map(BTreeMap::from([("A".to_owned(), "active".to_owned())])), "active"),
            ("B", Transform::Map(BTreeMap::new()), "B"),
        ];
        for (value, transform, expected) in cases {
            assert_eq!(transformed([value], std::slice::from_ref(&transform)), expected, "{transform:?}");
        }
        assert_eq!(transformed(["a", "b"], &[]), "a");
        assert_eq!(transformed([], &[Transform::Trim]), "");
    }
}
