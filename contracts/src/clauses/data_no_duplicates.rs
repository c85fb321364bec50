//! `data.no-duplicates`: no real record is there twice on one side by the integration's doing. Records without
//! the key are told apart by the fallback key, of which there may be as many as the other side has. What keeps a
//! repetition from making a double is the contract's `idempotency`, and whoever makes a record of the copy without
//! it breaks the promise too, whether or not a double came of it.

use std::collections::{BTreeMap, BTreeSet};

use sim::journal::ChangeKind;

use super::{Rule, Tally};
use crate::digest::{Call, Digest, Life, Op, Person, Seen, Verb, Version, find_text, unescaped, value};
use crate::{Idempotency, Key, Owner, Verdict, transformed};

pub(super) const SENTENCE: &str = "No record is made twice for one real record.";

/// What someone else made so shortly before need not have been seen yet: a search lags
/// (facts/hubspot-crm.md §3).
const UNSEEN_MS: i64 = 5_000;

struct NoDuplicates<'d> {
    digest: &'d Digest<'d>,
    /// The texts that the copy was asked for, as they were sent; and whether it was asked for all of a type.
    asked: BTreeSet<String>,
    listed: BTreeSet<usize>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(NoDuplicates { digest, asked: BTreeSet::new(), listed: BTreeSet::new(), tally: Tally::default() })
}

impl<'d> Rule<'d> for NoDuplicates<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        if call.side != Some(Owner::Copy) {
            return;
        }
        match (call.verb, self.digest.contract.reliability.idempotency) {
            (Verb::Create, by) if call.took_effect => call.ops.iter().for_each(|op| self.made(call, op, by)),
            (Verb::Read | Verb::Search, Idempotency::Lookup) => self.looked(call),
            _ => {}
        }
    }

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

impl<'d> NoDuplicates<'d> {
    /// Remembers what was looked for.
    fn looked(&mut self, call: &'d Call<'d>) {
        let asked = &mut self.asked;
        if let Some(body) = call.request() {
            find_text(body, &mut |text| -> Option<()> {
                asked.insert(text.to_owned());
                None
            });
        }
        asked.extend(call.what.target.split(['/', '?', '&', '=']).map(unescaped));
        if call.what.operation == "objects.list" {
            self.listed.extend(call.object);
        }
    }

    /// Judges a record that is made in the copy by the means that the contract has against doubles.
    fn made(&mut self, call: &'d Call<'d>, op: &Op, by: Idempotency) {
        let Some((object, person)) = call.object.zip(op.person.as_ref()) else { return };
        let Some(mapping) = self.digest.mapping(object) else { return };
        let (fallback, keyed) = match person {
            Person::Key(_) => (None, true),
            Person::Fallback(text) => (mapping.keys.fallback.as_ref().zip(Some(text)), false),
        };
        let missing = match by {
            Idempotency::MatchKey => {
                let left_out = fallback.is_some_and(|(key, text)| self.had_key(call, object, key, text));
                left_out.then(|| format!("without its {}", mapping.keys.key.property))
            }
            Idempotency::Lookup => {
                let key = if keyed { Some(&mapping.keys.key) } else { mapping.keys.fallback.as_ref() };
                let looked = key.is_some_and(|key| {
                    let same = |text: &String| transformed([text.as_str()], &key.transforms) == person.to_string();
                    self.listed.contains(&object) || self.asked.iter().any(same)
                });
                (!looked).then(|| "and had not been looked for".to_owned())
            }
        };
        if let Some(missing) = missing {
            let (at, name) = (self.digest.hms(call.at), &self.digest.object(object).name);
            self.tally.broken([call.n], format!("at {at} the {name} {person} was made {missing}"));
        }
    }

    /// Whether every row with a fallback key had the key, and had had it so long that it must have been seen.
    fn had_key(&self, call: &Call<'_>, object: usize, fallback: &Key, text: &str) -> bool {
        let Some(mapping) = self.digest.mapping(object) else { return false };
        let since = call.at.plus(-self.digest.contract.freshness.within.0);
        let has = |version: &Version, key: &Key, is: &dyn Fn(&str) -> bool| {
            is(&transformed([value(&version.values, &key.column)], &key.transforms))
        };
        let keyed = |life: &Life| {
            let known: Vec<_> = life.0.iter().filter(|version| version.n <= call.n).collect();
            let old = known.iter().rposition(|version| version.at <= since).unwrap_or_default();
            known[old..].iter().all(|version| has(version, &mapping.keys.key, &|key| !key.is_empty()))
        };
        let mut rows = self.digest.lives.iter().filter(|((side, of, _), life)| {
            let is = |version: &Version| has(version, fallback, &|other| other == text);
            (*side, *of) == (Owner::Master, object) && life.at(call.n).is_some_and(is)
        });
        rows.clone().next().is_some() && rows.all(|(_, life)| keyed(life))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Clause::DataNoDuplicates;
    use crate::Contract;
    use crate::clauses::story::{SEARCH, Story, customer, kim, kims};

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
    const CREATE: &str = "POST /crm/v3/objects/contacts";

    /// Two new contacts: one by address, one by number.
    fn two(asked: Option<&str>, number: serde_json::Value) -> Story {
        let mut row = customer("lee@example.com", "Lee", "Y");
        row["mobile"] = "+61491570156".into();
        let mut story = Story::with(&[kim(), by_number(number), ("3", row)]);
        for text in asked.into_iter().flat_map(|texts| texts.split(' ')) {
            story.call(SEARCH, 200, json!({"filterGroups": [{"filters": [{"propertyName": "email", "value": text}]}]}));
        }
        story.call(CREATE, 201, json!({"properties": {"email": "kim@example.com"}}));
        story.contact("integration", "created", "101", json!({"email": "kim@example.com"}));
        story.call(CREATE, 201, json!({"properties": {"mobilephone": "+61491570006"}}));
        story.contact("integration", "created", "102", json!({"mobilephone": "+61491570006"}));
        story
    }

    fn by_number(address: serde_json::Value) -> (&'static str, serde_json::Value) {
        let (_, mut row) = by_mobile();
        row["email"] = address;
        ("2", row)
    }

    #[test]
    fn a_record_made_without_the_key_that_its_row_has_breaks_it() {
        two(None, json!("")).kept(DataNoDuplicates);
        two(None, json!("ann@example.com")).broken(
            DataNoDuplicates,
            &[6],
            "at 00:00:00 the customer +61491570006 was made without its email",
        );
        let mut story = Story::with(&[by_mobile()]);
        story.row("tester", "updated", "1", json!({"email": "ann@example.com"}));
        story.wait("1m").call(CREATE, 201, json!({"properties": {"mobilephone": "+61491570006"}}));
        story.untested(DataNoDuplicates);
        story.wait("1h").call(CREATE, 201, json!({"properties": {"mobilephone": "+61491570006"}}));
        story.broken(DataNoDuplicates, &[4], "was made without its email");
    }

    #[test]
    fn where_it_is_promised_a_record_is_looked_for_before_it_is_made() {
        let mut contract = Contract::retail().clone();
        contract.reliability.idempotency = crate::Idempotency::Lookup;
        let verdict = |asked| two(asked, json!("")).verdict_by(&contract, DataNoDuplicates);
        assert_eq!(verdict(Some("Kim@Example.com +61491570006")), crate::Verdict::Kept);
        let crate::Verdict::Broken { evidence, what } = verdict(Some("kim@example.com")) else { panic!("it was not") };
        assert_eq!((evidence, what.contains("+61491570006 was made and had not been looked for")), (vec![7], true));
        assert!(matches!(verdict(None), crate::Verdict::Broken { evidence, .. } if evidence == [4, 6]));
    }
}
