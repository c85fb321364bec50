//! What time it is: world time as a function of a monotonic instant. Knows nobody who waits for it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use super::{ClockError, ClockMode, ClockMove, ClockStep};
use crate::Moment;

#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    mode: ClockMode,
    /// The last reading; where time stands, the only one.
    shown: Moment,
    /// Where time flows: what it showed when, at its present pace.
    anchor: (Moment, Instant),
    /// Whether it was ever moved, so that it has left the wall's time for good.
    moved: bool,
}

impl Time {
    pub(super) fn new(mode: ClockMode, start: Option<Moment>, real: Instant) -> Result<Self, ClockError> {
        let shown = match (mode.checked()?, start) {
            (ClockMode::Real, Some(_)) => {
                return Err(ClockError::Bad("a real clock starts at the wall's time; it takes no `start`".to_owned()));
            }
            (_, Some(start)) if start > last() => return Err(beyond(start)),
            (_, Some(start)) => start,
            (ClockMode::Real | ClockMode::Scaled(_), None) => wall(),
            (ClockMode::Auto | ClockMode::Manual, None) => Moment::START,
        };
        Ok(Self { mode, shown, anchor: (shown, real), moved: false })
    }

    pub(super) const fn mode(&self) -> ClockMode {
        self.mode
    }

    pub(super) fn now(&mut self, real: Instant) -> Moment {
        let (world, since) = self.anchor;
        let passed = real.saturating_duration_since(since);
        let reading = match self.mode {
            ClockMode::Real => world.plus(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)),
            // A float too great for an integer becomes the greatest one.
            ClockMode::Scaled(scale) => world.plus((passed.as_secs_f64() * 1_000.0 * scale) as i64),
            ClockMode::Auto | ClockMode::Manual => self.shown,
        };
        self.shown = self.shown.max(reading.min(last()));
        self.shown
    }

    /// When a flowing clock will show `at`; `None` if not within what the machine can count.
    pub(super) fn real_of(&self, at: Moment) -> Option<Instant> {
        let (world, since) = self.anchor;
        let span = Duration::from_millis(u64::try_from(at.since(world)).unwrap_or(0));
        since.checked_add(Duration::try_from_secs_f64(span.as_secs_f64() / self.mode.scale()).ok()?)
    }

    /// The end of a move made from now, in `mode`.
    pub(super) fn end(&mut self, step: ClockStep, mode: ClockMode, real: Instant) -> Result<Moment, ClockError> {
        if mode.flows() {
            return Err(ClockError::Conflict(format!(
                "the clock is {}, so it cannot be moved; set {{\"mode\":\"manual\"}} first",
                mode.name()
            )));
        }
        let now = self.now(real);
        let end = match step {
            ClockStep::Advance(span_ms) => now.plus(span_ms),
            ClockStep::To(at) => at,
        };
        if end < now {
            return Err(ClockError::Back { now, to: end });
        }
        if end > last() { Err(beyond(end)) } else { Ok(end) }
    }

    /// The instant at which a sleep begun now ends.
    pub(super) fn wake_at(&mut self, span_ms: i64, real: Instant) -> Result<Moment, ClockError> {
        if span_ms < 0 {
            return Err(ClockError::Bad(format!("a sleep of {span_ms} ms ends before it begins")));
        }
        let at = self.now(real).plus(span_ms);
        if at > last() { Err(beyond(at)) } else { Ok(at) }
    }

    /// Goes over to another mode. Says so unless nothing changed.
    pub(super) fn switch(&mut self, mode: ClockMode, real: Instant) -> Result<Option<ClockMove>, ClockError> {
        let mode = mode.checked()?;
        let from = self.now(real);
        if mode == self.mode {
            return Ok(None);
        }
        if mode == ClockMode::Real {
            let wall = wall();
            if self.moved {
                return Err(ClockError::Conflict(
                    "the clock was moved, so it cannot follow the wall's time again; start another world".to_owned(),
                ));
            }
            if wall < from {
                return Err(ClockError::Conflict(format!(
                    "world time is {from} and the wall's is {wall}; a real clock would take it back"
                )));
            }
            self.shown = wall;
        }
        self.mode = mode;
        self.anchor = (self.shown, real);
        Ok(Some(ClockMove { from, to: self.shown, mode }))
    }

    /// Jumps ahead, where time stands.
    pub(super) fn jump(&mut self, to: Moment) -> ClockMove {
        let from = self.shown;
        self.shown = from.max(to);
        self.moved = true;
        ClockMove { from, to: self.shown, mode: self.mode }
    }
}

/// The wall's time. A machine set before 1970 shows 1970.
fn wall() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)).min(last())
}

/// The last instant that has a text form.
fn last() -> Moment {
    Moment(jiff::Timestamp::MAX.as_millisecond())
}

fn beyond(at: Moment) -> ClockError {
    ClockError::Bad(format!("{} ms after 1970 is beyond the last instant, {}", at.0, last()))
}
