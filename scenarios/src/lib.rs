//! The command line and all that drives worlds from outside: targets and their processes, scenarios,
//! the runs that put the one through the other, and what is told of them.

pub mod cli;
pub mod demo;
mod entries;
pub mod eyes;
pub mod kit;
pub mod library;
pub mod load;
pub mod matrix;
pub mod play;
pub mod report;
pub mod run;
pub mod script;
pub mod target;
pub mod text;

// Calls live by small allocations of every size, freed on other threads than the one that made them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
