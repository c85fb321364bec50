//! `ownership.no-echo`: what was carried from one side to the other is not written back. A write back is one about
//! the same person, to the side that the change came from, within the suppression window, with nobody else's
//! change in between; it need not have had an effect. Who believes a forged delivery breaks another clause.

use std::collections::BTreeMap;

use sim::Moment;

use super::{Rule, Tally};
use crate::digest::{Call, Change, Delivery, Digest, Op, Person, Seen, Verb};
use crate::{Owner, Verdict};

pub(super) const SENTENCE: &str = "What came from one side is not written back to it.";

/// What is known of one person.
#[derive(Default)]
struct Track {
    /// Someone's change on the master, or the copy, that has not been carried over.
    on_master: bool,
    on_copy: bool,
    /// The latest carriage: from which side, when, and by which call.
    carried: Option<(Owner, Moment, u64)>,
    /// The names of what the integration's latest change of the master changed.
    changed: Option<(u64, Vec<String>)>,
}

/// A write back, unless a forged delivery turns out to have been under way before it.
struct Suspect {
    whom: (usize, Person),
    at: Moment,
    evidence: [u64; 2],
    what: String,
}

struct NoEcho<'d> {
    digest: &'d Digest<'d>,
    tracks: BTreeMap<(usize, Person), Track>,
    suspects: Vec<Suspect>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(NoEcho { digest, tracks: BTreeMap::new(), suspects: Vec::new(), tally: Tally::default() })
}

impl Track {
    fn open(&mut self, side: Owner) -> &mut bool {
        match side {
            Owner::Master => &mut self.on_master,
            Owner::Copy => &mut self.on_copy,
        }
    }
}

impl<'d> Rule<'d> for NoEcho<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        match seen {
            Seen::Change(change) => self.changed(change),
            Seen::Call(call) if call.verb.writes() && call.verb != Verb::Archive => self.written(call),
            Seen::Delivery(delivery) if delivery.what.forged.is_some() => self.forged(delivery),
            _ => {}
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        for Suspect { evidence, what, .. } in std::mem::take(&mut self.suspects) {
            self.tally.broken(evidence, what);
        }
        self.tally.verdict("no change was carried from one side to the other")
    }
}

impl<'d> NoEcho<'d> {
    /// What is written for those whom a forged delivery names has its cause in that. A delivery stands in the
    /// journal once it was answered: who works before answering has written by then.
    fn forged(&mut self, delivery: &Delivery<'_>) {
        for id in delivery.named() {
            for object in 0..self.digest.contract.objects.len() {
                let life = self.digest.life(Owner::Copy, object, &id).and_then(|life| life.at(delivery.n));
                let person = life.and_then(|copy| self.digest.person(Owner::Copy, object, &copy.values));
                let Some(whom) = person.map(|person| (object, person)) else { continue };
                let since = delivery.what.sent_at;
                self.suspects.retain(|suspect| suspect.whom != whom || suspect.at < since);
                if let Some(track) = self.tracks.get_mut(&whom) {
                    track.carried = None;
                }
            }
        }
    }

    fn changed(&mut self, change: &'d Change<'d>) {
        for person in &change.people {
            let track = self.tracks.entry((change.object, person.clone())).or_default();
            if change.foreign {
                *track.open(change.side) = true;
                track.carried = None;
            } else if change.side == Owner::Master {
                track.changed = Some((change.n, change.changed().map(str::to_owned).collect()));
            }
        }
    }

    fn written(&mut self, call: &'d Call<'d>) {
        let (Some(side), Some(object)) = (call.side, call.object) else { return };
        if !call.succeeded() && !call.took_effect {
            return;
        }
        let window = self.digest.contract.reliability.suppression.0;
        for op in &call.ops {
            let Some(person) = &op.person else { continue };
            let mapped = self.touches_mapped(object, side, op);
            let track = self.tracks.entry((object, person.clone())).or_default();
            let changed = track.changed.take().filter(|_| side == Owner::Master);
            if std::mem::take(track.open(side.other())) {
                track.carried = Some((side.other(), call.at, call.n));
                self.tally.exercise();
                continue;
            }
            let Some((from, at, by)) = track.carried else { continue };
            // A note of the other side's id is no echo.
            let noted = changed.is_some_and(|(n, names)| n > by && only_notes(self.digest, object, op, &names));
            if from == side && call.at.since(at) <= window && mapped && !noted {
                let (now, then) = (self.digest.hms(call.at), self.digest.hms(at));
                let (from, to) = match from {
                    Owner::Master => ("master", "copy"),
                    Owner::Copy => ("copy", "master"),
                };
                let what = format!(
                    "at {now} {person} was written back to the {from}, from where the {to} had got the change at {then}"
                );
                let whom = (object, person.clone());
                self.suspects.push(Suspect { whom, at: call.at, evidence: [by, call.n], what });
            }
        }
    }

    /// Whether a write is about a field that travels.
    fn touches_mapped(&self, object: usize, side: Owner, op: &Op) -> bool {
        op.values.keys().any(|name| travels(self.digest, object, side, name))
    }
}

/// Whether a change of the master changed something that was sent, and nothing that travels.
fn only_notes(digest: &Digest<'_>, object: usize, op: &Op, changed: &[String]) -> bool {
    let mut sent = changed.iter().filter(|name| op.values.contains_key(*name)).peekable();
    sent.peek().is_some() && !sent.any(|name| travels(digest, object, Owner::Master, name))
}

fn travels(digest: &Digest<'_>, object: usize, side: Owner, name: &str) -> bool {
    let Some(mapping) = digest.mapping(object) else { return false };
    let consent = digest.contract.governance.consent.as_ref();
    let consent = consent.filter(|consent| consent.object == mapping.object);
    match side {
        Owner::Master => {
            consent.is_some_and(|consent| consent.column == name)
                || mapping.fields.iter().any(|field| field.from.names().iter().any(|column| column == name))
        }
        Owner::Copy => {
            consent.is_some_and(|consent| consent.opt_out == name)
                || mapping.fields.iter().any(|field| field.to == name)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Clause::OwnershipNoEcho;
    use crate::clauses::story::{Story, customer, kim, kims};

    /// A person's new contact, and the customer that the integration makes of it.
    fn lead() -> Story {
        let mut story = Story::with(&[]);
        story.contact("tester", "created", "101", json!({"email": "kim@example.com", "firstname": "Kim"}));
        story.row("integration", "created", "1", customer("kim@example.com", "Kim", "Y"));
        story.call("POST /erp/v1/customers/", 201, customer("kim@example.com", "Kim", "Y"));
        story
    }

    #[test]
    fn a_new_contact_is_not_written_back() {
        let mut story = lead();
        story.kept(OwnershipNoEcho);
        story.wait("1m").upsert(&[kims()]);
        story.broken(OwnershipNoEcho, &[3, 4], "at 00:01:00 kim@example.com was written back to the copy");
    }

    #[test]
    fn a_change_by_someone_else_in_between_is_carried() {
        let mut story = lead();
        story.row("tester", "updated", "1", json!({"last_name": "Leigh"}));
        story.wait("1m").upsert(&[kims()]);
        story.kept(OwnershipNoEcho);
    }

    #[test]
    fn after_the_window_it_is_no_echo() {
        let mut story = lead();
        story.wait("6m").upsert(&[kims()]);
        story.kept(OwnershipNoEcho);
    }

    #[test]
    fn a_load_that_is_repeated_is_no_echo_and_a_write_back_without_effect_is_one() {
        let mut story = Story::with(&[kim()]);
        story.untested(OwnershipNoEcho);
        story.upsert(&[kims()]);
        story.wait("1s").upsert(&[kims()]);
        story.kept(OwnershipNoEcho);
        story.call("PUT /erp/v1/customers/1", 200, customer("kim@example.com", "Kim", "Y"));
        story.broken(OwnershipNoEcho, &[2, 6], "was written back to the master");
    }

    #[test]
    fn what_a_forged_delivery_caused_is_no_echo() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        story.delivery(Some("unsigned"), Some(204), json!([{"objectId": 101}]));
        story.call("PUT /erp/v1/customers/1", 200, customer("kim@example.com", "Kim", "N"));
        story.kept(OwnershipNoEcho);
    }

    #[test]
    fn nor_is_it_where_the_delivery_was_answered_after_the_write() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        story.call("PUT /erp/v1/customers/1", 200, customer("kim@example.com", "Kim", "N"));
        story.delivery(Some("unsigned"), Some(204), json!([{"objectId": 101}]));
        story.kept(OwnershipNoEcho);
        story.wait("1m").call("PUT /erp/v1/customers/1", 200, customer("kim@example.com", "Kim", "Y"));
        story.kept(OwnershipNoEcho);
    }

    #[test]
    fn a_note_of_the_contacts_id_is_no_echo() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        story.row("integration", "updated", "1", json!({"crm_id": "101"}));
        let mut row = customer("kim@example.com", "Kim", "Y");
        row["crm_id"] = "101".into();
        story.call("PUT /erp/v1/customers/1", 200, row);
        story.kept(OwnershipNoEcho);
    }
    #[test]
    fn the_address_that_a_record_is_written_by_is_no_echo() {
        let mut story = lead();
        story.wait("1m").upsert(&[("101", "kim@example.com", json!({"hs_lead_status": "OPEN"}))]);
        story.kept(OwnershipNoEcho);
        let by_address = "PATCH /crm/v3/objects/contacts/kim%40example.com?idProperty=email";
        story.call(by_address, 200, json!({"properties": {"hs_lead_status": "OPEN"}}));
        story.kept(OwnershipNoEcho);
        story.call(by_address, 200, json!({"properties": {"firstname": "Kim"}}));
        story.broken(OwnershipNoEcho, &[3, 7], "kim@example.com was written back to the copy");
    }
}
