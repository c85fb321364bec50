//! `webhook.signature`: a delivery that HubSpot did not sign is turned away and does nothing; one that it signed is
//! let in. An effect is seen only where nothing else can have caused it. A stale one is another clause's business:
//! HubSpot's first signature carries no time. Whoever asks for more than that first one may refuse it alone, and whoever
//! goes by an address of its own, and not by what a proxy says, may refuse what is signed for another: an answer to such
//! a delivery is no one's fault.

use std::collections::BTreeMap;

use sim::Forgery;
use sim::envelope::STAMP_AGE_MAX_MS;

use super::{Rule, Tally};
use crate::digest::{Change, Delivery, Digest, Seen, Worth};
use crate::{Owner, Verdict};

pub(super) const SENTENCE: &str = "A delivery is believed if its signature is good, and turned away if not.";

struct Signature<'d> {
    digest: &'d Digest<'d>,
    /// The forged delivery that named a record of the copy, by its id, as long as no genuine one did.
    forged: BTreeMap<String, u64>,
    genuine: BTreeMap<String, u64>,
    /// How many forged deliveries were turned away.
    turned_away: u64,
    /// Those that were answered with neither a success nor a 4xx: the status and the entry.
    crashed: Vec<(u16, u64)>,
    /// The genuine ones that were answered, but for those by a 5xx: it says nothing about the signature.
    answered: u64,
    /// Those of them that were answered with a 4xx: the status and the entry.
    refused: Vec<(u16, u64)>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    let (forged, genuine) = (BTreeMap::new(), BTreeMap::new());
    let (turned_away, crashed, answered, refused) = (0, Vec::new(), 0, Vec::new());
    Box::new(Signature { digest, forged, genuine, turned_away, crashed, answered, refused, tally: Tally::default() })
}

impl<'d> Rule<'d> for Signature<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        match seen {
            Seen::Delivery(delivery) => self.delivered(delivery),
            Seen::Change(change) if !change.foreign && change.side == Owner::Master => self.effect(change),
            _ => {}
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        if self.turned_away > 0 && self.answered > 0 {
            self.tally.exercise();
        }
        let all_refused = self.answered > 0 && self.refused.len() as u64 == self.answered;
        if let Some((status, _)) = self.refused.first().filter(|_| self.turned_away > 0 && all_refused) {
            let evidence: Vec<_> = self.refused.iter().map(|(_, n)| *n).collect();
            self.tally.broken(evidence, format!("every genuine delivery was turned away, the first with {status}"));
        }
        let some_let_in = self.answered > self.refused.len() as u64;
        if let Some((status, _)) = self.crashed.first().filter(|_| self.turned_away == 0 && some_let_in) {
            let evidence: Vec<_> = self.crashed.iter().map(|(_, n)| *n).collect();
            let what = format!("no forged delivery was turned away, and the first was answered with {status}");
            self.tally.broken(evidence, format!("{what}: a receiver that breaks on one has not refused it"));
        }
        self.tally.verdict(match (self.turned_away, self.answered) {
            (0, _) if !self.crashed.is_empty() => "no forged delivery was answered with a 4xx",
            (0, _) => "no forged delivery was answered",
            _ => "no genuine delivery was answered, so that turning away the forged ones shows nothing",
        })
    }
}

impl<'d> Signature<'d> {
    fn delivered(&mut self, delivery: &'d Delivery<'d>) {
        let (what, at) = (delivery.what, self.digest.hms(delivery.at));
        let named = delivery.named();
        let Some(forged) = what.forged.as_ref().filter(|_| delivery.worth() == Worth::Forged) else {
            self.genuine.extend(named.into_iter().map(|id| (id, delivery.n)));
            let answer = self.answer(delivery);
            match answer {
                Some(status @ (401 | 403)) => {
                    let what = format!("at {at} a genuine delivery was turned away with {status}");
                    self.tally.broken([delivery.n], what);
                }
                Some(status) if delivery.is_turned_away() => self.refused.push((status, delivery.n)),
                _ => {}
            }
            self.answered += u64::from(answer.is_some_and(|status| status < 500 && status != 429));
            return;
        };
        match what.status {
            _ if delivery.is_turned_away() => self.turned_away += 1,
            // Whoever stands before a receiver that is down, or has too much to do, says so of any delivery.
            None | Some(200..=299 | 429 | 502..=504) => {}
            Some(_) if self.digest.away(what.sent_at, delivery.at) => {}
            Some(status) => self.crashed.push((status, delivery.n)),
        }
        self.forged.extend(named.into_iter().map(|id| (id, delivery.n)));
        if let Some(status) = what.status.filter(|status| (200..300).contains(status)) {
            self.tally.broken([delivery.n], format!("at {at} a forged delivery ({forged}) was answered with {status}"));
        }
    }

    /// How a genuine delivery was answered, if that says anything of the signature.
    fn answer(&self, delivery: &Delivery<'_>) -> Option<u16> {
        let what = delivery.what;
        let status = what.status.filter(|_| delivery.is_genuine() && !self.digest.apart(what.sent_at, delivery.at))?;
        let excused = match (delivery.forgery(), delivery.worth()) {
            (Some(Forgery::V1Only), _) => true,
            // Who believes it goes by what it was called by; who does not, by an address of its own, which nobody has
            // told it to change.
            (_, Worth::Either) => !delivery.is_accepted(),
            // Where time runs fast, it grew old on its way.
            _ => delivery.at.since(what.sent_at) > STAMP_AGE_MAX_MS && !delivery.is_accepted(),
        };
        (!excused).then_some(status)
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
        story.delivery(Some("unsigned"), None, event());
        story.untested(WebhookSignature);
        story.delivery(Some("unsigned"), Some(401), event());
        story.kept(WebhookSignature);
        story.wait("1s").delivery(Some("wrong-secret"), Some(200), event());
        story.broken(WebhookSignature, &[6], "at 00:00:01 a forged delivery (wrong-secret) was answered with 200");
    }

    #[test]
    fn the_first_signature_alone_may_be_refused_if_it_is_good_and_has_to_be_if_it_is_not() {
        for good in [204, 401] {
            let mut story = with_contact();
            story.delivery(Some("v1-only"), Some(good), event());
            story.delivery(Some("v1-wrong-secret"), Some(401), event());
            story.untested(WebhookSignature);
            story.delivery(None, Some(204), event());
            story.kept(WebhookSignature);
            story.delivery(Some("v1-wrong-secret"), Some(204), event());
            story.broken(WebhookSignature, &[6], "a forged delivery (v1-wrong-secret) was answered with 204");
        }
        let mut story = with_contact();
        story.delivery(Some("v1-only"), Some(204), event());
        story.delivery(Some("v1-wrong-secret"), Some(401), event());
        story.delivery(None, Some(400), event());
        story.broken(WebhookSignature, &[5], "every genuine delivery was turned away, the first with 400");
    }

    #[test]
    fn what_the_first_signature_caused_was_no_forgery() {
        let mut story = with_contact();
        story.delivery(Some("unsigned"), Some(401), event());
        story.delivery(Some("v1-only"), Some(204), event());
        story.row("integration", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.delivery(None, Some(204), json!([]));
        story.kept(WebhookSignature);
    }

    #[test]
    fn one_signed_for_an_address_that_only_a_proxy_names_may_be_refused() {
        let mut story = with_contact();
        story.delivery(Some("unsigned"), Some(401), event());
        story.delivery(Some("unknown-host"), Some(401), event());
        story.untested(WebhookSignature);
        story.delivery(Some("unknown-host"), Some(204), event());
        story.kept(WebhookSignature);
        story.delivery(Some("changed-host"), Some(204), event());
        story.kept(WebhookSignature);
        story.delivery(Some("changed-host"), Some(401), event());
        story.broken(WebhookSignature, &[7], "a genuine delivery was turned away with 401");
    }

    #[test]
    fn what_is_signed_for_an_address_that_nobody_told_may_be_refused() {
        for odd in ["query-string", "escaped-query", "unknown-host"] {
            let mut story = with_contact();
            story.delivery(Some("unsigned"), Some(401), event());
            for status in [400, 401, 403, 404] {
                story.delivery(Some(odd), Some(status), event());
            }
            story.untested(WebhookSignature);
            story.delivery(Some(odd), Some(204), event());
            story.kept(WebhookSignature);
        }
    }

    #[test]
    fn who_has_too_much_to_do_or_is_down_has_refused_nothing() {
        let mut story = with_contact();
        story.delivery(None, Some(204), event());
        for status in [429, 502, 503, 504] {
            story.delivery(Some("unsigned"), Some(status), event());
        }
        story.untested(WebhookSignature);
    }

    #[test]
    fn one_that_grew_old_on_its_way_is_not_judged() {
        let mut story = with_contact();
        story.delivery(Some("unsigned"), Some(401), event());
        let sent = story.now();
        story.wait("6m").delivery(Some("slow-sending"), Some(401), event());
        story.but("sent_at", json!(sent));
        story.untested(WebhookSignature);
        story.delivery(Some("slow-sending"), Some(401), event());
        story.broken(WebhookSignature, &[5], "a genuine delivery was turned away with 401");
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
        story.delivery(None, Some(204), json!([]));
        story.row("integration", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.kept(WebhookSignature);
    }

    #[test]
    fn a_receiver_that_refuses_them_all_breaks_it() {
        let mut story = with_contact();
        story.delivery(Some("unsigned"), Some(400), event());
        story.untested(WebhookSignature);
        story.delivery(None, None, event());
        story.delivery(None, Some(500), event());
        story.untested(WebhookSignature);
        story.delivery(None, Some(400), event());
        story.broken(WebhookSignature, &[6], "every genuine delivery was turned away, the first with 400");
        story.delivery(None, Some(204), event());
        story.kept(WebhookSignature);
    }

    #[test]
    fn a_receiver_that_breaks_on_a_forged_one_has_not_refused_it() {
        let mut story = with_contact();
        story.delivery(Some("unsigned"), Some(500), event());
        story.untested_for(WebhookSignature, "no forged delivery was answered with a 4xx");
        story.delivery(None, Some(204), event());
        story.broken(WebhookSignature, &[3], "no forged delivery was turned away, and the first was answered with 500");
        // It may have been down at that moment.
        story.delivery(Some("unsigned"), Some(401), event());
        story.kept(WebhookSignature);
    }

    #[test]
    fn a_stale_one_tests_nothing() {
        let mut story = with_contact();
        story.delivery(None, Some(204), json!([]));
        story.delivery(Some("stale"), Some(204), event());
        story.wait("1s").row("integration", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.untested(WebhookSignature);
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
