//! Rules about numbers: how great, how small, and how many places behind the point.

use compact_str::CompactString;

use super::{RuleType, sole};
use crate::hubspot::validate::refusal::Refused;

#[derive(Clone, Debug)]
pub(super) enum Test {
    Most(f64, CompactString),
    Least(f64, CompactString),
    Places(usize),
}

impl Test {
    pub(super) fn new(kind: RuleType, arguments: &[CompactString]) -> Result<Self, &'static str> {
        let bound = || {
            let text = sole(arguments)?;
            Some((number(text)?, CompactString::from(text)))
        };
        match kind {
            RuleType::MaxNumber => bound().map(|(n, text)| Self::Most(n, text)).ok_or("a number"),
            RuleType::MinNumber => bound().map(|(n, text)| Self::Least(n, text)).ok_or("a number"),
            _ => sole(arguments).and_then(|places| places.parse().ok()).map(Self::Places).ok_or("a number of places"),
        }
    }

    /// The text has been accepted as a number.
    pub(super) fn refuses(&self, text: &str) -> Option<Refused> {
        let value = number(text).unwrap_or_default();
        match self {
            Self::Most(most, told) if value > *most => {
                Some(("INVALID_MAX_NUMBER", format!("Enter a number that is at most {told}")))
            }
            Self::Least(least, told) if value < *least => {
                Some(("INVALID_MIN_NUMBER", format!("Enter a number that is at least {told}")))
            }
            Self::Places(places) if text.split_once('.').is_some_and(|(_, behind)| behind.len() > *places) => {
                Some(("INVALID_DECIMAL", format!("Enter a number with at most {places} decimal places")))
            }
            _ => None,
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}
