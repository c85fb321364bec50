//! JSON written as hardly anybody writes it, and meaning the same: a receiver that checks a signature over what it
//! has parsed and written again comes to other bytes than were signed.

/// The same JSON with blanks between its parts, every `/` escaped, and the first letter of each text as `\u....`.
///
/// ```
/// let unusual = standin_sim::encode::unusual(br#"[{"a":"b/c"},7]"#);
/// assert_eq!(unusual, br#"[ { "\u0061" : "\u0062\/c" } , 7 ]"#);
/// ```
#[must_use]
pub fn unusual(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() * 2);
    let mut bytes = json.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => text(&mut bytes, &mut out),
            b'[' | b'{' => out.extend([byte, b' ']),
            b']' | b'}' => out.extend([b' ', byte]),
            b',' | b':' => out.extend([b' ', byte, b' ']),
            _ => out.push(byte),
        }
    }
    out
}

/// A text up to its closing quote.
fn text(bytes: &mut impl Iterator<Item = u8>, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut first = true;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                out.push(byte);
                out.extend(bytes.next());
            }
            b'/' => out.extend(b"\\/"),
            b'"' => {
                out.push(byte);
                return;
            }
            _ if first && byte.is_ascii_alphanumeric() => out.extend(format!("\\u{byte:04x}").bytes()),
            _ => out.push(byte),
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    #[test]
    fn it_means_the_same_and_is_never_what_a_writer_makes_of_it() {
        for value in [json!([]), json!([{"name": "Zoë", "quote": "a \"b\" \\ c/d", "n": [1, null, true]}]), json!("")]
        {
            let unusual = super::unusual(value.to_string().as_bytes());
            let read: Value = serde_json::from_slice(&unusual).expect("it is JSON");
            assert_eq!(read, value);
            assert!(value == json!("") || unusual != value.to_string().as_bytes());
        }
    }
}
