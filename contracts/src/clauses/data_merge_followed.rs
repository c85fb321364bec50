//! `data.merge-followed`: a copy that someone else merged into another lives on there. Whoever it was a copy of is
//! not made anew beside it when there is news of them.

use sim::journal::ChangeKind;

use super::{Rule, Tally};
use crate::digest::{Digest, Life, Person, Seen, Version};
use crate::{Owner, Verdict};

pub(super) const SENTENCE: &str = "A copy that was merged into another is written to there, and not made anew.";

struct MergeFollowed<'d> {
    digest: &'d Digest<'d>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(MergeFollowed { digest, tally: Tally::default() })
}

impl<'d> Rule<'d> for MergeFollowed<'d> {
    fn see(&mut self, _: Seen<'d>) {}

    fn verdict(mut self: Box<Self>) -> Verdict {
        let digest = self.digest;
        for ((side, object, id), life) in &digest.lives {
            let Some((merged, before)) = merged_away(life).filter(|_| *side == Owner::Copy) else { continue };
            let Some(was) = digest.person(Owner::Copy, *object, &before.values) else { continue };
            for (row, master) in digest.of_person(Owner::Master, *object, &was) {
                let Some(last) = master.live().filter(|last| last.n > merged.n) else { continue };
                let Some(is) = digest.person(Owner::Master, *object, &last.values) else { continue };
                match made_anew(digest, *object, &is, merged.n) {
                    Some(made) if is != was && digest.is_at_end(Owner::Copy, *object, &was) => {
                        let (at, name) = (digest.hms(made.at), &digest.object(*object).name);
                        let what = format!(
                            "at {at} the {name} {row} ({is}) was made anew in the copy, where {id} had become part of \
                             another record that still is {was}"
                        );
                        self.tally.broken([merged.n, made.n], what);
                    }
                    _ if digest.is_at_end(Owner::Copy, *object, &is) => self.tally.exercise(),
                    _ => {}
                }
            }
        }
        self.tally.verdict("nobody merged a copy whose row changed afterwards")
    }
}

/// Where someone else made a record part of another, and the version before.
fn merged_away(life: &Life) -> Option<(&Version, &Version)> {
    let place = life.0.iter().position(|version| version.kind == ChangeKind::Absorbed && version.foreign)?;
    Some((&life.0[place], life.0.get(place.checked_sub(1)?)?))
}

/// A copy of a person that the integration made after an entry.
fn made_anew<'d>(digest: &'d Digest<'d>, object: usize, person: &Person, after: u64) -> Option<&'d Version> {
    let firsts = digest.of_person(Owner::Copy, object, person).filter_map(|(_, life)| life.0.first());
    firsts.into_iter().find(|first| first.kind == ChangeKind::Created && !first.foreign && first.n > after)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Clause::DataMergeFollowed;
    use crate::clauses::story::{Story, kim, kims};

    /// Kim's contact becomes part of another one, and Kim has a new address.
    fn merged() -> Story {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        let id = kims().0.to_owned();
        story.contact("tester", "absorbed", &id, json!({}));
        story.contact("tester", "merged", "900", json!({"email": "kim@example.com"}));
        story.untested(DataMergeFollowed);
        story.row("tester", "updated", "1", json!({"email": "new@example.com"}));
        story
    }

    #[test]
    fn the_survivor_is_written_to() {
        let mut story = merged();
        story.contact("integration", "updated", "900", json!({"email": "new@example.com"}));
        story.kept(DataMergeFollowed);
    }

    #[test]
    fn a_new_copy_beside_it_breaks_it() {
        let mut story = merged();
        story.contact("integration", "created", "901", json!({"email": "new@example.com"}));
        story.broken(DataMergeFollowed, &[4, 7], "was made anew in the copy");
    }
}
