//! `auth.rotation`: a token that was rotated is replaced in use before its end. What is refused before the target was
//! told of the new value is not its doing; a target that cannot be told is not judged.

use std::collections::BTreeSet;

use sim::SystemName;

use super::rule::flight_ms;
use super::{Rule, Tally};
use crate::digest::{Call, Digest, Seen};
use crate::{Rotation, Verdict};

pub(super) const SENTENCE: &str = "When a token was rotated, the new value is in use before the one before it ends.";

struct Rotated<'d> {
    digest: &'d Digest<'d>,
    /// The apps with whose tokens the target called.
    used: BTreeSet<&'d str>,
    tally: Tally,
}

pub(super) fn rule<'d>(digest: &'d Digest<'d>) -> Box<dyn Rule<'d> + 'd> {
    Box::new(Rotated { digest, used: BTreeSet::new(), tally: Tally::default() })
}

impl<'d> Rule<'d> for Rotated<'d> {
    fn see(&mut self, seen: Seen<'d>) {
        let Seen::Call(call) = seen else { return };
        if call.system != SystemName::Hubspot || call.what.fault.is_some() {
            return;
        }
        let app = call.what.app_name.as_deref();
        let refused = call.what.status == 401;
        if !refused {
            self.used.extend(app);
        }
        for rotation in self.over(call) {
            // A value that is over may be one that HubSpot does not know any more.
            let its = app.map_or(refused && self.used.contains(rotation.app.as_str()), |app| app == rotation.app);
            let Some(told) = rotation.told.filter(|told| its && call.at.since(*told) > flight_ms(self.digest)) else {
                continue;
            };
            if refused {
                let what = format!(
                    "at {} {} was refused with 401: the token before the one that was told at {} was over",
                    self.digest.hms(call.at),
                    call.said(),
                    self.digest.hms(told),
                );
                self.tally.broken([call.n], what);
            } else {
                self.tally.exercise();
            }
        }
    }

    fn verdict(self: Box<Self>) -> Verdict {
        let rotations = self.digest.rotations();
        self.tally.verdict(if rotations.is_empty() {
            "no token was rotated"
        } else if rotations.iter().all(|rotation| rotation.told.is_none()) {
            "the target was not told of the new token: its file has no `reload`, and it was not started again"
        } else {
            "the app made no call after the token before the new one had ended"
        })
    }
}

impl<'d> Rotated<'d> {
    /// For each app the last rotation before a call, if the value before it was over by then.
    fn over(&self, call: &Call<'_>) -> Vec<&'d Rotation> {
        let rotations = self.digest.rotations();
        let last = rotations.iter().enumerate().filter(|(place, rotation)| {
            let next = rotations[place + 1..].iter().any(|next| next.app == rotation.app && next.at <= call.at);
            !next && rotation.ends <= call.at
        });
        last.map(|(_, rotation)| rotation).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use sim::Moment;

    use crate::Clause::AuthRotation;
    use crate::Rotation;
    use crate::clauses::story::{Story, UPSERT};

    /// Seconds after the start.
    fn second(n: i64) -> Moment {
        Moment::START.plus(n * 1_000)
    }

    fn rotated(at: i64, ends: i64, told: Option<i64>) -> Story {
        let mut story = Story::with(&[]);
        story.untested(AuthRotation);
        story.trace.rotations.push(Rotation {
            app: "private".to_owned(),
            at: second(at),
            ends: second(ends),
            told: told.map(second),
        });
        calls(&mut story, 200);
        story
    }

    fn calls(story: &mut Story, status: u16) {
        story.call(UPSERT, status, Value::Null);
        if status != 401 {
            story.but("app_name", "private".into());
        }
    }

    #[test]
    fn the_value_before_may_be_used_until_its_end_and_no_longer() {
        let mut story = rotated(10, 600, Some(10));
        story.wait("599s");
        calls(&mut story, 200);
        story.untested(AuthRotation);
        story.wait("1s");
        calls(&mut story, 200);
        story.kept(AuthRotation);
        story.wait("1s");
        calls(&mut story, 401);
        story.broken(AuthRotation, &[4], "at 00:10:01 POST /crm/v3/objects/contacts/batch/upsert was refused with 401");
    }

    #[test]
    fn nobody_is_accused_of_what_was_refused_before_they_were_told() {
        let mut story = rotated(10, 10, None);
        story.wait("11s");
        calls(&mut story, 401);
        story.untested(AuthRotation);
        let mut story = rotated(10, 10, Some(20));
        story.wait("20s");
        calls(&mut story, 401);
        story.untested(AuthRotation);
        story.wait("1s");
        calls(&mut story, 401);
        story.broken(AuthRotation, &[3], "the one that was told at 00:00:20 was over");
    }

    #[test]
    fn only_its_own_app_and_only_real_refusals_count() {
        let mut story = rotated(10, 20, Some(10));
        story.wait("30s").call(UPSERT, 401, Value::Null);
        story.but("app_name", "narrow".into());
        story.call(UPSERT, 401, Value::Null);
        story.but("fault", "401-burst".into());
        story.untested(AuthRotation);
        story.trace.rotations.push(Rotation {
            app: "private".to_owned(),
            at: second(25),
            ends: second(25),
            told: None,
        });
        calls(&mut story, 401);
        story.untested(AuthRotation);
    }
}
