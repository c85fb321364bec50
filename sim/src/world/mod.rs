//! A world: its time, its chance, and the one step by which a request changes it.

mod clock;
mod moment;
mod seed;
pub(crate) mod step;

pub use clock::{
    Clock, ClockChange, ClockError, ClockLimits, ClockMode, ClockMove, ClockStatus, ClockStep, Moved, Open, Sleep,
    WorkId,
};
pub use moment::{BadMoment, BadSpan, Moment, parse_span};
pub use seed::Seed;
