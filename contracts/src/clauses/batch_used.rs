//! `batch.used`: many records of a type are written in batches. Records without the match key are left out:
//! they have to be looked for first, one by one.

use std::collections::{BTreeMap, VecDeque};

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
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Used { digest, windows: BTreeMap::new(), tally: Tally::default() })
}

impl<'d> Rule<'d> for Used<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        let Some(object) = call.object else { return };
        if call.side != Some(Owner::Copy) || call.system != SystemName::Hubspot || !call.verb.writes() {
            return;
        }
        let records = call.ops.len();
        if !call.took_effect || records == 0 || !could_be_batched(call) {
            return;
        }
        let used_from = self.digest.contract.source_api.batch.used_from;
        let window = self.windows.entry(object).or_default();
        window.writes.push_back((call.at, records, (!call.batch).then_some(call.n)));
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
    call.batch || call.verb != Verb::Create || call.ops.iter().all(|op| keyed(&op.person))
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
}
