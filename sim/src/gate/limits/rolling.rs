//! The log of a rolling window: exact, one entry for each millisecond in which calls were counted.

use std::collections::VecDeque;

/// Calls counted in a window, oldest first. It holds no more calls than the window has room for:
/// older ones could not change what it decides.
#[derive(Clone, Debug, Default)]
pub(super) struct RollingLog {
    calls: VecDeque<(i64, u64)>,
    total: u64,
}

impl RollingLog {
    /// Drops the calls that no longer count at `at`.
    pub(super) fn forget(&mut self, at: i64, per: i64) {
        while let Some(&(then, count)) = self.calls.front() {
            if then.saturating_add(per) > at {
                break;
            }
            self.calls.pop_front();
            self.total -= count;
        }
    }

    /// Counts a call at `at`, which is no earlier than any before.
    pub(super) fn charge(&mut self, at: i64, room: u64) {
        self.charge_many(at, 1, room);
    }

    /// As so many times [`Self::charge`].
    pub(super) fn charge_many(&mut self, at: i64, calls: u64, room: u64) {
        if calls == 0 {
            return;
        }
        match self.calls.back_mut() {
            Some((then, count)) if *then == at => *count = count.saturating_add(calls),
            _ => self.calls.push_back((at, calls)),
        }
        self.total = self.total.saturating_add(calls);
        self.drop_oldest(self.total.saturating_sub(room));
    }

    /// Calls that count at `at`, and when the oldest of them stops counting.
    pub(super) fn standing(&self, at: i64, per: i64) -> (u64, Option<i64>) {
        let mut counted = self.total;
        for &(then, count) in &self.calls {
            let end = then.saturating_add(per);
            if end > at {
                return (counted, Some(end));
            }
            counted -= count;
        }
        (0, None)
    }

    /// Whether no call counts at `at`.
    pub(super) fn is_idle(&self, at: i64, per: i64) -> bool {
        self.calls.back().is_none_or(|&(then, _)| then.saturating_add(per) <= at)
    }

    fn drop_oldest(&mut self, mut calls: u64) {
        while let Some((_, count)) = self.calls.front_mut().filter(|_| calls > 0) {
            let dropped = calls.min(*count);
            *count -= dropped;
            (self.total, calls) = (self.total - dropped, calls - dropped);
            if *count == 0 {
                self.calls.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_calls_at_once_are_as_many_one_by_one() {
        for room in [1, 3, 10, 100] {
            let (mut at_once, mut singly) = (RollingLog::default(), RollingLog::default());
            for (at, calls) in [(0, 4), (0, 2), (5, 0), (5, 7), (6, 1), (9, 30)] {
                at_once.charge_many(at, calls, room);
                (0..calls).for_each(|_| singly.charge(at, room));
                assert_eq!((&at_once.calls, at_once.total), (&singly.calls, singly.total), "room for {room}, at {at}");
            }
        }
    }

    /// One by one this many would take years.
    #[test]
    fn a_great_many_calls_cost_no_more_than_one() {
        let mut log = RollingLog::default();
        log.charge_many(0, u64::MAX / 2, u64::MAX);
        assert_eq!(log.standing(1, 10), (u64::MAX / 2, Some(10)));
        log.charge_many(1, u64::MAX / 2, 5);
        assert_eq!(log.calls, [(1, 5)]);
    }
}
