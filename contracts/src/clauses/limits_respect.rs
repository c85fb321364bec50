//! `limits.respect`: after a 429 the integration waits. How long is what the answer tells, else what its policy
//! means, else the contract's least wait. Calls in flight don't count, nor those that the limit is not about.

use sim::{Moment, SystemName};

use super::rule::Answered;
use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Call, Digest, Seen, Verb, text_of};

pub(super) const SENTENCE: &str = "After a 429 no call is begun before the wait is over.";

struct Refused<'d> {
    answered: Answered<'d>,
    until: Moment,
    /// The answer says how long to wait; else a shorter wait that was enough is no fault.
    told: bool,
}

struct Respect<'d> {
    digest: &'d Digest<'d>,
    waits: Vec<Refused<'d>>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Respect { digest, waits: Vec::new(), tally: Tally::default() })
}

impl<'d> Rule<'d> for Respect<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        self.waits.retain(|wait| call.at < wait.until);
        let least = self.digest.contract.source_api.backoff.at_least.0;
        // The latest first: whoever calls on and on has thousands of them.
        let guilty = self.waits.iter().rev().filter(|wait| concerned(wait.answered.call, call)).find(|wait| {
            let refused = wait.answered.call;
            let enough = !wait.told && call.at.since(refused.at) >= least && call.what.status != 429;
            let begun = wait.answered.before(call) || call.is(refused);
            begun && !enough && !self.digest.restarted(refused.n, call.n)
        });
        if let Some(wait) = guilty {
            let (refused, digest) = (wait.answered.call, self.digest);
            let waited = call.at.since(refused.at);
            let what = format!(
                "at {} {} was called {waited} ms after {} had been refused with 429, and the wait was {} ms",
                digest.hms(call.at),
                call.said(),
                refused.said(),
                wait.until.since(refused.at),
            );
            self.tally.broken([refused.n, call.n], what);
        }
        self.waits.iter_mut().for_each(|wait| wait.answered.note(call));
        if call.what.status == 429 {
            let (wait_ms, told) = self.wait(call);
            let until = call.at.plus(wait_ms);
            if !self.digest.apart(call.at, until) {
                self.tally.exercise();
                self.waits.push(Refused { answered: Answered::new(call), until, told });
            }
        }
    }

    fn verdict(self: Box<Self>) -> Verdict {
        self.tally.verdict("no call was refused with 429 while the clocks ran together")
    }
}

impl Respect<'_> {
    /// How long a 429 means to wait, in milliseconds, and whether it said so itself.
    fn wait(&self, call: &Call<'_>) -> (i64, bool) {
        let least = self.digest.contract.source_api.backoff.at_least.0;
        if call.system == SystemName::OciGateway && call.what.limit.is_some() {
            // Its limits are of a second, and its Retry-After tells whole seconds (facts/oci-api-gateway.md §5).
            return (1_000, true);
        }
        let member = |name: &str| call.response().and_then(|body| text_of(&body[name]));
        // What the policies mean: facts/hubspot-limits-webhooks-auth.md §2.5.
        match (member("policyName").as_deref(), member("category").as_deref()) {
            (Some("TEN_SECONDLY_ROLLING"), _) => (10_000, false),
            (Some("SECONDLY"), _) | (None, Some("RATE_LIMITS")) => (1_000, false),
            _ => (least, false),
        }
    }
}

/// Whether the limit that refused one call is about another.
fn concerned(refused: &Call<'_>, call: &Call<'_>) -> bool {
    let same_account = refused.account.is_none() || call.account.is_none() || refused.account == call.account;
    let same_limit = match (refused.system, refused.what.limit.as_deref()) {
        (SystemName::Hubspot, Some("search")) => call.verb == Verb::Search,
        // Search is exempt from it (facts/hubspot-limits-webhooks-auth.md §2.1).
        (SystemName::Hubspot, Some("ten_secondly")) => call.verb != Verb::Search,
        _ => true,
    };
    refused.system == call.system && same_account && same_limit
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::LimitsRespect;
    use crate::clauses::story::{CUSTOMERS, SEARCH, Story, UPSERT, batch};

    fn refused(story: &mut Story) {
        story.call(UPSERT, 429, batch(&["a@example.com"]));
        story.but("limit", "ten_secondly".into()).but("response_body", json!({"policyName": "TEN_SECONDLY_ROLLING"}));
    }

    #[test]
    fn a_wait_that_is_kept_and_one_that_is_not() {
        let mut story = Story::with(&[]);
        story.call(UPSERT, 200, batch(&["a@example.com"]));
        story.untested(LimitsRespect);
        refused(&mut story);
        story.wait("10s").call(UPSERT, 200, batch(&["a@example.com"]));
        story.kept(LimitsRespect);
        refused(&mut story);
        story.call(UPSERT, 429, batch(&["a@example.com"]));
        story.broken(
            LimitsRespect,
            &[4, 5],
            "at 00:00:10 POST /crm/v3/objects/contacts/batch/upsert was called 0 ms after",
        );
    }

    #[test]
    fn a_call_in_flight_does_not_count_and_one_on_an_answered_connection_does() {
        let mut story = Story::with(&[]);
        refused(&mut story);
        story.call(UPSERT, 429, batch(&["b@example.com"]));
        story.but("connection", 2.into());
        story.kept(LimitsRespect);
        story.call(UPSERT, 429, batch(&["c@example.com"]));
        story.but("connection", 2.into());
        story.broken(LimitsRespect, &[2, 3], "upsert was called 0 ms after");
    }

    #[test]
    fn a_call_begun_later_counts_on_any_connection() {
        let mut story = Story::with(&[]);
        refused(&mut story);
        story.wait("5s").call(UPSERT, 429, batch(&["b@example.com"]));
        story.but("connection", 2.into());
        story.broken(LimitsRespect, &[1, 2], "called 5000 ms after");
    }

    #[test]
    fn a_window_that_freed_up_sooner_is_no_fault() {
        let mut story = Story::with(&[]);
        refused(&mut story);
        story.wait("9s").call(UPSERT, 200, batch(&["a@example.com"]));
        story.kept(LimitsRespect);
    }

    #[test]
    fn a_limit_binds_only_what_it_is_about() {
        let mut story = Story::with(&[]);
        story.call(SEARCH, 429, json!({}));
        story.but("limit", "search".into()).but("response_body", json!({"policyName": "SECONDLY"}));
        story.call(UPSERT, 200, batch(&["a@example.com"]));
        story.call(CUSTOMERS, 200, Value::Null);
        story.kept(LimitsRespect);
        story.wait("500ms").call(SEARCH, 200, json!({}));
        story.broken(LimitsRespect, &[1, 4], "called 500 ms after");
    }

    #[test]
    fn the_gateways_second_is_kept() {
        let mut story = Story::with(&[]);
        story.call(CUSTOMERS, 429, Value::Null);
        story.but("limit", "rateLimiting /erp/v1".into());
        story.wait("1s").call(CUSTOMERS, 200, Value::Null);
        story.kept(LimitsRespect);
    }

    #[test]
    fn what_falls_into_a_span_apart_is_not_judged() {
        let mut story = Story::with(&[]);
        refused(&mut story);
        story.apart("9s");
        story.call(UPSERT, 429, batch(&["a@example.com"]));
        story.wait("1h");
        // The second 429 is judged; nothing followed it.
        story.kept(LimitsRespect);
        let mut story = Story::with(&[]);
        refused(&mut story);
        story.apart("9s");
        story.untested(LimitsRespect);
    }

    #[test]
    fn a_target_that_was_started_anew_knows_of_no_429() {
        let mut story = Story::with(&[]);
        refused(&mut story);
        story.restart();
        story.call(UPSERT, 200, batch(&["b@example.com"]));
        story.kept(LimitsRespect);
    }
}
