//! The least that a piece of work takes: the fewest calls, each made as soon as the limits let it through. It is
//! a bound from below, told beside what an integration took; no promise that one could do it.

use sim::gate::Decision;
use sim::journal::Entry;
use sim::{Meter, Moment};

/// World time that so many calls like this one take, in milliseconds; `None` where a limit never frees.
pub(super) fn least_ms(mut meter: Meter, like: &Entry, calls: u64, start: Moment) -> Option<i64> {
    let mut at = start;
    for _ in 0..calls {
        while let Some(Decision::Refused { frees_at, .. }) = meter.count_at(like, at) {
            if frees_at <= at {
                return None;
            }
            at = frees_at;
        }
    }
    Some(at.since(start))
}
