//! What is wrong with a contract's text, where, and how to mend it: all of it in one diagnostic.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde_saphyr::{Error, Location};
use sim::yaml::{Misread, span};

const FORM: &str = "a contract is YAML: `NAME: VALUE` a line, two blanks deeper for what is inside";

/// A text that is no contract.
#[derive(Clone, Debug, Diagnostic)]
pub struct BadContract {
    file: String,
    #[source_code]
    text: NamedSource<Arc<str>>,
    #[related]
    faults: Vec<Fault>,
}

/// One thing that is wrong in it.
#[derive(Clone, Debug, PartialEq, Eq, Diagnostic)]
pub struct Fault {
    pub what: String,
    #[label("here")]
    at: Option<SourceSpan>,
    #[help]
    pub mend: Option<String>,
}

impl BadContract {
    pub(super) fn new(file: &str, text: &str, mut faults: Vec<Fault>) -> Self {
        faults.sort_by_key(|fault| fault.at.map(|at| at.offset()));
        Self { file: file.to_owned(), text: NamedSource::new(file, Arc::from(text)), faults }
    }

    /// All that is wrong, in the order of the text.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for BadContract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.as_slice() {
            [one] => write!(f, "{} is no contract: {}", self.file, one.what),
            all => write!(f, "{} is no contract: {} things are wrong in it", self.file, all.len()),
        }
    }
}

impl std::error::Error for BadContract {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Fault {}

impl Fault {
    pub(super) fn at(text: &str, at: Location, what: impl Into<String>, mend: Option<String>) -> Self {
        Self { what: what.into(), at: span(text, at), mend }
    }

    /// Words what the YAML reader found.
    pub(super) fn unreadable(text: &str, error: &Error) -> Self {
        let Misread { what, mend, at } = Misread::of(text, error, FORM);
        Self { what, at, mend }
    }

    /// The line that it is in, counted from 1.
    #[must_use]
    pub fn line(&self, text: &str) -> Option<usize> {
        Some(text.get(..self.at?.offset())?.lines().count().max(1))
    }
}
