//! `limits.respect`: after a 429 the integration waits. How long is what the answer tells; where it tells nothing,
//! the contract's least wait. Whether waits grow is not asked: the same call may be a poll's next one. Calls in
//! flight don't count, nor those that the limit is not about. A wait that the run or the target did not see the end
//! of tests nothing. Where it cannot be told whether a call was in flight, because the clock stands or runs so fast
//! that a flight is longer than the wait, or the call is the refused one, nothing is kept.

use sim::{Moment, SystemName};

use super::rule::{Begun, OPEN_AT_ONCE, flight_ms};
use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Call, Digest, Seen, Verb};

pub(super) const SENTENCE: &str = "After a 429 no call is begun before the wait is over.";

struct Refused<'d> {
    call: &'d Call<'d>,
    until: Moment,
    /// Another call was answered since.
    followed: bool,
}

impl Refused<'_> {
    fn wait_ms(&self) -> i64 {
        self.until.since(self.call.at)
    }
}

struct Respect<'d> {
    digest: &'d Digest<'d>,
    waits: Vec<Refused<'d>>,
    /// Every 429, and until when it means to wait.
    refused: Vec<(&'d Call<'d>, Moment)>,
    /// Calls refused one after the other at the instant at which the clock stands.
    in_a_row: Vec<&'d Call<'d>>,
    unclear: bool,
    /// Some were refused where the target's clock did not run with the world's.
    apart: bool,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    let (waits, refused, in_a_row) = (Vec::new(), Vec::new(), Vec::new());
    Box::new(Respect { digest, waits, refused, in_a_row, unclear: false, apart: false, tally: Tally::default() })
}

impl<'d> Rule<'d> for Respect<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        let (digest, standing) = (self.digest, self.digest.pace() == 0.0);
        self.waits.retain(|wait| call.at < wait.until);
        // The latest first: whoever calls on and on has thousands of them.
        let early = self.waits.iter().rev().filter(|wait| {
            let refused = wait.call;
            concerned(refused, call) && !digest.by_another(refused, call)
        });
        let begun = |wait: &&Refused<'d>| {
            let one_by_one = standing && call.is(wait.call) && wait.followed;
            Begun::of(digest, wait.call, call) == Begun::After || one_by_one
        };
        let guilty = early.clone().find(begun).map(|wait| (wait.call, wait.wait_ms()));
        if let Some((refused, wait_ms)) = guilty {
            self.too_early(refused, call, wait_ms);
        } else {
            let untold = |wait: &Refused<'d>| {
                let within = standing || flight_ms(digest) >= wait.wait_ms() || call.is(wait.call);
                within && Begun::of(digest, wait.call, call) == Begun::Unclear
            };
            self.unclear |= early.clone().any(untold);
        }
        self.waits.iter_mut().for_each(|wait| wait.followed = true);
        if standing {
            self.count(call);
        }
        if call.what.status == 429 {
            let until = call.at.plus(self.wait_ms(call));
            if digest.apart(call.at, until) {
                self.apart = true;
            } else {
                self.refused.push((call, until));
                self.waits.push(Refused { call, until, followed: false });
            }
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        if self.unclear {
            let reason = "calls came so soon after a 429, by other connections, that whether they had begun before it \
                          cannot be told";
            return self.tally.verdict(reason);
        }
        for (call, until) in &self.refused {
            if self.digest.up_until(call, *until) {
                self.tally.exercise();
            }
        }
        self.tally.verdict(match self.refused.len() {
            0 if self.apart => {
                "calls were refused with 429 only where the scenario moved the clock on and the target's own did not \
                  follow"
            }
            0 => "no call was refused with 429",
            _ => "the run or the target ended before the wait after a 429 was over",
        })
    }
}

impl<'d> Respect<'d> {
    fn too_early(&mut self, refused: &Call<'_>, call: &Call<'_>, wait_ms: i64) {
        let what = format!(
            "at {} {} was called {} ms after {} had been refused with 429, and the wait was {wait_ms} ms",
            self.digest.hms(call.at),
            call.said(),
            call.at.since(refused.at),
            refused.said(),
        );
        self.tally.broken([refused.n, call.n], what);
    }

    /// Counts those that were refused in a row at one instant.
    fn count(&mut self, call: &'d Call<'d>) {
        let same = |last: &&'d Call<'d>| last.at == call.at && concerned(last, call);
        if call.what.status != 429 {
            self.in_a_row.retain(|last| last.at == call.at && !concerned(last, call));
            return;
        }
        if !self.in_a_row.last().is_some_and(same) {
            self.in_a_row.clear();
        }
        self.in_a_row.push(call);
        if self.in_a_row.len() == OPEN_AT_ONCE + 1 {
            let evidence: Vec<_> = self.in_a_row.iter().map(|call| call.n).collect();
            let what = format!(
                "at {} more than {OPEN_AT_ONCE} calls in a row were refused with 429 at one instant",
                self.digest.hms(call.at)
            );
            self.tally.broken(evidence, what);
        }
    }

    /// How long a 429 means to wait at least, in milliseconds.
    fn wait_ms(&self, call: &Call<'_>) -> i64 {
        // The gateway's limits are of a second, and its Retry-After tells whole seconds (facts/oci-api-gateway.md §5).
        if states_its_wait(call) { 1_000 } else { self.digest.contract.source_api.backoff.at_least.0 }
    }
}

/// Whether the answer told how long to wait: HubSpot's has no Retry-After (facts/hubspot-limits-webhooks-auth.md §2.5).
fn states_its_wait(call: &Call<'_>) -> bool {
    call.system == SystemName::OciGateway && call.what.limit.is_some()
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
        story.wait("1s").call(UPSERT, 200, batch(&["a@example.com"]));
        story.kept(LimitsRespect);
        refused(&mut story);
        story.call(UPSERT, 429, batch(&["a@example.com"]));
        story.broken(
            LimitsRespect,
            &[4, 5],
            "at 00:00:01 POST /crm/v3/objects/contacts/batch/upsert was called 0 ms after",
        );
    }

    #[test]
    fn a_call_in_flight_does_not_count_and_one_on_an_answered_connection_does() {
        let in_flight = || {
            let mut story = Story::with(&[]);
            refused(&mut story);
            story.call(UPSERT, 429, batch(&["b@example.com"]));
            story.but("connection", 2.into());
            story
        };
        in_flight().wait("1s").kept(LimitsRespect);
        let mut story = in_flight();
        story.call(UPSERT, 429, batch(&["c@example.com"]));
        story.but("connection", 2.into());
        story.broken(LimitsRespect, &[2, 3], "upsert was called 0 ms after");
    }

    #[test]
    fn a_call_begun_later_counts_on_any_connection() {
        let mut story = Story::with(&[]);
        refused(&mut story);
        story.wait("500ms").call(UPSERT, 429, batch(&["b@example.com"]));
        story.but("connection", 2.into());
        story.broken(LimitsRespect, &[1, 2], "called 500 ms after");
    }

    #[test]
    fn a_wait_may_be_shorter_than_the_last_and_not_than_the_least() {
        // Jitter, and two polls with a day's limit spent: at 0, 2, 8 and 10 s.
        let mut story = Story::with(&[]);
        for wait in ["2s", "6s", "2s", "1s"] {
            refused(&mut story);
            story.wait(wait);
        }
        refused(&mut story);
        story.kept(LimitsRespect);
        story.wait("900ms");
        refused(&mut story);
        story.broken(LimitsRespect, &[5, 6], "was called 900 ms after");
    }

    #[test]
    fn the_same_call_on_another_connection_may_be_in_flight_and_may_not() {
        let mut story = Story::with(&[]);
        for connection in [3, 2, 1] {
            refused(&mut story);
            story.but("connection", connection.into());
        }
        story.wait("1s").kept(LimitsRespect);
        let mut story = Story::with(&[]);
        refused(&mut story);
        refused(&mut story);
        story.but("connection", 2.into());
        story.wait("200ms");
        refused(&mut story);
        story.but("connection", 3.into());
        story.wait("1s");
        story.untested(LimitsRespect);
        story.trace.pace = 0.5;
        story.broken(LimitsRespect, &[2, 3], "was called 200 ms after");
    }

    #[test]
    fn where_a_flight_is_longer_than_the_wait_a_call_in_it_is_not_excused() {
        let followed_by = |address: &str, connection: u64, pace: f64| {
            let mut story = Story::with(&[]);
            story.trace.pace = pace;
            refused(&mut story);
            story.but("connection", 2.into());
            story.wait("200ms").call(UPSERT, 200, batch(&[address]));
            story.but("connection", connection.into()).wait("1s");
            story
        };
        followed_by("b@example.com", 3, 1.0).kept(LimitsRespect);
        followed_by("b@example.com", 3, 60.0).untested(LimitsRespect);
        followed_by("b@example.com", 1, 60.0).kept(LimitsRespect);
        followed_by("b@example.com", 2, 60.0).broken(LimitsRespect, &[1, 2], "was called 200 ms after");
    }

    /// Refused calls on a standing clock, each on a connection of its own.
    fn standing(addresses: impl IntoIterator<Item = String>) -> Story {
        let mut story = Story::with(&[]);
        story.trace.pace = 0.0;
        for (place, address) in addresses.into_iter().enumerate() {
            story.call(UPSERT, 429, batch(&[&address]));
            story.but("connection", (place + 1).into());
        }
        story
    }

    #[test]
    fn on_a_standing_clock_calls_of_one_instant_cannot_be_told_apart() {
        let several = |count: usize| {
            let mut story = standing((0..count).map(|place| format!("{place}@example.com")));
            story.wait("1s");
            story
        };
        several(1).kept(LimitsRespect);
        several(2).untested(LimitsRespect);
        several(10).untested(LimitsRespect);
        let eleven: Vec<u64> = (1..=11).collect();
        several(11).broken(LimitsRespect, &eleven, "more than 10 calls in a row");
    }

    #[test]
    fn on_a_standing_clock_the_same_call_after_another_was_begun_later() {
        let addresses = |all: &str| standing(all.chars().map(|c| format!("{c}@example.com")).collect::<Vec<_>>());
        addresses("aa").wait("1s").untested(LimitsRespect);
        addresses("aba").broken(LimitsRespect, &[1, 3], "was called 0 ms after");
        let mut story = addresses("a");
        story.wait("1ms").call(UPSERT, 200, batch(&["b@example.com"]));
        story.but("connection", 2.into());
        story.broken(LimitsRespect, &[1, 2], "was called 1 ms after");
    }

    #[test]
    fn a_limit_binds_only_what_it_is_about() {
        let others = || {
            let mut story = Story::with(&[]);
            story.call(SEARCH, 429, json!({}));
            story.but("limit", "search".into()).but("response_body", json!({"policyName": "SECONDLY"}));
            story.call(UPSERT, 200, batch(&["a@example.com"]));
            story.call(CUSTOMERS, 200, Value::Null);
            story
        };
        others().wait("1s").kept(LimitsRespect);
        let mut story = others();
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
        story.wait("1h");
        story.untested(LimitsRespect);
    }

    #[test]
    fn a_wait_whose_end_nobody_saw_tests_nothing() {
        let mut story = Story::with(&[]);
        refused(&mut story);
        story.untested(LimitsRespect);
        story.wait("999ms").untested(LimitsRespect);
        story.wait("1ms").kept(LimitsRespect);
        let mut story = Story::with(&[]);
        refused(&mut story);
        story.wait("500ms").down("1m");
        story.untested(LimitsRespect);
        let mut story = Story::with(&[]);
        refused(&mut story);
        story.wait("1s").down("1m");
        story.call(UPSERT, 200, batch(&["b@example.com"]));
        story.kept(LimitsRespect);
    }

    #[test]
    fn a_job_knows_of_no_429_of_another_program() {
        let mut story = Story::with(&[]);
        refused(&mut story);
        story.job(|story| {
            story.call(UPSERT, 200, batch(&["b@example.com"]));
            story.but("connection", 2.into());
        });
        story.wait("1s");
        story.kept(LimitsRespect);
        story.job(refused);
        story.call(UPSERT, 200, batch(&["b@example.com"]));
        story.broken(LimitsRespect, &[3, 4], "was called 0 ms after");
    }
}
