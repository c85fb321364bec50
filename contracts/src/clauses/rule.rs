//! What every rule is, and what several of them need: counting cases, and telling a call that was in flight
//! from one that was begun later, by the order of the journal before the time in it.

use std::collections::BTreeSet;

use crate::Verdict;
use crate::digest::{Call, Digest, Seen};

/// A clause at work on one trace.
pub(crate) trait Rule<'d> {
    /// Looks at the next thing of the journal.
    fn see(&mut self, seen: Seen<'d>);

    /// What became of the promise.
    fn verdict(self: Box<Self>) -> Verdict;
}

/// The cases in which a clause was exercised, and those in which it did not hold.
#[derive(Default)]
pub(crate) struct Tally {
    exercised: u64,
    broken: Vec<(Vec<u64>, String)>,
}

/// A report quotes so many entries: they lead to the rest.
const EVIDENCE_MAX: usize = 20;

impl Tally {
    pub(crate) fn exercise(&mut self) {
        self.exercised += 1;
    }

    pub(crate) fn exercised(&self) -> u64 {
        self.exercised
    }

    /// What was exercised so far does not count.
    pub(crate) fn unexercise(&mut self) {
        self.exercised = 0;
    }

    /// A case in which it did not hold; it was exercised by that.
    pub(crate) fn broken(&mut self, evidence: impl IntoIterator<Item = u64>, what: String) {
        let mut evidence: Vec<u64> = evidence.into_iter().collect();
        evidence.sort_unstable();
        self.broken.push((evidence, what));
    }

    pub(crate) fn verdict(mut self, untested: &str) -> Verdict {
        self.broken.sort_by(|(one, _), (other, _)| one.cmp(other));
        let Some((_, what)) = self.broken.first() else {
            return if self.exercised > 0 { Verdict::Kept } else { Verdict::Untested { reason: untested.to_owned() } };
        };
        let what = match self.broken.len() - 1 {
            0 => what.clone(),
            1 => format!("{what}; and once more"),
            more => format!("{what}; and {more} times more"),
        };
        let evidence: BTreeSet<u64> = self.broken.iter().flat_map(|(evidence, _)| evidence).copied().collect();
        Verdict::Broken { evidence: evidence.into_iter().take(EVIDENCE_MAX).collect(), what }
    }
}

/// How long a call may have been under way when another was answered, in milliseconds of real time.
const FLIGHT_MS: f64 = 250.0;

/// So many calls of one kind may be under way at once: more of them were not all begun before one was answered.
pub(crate) const OPEN_AT_ONCE: usize = 10;

/// The time of a flight in world time.
pub(crate) fn flight_ms(digest: &Digest<'_>) -> i64 {
    (FLIGHT_MS * digest.pace()) as i64
}

/// When a call was begun, beside the answer of an earlier entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begun {
    /// Before it: by a connection that is older than the answered one's.
    Before,
    /// After it: by a connection that has been answered since, or later than a flight takes.
    After,
    /// Neither is certain. In a scaled world a flight is long, and what came one after the other falls into it.
    Unclear,
}

impl Begun {
    pub(crate) fn of(digest: &Digest<'_>, answered: &Call<'_>, call: &Call<'_>) -> Self {
        let (connection, older) = (call.what.connection, call.what.connection < answered.what.connection);
        if call.follows >= answered.n || call.at.since(answered.at) > flight_ms(digest) {
            Self::After
        } else if connection != 0 && call.follows == 0 && older {
            Self::Before
        } else {
            Self::Unclear
        }
    }
}
