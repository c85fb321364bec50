//! `auth.single-flight`: calls that are refused together ask for one token together. The journal holds no credentials
//! of the master: programs that each keep a token of their own ask for as many at their start, and may do so again.

use std::collections::{BTreeMap, BTreeSet};

use sim::SystemName;

use super::rule::flight_ms;
use super::{Rule, Tally};
use crate::Verdict;
use crate::digest::{Call, Digest, Seen, Verb};

pub(super) const SENTENCE: &str = "Calls that are under way together when a token is over ask for one new token.";

/// An answer, and which connections have been answered since: what comes by one of them was begun later.
struct Answered<'d> {
    call: &'d Call<'d>,
    flight_ms: i64,
    since: BTreeSet<u64>,
}

impl<'d> Answered<'d> {
    fn new(digest: &Digest<'_>, call: &'d Call<'d>) -> Self {
        Self { call, flight_ms: flight_ms(digest), since: BTreeSet::new() }
    }

    /// Whether a later entry's call was begun after this answer, as far as that is certain.
    fn before(&self, call: &Call<'_>) -> bool {
        let connection = call.what.connection;
        let by_answered = connection == self.call.what.connection || self.since.contains(&connection);
        call.at.since(self.call.at) > self.flight_ms || (connection != 0 && by_answered)
    }

    /// Notes that a call was answered. What comes later than a flight takes is begun later anyway.
    fn note(&mut self, call: &Call<'_>) {
        if call.at.since(self.call.at) <= self.flight_ms {
            self.since.insert(call.what.connection);
        }
    }
}

/// Grants that were asked for at the same time.
struct Volley<'d> {
    last: Answered<'d>,
    grants: Vec<u64>,
    /// The calls that were refused just before, as far as they were under way together.
    refused: Vec<u64>,
    /// Whether it is the first of its programs.
    first: bool,
}

#[derive(Default)]
struct Asked<'d> {
    volley: Option<Volley<'d>>,
    /// The most that were asked for at once by programs that had none.
    holders: usize,
    /// The refused since the last grant.
    refused: Vec<&'d Call<'d>>,
}

struct SingleFlight<'d> {
    digest: &'d Digest<'d>,
    asked: BTreeMap<SystemName, Asked<'d>>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(SingleFlight { digest, asked: BTreeMap::new(), tally: Tally::default() })
}

impl<'d> Rule<'d> for SingleFlight<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        let digest = self.digest;
        let asked = self.asked.entry(call.system).or_default();
        if !asks_for_token(call) {
            if call.what.status == 401 && call.what.fault.is_none() {
                asked.refused.push(call);
            }
            if let Some(volley) = &mut asked.volley {
                volley.last.note(call);
            }
            return;
        }
        if !call.succeeded() {
            return;
        }
        if let Some(volley) = &mut asked.volley
            && !volley.last.before(call)
        {
            volley.grants.push(call.n);
            volley.last.call = call;
            return;
        }
        let before = asked.volley.take();
        let first = before.as_ref().is_none_or(|before| digest.by_another(before.last.call, call));
        let refused = together(&std::mem::take(&mut asked.refused), call, flight_ms(digest));
        let volley = Volley { last: Answered::new(digest, call), grants: vec![call.n], refused, first };
        asked.volley = Some(volley);
        if let Some(before) = before {
            close(before, &mut asked.holders, digest, &mut self.tally);
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        for asked in self.asked.values_mut() {
            if let Some(volley) = asked.volley.take() {
                close(volley, &mut asked.holders, self.digest, &mut self.tally);
            }
        }
        self.tally.verdict("no two calls were seen to be refused together because a token was over")
    }
}

fn close(volley: Volley<'_>, holders: &mut usize, digest: &Digest<'_>, tally: &mut Tally) {
    let Volley { last, grants, refused, first } = volley;
    if first {
        *holders = grants.len().max(*holders);
    } else if grants.len() > *holders {
        let (at, count) = (digest.hms(last.call.at), grants.len());
        let what = format!("at {at} {count} tokens were asked for at the same time, where one was over");
        tally.broken(refused.into_iter().chain(grants), what);
    } else if refused.len() > grants.len() {
        tally.exercise();
    }
}

/// Those refused within a flight of a grant, one for each connection.
fn together(refused: &[&Call<'_>], grant: &Call<'_>, flight_ms: i64) -> Vec<u64> {
    let mut connections = BTreeSet::new();
    let near = refused.iter().filter(|call| grant.at.since(call.at) <= flight_ms);
    near.filter(|call| connections.insert(call.what.connection)).map(|call| call.n).collect()
}

/// Whether a call asks any system for a token.
fn asks_for_token(call: &Call<'_>) -> bool {
    let path = call.what.path();
    call.verb == Verb::Token
        || (call.system == SystemName::Hubspot && path.starts_with("/oauth/") && path.ends_with("/token"))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::Clause::AuthSingleFlight;
    use crate::clauses::story::{CUSTOMERS, Story};

    fn over(connections: &[u64]) -> Story {
        let mut story = Story::with(&[]);
        story.token();
        story.call(CUSTOMERS, 200, Value::Null);
        story.wait("1h");
        refused(&mut story, connections);
        story
    }

    fn refused(story: &mut Story, connections: &[u64]) {
        for connection in connections {
            story.call(CUSTOMERS, 401, Value::Null);
            story.but("connection", (*connection).into());
        }
    }

    fn token(story: &mut Story, connection: u64) {
        story.token();
        story.but("connection", connection.into());
    }

    #[test]
    fn one_for_both_is_kept_and_one_for_each_is_not() {
        let mut story = over(&[1, 2]);
        story.untested(AuthSingleFlight);
        token(&mut story, 1);
        story.kept(AuthSingleFlight);
        token(&mut story, 2);
        story.broken(AuthSingleFlight, &[3, 4, 5, 6], "at 01:00:00 2 tokens were asked for at the same time");
    }

    #[test]
    fn calls_that_follow_each_other_test_nothing() {
        let mut story = over(&[1, 1]);
        token(&mut story, 1);
        story.untested(AuthSingleFlight);
        story.wait("1s");
        token(&mut story, 2);
        story.untested(AuthSingleFlight);
    }

    #[test]
    fn programs_with_a_token_each_are_not_accused() {
        let mut story = Story::with(&[]);
        token(&mut story, 1);
        token(&mut story, 2);
        story.wait("1h");
        refused(&mut story, &[1, 2]);
        token(&mut story, 1);
        token(&mut story, 2);
        story.untested(AuthSingleFlight);
        token(&mut story, 3);
        story.broken(AuthSingleFlight, &[3, 4, 5, 6, 7], "3 tokens were asked for");
        let mut story = over(&[1, 2]);
        story.job(|story| token(story, 3));
        story.untested(AuthSingleFlight);
    }
}
