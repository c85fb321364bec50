//! What is wrong with a file: all of it at once, each with its place and how to mend it.

use std::sync::Arc;

use contracts::nearest;
use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::de::DeserializeOwned;
use serde_saphyr::{Error, Location, MessageFormatter, UserMessageFormatter};

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
        Wrong { what: what.into(), at: self.span(at), mend }
    }

    fn unreadable(self, error: &Error) -> Wrong {
        let error = error.without_snippet();
        let (what, mend) = match error {
            Error::SerdeUnknownField { field, expected, .. } => (
                format!("there is no `{field}` here"),
                Some(nearest(field, expected.iter().copied()).map_or_else(
                    || format!("known here: {}", expected.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                )),
            ),
            Error::SerdeUnknownVariant { variant, expected, .. } => (
                format!("`{variant}` is none of the known ones"),
                Some(match nearest(variant, expected.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`? Write one of: {}", expected.join(", ")),
                    None => format!("write one of: {}", expected.join(", ")),
                }),
            ),
            Error::SerdeMissingField { field, .. } => {
                (format!("`{field}` is missing"), Some(format!("write it here: `{field}: ...`")))
            }
            Error::SerdeInvalidType { unexpected, expected, .. }
            | Error::SerdeInvalidValue { unexpected, expected, .. } => {
                (format!("expected {expected}, found {unexpected}"), Some(YAML.to_owned()))
            }
            // A value that refuses itself says what is to be written.
            Error::Message { .. } => (UserMessageFormatter.format_message(error).into_owned(), None),
            Error::Unexpected { expected, .. } => match belongs(expected) {
                Some((what, mend)) => (format!("{what} belongs here"), Some(format!("write {mend}"))),
                None => (UserMessageFormatter.format_message(error).into_owned(), Some(YAML.to_owned())),
            },
            _ => (UserMessageFormatter.format_message(error).into_owned(), Some(YAML.to_owned())),
        };
        Wrong { what, at: error.location().and_then(|location| self.span(location)), mend }
    }

    /// A place as bytes, on one line, and never empty.
    fn span(self, location: Location) -> Option<SourceSpan> {
        let offset = self.offset(location)?;
        let rest = self.text.get(offset..)?;
        let line = rest.lines().next().unwrap_or_default();
        let word = line.find([':', ',', '}', ']']).unwrap_or(line.len());
        Some(SourceSpan::new(offset.into(), word.max(1).min(rest.len())))
    }

    fn offset(self, location: Location) -> Option<usize> {
        let before = usize::try_from(location.line().checked_sub(1)?).ok()?;
        let column = usize::try_from(location.column().checked_sub(1)?).ok()?;
        let start: usize = self.text.split_inclusive('\n').take(before).map(str::len).sum();
        let line = self.text.get(start..)?;
        Some(start + line.char_indices().nth(column).map_or(line.len(), |(offset, _)| offset))
    }
}

/// The reader's word for what it did not find, in people's words, and how that is written.
fn belongs(expected: &str) -> Option<(&'static str, &'static str)> {
    Some(match expected {
        "sequence start" => ("a list", "`[ONE, TWO]`, or a line `- ONE` for each"),
        "mapping start" => ("a mapping", "`{ NAME: VALUE }`, or a line `NAME: VALUE` for each"),
        "string scalar" | "scalar" => ("a single value", "one text or number, in quotes where it holds `: ` or ` #`"),
        _ => return None,
    })
}
