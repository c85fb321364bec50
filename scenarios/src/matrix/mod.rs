//! The proof of the clauses: the reference keeps every one of them over the library, and each known
//! bug breaks its own, in the scenario that exercises it, with nothing undeclared beside it.

mod bugs;
mod prove;

pub use bugs::{BUGS, Declared};
pub use prove::{Proof, prove};
