//! The verdicts on a run: every clause that has a rule, in one pass over the journal.

use crate::clauses::{ALL, Rule};
use crate::digest::Digest;
use crate::{Clause, Contract, Finding, Trace, Verdict};

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
    let findings = rules.into_iter().map(|(clause, rule)| Finding { clause, verdict: rule.verdict() });
    let mut findings: Vec<Finding> = findings.map(|finding| unless_down(&digest, finding)).collect();
    findings.sort_by_key(|finding| finding.verdict.first_evidence().unwrap_or(u64::MAX));
    findings
}

/// Those that say what is to have arrived: a target that is down cannot finish what it has begun.
const ARRIVE: [Clause; 6] = [
    Clause::FreshnessPromise,
    Clause::ConsentOptOut,
    Clause::RetryTransient,
    Clause::DataComplete,
    Clause::DataMapped,
    Clause::DataNoLostUpdate,
];

/// What was broken before the target went down stays so.
fn unless_down(digest: &Digest<'_>, finding: Finding) -> Finding {
    let broken = matches!(finding.verdict, Verdict::Broken { .. });
    if broken || !digest.down_at_end() || !ARRIVE.contains(&finding.clause) {
        return finding;
    }
    let reason = "the scenario had killed the target, and it was down at the end".to_owned();
    Finding { verdict: Verdict::Untested { reason }, ..finding }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause;
    use crate::clauses::story::{CUSTOMERS, SEARCH, Story, UPSERT, batch, kim, kims};
    use crate::{Contract, Verdict, judge};

    #[test]
    fn the_broken_come_first_in_the_order_of_their_evidence() {
        let mut story = Story::with(&[]);
        story.call(UPSERT, 400, batch(&["a@example.com"; 101]));
        story.call(SEARCH, 429, json!({}));
        story.but("limit", "search".into());
        let findings = judge(Contract::retail(), &story.trace());
        let broken: Vec<_> =
            findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Broken { .. })).collect();
        assert_eq!(
            broken.iter().map(|finding| finding.clause).collect::<Vec<_>>(),
            [Clause::BatchSize, Clause::LimitsSearch]
        );
        assert_eq!(findings.len(), crate::clauses::ALL.len());
        assert!(findings.iter().take(2).eq(broken), "{findings:?}");
    }

    #[test]
    fn a_call_through_the_gateway_counts_once() {
        let mut story = Story::with(&[kim()]);
        let items = json!({"items": [{"email": "kim@example.com", "loyalty_no": "L00000001"}]});
        story.token();
        for _ in 0..2 {
            story.call("GET /ords/crm/customers/", 401, Value::Null);
            story.but("system", "ords".into()).but("connection", 0.into());
            story.call(CUSTOMERS, 200, Value::Null);
            story.but("response_body", items.clone());
        }
        story.call(UPSERT, 200, batch(&["kim@example.com"]));
        story.wait("2h");
        story.kept(Clause::AuthReuse);
        story.untested(Clause::AuthRefresh);
        story.kept(Clause::PrivacyExcluded);
    }

    #[test]
    fn nothing_has_to_arrive_while_the_target_is_down() {
        let arrive = [Clause::DataComplete, Clause::RetryTransient];
        let mut story = Story::with(&[kim()]);
        story.call(UPSERT, 503, batch(&["kim@example.com"]));
        story.wait("1m").down("1h");
        arrive.iter().for_each(|clause| story.untested(*clause));
        story.wait("59s");
        arrive.iter().for_each(|clause| story.untested(*clause));
        story.wait("4m");
        arrive.iter().for_each(|clause| story.broken(*clause, &[2], ""));
        story.down("1h");
        arrive.iter().for_each(|clause| story.broken(*clause, &[2], ""));
    }

    #[test]
    fn a_target_that_is_down_at_the_end_is_not_said_to_keep_what_is_to_arrive() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        story.wait("1h");
        story.kept(Clause::DataMapped);
        story.down("1m");
        story.untested(Clause::DataMapped);
        story.wait("1s");
        story.kept(Clause::DataMapped);
    }
}
