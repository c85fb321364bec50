//! The formulas of calculated properties: which properties they name, and how they are kept. What they
//! come to is not worked out (ledger: `hubspot.properties.formula-value`).

use compact_str::CompactString;

/// Words of the formula language that name no property.
const WORDS: [&str; 13] =
    ["if", "then", "else", "elseif", "endif", "and", "or", "not", "xor", "equals", "true", "false", "null"];

/// Runs of blanks become one.
pub(super) fn kept(formula: &str) -> CompactString {
    let words: Vec<_> = formula.split_whitespace().collect();
    words.join(" ").into()
}

/// The properties that a formula names: neither texts, functions nor words of the language.
pub(super) fn names(formula: &str) -> Vec<&str> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (mut names, mut rest) = (Vec::new(), formula);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            _ if part(first) => rest.find(|c| !part(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, behind) = rest.split_at(length);
        let named = first.is_ascii_alphabetic() || first == '_';
        let word = WORDS.iter().any(|word| token.eq_ignore_ascii_case(word));
        if named && !word && !behind.trim_start().starts_with('(') && !names.contains(&token) {
            names.push(token);
        }
        rest = behind;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_names_neither_its_texts_nor_its_functions() {
        for (formula, want) in [
            ("amount * hs_exchange_rate", &["amount", "hs_exchange_rate"][..]),
            ("max(0, round_down(((closedate - createdate) / 86400000), 0))", &["closedate", "createdate"]),
            ("if is_present(rate) then (amount * rate) else amount", &["rate", "amount"]),
            ("concatenate('x of', y, \"z\")", &["y"]),
            ("10a + 'open", &[]),
            ("NOT (a equals 'b')", &["a"]),
        ] {
            assert_eq!(names(formula), want, "{formula}");
        }
    }

    #[test]
    fn blanks_between_the_parts_of_a_formula_are_one() {
        assert_eq!(kept("  a  +\n b "), "a + b");
    }
}
