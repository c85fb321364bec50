//! Limits read off their definitions: every call ever made is kept, and counted anew each time.

use jiff::Timestamp;

use std::rc::Rc;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use sim::Moment;
use sim::policy::{Anchor, Limit, LimitKind, Scope, Zone};

/// A call as the tests make it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) at: i64,
    pub(crate) who: [u64; 3],
    pub(crate) classes: Vec<&'static str>,
}

/// All calls so far, and whether each was let through.
#[derive(Clone)]
pub(crate) struct History {
    pub(crate) calls: Vec<(Call, bool)>,
    started: i64,
    /// When the day turns, by limit and account.
    turns: Rc<Vec<[Vec<i64>; 2]>>,
}

/// What a limit must say: calls counted, and when that changes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) counted: u64,
    pub(crate) frees_at: i64,
}

pub(crate) fn applies(limit: &Limit, call: &Call) -> bool {
    let named = |names: &[String]| names.iter().filter(|name| call.classes.iter().any(|class| class == name)).count();
    (limit.classes.is_empty() || named(&limit.classes) > 0) && named(&limit.exempt) == 0
}

pub(crate) fn room(limit: &Limit) -> u64 {
    limit.size.value.get() + limit.slack.as_ref().map_or(0, |slack| slack.value)
}

impl History {
    /// No calls yet; there will be some from `started` to `until`, of two accounts in these zones.
    pub(crate) fn new(limits: &[Limit], zones: &[TimeZone; 2], started: i64, until: i64) -> Self {
        let turns = |limit: &Limit, home: &TimeZone| match &limit.kind {
            LimitKind::DailyQuota { resets_at, time_zone } => {
                let zone = if let Zone::Named(zone) = &time_zone.value { zone } else { home };
                turns(zone, resets_at.value, started, until)
            }
            _ => Vec::new(),
        };
        let turns = limits.iter().map(|limit| zones.each_ref().map(|home| turns(limit, home))).collect();
        Self { calls: Vec::new(), started, turns: Rc::new(turns) }
    }

    /// The limit that refuses the call, by the definition of each.
    pub(crate) fn refusal(&self, limits: &[Limit], call: &Call) -> Option<usize> {
        (0..limits.len()).find(|&index| {
            let limit = &limits[index];
            let enforced = limit.enforced.as_ref().is_none_or(|figure| figure.value);
            enforced && applies(limit, call) && self.standing(limits, index, call).counted >= room(limit)
        })
    }

    pub(crate) fn standing(&self, limits: &[Limit], index: usize, call: &Call) -> Standing {
        let limit = &limits[index];
        let now = call.at;
        let counted: Vec<i64> = self.counted(limit, call);
        match &limit.kind {
            LimitKind::RollingWindow { per } => {
                let mut within: Vec<i64> = counted.into_iter().filter(|then| now - then < per.value.0).collect();
                within.sort_unstable();
                let beyond = within.len().saturating_sub(usize::try_from(room(limit)).unwrap());
                let frees_at = within.get(beyond).map_or(now, |then| then + per.value.0);
                Standing { counted: within.len() as u64, frees_at }
            }
            LimitKind::FixedWindow { per, anchor } => {
                let per = per.value.0;
                let origin = match anchor.value {
                    Anchor::Epoch => 0,
                    Anchor::AccountStart => self.started,
                    Anchor::FirstCall => return first_call_window(&counted, per, now),
                };
                let window = |at: i64| (at - origin).div_euclid(per);
                let same = counted.iter().filter(|then| window(**then) == window(now)).count();
                Standing { counted: same as u64, frees_at: origin + (window(now) + 1) * per }
            }
            LimitKind::DailyQuota { .. } => {
                let turns = &self.turns[index][usize::try_from(call.who[0]).unwrap()];
                let day = |at: i64| turns.iter().filter(|turn| **turn <= at).count();
                let same = counted.iter().filter(|then| day(**then) == day(now)).count();
                Standing { counted: same as u64, frees_at: turns[day(now)] }
            }
        }
    }

    fn counted(&self, limit: &Limit, call: &Call) -> Vec<i64> {
        let refused_too = limit.counts_refused.as_ref().is_some_and(|figure| figure.value);
        let together = |other: &Call| {
            [Scope::Account, Scope::App, Scope::Client]
                .iter()
                .zip(other.who.iter().zip(&call.who))
                .all(|(scope, (theirs, ours))| !limit.scope.contains(scope) || theirs == ours)
        };
        self.calls
            .iter()
            .filter(|(other, passed)| applies(limit, other) && together(other) && (*passed || refused_too))
            .map(|(other, _)| other.at)
            .collect()
    }
}

/// The first counted call opens a window; the first at or after its end opens the next.
fn first_call_window(counted: &[i64], per: i64, now: i64) -> Standing {
    let mut open: Option<(i64, u64)> = None;
    for &then in counted {
        open = match open {
            Some((start, count)) if then < start + per => Some((start, count + 1)),
            _ => Some((then, 1)),
        };
    }
    match open {
        Some((start, count)) if now < start + per => Standing { counted: count, frees_at: start + per },
        _ => Standing { counted: 0, frees_at: now },
    }
}

/// The instants at which a wall clock, watched minute by minute, shows `resets_at` of a date, or a
/// later time, for the first time.
fn turns(zone: &TimeZone, resets_at: Time, from: i64, until: i64) -> Vec<i64> {
    const MINUTE: i64 = 60_000;
    let mut latest: Option<Date> = None;
    let mut turns = Vec::new();
    let mut at = from.div_euclid(MINUTE) * MINUTE - 3 * 1_440 * MINUTE;
    while at < until + 3 * 1_440 * MINUTE {
        let wall = zone.to_datetime(Timestamp::from_millisecond(at).unwrap());
        let day = if wall.time() >= resets_at { wall.date() } else { wall.date().yesterday().unwrap() };
        if latest.is_none_or(|latest| day > latest) {
            if latest.is_some() {
                turns.push(at);
            }
            latest = Some(day);
        }
        at += MINUTE;
    }
    turns
}

pub(crate) fn moment(text: &str) -> i64 {
    text.parse::<Moment>().unwrap().0
}
