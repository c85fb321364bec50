//! Contracts: what an integration promises, clause by clause, and the words for what became of each
//! promise.
//!
//! A clause is one checkable promise with a stable id. A verdict on it is *kept*, *broken* with the
//! journal entries that show it, or *untested* with the reason: what was not exercised, or could not
//! be seen, is never kept. This crate knows nothing of the systems that an integration talks to.
//!
//! ```
//! use standin_contracts::{Clause, Finding, Verdict};
//!
//! let clause: Clause = "auth.refresh".parse()?;
//! let verdict = Verdict::Broken { evidence: vec![1841, 1842, 1843] };
//! assert_eq!(Finding { clause, verdict }.to_string(), "auth.refresh BROKEN journal 1841..1843");
//! # Ok::<(), standin_contracts::UnknownClause>(())
//! ```

mod clause;
mod verdict;

pub use clause::{Clause, Family, UnknownClause};
pub use verdict::{Finding, Verdict};
