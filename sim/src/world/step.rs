//! The step: what a request does to a world, as one indivisible move under the world's lock.
//!
//! A room reads and parses outside; the step leads the parsed call through the doors in the order
//! that the policy gives and books what came of it; the body is written outside again.

use crate::gate::{Charge, Reading, Tokens};
use crate::journal::Changes;
use crate::message::{Outcome, Reply, Request};
use crate::policy::{Door, GatePolicy};
use crate::{Moment, Seed, SystemName};

/// A room's side of the step. Everything here is told the time and handed its state; a room holds
/// no clock, no limiter and no token store of its own.
pub(crate) trait System: Send + Sync + 'static {
    /// A request, routed and parsed, errors included: a refusal at an earlier door still comes first.
    type Call: Send;
    /// What the room remembers; a fork clones it, so it shares records until they are written.
    type State: Clone + Send + 'static;

    fn name(&self) -> SystemName;
    fn gate(&self) -> &GatePolicy;

    /// Routes and parses, outside the world's lock.
    fn read(&self, request: &Request) -> Self::Call;

    /// The stable name of what was asked, as journal and ledger have it.
    fn operation(&self, call: &Self::Call) -> &'static str;

    /// Whether this call passes a door unasked (an unknown path, a public form).
    fn skips(&self, _call: &Self::Call, _door: Door) -> bool {
        false
    }

    /// Who calls, or how they are turned away.
    fn authenticate(&self, call: &Self::Call, stage: &mut Stage<'_, Self::State>) -> Result<Caller, Reply>;

    /// What the call counts towards.
    fn charge<'a>(&'a self, call: &'a Self::Call, stage: &Stage<'a, Self::State>) -> Charge<'a>;

    /// The vendor's words for a call over a limit.
    fn over_limit(&self, call: &Self::Call, limit: &Reading, stage: &mut Stage<'_, Self::State>) -> Reply;

    /// The size door: a body or batch beyond the policy.
    fn size(&self, _call: &Self::Call, _stage: &mut Stage<'_, Self::State>) -> Result<(), Reply> {
        Ok(())
    }

    /// Does what was asked.
    fn act(&self, call: Self::Call, stage: &mut Stage<'_, Self::State>) -> Outcome;

    /// The vendor's words for a failure of its own (500 to 599).
    fn fail(&self, status: u16, stage: &mut Stage<'_, Self::State>) -> Reply;

    /// Puts on what every answer carries: correlation, and the rate headers where there are any.
    fn seal(&self, _reply: &mut Reply, _readings: &[Reading], _stage: &mut Stage<'_, Self::State>) {}
}

/// Who was recognised at the authentication door.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) account: u64,
    pub(crate) app: u64,
}

/// What a room may touch while a call passes its doors.
pub(crate) struct Stage<'a, T> {
    /// The instant of this step; the same at every door.
    pub(crate) at: Moment,
    /// The number of this exchange in its world, for draws: `seed.draw("...", exchange)`.
    pub(crate) exchange: u64,
    pub(crate) seed: Seed,
    /// Who calls, once the authentication door was passed.
    pub(crate) caller: Option<Caller>,
    pub(crate) tokens: &'a mut Tokens,
    pub(crate) state: &'a mut T,
    /// Changes made by this call, in their order. A room that changes a record says so here.
    pub(crate) changes: &'a mut Changes,
    /// The address the caller reached us by, without a slash at its end.
    pub(crate) base_url: &'a str,
}
