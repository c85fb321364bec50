//! `webhook.deadline`: a delivery is answered before HubSpot gives it up. That a target is down, or was killed with a
//! delivery in its hands, is the scenario's doing. Where five seconds of the world are shorter than a busy machine may
//! take for a call, a delivery that ran into them says nothing of the target.

use super::rule::flight_ms;
use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Digest, Seen};

pub(super) const SENTENCE: &str = "A delivery is answered within five seconds.";

/// The five seconds.
const PROMISED_MS: i64 = 5_000;

/// How the journal calls it.
const DEADLINE: &str = "deadline";

struct Deadline<'d> {
    digest: &'d Digest<'d>,
    tally: Tally,
    /// Deliveries that ran into the deadline sooner than that can be laid to the target.
    unclear: bool,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Deadline { digest, tally: Tally::default(), unclear: false })
}

impl<'d> Rule<'d> for Deadline<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Delivery(delivery) = seen else { return };
        let (sent_at, at) = (delivery.what.sent_at, delivery.at);
        if delivery.what.status.is_some() {
            self.tally.exercise();
        } else if delivery.what.failure.as_deref() == Some(DEADLINE) && !self.digest.away(sent_at, at) {
            if flight_ms(self.digest) > PROMISED_MS {
                self.unclear = true;
                return;
            }
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
        let Self { mut tally, unclear, .. } = *self;
        if unclear {
            tally.unexercise();
            return tally.verdict(
                "a delivery ran into a deadline that is shorter here than a call may take: scale the clock less",
            );
        }
        tally.verdict("no delivery was answered")
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
    fn a_deadline_shorter_than_a_call_may_take_accuses_nobody() {
        let at = |pace: f64| {
            let mut story = Story::with(&[kim()]);
            story.trace.pace = pace;
            story.delivery(None, Some(204), json!([]));
            let sent = story.now();
            story.wait("5s").delivery(None, None, json!([{}]));
            story.but("failure", json!("deadline")).but("sent_at", json!(sent));
            story
        };
        for pace in [0.0, 1.0, 19.0] {
            at(pace).broken(WebhookDeadline, &[3], "was not answered");
        }
        at(60.0).untested(WebhookDeadline);
    }

    #[test]
    fn a_sender_that_went_away_waited_for_no_answer() {
        let mut story = Story::with(&[kim()]);
        story.delivery(Some("dropped-after-body"), None, json!([{}]));
        story.but("failure", json!("left"));
        story.untested(WebhookDeadline);
        story.delivery(Some("slow-sending"), Some(204), json!([{}]));
        story.kept(WebhookDeadline);
        story.wait("5s").delivery(Some("slow-reading"), None, json!([{}]));
        story.but("failure", json!("deadline"));
        story.broken(WebhookDeadline, &[4], "was not answered within five seconds");
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
