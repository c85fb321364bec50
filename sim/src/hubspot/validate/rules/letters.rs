//! Rules about the letters of a text: which may stand in it, how many, in which case.

use compact_str::{CompactString, ToCompactString};
use regex::Regex;

use super::{RuleType, sole};
use crate::hubspot::validate::refusal::Refused;

#[derive(Clone, Debug)]
pub(super) enum Test {
    Letters,
    Digits,
    LettersAndDigits,
    NothingSpecial,
    Capitalized,
    Upper,
    Lower,
    Longest(usize),
    Shortest(usize),
    /// Without blanks anywhere.
    NoBlanks,
    /// Without blanks around it.
    Trimmed,
    /// A pattern, and what is said of a value that it does not find itself in.
    Pattern(Regex, CompactString),
}

impl Test {
    pub(super) fn new(kind: RuleType, arguments: &[CompactString]) -> Result<Self, &'static str> {
        let length = || sole(arguments).and_then(|length| length.parse().ok());
        match kind {
            RuleType::Alphanumeric => match sole(arguments) {
                Some("ALPHA_ONLY") => Ok(Self::Letters),
                Some("NUMERIC_ONLY") => Ok(Self::Digits),
                Some("ALPHANUMERIC") => Ok(Self::LettersAndDigits),
                _ => Err("one of ALPHANUMERIC, ALPHA_ONLY, NUMERIC_ONLY"),
            },
            RuleType::Format => match sole(arguments) {
                Some("CAPITALIZATION") => Ok(Self::Capitalized),
                Some("UPPER") => Ok(Self::Upper),
                Some("LOWER") => Ok(Self::Lower),
                _ => Err("one of CAPITALIZATION, UPPER, LOWER"),
            },
            RuleType::MaxLength => length().map(Self::Longest).ok_or("a number"),
            RuleType::MinLength => length().map(Self::Shortest).ok_or("a number"),
            RuleType::SpecialCharacters => match sole(arguments) {
                Some("NOT_ALLOWED") => Ok(Self::NothingSpecial),
                _ => Err("NOT_ALLOWED"),
            },
            RuleType::Whitespace => match arguments {
                [] => Ok(Self::NoBlanks),
                [one] if one == "ALL" => Ok(Self::NoBlanks),
                [one] if one == "TRIM" => Ok(Self::Trimmed),
                _ => Err("none, or one of ALL, TRIM"),
            },
            _ => match arguments {
                [pattern, rest @ ..] if rest.len() < 2 => {
                    let pattern = Regex::new(pattern).map_err(|_| "a regular expression and a message")?;
                    Ok(Self::Pattern(pattern, rest.first().cloned().unwrap_or_default()))
                }
                _ => Err("a regular expression and a message"),
            },
        }
    }

    pub(super) fn normalized(&self, text: CompactString) -> CompactString {
        match self {
            Self::Upper => text.to_uppercase(),
            Self::Lower => text.to_lowercase(),
            Self::Capitalized => capitalized(&text),
            Self::NoBlanks => text.chars().filter(|c| !c.is_whitespace()).collect(),
            Self::Trimmed => text.trim().to_compact_string(),
            _ => text,
        }
    }

    pub(super) fn refuses(&self, text: &str) -> Option<Refused> {
        let all = |may: fn(char) -> bool| text.chars().all(may);
        let (fine, code, message) = match self {
            Self::Letters => (all(char::is_alphabetic), "INVALID_ALPHA", "Enter only letters".to_owned()),
            Self::Digits => (all(|c| c.is_ascii_digit()), "INVALID_NUMERIC", "Enter only numbers".to_owned()),
            Self::LettersAndDigits => {
                (all(char::is_alphanumeric), "INVALID_ALPHANUMERIC", "Enter only letters and numbers".to_owned())
            }
            Self::NothingSpecial => (
                all(|c| c.is_alphanumeric() || c.is_whitespace()),
                "INVALID_SPECIAL_CHARACTERS",
                "Special characters are not allowed".to_owned(),
            ),
            Self::Upper => (text == text.to_uppercase(), "INVALID_FORMAT", "Enter only uppercase letters".to_owned()),
            Self::Lower => (text == text.to_lowercase(), "INVALID_FORMAT", "Enter only lowercase letters".to_owned()),
            Self::Capitalized => {
                (text == capitalized(text), "INVALID_FORMAT", "Start each word with a capital letter".to_owned())
            }
            Self::Longest(most) => {
                (text.chars().count() <= *most, "INVALID_MAX_LENGTH", format!("Enter at most {most} characters"))
            }
            Self::Shortest(least) => {
                (text.chars().count() >= *least, "INVALID_MIN_LENGTH", format!("Enter at least {least} characters"))
            }
            Self::NoBlanks => {
                (!text.chars().any(char::is_whitespace), "INVALID_WHITESPACE", "Spaces are not allowed".to_owned())
            }
            Self::Trimmed => {
                (text.trim() == text, "INVALID_WHITESPACE", "Spaces at the beginning or end are not allowed".to_owned())
            }
            Self::Pattern(pattern, said) => (pattern.is_match(text), "INVALID_REGEX", said.to_string()),
        };
        (!fine).then_some((code, message))
    }
}

/// With the first letter of each word in upper case.
fn capitalized(text: &str) -> CompactString {
    let mut capital = true;
    let mut out = CompactString::with_capacity(text.len());
    for c in text.chars() {
        if capital && c.is_alphabetic() {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        capital = c.is_whitespace();
    }
    out
}
