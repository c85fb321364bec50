//! What came of a case: the verdicts, what the script said is to hold, and where it can be looked at.

use std::time::Duration;

use contracts::{Clause, Finding, Verdict};

/// What came of one scenario under one seed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The scenario's name.
    pub name: String,
    pub title: String,
    /// The scenario's file, for the replay line.
    pub file: String,
    pub seed: u64,
    /// Why it was not played at all.
    pub skipped: Option<Skipped>,
    /// What the script said is to hold, in its order, up to the first that did not.
    pub expectations: Vec<Expectation>,
    /// The clauses that the script asks for, the broken ones first.
    pub findings: Vec<Finding>,
    /// World time from the world's beginning to the end, in milliseconds.
    pub world_ms: i64,
    pub took: Duration,
    /// The last lines that the target said, where something is broken.
    pub said: Vec<String>,
}

/// Why a scenario was not played: every clause is untested, for this reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped(pub String);

/// One thing that is to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Its line in the script.
    pub line: u64,
    /// In the script's words.
    pub text: String,
    /// Why it does not hold, and at which world time; `None` where it does.
    pub failed: Option<String>,
}

impl Outcome {
    /// Whether nothing is broken. What is untested breaks nothing.
    #[must_use]
    pub fn kept(&self) -> bool {
        self.broken().next().is_none() && self.failed().next().is_none()
    }

    /// The broken clauses.
    pub fn broken(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Broken { .. }))
    }

    /// What was to hold and did not.
    pub fn failed(&self) -> impl Iterator<Item = &Expectation> {
        self.expectations.iter().filter(|expectation| expectation.failed.is_some())
    }

    #[must_use]
    pub fn verdict(&self, clause: Clause) -> Option<&Verdict> {
        self.findings.iter().find(|finding| finding.clause == clause).map(|finding| &finding.verdict)
    }

    /// The line that plays this case again.
    #[must_use]
    pub fn replay(&self) -> String {
        format!("standin run {} --seed {}", self.file, self.seed)
    }
}
