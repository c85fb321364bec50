//! When a local day turns, in any zone and on days of 23, 25 or any other number of hours.

use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use crate::Moment;

/// The first instant after `at` at which the day turns: at which the wall clock has, for the first
/// time, reached `resets_at` on some date.
pub(super) fn next_turn(at: Moment, zone: &TimeZone, resets_at: Time) -> Moment {
    let today = zone.to_datetime(at.timestamp()).date();
    // A clock put back over midnight has turned to tomorrow already; hence the day after it.
    (0..=2)
        .filter_map(|days| today.checked_add(days.days()).ok())
        .filter_map(|date| turn(date.to_datetime(resets_at), zone))
        .find(|turn| *turn > at)
        .unwrap_or(Moment(i64::MAX))
}

/// The first instant at which the wall clock shows `wall` or a later time.
fn turn(wall: DateTime, zone: &TimeZone) -> Option<Moment> {
    let instant = match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            offset.to_timestamp(wall).ok()?
        }
        // Never shown: the clock jumps over it, and is past it once it has jumped.
        AmbiguousOffset::Gap { before, .. } => {
            let past = before.to_timestamp(wall).ok()?.checked_add(1.nanosecond()).ok()?;
            zone.preceding(past).next()?.timestamp()
        }
    };
    Some(Moment(ceil_ms(instant)))
}

fn ceil_ms(instant: Timestamp) -> i64 {
    let floor = instant.as_millisecond();
    if instant.subsec_nanosecond().rem_euclid(1_000_000) == 0 { floor } else { floor.saturating_add(1) }
}
