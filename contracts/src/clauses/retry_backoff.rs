//! `retry.backoff`: what failed for the moment is not sent again at once. The same call, to the letter, waits at least
//! as long as the contract says, and twice as long from its third repetition on; after as many tries as the contract
//! has, a new series begins. 429 is the affair of
//! `limits.respect`. Spans in which the clocks ran apart don't count. Where a call came again too soon and may have
//! been in flight, nothing is kept.

use super::rule::Begun;
use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Call, Digest, Seen};

pub(super) const SENTENCE: &str = "A call that failed for the moment is repeated after a wait, and the waits grow.";

/// From this repetition on the wait is to have grown.
const GROWN_AT: u32 = 3;

struct Failing<'d> {
    call: &'d Call<'d>,
    repeated: u32,
}

struct Backoff<'d> {
    digest: &'d Digest<'d>,
    failing: Vec<Failing<'d>>,
    unclear: bool,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Backoff { digest, failing: Vec::new(), unclear: false, tally: Tally::default() })
}

impl<'d> Rule<'d> for Backoff<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        let place = self.failing.iter().position(|failing| call.is(failing.call));
        let repeated = match place.map(|place| self.failing.swap_remove(place)) {
            Some(failing) => {
                let repeated = failing.repeated + 1;
                let over = repeated >= self.digest.contract.reliability.attempts;
                let repeated = if over { 0 } else { repeated };
                self.judge(&failing, call, repeated);
                repeated
            }
            None => 0,
        };
        if call.failed_for_now() && call.what.status != 429 {
            self.failing.push(Failing { call, repeated });
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        if self.unclear {
            self.tally.unexercise();
            return self.tally.verdict(
                "a call that failed for the moment came again, by another connection and so soon that it may have been \
                 under way when it failed",
            );
        }
        self.tally.verdict("no call that failed for the moment was repeated as it was")
    }
}

impl<'d> Backoff<'d> {
    fn judge(&mut self, failing: &Failing<'d>, call: &'d Call<'d>, repeated: u32) {
        let (digest, before) = (self.digest, failing.call);
        let at_least = digest.contract.source_api.backoff.at_least.0;
        let wanted = if repeated >= GROWN_AT { at_least.saturating_mul(2) } else { at_least };
        let waited = call.at.since(before.at);
        if digest.apart(before.at, call.at) || digest.by_another(before, call) {
            return;
        }
        if waited >= wanted {
            self.tally.exercise();
            return;
        }
        let begun = Begun::of(digest, before, call);
        self.unclear |= begun == Begun::Unclear;
        if begun == Begun::After {
            let what = format!(
                "at {} {} came again {waited} ms after it {}, and the wait was to be {wanted} ms",
                digest.hms(call.at),
                call.said(),
                before.failure(),
            );
            self.tally.broken([before.n, call.n], what);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::Clause::RetryBackoff;
    use crate::clauses::story::{CUSTOMERS, Story, UPSERT, batch};

    #[test]
    fn a_call_that_is_repeated_after_growing_waits_keeps_it() {
        let mut story = Story::with(&[]);
        story.call(UPSERT, 503, batch(&["a@example.com"]));
        story.untested(RetryBackoff);
        for wait in ["1s", "1s", "2s", "1s", "1s"] {
            story.wait(wait).call(UPSERT, 477, batch(&["a@example.com"]));
        }
        story.kept(RetryBackoff);
    }

    #[test]
    fn one_that_comes_at_once_breaks_it() {
        let mut story = Story::with(&[]);
        story.call(UPSERT, 503, batch(&["a@example.com"]));
        story.call(UPSERT, 200, batch(&["a@example.com"]));
        story.broken(RetryBackoff, &[1, 2], "came again 0 ms after it failed with 503, and the wait was to be 1000 ms");
    }

    #[test]
    fn what_may_have_been_in_flight_is_neither_broken_nor_kept() {
        let again = |connections: [u64; 2], pace: f64| {
            let mut story = Story::with(&[]);
            story.trace.pace = pace;
            for connection in connections {
                story.call(UPSERT, 503, batch(&["a@example.com"]));
                story.but("connection", connection.into());
                story.wait("300ms");
            }
            story.wait("1s").call(UPSERT, 200, batch(&["a@example.com"]));
            story
        };
        again([2, 1], 60.0).kept(RetryBackoff);
        again([1, 2], 60.0).untested(RetryBackoff);
        again([1, 2], 1.0).broken(RetryBackoff, &[1, 2], "came again 300 ms after");
        again([1, 1], 60.0).broken(RetryBackoff, &[1, 2], "came again 300 ms after");
    }

    #[test]
    fn waits_that_never_grow_break_it() {
        let mut story = Story::with(&[]);
        for _ in 0..4 {
            story.call(CUSTOMERS, 502, Value::Null);
            story.wait("1500ms");
        }
        story.broken(RetryBackoff, &[3, 4], "the wait was to be 2000 ms");
    }

    #[test]
    fn another_call_and_one_after_success_may_come_at_once() {
        let mut story = Story::with(&[]);
        story.call(UPSERT, 503, batch(&["a@example.com", "b@example.com"]));
        story.call(UPSERT, 200, batch(&["a@example.com"]));
        story.wait("2s").call(UPSERT, 200, batch(&["a@example.com", "b@example.com"]));
        story.call(UPSERT, 200, batch(&["a@example.com", "b@example.com"]));
        story.kept(RetryBackoff);
    }
}
