//! Records that are locked for a while. It knows them by the names that their room gives them.

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use crate::{Moment, SystemName};

/// What is locked, and the first instant at which it is no more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locks(FxHashMap<(SystemName, CompactString), Moment>);

impl Locks {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn hold(&mut self, system: SystemName, records: Vec<CompactString>, until: Moment) {
        self.0.extend(records.into_iter().map(|record| ((system, record), until)));
    }

    /// Whether one of these is locked at an instant; locks that are over are forgotten.
    pub(crate) fn hold_any(&mut self, system: SystemName, records: &[CompactString], at: Moment) -> bool {
        self.0.retain(|_, until| at < *until);
        records.iter().any(|record| self.0.contains_key(&(system, record.clone())))
    }
}
