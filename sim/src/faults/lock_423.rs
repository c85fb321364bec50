//! `423-lock`: records are locked, as during heavy upserts of the same records. A lock lasts two seconds, and every
//! write of them in that time is refused (facts/hubspot-limits-webhooks-auth.md §3, §13); the body is not established.

use super::kind::{Effect, Form, Kind, Lasts, parameter};
use super::{Armed, Blow};
use crate::SystemName;

const HOLD_MS: i64 = 2_000;

pub(super) const KIND: Kind = Kind {
    name: "423-lock",
    what: "the records that the next calls would write are locked: the call is refused with 423 Locked and has no effect, and so is every write of them until the lock is over; only writes of records are struck",
    source: "hubspot-limits-webhooks-auth.md §3, §13",
    effect: Effect::Never,
    systems: &[SystemName::Hubspot],
    parameters: &[parameter("hold", Form::Span, "how long the records stay locked, in world time; 2s if absent")],
    lasts: Lasts::Calls,
    blow,
};

fn blow(armed: &Armed) -> Blow {
    Blow::Lock { hold_ms: armed.span_ms("hold").unwrap_or(HOLD_MS) }
}
