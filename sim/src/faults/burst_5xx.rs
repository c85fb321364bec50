//! `5xx-burst`: the system fails for a few calls in a row, before it does anything. Seen as 502,
//! 503 and 504 after sustained load (facts/hubspot-limits-webhooks-auth.md §3, facts/oci-api-gateway.md §8).

use http::StatusCode;

use super::{Armed, Kind};

pub(super) const KIND: Kind = Kind {
    name: "5xx-burst",
    what: "the next calls are refused with a server error and have no effect; without a status they take turns with 502, 503, 504",
    source: "hubspot-limits-webhooks-auth.md §3",
    strike,
};

fn strike(armed: &Armed) -> (StatusCode, bool) {
    const TURNS: [StatusCode; 3] =
        [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];
    let asked = armed.arm.status.and_then(|status| StatusCode::from_u16(status).ok());
    (asked.unwrap_or(TURNS[(armed.struck % 3) as usize]), false)
}
