//! Counting calls against a policy's limits. Exact by each limit's definition; told the time, it
//! reads no clock, and what a refusal says is the system's to word.

mod decide;
mod headers;
mod quota;
mod reading;
mod rolling;
mod tally;

pub use decide::Limits;
pub use headers::advertised;
pub use reading::{Charge, Decision, Reading, Readings};
