//! `batch.partial`: a 207 is read to its end. An input that it tells as failed for the moment comes again, in whatever
//! call writes the same record. One that was refused for what it holds need not, and neither need a record that
//! someone changed meanwhile.

use serde_json::Value;

use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Call, Digest, Op, Seen};

pub(super) const SENTENCE: &str = "An input that a 207 tells as failed for the moment comes again.";

/// The categories of an input that is refused for what it holds (facts/hubspot-limits-webhooks-auth.md §3).
const FOR_GOOD: [&str; 4] = ["VALIDATION_ERROR", "CONFLICT", "OBJECT_NOT_FOUND", "BAD_REQUEST"];

struct Partial<'d> {
    digest: &'d Digest<'d>,
    failed: Vec<(&'d Call<'d>, &'d Op)>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Partial { digest, failed: Vec::new(), tally: Tally::default() })
}

impl<'d> Rule<'d> for Partial<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        if !call.verb.writes() {
            return;
        }
        let same = |failed: &Call<'_>, op: &Op| {
            failed.system == call.system && call.ops.iter().any(|other| other.same_record(op))
        };
        let again = self.failed.extract_if(.., |(failed, op)| same(failed, op)).count();
        (0..again).for_each(|_| self.tally.exercise());
        if call.what.status == 207 && call.batch {
            self.failed.extend(failed(call).into_iter().map(|op| (call, op)));
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        let digest = self.digest;
        let longest = digest.contract.source_api.backoff.longest.0;
        for (call, op) in std::mem::take(&mut self.failed) {
            let touched = |person| call.object.is_some_and(|object| digest.touched(object, person, call.n, u64::MAX));
            let moot = op.person.as_ref().is_none_or(touched);
            if moot || digest.together(call.at, digest.ended()) < longest {
                continue;
            }
            let (at, said) = (digest.hms(call.at), call.said());
            let what = format!("at {at} {said} was answered with 207, and an input that failed in it never came again");
            self.tally.broken([call.n], what);
        }
        self.tally.verdict("no batch was answered with a 207 that told of an input that failed for the moment")
    }
}

/// The records of a batch that its 207 tells as failed for the moment, by the traces of their inputs.
fn failed<'d>(call: &'d Call<'d>) -> Vec<&'d Op> {
    let (Some(asked), Some(told)) = (call.request(), call.response()) else { return Vec::new() };
    let list = |of: &'d Value, name: &str| of.get(name).and_then(Value::as_array).into_iter().flatten();
    let for_now = list(told, "errors")
        .filter(|error| !error["category"].as_str().is_some_and(|category| FOR_GOOD.contains(&category)));
    let traces: Vec<&str> =
        for_now.flat_map(|error| list(&error["context"], "objectWriteTraceId")).filter_map(Value::as_str).collect();
    let inputs = list(asked, "inputs").zip(&call.ops);
    inputs
        .filter(|(input, _)| input["objectWriteTraceId"].as_str().is_some_and(|trace| traces.contains(&trace)))
        .map(|(_, op)| op)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::BatchPartial;
    use crate::clauses::story::{Story, UPSERT, batch, kim};

    fn traced() -> Value {
        json!({"inputs": [
            {"idProperty": "email", "id": "kim@example.com", "objectWriteTraceId": "1", "properties": {}},
            {"idProperty": "email", "id": "b@example.com", "objectWriteTraceId": "2", "properties": {}},
        ]})
    }

    fn told(category: Option<&str>) -> Value {
        let mut error =
            json!({"status": "error", "message": "internal error", "context": {"objectWriteTraceId": ["1"]}});
        if let Some(category) = category {
            error["category"] = category.into();
        }
        json!({"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [error]})
    }

    #[test]
    fn an_input_that_failed_for_the_moment_comes_again() {
        let mut story = Story::with(&[kim()]);
        story.call(UPSERT, 200, batch(&["kim@example.com"]));
        story.untested(BatchPartial);
        story.call(UPSERT, 207, traced());
        story.but("response_body", told(None)).wait("30s");
        story.untested(BatchPartial);
        story.wait("2m");
        story.broken(BatchPartial, &[3], "an input that failed in it never came again");
        story.call(UPSERT, 200, batch(&["b@example.com"]));
        story.broken(BatchPartial, &[3], "never came again");
        story.call(UPSERT, 200, batch(&["kim@example.com"]));
        story.kept(BatchPartial);
    }

    #[test]
    fn what_was_refused_for_what_it_holds_need_not() {
        let mut story = Story::with(&[kim()]);
        story.call(UPSERT, 207, traced());
        story.but("response_body", told(Some("VALIDATION_ERROR"))).wait("1h");
        story.untested(BatchPartial);
    }

    #[test]
    fn nor_a_record_that_someone_changed_meanwhile() {
        let mut story = Story::with(&[kim()]);
        story.call(UPSERT, 207, traced());
        story.but("response_body", told(None));
        story.row("tester", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.wait("1h");
        story.untested(BatchPartial);
    }
}
