//! `auth.reuse`: a token is used until it is nearly at its end. Two grants asked for at the same time are not this
//! clause's business, nor is one that a job asked for: it is a program of its own, and knows no other's token.

use std::collections::BTreeMap;

use sim::SystemName;

use super::auth_refresh::lifetime_ms;
use super::rule::{Begun, OPEN_AT_ONCE, flight_ms};
use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Call, Digest, Seen, Verb};

pub(super) const SENTENCE: &str = "A token is used again until it is nearly at its end.";

struct Granted<'d> {
    /// The first grant of those that may have been asked for at the same time: of a chain each would be excused by
    /// the one before.
    call: &'d Call<'d>,
    /// How many of them came after it.
    beside: usize,
    /// Since the latest of them.
    calls: u64,
    refused: bool,
    /// One came so soon that it may have been under way, and no token has been used twice since.
    unclear: bool,
}

struct Reuse<'d> {
    digest: &'d Digest<'d>,
    last: BTreeMap<SystemName, Granted<'d>>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Reuse { digest, last: BTreeMap::new(), tally: Tally::default() })
}

impl<'d> Rule<'d> for Reuse<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        if call.verb != Verb::Token {
            if let Some(granted) = self.last.get_mut(&call.system) {
                granted.calls += 1;
                granted.refused |= call.what.status == 401;
                if granted.calls == 2 {
                    self.tally.exercise();
                }
                let later = call.at.since(granted.call.at) > flight_ms(self.digest);
                granted.unclear &= !(later && granted.calls >= 2);
            }
        } else if call.succeeded() {
            self.granted(call);
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        if self.last.values().any(|granted| granted.unclear) {
            self.tally.unexercise();
            return self.tally.verdict(
                "a token was asked for, by another connection and so soon after the last one that it may have been \
                 under way when that was granted",
            );
        }
        self.tally.verdict("no token could have been used twice")
    }
}

impl<'d> Reuse<'d> {
    fn granted(&mut self, call: &'d Call<'d>) {
        let digest = self.digest;
        let mut unclear = false;
        if let Some(granted) = self.last.get_mut(&call.system) {
            unclear = granted.unclear;
            let before = granted.call;
            if !digest.by_another(before, call) {
                self.tally.exercise();
                let left = lifetime_ms(before).map(|lifetime| before.at.plus(lifetime).since(call.at));
                let allowed = lifetime_ms(before)
                    .map(|lifetime| lifetime / 100 * i64::from(digest.contract.source_api.token.renewed_at));
                let early = left.zip(allowed).is_some_and(|(left, allowed)| left > allowed);
                let excused = granted.refused || digest.apart(before.at, call.at);
                let begun = Begun::of(digest, before, call);
                if early && !excused && begun == Begun::Unclear && granted.beside + 1 < OPEN_AT_ONCE {
                    granted.beside += 1;
                    (granted.calls, granted.unclear) = (0, true);
                    return;
                }
                if early && !excused && begun != Begun::Before {
                    let left = left.unwrap_or_default() / 1_000;
                    let what = format!(
                        "at {} a token was asked for, and the last one was good for {left} s more",
                        digest.hms(call.at)
                    );
                    self.tally.broken([before.n, call.n], what);
                }
            }
        }
        self.last.insert(call.system, Granted { call, beside: 0, calls: 0, refused: false, unclear });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::Clause::AuthReuse;
    use crate::clauses::story::{CUSTOMERS, Story};

    #[test]
    fn a_token_for_each_call_breaks_it() {
        let mut story = Story::with(&[]);
        story.token();
        story.call(CUSTOMERS, 200, Value::Null);
        story.untested(AuthReuse);
        story.call(CUSTOMERS, 200, Value::Null);
        story.kept(AuthReuse);
        story.wait("1s").token();
        story.broken(
            AuthReuse,
            &[1, 4],
            "at 00:00:01 a token was asked for, and the last one was good for 3599 s more",
        );
    }

    #[test]
    fn a_new_one_near_its_end_after_a_401_or_a_restart_is_kept() {
        let mut story = Story::with(&[]);
        story.token();
        story.wait("54m").token();
        story.call(CUSTOMERS, 401, Value::Null);
        story.token();
        story.restart();
        story.wait("1s").token();
        story.kept(AuthReuse);
    }

    #[test]
    fn two_in_flight_are_kept_once_a_token_is_used_again() {
        let mut story = Story::with(&[]);
        story.token();
        story.token();
        story.but("connection", 2.into());
        story.call(CUSTOMERS, 200, Value::Null);
        story.untested(AuthReuse);
        story.wait("1s").call(CUSTOMERS, 200, Value::Null);
        story.kept(AuthReuse);
        let mut story = Story::with(&[]);
        story.token();
        story.but("connection", 2.into());
        story.token();
        story.kept(AuthReuse);
    }

    #[test]
    fn tokens_one_after_the_other_are_not_all_in_flight_however_fast_the_clock() {
        let for_each_call = |times: u64, pause: &str| {
            let mut story = Story::with(&[]);
            story.trace.pace = 60.0;
            for place in 0..times {
                story.token();
                story.but("connection", (2 * place + 1).into());
                story.call(CUSTOMERS, 200, Value::Null);
                story.but("connection", (2 * place + 2).into());
                story.wait(pause);
            }
            story
        };
        for_each_call(2, "2s").untested(AuthReuse);
        for_each_call(8, "2s").untested(AuthReuse);
        for_each_call(9, "2s").broken(AuthReuse, &[1, 17], "at 00:00:16 a token was asked for");
        for_each_call(11, "1ms").broken(AuthReuse, &[1, 21], "good for 3599 s more");
    }

    #[test]
    fn a_job_has_a_token_of_its_own() {
        let mut story = Story::with(&[]);
        story.token();
        story.job(|story| {
            story.wait("1m").token();
            story.but("connection", 2.into());
        });
        // Whose token comes after a job's is not known; from then on it is.
        story.wait("1m").token();
        story.untested(AuthReuse);
        story.wait("1m").token();
        story.broken(AuthReuse, &[3, 4], "good for 3540 s more");
        let mut story = Story::with(&[]);
        story.job(|story| {
            story.token();
            story.wait("1s").token();
        });
        story.broken(AuthReuse, &[1, 2], "good for 3599 s more");
    }
}
