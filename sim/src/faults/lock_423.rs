//! `423-lock`: the record is locked, as during heavy upserts of the same records. A lock lasts two seconds
//! (facts/hubspot-limits-webhooks-auth.md §3); the body is not established.

use http::StatusCode;

use super::kind::{Effect, Kind};
use super::{Armed, Blow};
use crate::SystemName;

pub(super) const KIND: Kind = Kind {
    name: "423-lock",
    what: "the next calls are refused with 423 Locked and have no effect",
    source: "hubspot-limits-webhooks-auth.md §3",
    effect: Effect::Never,
    systems: &[SystemName::Hubspot],
    parameters: &[],
    spans: false,
    blow,
};

fn blow(_: &Armed) -> Blow {
    Blow::Fail { status: StatusCode::LOCKED, retry_after_s: None, after_act: false }
}
