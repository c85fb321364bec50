//! JSON as text: what a value of a body is compared by.

use serde_json::Value;
use sim::journal::Payload;

/// A scalar as its text; a null is none.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Looks at every name and scalar of a JSON, as texts, until one is what is looked for.
pub(crate) fn find_text<T>(value: &Value, look: &mut impl FnMut(&str) -> Option<T>) -> Option<T> {
    match value {
        Value::Array(items) => items.iter().find_map(|item| find_text(item, look)),
        Value::Object(members) => {
            members.iter().find_map(|(name, member)| look(name).or_else(|| find_text(member, look)))
        }
        scalar => look(&text_of(scalar)?),
    }
}

/// A body as JSON, if it is any.
pub(super) fn json(body: Option<&Payload>) -> Option<Value> {
    serde_json::from_slice(&body?.0).ok()
}

/// A part of an address with its escapes undone.
pub(crate) fn unescaped(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_what_is_none_stays() {
        assert_eq!(unescaped("a%40b.example"), "a@b.example");
        assert_eq!(unescaped("100%"), "100%");
        assert_eq!(unescaped("%4"), "%4");
        assert_eq!(unescaped("Zo%C3%AB"), "Zoë");
    }
}
