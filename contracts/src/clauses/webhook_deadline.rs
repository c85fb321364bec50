//! `webhook.deadline`: a delivery is answered before HubSpot gives it up. That a target is down, or was killed with a
//! delivery in its hands, is the scenario's doing.

use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Digest, Seen};

pub(super) const SENTENCE: &str = "A delivery is answered within five seconds.";

/// How the journal calls it.
const DEADLINE: &str = "deadline";

struct Deadline<'d> {
    digest: &'d Digest<'d>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Deadline { digest, tally: Tally::default() })
}

impl<'d> Rule<'d> for Deadline<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Delivery(delivery) = seen else { return };
        let (sent_at, at) = (delivery.what.sent_at, delivery.at);
        if delivery.what.status.is_some() {
            self.tally.exercise();
        } else if delivery.what.failure.as_deref() == Some(DEADLINE) && !self.digest.away(sent_at, at) {
            let events = delivery.what.events;
            let what = format!(
                "a delivery of {events} event{} sent at {} was not answered within five seconds",
                if events == 1 { "" } else { "s" },
                self.digest.hms(sent_at)
            );
            self.tally.broken([delivery.n], what);
        }
    }

    fn verdict(self: Box<Self>) -> Verdict {
        self.tally.verdict("no delivery was answered")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Clause::WebhookDeadline;
    use crate::clauses::story::{Story, kim};

    #[test]
    fn an_answer_in_time_keeps_it_and_none_breaks_it() {
        let mut story = Story::with(&[kim()]);
        story.delivery(None, None, json!([]));
        story.untested(WebhookDeadline);
        story.delivery(None, Some(500), json!([]));
        story.kept(WebhookDeadline);
        story.wait("5s").delivery(None, None, json!([{}, {}]));
        story.but("failure", json!("deadline"));
        story.broken(WebhookDeadline, &[4], "a delivery of 2 events sent at 00:00:05 was not answered");
    }

    #[test]
    fn a_target_that_is_down_answers_nothing() {
        let mut story = Story::with(&[kim()]);
        story.delivery(None, Some(204), json!([]));
        let sent = story.now();
        story.down("1m");
        story.delivery(None, None, json!([]));
        story.but("failure", json!("deadline")).but("sent_at", json!(sent));
        story.kept(WebhookDeadline);
    }
}
