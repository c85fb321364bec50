//! Contracts: what an integration promises, clause by clause, and the words for what became of each
//! promise.
//!
//! A clause is one checkable promise with a stable id. A verdict on it is *kept*, *broken* with the
//! journal entries that show it, or *untested* with the reason: what was not exercised, or could not
//! be seen, is never kept. [`judge`] takes the [`Contract`] and the [`Trace`] of a run. This crate starts and
//! calls nothing: all that it says is read off the journal and the end state.
//!
//! ```
//! use standin_contracts::{Clause, Finding, Verdict};
//!
//! let clause: Clause = "auth.refresh".parse()?;
//! let what = "at 01:01:00 a token that had ended was used again, and no new one asked for".to_owned();
//! let verdict = Verdict::Broken { evidence: vec![1841, 1842, 1843], what };
//! assert_eq!(Finding { clause, verdict }.to_string(), "auth.refresh BROKEN journal 1841..1843");
//! # Ok::<(), standin_contracts::UnknownClause>(())
//! ```

mod clause;
mod clauses;
mod contract;
mod digest;
mod in_step;
mod judge;
mod trace;
mod verdict;

pub use clause::{Clause, Family, UnknownClause};
pub use contract::{
    Backoff, BadContract, Batch, Columns, Consent, Contract, CopyType, Fault, Field, Freshness, Governance,
    Idempotency, Key, Keys, Mapping, MasterType, Object, Only, Owner, Place, Reliability, SourceApi, Span, Token,
    Topology, Transform, nearest, transformed,
};
pub use in_step::{out_of_step, wrong_copies};
pub use judge::judge;
pub use trace::{EndState, Rotation, Trace};
pub use verdict::{Finding, Verdict};
