//! The clauses that have a rule: their sentences.

use crate::Clause;

/// Every clause that is judged, with its sentence.
pub(crate) const ALL: [(Clause, &str); 0] = [];
