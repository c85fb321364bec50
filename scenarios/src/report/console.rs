//! A run as people read it: a line a case, what is broken first, and where each clause stands.

use contracts::{Finding, Verdict};

use super::leaned;
use super::tally::tally;
use crate::play::{CaseVerdict, DeadLetters, Observed, Outcome};

/// The width of the column of names.
const NAME_WIDTH: usize = 24;
/// How many of a log's last lines are told; the JSON report has more.
const LOG_LINES_TOLD: usize = 5;

/// `  opt-out ............ ok     0.8 s (5 min 12 s of world time)`; with its seed where there are several.
#[must_use]
pub fn line(outcome: &Outcome, seeds: bool) -> String {
    let name = if seeds { format!("{} ({})", outcome.name, outcome.seed) } else { outcome.name.clone() };
    let dots = ".".repeat(NAME_WIDTH.saturating_sub(name.chars().count() + 2).max(3));
    let mut line = format!("  {name} {dots} ");
    if outcome.error.is_some() {
        line.push_str("NOT PLAYED");
        return line;
    }
    let took = format!("{:.1} s ({} of world time)", outcome.took.as_secs_f64(), world_time(outcome.world_ms));
    match (outcome.untested(), outcome.case_verdict()) {
        (Some(reason), _) => line.push_str(&format!("untested: {reason}")),
        (None, CaseVerdict::Kept) => line.push_str(&format!("ok     {took}")),
        (None, _) => {
            let mut broken: Vec<_> = outcome.broken().map(|finding| finding.clause.to_string()).collect();
            if broken.is_empty() {
                broken.extend(outcome.failed().map(|failed| format!("line {}", failed.line)));
            }
            line.push_str(&format!("BROKEN {}   {took}", broken.join(", ")));
        }
    }
    line
}

/// What is broken in a case: what happened, when, by what evidence, and how to see it again.
#[must_use]
pub fn details(outcome: &Outcome) -> String {
    let mut out = String::new();
    if let Some(fault) = &outcome.error {
        out.push_str(&format!("     {}\n", fault.what.replace('\n', "\n     ")));
        if let Some(help) = &fault.help {
            out.push_str(&format!("     help: {help}\n"));
        }
    }
    let mut broken: Vec<_> = outcome.broken().collect();
    broken.sort_by_key(|finding| finding.verdict.first_evidence().unwrap_or_default());
    for Finding { clause, verdict } in broken {
        let Verdict::Broken { what, .. } = verdict else { continue };
        let evidence = verdict.to_string();
        let evidence = evidence.trim_start_matches("BROKEN").trim_start();
        out.push_str(&format!("     {clause}: {what}\n"));
        if !evidence.is_empty() {
            out.push_str(&format!("       {evidence}\n"));
        }
    }
    let follows = later(outcome);
    if !follows.is_empty() {
        out.push_str(&format!("     perhaps follows from what was broken first: {}\n", follows.join(", ")));
    }
    for failed in outcome.failed() {
        let why = failed.failed.as_deref().unwrap_or_default();
        out.push_str(&format!("     line {}: {} does not hold\n       {why}\n", failed.line, failed.text));
    }
    if !out.is_empty() && !outcome.said.is_empty() {
        out.push_str("     the target said last:\n");
        outcome.said.iter().for_each(|line| out.push_str(&format!("       {line}\n")));
    }
    if let Some(observed) = outcome.observed.as_ref().filter(|_| !out.is_empty()) {
        out.push_str(&seen(observed));
    }
    if !out.is_empty() && !outcome.leaned_on.is_empty() {
        let ids: Vec<_> = outcome.leaned_on.iter().map(|leaned| leaned.entry.id.as_str()).collect();
        out.push_str(&format!("     leaned on what is inferred: {}\n", ids.join(", ")));
    }
    if !out.is_empty() {
        out.push_str(&format!("     replay: {}\n", outcome.replay()));
    }
    out
}

/// What the target file has observed: the ends of logs, and whether there was an answer at all.
fn seen(observed: &Observed) -> String {
    let mut out = String::new();
    for log in &observed.logs {
        out.push_str(&format!("     {} said last:\n", log.file));
        let last = log.lines.len().saturating_sub(LOG_LINES_TOLD);
        log.lines[last..].iter().for_each(|line| out.push_str(&format!("       {line}\n")));
    }
    if let Some(DeadLetters { address, why: Some(why), .. }) = &observed.dead_letters {
        out.push_str(&format!("     observe.dead_letters at {address}: {why}\n"));
    }
    out
}

/// What is broken only later than something else, by its evidence.
fn later(outcome: &Outcome) -> Vec<&'static str> {
    let first = outcome.broken().filter_map(|finding| finding.verdict.first_evidence()).min();
    let is_later =
        |finding: &&Finding| finding.verdict.first_evidence().zip(first).is_some_and(|(own, first)| own > first);
    outcome.broken().filter(is_later).map(|finding| finding.clause.as_str()).collect()
}

/// Where each clause stands after all cases.
#[must_use]
pub fn summary(outcomes: &[Outcome]) -> String {
    let tally = tally(outcomes);
    let (mut broken, mut kept, mut untested) = (Vec::new(), Vec::new(), Vec::new());
    for (clause, standing) in &tally {
        match (standing.broken, standing.kept) {
            (0, 0) => untested.push((clause, standing)),
            (0, _) => kept.push((clause, standing)),
            _ => broken.push((clause, standing)),
        }
    }
    let mut out = format!(
        "\n{}; clauses: {} broken, {} kept, {} untested\n",
        cases(outcomes.iter().filter(|outcome| outcome.interrupted.is_none()).count()),
        broken.len(),
        kept.len(),
        untested.len()
    );
    for (clause, standing) in broken {
        out.push_str(&format!("  {:24} BROKEN in {}\n", clause.as_str(), cases(standing.broken)));
    }
    for (clause, standing) in kept {
        out.push_str(&format!("  {:24} kept in {}\n", clause.as_str(), cases(standing.kept)));
    }
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (clause, standing) in untested {
        let reason = standing.reason.as_deref().unwrap_or_default();
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, clauses)) => clauses.push(clause.as_str()),
            None => reasons.push((reason, vec![clause.as_str()])),
        }
    }
    for (reason, clauses) in reasons {
        out.push_str(&match clauses[..] {
            [clause] => format!("  {clause:24} untested: {reason}\n"),
            _ => format!("  {} clauses untested: {reason}\n", clauses.len()),
        });
    }
    if let Some(line) = leaned::line(outcomes) {
        out.push_str(&format!("{line}\n"));
    }
    out
}

fn cases(count: usize) -> String {
    if count == 1 { "1 case".to_owned() } else { format!("{count} cases") }
}

/// `0.3 s`, `42 s`, `5 min 12 s`, `1 h 10 min`
pub(crate) fn world_time(ms: i64) -> String {
    let seconds = ms / 1_000;
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0..10) => format!("{:.1} s", ms as f64 / 1_000.0),
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use contracts::Clause;

    use super::*;

    fn outcome(findings: Vec<(Clause, Verdict)>) -> Outcome {
        let findings = findings.into_iter().map(|(clause, verdict)| Finding { clause, verdict }).collect();
        Outcome {
            name: "x".to_owned(),
            title: "x".to_owned(),
            file: "x.yaml".to_owned(),
            seed: 1,
            target: None,
            error: None,
            skipped: None,
            interrupted: None,
            expectations: Vec::new(),
            findings,
            leaned_on: Vec::new(),
            world_ms: 0,
            took: Duration::ZERO,
            said: Vec::new(),
            observed: None,
            put_in: "process",
        }
    }

    #[test]
    fn all_that_is_broken_is_told_in_its_order_and_what_came_later_perhaps_follows() {
        let broken = |at| Verdict::Broken { evidence: vec![at], what: format!("at {at}") };
        let told = details(&outcome(vec![
            (Clause::DataComplete, broken(40)),
            (Clause::AuthRefresh, broken(7)),
            (Clause::FreshnessPromise, broken(41)),
        ]));
        let lines: Vec<_> = told.lines().map(str::trim).collect();
        let places = ["auth.refresh: at 7", "data.complete: at 40", "freshness.promise: at 41"]
            .map(|line| lines.iter().position(|told| *told == line).unwrap_or_else(|| panic!("no {line}: {told}")));
        assert!(places.is_sorted(), "{told}");
        for (place, evidence) in places.into_iter().zip(["7", "40", "41"]) {
            assert!(lines[place + 1].contains(evidence), "{told}");
        }
        assert!(
            told.contains("perhaps follows from what was broken first: data.complete, freshness.promise"),
            "{told}"
        );
    }

    #[test]
    fn clauses_untested_for_one_reason_share_a_line() {
        let untested = |reason: &str| Verdict::Untested { reason: reason.to_owned() };
        let told = summary(&[outcome(vec![
            (Clause::DataComplete, untested("nobody came")),
            (Clause::DataMapped, untested("nobody came")),
            (Clause::BatchSize, untested("no batch")),
        ])]);
        assert!(told.contains("  2 clauses untested: nobody came\n"), "{told}");
        assert!(told.contains("batch.size") && told.contains("untested: no batch\n"), "{told}");
    }
}
