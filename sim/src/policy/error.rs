//! What is wrong with a profile, where, and how to mend it: one diagnostic a file.

use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde_saphyr::{Error, Location, MessageFormatter, UserMessageFormatter};

use crate::near::{meant, nearest};
use crate::{SystemName, words};

const FIGURE: &str = "a figure is written `{ value: ..., source: \"...\", date: YYYY-MM-DD }`";

const YAML: &str = "a profile is YAML, two blanks deeper for what is inside; `extends: NAME` and what differs will do";

/// Why there is no such profile.
#[derive(Clone, Debug, thiserror::Error, Diagnostic)]
pub enum ProfileError {
    #[error("{system} has no profile `{name}`{}; it has {}", meant(name, known.iter().copied()), known.join(", "))]
    Unknown { system: SystemName, name: String, known: Vec<&'static str> },
    #[error(transparent)]
    #[diagnostic(transparent)]
    Malformed(Box<Malformed>),
}

/// The first thing that is wrong in a profile's text.
#[derive(Clone, Debug, thiserror::Error, Diagnostic)]
#[error("{what}")]
pub struct Malformed {
    what: String,
    #[source_code]
    text: NamedSource<Arc<str>>,
    #[label("here")]
    at: Option<SourceSpan>,
    #[help]
    mend: Option<String>,
}

/// A profile's text and its name, to point into.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn fault(self, at: Location, what: impl Into<String>, mend: impl Into<String>) -> ProfileError {
        self.malformed(Some(at), what.into(), Some(mend.into()))
    }

    /// Words what the YAML reader found.
    pub(super) fn unreadable(self, error: &Error) -> ProfileError {
        let error = error.without_snippet();
        let (what, mend) = match error {
            Error::SerdeUnknownField { field, expected, .. } => {
                (format!("unknown field `{field}`"), Some(instead(field, expected, "known here")))
            }
            Error::SerdeUnknownVariant { variant, expected, .. } => {
                (format!("unknown value `{variant}`"), Some(instead(variant, expected, "write one of")))
            }
            Error::SerdeMissingField { field, .. } => (format!("`{field}` is missing"), mend_missing(field)),
            Error::SerdeInvalidType { unexpected, expected, .. }
            | Error::SerdeInvalidValue { unexpected, expected, .. } => {
                let misfit = format!("invalid value: {unexpected}, expected {expected}");
                (words::plain(&misfit), Some(FIGURE.to_owned()))
            }
            Error::Unexpected { expected: "mapping start", .. } => {
                ("expected a mapping".to_owned(), Some(FIGURE.to_owned()))
            }
            // A value that no figure of its kind can have says itself what is to be written.
            Error::Message { .. } => (UserMessageFormatter.format_message(error).into_owned(), None),
            _ => (UserMessageFormatter.format_message(error).into_owned(), Some(YAML.to_owned())),
        };
        self.malformed(error.location(), what, mend)
    }

    /// Of a text that says neither who it is nor what it extends.
    pub(super) fn unsaid(self, usual: &str) -> ProfileError {
        let mend = format!("begin with what it differs from: `extends: {usual}`");
        let start = (!self.text.trim().is_empty()).then(|| SourceSpan::from(0..1));
        let text = NamedSource::new(self.file, Arc::from(self.text));
        let what = "this profile has neither `extends` nor `name`".to_owned();
        ProfileError::Malformed(Box::new(Malformed { what, text, at: start, mend: Some(mend) }))
    }

    fn malformed(self, at: Option<Location>, what: String, mend: Option<String>) -> ProfileError {
        let at = at.and_then(|location| self.span(location));
        let text = NamedSource::new(self.file, Arc::from(self.text));
        ProfileError::Malformed(Box::new(Malformed { what, text, at, mend }))
    }

    /// A place as bytes. A mapping's span may run over many lines; its first one is enough to find it by.
    fn span(self, location: Location) -> Option<SourceSpan> {
        let bytes = location.span().byte_offset().zip(location.span().byte_len());
        let (offset, length) = match bytes {
            Some((offset, length)) => (usize::try_from(offset).ok()?, usize::try_from(length).ok()?),
            // Syntax errors have a line and a column only.
            None => (self.offset(location)?, 1),
        };
        let rest = self.text.get(offset..)?;
        let line = rest.find('\n').unwrap_or(rest.len());
        Some(SourceSpan::new(offset.into(), length.min(line)))
    }

    fn offset(self, location: Location) -> Option<usize> {
        let before = usize::try_from(location.line().checked_sub(1)?).ok()?;
        let column = usize::try_from(location.column().checked_sub(1)?).ok()?;
        let start: usize = self.text.split_inclusive('\n').take(before).map(str::len).sum();
        let line = self.text.get(start..)?;
        Some(start + line.char_indices().nth(column).map_or(line.len(), |(offset, _)| offset))
    }
}

/// The known name that was meant, or all of them.
pub(super) fn instead(name: &str, known: &[&str], all: &str) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? {all}: {}", known.join(", ")),
        None => format!("{all}: {}", known.join(", ")),
    }
}

fn mend_missing(field: &str) -> Option<String> {
    let figure = matches!(field, "value" | "source" | "date");
    figure.then(|| FIGURE.to_owned())
}
