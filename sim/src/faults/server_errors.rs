//! `5xx-burst`: the system fails for a few calls in a row, before it does anything. Seen as 502,
//! 503 and 504 after sustained load (facts/hubspot-limits-webhooks-auth.md §3, facts/oci-api-gateway.md §8).

use http::StatusCode;

use super::kind::{Effect, Form, Kind, Lasts, parameter};
use super::{Armed, Blow};

pub(super) const KIND: Kind = Kind {
    name: "5xx-burst",
    what: "the next calls are refused with a server error and have no effect; without a status they take turns with 502, 503, 504",
    source: "hubspot-limits-webhooks-auth.md §3",
    effect: Effect::Never,
    systems: &[],
    parameters: &[parameter(
        "status",
        Form::Status(&[(500, 599)]),
        "the status of the answer; 502, 503, 504 in turn if absent",
    )],
    lasts: Lasts::Calls,
    blow,
};

fn blow(armed: &Armed) -> Blow {
    const TURNS: [StatusCode; 3] =
        [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];
    Blow::Fail { status: armed.status(&TURNS), retry_after_s: None, after_act: false }
}
