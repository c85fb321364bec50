//! What became of a receiver that was put through the kit: a verdict a case, with what was sent and answered. The
//! published form, whose schema `standin schema receive` prints.

use contracts::{Clause, Finding, Verdict};
use schemars::JsonSchema;
use serde::Serialize;

use super::catalogue::Hostile;
use super::letter::{Request, Wanted};
use super::wire::{Answer, said};

/// What of a body a report quotes.
const QUOTED_MAX: usize = 1_200;

/// A receiver put through the kit.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReceiveReport {
    /// The version of Standin that wrote it.
    pub standin: String,
    /// The receiver's address.
    pub url: String,
    /// The first of the ids that events and records had: `--first-id` with it sends the same again.
    pub first_id: u64,
    /// Whether a case was kept, and none is broken.
    pub kept: bool,
    pub cases: Vec<CaseResult>,
    /// Where each clause stands after all cases.
    pub clauses: Vec<ClauseResult>,
}

/// One case and what became of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CaseResult {
    pub case: &'static str,
    pub clause: &'static str,
    /// `kept`, `broken` or `untested`.
    pub verdict: &'static str,
    /// What happened, where it is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// Why it was not tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it is kept by its answers alone: what was not seen, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unseen: Option<String>,
    pub stands_for: &'static str,
    pub seen: &'static str,
    /// What a right receiver does.
    pub right: &'static str,
    pub took_ms: u64,
    /// How many requests were sent.
    pub requests: usize,
    /// Those that show it; of many, the first few that were not answered as wanted.
    pub sent: Vec<Sent>,
}

/// A clause over all cases.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClauseResult {
    pub clause: &'static str,
    /// `kept`, `broken` or `untested`.
    pub verdict: &'static str,
    pub kept: usize,
    pub broken: usize,
    pub untested: usize,
}

/// A request and its answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Sent {
    /// The line, the headers, and the body or its beginning.
    pub request: String,
    /// `accepted`, `refused`, `answered` or `nothing`.
    pub wanted: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The answer's body or its beginning.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub answer: String,
    pub took_ms: u64,
    #[serde(skip)]
    pub well: bool,
}

impl Wanted {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Answered => "answered",
            Self::Nothing => "nothing",
        }
    }

    /// Whether an answer is one.
    #[must_use]
    pub fn is_met_by(self, answer: &Answer) -> bool {
        match self {
            Self::Accepted => answer.is_success(),
            Self::Refused => answer.is_refusal(),
            Self::Answered => answer.is_success() || answer.is_refusal(),
            Self::Nothing => true,
        }
    }
}

impl Sent {
    #[must_use]
    pub fn new(request: &Request, wanted: Wanted, answer: &Answer) -> Self {
        Self {
            request: request.to_text(),
            wanted: wanted.as_str(),
            status: answer.status(),
            failure: answer.got.as_ref().err().map(said),
            answer: answer
                .got
                .as_ref()
                .map_or_else(|_| String::new(), |reply| quoted(&String::from_utf8_lossy(&reply.body))),
            took_ms: millis(answer.took),
            well: wanted.is_met_by(answer),
        }
    }

    /// `401 in 0.02 s`
    #[must_use]
    pub fn answered(&self) -> String {
        match (&self.failure, self.status) {
            (None, Some(status)) => format!("{status} in {:.2} s", self.took_ms as f64 / 1_000.0),
            (failure, _) => failure.clone().unwrap_or_default(),
        }
    }
}

impl Request {
    /// As it goes over the wire.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("POST {} HTTP/1.1\n", self.address.target);
        self.headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\n")));
        text.push_str(&format!(
            "Content-Length: {}\n\n{}",
            self.body.len(),
            quoted(&String::from_utf8_lossy(&self.body))
        ));
        text
    }
}

fn quoted(text: &str) -> String {
    let short: String = text.chars().take(QUOTED_MAX).collect();
    match text.len() - short.len() {
        0 => short,
        more => format!("{short}... and {more} bytes more"),
    }
}

pub(super) fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl CaseResult {
    /// As a finding on its clause, for reports that know clauses.
    #[must_use]
    pub fn finding(&self, case: Hostile) -> Finding {
        let clause = Clause::ALL.iter().copied().find(|clause| clause.as_str() == self.clause);
        let verdict = match self.verdict {
            "kept" => Verdict::Kept,
            "broken" => Verdict::Broken { evidence: Vec::new(), what: self.what.clone().unwrap_or_default() },
            _ => Verdict::Untested { reason: self.reason.clone().unwrap_or_default() },
        };
        Finding { clause: clause.unwrap_or(case.clause()), verdict }
    }
}

impl ReceiveReport {
    #[must_use]
    pub fn new(url: String, first_id: u64, cases: Vec<CaseResult>) -> Self {
        let count = |clause: Clause, verdict: &str| {
            cases.iter().filter(|case| case.clause == clause.as_str() && case.verdict == verdict).count()
        };
        let clauses = contracts::Family::Webhook.clauses().map(|clause| {
            let [kept, broken, untested] = ["kept", "broken", "untested"].map(|verdict| count(clause, verdict));
            let verdict = match (broken, kept) {
                (0, 0) => "untested",
                (0, _) => "kept",
                _ => "broken",
            };
            ClauseResult { clause: clause.as_str(), verdict, kept, broken, untested }
        });
        let clauses: Vec<_> = clauses.collect();
        let kept =
            !cases.iter().any(|case| case.verdict == "broken") && cases.iter().any(|case| case.verdict == "kept");
        Self { standin: env!("CARGO_PKG_VERSION").to_owned(), url, first_id, kept, cases, clauses }
    }
}
