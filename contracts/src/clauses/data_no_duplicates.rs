//! `data.no-duplicates`: no real record is there twice on one side by the integration's doing. Records without
//! the key are told apart by the fallback key, of which there may be as many as the other side has.

use std::collections::BTreeMap;

use sim::journal::ChangeKind;

use super::{Rule, Tally};
use crate::digest::{Digest, Person, Seen, Version};
use crate::{Owner, Verdict};

pub(super) const SENTENCE: &str = "No record is made twice for one real record.";

/// What someone else made so shortly before need not have been seen yet: a search lags
/// (facts/hubspot-crm.md §3).
const UNSEEN_MS: i64 = 5_000;

struct NoDuplicates<'d> {
    digest: &'d Digest<'d>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(NoDuplicates { digest, tally: Tally::default() })
}

impl<'d> Rule<'d> for NoDuplicates<'d> {
    fn see(&mut self, _: Seen<'d>) {}

    fn verdict(mut self: Box<Self>) -> Verdict {
        let digest = self.digest;
        let mut groups: BTreeMap<(Owner, usize, Person), Vec<&Version>> = BTreeMap::new();
        let mut made = 0;
        for ((side, object, _), life) in &digest.lives {
            let Some(first) = life.0.first().filter(|first| first.kind == ChangeKind::Created) else { continue };
            made += u64::from(!first.foreign);
            let live = life.live().filter(|version| *side == Owner::Copy || digest.meant(*object, &version.values));
            let person = live.and_then(|version| digest.person(*side, *object, &version.values));
            if let Some(person) = person {
                groups.entry((*side, *object, person)).or_default().push(first);
            }
        }
        if made > 1 {
            self.tally.exercise();
        }
        for ((side, object, person), mut records) in groups {
            let allowed = match &person {
                Person::Key(_) => 1,
                Person::Fallback(_) => digest.of_person(side.other(), object, &person).count().max(1),
            };
            records.sort_by_key(|first| first.n);
            if records.len() <= allowed {
                continue;
            }
            let seen = |made: &Version, other: &Version| !other.foreign || made.at.since(other.at) >= UNSEEN_MS;
            let double = (allowed..records.len()).rev().map(|at| (records[at], records[at - 1]));
            let double = double.into_iter().find(|(made, before)| !made.foreign && seen(made, before));
            if let Some((made, before)) = double {
                let name = &digest.object(object).name;
                let where_to = if side == Owner::Master { "master" } else { "copy" };
                let what = format!("at {} {person} was made a {name} of the {where_to} once more", digest.hms(made.at));
                self.tally.broken([before.n, made.n], what);
            }
        }
        self.tally.verdict("fewer than two records were made")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Clause::DataNoDuplicates;
    use crate::clauses::story::{Story, customer, kim, kims};

    fn by_mobile() -> (&'static str, serde_json::Value) {
        let mut row = customer("", "Kim", "Y");
        row["mobile"] = "+61491570006".into();
        ("1", row)
    }

    #[test]
    fn one_without_an_address_made_twice_breaks_it() {
        let mut story = Story::with(&[by_mobile()]);
        let contact = json!({"mobilephone": "+61491570006"});
        story.contact("integration", "created", "101", contact.clone());
        story.untested(DataNoDuplicates);
        story.contact("integration", "created", "102", json!({"mobilephone": "+61491570156"}));
        story.kept(DataNoDuplicates);
        story.wait("1m").contact("integration", "created", "103", contact);
        story.broken(DataNoDuplicates, &[2, 4], "at 00:01:00 +61491570006 was made a customer of the copy once more");
        story.contact("integration", "archived", "103", json!({}));
        story.kept(DataNoDuplicates);
    }

    #[test]
    fn two_rows_that_share_a_number_may_have_two_copies() {
        let (_, row) = by_mobile();
        let mut story = Story::with(&[("1", row.clone()), ("2", row)]);
        for id in ["101", "102"] {
            story.contact("integration", "created", id, json!({"mobilephone": "+61491570006"}));
        }
        story.kept(DataNoDuplicates);
    }

    #[test]
    fn a_customer_whom_the_master_has_already_breaks_it_and_a_testers_double_does_not() {
        let mut story = Story::with(&[kim(), ("2", customer("kim@example.com", "Kimberley", "Y"))]);
        story.upsert(&[kims(), ("102", "lee@example.com", json!({}))]);
        story.kept(DataNoDuplicates);
        story.wait("1m").row("integration", "created", "3", customer("kim@example.com", "Kim", "N"));
        story.broken(DataNoDuplicates, &[2, 6], "kim@example.com was made a customer of the master once more");
    }
}
