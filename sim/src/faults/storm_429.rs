//! `429-storm`: calls within the limits are refused as if they were over one, as when a neighbour in the
//! same account has used it up (facts/hubspot-limits-webhooks-auth.md §2.5 and §12, traps 29 to 31).

use http::StatusCode;

use super::kind::{Effect, Form, Kind, Lasts, Parameter};
use super::{Armed, Blow, Page};
use crate::SystemName;

/// What the edge answers in HubSpot's place.
const OF_EDGE: &str = "cloudflare";
const FLAVOURS: [&str; 5] = ["ten_secondly_rolling", "daily", "search", "service", OF_EDGE];

pub(super) const KIND: Kind = Kind {
    name: "429-storm",
    what: "the next calls are refused with the system's own 429 although they are within its limits, as if others had used one of them up; only calls that the limit counts are struck",
    source: "hubspot-limits-webhooks-auth.md §2.5; oci-api-gateway.md §5; retail-express.md §3",
    effect: Effect::Never,
    systems: &[SystemName::Hubspot, SystemName::OciGateway, SystemName::RetailExpress],
    parameters: &[Parameter {
        name: "flavour",
        form: Form::OneOf(&FLAVOURS),
        about: "which of HubSpot's bodies: that of a limit, `service`, the search limit's other form, or `cloudflare`, the edge's refusal of an address; that of the tightest limit if absent",
        system: Some(SystemName::Hubspot),
    }],
    lasts: Lasts::Calls,
    blow,
};

fn blow(armed: &Armed) -> Blow {
    let asked = armed.text("flavour");
    match FLAVOURS.into_iter().find(|flavour| Some(*flavour) == asked) {
        Some(OF_EDGE) => Blow::Page { status: StatusCode::TOO_MANY_REQUESTS, page: Page::Cloudflare, after_act: false },
        flavour => Blow::OverLimit { flavour },
    }
}
