//! Plays the matrix and holds what came of it against what was declared.

use std::sync::Arc;

use contracts::{Clause, Verdict};

use super::bugs::{BUGS, Declared};
use crate::play::{Case, Outcome, Plan};
use crate::report::MatrixCase;
use crate::run::{Grounds, Options};
use crate::script::Script;

/// What came of one bug.
#[derive(Clone, Debug)]
pub struct Proof {
    pub declared: Declared,
    pub outcome: Outcome,
}

/// Plays every bug in the scenario that names it.
pub async fn prove(
    grounds: &Grounds,
    plan_of: impl Fn(&Declared) -> Plan,
    library: &[Arc<Script>],
    seed: u64,
    jobs: usize,
    mut over: impl FnMut(&Proof),
) -> Vec<Proof> {
    let known = BUGS.iter().filter_map(|declared| {
        let script = library.iter().find(|script| script.name == declared.scenario)?.clone();
        Some((*declared, (Arc::new(plan_of(declared)), Case::new(script, seed))))
    });
    let (declared, cases): (Vec<_>, Vec<_>) = known.unzip();
    let proof = |place: usize, outcome: &Outcome| Proof { declared: declared[place], outcome: outcome.clone() };
    let options = Options { jobs, fail_fast: false };
    let mut proofs = Vec::with_capacity(cases.len());
    grounds
        .run(cases, options, |place, outcome| {
            let proof = proof(place, outcome);
            over(&proof);
            proofs.push((place, proof));
        })
        .await;
    proofs.sort_by_key(|(place, _)| *place);
    proofs.into_iter().map(|(_, proof)| proof).collect()
}

impl Proof {
    /// Whether the clause is broken, and whatever else is broken was declared and came later.
    #[must_use]
    pub fn caught(&self) -> bool {
        matches!(self.outcome.verdict(self.declared.clause), Some(Verdict::Broken { .. }))
            && self.undeclared().is_empty()
    }

    /// What else is broken, as declared.
    #[must_use]
    pub fn consequences(&self) -> Vec<Clause> {
        self.others()
            .filter(|(clause, later)| *later && self.declared.consequences.contains(clause))
            .map(|(clause, _)| clause)
            .collect()
    }

    /// What else is broken and was not declared, or has evidence before the bug's own.
    #[must_use]
    pub fn undeclared(&self) -> Vec<Clause> {
        self.others()
            .filter(|(clause, later)| !*later || !self.declared.consequences.contains(clause))
            .map(|(clause, _)| clause)
            .collect()
    }

    fn others(&self) -> impl Iterator<Item = (Clause, bool)> {
        let own = self.outcome.verdict(self.declared.clause).and_then(Verdict::first_evidence);
        self.outcome.broken().filter(|finding| finding.clause != self.declared.clause).map(move |finding| {
            let first = finding.verdict.first_evidence();
            (finding.clause, first.zip(own).is_none_or(|(first, own)| first >= own))
        })
    }

    #[must_use]
    pub fn report(&self) -> MatrixCase {
        let names = |clauses: Vec<Clause>| clauses.into_iter().map(Clause::as_str).collect();
        let (verdict, what, evidence) = match self.outcome.verdict(self.declared.clause) {
            Some(Verdict::Broken { evidence, what }) => ("broken", Some(what.clone()), evidence.clone()),
            Some(Verdict::Kept) => ("kept", None, Vec::new()),
            Some(Verdict::Untested { .. }) | None => ("untested", None, Vec::new()),
        };
        MatrixCase {
            bug: self.declared.bug.to_owned(),
            clause: self.declared.clause.as_str(),
            scenario: self.declared.scenario.to_owned(),
            seed: self.outcome.seed,
            verdict,
            what,
            evidence,
            consequences: names(self.consequences()),
            undeclared: names(self.undeclared()),
        }
    }
}
