//! `standin demo`: the reference over the library, the known bugs, a verdict table, reports.

use std::path::{Path, PathBuf};

use contracts::{Clause, Verdict};
use miette::{Report, miette};

use super::run::{jobs, json, plan, progress, save, told, uninterrupted};
use super::{End, Out, runtime};
use crate::demo::{self, Asked, News, NotShown, Shown};
use crate::matrix::Proof;
use crate::report;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where all chance comes from
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// Over how many seeds the reference is played
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// How many scenarios at once; one for each core if absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// The folder for demo.json and demo.xml; target/standin, or standin-reports where there is no target
    #[arg(long, value_name = "DIR")]
    reports: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    runtime()?.block_on(uninterrupted(show(args)))
}

async fn show(args: &Args) -> Result<(), End> {
    let plan = plan("reference")?;
    let folder = folder(args)?;
    let asked = Asked { seed: args.seed, seeds: args.seeds, jobs: jobs(args.jobs) };
    Out.tell(&format!(
        "A retail integration, Oracle master to HubSpot and back, put to the test (seed {}).\n\n\
         The reference integration, in a process of its own for each scenario:",
        args.seed
    ))?;
    let bar = progress(0);
    let mut bugs = false;
    let shown = demo::show(&plan, asked, |news| match news {
        News::Reference(outcome) => told(&bar, outcome, args.seeds > 1),
        News::Bug(proof) => bar.suspend(|| {
            if !std::mem::replace(&mut bugs, true) {
                drop(Out.say("\nThe same with a bug, in the scenario that exercises it:"));
            }
            drop(Out.say(&line(proof)));
        }),
    })
    .await
    .map_err(|error| match error {
        // What is embedded can be read: a test reads it.
        NotShown::Library(_) => End::Ours(Report::new(error)),
        NotShown::Start(_) => End::setup(error),
    })?;
    bar.finish_and_clear();
    // Before anything else: whoever reads on may have gone away.
    let written = reports(&folder, &shown);
    Out.tell(&table(&shown))?;
    Out.tell(&written?)?;
    if !shown.played() {
        return Err(End::Setup(miette!("a case could not be played")));
    }
    if shown.holds() { Ok(()) } else { Err(End::Broken) }
}

/// `  no-backoff ........... BROKEN limits.respect   burst-429`
fn line(proof: &Proof) -> String {
    let declared = proof.declared;
    let dots = ".".repeat(26_usize.saturating_sub(declared.bug.len()).max(3));
    let head = format!("  {} {dots}", declared.bug);
    if let Some(fault) = &proof.outcome.error {
        return format!("{head} NOT PLAYED: {}", fault.what);
    }
    let Some(Verdict::Broken { what, .. }) = proof.outcome.verdict(declared.clause) else {
        let verdict =
            proof.outcome.verdict(declared.clause).map_or_else(|| "not judged".to_owned(), ToString::to_string);
        return format!("{head} NOT CAUGHT: {} is {verdict} in {}", declared.clause, declared.scenario);
    };
    let mut line = format!("{head} BROKEN {}   {}\n       {what}", declared.clause, declared.scenario);
    let follows: Vec<_> = proof.consequences().into_iter().map(Clause::as_str).collect();
    if !follows.is_empty() {
        line.push_str(&format!("\n       follows from it: {}", follows.join(", ")));
    }
    for clause in proof.undeclared() {
        if let Some(Verdict::Broken { what, .. }) = proof.outcome.verdict(clause) {
            line.push_str(&format!("\n       UNDECLARED {clause}: {what}"));
        }
    }
    line
}

/// Each clause: kept by the reference how often, and caught in which bug.
fn table(shown: &Shown) -> String {
    let tally = report::tally(&shown.reference);
    let mut out = format!("\n{:26}{:>22}   its bug\n", "clause", "the reference");
    for (clause, standing) in &tally {
        let kept = match (standing.broken, standing.kept) {
            (0, 0) => "untested".to_owned(),
            (0, kept) => format!("kept in {kept}"),
            (broken, _) => format!("BROKEN in {broken}"),
        };
        let bug = shown.proofs.iter().find(|proof| proof.declared.clause == *clause);
        let caught = bug.map_or_else(String::new, |proof| {
            format!("{} {}", proof.declared.bug, if proof.caught() { "caught" } else { "NOT CAUGHT" })
        });
        out.push_str(&format!("{:26}{kept:>22}   {caught}\n", clause.as_str()));
    }
    let kept = shown.reference.iter().filter(|outcome| outcome.kept()).count();
    let caught = shown.proofs.iter().filter(|proof| proof.caught()).count();
    out.push_str(&format!(
        "\n{kept} of {} cases kept by the reference, {caught} of {} bugs caught, in {:.1} s\n",
        shown.reference.len(),
        shown.proofs.len(),
        shown.took.as_secs_f64()
    ));
    if let Some(line) = report::leaned_line(&shown.reference) {
        out.push_str(&format!("The reference {line}\n"));
    }
    out
}

/// The folder for the reports; there is no use in beginning without one.
fn folder(args: &Args) -> Result<PathBuf, End> {
    let folder = args.reports.as_deref().unwrap_or(demo::reports_folder());
    std::fs::create_dir_all(folder).map_err(|error| {
        End::Setup(miette!(help = "name another with --reports", "{} cannot be made: {error}", folder.display()))
    })?;
    Ok(folder.to_owned())
}

/// Writes the reports, and says where they are.
fn reports(folder: &Path, shown: &Shown) -> Result<String, End> {
    let [as_json, as_xml] = demo::REPORTS.map(|name| folder.join(name));
    save(&as_json, &json(&shown.report())?)?;
    let xml = report::junit(&shown.reference).map_err(|error| End::Ours(miette!("no report: {error}")))?;
    save(&as_xml, &xml)?;
    Ok(format!("reports: {} and {}", as_json.display(), as_xml.display()))
}
