//! What is wrong with a file: all of it at once, each with its place and how to mend it.

use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::de::DeserializeOwned;
use serde_saphyr::{Error, Location};
use sim::yaml::{Misread, span};

/// A file that cannot be used as it is.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{} cannot be used as it is", name)]
pub struct Malformed {
    name: String,
    #[source_code]
    text: NamedSource<Arc<str>>,
    #[related]
    pub wrong: Vec<Wrong>,
}

/// One thing that is wrong in a file.
#[derive(Clone, Debug, thiserror::Error, Diagnostic)]
#[error("{what}")]
pub struct Wrong {
    pub what: String,
    #[label("here")]
    at: Option<SourceSpan>,
    #[help]
    pub mend: Option<String>,
}

/// A file's name and text, to point into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

const YAML: &str = "a file is YAML: `NAME: VALUE` a line, two blanks deeper for what is inside, and a text with `: ` or \
                    ` #` in it goes in quotes";

impl Source<'_> {
    /// Whether it holds nothing but comments.
    pub(crate) fn is_blank(self) -> bool {
        self.text.lines().map(str::trim).all(|line| line.is_empty() || line == "---" || line.starts_with('#'))
    }

    /// What is wrong with one that holds nothing.
    pub(crate) fn blank(self, mend: &str) -> Malformed {
        let at =
            self.text.lines().next().filter(|line| !line.is_empty()).map(|line| SourceSpan::new(0.into(), line.len()));
        self.malformed(vec![Wrong { what: "the file is empty".to_owned(), at, mend: Some(mend.to_owned()) }])
    }

    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T, Malformed> {
        // A bare Y or N is a text: the master's columns are full of them.
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(self.text, options)
            .map_err(|error| self.malformed(vec![self.unreadable(&error)]))
    }

    pub(crate) fn malformed(self, wrong: Vec<Wrong>) -> Malformed {
        let text = NamedSource::new(self.name, Arc::from(self.text));
        Malformed { name: self.name.to_owned(), text, wrong }
    }

    pub(crate) fn wrong(self, at: Location, what: impl Into<String>, mend: Option<String>) -> Wrong {
        Wrong { what: what.into(), at: span(self.text, at), mend }
    }

    fn unreadable(self, error: &Error) -> Wrong {
        let Misread { what, mend, at } = Misread::of(self.text, error, YAML);
        Wrong { what, at, mend }
    }
}
