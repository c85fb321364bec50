//! `early-expiry`: a token dies sooner than its answer said. Who goes by what was told is refused in the middle
//! of the work (facts/hubspot-limits-webhooks-auth.md §4.2 and §12, trap 26).

use super::kind::{Effect, Form, Kind, Lasts, parameter};
use super::{Armed, Blow};

const LIFETIME_MS: i64 = 60_000;

pub(super) const KIND: Kind = Kind {
    name: "early-expiry",
    what: "the next tokens that are given out end sooner than they say",
    source: "hubspot-limits-webhooks-auth.md §4.2, §12 (26); retail-express.md §2",
    effect: Effect::Always,
    systems: &[],
    parameters: &[parameter("lifetime", Form::Span, "how long a token is good; 1m if absent")],
    lasts: Lasts::Calls,
    blow,
};

fn blow(armed: &Armed) -> Blow {
    Blow::Cut { lifetime_ms: armed.span_ms("lifetime").unwrap_or(LIFETIME_MS) }
}
