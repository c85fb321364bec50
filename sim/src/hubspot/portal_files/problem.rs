//! What keeps a portal from being loaded: all of it at once, each with its file, its place and how to mend
//! it.

use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};

use super::places::{self, Step};
use super::report::PortalFile;

/// Saved answers that cannot be loaded.
#[derive(Clone, Debug, thiserror::Error, Diagnostic)]
#[error("the portal in {folder} cannot be loaded")]
pub struct BadPortal {
    pub folder: String,
    #[related]
    pub problems: Vec<PortalProblem>,
    /// What its files hold all the same.
    pub files: Vec<PortalFile>,
    /// Where more is told of it.
    #[help]
    pub help: Option<String>,
}

/// One thing that is wrong in a file.
#[derive(Clone, Debug, thiserror::Error, Diagnostic)]
#[error("{file}{}: {what}", self.place())]
pub struct PortalProblem {
    pub file: String,
    /// Line and column from 1, where it has a place.
    pub at: Option<(usize, usize)>,
    pub what: String,
    #[help]
    pub mend: String,
    #[source_code]
    text: Option<NamedSource<Arc<str>>>,
    #[label("here")]
    span: Option<SourceSpan>,
}

/// An answer is one line as a rule: a longer one is not shown.
const LINE_MAX: usize = 160;

impl PortalProblem {
    /// Of a file as a whole.
    pub(super) fn of(file: &str, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { file: file.to_owned(), at: None, what: what.into(), mend: mend.into(), text: None, span: None }
    }

    fn place(&self) -> String {
        self.at.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default()
    }
}

/// A file by its name in the folder, and its text.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: Arc<str>,
}

impl Source {
    /// Of a part of the answer, which is named before what is wrong with it.
    pub(super) fn wrong(&self, path: &[Step<'_>], what: &str, mend: impl Into<String>) -> PortalProblem {
        let part = places::written(path);
        let what = if part.is_empty() { what.to_owned() } else { format!("`{part}` {what}") };
        self.at(places::offset(&self.text, path), what, mend)
    }

    pub(super) fn at(&self, offset: usize, what: impl Into<String>, mend: impl Into<String>) -> PortalProblem {
        let mut problem = PortalProblem::of(&self.name, what, mend);
        let offset = (0..=offset.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        problem.at = Some(places::line_and_column(&self.text, offset));
        let line = self.text[offset..].lines().next().unwrap_or_default();
        let before = self.text[..offset].lines().last().unwrap_or_default();
        if before.len() + line.len() <= LINE_MAX && !line.is_empty() {
            let word = line.find([',', '}', ']']).unwrap_or(line.len()).max(1);
            let word = (word..=line.len()).find(|end| line.is_char_boundary(*end)).unwrap_or(line.len());
            problem.text = Some(NamedSource::new(&self.name, self.text.clone()));
            problem.span = Some(SourceSpan::new(offset.into(), word));
        }
        problem
    }
}
