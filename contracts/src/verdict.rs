//! What became of a promise, and how a report says so in one line.

use std::fmt;

use crate::Clause;

/// What is known of a clause after a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was exercised and held.
    Kept,
    /// It did not hold.
    Broken {
        /// The numbers of the journal entries that show it, ascending.
        evidence: Vec<u64>,
        /// What happened, and at which world time (hh:mm:ss from the start), in a sentence.
        what: String,
    },
    /// It was not exercised, or could not be seen.
    Untested { reason: String },
}

impl Verdict {
    /// The first journal entry that shows that it is broken.
    #[must_use]
    pub fn first_evidence(&self) -> Option<u64> {
        match self {
            Self::Broken { evidence, .. } => evidence.first().copied(),
            Self::Kept | Self::Untested { .. } => None,
        }
    }
}

/// A clause with its verdict. Displays as a line of a report; a width pads the id, so that lines
/// stand in columns.
///
/// ```
/// use standin_contracts::{Clause, Finding, Verdict};
///
/// let kept = Finding { clause: Clause::BatchSize, verdict: Verdict::Kept };
/// let reason = "the target is on its own time, the scenario jumps".to_owned();
/// let untested = Finding { clause: Clause::AuthRefresh, verdict: Verdict::Untested { reason } };
/// assert_eq!(format!("{kept:14}|"), "batch.size     kept|");
/// assert_eq!(format!("{untested:14}"), "auth.refresh   untested: the target is on its own time, the scenario jumps");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub clause: Clause,
    pub verdict: Verdict,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept => f.write_str("kept"),
            Self::Broken { evidence, .. } if evidence.is_empty() => f.write_str("BROKEN"),
            Self::Broken { evidence, .. } => write!(f, "BROKEN journal {}", Ranges(evidence)),
            Self::Untested { reason } => write!(f, "untested: {reason}"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = f.width().unwrap_or_default();
        write!(f, "{:width$} {}", self.clause, self.verdict)
    }
}

/// `1841..1843, 1850`
struct Ranges<'a>(&'a [u64]);

impl fmt::Display for Ranges<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, run) in self.0.chunk_by(|a, b| a.checked_add(1) == Some(*b)).enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            match run {
                [first, .., last] => write!(f, "{comma}{first}..{last}")?,
                _ => write!(f, "{comma}{}", run[0])?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_told_in_runs() {
        let cases: [(&[u64], &str); 5] = [
            (&[], "BROKEN"),
            (&[7], "BROKEN journal 7"),
            (&[7, 8], "BROKEN journal 7..8"),
            (&[1, 3, 5, 6, 7, 9], "BROKEN journal 1, 3, 5..7, 9"),
            (&[u64::MAX - 1, u64::MAX, 1], "BROKEN journal 18446744073709551614..18446744073709551615, 1"),
        ];
        for (evidence, said) in cases {
            let verdict = Verdict::Broken { evidence: evidence.to_vec(), what: "it did".to_owned() };
            assert_eq!(verdict.to_string(), said);
        }
    }
}
