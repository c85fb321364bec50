//! `batch.size`: a batch holds no more records than the operation takes.

use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Digest, Seen};

pub(super) const SENTENCE: &str = "No batch holds more records than the operation takes.";

struct Size<'d> {
    digest: &'d Digest<'d>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Size { digest, tally: Tally::default() })
}

impl<'d> Rule<'d> for Size<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        let Some(inputs) = call.inputs() else { return };
        self.tally.exercise();
        let max = self.digest.contract.source_api.batch.max;
        if inputs > max {
            let at = self.digest.hms(call.at);
            self.tally.broken([call.n], format!("at {at} a batch held {inputs} records, and {max} is the most"));
        }
    }

    fn verdict(self: Box<Self>) -> Verdict {
        self.tally.verdict("no batch was sent")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::BatchSize;
    use crate::clauses::story::{CUSTOMERS, Story, UPSERT, batch};

    #[test]
    fn one_record_too_many_breaks_it() {
        let mut story = Story::with(&[]);
        story.call(CUSTOMERS, 200, Value::Null);
        story.call(UPSERT, 400, json!({"input": []}));
        story.untested(BatchSize);
        story.call(UPSERT, 200, batch(&["a@example.com"; 100]));
        story.kept(BatchSize);
        story.call(UPSERT, 400, batch(&["a@example.com"; 101]));
        story.broken(BatchSize, &[4], "at 00:00:00 a batch held 101 records, and 100 is the most");
    }
}
