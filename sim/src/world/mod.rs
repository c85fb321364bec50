//! A world: its time, its chance, and the one step by which a request changes it.

mod clock;
mod boutiques;
mod goods;
mod moment;
mod people;
mod seed;
pub mod seeded;
pub(crate) mod step;

pub use clock::{
    Clock, ClockChange, ClockError, ClockLimits, ClockMode, ClockMove, ClockStatus, ClockStep, Moved, Open, Sleep,
    WorkId,
};
pub use moment::{BadMoment, BadSpan, Moment, parse_span};
pub use seed::Seed;
