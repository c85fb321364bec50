//! What is wrong with a profile, where, and how to mend it: one diagnostic a file.

use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde_saphyr::{Error, Location};

use crate::SystemName;
use crate::near::meant;
use crate::yaml::{Misread, span};

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
        self.malformed(span(self.text, at), what.into(), Some(mend.into()))
    }

    /// Words what the YAML reader found.
    pub(super) fn unreadable(self, error: &Error) -> ProfileError {
        let Misread { what, mend, at } = Misread::of(self.text, error, YAML);
        let mend = if is_of_a_figure(error.without_snippet()) { Some(FIGURE.to_owned()) } else { mend };
        self.malformed(at, what, mend)
    }

    /// Of a text that says neither who it is nor what it extends.
    pub(super) fn unsaid(self, usual: &str) -> ProfileError {
        let mend = format!("begin with what it differs from: `extends: {usual}`");
        let start = (!self.text.trim().is_empty()).then(|| SourceSpan::from(0..1));
        let text = NamedSource::new(self.file, Arc::from(self.text));
        let what = "this profile has neither `extends` nor `name`".to_owned();
        ProfileError::Malformed(Box::new(Malformed { what, text, at: start, mend: Some(mend) }))
    }

    fn malformed(self, at: Option<SourceSpan>, what: String, mend: Option<String>) -> ProfileError {
        let text = NamedSource::new(self.file, Arc::from(self.text));
        ProfileError::Malformed(Box::new(Malformed { what, text, at, mend }))
    }
}

/// Whether a figure stands wrongly there, which has a form of its own.
fn is_of_a_figure(error: &Error) -> bool {
    match error {
        Error::SerdeInvalidType { .. } | Error::SerdeInvalidValue { .. } => true,
        Error::Unexpected { expected, .. } => *expected == "mapping start",
        Error::SerdeMissingField { field, .. } => matches!(*field, "value" | "source" | "date"),
        _ => false,
    }
}
