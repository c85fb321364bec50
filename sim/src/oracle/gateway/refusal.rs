//! What is said of a specification that cannot be taken as it stands: each finding with its place
//! in the file, as plain text and as labels into the source. It may not decide what is a finding.

use std::fmt;
use std::ops::Range;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

/// A place in a specification's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// In bytes.
    pub span: Range<usize>,
}

/// What is the matter with a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The vendor has it; Standin does not enforce it yet, and will not pretend to.
    NotEnforced,
    /// A back end that is reached by TLS, which the gateway does not speak yet.
    Tls,
    /// The vendor's model has no such member (facts/oci-api-gateway.md §1).
    Unknown,
    /// The value is not one the vendor takes; in words that complete "the member ...".
    Invalid(String),
    /// Nothing wrong, but worth knowing.
    Note(String),
}

/// One member of a specification, and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// JSON pointer (RFC 6901), with the keys as the file spells them; empty for the whole.
    pub pointer: String,
    /// `None` for the path prefix, which stands in no specification.
    pub place: Option<Place>,
    pub reason: Reason,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEnforced => f.write_str("is not enforced yet"),
            Self::Tls => f.write_str("needs TLS, by which back ends are not reached yet"),
            Self::Unknown => f.write_str("is unknown to the vendor's model"),
            Self::Invalid(why) | Self::Note(why) => f.write_str(why),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{}:{} ", place.line, place.column)?;
        }
        if !self.pointer.is_empty() {
            write!(f, "{} ", self.pointer)?;
        }
        self.reason.fmt(f)
    }
}

/// A deployment specification that is refused, with everything in it that has to change.
#[derive(Debug)]
pub struct SpecificationError {
    name: String,
    source: NamedSource<String>,
    findings: Vec<Finding>,
}

impl SpecificationError {
    pub(super) fn new(name: &str, text: &str, findings: Vec<Finding>) -> Self {
        Self { name: name.to_owned(), source: NamedSource::new(name, text.to_owned()), findings }
    }

    /// What has to change, in the order of the file.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl fmt::Display for SpecificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the deployment specification {} cannot be taken as it stands:", self.name)?;
        self.findings.iter().try_for_each(|finding| write!(f, "\n  {finding}"))
    }
}

impl std::error::Error for SpecificationError {}

impl Diagnostic for SpecificationError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let some = |reason: &Reason| self.findings.iter().any(|finding| finding.reason == *reason);
        let mut help = Vec::new();
        if some(&Reason::NotEnforced) {
            help.push(
                "a gateway that skipped these would let through what the real one refuses; \
                 take them out of a copy of the file to run without them",
            );
        }
        if some(&Reason::Tls) {
            help.push(
                "in a copy of the file, write http:// for https://, and to reach the ORDS of the same world \
                 http://ords/ords/crm/...",
            );
        }
        (!help.is_empty()).then(|| Box::new(help.join("; ")) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.findings.iter().any(|finding| finding.place.is_some()).then_some(&self.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.findings.iter().filter_map(|finding| {
            let place = finding.place.as_ref()?;
            Some(LabeledSpan::new_with_span(Some(finding.reason.to_string()), place.span.clone()))
        })))
    }
}

/// The place of a span within a text.
pub(super) fn place(text: &str, span: Range<usize>) -> Place {
    let before = text.get(..span.start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Place { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1, span }
}
