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
        match self.calls.back_mut() {
            Some((then, count)) if *then == at => *count += 1,
            _ => self.calls.push_back((at, 1)),
        }
        self.total += 1;
        if self.total > room {
            self.drop_oldest();
        }
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

    fn drop_oldest(&mut self) {
        if let Some((_, count)) = self.calls.front_mut() {
            *count -= 1;
            self.total -= 1;
            if *count == 0 {
                self.calls.pop_front();
            }
        }
    }
}
