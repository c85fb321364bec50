//! `search-lag`: search takes longer than usual to show what was written; by their ids records are there at
//! once (facts/hubspot-limits-webhooks-auth.md §12, trap 1: up to 30 s were reported).

use super::kind::{Effect, Form, Kind, Lasts, parameter};
use super::{Armed, Blow};
use crate::SystemName;

const LAG_MS: i64 = 30_000;

pub(super) const KIND: Kind = Kind {
    name: "search-lag",
    what: "what the next calls write is found by search only after the lag",
    source: "hubspot-limits-webhooks-auth.md §12 (1)",
    effect: Effect::Always,
    systems: &[SystemName::Hubspot],
    parameters: &[parameter("lag", Form::Span, "how much later search shows it; 30s if absent")],
    lasts: Lasts::Calls,
    blow,
};

fn blow(armed: &Armed) -> Blow {
    let lag_ms = armed.span_ms("lag").unwrap_or(LAG_MS);
    Blow::Lag { lag_ms: u64::try_from(lag_ms).unwrap_or_default() }
}
