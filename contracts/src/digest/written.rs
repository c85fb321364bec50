//! What the integration's calls to the copy were about: who was written last by which call, and who was refused.

use std::collections::BTreeMap;

use super::{Call, Person};
use crate::Owner;

/// The latest call about a person.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    pub(crate) n: u64,
    /// The person's record alone was refused for good, and has not been taken since.
    pub(crate) refused: bool,
    /// It was taken at least once.
    pub(crate) taken: bool,
}

#[derive(Default)]
pub(super) struct WrittenBy(BTreeMap<(usize, Person), Written>);

impl WrittenBy {
    pub(super) fn note(&mut self, call: &Call<'_>, permanent: &[u16]) {
        let (Some(Owner::Copy), Some(object)) = (call.side, call.object) else { return };
        let refused_whole = permanent.contains(&call.what.status) && call.what.fault.is_none();
        // In part: those whom the results leave out.
        let results = (call.what.status == 207).then(|| call.response().map(|body| body["results"].to_string()));
        for op in &call.ops {
            let Some(person) = &op.person else { continue };
            let missing = matches!(&results, Some(Some(results)) if !results.contains(&person.to_string()));
            let written = self.0.entry((object, person.clone())).or_default();
            written.n = call.n;
            if missing || (refused_whole && call.ops.len() == 1) {
                written.refused = true;
            } else if call.took_effect {
                (written.refused, written.taken) = (false, true);
            }
        }
    }

    pub(super) fn of(&self, object: usize, person: &Person) -> Option<Written> {
        self.0.get(&(object, person.clone())).copied()
    }
}
