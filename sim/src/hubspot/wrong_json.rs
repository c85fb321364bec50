//! What the vendor's JSON reader says of a body that it cannot use. For a value of the wrong form the
//! wording is the vendor's; for text that is no JSON at all it is our parser's, at the same place
//! (ledger: `hubspot.wrong.malformed-json`).

use super::errors::Problem;

/// The Java types that stand in its words, as what a visitor expected.
pub(crate) const TEXT: &str = "java.lang.String";
pub(crate) const MAP: &str = "java.util.LinkedHashMap<java.lang.String,java.lang.String>";
const LIST: &str = "java.util.ArrayList";

/// 400 without a category (facts/hubspot-crm.md §1.1).
pub(crate) fn told(error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let said = wrong_form(text).unwrap_or_else(|| text.to_owned());
    Problem::bare(format!("Invalid input JSON on line {}, column {}: {said}", error.line(), error.column()))
}

/// `invalid type: sequence, expected X` in the vendor's words.
fn wrong_form(text: &str) -> Option<String> {
    let (found, wanted) = text.strip_prefix("invalid type: ")?.split_once(", expected ")?;
    let wanted = if wanted == "a sequence" { LIST } else { wanted };
    let (form, token) = match found.split(' ').next()? {
        "sequence" => ("Array", "START_ARRAY"),
        "map" => ("Object", "START_OBJECT"),
        "string" => ("String", "VALUE_STRING"),
        "integer" => ("Integer", "VALUE_NUMBER_INT"),
        "floating" => ("Floating-point", "VALUE_NUMBER_FLOAT"),
        "boolean" if found.ends_with("`true`") => ("Boolean", "VALUE_TRUE"),
        "boolean" => ("Boolean", "VALUE_FALSE"),
        _ => return None,
    };
    Some(format!("Cannot deserialize value of type `{wanted}` from {form} value (token `JsonToken.{token}`)"))
}
