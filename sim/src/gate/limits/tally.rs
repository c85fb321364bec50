//! What one limit has counted of one account, app or client.

use super::quota::next_turn;
use super::reading::Reading;
use super::rolling::RollingLog;
use crate::Moment;
use crate::policy::{Anchor, Limit, LimitKind, Zone};
use jiff::tz::TimeZone;

/// A limit at an instant, and what else its windows depend on.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) limit: &'a Limit,
    pub(super) at: Moment,
    /// The world's start.
    pub(super) started: Moment,
    pub(super) time_zone: &'a TimeZone,
}

#[derive(Clone, Debug)]
pub(super) enum Tally {
    Rolling(RollingLog),
    /// Calls counted in a window that ends at `turns`.
    Window {
        turns: Moment,
        count: u64,
    },
}

impl Frame<'_> {
    fn per(self) -> i64 {
        self.limit.kind.per().unwrap_or(1).max(1)
    }

    /// When the window around this instant ends; for windows that a first call opens, if this were it.
    fn turns(self) -> Moment {
        let anchor = match &self.limit.kind {
            LimitKind::RollingWindow { .. } => return self.at.plus(self.per()),
            LimitKind::DailyQuota { resets_at, time_zone } => {
                let zone = match &time_zone.value {
                    Zone::Account => self.time_zone,
                    Zone::Named(zone) => zone,
                };
                return next_turn(self.at, zone, resets_at.value);
            }
            LimitKind::FixedWindow { anchor, .. } => match anchor.value {
                Anchor::Epoch => Moment(0),
                Anchor::AccountStart => self.started,
                Anchor::FirstCall => self.at,
            },
        };
        let into = self.at.since(anchor).rem_euclid(self.per());
        self.at.plus(self.per() - into)
    }

    /// Where nothing is counted yet.
    fn fresh(self) -> (u64, Moment) {
        match &self.limit.kind {
            LimitKind::RollingWindow { .. } => (0, self.at),
            LimitKind::FixedWindow { anchor, .. } if anchor.value == Anchor::FirstCall => (0, self.at),
            LimitKind::FixedWindow { .. } | LimitKind::DailyQuota { .. } => (0, self.turns()),
        }
    }

    /// Calls that count, and what [`Reading::frees_at`] tells.
    fn standing(self, tally: Option<&Tally>) -> (u64, Moment) {
        match tally {
            Some(Tally::Rolling(log)) => {
                let (count, end) = log.standing(self.at.0, self.per());
                (count, end.map_or(self.at, Moment))
            }
            Some(Tally::Window { turns, count }) if self.at < *turns => (*count, *turns),
            _ => self.fresh(),
        }
    }

    pub(super) fn has_room(self, tally: Option<&Tally>) -> bool {
        self.standing(tally).0 < self.limit.room()
    }

    /// Calls that are still let through.
    pub(super) fn left(self, tally: Option<&Tally>) -> u64 {
        self.limit.room().saturating_sub(self.standing(tally).0)
    }

    pub(super) fn reading(self, index: usize, tally: Option<&Tally>) -> Reading {
        let (count, frees_at) = self.standing(tally);
        let size = self.limit.size.value.get();
        Reading { limit: index, size, remaining: size.saturating_sub(count), frees_at }
    }

    /// A tally that has counted nothing.
    pub(super) fn open(self) -> Tally {
        match self.limit.kind {
            LimitKind::RollingWindow { .. } => Tally::Rolling(RollingLog::default()),
            _ => Tally::Window { turns: self.at, count: 0 },
        }
    }

    /// Counts calls now until no more than `leave` are let through.
    pub(super) fn spend(self, tally: &mut Tally, leave: u64) {
        let spent = self.left(Some(tally)).saturating_sub(leave);
        match tally {
            _ if spent == 0 => {}
            Tally::Rolling(log) => log.charge_many(self.at.0, spent, self.limit.room()),
            Tally::Window { turns, count } if self.at < *turns => *count = count.saturating_add(spent),
            window @ Tally::Window { .. } => *window = Tally::Window { turns: self.turns(), count: spent },
        }
    }

    /// Counts a call now.
    pub(super) fn charge(self, tally: &mut Tally) {
        match tally {
            Tally::Rolling(log) => log.charge(self.at.0, self.limit.room()),
            Tally::Window { turns, count } if self.at < *turns => *count = count.saturating_add(1),
            window @ Tally::Window { .. } => *window = Tally::Window { turns: self.turns(), count: 1 },
        }
    }
}

impl Tally {
    /// Lets go of what no longer counts.
    pub(super) fn forget(&mut self, limit: &Limit, at: Moment) {
        if let (Self::Rolling(log), Some(per)) = (self, limit.kind.per()) {
            log.forget(at.0, per.max(1));
        }
    }

    /// Whether it stands as if it had counted nothing.
    pub(super) fn is_idle(&self, limit: &Limit, at: Moment) -> bool {
        match self {
            Self::Rolling(log) => log.is_idle(at.0, limit.kind.per().unwrap_or(1).max(1)),
            Self::Window { turns, .. } => *turns <= at,
        }
    }
}
