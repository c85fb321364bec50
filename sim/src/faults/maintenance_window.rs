//! `maintenance-window`: the system is down for a span of world time and says so with 503
//! (facts/hubspot-limits-webhooks-auth.md §3, facts/oci-api-gateway.md §8).

use http::StatusCode;

use super::kind::{Effect, Form, Kind, Lasts, parameter};
use super::{Armed, Blow};

pub(super) const KIND: Kind = Kind {
    name: "maintenance-window",
    what: "all calls are refused with 503 for a span of world time, and have no effect",
    source: "hubspot-limits-webhooks-auth.md §3; oci-api-gateway.md §8, §12",
    effect: Effect::Never,
    systems: &[],
    parameters: &[parameter(
        "retry_after",
        Form::Span,
        "what Retry-After says, in seconds; the header is not sent if absent",
    )],
    lasts: Lasts::Given,
    blow,
};

fn blow(armed: &Armed) -> Blow {
    let retry_after_s = armed.span_ms("retry_after").map(|ms| ms.saturating_add(999) / 1_000);
    Blow::Fail { status: StatusCode::SERVICE_UNAVAILABLE, retry_after_s, after_act: false }
}
