//! What every rule is, and what several of them need: counting cases, and telling a call that was in flight
//! from one that was begun later.

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

/// The same in world time.
pub(crate) fn flight_ms(digest: &Digest<'_>) -> i64 {
    (FLIGHT_MS * digest.pace()) as i64
}

/// An answer, and which connections have been answered since: what comes by one of them was begun later.
pub(crate) struct Answered<'d> {
    pub(crate) call: &'d Call<'d>,
    flight_ms: i64,
    since: BTreeSet<u64>,
}

impl<'d> Answered<'d> {
    pub(crate) fn new(digest: &Digest<'_>, call: &'d Call<'d>) -> Self {
        Self { call, flight_ms: flight_ms(digest), since: BTreeSet::new() }
    }

    /// Whether a later entry's call was begun after this answer, as far as that is certain.
    pub(crate) fn before(&self, call: &Call<'_>) -> bool {
        let connection = call.what.connection;
        let by_answered = connection == self.call.what.connection || self.since.contains(&connection);
        call.at.since(self.call.at) > self.flight_ms || (connection != 0 && by_answered)
    }

    /// Whether any other call has been answered within a flight since.
    pub(crate) fn followed(&self) -> bool {
        !self.since.is_empty()
    }

    /// Notes that a call was answered. What comes later than a flight takes is begun later anyway.
    pub(crate) fn note(&mut self, call: &Call<'_>) {
        if call.at.since(self.call.at) <= self.flight_ms {
            self.since.insert(call.what.connection);
        }
    }
}
