//! `commit-then-timeout`: the call is carried out, then its answer is lost in a gateway's time-out.
//! A blind retry of a create makes a double (facts/hubspot-limits-webhooks-auth.md §3 and §12, trap 33).

use http::StatusCode;

use super::{Armed, Kind};

pub(super) const KIND: Kind = Kind {
    name: "commit-then-timeout",
    what: "the next calls are carried out, but answered with a time-out (504, or the status given)",
    source: "hubspot-limits-webhooks-auth.md §3",
    strike,
};

fn strike(armed: &Armed) -> (StatusCode, bool) {
    let asked = armed.arm.status.and_then(|status| StatusCode::from_u16(status).ok());
    (asked.unwrap_or(StatusCode::GATEWAY_TIMEOUT), true)
}
