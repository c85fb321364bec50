//! The target: the file that says how the program under test is started or reached, and the
//! processes that come of it. Knows nothing of scenarios or clauses.

mod check;
mod descendants;
mod either;
mod expand;
mod faketime;
mod file;
mod glob;
mod output;
mod process;

pub(crate) use descendants::{end as end_descendants, programs, take_in_orphans};
pub use either::{Deployments, Reset, Tables};
pub use expand::{Scope, Unexpanded};
pub(crate) use faketime::Faketime;
pub use file::{Job, Observe, Receivers, TableFile, Target, TargetFile, TimeMode, Webhook, WorldFile};
pub(crate) use glob::files;
pub use output::Output;
pub(crate) use output::plain;
pub use process::{Failure, Running};
pub(crate) use process::{LINES_TOLD, Launch, told};

/// Where libfaketime is on this machine.
pub(crate) fn find_faketime() -> Option<std::path::PathBuf> {
    faketime::library()
}

/// What a target's owner is to be told before it is judged.
pub(crate) fn doubtful(file: &TargetFile) -> Option<String> {
    check::doubtful(file)
}

/// The pace of a target under libfaketime.
pub(crate) fn scale(target: &Target) -> f64 {
    target.scale.unwrap_or_else(|| faketime::scale(target.shortest_timeout.map(|span| span.0)))
}
