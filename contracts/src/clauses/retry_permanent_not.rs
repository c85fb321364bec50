//! `retry.permanent-not`: what was refused for good is not sent again until it changes. A batch that is sent
//! again in parts is another call; a record that was refused alone is the same wherever it stands alone. A refusal
//! after which the run or the target ended sooner than the contract's longest wait tests nothing.

use std::collections::BTreeMap;

use super::rule::Answered;
use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Call, Digest, Seen, Verb};

pub(super) const SENTENCE: &str = "A write that was refused for good is not sent again unchanged.";

type Letter<'d> = (&'d str, &'d str, Option<&'d [u8]>);

struct PermanentNot<'d> {
    digest: &'d Digest<'d>,
    refused: Vec<Answered<'d>>,
    /// The latest refusal of a call, by all its letters, and of a record alone, by its key or id.
    by_letter: BTreeMap<Letter<'d>, usize>,
    by_record: BTreeMap<String, usize>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    let (by_letter, by_record) = (BTreeMap::new(), BTreeMap::new());
    Box::new(PermanentNot { digest, refused: Vec::new(), by_letter, by_record, tally: Tally::default() })
}

impl<'d> Rule<'d> for PermanentNot<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        if call.verb.writes() {
            let letter = self.by_letter.get(&letter(call)).copied();
            let alone = record(call).and_then(|record| self.by_record.get(&record).copied());
            let alone = alone.filter(|at| {
                let before = self.refused[*at].call;
                before.ops[0].values == call.ops[0].values
                    && (before.verb == Verb::Archive) == (call.verb == Verb::Archive)
            });
            if let Some(at) = letter.or(alone) {
                self.compare(at, call);
            }
        }
        // Only recent refusals can have calls in flight beside them.
        self.refused.iter_mut().rev().take(100).for_each(|refused| refused.note(call));
        let permanent = self.digest.contract.reliability.permanent.contains(&call.what.status);
        if permanent && call.what.fault.is_none() && call.verb.writes() {
            let at = self.refused.len();
            self.refused.push(Answered::new(self.digest, call));
            self.by_letter.insert(letter(call), at);
            if let Some(record) = record(call) {
                self.by_record.insert(record, at);
            }
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
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
    fn compare(&mut self, at: usize, call: &'d Call<'d>) {
        let (refused, digest) = (&self.refused[at], self.digest);
        let before = refused.call;
        let touched = call.ops.iter().any(|op| {
            let person = op.person.as_ref().zip(call.object);
            person.is_some_and(|(person, object)| digest.touched(object, person, before.n, call.n))
        });
        if refused.before(call) && !touched && !digest.restarted(before.n, call.n) {
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
        let mut story = Story::with(&[]);
        story.call(UPSERT, 400, batch(&["a@example.com"]));
        story.call(UPSERT, 400, batch(&["a@example.com"]));
        story.but("connection", 2.into());
        story.wait("2m").kept(RetryPermanentNot);
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
