//! `truncated-body`: the answer breaks off before its Content-Length is reached, as behind a proxy that is
//! restarted. The call was carried out; what came of it has to be looked up.

use super::kind::{Effect, Form, Kind, Lasts, parameter};
use super::{Armed, Blow, Wire};

pub(super) const KIND: Kind = Kind {
    name: "truncated-body",
    what: "the next calls are carried out; their answers announce more than is sent, and the connection closes",
    source: "our own design, of the failures that hubspot-limits-webhooks-auth.md §12 (32, 33) tells",
    effect: Effect::Always,
    systems: &[],
    parameters: &[parameter("bytes", Form::Count, "how much of the body is sent; half of it if absent")],
    lasts: Lasts::Calls,
    blow,
};

fn blow(armed: &Armed) -> Blow {
    let bytes = armed.count("bytes").and_then(|bytes| usize::try_from(bytes).ok());
    Blow::Wire { wire: Wire::Truncated { bytes }, after_act: true }
}
