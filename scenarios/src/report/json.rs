//! A run as JSON: the published form, whose schema `standin schema report` prints.

use contracts::{Finding, Verdict};
use schemars::JsonSchema;
use serde::Serialize;
use sim::ledger::Leaned;

use super::leaned::{self, Total};
use crate::play::{CaseVerdict, Expectation, Observed, Outcome};

/// The cases of a run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RunReport {
    /// The version of Standin that wrote it.
    pub standin: String,
    /// Whether a case was kept, none is broken, none had the setup in its way, and all were played.
    pub kept: bool,
    /// The inferred behaviours that the integration leaned on in any case.
    pub leaned_on: Vec<LeanedTotal>,
    pub cases: Vec<CaseReport>,
}

/// One scenario under one seed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CaseReport {
    pub scenario: String,
    pub title: String,
    pub seed: u64,
    /// `kept`, `broken`, `untested` where it does not fit the target or nothing in it was tested, or `error`
    /// where the setup was in the way, or `not_played` where the run was interrupted first.
    pub verdict: &'static str,
    /// Why it was not played, or nothing in it was tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Every clause that was judged, the broken ones first.
    pub clauses: Vec<ClauseReport>,
    /// What the script said is to hold, up to the first that did not.
    pub expectations: Vec<ExpectationReport>,
    /// The inferred behaviours that the integration leaned on.
    pub leaned_on: Vec<LeanedReport>,
    /// World time that passed, in milliseconds.
    pub world_ms: i64,
    /// Real time that it took, in milliseconds.
    pub took_ms: u64,
    /// What the target file has observed, if it asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<Observed>,
    /// What made the target forget the case before: a new `process`, its reset's `command` or `address`, or `nothing`.
    pub reset_by: &'static str,
    /// The command that plays it again.
    pub replay: String,
}

/// A clause and what became of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClauseReport {
    pub clause: &'static str,
    /// `kept`, `broken` or `untested`.
    pub verdict: &'static str,
    /// What happened, and when in world time, where it is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// The numbers of the journal entries that show it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<u64>,
    /// Why it was not tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One thing that was to hold.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExpectationReport {
    /// Its line in the scenario's file.
    pub line: u64,
    pub text: String,
    pub held: bool,
    /// Why it did not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A behaviour that nobody could establish, and that calls or deliveries of the case show.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LeanedReport {
    /// As `standin fidelity ID` takes it.
    pub id: String,
    pub what: String,
    /// From where it is inferred; may be empty.
    pub source: String,
    /// How many calls or deliveries lean on it.
    pub calls: u64,
    /// The number of the first one's journal entry.
    pub first: u64,
}

/// The same over all cases.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LeanedTotal {
    pub id: String,
    pub what: String,
    pub source: String,
    pub calls: u64,
    /// In how many cases.
    pub cases: u64,
}

/// The demonstration: the reference over the library, and each known bug in the scenario that names it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MatrixReport {
    pub standin: String,
    /// Whether the reference kept everything and every bug was caught as declared.
    pub kept: bool,
    pub reference: RunReport,
    pub cases: Vec<MatrixCase>,
}

/// A bug and how it was caught.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MatrixCase {
    pub bug: String,
    /// The clause that it is to break.
    pub clause: &'static str,
    pub scenario: String,
    pub seed: u64,
    /// What became of that clause: `broken` if the bug was caught.
    pub verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    pub evidence: Vec<u64>,
    /// What else was broken, as declared.
    pub consequences: Vec<&'static str>,
    /// What else was broken and is not declared.
    pub undeclared: Vec<&'static str>,
}

fn kept(outcomes: &[Outcome]) -> bool {
    let well = |outcome: &Outcome| matches!(outcome.case_verdict(), CaseVerdict::Kept | CaseVerdict::Untested);
    outcomes.iter().all(well) && outcomes.iter().any(Outcome::kept)
}

impl RunReport {
    #[must_use]
    pub fn new(outcomes: &[Outcome]) -> Self {
        Self {
            standin: env!("CARGO_PKG_VERSION").to_owned(),
            kept: kept(outcomes),
            leaned_on: leaned::totals(outcomes).into_iter().map(LeanedTotal::from).collect(),
            cases: outcomes.iter().map(CaseReport::from).collect(),
        }
    }
}

impl From<&Outcome> for CaseReport {
    fn from(outcome: &Outcome) -> Self {
        let interrupted = outcome.interrupted.map(|interrupted| interrupted.as_str());
        let reason = outcome.untested().or(interrupted).map(str::to_owned);
        Self {
            scenario: outcome.name.clone(),
            title: outcome.title.clone(),
            seed: outcome.seed,
            verdict: outcome.case_verdict().as_str(),
            reason: outcome.error.as_ref().map(|fault| fault.what.clone()).or(reason),
            clauses: outcome.findings.iter().map(ClauseReport::from).collect(),
            expectations: outcome.expectations.iter().map(ExpectationReport::from).collect(),
            leaned_on: outcome.leaned_on.iter().map(LeanedReport::from).collect(),
            world_ms: outcome.world_ms,
            took_ms: u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX),
            observed: outcome.observed.clone(),
            reset_by: outcome.put_in,
            replay: outcome.replay(),
        }
    }
}

impl From<&Leaned> for LeanedReport {
    fn from(&Leaned { entry, calls, first }: &Leaned) -> Self {
        Self { id: entry.id.clone(), what: entry.what.clone(), source: entry.source.clone(), calls, first }
    }
}

impl From<Total> for LeanedTotal {
    fn from(Total { entry, calls, cases }: Total) -> Self {
        Self { id: entry.id.clone(), what: entry.what.clone(), source: entry.source.clone(), calls, cases }
    }
}

impl From<&Finding> for ClauseReport {
    fn from(finding: &Finding) -> Self {
        let mut report =
            Self { clause: finding.clause.as_str(), verdict: "kept", what: None, evidence: Vec::new(), reason: None };
        match &finding.verdict {
            Verdict::Kept => {}
            Verdict::Broken { evidence, what } => {
                report.verdict = "broken";
                report.what = Some(what.clone());
                report.evidence.clone_from(evidence);
            }
            Verdict::Untested { reason } => {
                report.verdict = "untested";
                report.reason = Some(reason.clone());
            }
        }
        report
    }
}

impl From<&Expectation> for ExpectationReport {
    fn from(expectation: &Expectation) -> Self {
        let Expectation { line, text, failed } = expectation.clone();
        Self { line, text, held: failed.is_none(), why: failed }
    }
}
