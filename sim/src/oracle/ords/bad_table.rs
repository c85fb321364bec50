//! What is wrong with a table of the tester's own: the file, the line, what it is, how to mend it. It may not
//! decide what fits.

use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde_saphyr::{Error, Location};

use crate::yaml::Misread;

const FORM: &str = "a table's file is YAML: `name: boutiques`, `key: [store_id]` and under `columns:` a line for each, \
                    like `- { name: store_id, type: number(6) }`";

/// Why a table cannot be had.
#[derive(Clone, Debug, thiserror::Error, Diagnostic)]
#[error(transparent)]
#[diagnostic(transparent)]
pub struct BadTable(Box<Wrong>);

#[derive(Clone, Debug, thiserror::Error, Diagnostic)]
#[error("{file}:{line}: {what}")]
struct Wrong {
    file: String,
    line: usize,
    what: String,
    #[source_code]
    text: NamedSource<Arc<str>>,
    #[label("here")]
    at: Option<SourceSpan>,
    #[help]
    mend: Option<String>,
}

/// A file's name and text, to point into.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// What is wrong at a place of a YAML file.
    pub(super) fn at(self, at: Location, what: impl Into<String>, mend: impl Into<String>) -> BadTable {
        let (line, column) = (at.line().max(1), at.column().max(1));
        let whole = |number| usize::try_from(number).unwrap_or(1);
        self.bad(whole(line), whole(column) - 1, what.into(), mend.into())
    }

    /// What is wrong with a whole line, counted from 1.
    pub(super) fn on(self, line: u64, what: impl Into<String>, mend: impl Into<String>) -> BadTable {
        self.bad(usize::try_from(line).unwrap_or_default().max(1), 0, what.into(), mend.into())
    }

    /// What keeps a YAML file from being read.
    pub(super) fn unreadable(self, error: &Error) -> BadTable {
        if self.text.lines().all(|line| line.trim().is_empty() || line.trim().starts_with('#')) {
            return self.on(1, "the file is empty", FORM);
        }
        let Misread { what, mend, .. } = Misread::of(self.text, error, FORM);
        let lacks = matches!(error.without_snippet(), Error::SerdeMissingField { .. });
        let mend = mend.filter(|_| !lacks).unwrap_or_else(|| FORM.to_owned());
        self.at(error.location().unwrap_or(Location::UNKNOWN), what, mend)
    }

    fn bad(self, line: usize, column: usize, what: String, mend: String) -> BadTable {
        let start: usize = self.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let text = self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let begin = text.char_indices().nth(column).map_or(0, |(offset, _)| offset);
        let at = (!text.is_empty()).then(|| SourceSpan::new((start + begin).into(), text.len() - begin));
        let (file, text) = (self.file.to_owned(), NamedSource::new(self.file, Arc::from(self.text)));
        BadTable(Box::new(Wrong { file, line, what, text, at, mend: Some(mend) }))
    }
}
