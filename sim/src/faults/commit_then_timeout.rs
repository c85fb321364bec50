//! `commit-then-timeout`: the call is carried out, then its answer is lost in a gateway's time-out.
//! A blind retry of a create makes a double (facts/hubspot-limits-webhooks-auth.md §3 and §12, trap 33).

use http::StatusCode;

use super::kind::{Effect, Form, Kind, Lasts, parameter};
use super::{Armed, Blow};

pub(super) const KIND: Kind = Kind {
    name: "commit-then-timeout",
    what: "the next calls are carried out, but answered with a time-out (504, or the status given)",
    source: "hubspot-limits-webhooks-auth.md §3",
    effect: Effect::Always,
    systems: &[],
    parameters: &[parameter("status", Form::Status(&[(500, 599)]), "the status of the answer; 504 if absent")],
    lasts: Lasts::Calls,
    blow,
};

fn blow(armed: &Armed) -> Blow {
    Blow::Fail { status: armed.status(&[StatusCode::GATEWAY_TIMEOUT]), retry_after_s: None, after_act: true }
}
