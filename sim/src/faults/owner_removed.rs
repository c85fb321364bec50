//! `owner-removed`: whoever made the private app has left the account, and what it writes of associations is refused
//! as not permitted, while all else goes on (facts/hubspot-limits-webhooks-auth.md §4.1 and §12, trap 48).

use super::kind::{Effect, Kind, Lasts};
use super::{Armed, Blow};
use crate::SystemName;

pub(super) const KIND: Kind = Kind {
    name: "owner-removed",
    what: "the next calls by which a private app writes associations are refused, as when the user who made the app was removed; only these are struck",
    source: "hubspot-limits-webhooks-auth.md §4.1, §12 (48)",
    effect: Effect::Never,
    systems: &[SystemName::Hubspot],
    parameters: &[],
    lasts: Lasts::Calls,
    blow,
};

fn blow(_: &Armed) -> Blow {
    Blow::Disown
}
