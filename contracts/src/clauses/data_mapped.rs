//! `data.mapped`: a copy's fields hold what the contract says they become. A value of an earlier version of the
//! row is another clause's business, and so is one that somebody else wrote. Where the master has nothing, a value
//! may stay, but not be made up.

use super::{Rule, Tally};
use crate::digest::{Digest, Seen, Values, value};
use crate::{Owner, Verdict};

pub(super) const SENTENCE: &str = "Every mapped field of a copy holds what the master's value becomes.";

struct Mapped<'d> {
    digest: &'d Digest<'d>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Mapped { digest, tally: Tally::default() })
}

impl<'d> Rule<'d> for Mapped<'d> {
    fn see(&mut self, _: Seen<'d>) {}

    fn verdict(mut self: Box<Self>) -> Verdict {
        for object in 0..self.digest.contract.objects.len() {
            for (id, row) in self.digest.at_end(Owner::Master, object) {
                self.compare(object, id, row);
            }
        }
        self.tally.verdict("no row had a copy by the integration for long enough")
    }
}

impl Mapped<'_> {
    fn compare(&mut self, object: usize, id: &str, row: &Values) {
        let digest = self.digest;
        let Some((person, mapping)) = digest.person(Owner::Master, object, row).zip(digest.mapping(object)) else {
            return;
        };
        if !digest.qualifies(object, row) || digest.refused(object, &person) {
            return;
        }
        let written = digest.written(object, &person).filter(|written| written.taken);
        let one =
            digest.only_at_end(Owner::Master, object, &person).and(digest.only_at_end(Owner::Copy, object, &person));
        let (Some(written), Some((copy_id, copy))) = (written, one) else { return };
        let lives = digest.life(Owner::Master, object, id).zip(digest.life(Owner::Copy, object, copy_id));
        let Some((life, copied)) = lives else { return };
        let since = life.live().zip(copied.live()).map(|(row, copy)| row.at.max(copy.at));
        if !since.is_some_and(|since| digest.settled(since)) {
            return;
        }
        self.tally.exercise();
        for field in mapping.fields.iter().filter(|field| field.owner == Owner::Master) {
            let (expected, actual) = (digest.mapped(field, row), digest.kept(&field.to, value(copy, &field.to)));
            let earlier = life.0.iter().any(|version| digest.mapped(field, &version.values) == actual);
            let set_by = copied.set_by(&field.to);
            // What the master does not know need not blank what the copy knows.
            let known = expected.is_empty() && (actual.is_empty() || set_by.is_none_or(|version| version.foreign));
            if known || expected == actual || (earlier && !actual.is_empty()) {
                continue;
            }
            if set_by.is_some_and(|version| version.foreign && digest.ran(version.n)) {
                continue;
            }
            let evidence = set_by.filter(|version| !version.foreign).map_or(written.n, |version| version.n);
            let name = &digest.object(object).name;
            let what = format!(
                "at {} the {name} {id} had `{actual}` in {}, and it was to be `{expected}`",
                digest.hms(digest.ended()),
                field.to,
            );
            self.tally.broken([evidence], what);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Clause::DataMapped;
    use crate::clauses::story::{Story, customer, kim, kims};

    #[test]
    fn names_that_were_swapped_break_it() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[("101", "kim@example.com", json!({"firstname": "Lee", "lastname": "Kim"}))]);
        story.untested(DataMapped);
        story.wait("5m");
        story.broken(DataMapped, &[3], "at 00:05:00 the customer 1 had `Lee` in firstname, and it was to be `Kim`");
        story.upsert(&[kims()]);
        story.wait("5m");
        story.kept(DataMapped);
    }

    #[test]
    fn a_property_that_was_never_sent_breaks_it() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[("101", "kim@example.com", json!({"firstname": "Kim"}))]);
        story.wait("5m");
        story.broken(DataMapped, &[3], "had `` in lastname, and it was to be `Lee`");
    }

    #[test]
    fn what_others_wrote_and_what_is_not_known_is_no_fault() {
        let mut story = Story::with(&[("1", customer("KIM@example.com", "", "Y"))]);
        story.contact("tester", "created", "101", json!({"email": "kim@example.com", "firstname": "Kim"}));
        story.upsert(&[("101", "kim@example.com", json!({"lastname": "Lee"}))]);
        story.contact("tester", "updated", "101", json!({"lastname": "Leigh"}));
        story.wait("5m");
        story.kept(DataMapped);
    }

    #[test]
    fn a_value_that_the_master_never_had_is_not_made_up() {
        let mut story = Story::with(&[("1", customer("kim@example.com", "", "Y"))]);
        story.upsert(&[kims()]);
        story.wait("5m");
        story.broken(DataMapped, &[3], "had `Kim` in firstname, and it was to be ``");
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        story.row("tester", "updated", "1", json!({"first_name": ""}));
        story.wait("5m");
        story.kept(DataMapped);
    }

    #[test]
    fn two_rows_with_one_address_are_not_judged() {
        let mut story = Story::with(&[kim(), ("2", customer("kim@example.com", "Kimberley", "Y"))]);
        story.upsert(&[kims()]);
        story.wait("5m");
        story.untested(DataMapped);
    }
}
