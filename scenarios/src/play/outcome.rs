//! What came of a case: the verdicts, what the script said is to hold, and where it can be looked at.

use std::time::Duration;

use contracts::{Clause, Finding, Verdict};
use miette::Diagnostic;
use sim::ledger::Leaned;

use super::case::{Case, NotPlayed, Plan};
use super::observe::Observed;
use crate::target::Reset;

/// What came of one scenario under one seed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The scenario's name.
    pub name: String,
    pub title: String,
    /// The scenario's file, for the replay line.
    pub file: String,
    pub seed: u64,
    /// The target file as it was given, for the replay line; `None` for the usual one.
    pub target: Option<String>,
    /// Why it could not be played to its end: the setup's fault, and nothing is judged.
    pub error: Option<Fault>,
    /// Why it was not played, or not as far as to exercise what it is about.
    pub skipped: Option<Skipped>,
    /// How far it came when the run was interrupted, where it did not come to its end: nothing is judged.
    pub interrupted: Option<Interrupted>,
    /// What the script said is to hold, in its order, up to the first that did not.
    pub expectations: Vec<Expectation>,
    /// The clauses that the script asks for, the broken ones first.
    pub findings: Vec<Finding>,
    /// The inferred behaviours that the integration leaned on, in the order of the ledger.
    pub leaned_on: Vec<Leaned>,
    /// World time from the world's beginning to the end, in milliseconds.
    pub world_ms: i64,
    pub took: Duration,
    /// The last lines that the target said, where something is broken.
    pub said: Vec<String>,
    /// What the target file has observed; `None` where it asks for nothing, or nothing was played.
    pub observed: Option<Observed>,
    /// How the target was put into the case, in the words of reports.
    pub put_in: &'static str,
}

/// What a case comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseVerdict {
    /// Nothing is broken, and something was tested.
    Kept,
    /// A clause, or something that was to hold.
    Broken,
    /// It does not fit the target, or nothing in it was tested.
    Untested,
    /// The setup was in the way.
    Error,
    /// The run was interrupted first.
    NotPlayed,
}

impl CaseVerdict {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::Untested => "untested",
            Self::Error => "error",
            Self::NotPlayed => "not_played",
        }
    }
}

/// A fault of the setup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub what: String,
    /// How to mend it.
    pub help: Option<String>,
}

/// Why a scenario was not played, and every clause is untested; or why it came to nothing on the way: what had been
/// broken by then stays so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped(pub String);

/// How far a case came in a run that was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupted {
    NotBegun,
    NotEnded,
}

impl Interrupted {
    /// The reason, in the words of reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotBegun => "the run was interrupted before it was begun",
            Self::NotEnded => "the run was interrupted before it was over",
        }
    }
}

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
    /// Nothing has come of it yet.
    pub(super) fn new(plan: &Plan, case: &Case) -> Self {
        Self {
            name: case.script.name.clone(),
            title: case.script.title.clone(),
            file: case.script.file.clone(),
            seed: case.seed,
            target: plan.target.clone(),
            error: None,
            skipped: None,
            interrupted: None,
            expectations: Vec::new(),
            findings: Vec::new(),
            leaned_on: Vec::new(),
            world_ms: 0,
            took: Duration::ZERO,
            said: Vec::new(),
            observed: None,
            put_in: match (&plan.file.target.start, &plan.file.target.reset) {
                (_, Some(Reset::Command(_))) => "command",
                (_, Some(Reset::Url(_))) => "address",
                (Some(_), None) => "process",
                (None, None) => "nothing",
            },
        }
    }

    /// A case that could not be played.
    #[must_use]
    pub fn unplayed(plan: &Plan, case: &Case, error: &NotPlayed) -> Self {
        Self { error: Some(Fault::from(error)), ..Self::new(plan, case) }
    }

    /// A case that the end of the run came before.
    #[must_use]
    pub fn not_played(plan: &Plan, case: &Case, interrupted: Interrupted) -> Self {
        Self { interrupted: Some(interrupted), ..Self::new(plan, case) }
    }

    /// What it comes to. A clause that is untested neither breaks it nor keeps it.
    #[must_use]
    pub fn case_verdict(&self) -> CaseVerdict {
        let kept = self.findings.iter().any(|finding| finding.verdict == Verdict::Kept);
        if self.interrupted.is_some() {
            CaseVerdict::NotPlayed
        } else if self.error.is_some() {
            CaseVerdict::Error
        } else if self.broken().next().is_some() || self.failed().next().is_some() {
            CaseVerdict::Broken
        } else if self.skipped.is_some() {
            CaseVerdict::Untested
        } else if kept || !self.expectations.is_empty() {
            CaseVerdict::Kept
        } else {
            CaseVerdict::Untested
        }
    }

    #[must_use]
    pub fn kept(&self) -> bool {
        self.case_verdict() == CaseVerdict::Kept
    }

    /// Why nothing in it was tested, where nothing was.
    #[must_use]
    pub fn untested(&self) -> Option<&str> {
        let reason = self.skipped.as_ref().map(|skipped| skipped.0.as_str());
        let nothing = "it exercises no clause that is judged, and nothing in it was to hold";
        (self.case_verdict() == CaseVerdict::Untested).then(|| reason.unwrap_or(nothing))
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
        let mut line = format!("standin run {} --seed {}", quoted(&self.file), self.seed);
        if let Some(target) = &self.target {
            line.push_str(&format!(" --target {}", quoted(target)));
        }
        line
    }
}

impl From<&NotPlayed> for Fault {
    fn from(error: &NotPlayed) -> Self {
        let mut what = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            what.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        for related in error.related().into_iter().flatten() {
            what.push_str(&format!("\n{related}"));
        }
        Self { what, help: error.help().map(|help| help.to_string()) }
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-._/+=:@,".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
