//! What came of a run, for people and for machines. It decides nothing.

mod console;
mod json;
mod junit;
mod leaned;
mod tally;

pub(crate) use console::world_time;
pub use console::{details, line, summary};
pub use json::{CaseReport, ClauseReport, LeanedReport, LeanedTotal, MatrixCase, MatrixReport, RunReport};
pub use junit::junit;
pub use leaned::line as leaned_line;
pub use tally::{Standing, tally};
