//! The demonstration: the reference integration over the whole library, then each of its known bugs in
//! the scenario that exercises it, and what came of both. It is how the clauses are proved.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::library;
use crate::matrix::{BUGS, Proof, prove};
use crate::play::{Case, Outcome, Plan};
use crate::report::{MatrixReport, RunReport};
use crate::run::{Grounds, Options};
use crate::text::Malformed;

/// How much is shown.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub seed: u64,
    /// Over how many seeds the reference is played.
    pub seeds: u64,
    pub jobs: usize,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Shown {
    pub reference: Vec<Outcome>,
    pub proofs: Vec<Proof>,
    pub took: Duration,
}

/// Why it could not be shown.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum NotShown {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Library(#[from] Malformed),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Start(#[from] sim::StartError),
}

/// Something to tell while it is shown.
#[derive(Debug)]
pub enum News<'a> {
    Reference(&'a Outcome),
    Bug(&'a Proof),
}

/// Shows it. `plan` is the reference's; `standin` is the program that plays it.
///
/// # Errors
/// The machine is in the way; a promise that is broken is not an error, nor a case that is not played.
pub async fn show(plan: &Plan, asked: Asked, mut news: impl FnMut(News<'_>)) -> Result<Shown, NotShown> {
    let began = Instant::now();
    let library = library::retail()?;
    let grounds = Grounds::open().await?;
    let correct = Arc::new(plan.clone());
    let seeds = asked.seed..asked.seed.saturating_add(asked.seeds);
    let cases = seeds.flat_map(|seed| library.iter().map(move |script| Case::new(script.clone(), seed)));
    let cases = cases.map(|case| (correct.clone(), case)).collect();
    let options = Options { jobs: asked.jobs, fail_fast: false };
    let reference = grounds.run(cases, options, |_, outcome| news(News::Reference(outcome))).await;
    let with_bug = |bug: &str| {
        let mut plan = plan.clone();
        plan.env.push(("REFERENCE_BUG".to_owned(), bug.to_owned()));
        plan
    };
    let proofs = prove(
        &grounds,
        |declared| with_bug(declared.bug),
        &library,
        asked.seed,
        asked.jobs,
        |proof| news(News::Bug(proof)),
    )
    .await;
    Ok(Shown { reference, proofs, took: began.elapsed() })
}

impl Shown {
    /// Whether the reference kept everything, and every bug was caught as it is declared.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.reference.iter().all(Outcome::kept)
            && self.proofs.len() == BUGS.len()
            && self.proofs.iter().all(Proof::caught)
    }

    /// Whether every case was played.
    #[must_use]
    pub fn played(&self) -> bool {
        let proofs = self.proofs.iter().map(|proof| &proof.outcome);
        self.reference.iter().chain(proofs).all(|outcome| outcome.error.is_none())
    }

    #[must_use]
    pub fn report(&self) -> MatrixReport {
        MatrixReport {
            standin: env!("CARGO_PKG_VERSION").to_owned(),
            kept: self.holds(),
            reference: RunReport::new(&self.reference),
            cases: self.proofs.iter().map(Proof::report).collect(),
        }
    }
}

/// The names of the reports in their folder.
pub const REPORTS: [&str; 2] = ["demo.json", "demo.xml"];

/// The folder that reports are written to unless told otherwise: where cargo keeps what can be made
/// again, or else beside the caller.
#[must_use]
pub fn reports_folder() -> &'static Path {
    if Path::new("target").is_dir() { Path::new("target/standin") } else { Path::new("standin-reports") }
}
