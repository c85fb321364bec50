//! Which inferred behaviours all cases of a run leaned on, together. It takes what each case says, and adds.

use std::collections::BTreeMap;

use sim::SystemName;
use sim::ledger::{Entry, Leaned};

use crate::play::Outcome;

/// A behaviour over all cases.
#[derive(Clone, Copy, Debug)]
pub(super) struct Total {
    pub(super) entry: &'static Entry,
    pub(super) calls: u64,
    pub(super) cases: u64,
}

/// System by system, then by id.
pub(super) fn totals<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Vec<Total> {
    let mut totals: BTreeMap<_, Total> = BTreeMap::new();
    for &Leaned { entry, calls, .. } in outcomes.into_iter().flat_map(|outcome| &outcome.leaned_on) {
        let total = totals.entry((place(entry), &entry.id)).or_insert(Total { entry, calls: 0, cases: 0 });
        total.calls += calls;
        total.cases += 1;
    }
    totals.into_values().collect()
}

fn place(entry: &Entry) -> Option<usize> {
    SystemName::ALL.iter().position(|system| entry.system() == Some(*system))
}

/// `leaned on 7 inferred behaviours of hubspot, 2 of ords: ...`; nothing where there are none.
#[must_use]
pub fn line<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Option<String> {
    let totals = totals(outcomes);
    let mut counts = SystemName::ALL.into_iter().filter_map(|system| {
        let count = totals.iter().filter(|total| total.entry.system() == Some(system)).count();
        (count > 0).then_some((count, system))
    });
    let (count, system) = counts.next()?;
    let behaviours = if count == 1 { "behaviour" } else { "behaviours" };
    let mut line = format!("leaned on {count} inferred {behaviours} of {system}");
    counts.for_each(|(count, system)| line.push_str(&format!(", {count} of {system}")));
    line.push_str(": the JSON report names them, `standin fidelity ID` tells of one");
    Some(line)
}
