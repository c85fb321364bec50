//! What a bad day is, as the catalogue tells it: what it stands for, where it was seen, and what may be said of it.

use super::{Armed, Blow};
use crate::SystemName;

/// One kind of bad day.
pub struct Kind {
    pub name: &'static str,
    /// What it stands for, in a sentence.
    pub what: &'static str,
    /// Where it was seen.
    pub source: &'static str,
    /// Whether the struck call is carried out.
    pub effect: Effect,
    /// The systems that have such days; all, where none is named.
    pub systems: &'static [SystemName],
    /// What may be said beside `count`, `share`, `for`, `after` and `where`.
    pub parameters: &'static [Parameter],
    /// Whether it lasts for a span, which has to be given, and not for a number of calls.
    pub spans: bool,
    pub(super) blow: fn(&Armed) -> Blow,
}

/// Whether a struck call takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Never,
    Always,
    /// As `when` says.
    AsAsked,
    /// The inputs that are not struck do.
    Partly,
}

/// What may be said of one fault alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: &'static str,
    pub form: Form,
    pub about: &'static str,
    /// The only system of which it can be said.
    pub system: Option<SystemName>,
}

/// What a parameter may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A status in this range.
    Status(u16, u16),
    /// A whole number from 1 on.
    Count,
    /// A span like `10s`.
    Span,
    OneOf(&'static [&'static str]),
}

impl Effect {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Always => "always",
            Self::AsAsked => "as `when` says",
            Self::Partly => "but for the inputs that fail",
        }
    }
}

impl Form {
    /// What a value has to be, in words.
    #[must_use]
    pub fn about(self) -> String {
        match self {
            Self::Status(from, to) => format!("a status from {from} to {to}"),
            Self::Count => "a whole number from 1 on".to_owned(),
            Self::Span => "a span like 10s".to_owned(),
            Self::OneOf(words) => format!("one of {}", words.join(", ")),
        }
    }

    pub(super) fn fits(self, value: &serde_json::Value) -> bool {
        match self {
            Self::Status(from, to) => {
                value.as_u64().is_some_and(|status| (u64::from(from)..=u64::from(to)).contains(&status))
            }
            Self::Count => value.as_u64().is_some_and(|count| count > 0),
            Self::Span => value.as_str().is_some_and(|text| crate::parse_span(text).is_ok_and(|span| span > 0)),
            Self::OneOf(words) => value.as_str().is_some_and(|text| words.contains(&text)),
        }
    }
}

/// A parameter of any system.
pub(super) const fn parameter(name: &'static str, form: Form, about: &'static str) -> Parameter {
    Parameter { name, form, about, system: None }
}

/// Before the act, or after it.
pub(super) const WHEN: Parameter =
    parameter("when", Form::OneOf(&["before", "after"]), "before the call is carried out (the default), or after");
