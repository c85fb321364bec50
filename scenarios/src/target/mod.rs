//! The target: the file that says how the program under test is started or reached, and the
//! processes that come of it. Knows nothing of scenarios or clauses.

mod descendants;
mod expand;
mod faketime;
mod file;
mod output;
mod process;

pub(crate) use descendants::{end as end_descendants, programs, take_in_orphans};
pub use expand::{Scope, Unexpanded};
pub(crate) use faketime::Faketime;
pub use file::{Job, Receivers, Reset, Target, TargetFile, TimeMode, Webhook, WorldFile};
pub use output::Output;
pub use process::{Failure, Running};
pub(crate) use process::{LINES_TOLD, Launch, told};

/// Where libfaketime is on this machine.
pub(crate) fn find_faketime() -> Option<std::path::PathBuf> {
    faketime::library()
}

/// The pace of a target under libfaketime.
pub(crate) fn scale(target: &Target) -> f64 {
    target.scale.unwrap_or_else(|| faketime::scale(target.shortest_timeout.map(|span| span.0)))
}
