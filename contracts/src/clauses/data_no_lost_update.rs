//! `data.no-lost-update`: a change of the master reaches the copy and stays there. Judged for changes made after
//! the copy was there, field by field; a value that only looks older, because the master had it twice, is no fault.

use sim::journal::ChangeKind;

use super::{Rule, Tally};
use crate::digest::{Digest, Life, Seen, value};
use crate::{Field, Owner, Verdict};

pub(super) const SENTENCE: &str = "A change of the master is not lost, nor undone by an older value.";

struct NoLostUpdate<'d> {
    digest: &'d Digest<'d>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(NoLostUpdate { digest, tally: Tally::default() })
}

impl<'d> Rule<'d> for NoLostUpdate<'d> {
    fn see(&mut self, _: Seen<'d>) {}

    fn verdict(mut self: Box<Self>) -> Verdict {
        let digest = self.digest;
        for ((side, object, id), life) in &digest.lives {
            let Some(mapping) = digest.mapping(*object).filter(|_| *side == Owner::Master) else { continue };
            let Some(last) = life.live().filter(|last| digest.qualifies(*object, &last.values)) else { continue };
            let Some(person) = digest.person(Owner::Master, *object, &last.values) else { continue };
            let moved = |version: &crate::digest::Version| {
                digest.person(Owner::Master, *object, &version.values) != Some(person.clone())
            };
            if digest.refused(*object, &person) || life.0.iter().any(moved) {
                continue;
            }
            let one = digest.only_at_end(Owner::Master, *object, &person).and(digest.only_at_end(
                Owner::Copy,
                *object,
                &person,
            ));
            let Some(copied) = one.and_then(|(id, _)| digest.life(Owner::Copy, *object, id)) else { continue };
            for field in mapping.fields.iter().filter(|field| field.owner == Owner::Master) {
                self.field((*object, id), life, copied, field);
            }
        }
        self.tally.verdict("no row was changed on the master, with a copy there and time for it to arrive")
    }
}

impl NoLostUpdate<'_> {
    fn field(&mut self, (object, id): (usize, &str), life: &Life, copied: &Life, field: &Field) {
        let digest = self.digest;
        let texts: Vec<_> = life.0.iter().map(|version| digest.mapped(field, &version.values)).collect();
        let changes = |at: &usize| {
            let version = &life.0[*at];
            version.foreign
                && digest.ran(version.n)
                && version.kind == ChangeKind::Updated
                && texts[*at] != texts[at - 1]
        };
        let Some(newest) = (1..life.0.len()).rev().find(changes) else { return };
        let version = &life.0[newest];
        let ours = copied.at(version.n).is_some();
        let others = copied.0.iter().any(|copy| {
            copy.foreign
                && digest.ran(copy.n)
                && copied.at(copy.n - 1).is_none_or(|before| before.values.get(&field.to) != copy.values.get(&field.to))
        });
        if !ours || others || texts[newest].is_empty() || !digest.settled(version.at) {
            return;
        }
        self.tally.exercise();
        let name = &digest.object(object).name;
        let in_force =
            copied.live().map_or(String::new(), |copy| digest.kept(&field.to, value(&copy.values, &field.to)));
        if in_force != texts[newest] && texts[..newest].contains(&in_force) {
            let evidence = copied.0.last().filter(|copy| copy.n > version.n).map_or(version.n, |copy| copy.n);
            let at = digest.hms(version.at);
            let what = format!(
                "the {} of {name} {id} was changed at {at}, and the copy still had `{in_force}` at the end",
                field.to
            );
            self.tally.broken([evidence], what);
            return;
        }
        if let Some(copy) = undone(digest, field, &texts, life, copied) {
            let what = format!(
                "at {} the {} of {name} {id} got an older value after a newer one",
                digest.hms(copy.at),
                field.to
            );
            self.tally.broken([copy.n], what);
        }
    }
}

/// The version of the copy that took an older value after it had had a newer one.
fn undone<'l>(
    digest: &Digest<'_>,
    field: &Field,
    texts: &[String],
    life: &Life,
    copied: &'l Life,
) -> Option<&'l crate::digest::Version> {
    let (mut reached, mut before) = (0, None);
    for copy in &copied.0 {
        let text = digest.kept(&field.to, value(&copy.values, &field.to));
        if before.as_ref() == Some(&text) {
            continue;
        }
        let could_be: Vec<_> = (0..texts.len()).filter(|at| texts[*at] == text && life.0[*at].n <= copy.n).collect();
        if could_be.last().is_some_and(|latest| *latest < reached) {
            return Some(copy);
        }
        if let Some(earliest) = could_be.iter().find(|at| **at >= reached) {
            reached = *earliest;
        }
        before = Some(text);
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Clause::DataNoLostUpdate;
    use crate::clauses::story::{Story, kim, kims};

    fn renamed(story: &mut Story, name: &str) -> u64 {
        story.wait("1m").row("tester", "updated", "1", json!({"first_name": name}))
    }

    fn copied(story: &mut Story, name: &str) -> u64 {
        story.wait("1s").upsert(&[("101", "kim@example.com", json!({"firstname": name}))])
    }

    #[test]
    fn a_change_that_never_arrives_breaks_it() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        story.wait("1h");
        story.untested(DataNoLostUpdate);
        renamed(&mut story, "Kimberley");
        story.untested(DataNoLostUpdate);
        story.wait("5m");
        story.broken(DataNoLostUpdate, &[4], "was changed at 01:01:00, and the copy still had `Kim` at the end");
        copied(&mut story, "Kimberley");
        story.kept(DataNoLostUpdate);
    }

    #[test]
    fn an_older_value_after_a_newer_one_breaks_it_though_it_is_mended() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        renamed(&mut story, "Kimberley");
        copied(&mut story, "Kimberley");
        copied(&mut story, "Kim");
        copied(&mut story, "Kimberley");
        story.wait("1h");
        story.broken(DataNoLostUpdate, &[8], "at 00:01:02 the firstname of customer 1 got an older value");
    }

    #[test]
    fn a_value_that_the_master_had_twice_is_not_older() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        for name in ["Kimberley", "Kim"] {
            renamed(&mut story, name);
            copied(&mut story, name);
        }
        story.wait("1h");
        story.kept(DataNoLostUpdate);
    }

    #[test]
    fn what_someone_else_wrote_to_the_copy_is_not_judged() {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        renamed(&mut story, "Kimberley");
        story.contact("tester", "updated", "101", json!({"firstname": "K."}));
        story.wait("1h");
        story.untested(DataNoLostUpdate);
    }
}
