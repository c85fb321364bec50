//! `webhook.once`: a delivery that comes again has the effect of one. The effect is seen where the integration makes a
//! record of the event's person in the master, and that it was done twice by a second one, after the event had come
//! twice, each time taken. What an integration did elsewhere nobody can see here. A delivery whose sender did not wait for
//! the answer may have been taken: it counts as told, and shows nothing unless it comes again.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Those of them whose event was taken when it came again.
    taken: BTreeSet<String>,
    /// Whom the integration made in the master since the target began: entries, by object and person.
    made: BTreeMap<(usize, Person), Vec<u64>>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    let (told, twice, taken, made) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
    Box::new(Once { digest, told, twice, taken, made, tally: Tally::default() })
}

impl<'d> Rule<'d> for Once<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        match seen {
            Seen::Delivery(delivery) => self.delivered(delivery),
            Seen::Change(change) if !change.foreign && change.side == Owner::Master => self.made(change),
            _ => {}
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        let known = |id: &str| {
            let mut made = self.made.iter().flat_map(|(who, made)| made.iter().map(move |n| (who, *n)));
            made.any(|((object, person), n)| is(self.digest, *object, id, n, person))
        };
        if self.taken.iter().any(|id| known(id)) {
            self.tally.exercise();
        }
        self.tally.verdict(match self.taken.len() {
            0 => "no event was told twice and taken both times",
            _ => "the master got no record of those about whom events were told twice, and an effect elsewhere cannot be seen",
        })
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
                self.twice.insert(object.clone(), told.clone());
                if accepted {
                    self.taken.insert(object);
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
            let named = self.twice.iter().find(|(id, _)| is(self.digest, change.object, id, change.n, person));
            let Some((id, told)) = named.filter(|_| made.len() > 1) else { continue };
            let what = format!(
                "at {} the master got a second record of contact {id}, about whom an event had been told twice",
                self.digest.hms(change.at)
            );
            self.tally.broken(told.iter().chain(made.iter()).copied(), what);
        }
    }
}

/// Whether a record of the copy was a person's at an entry.
fn is(digest: &Digest<'_>, object: usize, id: &str, n: u64, person: &Person) -> bool {
    let version = digest.life(Owner::Copy, object, id).and_then(|life| life.at(n));
    version.and_then(|version| digest.person(Owner::Copy, object, &version.values)).as_ref() == Some(person)
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
    fn where_no_record_was_made_nothing_was_seen() {
        let mut story = lead();
        story.delivery(None, Some(204), created(1));
        story.delivery(None, Some(204), created(1));
        story.untested(WebhookOnce);
        story.row("integration", "created", "2", customer("lee@example.com", "Lee", "N"));
        story.untested(WebhookOnce);
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
