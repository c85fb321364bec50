//! One case from beginning to end: world, target, steps, judgement.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use contracts::{Contract, Finding, Trace, Verdict, judge, nearest};
use miette::Diagnostic as _;
use sim::ledger::{BadLedger, leaned_on};
use sim::{Host, parse_span};

use super::outcome::{CaseVerdict, Outcome, Skipped};
use super::stage::Stage;
use crate::library;
use crate::script::{Action, Script, Step, Word};
use crate::target::{Failure, TargetFile, TimeMode};

/// How much time a scenario may let pass where it has to be waited out.
const WAITED_OUT_MAX_MS: i64 = 30_000;

/// What all cases of a run share.
#[derive(Clone, Debug)]
pub struct Plan {
    pub file: TargetFile,
    /// The target file as it was given, for the replay line; `None` where that is the usual one.
    pub target: Option<String>,
    pub contract: Contract,
    /// The `standin` program, which guards the target's processes.
    pub standin: PathBuf,
    /// For the target's environment, beside what its file says.
    pub env: Vec<(String, String)>,
    pub client: reqwest::Client,
    /// Worlds are left as they are when a case is over.
    pub keep_worlds: bool,
}

/// A scenario under a seed.
#[derive(Clone, Debug)]
pub struct Case {
    pub script: Arc<Script>,
    pub seed: u64,
    /// Its place in the run, where that alone tells its world from another's.
    pub place: Option<usize>,
}

impl Case {
    #[must_use]
    pub fn new(script: Arc<Script>, seed: u64) -> Self {
        Self { script, seed, place: None }
    }

    /// The id of its world.
    pub(crate) fn world(&self) -> String {
        let Self { script, seed, place } = self;
        // An id takes no more than these letters, and so many of them.
        let known = |c: char| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '-' };
        let name: String = script.name.chars().map(known).take(32).collect();
        // The dot keeps it apart from every id that ends in a seed.
        place.map_or_else(|| format!("{name}-{seed}"), |place| format!("{name}-{seed}.{place}"))
    }
}

/// Why a case could not be played: the setup's fault.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum NotPlayed {
    #[error(transparent)]
    #[diagnostic(transparent)]
    World(#[from] super::world::NoWorld),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Start(#[from] sim::StartError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Target(#[from] Failure),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Ledger(#[from] BadLedger),
    #[error("{file}, line {line}: {what}")]
    Step { file: String, line: u64, what: String },
    #[error("{file}, line {line}: {what}")]
    #[diagnostic(help("{mend}"))]
    File { file: String, line: u64, what: String, mend: String },
    #[error("the master takes no such population: {what}")]
    #[diagnostic(help("a load is put into the customers that every world has: leave `world.ords.tables` out for it"))]
    NoPopulation { what: String },
    #[error("the journal cannot be read: {0}")]
    NoJournal(std::io::Error),
    #[error("no folder for the target's state can be made: {0}")]
    NoFolder(#[from] std::io::Error),
}

/// Plays a case. A target that breaks its promises is an outcome; only a fault of the setup is an error.
///
/// # Errors
/// The world or the target does not start, or a step cannot be carried out as it is written.
pub async fn play(plan: &Plan, host: &Host, control_url: &str, case: &Case) -> Result<Outcome, NotPlayed> {
    whole(plan, host, control_url, case).await.map_err(|error| placed(plan, error))
}

/// What the target file names and is not there, with its place.
pub(super) fn placed(plan: &Plan, error: NotPlayed) -> NotPlayed {
    let NotPlayed::Target(Failure::Unexpanded(unexpanded)) = error else { return error };
    let (file, line) = (plan.file.name.clone(), plan.file.line_of(&unexpanded.name));
    let mend = unexpanded.help().map(|help| help.to_string()).unwrap_or_default();
    NotPlayed::File { file, line, what: unexpanded.to_string(), mend }
}

async fn whole(plan: &Plan, host: &Host, control_url: &str, case: &Case) -> Result<Outcome, NotPlayed> {
    let began = Instant::now();
    let mut outcome = Outcome::new(plan, case);
    outcome.skipped = unfit(plan, &case.script)?;
    if outcome.skipped.is_some() {
        outcome.findings = asked_for(&case.script, all_untested(plan, &outcome));
        return Ok(outcome);
    }
    let mut stage = Stage::open(plan, host, control_url, case).await?;
    let played = play_on(&mut stage, &mut outcome).await;
    if outcome.case_verdict() == CaseVerdict::Broken {
        outcome.said = stage.last_lines().await;
    }
    stage.close(host, plan.keep_worlds).await;
    outcome.took = began.elapsed();
    played.map(|()| outcome)
}

/// From the first step to the judgement.
async fn play_on(stage: &mut Stage<'_>, outcome: &mut Outcome) -> Result<(), NotPlayed> {
    let played = stage.play(outcome).await;
    outcome.world_ms = stage.world_ms();
    played?;
    let trace = stage.trace()?;
    // What stood before the target was started is not its doing.
    outcome.leaned_on = leaned_on(trace.entries.iter().filter(|entry| entry.n > trace.began))?;
    outcome.findings = asked_for(&stage.case.script, judge(&stage.plan.contract, &trace));
    outcome.observed = stage.observed().await?;
    Ok(())
}

/// Of what was judged, what a script asks for: all, unless it names clauses. One that has no rule is
/// untested, not passed over.
fn asked_for(script: &Script, judged: Vec<Finding>) -> Vec<Finding> {
    let Some(asked) = script.clauses() else { return judged };
    let reason = || "this version has no rule for it".to_owned();
    let without = asked.iter().filter(|asked| judged.iter().all(|finding| finding.clause != **asked));
    let without = without.map(|clause| Finding { clause: *clause, verdict: Verdict::Untested { reason: reason() } });
    let without: Vec<_> = without.collect();
    judged.into_iter().filter(|finding| asked.contains(&finding.clause)).chain(without).collect()
}

/// Why this target cannot be put through this scenario.
fn unfit(plan: &Plan, script: &Script) -> Result<Option<Skipped>, NotPlayed> {
    let target = &plan.file.target;
    for step in script.steps().filter(|step| step.word == Word::Run) {
        let job = step.what.as_str().unwrap_or_default();
        if !target.jobs.contains_key(job) {
            let jobs: Vec<_> = target.jobs.keys().map(String::as_str).collect();
            let jobs = if jobs.is_empty() { "it has none".to_owned() } else { format!("it has: {}", jobs.join(", ")) };
            let near = nearest(job, target.jobs.keys().map(String::as_str));
            let near = near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
            let what = format!("the target has no job `{job}`{near}; {jobs}");
            return Err(NotPlayed::Step { file: script.file.clone(), line: step.line, what });
        }
    }
    let has = |is: fn(&Step) -> bool| script.steps().any(is);
    let advanced_ms: i64 = script.when.iter().map(advanced_ms).fold(0, i64::saturating_add);
    if target.time == TimeMode::Real && advanced_ms > WAITED_OUT_MAX_MS {
        let why = "the target lives by the machine's time, and the scenario lets more than 30 s of it pass";
        return Ok(Some(Skipped(why.to_owned())));
    }
    if target.start.is_none() && has(|step| matches!(step.word, Word::Kill | Word::Restart)) {
        let why = "the target was running already, and the scenario kills it or starts it again";
        return Ok(Some(Skipped(why.to_owned())));
    }
    let delivers = has(|step| step.word == Word::Deliver);
    if delivers && target.receivers.hubspot.is_none() {
        return Ok(Some(Skipped("the target names no receiver of HubSpot's webhooks".to_owned())));
    }
    if delivers && plan.file.world.hubspot.webhooks.is_empty() {
        let why = "no webhooks are set up: `world.hubspot.webhooks` of the target file lists them, like \
                   `webhooks: [{ subscriptionType: contact.creation }]`";
        return Ok(Some(Skipped(why.to_owned())));
    }
    // What somebody's own scenario says is to hold is a promise of its own.
    let ours = library::embedded(&script.file).is_some();
    Ok(unpromised(&plan.contract, script).filter(|_| ours).map(Skipped))
}

/// Why a scenario is about what a contract does not promise: a way back from the copy.
fn unpromised(contract: &Contract, script: &Script) -> Option<String> {
    let (master, copy) = (contract.topology.master.system, contract.topology.copy.system);
    let acts = |action| script.when.iter().any(|step| step.word == Word::Act(copy, action));
    if !script.then.iter().any(|step| matches!(step.word, Word::Holds(system, _) if system == master)) {
        return None;
    }
    if acts(Action::Create) && !contract.objects.iter().any(|object| object.copy.new_to_master) {
        return Some(format!(
            "the contract does not promise that what is made in {copy} comes to {master}: an object's `copy` says so by \
             `new_to_master: true`"
        ));
    }
    (acts(Action::Unsubscribe) && contract.governance.consent.is_none()).then(|| {
        format!(
            "the contract does not promise that an opt-out in {copy} comes to {master}: it has no `governance.consent`"
        )
    })
}

/// The world time that a step lets pass, and no other does while it waits.
fn advanced_ms(step: &Step) -> i64 {
    match step.word {
        Word::Advance => step.what.as_str().and_then(|text| parse_span(text).ok()).unwrap_or_default(),
        Word::Repeat => {
            let once = step.steps.iter().map(advanced_ms).fold(0, i64::saturating_add);
            once.saturating_mul(step.what["times"].as_i64().unwrap_or_default())
        }
        _ => 0,
    }
}

fn all_untested(plan: &Plan, outcome: &Outcome) -> Vec<Finding> {
    let reason = outcome.skipped.as_ref().map(|Skipped(why)| why.clone()).unwrap_or_default();
    let judged = judge(&plan.contract, &Trace::default());
    let untested = |finding: Finding| Finding { verdict: Verdict::Untested { reason: reason.clone() }, ..finding };
    judged.into_iter().map(untested).collect()
}
