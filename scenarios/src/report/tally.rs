//! Each clause over all cases: broken if it was broken once, kept if it was kept once and never
//! broken, else untested.

use std::collections::BTreeMap;

use contracts::{Clause, Verdict};

use crate::play::Outcome;

/// Where a clause stands after a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub kept: usize,
    pub broken: usize,
    /// Why it was untested where it was, the first time.
    pub reason: Option<String>,
}

/// The clauses in the catalogue's order.
#[must_use]
pub fn tally(outcomes: &[Outcome]) -> BTreeMap<Clause, Standing> {
    let mut tally: BTreeMap<Clause, Standing> = BTreeMap::new();
    for finding in outcomes.iter().flat_map(|outcome| &outcome.findings) {
        let standing = tally.entry(finding.clause).or_default();
        match &finding.verdict {
            Verdict::Kept => standing.kept += 1,
            Verdict::Broken { .. } => standing.broken += 1,
            Verdict::Untested { reason } => {
                standing.reason.get_or_insert_with(|| reason.clone());
            }
        }
    }
    tally
}
