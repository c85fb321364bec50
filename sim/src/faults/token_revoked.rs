//! `token-revoked`: the token that a call carries is revoked as it comes in, often in the middle of a run; the
//! system refuses it as it refuses any unknown one (facts/hubspot-limits-webhooks-auth.md §12, trap 26).

use super::kind::{Effect, Kind, Lasts};
use super::{Armed, Blow};

pub(super) const KIND: Kind = Kind {
    name: "token-revoked",
    what: "the tokens that the next calls carry are good no more; `after` says how many calls go by first",
    source: "hubspot-limits-webhooks-auth.md §4.4, §12 (26); oci-api-gateway.md §12",
    effect: Effect::Never,
    systems: &[],
    parameters: &[],
    lasts: Lasts::Calls,
    blow,
};

fn blow(_: &Armed) -> Blow {
    Blow::Revoke
}
