//! `batch.used`: many records of a type are written in batches. A batch of one is none. Records without the match
//! key are left out: they have to be looked for first, one by one; and so are those of a batch that was refused:
//! which of them was at fault is found out by parts.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sim::{Moment, SystemName};

use super::{Rule, Tally};
use crate::digest::{Call, Digest, Person, Seen, Verb};
use crate::{Owner, Verdict};

pub(super) const SENTENCE: &str = "Many records that are written at about the same time are written in batches.";

const WINDOW_MS: i64 = 10_000;

/// Writes within the window: when, how many records, and which call if it was about one alone.
#[derive(Default)]
struct Window {
    writes: VecDeque<(Moment, usize, Option<u64>)>,
    exercised: bool,
    broken: bool,
}

struct Used<'d> {
    digest: &'d Digest<'d>,
    windows: BTreeMap<usize, Window>,
    /// The people of batches that were refused and who have not been written since.
    refused: BTreeSet<(usize, Person)>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Used { digest, windows: BTreeMap::new(), refused: BTreeSet::new(), tally: Tally::default() })
}

impl<'d> Rule<'d> for Used<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        let Some(object) = call.object else { return };
        if call.side != Some(Owner::Copy) || call.system != SystemName::Hubspot || !call.verb.writes() {
            return;
        }
        let records = call.ops.len();
        let people = || call.ops.iter().filter_map(|op| Some((object, op.person.clone()?)));
        if !call.took_effect {
            if records > 1 && self.digest.contract.reliability.permanent.contains(&call.what.status) {
                self.refused.extend(people());
            }
            return;
        }
        let by_parts = people().any(|person| self.refused.contains(&person));
        people().for_each(|person| drop(self.refused.remove(&person)));
        if records == 0 || !could_be_batched(call) {
            return;
        }
        let used_from = self.digest.contract.source_api.batch.used_from;
        let window = self.windows.entry(object).or_default();
        window.writes.push_back((call.at, records, (records == 1 && !by_parts).then_some(call.n)));
        while window.writes.front().is_some_and(|(at, ..)| call.at.since(*at) > WINDOW_MS) {
            window.writes.pop_front();
        }
        let written: usize = window.writes.iter().map(|(_, records, _)| records).sum();
        if written >= used_from && !window.exercised {
            window.exercised = true;
            self.tally.exercise();
        }
        let single: Vec<u64> = window.writes.iter().filter_map(|(.., single)| *single).collect();
        if single.len() >= used_from && !window.broken {
            window.broken = true;
            let of = &self.digest.object(object).copy.record_type;
            let at = self.digest.hms(call.at);
            let what = format!("by {at} {} {of} had been written one by one within ten seconds", single.len());
            self.tally.broken(single, what);
        }
    }

    fn verdict(self: Box<Self>) -> Verdict {
        let used_from = self.digest.contract.source_api.batch.used_from;
        self.tally.verdict(&format!("fewer than {used_from} records of a type were written within ten seconds"))
    }
}

fn could_be_batched(call: &Call<'_>) -> bool {
    let keyed = |person: &Option<Person>| matches!(person, Some(Person::Key(_)));
    call.ops.len() > 1 || call.verb != Verb::Create || call.ops.iter().all(|op| keyed(&op.person))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Clause::BatchUsed;
    use crate::clauses::story::{Story, UPSERT, batch};

    const CREATE: &str = "POST /crm/v3/objects/contacts";

    #[test]
    fn as_many_single_writes_within_ten_seconds_break_it() {
        let mut story = Story::with(&[]);
        for n in 0..49 {
            story.call(CREATE, 201, json!({"properties": {"email": format!("{n}@example.com")}}));
        }
        story.untested(BatchUsed);
        story.wait("11s").call(CREATE, 201, json!({"properties": {"email": "x@example.com"}}));
        story.untested(BatchUsed);
        story.call(UPSERT, 200, batch(&["a@example.com"; 60]));
        story.kept(BatchUsed);
        for n in 0..49 {
            story.call(CREATE, 201, json!({"properties": {"email": format!("{n}@example.com")}}));
        }
        let evidence: Vec<u64> = [50].into_iter().chain(52..=70).collect();
        story.broken(BatchUsed, &evidence, "50 contacts had been written one by one");
    }

    #[test]
    fn those_that_have_to_be_looked_for_do_not_count() {
        let mut story = Story::with(&[]);
        for n in 0..60 {
            story.call(CREATE, 201, json!({"properties": {"mobilephone": format!("+614{n}")}}));
        }
        story.untested(BatchUsed);
    }
    #[test]
    fn batches_of_one_are_none() {
        let mut story = Story::with(&[]);
        for n in 0..50 {
            story.call(UPSERT, 200, batch(&[&format!("{n}@example.com")]));
        }
        let evidence: Vec<u64> = (1..=20).collect();
        story.broken(BatchUsed, &evidence, "50 contacts had been written one by one");
    }

    #[test]
    fn a_refused_batch_may_be_written_by_parts() {
        let people: Vec<_> = (0..60).map(|n| format!("{n}@example.com")).collect();
        let people: Vec<_> = people.iter().map(String::as_str).collect();
        let mut story = Story::with(&[]);
        story.call(UPSERT, 400, batch(&people));
        people.iter().for_each(|person| drop(story.call(UPSERT, 200, batch(&[person]))));
        story.kept(BatchUsed);
        people.iter().for_each(|person| drop(story.call(UPSERT, 200, batch(&[person]))));
        assert!(matches!(story.verdict(BatchUsed), crate::Verdict::Broken { .. }), "the second time they are known");
    }
}
