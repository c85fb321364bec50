//! A world: its time, its chance, what it remembers, and the one step by which a request changes it.

mod access;
mod apps;
mod boutiques;
mod builder;
mod clock;
mod core;
mod given;
mod goods;
mod handle;
mod inner;
mod limits;
mod meter;
mod moment;
mod people;
mod ready;
mod seed;
pub mod seeded;
pub(crate) mod slots;
mod start_error;
pub(crate) mod step;
mod tester;
mod webhooks;

pub(crate) use self::core::Memory;
pub use access::{AccessError, Records};
pub(crate) use builder::reachable;
pub use builder::{Builder, Ports};
pub use clock::{
    Clock, ClockChange, ClockError, ClockLimits, ClockMode, ClockMove, ClockParty, ClockPartyState, ClockStatus,
    ClockStep, Moved, Open, Sleep, WorkId,
};
pub use handle::{Emptied, World};
pub(crate) use inner::Inner;
pub use limits::{LimitTold, Spent};
pub use meter::Meter;
pub use moment::{BadMoment, BadSpan, Moment, parse_span, span_text};
pub use seed::Seed;
pub use start_error::StartError;
pub(crate) use start_error::taken;
pub use webhooks::{Delivery, Occurrence, Webhooks};
