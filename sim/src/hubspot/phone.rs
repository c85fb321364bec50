//! Telephone numbers as search compares them: area code and local number, without the country's code
//! (facts/hubspot-crm.md §3). Numbers are not checked, and no country is guessed from the rest of a record.

use compact_str::CompactString;
use serde::Deserialize;

/// The properties that hold a number to be searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phone {
    Phone,
    MobilePhone,
}

impl Phone {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::MobilePhone => "mobilephone",
        }
    }
}

/// The digits of a number, without the code of its country where it is written with a plus sign, and
/// without noughts in front; `None` where nothing is left.
pub(crate) fn national(number: &str) -> Option<CompactString> {
    let digits: CompactString = number.chars().filter(char::is_ascii_digit).collect();
    let code = if number.trim_start().starts_with('+') { country_code(&digits) } else { 0 };
    let national = digits.get(code..)?.trim_start_matches('0');
    (!national.is_empty()).then(|| national.into())
}

/// How many digits the code of a country has at the beginning of a number: none is the beginning of
/// another (ITU-T E.164).
fn country_code(digits: &str) -> usize {
    match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3.min(digits.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first seven are from answers that public repositories quote; the rest goes by the numbering plan.
    #[test]
    fn a_number_is_searched_for_without_its_countrys_code() {
        for (number, want) in [
            ("+5511999999999", "11999999999"),
            ("+33655555555", "655555555"),
            ("(877) 829-06966777", "87782906966777"),
            ("513-227-1572", "5132271572"),
            ("7087038093", "7087038093"),
            ("08180854296", "8180854296"),
            ("123456", "123456"),
            ("+61 491 570 006", "491570006"),
            (" +1 (202) 555-0100", "2025550100"),
            ("+353 1 555 0100", "15550100"),
            ("+61 (0)491 570 006", "491570006"),
        ] {
            assert_eq!(national(number).as_deref(), Some(want), "{number}");
        }
        for none in ["", "+", "+61", "+9", "none", "000"] {
            assert_eq!(national(none), None, "{none}");
        }
    }
}
