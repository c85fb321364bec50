//! `auth.reuse`: a token is used until it is nearly at its end. Two grants asked for at the same time are not this
//! clause's business, nor is one that a job asked for: it is a program of its own, and knows no other's token.

use std::collections::BTreeMap;

use sim::SystemName;

use super::auth_refresh::lifetime_ms;
use super::rule::Answered;
use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Digest, Seen, Verb};

pub(super) const SENTENCE: &str = "A token is used again until it is nearly at its end.";

struct Granted<'d> {
    answered: Answered<'d>,
    calls: u64,
    refused: bool,
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
        let digest = self.digest;
        if call.verb != Verb::Token {
            if let Some(granted) = self.last.get_mut(&call.system) {
                granted.calls += 1;
                granted.refused |= call.what.status == 401;
                granted.answered.note(call);
                if granted.calls == 2 {
                    self.tally.exercise();
                }
            }
            return;
        }
        if !call.succeeded() {
            return;
        }
        let last = self.last.get(&call.system);
        if let Some(granted) = last.filter(|granted| !digest.by_another(granted.answered.call, call)) {
            self.tally.exercise();
            let before = granted.answered.call;
            let left = lifetime_ms(before).map(|lifetime| before.at.plus(lifetime).since(call.at));
            let allowed = lifetime_ms(before)
                .map(|lifetime| lifetime / 100 * i64::from(digest.contract.source_api.token.renewed_at));
            let early = left.zip(allowed).is_some_and(|(left, allowed)| left > allowed);
            let excused = granted.refused || digest.apart(before.at, call.at);
            if early && !excused && granted.answered.before(call) {
                let left = left.unwrap_or_default() / 1_000;
                let what = format!(
                    "at {} a token was asked for, and the last one was good for {left} s more",
                    digest.hms(call.at)
                );
                self.tally.broken([before.n, call.n], what);
            }
        }
        self.last.insert(call.system, Granted { answered: Answered::new(digest, call), calls: 0, refused: false });
    }

    fn verdict(self: Box<Self>) -> Verdict {
        self.tally.verdict("no token could have been used twice")
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
    fn two_in_flight_are_kept() {
        let mut story = Story::with(&[]);
        story.token();
        story.token();
        story.but("connection", 2.into());
        story.kept(AuthReuse);
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
