//! What came of a run, for people and for machines. It decides nothing.

mod console;
mod json;
mod junit;
mod tally;

pub(crate) use console::world_time;
pub use console::{details, line, summary};
pub use json::{CaseReport, ClauseReport, MatrixCase, MatrixReport, RunReport};
pub use junit::junit;
pub use tally::{Standing, tally};
