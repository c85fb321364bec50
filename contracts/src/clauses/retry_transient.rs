//! `retry.transient`: what failed for the moment is tried again: a call with the same records where it wrote,
//! the same target where it did not, or a read of the same place that succeeded. Once it has failed as often as the contract's attempts it may be given
//! up. What was written all the same may be looked up instead.

use std::collections::BTreeMap;

use sim::Moment;

use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Call, Digest, Op, Person, Seen, Verb};

pub(super) const SENTENCE: &str =
    "What failed for the moment, by a 5xx, 429, 423 or 477 or for want of an answer, comes again.";

/// By what queries tell pages: ORDS by the first two, HubSpot by the last two.
const PAGING: [&str; 3] = ["offset=", "limit=", "after="];

struct Failed<'d> {
    call: &'d Call<'d>,
    /// The records that have not come again.
    left: Vec<&'d Op>,
    again: bool,
}

struct Transient<'d> {
    digest: &'d Digest<'d>,
    failed: Vec<Failed<'d>>,
    /// How often in a row a record, or a place, has failed.
    tries: BTreeMap<String, u32>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Transient { digest, failed: Vec::new(), tries: BTreeMap::new(), tally: Tally::default() })
}

impl<'d> Rule<'d> for Transient<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        for failed in self.failed.iter_mut().filter(|failed| failed.call.system == call.system) {
            failed.meet(call);
        }
        let again = self.failed.extract_if(.., |failed| failed.again).count();
        (0..again).for_each(|_| self.tally.exercise());
        if call.failed_for_now() {
            let given_up = |name: String, tries: &mut BTreeMap<String, u32>| {
                let tried = tries.entry(name).or_default();
                *tried += 1;
                *tried >= self.digest.contract.reliability.attempts
            };
            let mut left: Vec<&Op> = call.ops.iter().collect();
            left.retain(|op| !given_up(name(call, Some(op)), &mut self.tries));
            let over = call.ops.is_empty() && given_up(name(call, None), &mut self.tries);
            if over || (left.is_empty() && !call.ops.is_empty()) {
                self.tally.exercise();
            } else {
                self.failed.push(Failed { call, left, again: false });
            }
        } else if !self.tries.is_empty() {
            for op in &call.ops {
                self.tries.remove(&name(call, Some(op)));
            }
            self.tries.remove(&name(call, None));
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        let digest = self.digest;
        let longest = digest.contract.source_api.backoff.longest.0;
        let ended: Moment = digest.ended();
        for failed in std::mem::take(&mut self.failed) {
            let Failed { call, left, .. } = failed;
            let moot = |op: &&&Op| {
                let person: Option<&Person> = op.person.as_ref();
                let touched =
                    |person| call.object.is_some_and(|object| digest.touched(object, person, call.n, u64::MAX));
                person.is_none_or(touched)
            };
            let wrote = !call.ops.is_empty();
            let open = left.iter().filter(|op| !moot(op)).count();
            if digest.together(call.at, ended) < longest || (wrote && open == 0) {
                continue;
            }
            let (at, failed, said) = (digest.hms(call.at), call.failure(), call.said());
            let what = match open {
                0 => format!("{said} {failed} at {at} and never came again"),
                1 => format!("{said} {failed} at {at}, and the record in it never came again"),
                open => format!("{said} {failed} at {at}, and {open} records in it never came again"),
            };
            self.tally.broken([call.n], what);
        }
        self.tally.verdict("no call failed for the moment early enough to come again")
    }
}

/// What a read is about: the path, and the page of it. What else is in a query may differ from try to try.
fn place(call: &Call<'_>) -> String {
    let query = call.what.target.split_once('?').map_or("", |(_, query)| query);
    let mut page: Vec<_> = query.split('&').filter(|part| PAGING.iter().any(|name| part.starts_with(name))).collect();
    page.sort_unstable();
    format!("{} {}", call.what.path(), page.join(" "))
}

/// What is tried: a record, else a place.
fn name(call: &Call<'_>, op: Option<&Op>) -> String {
    let (system, method) = (call.system, &call.what.method);
    match op.map(|op| (&op.person, &op.id)) {
        Some((Some(person), _)) => format!("{system} {:?} of {person}", call.object),
        Some((None, Some(id))) => format!("{system} {:?} {id}", call.object),
        Some((None, None)) | None => format!("{system} {method} {}", place(call)),
    }
}

impl<'d> Failed<'d> {
    fn meet(&mut self, call: &Call<'d>) {
        let failed = self.call;
        if failed.ops.is_empty() {
            let same_method = call.what.method == failed.what.method;
            let same_target = same_method && call.what.target == failed.what.target;
            let same_place = same_method && call.succeeded() && place(call) == place(failed);
            let batch_read = failed.verb == Verb::Read && call.verb == Verb::Read && call.batch;
            self.again |= same_target || same_place || (batch_read && call.object == failed.object);
            return;
        }
        let looked = matches!(call.verb, Verb::Read | Verb::Search) && call.object == failed.object;
        if failed.took_effect && looked {
            self.again = true;
        }
        if call.verb.writes() && (call.verb == Verb::Archive) == (failed.verb == Verb::Archive) {
            let same_path = call.what.method == failed.what.method && call.what.path() == failed.what.path();
            let nameless = |op: &Op| op.person.is_none() && op.id.is_none();
            let came = |op: &Op| (nameless(op) && same_path) || call.ops.iter().any(|other| other.same_record(op));
            self.left.retain(|op| !came(op));
            self.again |= self.left.is_empty();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::RetryTransient;
    use crate::clauses::story::{CUSTOMERS, Story, UPSERT, batch, kim};

    #[test]
    fn a_batch_that_comes_again_in_parts_is_kept() {
        let mut story = Story::with(&[]);
        story.call(UPSERT, 200, batch(&["a@example.com"]));
        story.untested(RetryTransient);
        story.call(UPSERT, 503, batch(&["a@example.com", "b@example.com"]));
        story.wait("1s").call(UPSERT, 503, batch(&["b@example.com"]));
        story.wait("119s");
        story.call("PATCH /crm/v3/objects/contacts/a@example.com?idProperty=email", 200, json!({"properties": {}}));
        story.wait("1m").call(UPSERT, 400, batch(&["b@example.com"]));
        story.wait("1h");
        story.kept(RetryTransient);
    }

    #[test]
    fn what_never_comes_again_breaks_it_once_there_was_time() {
        let mut story = Story::with(&[]);
        story.call(UPSERT, 502, batch(&["a@example.com", "b@example.com"]));
        story.wait("1s").call(UPSERT, 200, batch(&["a@example.com"]));
        story.wait("30s");
        story.untested(RetryTransient);
        story.wait("2m");
        story.broken(RetryTransient, &[1], "failed with 502 at 00:00:00, and the record in it never came again");
    }

    #[test]
    fn what_failed_as_often_as_it_may_is_given_up() {
        let mut story = Story::with(&[]);
        for _ in 0..3 {
            story.call(UPSERT, 503, batch(&["a@example.com"]));
            story.call(CUSTOMERS, 503, Value::Null);
            story.wait("1s");
        }
        story.call(UPSERT, 503, batch(&["a@example.com"]));
        story.call(CUSTOMERS, 503, Value::Null);
        story.wait("1h");
        story.kept(RetryTransient);
        story.call(CUSTOMERS, 200, Value::Null);
        story.call(CUSTOMERS, 503, Value::Null);
        story.wait("1h");
        story.broken(RetryTransient, &[10], "never came again");
    }

    #[test]
    fn a_read_comes_again_by_its_target_or_its_page() {
        let mut story = Story::with(&[]);
        story.call(&format!("{CUSTOMERS}?offset=0"), 504, Value::Null);
        story.wait("3m");
        story.broken(RetryTransient, &[1], "never came again");
        story.call(&format!("{CUSTOMERS}?offset=100"), 200, Value::Null);
        story.broken(RetryTransient, &[1], "never came again");
        story.call(&format!("{CUSTOMERS}?q=x&offset=0"), 400, Value::Null);
        story.broken(RetryTransient, &[1], "never came again");
        story.call(&format!("{CUSTOMERS}?q=x&offset=0"), 200, Value::Null);
        story.kept(RetryTransient);
        story.call(&format!("{CUSTOMERS}?offset=200"), 504, Value::Null);
        story.wait("1s").call(&format!("{CUSTOMERS}?offset=200"), 404, Value::Null);
        story.wait("3m");
        story.kept(RetryTransient);
    }

    #[test]
    fn what_was_written_all_the_same_may_be_looked_up() {
        let mut story = Story::with(&[]);
        story.call("POST /erp/v1/customers/", 504, json!({"email": "a@example.com"}));
        story.but("took_effect", true.into()).wait("1s");
        story.call(CUSTOMERS, 200, Value::Null);
        story.wait("1h");
        story.kept(RetryTransient);
    }

    #[test]
    fn a_record_that_someone_changed_meanwhile_need_not_come_again() {
        let mut story = Story::with(&[kim()]);
        story.call(UPSERT, 503, batch(&["kim@example.com"]));
        story.row("tester", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.wait("1h");
        story.untested(RetryTransient);
    }
}
