//! `limits.error-share`: of a day's calls to a system fewer fail than the contract's share. HubSpot asks it of apps of
//! its marketplace and enforces it on no call (facts/hubspot-limits-webhooks-auth.md §2.6). A day is 24 hours from the
//! run's start. An answer of 400 and above is an error, whoever reads it as one; those that a fault made are no calls
//! here, nor are refusals where another program had used a limit up. The share of a few calls says nothing.

use std::collections::BTreeMap;

use sim::SystemName;

use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Call, Digest, Seen};

pub(super) const SENTENCE: &str = "Of a day's calls to a system only a small share is answered with an error.";

/// Fewer calls than this have no share worth the name: at 5 % one error more or less would decide.
const CALLS_MIN: u64 = 100;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[derive(Default)]
struct Day {
    calls: u64,
    errors: Vec<u64>,
}

struct ErrorShare<'d> {
    digest: &'d Digest<'d>,
    days: BTreeMap<(i64, SystemName), Day>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(ErrorShare { digest, days: BTreeMap::new(), tally: Tally::default() })
}

impl<'d> Rule<'d> for ErrorShare<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        if call.what.fault.is_some() || self.is_a_neighbours(call) {
            return;
        }
        let day = call.at.since(self.digest.start()) / DAY_MS;
        let day = self.days.entry((day, call.system)).or_default();
        day.calls += 1;
        if call.what.status >= 400 {
            day.errors.push(call.n);
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        let share = self.digest.contract.source_api.error_share;
        for ((number, system), day) in std::mem::take(&mut self.days) {
            let errors = day.errors.len() as u64;
            if day.calls < CALLS_MIN {
                continue;
            }
            self.tally.exercise();
            if errors * 100 >= day.calls * u64::from(share) {
                let (number, calls, percent) = (number + 1, day.calls, errors * 100 / day.calls);
                let what = format!(
                    "of {calls} calls to {system} on day {number} {errors} ({percent} %) were answered with an error, \
                     and fewer than {share} % were to be"
                );
                self.tally.broken(day.errors, what);
            }
        }
        self.tally.verdict("no system was called a hundred times in a day: the share of so few says nothing")
    }
}

impl ErrorShare<'_> {
    fn is_a_neighbours(&self, call: &Call<'_>) -> bool {
        call.what.limit.is_some() && self.digest.neighbour_called(call.system, call.at.plus(-DAY_MS), call.n)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::LimitsErrorShare;
    use crate::clauses::story::{CUSTOMERS, Story, UPSERT, batch};
    use crate::{Contract, Verdict};

    fn calls(story: &mut Story, good: usize, refused: usize) {
        for _ in 0..good {
            story.call(UPSERT, 200, batch(&["a@example.com"]));
        }
        for _ in 0..refused {
            story.call(UPSERT, 400, Value::Null);
        }
    }

    fn after(good: usize, refused: usize) -> Story {
        let mut story = Story::with(&[]);
        calls(&mut story, good, refused);
        story
    }

    #[test]
    fn five_of_a_hundred_are_too_many_and_four_are_not() {
        after(96, 4).kept(LimitsErrorShare);
        let errors: Vec<u64> = (96..=100).collect();
        after(95, 5).broken(LimitsErrorShare, &errors, "of 100 calls to hubspot on day 1 5 (5 %) were");
        after(0, 99).untested(LimitsErrorShare);
    }

    #[test]
    fn the_figure_is_the_contracts() {
        let by = |share| {
            let mut contract = Contract::retail().clone();
            contract.source_api.error_share = share;
            after(80, 20).verdict_by(&contract, LimitsErrorShare)
        };
        assert_eq!(by(21), Verdict::Kept);
        assert!(matches!(by(20), Verdict::Broken { what, .. } if what.ends_with("fewer than 20 % were to be")));
    }

    #[test]
    fn every_day_and_every_system_is_judged_by_itself() {
        let mut story = after(100, 4);
        story.wait("24h");
        calls(&mut story, 10, 3);
        story.kept(LimitsErrorShare);
        calls(&mut story, 90, 3);
        story.broken(LimitsErrorShare, &[115, 116, 117, 208, 209, 210], "of 106 calls to hubspot on day 2");
        let mut story = after(99, 0);
        story.call(CUSTOMERS, 404, Value::Null);
        story.untested(LimitsErrorShare);
    }

    #[test]
    fn faults_and_a_neighbours_load_are_not_the_integrations() {
        let mut story = after(100, 0);
        story.neighbour();
        for _ in 0..10 {
            story.call(UPSERT, 429, json!({}));
            story.but("limit", "ten_secondly".into());
            story.call(UPSERT, 503, Value::Null);
            story.but("fault", "5xx-burst".into());
        }
        story.kept(LimitsErrorShare);
    }
}
