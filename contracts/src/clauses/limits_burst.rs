//! `limits.burst`: however much there is to do at once, calls are spread so that no limit of seconds or minutes is met.
//! Any refusal by one counts, but for one that a fault made, one within the window in which another program of the
//! account had used the limit up, and one soon after a start: a program that was started anew knows of no calls. The
//! search's limit and those of a day have clauses of their own. Where calls were few, nothing was to be spread.

use std::collections::{BTreeMap, VecDeque};

use sim::{Moment, SystemName};

use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Call, Digest, Seen};

pub(super) const SENTENCE: &str = "Calls are spread: none is refused by a limit of seconds or minutes.";

/// Limits that are not of a burst: the search's, and those of a day.
const OTHERS: [&str; 6] = ["search", "daily", "associations_daily", "exports", "imports", "day"];

/// So many calls within [`TOGETHER_MS`] have to be spread, or might.
const MANY: usize = 10;
const TOGETHER_MS: i64 = 10_000;

struct Burst<'d> {
    digest: &'d Digest<'d>,
    /// The times of the last calls of each system.
    recent: BTreeMap<SystemName, VecDeque<Moment>>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Burst { digest, recent: BTreeMap::new(), tally: Tally::default() })
}

impl<'d> Rule<'d> for Burst<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        if self.is_one_of_many(call) {
            self.tally.exercise();
        }
        let limit = call.what.limit.as_deref().filter(|limit| call.what.fault.is_none() && !OTHERS.contains(limit));
        if let Some(limit) = limit.filter(|_| !self.is_excused(call)) {
            let what = format!(
                "at {} {} was refused by the limit `{limit}`: too many calls in a short time",
                self.digest.hms(call.at),
                call.said(),
            );
            self.tally.broken([call.n], what);
        }
    }

    fn verdict(self: Box<Self>) -> Verdict {
        self.tally.verdict("no ten calls were made to one system within ten seconds")
    }
}

impl Burst<'_> {
    fn is_one_of_many(&mut self, call: &Call<'_>) -> bool {
        let recent = self.recent.entry(call.system).or_default();
        recent.push_back(call.at);
        while recent.front().is_some_and(|at| call.at.since(*at) >= TOGETHER_MS) {
            recent.pop_front();
        }
        recent.len() >= MANY
    }

    fn is_excused(&self, call: &Call<'_>) -> bool {
        let since = call.at.plus(-window_ms(call.system));
        let before = self.digest.calls.partition_point(|other| other.n < call.n);
        let within = self.digest.calls[..before].iter().rev().take_while(|other| other.at >= since);
        let knows_not =
            within.filter(|other| other.system == call.system).any(|other| self.digest.by_another(other, call));
        knows_not || self.digest.neighbour_called(call.system, since, call.n)
    }
}

/// How far back a limit of seconds or minutes counts: ten seconds (facts/hubspot-limits-webhooks-auth.md §2.1), one
/// (facts/oci-api-gateway.md §5), a minute (facts/retail-express.md §3).
fn window_ms(system: SystemName) -> i64 {
    match system {
        SystemName::Hubspot => 10_000,
        SystemName::OciGateway => 1_000,
        _ => 60_000,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::LimitsBurst;
    use crate::clauses::story::{CUSTOMERS, SEARCH, Story, UPSERT, batch};

    fn upserts(story: &mut Story, count: usize) {
        for _ in 0..count {
            story.call(UPSERT, 200, batch(&["a@example.com"]));
        }
    }

    fn refused(story: &mut Story, asked: &str, limit: &str) {
        story.call(asked, 429, json!({}));
        story.but("limit", limit.into());
    }

    #[test]
    fn many_calls_at_once_keep_it_and_a_refused_one_breaks_it() {
        let mut story = Story::with(&[]);
        upserts(&mut story, 9);
        story.wait("10s");
        upserts(&mut story, 9);
        story.untested(LimitsBurst);
        upserts(&mut story, 1);
        story.kept(LimitsBurst);
        refused(&mut story, UPSERT, "ten_secondly");
        story.broken(LimitsBurst, &[20], "was refused by the limit `ten_secondly`");
    }

    #[test]
    fn a_refused_call_breaks_it_however_few_there_were() {
        let mut story = Story::with(&[]);
        refused(&mut story, CUSTOMERS, "rateLimiting /erp/v1");
        story.broken(LimitsBurst, &[1], "refused by the limit `rateLimiting /erp/v1`");
    }

    #[test]
    fn limits_of_a_day_the_searchs_and_faults_are_not_of_a_burst() {
        let mut story = Story::with(&[]);
        upserts(&mut story, 10);
        for limit in super::OTHERS {
            refused(&mut story, SEARCH, limit);
        }
        refused(&mut story, UPSERT, "ten_secondly");
        story.but("fault", "429-storm".into());
        story.kept(LimitsBurst);
    }

    #[test]
    fn what_a_neighbour_left_no_room_for_is_no_fault_within_the_window() {
        let mut story = Story::with(&[]);
        story.neighbour();
        story.wait("10s");
        refused(&mut story, UPSERT, "ten_secondly");
        story.untested(LimitsBurst);
        story.wait("1ms");
        refused(&mut story, UPSERT, "ten_secondly");
        story.broken(LimitsBurst, &[3], "at 00:00:10 POST");
    }

    #[test]
    fn a_program_that_was_started_anew_knows_of_no_calls() {
        let started_after = |span: &str| {
            let mut story = Story::with(&[]);
            upserts(&mut story, 10);
            story.restart();
            story.wait(span);
            refused(&mut story, UPSERT, "ten_secondly");
            story
        };
        started_after("10s").kept(LimitsBurst);
        started_after("10001ms").broken(LimitsBurst, &[11], "at 00:00:10 POST");
    }

    #[test]
    fn systems_are_counted_apart() {
        let mut story = Story::with(&[]);
        for _ in 0..9 {
            story.call(CUSTOMERS, 200, Value::Null);
        }
        upserts(&mut story, 9);
        story.untested(LimitsBurst);
    }
}
