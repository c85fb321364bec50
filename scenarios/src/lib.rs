//! The command line and all that drives worlds from outside.

pub mod cli;
pub mod demo;

// Calls live by small allocations of every size, freed on other threads than the one that made them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
