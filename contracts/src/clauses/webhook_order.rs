//! `webhook.order`: events come in any order, and the latest counts: one that is late does not bring back what a later
//! one has put right. It is seen where the property of an event is one that the master takes from the copy: the opt-out,
//! and the fields that the copy owns.

use std::collections::BTreeMap;

use sim::Moment;

use super::{Rule, Tally};
use crate::digest::{Change, Delivery, Digest, Seen, text_of};
use crate::{Owner, Verdict};

pub(super) const SENTENCE: &str = "An event that comes late does not undo a later one.";

/// What an event said of a property.
struct Said {
    at: i64,
    value: String,
    n: u64,
}

/// An event that came after a later one: what it said, and what the later one had.
struct Late {
    n: u64,
    came: Moment,
    later_n: u64,
    value: String,
    later: String,
}

struct Order<'d> {
    digest: &'d Digest<'d>,
    /// The latest that was said and taken, by contact and property.
    latest: BTreeMap<(String, String), Said>,
    late: BTreeMap<(String, String), Late>,
    /// When those came of properties that the master does not take.
    other: BTreeMap<(String, String), i64>,
    other_came_late: bool,
    came_late: bool,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    let (latest, late, other) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let (other_came_late, came_late) = (false, false);
    Box::new(Order { digest, latest, late, other, other_came_late, came_late, tally: Tally::default() })
}

impl<'d> Rule<'d> for Order<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        match seen {
            Seen::Delivery(delivery) => self.delivered(delivery),
            Seen::Change(change) if !change.foreign && change.side == Owner::Master => self.changed(change),
            _ => {}
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        if self.late.values().any(|late| self.digest.settled(late.came)) {
            self.tally.exercise();
        }
        let (came_late, other_came_late) = (self.came_late, self.other_came_late);
        self.tally.verdict(match came_late {
            false if other_came_late => {
                "the events that came late were of properties that the master does not take from the copy, by the \
                 contract: an effect elsewhere cannot be seen"
            }
            false => "no event came after a later one and was taken",
            true => "the run ended, or another event came, before one that came late could have had its effect",
        })
    }
}

impl<'d> Order<'d> {
    fn delivered(&mut self, delivery: &'d Delivery<'d>) {
        if !delivery.is_genuine() || !delivery.is_accepted() {
            return;
        }
        for event in delivery.events() {
            let (Some(contact), Some(property)) = (text_of(&event["objectId"]), event["propertyName"].as_str()) else {
                continue;
            };
            let (Some(at), Some(value)) = (event["occurredAt"].as_i64(), text_of(&event["propertyValue"])) else {
                continue;
            };
            let place = (contact, property.to_owned());
            if !self.is_taken(property) {
                let latest = self.other.entry(place).or_insert(at);
                self.other_came_late |= *latest > at;
                *latest = at.max(*latest);
                continue;
            }
            let n = delivery.n;
            match self.latest.get(&place) {
                Some(latest) if latest.at > at => {
                    if latest.value != value {
                        let (came, later_n, later) = (delivery.at, latest.n, latest.value.clone());
                        let before = self.late.insert(place, Late { n, came, later_n, value, later });
                        self.over(before, delivery.at);
                        self.came_late = true;
                    }
                }
                _ => {
                    // What is said last is done rightly whatever came before.
                    let before = self.late.remove(&place);
                    self.over(before, delivery.at);
                    self.latest.insert(place, Said { at, value, n });
                }
            }
        }
    }

    /// One that came late is followed by another event: until now its effect could be seen.
    fn over(&mut self, late: Option<Late>, at: Moment) {
        if late.is_some_and(|late| self.digest.settled_by(late.came, at)) {
            self.tally.exercise();
        }
    }

    /// Whether the master takes a property from the copy.
    fn is_taken(&self, property: &str) -> bool {
        let contract = self.digest.contract;
        let opt_out = contract.governance.consent.as_ref().is_some_and(|consent| consent.opt_out == property);
        let mut fields = contract.mapping.iter().flat_map(|mapping| &mapping.fields);
        opt_out || fields.any(|field| field.owner == Owner::Copy && field.to == property)
    }

    fn changed(&mut self, change: &'d Change<'d>) {
        let digest = self.digest;
        let undone = self.late.iter().find(|((contact, property), late)| {
            let life = digest.life(Owner::Copy, change.object, contact);
            let version = life.and_then(|life| life.at(change.n));
            let person = version.and_then(|version| digest.person(Owner::Copy, change.object, &version.values));
            // Whoever changed the person in the copy or the master since may have been the cause.
            person.is_some_and(|person| {
                change.people.contains(&person)
                    && !digest.touched(change.object, &person, late.n, change.n)
                    && shows(digest, change, property, late)
            })
        });
        let Some(((contact, property), late)) = undone else { return };
        let what = format!(
            "at {} the master was given what a late event said of {property} of contact {contact} (`{}`), after a later \
             event had said `{}`",
            digest.hms(change.at),
            late.value,
            late.later
        );
        self.tally.broken([late.later_n, late.n, change.n], what);
    }
}

/// Whether a change of the master gave it the late event's value.
fn shows(digest: &Digest<'_>, change: &Change<'_>, property: &str, late: &Late) -> bool {
    let changed = |column: &str| change.changed().any(|name| name == column);
    let now = |column: &str| change.after.get(column).map_or("", String::as_str);
    let contract = digest.contract;
    let consent = contract.governance.consent.as_ref().filter(|consent| consent.opt_out == property);
    if let Some(consent) = consent {
        let out = now(&consent.column) != consent.allows;
        return changed(&consent.column) && out == (late.value == "true");
    }
    let fields = digest.mapping(change.object).into_iter().flat_map(|mapping| &mapping.fields);
    let mut columns = fields.filter(|field| field.to == property).flat_map(|field| field.from.names());
    columns.any(|column| changed(column) && now(column) == late.value)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::WebhookOrder;
    use crate::clauses::story::{Story, kim};

    fn with_contact() -> Story {
        let mut story = Story::with(&[kim()]);
        story.contact("tester", "created", "101", json!({"email": "kim@example.com"}));
        story.trace.began = 2;
        story
    }

    fn opt_out(value: &str, at: i64) -> Value {
        json!([{
            "eventId": at, "objectId": 101, "subscriptionType": "contact.propertyChange",
            "propertyName": "hs_email_optout", "propertyValue": value, "occurredAt": at,
        }])
    }

    #[test]
    fn a_late_event_without_an_effect_keeps_it() {
        let mut story = with_contact();
        story.delivery(None, Some(204), opt_out("true", 1));
        story.delivery(None, Some(204), opt_out("false", 2));
        story.wait("10m").untested(WebhookOrder);
        story.delivery(None, Some(204), opt_out("true", 1));
        story.untested(WebhookOrder);
        story.wait("10m").kept(WebhookOrder);
    }

    #[test]
    fn of_a_property_that_the_master_does_not_take_nothing_is_seen() {
        let mut story = with_contact();
        let named = |at: i64| {
            json!([{
                "objectId": 101, "propertyName": "firstname", "propertyValue": at.to_string(), "occurredAt": at,
            }])
        };
        story.delivery(None, Some(204), named(1));
        story.delivery(None, Some(204), named(2));
        story.untested_for(WebhookOrder, "no event came after a later one");
        story.delivery(None, Some(204), named(1));
        story.untested_for(WebhookOrder, "properties that the master does not take");
    }

    #[test]
    fn one_that_is_believed_breaks_it() {
        let mut story = with_contact();
        story.delivery(None, Some(204), opt_out("false", 2));
        story.wait("1s").delivery(None, Some(204), opt_out("true", 1));
        story.row("integration", "updated", "1", json!({"marketing_opt_in": "N"}));
        let words =
            "at 00:00:01 the master was given what a late event said of hs_email_optout of contact 101 (`true`)";
        story.broken(WebhookOrder, &[3, 4, 5], words);
    }

    #[test]
    fn an_opt_out_that_is_said_again_later_is_to_be_carried() {
        let mut story = with_contact();
        story.delivery(None, Some(204), opt_out("false", 2));
        story.delivery(None, Some(204), opt_out("true", 1));
        story.delivery(None, Some(204), opt_out("true", 3));
        story.row("integration", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.wait("10m").untested_for(WebhookOrder, "another event came, before one that came late");
        story.delivery(None, Some(204), opt_out("false", 2));
        story.wait("10m").delivery(None, Some(204), opt_out("true", 4));
        story.kept(WebhookOrder);
    }

    #[test]
    fn a_late_return_undoes_no_opt_out() {
        let mut story = with_contact();
        story.delivery(None, Some(204), opt_out("true", 2));
        story.row("integration", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.delivery(None, Some(204), opt_out("false", 1));
        story.row("integration", "updated", "1", json!({"marketing_opt_in": "Y"}));
        story.broken(WebhookOrder, &[3, 5, 6], "said of hs_email_optout of contact 101 (`false`)");
    }

    #[test]
    fn what_someone_else_caused_is_no_proof() {
        let mut story = with_contact();
        story.delivery(None, Some(204), opt_out("false", 2));
        story.delivery(None, Some(204), opt_out("true", 1));
        story.contact("tester", "updated", "101", json!({"hs_email_optout": "true"}));
        story.row("integration", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.wait("10m").kept(WebhookOrder);
    }
}
