//! `477-migration`: the account is being moved to another data centre, and every call fails until that is
//! done (facts/hubspot-limits-webhooks-auth.md §3 and §12, trap 47); the body is not established.

use http::StatusCode;

use super::kind::{Effect, Form, Kind, Lasts, parameter};
use super::{Armed, Blow};
use crate::SystemName;

const RETRY_AFTER_MS: i64 = 60_000;

pub(super) const KIND: Kind = Kind {
    name: "477-migration",
    what: "every call is refused with 477 and a Retry-After in seconds, and has no effect, until the move is over: `for`, or for as long as `retry_after` says",
    source: "hubspot-limits-webhooks-auth.md §3, §12 (47)",
    effect: Effect::Never,
    systems: &[SystemName::Hubspot],
    parameters: &[parameter("retry_after", Form::Span, "what Retry-After says, in seconds; 60s if absent")],
    lasts: Lasts::As("retry_after", RETRY_AFTER_MS),
    blow,
};

fn blow(armed: &Armed) -> Blow {
    let ms = armed.span_ms("retry_after").unwrap_or(RETRY_AFTER_MS);
    let status = StatusCode::from_u16(477).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    Blow::Fail { status, retry_after_s: Some(ms.saturating_add(999) / 1_000), after_act: false }
}
