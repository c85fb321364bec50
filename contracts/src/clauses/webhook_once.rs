//! `webhook.once`: a delivery that comes again has the effect of one. What is done twice is seen where the integration
//! makes a second record of one person in the master after an event about them had come twice, each time taken. One whose
//! sender did not wait for the answer may have been taken: it counts as told, and shows nothing unless it comes again.

use std::collections::BTreeMap;

use sim::journal::ChangeKind;

use super::{Rule, Tally};
use crate::digest::{Change, Delivery, Digest, Person, Seen};
use crate::{Owner, Verdict};

pub(super) const SENTENCE: &str = "An event that is told twice has the effect of one.";

/// What makes two events the same: `eventId` alone is not unique.
type Same = (String, String, String, String, String);

struct Once<'d> {
    digest: &'d Digest<'d>,
    /// The deliveries that told an event and were taken, by the event.
    told: BTreeMap<Same, Vec<u64>>,
    /// The same of those that were told more than once, by the record's id in the copy.
    twice: BTreeMap<String, Vec<u64>>,
    /// Whom the integration made in the master since the target began: entries, by object and person.
    made: BTreeMap<(usize, Person), Vec<u64>>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    let (told, twice, made) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    Box::new(Once { digest, told, twice, made, tally: Tally::default() })
}

impl<'d> Rule<'d> for Once<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        match seen {
            Seen::Delivery(delivery) => self.delivered(delivery),
            Seen::Change(change) if !change.foreign && change.side == Owner::Master => self.made(change),
            _ => {}
        }
    }

    fn verdict(self: Box<Self>) -> Verdict {
        self.tally.verdict("no event was told twice and taken both times")
    }
}

impl<'d> Once<'d> {
    fn delivered(&mut self, delivery: &'d Delivery<'d>) {
        let accepted = delivery.is_accepted();
        if !delivery.is_genuine() || !(accepted || delivery.was_left()) {
            return;
        }
        for event in delivery.events() {
            let text = |name: &str| event[name].as_str().map_or_else(|| event[name].to_string(), str::to_owned);
            let names = ["eventId", "subscriptionType", "objectId", "propertyName", "occurredAt"];
            let [id, kind, object, property, at] = names.map(text);
            let told = self.told.entry((id, kind, object.clone(), property, at)).or_default();
            told.push(delivery.n);
            if told.len() > 1 {
                self.twice.insert(object, told.clone());
                if accepted {
                    self.tally.exercise();
                }
            }
        }
    }

    fn made(&mut self, change: &'d Change<'d>) {
        if change.kind != ChangeKind::Created {
            return;
        }
        for person in &change.people {
            let made = self.made.entry((change.object, person.clone())).or_default();
            made.push(change.n);
            let named = self.twice.iter().find(|(id, _)| {
                let life = self.digest.life(Owner::Copy, change.object, id);
                let version = life.and_then(|life| life.at(change.n));
                version.and_then(|version| self.digest.person(Owner::Copy, change.object, &version.values)).as_ref()
                    == Some(person)
            });
            let Some((id, told)) = named.filter(|_| made.len() > 1) else { continue };
            let what = format!(
                "at {} the master got a second record of contact {id}, about whom an event had been told twice",
                self.digest.hms(change.at)
            );
            self.tally.broken(told.iter().chain(made.iter()).copied(), what);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::WebhookOnce;
    use crate::clauses::story::{Story, customer};

    fn lead() -> Story {
        let mut story = Story::with(&[]);
        story.contact("tester", "created", "101", json!({"email": "kim@example.com"}));
        story.trace.began = 1;
        story
    }

    fn created(id: u64) -> Value {
        json!([{"eventId": id, "objectId": 101, "subscriptionType": "contact.creation", "occurredAt": 5}])
    }

    fn made(story: &mut Story, id: &str) {
        story.row("integration", "created", id, customer("kim@example.com", "Kim", "N"));
    }

    #[test]
    fn one_record_for_an_event_that_came_twice_keeps_it() {
        let mut story = lead();
        story.delivery(None, Some(204), created(1));
        made(&mut story, "1");
        story.delivery(None, Some(204), created(2));
        story.delivery(Some("unsigned"), Some(204), created(1));
        story.delivery(None, Some(500), created(1));
        story.untested(WebhookOnce);
        story.delivery(None, Some(204), created(1));
        story.kept(WebhookOnce);
    }

    #[test]
    fn a_second_record_breaks_it() {
        let mut story = lead();
        story.delivery(None, Some(204), created(1));
        made(&mut story, "1");
        story.delivery(None, Some(204), created(1));
        story.wait("1s");
        made(&mut story, "2");
        story.broken(WebhookOnce, &[2, 3, 4, 5], "at 00:00:01 the master got a second record of contact 101");
    }

    #[test]
    fn one_whose_sender_went_away_counts_as_told() {
        let left = |story: &mut Story| {
            story.delivery(Some("dropped-after-body"), None, created(1));
            story.but("failure", json!("left"));
        };
        let mut story = lead();
        left(&mut story);
        left(&mut story);
        story.untested(WebhookOnce);
        let mut story = lead();
        left(&mut story);
        made(&mut story, "1");
        story.delivery(None, Some(204), created(1));
        story.kept(WebhookOnce);
        made(&mut story, "2");
        story.broken(WebhookOnce, &[2, 3, 4, 5], "the master got a second record of contact 101");
    }

    #[test]
    fn another_persons_record_is_none_of_its_business() {
        let mut story = lead();
        story.delivery(None, Some(204), created(1));
        story.delivery(None, Some(204), created(1));
        made(&mut story, "1");
        story.row("integration", "created", "2", customer("lee@example.com", "Lee", "N"));
        story.row("integration", "created", "3", customer("lee@example.com", "Lee", "N"));
        story.kept(WebhookOnce);
    }
}
