//! One call against all limits that apply to it: all are asked before any is charged.

use std::collections::BTreeMap;

use super::reading::{Charge, Decision, Readings};
use super::tally::{Frame, Tally};
use crate::Moment;
use crate::policy::{GatePolicy, Limit, Scope};

/// What a limit counts together: account, app and client, nought where it does not tell them apart.
type Key = [u64; 3];

/// Decisions between two sweeps of idle tallies.
const SWEEP_EVERY: u32 = 4_096;

/// The counters of one system in one world, for one policy. Their time goes only forward: an
/// instant before one already seen counts as that one.
#[derive(Clone, Debug)]
pub struct Limits {
    started: Moment,
    now: Moment,
    /// By the limit's place in the policy's list.
    tallies: Vec<BTreeMap<Key, Tally>>,
    until_sweep: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self::starting(Moment(0))
    }
}

impl Limits {
    /// The counters of a world that starts at `at`, where windows anchored at the account's start begin.
    #[must_use]
    pub fn starting(at: Moment) -> Self {
        Self { started: at, now: Moment(i64::MIN), tallies: Vec::new(), until_sweep: SWEEP_EVERY }
    }

    /// Counts one call, or refuses it. All limits that apply are asked before any is charged; a
    /// refused call is charged only to those that count refused calls.
    pub fn decide(&mut self, policy: &GatePolicy, charge: &Charge<'_>, at: Moment) -> Decision {
        self.now = self.now.max(at);
        self.tallies.resize_with(policy.limits.len(), BTreeMap::new);
        self.sweep_now_and_then(policy);

        let mut refused_by = None;
        for (index, limit) in applying(policy, charge) {
            let frame = self.frame(limit, charge, self.now);
            let mut tally = self.tallies[index].get_mut(&key(limit, charge));
            if let Some(tally) = &mut tally {
                tally.forget(limit, frame.at);
            }
            if limit.is_enforced() && !frame.has_room(tally.as_deref()) {
                refused_by = Some(index);
                break;
            }
        }

        let mut readings = Readings::default();
        for (index, limit) in applying(policy, charge) {
            let frame = self.frame(limit, charge, self.now);
            let key = key(limit, charge);
            if refused_by.is_none() || limit.counts_refused() {
                frame.charge(self.tallies[index].entry(key).or_insert_with(|| frame.open()));
            }
            readings.push(frame.reading(index, self.tallies[index].get(&key)));
        }

        let refusal = refused_by.and_then(|limit| readings.iter().find(|reading| reading.limit == limit));
        match refusal.copied() {
            Some(refusal) => Decision::Refused { limit: refusal.limit, frees_at: refusal.frees_at, readings },
            None => Decision::Passed(readings),
        }
    }

    /// Counts calls towards one limit, without asking any, until it has no more than `leave` left;
    /// answers what is left.
    pub fn spend(&mut self, policy: &GatePolicy, limit: usize, charge: &Charge<'_>, leave: u64, at: Moment) -> u64 {
        self.now = self.now.max(at);
        self.tallies.resize_with(policy.limits.len(), BTreeMap::new);
        let Some(counted) = policy.limits.get(limit) else { return 0 };
        let frame = self.frame(counted, charge, self.now);
        let tally = self.tallies[limit].entry(key(counted, charge)).or_insert_with(|| frame.open());
        tally.forget(counted, frame.at);
        frame.spend(tally, leave);
        frame.reading(limit, Some(tally)).remaining
    }

    /// Where the limits stand that would apply to such a call; nothing is counted.
    #[must_use]
    pub fn usage(&self, policy: &GatePolicy, charge: &Charge<'_>, at: Moment) -> Readings {
        let mut readings = Readings::default();
        for (index, limit) in applying(policy, charge) {
            let tally = self.tallies.get(index).and_then(|tallies| tallies.get(&key(limit, charge)));
            readings.push(self.frame(limit, charge, self.now.max(at)).reading(index, tally));
        }
        readings
    }

    /// Calls that a limit still lets through of those that are counted with such a one.
    pub(crate) fn left(&self, policy: &GatePolicy, limit: usize, charge: &Charge<'_>, at: Moment) -> u64 {
        let Some(counted) = policy.limits.get(limit) else { return 0 };
        let tally = self.tallies.get(limit).and_then(|tallies| tallies.get(&key(counted, charge)));
        self.frame(counted, charge, self.now.max(at)).left(tally)
    }

    /// Where the limits would stand for such a call, if others had just used one of them up; nothing is counted.
    pub(crate) fn used_up(&self, policy: &GatePolicy, limit: usize, charge: &Charge<'_>, at: Moment) -> Readings {
        let mut readings = Readings::default();
        for reading in self.usage(policy, charge, at).iter() {
            readings.push(match policy.limits.get(limit) {
                Some(counted) if reading.limit == limit => {
                    let frame = self.frame(counted, charge, self.now.max(at));
                    let known = self.tallies.get(limit).and_then(|tallies| tallies.get(&key(counted, charge)));
                    let mut tally = known.cloned().unwrap_or_else(|| frame.open());
                    tally.forget(counted, frame.at);
                    frame.spend(&mut tally, 0);
                    frame.reading(limit, Some(&tally))
                }
                _ => *reading,
            });
        }
        readings
    }

    fn frame<'a>(&self, limit: &'a Limit, charge: &'a Charge<'_>, at: Moment) -> Frame<'a> {
        Frame { limit, at, started: self.started, time_zone: charge.time_zone }
    }

    /// Keeps memory bounded by the callers of late, not by all there ever were.
    fn sweep_now_and_then(&mut self, policy: &GatePolicy) {
        self.until_sweep -= 1;
        if self.until_sweep == 0 {
            self.until_sweep = SWEEP_EVERY;
            for (tallies, limit) in self.tallies.iter_mut().zip(&policy.limits) {
                tallies.retain(|_, tally| !tally.is_idle(limit, self.now));
            }
        }
    }
}

fn applying<'p>(policy: &'p GatePolicy, charge: &Charge<'_>) -> impl Iterator<Item = (usize, &'p Limit)> {
    policy.limits.iter().enumerate().filter(|(_, limit)| limit.applies(charge.classes))
}

fn key(limit: &Limit, charge: &Charge<'_>) -> Key {
    let part = |scope, value| if limit.scope.contains(&scope) { value } else { 0 };
    [part(Scope::Account, charge.account), part(Scope::App, charge.app), part(Scope::Client, charge.client)]
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::policy::{Figure, LimitKind, Millis};

    fn policy(size: u64) -> GatePolicy {
        let per = Figure::given(Millis(1_000), "this test");
        let size = Figure::given(NonZeroU64::new(size).unwrap(), "this test");
        let limit = Limit::new("second", LimitKind::RollingWindow { per }, &[Scope::Client], size);
        GatePolicy { limits: vec![limit], ..GatePolicy::default() }
    }

    fn charge(client: u64) -> Charge<'static> {
        static UTC: TimeZone = TimeZone::UTC;
        Charge { classes: &[], account: 1, app: 1, client, time_zone: &UTC }
    }

    #[test]
    fn callers_that_are_gone_take_no_memory() {
        let policy = policy(5);
        let mut limits = Limits::default();
        for client in 0..20_000 {
            limits.decide(&policy, &charge(client), Moment(client as i64));
        }
        assert!(limits.tallies[0].len() <= 1_000 + SWEEP_EVERY as usize, "{}", limits.tallies[0].len());
        let Decision::Passed(readings) = limits.decide(&policy, &charge(19_999), Moment(20_000)) else {
            panic!("refused");
        };
        assert_eq!(readings[0].remaining, 3, "a sweep forgets no one who still counts");
    }

    #[test]
    fn time_never_goes_back() {
        let policy = policy(1);
        let mut limits = Limits::default();
        limits.decide(&policy, &charge(1), Moment(5_000));
        let Decision::Refused { frees_at, .. } = limits.decide(&policy, &charge(1), Moment(3_000)) else {
            panic!("passed");
        };
        assert_eq!(frees_at, Moment(6_000));
    }
}
