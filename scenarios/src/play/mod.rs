//! Playing a scenario: a world, the target's processes, the steps, and what is left for the clauses to
//! judge. It judges nothing itself but what a script says is to hold.

mod act;
mod ahead;
mod case;
mod deliver;
mod haul;
mod holds;
mod job;
mod launch;
mod observe;
mod outcome;
mod stage;
mod steps;
mod tokens;
mod world;

pub use ahead::foresee;
pub use case::{Case, NotPlayed, Plan, play};
pub use haul::{Asked, Company, Haul, Progress, haul};
pub use observe::{DeadLetters, Log, Observed};
pub use outcome::{CaseVerdict, Expectation, Fault, Interrupted, Outcome, Skipped};
pub use world::{NoWorld, tables};
