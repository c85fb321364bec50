//! `retry.permanent-not`: what was refused for good is not sent again until it changes. A batch that is sent
//! again in parts is another call; a record that was refused alone is the same wherever it stands alone. A refusal
//! after which the run or the target ended sooner than the contract's longest wait tests nothing.

use std::collections::BTreeMap;

use super::rule::{Begun, OPEN_AT_ONCE};
use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Call, Digest, Seen, Verb};

pub(super) const SENTENCE: &str = "A write that was refused for good is not sent again unchanged.";

type Letter<'d> = (&'d str, &'d str, Option<&'d [u8]>);

struct Refused<'d> {
    call: &'d Call<'d>,
    /// How many of the same came that may have been under way when it was answered.
    beside: usize,
}

struct PermanentNot<'d> {
    digest: &'d Digest<'d>,
    refused: Vec<Refused<'d>>,
    /// The first refusal of a call since something changed, by all its letters, and of a record alone, by its key
    /// or id. Not the latest: of a chain each would be excused by the one before.
    by_letter: BTreeMap<Letter<'d>, usize>,
    by_record: BTreeMap<String, usize>,
    unclear: bool,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    let (by_letter, by_record) = (BTreeMap::new(), BTreeMap::new());
    let tally = Tally::default();
    Box::new(PermanentNot { digest, refused: Vec::new(), by_letter, by_record, unclear: false, tally })
}

impl<'d> Rule<'d> for PermanentNot<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        if !call.verb.writes() {
            return;
        }
        let again = self.same(call).filter(|at| self.unchanged(*at, call));
        if let Some(at) = again {
            self.came_again(at, call);
        }
        let permanent = self.digest.contract.reliability.permanent.contains(&call.what.status);
        if permanent && call.what.fault.is_none() && again.is_none() {
            let at = self.refused.len();
            self.refused.push(Refused { call, beside: 0 });
            self.by_letter.insert(letter(call), at);
            if let Some(record) = record(call) {
                self.by_record.insert(record, at);
            }
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        if self.unclear {
            let reason = "what was refused for good came again, by another connection and so soon that it may have been \
                          under way when it was refused";
            self.tally.unexercise();
            return self.tally.verdict(reason);
        }
        let longest = self.digest.contract.source_api.backoff.longest.0;
        for refused in &self.refused {
            if self.digest.up_until(refused.call, refused.call.at.plus(longest)) {
                self.tally.exercise();
            }
        }
        self.tally.verdict(match self.refused.len() {
            0 => "no write was refused for good",
            _ => "the run or the target ended before what was refused for good could have come again",
        })
    }
}

impl<'d> PermanentNot<'d> {
    /// The refusal of the same call, or of the same values of a record alone.
    fn same(&self, call: &Call<'d>) -> Option<usize> {
        let letter = self.by_letter.get(&letter(call)).copied();
        let alone = || {
            let at = self.by_record.get(&record(call)?).copied()?;
            let before = self.refused[at].call;
            let same = before.ops[0].values == call.ops[0].values
                && (before.verb == Verb::Archive) == (call.verb == Verb::Archive);
            same.then_some(at)
        };
        letter.or_else(alone)
    }

    /// Whether nobody changed what a refused call is about, and the target was not started anew.
    fn unchanged(&self, at: usize, call: &Call<'_>) -> bool {
        let (before, digest) = (self.refused[at].call, self.digest);
        let touched = call.ops.iter().any(|op| {
            let person = op.person.as_ref().zip(call.object);
            person.is_some_and(|(person, object)| digest.touched(object, person, before.n, call.n))
        });
        !touched && !digest.restarted(before.n, call.n)
    }

    fn came_again(&mut self, at: usize, call: &Call<'_>) {
        let (refused, digest) = (&mut self.refused[at], self.digest);
        let before = refused.call;
        match Begun::of(digest, before, call) {
            Begun::Before => return,
            Begun::Unclear if refused.beside + 1 < OPEN_AT_ONCE => {
                refused.beside += 1;
                self.unclear = true;
                return;
            }
            Begun::Unclear | Begun::After => {}
        }
        let what = format!(
            "at {} {} was sent again, unchanged since it was refused with {} at {}",
            digest.hms(call.at),
            call.said(),
            before.what.status,
            digest.hms(before.at),
        );
        self.tally.broken([before.n, call.n], what);
    }
}

fn letter<'d>(call: &Call<'d>) -> Letter<'d> {
    (&call.what.method, &call.what.target, call.what.request_body.as_ref().map(|body| body.0.as_slice()))
}

/// A call's only record by its key, else by its id.
fn record(call: &Call<'_>) -> Option<String> {
    let [op] = call.ops.as_slice() else { return None };
    let (system, object) = (call.system, call.object?);
    match (&op.person, &op.id) {
        (Some(person), _) => Some(format!("{system} {object} of {person}")),
        (None, Some(id)) => Some(format!("{system} {object} {id}")),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Clause::RetryPermanentNot;
    use crate::clauses::story::{Story, UPSERT, batch, kim};

    #[test]
    fn a_batch_may_be_halved_and_its_bad_record_not_repeated() {
        let mut story = Story::with(&[]);
        story.call(UPSERT, 200, batch(&["a@example.com"]));
        story.untested(RetryPermanentNot);
        story.call(UPSERT, 400, batch(&["a@example.com", "bad"]));
        story.call(UPSERT, 200, batch(&["a@example.com"]));
        story.call(UPSERT, 400, batch(&["bad"]));
        story.wait("2m").call(UPSERT, 200, batch(&["a@example.com"]));
        story.kept(RetryPermanentNot);
        story.call(UPSERT, 400, batch(&["bad"]));
        story.broken(
            RetryPermanentNot,
            &[4, 6],
            "at 00:02:00 POST /crm/v3/objects/contacts/batch/upsert was sent again",
        );
    }

    #[test]
    fn another_call_with_the_same_record_alone_is_the_same() {
        let mut story = Story::with(&[]);
        story.call(UPSERT, 400, batch(&["kim@example.com"]));
        story.wait("1m");
        let body = json!({"properties": {"email": "kim@example.com", "firstname": "Kim"}});
        story.call("POST /crm/v3/objects/contacts", 400, body);
        story.broken(RetryPermanentNot, &[1, 2], "POST /crm/v3/objects/contacts was sent again");
    }

    #[test]
    fn a_record_that_changed_may_come_again_and_a_fault_is_no_refusal() {
        let mut story = Story::with(&[kim()]);
        story.call(UPSERT, 400, batch(&["kim@example.com"]));
        story.row("tester", "updated", "1", json!({"store_id": "7"}));
        story.wait("2m").call(UPSERT, 400, batch(&["kim@example.com"]));
        story.kept(RetryPermanentNot);
        let mut story = Story::with(&[]);
        story.call(UPSERT, 400, batch(&["a@example.com"]));
        story.but("fault", "made-up".into());
        story.wait("1m").call(UPSERT, 200, batch(&["a@example.com"]));
        story.untested(RetryPermanentNot);
    }

    #[test]
    fn two_of_the_same_in_flight_are_no_repetition() {
        // By an older connection it was begun before; by a newer one that cannot be told.
        let beside = |connections: [u64; 2]| {
            let mut story = Story::with(&[]);
            for connection in connections {
                story.call(UPSERT, 400, batch(&["a@example.com"]));
                story.but("connection", connection.into());
            }
            story.wait("2m");
            story
        };
        beside([2, 1]).kept(RetryPermanentNot);
        beside([1, 2]).untested(RetryPermanentNot);
    }

    /// Sent again and again in a scaled world, each by a connection of its own.
    fn again_and_again(times: u64, pause: &str) -> Story {
        let mut story = Story::with(&[]);
        story.trace.pace = 60.0;
        for connection in 1..=times {
            story.call(UPSERT, 400, batch(&["a@example.com"]));
            story.but("connection", connection.into());
            story.wait(pause);
        }
        story.wait("2m");
        story
    }

    #[test]
    fn what_comes_one_after_the_other_is_not_all_in_flight_however_fast_the_clock() {
        again_and_again(1, "2s").kept(RetryPermanentNot);
        again_and_again(8, "2s").untested(RetryPermanentNot);
        again_and_again(9, "2s").broken(RetryPermanentNot, &[1, 9], "since it was refused with 400 at 00:00:00");
        again_and_again(238, "10ms").broken(
            RetryPermanentNot,
            &[vec![1], (11..=29).collect()].concat(),
            "and 227 times more",
        );
        let mut story = again_and_again(2, "2s");
        story.call(UPSERT, 400, batch(&["b@example.com"]));
        story.call(UPSERT, 200, batch(&["c@example.com"]));
        story.but("connection", 4.into());
        story.call(UPSERT, 400, batch(&["b@example.com"]));
        story.but("connection", 4.into());
        story.broken(RetryPermanentNot, &[3, 5], "was sent again");
    }

    #[test]
    fn a_refusal_that_nobody_had_time_to_repeat_tests_nothing() {
        let mut story = Story::with(&[]);
        story.call(UPSERT, 400, batch(&["a@example.com"]));
        story.wait("119s").untested(RetryPermanentNot);
        story.wait("1s").kept(RetryPermanentNot);
        let mut story = Story::with(&[]);
        story.call(UPSERT, 400, batch(&["a@example.com"]));
        story.wait("1m").down("1s");
        story.wait("1h").call(UPSERT, 200, batch(&["b@example.com"]));
        story.untested(RetryPermanentNot);
    }
}
