//! A world: its time, its chance, and the one step by which a request changes it.

mod boutiques;
mod goods;
mod moment;
mod people;
mod seed;
pub mod seeded;
pub(crate) mod step;

pub use moment::{BadMoment, BadSpan, Moment, parse_span};
pub use seed::Seed;
