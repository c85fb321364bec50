//! `consent.opt-out`: an opt-out in the copy is on the master's row before the promised time is over.

use sim::Moment;

use super::{Rule, Tally};
use crate::digest::{Digest, Person, Seen, value};
use crate::{Owner, Verdict};

pub(super) const SENTENCE: &str = "An opt-out in the copy reaches the master in time.";

struct OptedOut {
    n: u64,
    at: Moment,
    object: usize,
    person: Person,
}

struct OptOut<'d> {
    digest: &'d Digest<'d>,
    opted_out: Vec<OptedOut>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(OptOut { digest, opted_out: Vec::new(), tally: Tally::default() })
}

impl<'d> Rule<'d> for OptOut<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Change(change) = seen else { return };
        let Some(consent) = &self.digest.contract.governance.consent else { return };
        let of_copy = change.side == Owner::Copy && change.foreign && self.digest.ran(change.n);
        let opted_out =
            value(&change.after, &consent.opt_out) == "true" && change.changed().any(|name| name == consent.opt_out);
        if of_copy && opted_out && consent.object == self.digest.object(change.object).name {
            let (n, at, object) = (change.n, change.at, change.object);
            self.opted_out.extend(change.people.first().map(|person| OptedOut {
                n,
                at,
                object,
                person: person.clone(),
            }));
        }
    }

    fn verdict(mut self: Box<Self>) -> Verdict {
        for one in std::mem::take(&mut self.opted_out) {
            self.judge(&one);
        }
        self.tally.verdict("nobody with a row on the master that allows it opted out in the copy early enough")
    }
}

impl OptOut<'_> {
    fn judge(&mut self, one: &OptedOut) {
        let (digest, OptedOut { n, at, object, person }) = (self.digest, one);
        let within = digest.contract.freshness.within.0;
        let until = digest.up_for(*at, within);
        let (mut consenting, mut arrived, mut excused) = (false, false, false);
        for (_, life) in digest.of_person(Owner::Master, *object, person) {
            let Some(before) = life.at(*n).filter(|row| digest.meant(*object, &row.values)) else { continue };
            consenting |= digest.consents(*object, &before.values) == Some(true);
            arrived |= digest.consents(*object, &before.values) == Some(false);
            for version in life.0.iter().filter(|version| version.n > *n && version.at <= until) {
                arrived |= digest.consents(*object, &version.values) == Some(false);
                excused |= version.foreign;
            }
        }
        let taken_back = digest.of_person(Owner::Copy, *object, person).any(|(_, life)| life.touched(*n, u64::MAX));
        let seen = digest.settled(*at) && !digest.apart(*at, until);
        if !consenting || !seen {
            return;
        }
        if arrived {
            self.tally.exercise();
        } else if !excused && !taken_back {
            let within = digest.contract.freshness.within;
            let what =
                format!("{person} opted out at {}, and the master did not say so {within} later", digest.hms(*at));
            self.tally.broken([*n], what);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Clause::ConsentOptOut;
    use crate::clauses::story::{Story, customer, kim, kims};

    fn opted_out() -> Story {
        let mut story = Story::with(&[kim()]);
        story.upsert(&[kims()]);
        story.wait("10m").contact("tester", "updated", "101", json!({"hs_email_optout": "true"}));
        story
    }

    #[test]
    fn an_opt_out_that_does_not_arrive_breaks_it() {
        let mut story = opted_out();
        story.wait("4m");
        story.untested(ConsentOptOut);
        story.wait("2m");
        story.broken(
            ConsentOptOut,
            &[4],
            "kim@example.com opted out at 00:10:00, and the master did not say so 5m later",
        );
        story.row("integration", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.broken(ConsentOptOut, &[4], "did not say so");
    }

    #[test]
    fn one_that_arrives_in_time_is_kept() {
        let mut story = opted_out();
        story.wait("1s").row("integration", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.wait("1h");
        story.kept(ConsentOptOut);
    }

    #[test]
    fn one_that_arrives_late_because_the_target_was_down_is_kept() {
        let mut story = opted_out();
        story.down("1h");
        story.wait("4m").row("integration", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.wait("1h");
        story.kept(ConsentOptOut);
        let mut story = opted_out();
        story.down("1h");
        story.wait("6m").row("integration", "updated", "1", json!({"marketing_opt_in": "N"}));
        story.broken(ConsentOptOut, &[4], "did not say so");
    }

    #[test]
    fn who_has_no_row_or_had_not_allowed_it_tests_nothing() {
        let mut story = Story::with(&[("1", customer("kim@example.com", "Kim", "N"))]);
        story.contact("tester", "created", "101", json!({"email": "kim@example.com"}));
        story.contact("tester", "updated", "101", json!({"hs_email_optout": "true"}));
        story.contact("tester", "created", "102", json!({"email": "lee@example.com", "hs_email_optout": "true"}));
        story.wait("1h");
        story.untested(ConsentOptOut);
    }

    #[test]
    fn an_opt_out_that_was_taken_back_is_not_judged() {
        let mut story = opted_out();
        story.wait("1m").contact("tester", "updated", "101", json!({"hs_email_optout": "false"}));
        story.wait("1h");
        story.untested(ConsentOptOut);
    }
}
