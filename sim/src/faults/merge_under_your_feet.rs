//! `merge-under-your-feet`: somebody merges a contact that the integration has just written into another one, so that
//! the id it knows is the loser's (facts/hubspot-limits-webhooks-auth.md §12, trap 21).

use super::kind::{Effect, Kind, Lasts};
use super::{Armed, Blow};
use crate::SystemName;

pub(super) const KIND: Kind = Kind {
    name: "merge-under-your-feet",
    what: "after the next calls that write contacts, the tester merges one that was written into a new contact",
    source: "hubspot-limits-webhooks-auth.md §12 (21)",
    effect: Effect::Always,
    systems: &[SystemName::Hubspot],
    parameters: &[],
    lasts: Lasts::Calls,
    blow,
};

fn blow(_: &Armed) -> Blow {
    Blow::Merge
}
