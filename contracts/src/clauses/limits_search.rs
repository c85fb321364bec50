//! `limits.search`: the search's own limit is never met. Any refusal by it counts, but for one that a fault made,
//! and one within the second in which another program of the account had used the limit up.

use sim::SystemName;

use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Digest, Seen, Verb};

pub(super) const SENTENCE: &str = "No search is refused by the search's own limit.";

/// Searches are counted by the second (facts/hubspot-limits-webhooks-auth.md §2.1).
const WINDOW_MS: i64 = 1_000;

struct Search<'d> {
    digest: &'d Digest<'d>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Search { digest, tally: Tally::default() })
}

impl<'d> Rule<'d> for Search<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        if call.system != SystemName::Hubspot || call.verb != Verb::Search {
            return;
        }
        let refused = call.what.limit.as_deref() == Some("search") && call.what.fault.is_none();
        let since = call.at.plus(-WINDOW_MS);
        if refused && self.digest.neighbour_called(call.system, since, call.n) {
            return;
        }
        self.tally.exercise();
        if refused {
            let what = format!("at {} a search was refused: too many within a second", self.digest.hms(call.at));
            self.tally.broken([call.n], what);
        }
    }

    fn verdict(self: Box<Self>) -> Verdict {
        self.tally.verdict("nothing was searched")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Clause::LimitsSearch;
    use crate::clauses::story::{CUSTOMERS, SEARCH, Story};

    #[test]
    fn a_search_that_is_refused_breaks_it() {
        let mut story = Story::with(&[]);
        story.call(CUSTOMERS, 200, Value::Null);
        story.untested(LimitsSearch);
        story.call(SEARCH, 200, json!({}));
        story.kept(LimitsSearch);
        story.wait("61s").call(SEARCH, 429, json!({}));
        story.but("limit", "ten_secondly".into());
        story.kept(LimitsSearch);
        story.call(SEARCH, 429, json!({}));
        story.but("limit", "search".into());
        story.broken(LimitsSearch, &[4], "at 00:01:01 a search was refused");
    }
    #[test]
    fn a_search_that_a_neighbour_left_no_room_for_is_no_fault() {
        let mut story = Story::with(&[]);
        story.neighbour();
        story.call(SEARCH, 429, json!({}));
        story.but("limit", "search".into());
        story.untested(LimitsSearch);
        story.wait("1001ms").call(SEARCH, 200, json!({}));
        story.kept(LimitsSearch);
        story.call(SEARCH, 429, json!({}));
        story.but("limit", "search".into());
        story.broken(LimitsSearch, &[4], "at 00:00:01 a search was refused");
    }
}
