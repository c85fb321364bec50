//! `data.complete`: whoever is to have a copy has one, once there was time for it. Left out are those whom the
//! copy refused and those whose copy someone else took away.

use sim::journal::ChangeKind;

use super::{Rule, Tally};
use crate::digest::{Digest, Person, Seen, value};
use crate::{Owner, Verdict, transformed};

pub(super) const SENTENCE: &str = "Every row of the master that is to have a copy has one.";

struct Complete<'d> {
    digest: &'d Digest<'d>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Complete { digest, tally: Tally::default() })
}

impl<'d> Rule<'d> for Complete<'d> {
    fn see(&mut self, _: Seen<'d>) {}

    fn verdict(mut self: Box<Self>) -> Verdict {
        let digest = self.digest;
        for object in 0..digest.contract.objects.len() {
            for (id, row) in digest.at_end(Owner::Master, object) {
                let Some(person) = digest.person(Owner::Master, object, row) else { continue };
                let settled = digest
                    .life(Owner::Master, object, id)
                    .and_then(|life| life.live())
                    .is_some_and(|version| digest.settled(version.at));
                let excused = digest.refused(object, &person) || taken_away(digest, object, &person);
                if !settled || !digest.qualifies(object, row) || excused {
                    continue;
                }
                self.tally.exercise();
                if !digest.is_at_end(Owner::Copy, object, &person) && !found_by_fallback(digest, object, id) {
                    let evidence = digest.written(object, &person).map_or(digest.last(), |written| written.n);
                    let name = &digest.object(object).name;
                    let what = format!("at {} the {name} {id} ({person}) had no copy", digest.hms(digest.ended()));
                    self.tally.broken([evidence], what);
                }
            }
        }
        self.tally.verdict("no row that is to have a copy had been there long enough")
    }
}

/// Whether a copy of the person was archived by someone else than the integration.
fn taken_away(digest: &Digest<'_>, object: usize, person: &Person) -> bool {
    let archived = |version: &crate::digest::Version| version.kind.ends() && version.foreign;
    digest.of_person(Owner::Copy, object, person).any(|(_, life)| life.0.last().is_some_and(archived))
}

/// Whether a copy without the key has the row's fallback key.
fn found_by_fallback(digest: &Digest<'_>, object: usize, id: &str) -> bool {
    let fallback = digest.mapping(object).and_then(|mapping| mapping.keys.fallback.as_ref());
    let row = digest.at_end(Owner::Master, object).find(|(known, _)| *known == id);
    fallback.zip(row).is_some_and(|(key, (_, row))| {
        let text = transformed([value(row, &key.column)], &key.transforms);
        !text.is_empty() && digest.is_at_end(Owner::Copy, object, &Person::Fallback(text))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::DataComplete;
    use crate::clauses::story::{CUSTOMERS, Story, UPSERT, batch, customer, kim, kims};

    #[test]
    fn a_customer_without_a_copy_breaks_it_once_there_was_time() {
        let mut story = Story::with(&[kim(), ("2", customer("no@example.com", "No", "N"))]);
        story.call(CUSTOMERS, 200, Value::Null);
        story.wait("4m");
        story.untested(DataComplete);
        story.wait("1m");
        story.broken(DataComplete, &[3], "at 00:05:00 the customer 1 (kim@example.com) had no copy");
        story.upsert(&[kims()]);
        story.kept(DataComplete);
    }

    #[test]
    fn a_key_is_compared_as_the_contract_says_and_a_merged_row_has_none() {
        let mut merged = customer("other@example.com", "Kim", "Y");
        merged["merged_into"] = "1".into();
        let mut story = Story::with(&[("1", customer(" Kim@Example.com", "Kim", "Y")), ("2", merged)]);
        story.upsert(&[kims()]);
        story.wait("1h");
        story.kept(DataComplete);
    }

    #[test]
    fn without_an_address_the_mobile_number_counts() {
        let mut row = customer("", "Kim", "Y");
        row["mobile"] = "+61491570006".into();
        let mut story = Story::with(&[("1", row)]);
        story.wait("1h");
        story.call(CUSTOMERS, 200, Value::Null);
        story.broken(DataComplete, &[2], "(+61491570006) had no copy");
        story.contact("integration", "created", "101", json!({"mobilephone": "+61491570006"}));
        story.kept(DataComplete);
    }

    #[test]
    fn who_was_refused_or_taken_away_is_left_out() {
        let mut story = Story::with(&[kim()]);
        story.call(UPSERT, 400, batch(&["kim@example.com"]));
        story.wait("1h");
        story.untested(DataComplete);
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        story.contact("tester", "archived", "101", json!({}));
        story.wait("1h");
        story.untested(DataComplete);
        let mut story = Story::with(&[("1", customer("no address", "Kim", "Y"))]);
        story.wait("1h");
        story.untested(DataComplete);
    }

    fn refused(properties: Value, category: &str) -> Story {
        let mut story = Story::with(&[kim()]);
        story.call(
            UPSERT,
            400,
            json!({"inputs": [{"id": "kim@example.com", "idProperty": "email", "properties": properties}]}),
        );
        story.but("response_body", json!({"message": category}));
        story.wait("1h");
        story
    }

    #[test]
    fn a_refusal_that_is_the_integrations_own_fault_excuses_nothing() {
        refused(json!({"firstname": "Kim"}), "INVALID_EMAIL").untested(DataComplete);
        let own = "(kim@example.com) had no copy";
        refused(json!({"firstname": "Lee"}), "INVALID_EMAIL").broken(DataComplete, &[2], own);
        refused(json!({"nickname": "Kim"}), "INVALID_EMAIL").broken(DataComplete, &[2], own);
        refused(json!({"firstname": "Kim"}), "PROPERTY_DOESNT_EXIST").broken(DataComplete, &[2], own);
    }

    #[test]
    fn results_in_part_are_compared_by_their_keys() {
        let mut story = Story::with(&[kim(), ("2", customer("akim@example.com", "Kim", "Y"))]);
        story.call(UPSERT, 207, batch(&["akim@example.com", "kim@example.com"]));
        story.but("response_body", json!({"results": [{"id": "102", "properties": {"email": "akim@example.com"}}]}));
        story.contact("integration", "created", "102", json!({"email": "akim@example.com"}));
        story.wait("1h");
        story.kept(DataComplete);
        story.call(UPSERT, 207, batch(&["kim@example.com"]));
        story.but("response_body", json!({"results": [{"id": "101", "properties": {"email": "kim@example.com"}}]}));
        story.broken(DataComplete, &[5], "(kim@example.com) had no copy");
    }

    #[test]
    fn time_apart_does_not_count() {
        let mut story = Story::with(&[kim()]);
        story.wait("4m").apart("1h");
        story.untested(DataComplete);
    }
}
