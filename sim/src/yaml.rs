//! What keeps a YAML text from being read, in people's words and with its place: the one list that profiles, tables,
//! contracts, targets and scenarios share. It knows no file's meaning, and may not decide what is wrong.

use miette::SourceSpan;
use serde_saphyr::{Error, Location, MessageFormatter as _, UserMessageFormatter};

use crate::near::nearest;
use crate::words;

/// What is wrong in a text, how to mend it, and where: a span of one line, none where the place is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    pub what: String,
    pub mend: Option<String>,
    pub at: Option<SourceSpan>,
}

impl Misread {
    /// Words what the reader found; `form` says how such a file is written, for whatever has no better help.
    ///
    /// ```
    /// use standin_sim::yaml::Misread;
    ///
    /// #[derive(Debug, serde::Deserialize)]
    /// #[serde(deny_unknown_fields)]
    /// struct File { #[expect(dead_code)] names: Vec<String> }
    ///
    /// let text = "nmaes: [Ada]\n";
    /// let error = serde_saphyr::from_str::<File>(text).expect_err("a slip");
    /// let misread = Misread::of(text, &error, "a list of names");
    /// assert_eq!(misread.what, "there is no `nmaes` here");
    /// assert_eq!(misread.mend.as_deref(), Some("did you mean `names`?"));
    /// ```
    #[must_use]
    pub fn of(text: &str, error: &Error, form: &str) -> Self {
        let error = error.without_snippet();
        let form = || Some(form.to_owned());
        let (what, mend) = match error {
            Error::SerdeUnknownField { field, expected, .. } => {
                (format!("there is no `{field}` here"), Some(instead(field, expected, "known here")))
            }
            Error::SerdeUnknownVariant { variant, expected, .. } => {
                (format!("`{variant}` is none of the known ones"), Some(instead(variant, expected, "write one of")))
            }
            Error::SerdeMissingField { field, .. } => {
                (format!("`{field}` is missing"), Some(format!("write it here: `{field}: ...`")))
            }
            Error::SerdeInvalidType { unexpected, expected, .. }
            | Error::SerdeInvalidValue { unexpected, expected, .. } => {
                (words::plain(&format!("invalid value: {unexpected}, expected {expected}")), form())
            }
            Error::Unexpected { expected, .. } if let Some((what, mend)) = belongs(expected) => {
                (format!("{what} belongs here"), Some(format!("write {mend}")))
            }
            // A value that refuses itself says what is to be written.
            Error::Message { .. } => (UserMessageFormatter.format_message(error).into_owned(), None),
            _ => (UserMessageFormatter.format_message(error).into_owned(), form()),
        };
        Self { what, mend, at: error.location().and_then(|at| span(text, at)) }
    }
}

/// A place as bytes, on one line and not empty.
#[must_use]
pub fn span(text: &str, at: Location) -> Option<SourceSpan> {
    let bytes = at.span().byte_offset().zip(at.span().byte_len());
    let (offset, length) = match bytes {
        Some((offset, length)) => (usize::try_from(offset).ok()?, usize::try_from(length).ok()?),
        // Errors of the syntax have a line and a column only.
        None => {
            let offset = offset(text, at)?;
            let word = text.get(offset..)?.find([':', ',', '}', ']', '\n']).unwrap_or_default();
            (offset, word)
        }
    };
    let rest = text.get(offset..)?;
    let line = rest.find('\n').unwrap_or(rest.len());
    Some(SourceSpan::new(offset.into(), length.min(line).max(1).min(rest.len())))
}

fn offset(text: &str, at: Location) -> Option<usize> {
    let before = usize::try_from(at.line().checked_sub(1)?).ok()?;
    let column = usize::try_from(at.column().checked_sub(1)?).ok()?;
    let start: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
    let line = text.get(start..)?;
    Some(start + line.char_indices().nth(column).map_or(line.len(), |(offset, _)| offset))
}

/// The known name that was meant, or all of them.
#[must_use]
pub fn instead(name: &str, known: &[&str], all: &str) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{all}: {}", known.join(", ")),
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
