//! `auth.refresh`: a token that has ended is replaced, and what it was refused for is done after all. The journal
//! holds no credentials: the token of a call is the latest that was granted. A grant that failed for the moment
//! excuses as long as it is asked for again.

use std::collections::BTreeMap;

use sim::{Moment, SystemName};

use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Call, Digest, Seen, Verb};

pub(super) const SENTENCE: &str = "A token that has ended is replaced, and the call that it was refused for succeeds.";

#[derive(Default)]
struct Use {
    /// A call under a granted token succeeded, first and last.
    first: Option<Moment>,
    last: Option<Moment>,
    lifetime_ms: Option<i64>,
    granted: bool,
    /// The last grant that failed for the moment since one succeeded, and whether one was asked for after any such.
    in_vain: Option<u64>,
    again: bool,
    /// Such a grant, and when one succeeded after all.
    after_all: Option<(u64, Moment)>,
}

struct Refresh<'d> {
    digest: &'d Digest<'d>,
    uses: BTreeMap<SystemName, Use>,
    refused: Vec<&'d Call<'d>>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Refresh { digest, uses: BTreeMap::new(), refused: Vec::new(), tally: Tally::default() })
}

impl<'d> Rule<'d> for Refresh<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        let used = self.uses.entry(call.system).or_default();
        if call.verb == Verb::Token {
            used.again |= used.in_vain.is_some();
            if call.succeeded() {
                used.granted = true;
                used.lifetime_ms = lifetime_ms(call).or(used.lifetime_ms);
                used.after_all = used.in_vain.take().map(|n| (n, call.at)).or(used.after_all);
                used.again = false;
            } else if call.failed_for_now() || call.what.fault.is_some() {
                used.in_vain = Some(call.n);
            }
            return;
        }
        if !used.granted {
            return;
        }
        if call.what.status == 401 {
            if used.first.is_some() && call.what.fault.is_none() {
                self.refused.push(call);
            }
            return;
        }
        if call.succeeded() {
            used.first = used.first.or(Some(call.at));
            used.last = Some(call.at);
        }
        let done = self.refused.extract_if(.., |refused| same_purpose(refused, call)).count();
        (0..done).for_each(|_| self.tally.exercise());
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        let digest = self.digest;
        let longest = digest.contract.source_api.backoff.longest.0;
        for call in std::mem::take(&mut self.refused) {
            let used = self.uses.get(&call.system);
            let in_vain = used.filter(|used| used.again).and_then(|used| used.in_vain).is_some_and(|n| n > call.n);
            let after_all = used.and_then(|used| used.after_all).filter(|(n, _)| *n > call.n);
            let since = after_all.map_or(call.at, |(_, at)| at);
            if digest.together(since, digest.ended()) >= longest && !in_vain {
                let (at, said) = (digest.hms(call.at), call.said());
                let what =
                    format!("at {at} the token for {said} was refused with 401, and it never succeeded after that");
                self.tally.broken([call.n], what);
            }
        }
        for used in self.uses.values() {
            let span = used.first.zip(used.last).map(|(first, last)| last.since(first));
            if span.zip(used.lifetime_ms).is_some_and(|(span, lifetime)| span > lifetime) {
                self.tally.exercise();
            }
        }
        self.tally.verdict("no token came to its end while it was in use")
    }
}

/// Whether a call does what another was to do: the same records where it writes, else the same path.
fn same_purpose(refused: &Call<'_>, call: &Call<'_>) -> bool {
    let same_path = refused.what.method == call.what.method && refused.what.path() == call.what.path();
    let records = refused.ops.iter().any(|op| call.ops.iter().any(|other| other.same_record(op)));
    refused.system == call.system && if refused.verb.writes() { records || same_path } else { same_path }
}

/// How long a granted token is good.
pub(super) fn lifetime_ms(grant: &Call<'_>) -> Option<i64> {
    grant.response()?.get("expires_in")?.as_i64()?.checked_mul(1_000)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::Clause::AuthRefresh;
    use crate::clauses::story::{CUSTOMERS, Story, TOKEN};

    fn in_use() -> Story {
        let mut story = Story::with(&[]);
        story.token();
        story.call(CUSTOMERS, 200, Value::Null);
        story
    }

    #[test]
    fn a_refused_token_has_to_be_replaced() {
        let mut story = in_use();
        story.untested(AuthRefresh);
        story.wait("1h").call(CUSTOMERS, 401, Value::Null);
        story.untested(AuthRefresh);
        story.token();
        story.call(CUSTOMERS, 200, Value::Null);
        story.kept(AuthRefresh);
    }

    #[test]
    fn one_that_is_kept_though_it_is_dead_breaks_it() {
        let mut story = in_use();
        story.wait("1h").call(CUSTOMERS, 401, Value::Null);
        story.call(CUSTOMERS, 401, Value::Null);
        story.wait("1m");
        story.untested(AuthRefresh);
        story.wait("1m");
        story.broken(AuthRefresh, &[3, 4], "at 01:00:00 the token for GET /erp/v1/customers/ was refused");
    }

    #[test]
    fn replacing_it_in_time_is_kept() {
        let mut story = in_use();
        story.wait("59m").token();
        story.wait("2m").call(CUSTOMERS, 200, Value::Null);
        story.kept(AuthRefresh);
    }

    #[test]
    fn a_client_that_was_never_let_in_or_gets_no_token_is_not_accused() {
        let mut story = Story::with(&[]);
        story.token();
        story.call(CUSTOMERS, 401, Value::Null);
        story.wait("1h");
        story.untested(AuthRefresh);
        let mut story = in_use();
        story.wait("1h").call(CUSTOMERS, 401, Value::Null);
        story.call(TOKEN, 503, Value::Null);
        story.wait("1h").call(TOKEN, 503, Value::Null);
        story.untested(AuthRefresh);
    }

    #[test]
    fn a_grant_that_failed_excuses_only_if_it_is_asked_for_again() {
        let refused = || {
            let mut story = in_use();
            story.wait("1h").call(CUSTOMERS, 401, Value::Null);
            story
        };
        let mut once = refused();
        once.call(TOKEN, 503, Value::Null);
        once.wait("1h");
        once.broken(AuthRefresh, &[3], "it never succeeded after that");
        let mut for_good = refused();
        for _ in 0..2 {
            for_good.call(TOKEN, 401, Value::Null);
        }
        for_good.wait("1h");
        for_good.broken(AuthRefresh, &[3], "it never succeeded after that");
        let mut after_all = refused();
        after_all.call(TOKEN, 503, Value::Null);
        after_all.wait("1h").token();
        after_all.untested(AuthRefresh);
        after_all.wait("2m");
        after_all.broken(AuthRefresh, &[3], "it never succeeded after that");
    }
}
