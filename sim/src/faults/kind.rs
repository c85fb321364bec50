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
    pub lasts: Lasts,
    pub(super) blow: fn(&Armed) -> Blow,
}

/// For how long it strikes, where the tester does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// One call.
    Calls,
    /// A span of world time, which has to be given.
    Given,
    /// A span of world time: that of this parameter, or so many milliseconds.
    As(&'static str, i64),
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
    /// A status of one of these ranges, each with its first and its last.
    Status(&'static [(u16, u16)]),
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
            Self::Status(ranges) => {
                let one = |&(from, to): &(u16, u16)| match from == to {
                    true => from.to_string(),
                    false => format!("from {from} to {to}"),
                };
                format!("a status {}", ranges.iter().map(one).collect::<Vec<_>>().join(" or "))
            }
            Self::Count => "a whole number from 1 on".to_owned(),
            Self::Span => "a span like 10s".to_owned(),
            Self::OneOf(words) => format!("one of {}", words.join(", ")),
        }
    }

    pub(super) fn fits(self, value: &serde_json::Value) -> bool {
        match self {
            Self::Status(ranges) => value.as_u64().is_some_and(|status| {
                ranges.iter().any(|&(from, to)| (u64::from(from)..=u64::from(to)).contains(&status))
            }),
            Self::Count => value.as_u64().is_some_and(|count| count > 0),
            Self::Span => value.as_str().is_some_and(|text| crate::parse_span(text).is_ok_and(|span| span > 0)),
            Self::OneOf(words) => value.as_str().is_some_and(|text| words.contains(&text)),
        }
    }
}

impl Kind {
    /// Whether a span, `for`, has to be given.
    #[must_use]
    pub fn needs_span(&self) -> bool {
        self.lasts == Lasts::Given
    }
}

/// A parameter of any system.
pub(super) const fn parameter(name: &'static str, form: Form, about: &'static str) -> Parameter {
    Parameter { name, form, about, system: None }
}

/// Before the act, or after it.
pub(super) const WHEN: Parameter =
    parameter("when", Form::OneOf(&["before", "after"]), "before the call is carried out (the default), or after");
