//! `429-storm`: calls within the limits are refused as if they were over one, as when a neighbour in the
//! same account has used it up (facts/hubspot-limits-webhooks-auth.md §2.5 and §12, traps 29 to 31).

use super::kind::{Effect, Form, Kind, Parameter};
use super::{Armed, Blow};
use crate::SystemName;

const FLAVOURS: [&str; 4] = ["ten_secondly_rolling", "daily", "search", "service"];

pub(super) const KIND: Kind = Kind {
    name: "429-storm",
    what: "the next calls are refused with the system's own 429 although they are within its limits",
    source: "hubspot-limits-webhooks-auth.md §2.5; oci-api-gateway.md §5; retail-express.md §3",
    effect: Effect::Never,
    systems: &[SystemName::Hubspot, SystemName::OciGateway, SystemName::RetailExpress],
    parameters: &[Parameter {
        name: "flavour",
        form: Form::OneOf(&FLAVOURS),
        about: "which of HubSpot's bodies: a limit of the gateway's, or `service`, the search limit's other form",
        system: Some(SystemName::Hubspot),
    }],
    spans: false,
    blow,
};

fn blow(armed: &Armed) -> Blow {
    let asked = armed.text("flavour");
    Blow::OverLimit { flavour: FLAVOURS.into_iter().find(|flavour| Some(*flavour) == asked) }
}
