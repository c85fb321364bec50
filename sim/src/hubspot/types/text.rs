//! Texts that follow from others: previews without markup, parts of an e-mail's headers.

use serde_json::Value;

/// Where an e-mail's headers are kept, as JSON.
pub(super) const HEADERS: &str = "hs_email_headers";
/// How much of a body is shown; the figure is not established (ledger: `hubspot.types.preview`).
const PREVIEW_CHARS: usize = 256;

/// A body's text: tags are blanks, the common entities are what they stand for, blanks in a row are one.
pub(super) fn preview(body: &str) -> String {
    let mut plain = String::with_capacity(body.len());
    let mut in_tag = false;
    for c in body.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                plain.push(' ');
            }
            _ if in_tag => {}
            _ => plain.push(c),
        }
    }
    for (entity, stands_for) in
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    {
        if plain.contains(entity) {
            plain = plain.replace(entity, stands_for);
        }
    }
    let words: Vec<_> = plain.split_whitespace().collect();
    words.join(" ").chars().take(PREVIEW_CHARS).collect()
}

/// `{"from": {"email": ...}, "to": [{"email": ...}]}`; of several, all by `;`.
pub(super) fn header(headers: &str, whose: &str, what: &str) -> Option<String> {
    let headers: Value = serde_json::from_str(headers).ok()?;
    let part = |one: &Value| one.get(what).and_then(Value::as_str).map(str::to_owned);
    let found = match headers.get(whose)? {
        Value::Array(all) => all.iter().filter_map(part).collect::<Vec<_>>().join(";"),
        one => part(one)?,
    };
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_has_no_markup_and_a_header_its_parts() {
        assert_eq!(preview("<p>Rang &amp; left a <b>message</b></p>\n<p>again</p>"), "Rang & left a message again");
        assert_eq!(preview(&"x".repeat(300)).len(), PREVIEW_CHARS);
        let headers = r#"{"from":{"email":"a@example.com","firstName":"Ann"},"to":[{"email":"b@example.com"},{"email":"c@example.com"}]}"#;
        let told = |whose, what| header(headers, whose, what);
        assert_eq!(told("from", "firstName").as_deref(), Some("Ann"));
        assert_eq!(told("to", "email").as_deref(), Some("b@example.com;c@example.com"));
        assert_eq!(told("cc", "email"), None);
        assert_eq!(header("no json", "from", "email"), None);
    }
}
