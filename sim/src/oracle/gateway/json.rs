//! JSON with the place of every member kept, so that a refusal can point into the file.
//!
//! `serde_json` says whether a text is JSON and what is wrong where; the walk after it only finds
//! the places, and so needs no wording of errors of its own. It may not judge what the members mean.

use std::ops::Range;

use serde_json::Number;

/// A value and the bytes it stands on.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    /// In the order of the text, repeated keys included.
    Object(Vec<Member>),
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) node: Node,
}

/// What keeps a text from being JSON, and the byte at which that shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) message: String,
    pub(super) offset: usize,
}

/// Reads a whole text as one JSON value.
pub(super) fn read(text: &str) -> Result<Node, Malformed> {
    // Into a `Value`, not `IgnoredAny`: only the former bounds the depth, on which the walk relies.
    if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
        return Err(malformed(text, &error));
    }
    let mut walk = Walk { text, at: 0 };
    walk.value().ok_or_else(|| Malformed { message: "the text is not JSON".to_owned(), offset: walk.at })
}

fn malformed(text: &str, error: &serde_json::Error) -> Malformed {
    let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = (line_start + error.column().saturating_sub(1)).min(text.len());
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    Malformed { message, offset }
}

/// A cursor over a text that is known to be JSON; `None` is never reached on such a text.
struct Walk<'t> {
    text: &'t str,
    at: usize,
}

impl Walk<'_> {
    fn value(&mut self) -> Option<Node> {
        self.blank();
        let start = self.at;
        let value = match self.peek()? {
            b'{' => Value::Object(self.object()?),
            b'[' => Value::List(self.list()?),
            b'"' => Value::Text(self.string()?),
            _ => self.scalar()?,
        };
        Some(Node { span: start..self.at, value })
    }

    fn object(&mut self) -> Option<Vec<Member>> {
        let mut members = Vec::new();
        self.at += 1;
        while !self.closes(b'}')? {
            let start = self.at;
            let key = self.string()?;
            let key_span = start..self.at;
            self.blank();
            self.at += 1;
            members.push(Member { key, key_span, node: self.value()? });
        }
        Some(members)
    }

    fn list(&mut self) -> Option<Vec<Node>> {
        let mut nodes = Vec::new();
        self.at += 1;
        while !self.closes(b']')? {
            nodes.push(self.value()?);
        }
        Some(nodes)
    }

    /// Steps over a comma, or over the closing bracket, in which case there is nothing more inside.
    fn closes(&mut self, bracket: u8) -> Option<bool> {
        self.blank();
        let byte = self.peek()?;
        if byte == b',' || byte == bracket {
            self.at += 1;
        }
        self.blank();
        Some(byte == bracket)
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' if !escaped => break,
                b'\\' => escaped = !escaped,
                _ => escaped = false,
            }
        }
        serde_json::from_str(self.text.get(start..self.at)?).ok()
    }

    fn scalar(&mut self) -> Option<Value> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) {
            self.at += 1;
        }
        match self.text.get(start..self.at)? {
            "null" => Some(Value::Null),
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            number => serde_json::from_str(number).ok().map(Value::Number),
        }
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(node: &Node, text: &str) -> serde_json::Value {
        let same: serde_json::Value = serde_json::from_str(&text[node.span.clone()]).unwrap();
        let value = match &node.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(value) => value.clone().into(),
            Value::Text(value) => value.clone().into(),
            Value::List(nodes) => nodes.iter().map(|node| plain(node, text)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|member| {
                    let key: String = serde_json::from_str(&text[member.key_span.clone()]).unwrap();
                    assert_eq!(key, member.key);
                    (key, plain(&member.node, text))
                })
                .collect(),
        };
        assert_eq!(value, same, "the span of a value is the text of that value");
        value
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            "[ -~\u{e9}\u{1f600}\n\t]{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::vec(("[a-z\"\\\\/{}:,]{0,4}", inner), 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_place_holds_its_value(value in any_json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            // Not against `value`: reading back a float may change its last digit.
            let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(plain(&read(&text).unwrap(), &text), whole);
        }

        #[test]
        fn any_text_is_answered(text in "[\\[\\]{}\",:0-9a-z \\\\]{0,24}") {
            match read(&text) {
                Ok(_) => prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok()),
                Err(error) => prop_assert!(error.offset <= text.len()),
            }
        }
    }

    #[test]
    fn malformed_text_has_one_message_and_its_place() {
        for (text, message, offset) in [
            ("{\n  \"routes\": [\n  }\n", "expected value", 18),
            ("{\"a\": 1 \"b\": 2}", "expected `,` or `}`", 8),
            ("", "EOF while parsing a value", 0),
            ("{} x", "trailing characters", 3),
        ] {
            assert_eq!(read(text).unwrap_err(), Malformed { message: message.to_owned(), offset }, "{text}");
        }
        assert!(read(&"[".repeat(100_000)).unwrap_err().message.contains("recursion"));
    }
}
