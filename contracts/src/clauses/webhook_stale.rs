//! `webhook.stale`: a delivery that is signed well and was stamped more than five minutes ago is a replay, and is turned
//! away; one that is not quite so old is let in. An answer tells it alone: what a replay would do is what the first one did.

use sim::Forgery;

use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Delivery, Digest, Seen};

pub(super) const SENTENCE: &str = "A delivery that is stamped more than five minutes ago is turned away.";

struct Stale<'d> {
    digest: &'d Digest<'d>,
    turned_away: u64,
    let_in: u64,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Stale { digest, turned_away: 0, let_in: 0, tally: Tally::default() })
}

impl<'d> Rule<'d> for Stale<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Delivery(delivery) = seen else { return };
        let Some(status) = delivery.what.status else { return };
        // A stamp is judged by the target's clock.
        if self.digest.apart(delivery.what.sent_at, delivery.at) {
            return;
        }
        self.answered(delivery, status);
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        if self.turned_away > 0 && self.let_in > 0 {
            self.tally.exercise();
        }
        self.tally.verdict(match self.turned_away {
            0 => "no stale delivery was answered with a 4xx",
            _ => "no fresh delivery was let in, so that turning away the stale ones shows nothing",
        })
    }
}

impl<'d> Stale<'d> {
    fn answered(&mut self, delivery: &'d Delivery<'d>, status: u16) {
        let at = self.digest.hms(delivery.at);
        let is_in = delivery.is_accepted();
        match delivery.forgery() {
            Some(Forgery::Stale) if is_in => {
                let what = format!("at {at} a delivery stamped more than five minutes ago was answered with {status}");
                self.tally.broken([delivery.n], what);
            }
            Some(Forgery::Stale) if delivery.is_turned_away() => self.turned_away += 1,
            Some(Forgery::NearlyStale) if status == 401 || status == 403 => {
                let what =
                    format!("at {at} a delivery stamped less than five minutes ago was turned away with {status}");
                self.tally.broken([delivery.n], what);
            }
            _ if delivery.what.forged.is_none() && is_in => self.let_in += 1,
            Some(Forgery::NearlyStale) if is_in => self.let_in += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::WebhookStale;
    use crate::clauses::story::{Story, kim};

    fn event() -> Value {
        json!([{"objectId": 101, "subscriptionType": "contact.propertyChange"}])
    }

    #[test]
    fn a_stale_delivery_is_turned_away_and_a_fresh_one_is_not() {
        let mut story = Story::with(&[kim()]);
        story.delivery(Some("stale"), Some(401), event());
        story.untested(WebhookStale);
        story.delivery(Some("wrong-secret"), Some(200), event());
        story.untested(WebhookStale);
        story.delivery(None, Some(204), event());
        story.kept(WebhookStale);
        story.wait("1s").delivery(Some("stale"), Some(204), event());
        story.broken(
            WebhookStale,
            &[5],
            "at 00:00:01 a delivery stamped more than five minutes ago was answered with 204",
        );
    }

    #[test]
    fn one_that_is_not_quite_so_old_is_let_in() {
        let mut story = Story::with(&[kim()]);
        story.delivery(Some("stale"), None, event());
        story.delivery(Some("stale"), Some(503), event());
        story.delivery(Some("nearly-stale"), Some(204), event());
        story.untested(WebhookStale);
        story.delivery(Some("stale"), Some(400), event());
        story.kept(WebhookStale);
        story.delivery(Some("nearly-stale"), Some(401), event());
        story.broken(WebhookStale, &[6], "less than five minutes ago was turned away with 401");
    }

    #[test]
    fn a_target_whose_clock_is_apart_is_not_judged() {
        let mut story = Story::with(&[kim()]);
        story.delivery(None, Some(204), event());
        let sent = story.now();
        story.apart("1m");
        story.delivery(Some("stale"), Some(204), event());
        story.but("sent_at", json!(sent));
        story.untested(WebhookStale);
    }
}
