//! What a run leaves behind for the clauses to judge by: the journal's entries with their bodies, the
//! end state, and what the runner did to the target. It may say what happened, not whether it was right.

use std::collections::BTreeMap;

use serde_json::Value;
use sim::journal::Entry;
use sim::{Moment, SystemName};

/// One run, from the world's first journal entry to the end.
#[derive(Clone, Debug)]
pub struct Trace {
    /// All of the journal, in its order, with bodies.
    pub entries: Vec<Entry>,
    /// The systems' records when it ended.
    pub end: EndState,
    /// The numbers of the last journal entries before the target was killed or started anew.
    pub restarts: Vec<u64>,
    /// The number of the last journal entry before the target was first started. What stood before is the
    /// initial state.
    pub began: u64,
    pub ended: Moment,
    /// Spans in which the target's clock did not run with the world's. No clause about time judges what
    /// falls into one.
    pub apart: Vec<(Moment, Moment)>,
    /// Spans in which the scenario had killed the target. Nothing is expected of it in them.
    pub down: Vec<(Moment, Moment)>,
    /// For each job of the target, which is a program of its own: the last journal entry before it was started, and
    /// the last before it had ended.
    pub jobs: Vec<(u64, u64)>,
    /// The HubSpot apps whose scopes the scenario has set, and what each was granted at last. The others have whatever
    /// their world gives them.
    pub scopes: BTreeMap<String, Vec<String>>,
    /// The tokens of HubSpot apps that were rotated, in order.
    pub rotations: Vec<Rotation>,
    /// World time that passes in a millisecond of real time while a call is under way, in milliseconds; 0 where
    /// the clock stands until the call is answered.
    pub pace: f64,
}

/// An app's token was given a new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// `private`, `narrow` or `service_key`.
    pub app: String,
    pub at: Moment,
    /// Since when the value before it is good no more.
    pub ends: Moment,
    /// When the target had been told the new value, if it was.
    pub told: Option<Moment>,
}

impl Default for Trace {
    /// A run without entries, in real time.
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            end: EndState::default(),
            restarts: Vec::new(),
            began: 0,
            ended: Moment::default(),
            apart: Vec::new(),
            down: Vec::new(),
            jobs: Vec::new(),
            scopes: BTreeMap::new(),
            rotations: Vec::new(),
            pace: 1.0,
        }
    }
}

/// The records of a world, as [`World::records`](sim::World::records) gives them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndState(pub BTreeMap<(SystemName, String), Vec<Value>>);

impl EndState {
    /// Adds the records of one type.
    pub fn put(&mut self, system: SystemName, record_type: &str, records: Vec<Value>) {
        self.0.insert((system, record_type.to_owned()), records);
    }

    /// The records of a type, or `None` where they were not taken.
    #[must_use]
    pub fn of(&self, system: SystemName, record_type: &str) -> Option<&[Value]> {
        self.0.get(&(system, record_type.to_owned())).map(Vec::as_slice)
    }
}
