//! `slow-body`: the answer begins at once and dribbles, as from a system under load. Whoever waits too little never
//! hears the end of it. The pace is the world's; where its clock stands, a piece is sent after a short real while.

use super::kind::{Effect, Form, Kind, Lasts, parameter};
use super::{Armed, Blow, Wire};

const OVER_MS: i64 = 10_000;

pub(super) const KIND: Kind = Kind {
    name: "slow-body",
    what: "the next calls are carried out; the bodies of their answers come in pieces, over a span of world time",
    source: "our own design, of the load that hubspot-limits-webhooks-auth.md §3 tells",
    effect: Effect::Always,
    systems: &[],
    parameters: &[parameter("over", Form::Span, "how long a body takes; 10s if absent")],
    lasts: Lasts::Calls,
    blow,
};

fn blow(armed: &Armed) -> Blow {
    Blow::Wire { wire: Wire::Slow { over_ms: armed.span_ms("over").unwrap_or(OVER_MS) }, after_act: true }
}
