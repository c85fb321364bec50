//! What serde finds wrong with an input, in people's words: it speaks of the program's types, which
//! whoever wrote the input does not know. It may not decide what is wrong.

/// A message of serde's, reworded; one that is in plain words already comes back as it is.
pub(crate) fn plain(message: &str) -> String {
    let (text, place) = match message.rsplit_once(" at line ") {
        Some((text, place)) => (text, Some(place)),
        None => (message, None),
    };
    let text = reworded(text);
    match place.and_then(|place| place.split_once(" column ")) {
        Some((line, column)) => format!("{text} (line {line}, column {column})"),
        None => text,
    }
}

fn reworded(text: &str) -> String {
    let misfit = text.strip_prefix("invalid type: ").or_else(|| text.strip_prefix("invalid value: "));
    if let Some((found, wanted)) = misfit.and_then(|misfit| misfit.rsplit_once(", expected ")) {
        return format!("{} does not fit here; it is to be {}", found_there(found), expected(wanted));
    }
    if let Some((name, known)) = text.strip_prefix("unknown field ").and_then(|rest| rest.split_once(", expected ")) {
        return format!("there is no member {name} here; there is {}", one_of(known));
    }
    if let Some((name, known)) = text.strip_prefix("unknown variant ").and_then(|rest| rest.split_once(", expected ")) {
        return format!("{name} is not known here; write {known}");
    }
    if let Some(name) = text.strip_prefix("unknown field ") {
        return format!("there is no member {} here", name.trim_end_matches(", there are no fields"));
    }
    if let Some(name) = text.strip_prefix("missing field ") {
        return format!("{name} is missing");
    }
    if let Some(name) = text.strip_prefix("duplicate field ") {
        return format!("{name} is given twice");
    }
    match text {
        "invalid digit found in string" | "cannot parse integer from empty string" | "invalid float literal" => {
            "it is to be a whole number, 0 or more".to_owned()
        }
        "number too large to fit in target type" => "the number is too large".to_owned(),
        "provided string was not `true` or `false`" => "it is to be true or false".to_owned(),
        _ if text.starts_with("EOF while parsing") => format!("the text ends too early: {text}"),
        _ => text.to_owned(),
    }
}

/// `one of `a`, `b`` and `` `a` or `b` `` both become a list.
fn one_of(known: &str) -> String {
    known.strip_prefix("one of ").unwrap_or(known).to_owned()
}

/// What serde wanted, as a person would ask for it.
pub(crate) fn expected(wanted: &str) -> String {
    let words = match wanted {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "a nonzero u64" | "a nonzero u32" | "a nonzero u16" | "a nonzero usize" => "a whole number, 1 or more",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" | "a borrowed string" | "str" | "string" => "a text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" | "mapping" => "an object",
        other if other.starts_with("struct ") => "an object",
        other if other.starts_with("enum ") || other.starts_with("variant ") => "one of the known words",
        other => other,
    };
    words.to_owned()
}

fn found_there(found: &str) -> String {
    let quoted = ["integer ", "floating point ", "boolean ", "character "];
    if let Some(value) = quoted.iter().find_map(|kind| found.strip_prefix(kind)) {
        return value.to_owned();
    }
    match found {
        "map" => "an object".to_owned(),
        "sequence" => "a list".to_owned(),
        "null" | "unit value" | "Option value" => "null".to_owned(),
        _ => found.strip_prefix("string ").unwrap_or(found).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what is wrong with it is looked at")]
    struct Example {
        count: u64,
        name: Option<String>,
        flag: Option<bool>,
        rows: Option<Vec<u64>>,
    }

    #[test]
    fn no_word_of_the_programs_types_is_left() {
        for (text, told) in [
            (r#"{"count":-7}"#, "`-7` does not fit here; it is to be a whole number, 0 or more (line 1, column 11)"),
            (r#"{"count":"x"}"#, "\"x\" does not fit here; it is to be a whole number, 0 or more (line 1, column 12)"),
            (r#"{"count":1.5}"#, "`1.5` does not fit here; it is to be a whole number, 0 or more (line 1, column 12)"),
            (r#"{"name":7}"#, "`7` does not fit here; it is to be a text in quotes (line 1, column 9)"),
            (r#"{"flag":"no"}"#, "\"no\" does not fit here; it is to be true or false (line 1, column 12)"),
            (r#"{"rows":{}}"#, "an object does not fit here; it is to be a list (line 1, column 8)"),
            (r#"{"count":[]}"#, "a list does not fit here; it is to be a whole number, 0 or more (line 1, column 9)"),
            (
                r#"{"cuont":1}"#,
                "there is no member `cuont` here; there is `count`, `name`, `flag`, `rows` (line 1, column 8)",
            ),
            (r#"{"name":null}"#, "`count` is missing (line 1, column 13)"),
            (r#"{"count":1,"count":2}"#, "`count` is given twice (line 1, column 18)"),
            ("7", "`7` does not fit here; it is to be an object (line 1, column 1)"),
        ] {
            let error = serde_json::from_str::<Example>(text).unwrap_err().to_string();
            assert_eq!(plain(&error), told, "{error}");
        }
    }
}
