//! `connection-reset`: the connection is reset before any answer. Whether the call was carried out cannot be
//! told from outside; `when` says it (facts/hubspot-limits-webhooks-auth.md §12, trap 33).

use super::kind::{Effect, Kind, Lasts, WHEN};
use super::{Armed, Blow, Wire};

pub(super) const KIND: Kind = Kind {
    name: "connection-reset",
    what: "the connections of the next calls are reset with no answer, before they are carried out or after",
    source: "our own design, of what hubspot-limits-webhooks-auth.md §12 (33) tells",
    effect: Effect::AsAsked,
    systems: &[],
    parameters: &[WHEN],
    lasts: Lasts::Calls,
    blow,
};

fn blow(armed: &Armed) -> Blow {
    Blow::Wire { wire: Wire::Reset, after_act: armed.is_after() }
}
