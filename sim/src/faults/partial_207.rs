//! `207-partial`: some inputs of a batch fail, and the answer is a 2xx that says so. Who does not read it to
//! its end loses rows (facts/hubspot-limits-webhooks-auth.md §3 and §12, traps 6 and 7).

use super::kind::{Effect, Form, Kind, Lasts, parameter};
use super::{Armed, Blow};
use crate::SystemName;

pub(super) const KIND: Kind = Kind {
    name: "207-partial",
    what: "some inputs of the next batches fail, and the answer is 207; only batches that write and whose inputs all have an `objectWriteTraceId` of their own are struck",
    source: "hubspot-limits-webhooks-auth.md §3, §12 (6, 7)",
    effect: Effect::Partly,
    systems: &[SystemName::Hubspot],
    parameters: &[parameter("inputs", Form::Count, "how many inputs fail, drawn from the seed; 1 if absent")],
    lasts: Lasts::Calls,
    blow,
};

fn blow(armed: &Armed) -> Blow {
    Blow::Partial { inputs: armed.count("inputs").and_then(|count| usize::try_from(count).ok()).unwrap_or(1) }
}
