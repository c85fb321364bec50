//! The verdicts on a run: every clause that has a rule, in one pass over the journal.

use crate::clauses::{ALL, Rule};
use crate::digest::Digest;
use crate::{Contract, Finding, Trace};

/// Judges a run by a contract: a finding for every clause that has a rule, the broken ones first, by
/// their first evidence; then the rest in the catalogue's order.
///
/// ```
/// use standin_contracts::{Contract, Trace, Verdict, judge};
///
/// let findings = judge(Contract::retail(), &Trace::default());
/// assert!(findings.iter().all(|finding| matches!(finding.verdict, Verdict::Untested { .. })));
/// ```
#[must_use]
pub fn judge(contract: &Contract, trace: &Trace) -> Vec<Finding> {
    let digest = Digest::new(contract, trace);
    let mut rules: Vec<(_, Box<dyn Rule<'_> + '_>)> =
        ALL.iter().map(|(clause, _, make)| (*clause, make(&digest))).collect();
    for seen in digest.seen() {
        for (_, rule) in &mut rules {
            rule.see(seen);
        }
    }
    let mut findings: Vec<Finding> =
        rules.into_iter().map(|(clause, rule)| Finding { clause, verdict: rule.verdict() }).collect();
    findings.sort_by_key(|finding| finding.verdict.first_evidence().unwrap_or(u64::MAX));
    findings
}
