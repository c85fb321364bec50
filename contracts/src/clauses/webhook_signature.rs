//! `webhook.signature`: a delivery that HubSpot did not sign is turned away and does nothing; one that it signed is
//! let in. An effect is seen only where nothing else can have caused it.

use std::collections::BTreeMap;

use super::{Rule, Tally};
use crate::digest::{Change, Delivery, Digest, Seen};
use crate::{Owner, Verdict};

pub(super) const SENTENCE: &str = "A delivery is believed if its signature is good, and turned away if not.";

struct Signature<'d> {
    digest: &'d Digest<'d>,
    /// The forged delivery that named a record of the copy, by its id, as long as no genuine one did.
    forged: BTreeMap<String, u64>,
    genuine: BTreeMap<String, u64>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    let (forged, genuine) = (BTreeMap::new(), BTreeMap::new());
    Box::new(Signature { digest, forged, genuine, tally: Tally::default() })
}

impl<'d> Rule<'d> for Signature<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        match seen {
            Seen::Delivery(delivery) => self.delivered(delivery),
            Seen::Change(change) if !change.foreign && change.side == Owner::Master => self.effect(change),
            _ => {}
        }
    }

    fn verdict(self: Box<Self>) -> Verdict {
        self.tally.verdict("no forged delivery was sent")
    }
}

impl<'d> Signature<'d> {
    fn delivered(&mut self, delivery: &'d Delivery<'d>) {
        let (what, at) = (delivery.what, self.digest.hms(delivery.at));
        let named = delivery.named();
        let Some(forged) = &what.forged else {
            self.genuine.extend(named.into_iter().map(|id| (id, delivery.n)));
            let refused = what.status.filter(|status| matches!(status, 401 | 403));
            if let Some(status) = refused.filter(|_| !self.digest.apart(what.sent_at, delivery.at)) {
                self.tally.broken([delivery.n], format!("at {at} a genuine delivery was turned away with {status}"));
            }
            return;
        };
        self.tally.exercise();
        self.forged.extend(named.into_iter().map(|id| (id, delivery.n)));
        if let Some(status) = what.status.filter(|status| (200..300).contains(status)) {
            self.tally.broken([delivery.n], format!("at {at} a forged delivery ({forged}) was answered with {status}"));
        }
    }

    /// A change of the master about someone whom only a forged delivery named.
    fn effect(&mut self, change: &'d Change<'d>) {
        let digest = self.digest;
        let caused = self.forged.iter().find(|(id, n)| {
            let life = digest.life(Owner::Copy, change.object, id.as_str());
            let person = life.and_then(|life| digest.person(Owner::Copy, change.object, &life.at(**n)?.values));
            person.is_some_and(|person| {
                change.people.contains(&person)
                    && !self.genuine.contains_key(id.as_str())
                    && !digest.touched(change.object, &person, digest.began(), change.n)
            })
        });
        if let Some((id, n)) = caused {
            let what = format!(
                "at {} the master was changed for contact {id}, whom only a forged delivery had named",
                digest.hms(change.at)
            );
            self.tally.broken([*n, change.n], what);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::WebhookSignature;
    use crate::clauses::story::{Story, kim};

    fn with_contact() -> Story {
        let mut story = Story::with(&[kim()]);
        story.contact("tester", "created", "101", json!({"email": "kim@example.com"}));
        story.trace.began = 2;
        story
    }

    fn event() -> Value {
        json!([{"objectId": 101, "subscriptionType": "contact.propertyChange"}])
    }

    #[test]
    fn a_forged_delivery_is_turned_away() {
        let mut story = with_contact();
        story.delivery(None, Some(204), event());
        story.untested(WebhookSignature);
        story.delivery(Some("unsigned"), Some(401), event());
        story.delivery(Some("stale"), None, event());
        story.kept(WebhookSignature);
        story.wait("1s").delivery(Some("wrong-secret"), Some(200), event());
        story.broken(WebhookSignature, &[6], "at 00:00:01 a forged delivery (wrong-secret) was answered with 200");
    }

    #[test]
    fn one_that_is_refused_and_believed_all_the_same_breaks_it() {
        let mut story = with_contact();
        story.delivery(Some("unsigned"), Some(401), event());
        story.wait("1s").row("integration", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.broken(WebhookSignature, &[3, 4], "contact 101, whom only a forged delivery had named");
    }

    #[test]
    fn an_effect_that_has_another_cause_is_no_proof() {
        let mut story = with_contact();
        story.delivery(Some("unsigned"), Some(401), event());
        story.contact("tester", "updated", "101", json!({"hs_email_optout": "true"}));
        story.row("integration", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.kept(WebhookSignature);
    }

    #[test]
    fn a_genuine_one_that_is_turned_away_breaks_it() {
        let mut story = with_contact();
        story.delivery(None, Some(500), event());
        story.untested(WebhookSignature);
        story.delivery(None, Some(403), event());
        story.broken(WebhookSignature, &[4], "a genuine delivery was turned away with 403");
    }
}
