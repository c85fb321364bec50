//! `consent.only-subscribed`: nobody is copied who does not allow it, once anybody is copied. Who took it back so shortly before that it
//! need not have been seen is no fault, nor one whom another row of the same key allows.

use super::{Rule, Tally};
use crate::digest::{Call, Digest, Life, Op, Seen, Verb};
use crate::{Owner, Verdict};

pub(super) const SENTENCE: &str = "Only those are copied who allow it at the time.";

struct OnlySubscribed<'d> {
    digest: &'d Digest<'d>,
    /// Something was written to the copy when there was someone who did not allow it.
    wrote: bool,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(OnlySubscribed { digest, wrote: false, tally: Tally::default() })
}

impl<'d> Rule<'d> for OnlySubscribed<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        match seen {
            Seen::Change(change) => {
                let refuses = self.digest.consents(change.object, &change.after) == Some(false);
                if change.side == Owner::Master && refuses && !change.people.is_empty() {
                    self.tally.exercise();
                }
            }
            Seen::Call(call) => {
                self.wrote |= call.side == Some(Owner::Copy) && call.verb.writes() && self.tally.exercised() > 0;
                let writes = call.verb.writes() && call.verb != Verb::Archive;
                if call.side == Some(Owner::Copy) && writes && call.took_effect {
                    call.ops.iter().for_each(|op| self.written(call, op));
                }
            }
            Seen::Delivery(_) => {}
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        let reason = match self.tally.exercised() {
            0 => "every row of the master allows a copy",
            _ => "nothing was written to the copy",
        };
        if !self.wrote {
            self.tally.unexercise();
        }
        self.tally.verdict(reason)
    }
}

impl<'d> OnlySubscribed<'d> {
    fn written(&mut self, call: &'d Call<'d>, op: &Op) {
        let digest = self.digest;
        let Some((object, person)) = call.object.zip(op.person.as_ref()) else { return };
        let Some(mapping) = digest.mapping(object) else { return };
        if !op.values.keys().any(|name| mapping.fields.iter().any(|field| field.to == *name)) {
            return;
        }
        let rows: Vec<_> = digest
            .of_person(Owner::Master, object, person)
            .filter(|(_, life)| life.at(call.n).is_some_and(|row| digest.consents(object, &row.values).is_some()))
            .collect();
        if !rows.is_empty() && !rows.iter().any(|(_, life)| self.allowed(call, object, life)) {
            let (at, name) = (digest.hms(call.at), &digest.object(object).name);
            let evidence = [call.n].into_iter().chain(rows.iter().filter_map(|(_, life)| Some(life.at(call.n)?.n)));
            // The row is the older entry; the call is what is wrong.
            let evidence: Vec<u64> = evidence.filter(|n| digest.ran(*n)).collect();
            self.tally.broken(evidence, format!("at {at} the {name} {person} was copied, who does not allow it"));
        }
    }

    /// Whether a row allowed it at the time, or so shortly before that it need not have been seen.
    fn allowed(&self, call: &Call<'_>, object: usize, life: &Life) -> bool {
        let since = call.at.plus(-self.digest.contract.freshness.within.0);
        let known: Vec<_> = life.0.iter().filter(|version| version.n <= call.n).collect();
        let old = known.iter().rposition(|version| version.at <= since).unwrap_or_default();
        known[old..].iter().any(|version| self.digest.consents(object, &version.values) == Some(true))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::ConsentOnlySubscribed;
    use crate::clauses::story::{CUSTOMERS, Story, customer, kim, kims};

    #[test]
    fn one_who_does_not_allow_it_may_not_be_copied() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        story.untested(ConsentOnlySubscribed);
        let mut story = Story::with(&[kim(), ("2", customer("lee@example.com", "Lee", "N"))]);
        story.call(CUSTOMERS, 200, Value::Null);
        story.untested(ConsentOnlySubscribed);
        story.upsert(&[kims()]);
        story.kept(ConsentOnlySubscribed);
        story.upsert(&[("102", "lee@example.com", json!({"firstname": "Lee"}))]);
        story.broken(ConsentOnlySubscribed, &[6], "at 00:00:00 the customer lee@example.com was copied");
    }

    #[test]
    fn who_took_it_back_a_moment_ago_need_not_have_been_seen() {
        let mut story = Story::with(&[kim()]);
        story.row("tester", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.wait("1m").upsert(&[kims()]);
        story.kept(ConsentOnlySubscribed);
        story.wait("10m").upsert(&[kims()]);
        story.broken(ConsentOnlySubscribed, &[2, 5], "at 00:11:00");
    }

    #[test]
    fn a_contact_who_is_no_customer_is_not_judged() {
        let mut story = Story::with(&[("2", customer("lee@example.com", "Lee", "N"))]);
        story.upsert(&[kims()]);
        story.kept(ConsentOnlySubscribed);
    }
    #[test]
    fn a_note_by_address_copies_nobody_and_a_contact_made_by_it_does() {
        let mut story = Story::with(&[("2", customer("lee@example.com", "Lee", "N"))]);
        story.contact("tester", "created", "102", json!({"email": "lee@example.com"}));
        story.wait("10m").upsert(&[("102", "lee@example.com", json!({"hs_lead_status": "OPEN"}))]);
        story.kept(ConsentOnlySubscribed);
        let mut story = Story::with(&[("2", customer("lee@example.com", "Lee", "N"))]);
        story.upsert(&[("102", "lee@example.com", json!({"hs_lead_status": "OPEN"}))]);
        story.broken(ConsentOnlySubscribed, &[2], "the customer lee@example.com was copied");
    }
}
