//! Where a part of a JSON text stands. The text has been parsed already, so it is well formed.

/// A way from a value to one in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

/// The byte at which a part begins; that of the last part on the way which is there.
pub(super) fn offset(text: &str, path: &[Step<'_>]) -> usize {
    let bytes = text.as_bytes();
    let mut at = blank(bytes, 0);
    for step in path {
        match member(text, at, *step) {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

/// Line and column from 1, in characters.
pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |place| place + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// As people write it: `results[3].type`.
pub(super) fn written(path: &[Step<'_>]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.push_str(&format!(".{key}")),
            Step::Item(place) => text.push_str(&format!("[{place}]")),
        }
    }
    text
}

fn member(text: &str, at: usize, step: Step<'_>) -> Option<usize> {
    let bytes = text.as_bytes();
    let opens = match step {
        Step::Key(_) => b'{',
        Step::Item(_) => b'[',
    };
    if *bytes.get(at)? != opens {
        return None;
    }
    let mut at = blank(bytes, at + 1);
    for place in 0.. {
        if matches!(bytes.get(at)?, b'}' | b']') {
            return None;
        }
        let found = match step {
            Step::Item(wanted) => place == wanted,
            Step::Key(wanted) => {
                let end = string(bytes, at);
                let key: String = serde_json::from_str(text.get(at..end)?).ok()?;
                at = blank(bytes, blank(bytes, end) + 1);
                key == wanted
            }
        };
        if found {
            return Some(at);
        }
        at = blank(bytes, value(bytes, at));
        if bytes.get(at) == Some(&b',') {
            at = blank(bytes, at + 1);
        }
    }
    None
}

fn blank(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// Behind a text that begins here.
fn string(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// Behind a value that begins here.
fn value(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = string(bytes, at),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            b',' | b'}' | b']' if depth == 0 => return at,
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::Step::{Item, Key};
    use super::{line_and_column, offset, written};

    #[test]
    fn a_part_is_found_where_it_stands() {
        let text = r#" {"a\"b": [1, {"x": "]"}, -2.5e1 ],
            "results":[{"n":true},{"type" : null}]}"#;
        let at = |path: &[_]| &text[offset(text, path)..];
        assert!(at(&[Key("a\"b"), Item(1), Key("x")]).starts_with("\"]\""));
        assert!(at(&[Key("a\"b"), Item(2)]).starts_with("-2.5e1 ]"));
        assert!(at(&[Key("results"), Item(1), Key("type")]).starts_with("null"));
        assert!(at(&[Key("results"), Item(1), Key("none")]).starts_with(r#"{"type" "#), "the last that is there");
        assert!(at(&[Key("results"), Item(7)]).starts_with(r#"[{"n""#));
        let path = [Key("results"), Item(1), Key("type")];
        assert_eq!(line_and_column(text, offset(text, &path)), (2, 45));
        assert_eq!(written(&path), "results[1].type");
    }
}
