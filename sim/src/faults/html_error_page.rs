//! `html-error-page`: what stands before the system answers in its place, with a page where JSON is expected
//! (facts/hubspot-limits-webhooks-auth.md §2.5, §3 and §12, trap 32).

use http::StatusCode;

use super::kind::{Effect, Form, Kind, Lasts, WHEN, parameter};
use super::{Armed, Blow, Page};

pub(super) const KIND: Kind = Kind {
    name: "html-error-page",
    what: "the next calls are answered with an HTML page of Cloudflare or nginx; without a status it is 502, 503, 504 in turn",
    source: "hubspot-limits-webhooks-auth.md §2.5, §3, §12 (32)",
    effect: Effect::AsAsked,
    systems: &[],
    parameters: &[
        parameter(
            "status",
            Form::Status(&[(403, 403), (500, 599)]),
            "the status of the answer, 403 where the caller is shut out; 502, 503, 504 in turn if absent",
        ),
        parameter("page", Form::OneOf(&["cloudflare", "nginx"]), "whose page it is; Cloudflare's if absent"),
        WHEN,
    ],
    lasts: Lasts::Calls,
    blow,
};

fn blow(armed: &Armed) -> Blow {
    const TURNS: [StatusCode; 3] =
        [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];
    let page = if armed.text("page") == Some("nginx") { Page::Nginx } else { Page::Cloudflare };
    Blow::Page { status: armed.status(&TURNS), page, after_act: armed.is_after() }
}
