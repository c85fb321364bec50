//! `freshness.promise`: as many changes of the master as promised are in the copy in time. A change counts if the
//! target ran, on the world's clock, for all of the time it had.

use sim::Moment;
use sim::journal::ChangeKind;

use super::{Rule, Tally};
use crate::digest::{Change, Digest, Person, Seen, Values, value};
use crate::{Mapping, Owner, Verdict};

pub(super) const SENTENCE: &str = "The master's changes are in the copy in time.";

struct Promise<'d> {
    digest: &'d Digest<'d>,
    changes: Vec<&'d Change<'d>>,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Promise { digest, changes: Vec::new() })
}

impl<'d> Rule<'d> for Promise<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Change(change) = seen else { return };
        let on_master = change.side == Owner::Master && change.foreign && self.digest.ran(change.n);
        if on_master && !change.kind.ends() && self.counts(change) {
            self.changes.push(change);
        }
    }

    fn verdict(self: Box<Self>) -> Verdict {
        let digest = self.digest;
        let mut tally = Tally::default();
        let mut late = Vec::new();
        for change in &self.changes {
            match self.arrived(change) {
                Some(true) => tally.exercise(),
                Some(false) => {
                    tally.exercise();
                    late.push(change);
                }
                None => {}
            }
        }
        let (all, freshness) = (tally.exercised(), &digest.contract.freshness);
        let in_time = all - late.len() as u64;
        if let Some(first) = late.first().filter(|_| in_time * 100 < u64::from(freshness.share) * all) {
            let what = format!(
                "of {all} changes on the master {} were not in the copy {} later, the first of them made at {}",
                late.len(),
                freshness.within,
                digest.hms(first.at),
            );
            tally.broken(late.iter().map(|change| change.n), what);
        }
        tally.verdict("no change was made on the master while the target ran, with time for it to arrive")
    }
}

impl Promise<'_> {
    /// Whether a change is one that the copy has to show.
    fn counts(&self, change: &Change<'_>) -> bool {
        let Some(mapping) = self.digest.mapping(change.object) else { return false };
        let qualified = |row: &Values| self.digest.qualifies(change.object, row);
        let new = !change.before.as_ref().is_some_and(qualified);
        let differs =
            |before: &Values| expected(self.digest, mapping, before) != expected(self.digest, mapping, &change.after);
        qualified(&change.after) && (new || change.before.as_ref().is_some_and(differs))
    }

    /// Whether it arrived in time; none where that cannot be told.
    fn arrived(&self, change: &Change<'_>) -> Option<bool> {
        let digest = self.digest;
        let until = digest.up_for(change.at, digest.contract.freshness.within.0);
        let person = digest.person(Owner::Master, change.object, &change.after)?;
        let judged = digest.settled(change.at)
            && !digest.apart(change.at, until)
            && !digest.refused(change.object, &person)
            && digest.of_person(Owner::Master, change.object, &person).count() == 1;
        if !judged || self.overtaken(change, &person, until) {
            return None;
        }
        let mapping = digest.mapping(change.object)?;
        let row = digest.life(Owner::Master, change.object, change.id)?;
        // A later version of the row will do as well.
        let rows: Vec<_> = row.0.iter().filter(|row| row.n >= change.n && row.at <= until).collect();
        let wanted: Vec<_> = rows.iter().map(|row| (row.n, expected(digest, mapping, &row.values))).collect();
        let in_time = digest.of_person(Owner::Copy, change.object, &person).any(|(_, life)| {
            let first = life.at(change.n).map_or(change.n, |copy| copy.n);
            let copies = life.0.iter().filter(|copy| copy.n >= first && copy.at <= until && !copy.kind.ends());
            copies.into_iter().any(|copy| {
                let holds =
                    |(property, text): &(&str, String)| digest.kept(property, value(&copy.values, property)) == *text;
                wanted.iter().any(|(n, fields)| (*n <= copy.n || copy.n == first) && fields.iter().all(holds))
            })
        });
        Some(in_time)
    }

    /// Whether somebody changed the row or the copy meanwhile so that it need not arrive.
    fn overtaken(&self, change: &Change<'_>, person: &Person, until: Moment) -> bool {
        let digest = self.digest;
        let meanwhile = |n: u64, at: Moment| n > change.n && at <= until;
        let row = digest.life(Owner::Master, change.object, change.id);
        let gone = row.is_some_and(|row| {
            row.0.iter().filter(|row| meanwhile(row.n, row.at)).any(|row| {
                row.kind.ends()
                    || !digest.qualifies(change.object, &row.values)
                    || digest.person(Owner::Master, change.object, &row.values).as_ref() != Some(person)
            })
        });
        let others = digest
            .of_person(Owner::Copy, change.object, person)
            .any(|(_, life)| life.0.iter().any(|copy| copy.foreign && meanwhile(copy.n, copy.at)));
        gone || others
    }
}

/// What the master's own fields become; those that it does not know are left out.
fn expected<'m>(digest: &Digest<'_>, mapping: &'m Mapping, row: &Values) -> Vec<(&'m str, String)> {
    let fields = mapping.fields.iter().filter(|field| field.owner == Owner::Master);
    let mapped = fields.map(|field| (field.to.as_str(), digest.mapped(field, row)));
    mapped.filter(|(_, text)| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Clause::FreshnessPromise;
    use crate::clauses::story::{Story, customer, kim, kims};

    fn renamed(story: &mut Story, name: &str) -> u64 {
        story.row("tester", "updated", "1", json!({"first_name": name}))
    }

    fn copied(story: &mut Story, name: &str) {
        story.upsert(&[("101", "kim@example.com", json!({"firstname": name}))]);
    }

    #[test]
    fn a_change_that_comes_too_late_breaks_it() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        renamed(&mut story, "Kimberley");
        story.wait("4m");
        story.untested(FreshnessPromise);
        copied(&mut story, "Kimberley");
        story.wait("1m");
        story.kept(FreshnessPromise);
        renamed(&mut story, "K.");
        story.wait("6m");
        copied(&mut story, "K.");
        story.broken(
            FreshnessPromise,
            &[7],
            "of 2 changes on the master 1 were not in the copy 5m later, the first of them made at 00:05:00",
        );
    }

    #[test]
    fn a_new_customer_counts_and_a_later_value_will_do() {
        let mut story = Story::with(&[]);
        story.row("tester", "created", "1", customer("kim@example.com", "K.", "Y"));
        story.wait("1m");
        renamed(&mut story, "Kim");
        story.wait("1m").upsert(&[kims()]);
        story.wait("1h");
        story.kept(FreshnessPromise);
    }

    #[test]
    fn what_does_not_travel_or_was_overtaken_is_not_judged() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        story.row("tester", "updated", "1", json!({"store_id": "7"}));
        story.wait("1h");
        renamed(&mut story, "Kimberley");
        story.wait("1m").row("tester", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.wait("1h");
        story.untested(FreshnessPromise);
    }

    #[test]
    fn the_time_in_which_the_target_was_down_does_not_count() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        renamed(&mut story, "Kimberley");
        story.wait("1m").down("1h");
        story.wait("3m");
        let mut late = story;
        late.untested(FreshnessPromise);
        late.wait("59s");
        copied(&mut late, "Kimberley");
        late.wait("1m");
        late.kept(FreshnessPromise);
        renamed(&mut late, "K.");
        late.down("1h");
        late.wait("6m");
        copied(&mut late, "K.");
        late.broken(FreshnessPromise, &[7], "1 were not in the copy 5m later");
    }

    #[test]
    fn a_target_on_another_clock_is_not_judged() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        renamed(&mut story, "K.");
        story.apart("1m");
        story.wait("1h");
        story.untested(FreshnessPromise);
    }
}
