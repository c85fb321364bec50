//! What every call to HubSpot meets beside its own matter: the limits' wording, the headers on
//! every answer, and the web server's own pages.

use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;
use uuid::Uuid;

use super::errors::json_reply;
use crate::message::{Body, Reply};

/// As lenient as Java's decoder: padding may be left out, and bits left over are not looked at.
pub(crate) const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The gateway's 429 (facts/hubspot-limits-webhooks-auth.md §2.5). It has no category.
pub(crate) fn over_limit(
    policy_name: &'static str,
    group_name: Option<String>,
    correlation: Uuid,
    request_id: Uuid,
) -> Reply {
    json_reply(StatusCode::TOO_MANY_REQUESTS, move || {
        let what = policy_name.to_ascii_lowercase();
        let mut body = json!({
            "status": "error",
            "message": format!("You have reached your {what} limit."),
            "errorType": "RATE_LIMIT",
            "correlationId": correlation.to_string(),
            "policyName": policy_name,
        });
        match group_name {
            Some(group) => body["groupName"] = group.into(),
            None => body["requestId"] = request_id.to_string().into(),
        }
        body
    })
}

/// The token endpoint's 429, whose ids came empty (facts/hubspot-limits-webhooks-auth.md §2.3).
pub(crate) fn over_token_limit() -> Reply {
    json_reply(StatusCode::TOO_MANY_REQUESTS, || {
        json!({
            "status": "error",
            "message": "You have reached your rate limit.",
            "errorType": "RATE_LIMIT",
            "correlationId": "",
            "policyName": "SECONDLY",
            "requestId": "",
        })
    })
}

/// The service's flavour of the search 429, told by its category alone.
pub(crate) fn over_search_limit_of_service(correlation: Uuid) -> Reply {
    json_reply(StatusCode::TOO_MANY_REQUESTS, move || {
        json!({
            "status": "error",
            "message": "You have reached your secondly limit.",
            "correlationId": correlation.to_string(),
            "category": "RATE_LIMITS",
        })
    })
}

/// A page of the web server: what unknown paths, wrong verbs and gateway failures answer, never JSON.
/// The title is as seen; the rest of the page was not captured (ledger: `hubspot.path.page-text`).
pub(crate) fn page(status: StatusCode) -> Reply {
    let reason = status.canonical_reason().unwrap_or_default();
    let code = status.as_u16();
    let html = move || {
        format!(
            "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html;charset=utf-8\"/>\n\
         <title>Error {code} {reason}</title>\n</head>\n<body><h2>HTTP ERROR {code} {reason}</h2>\n</body>\n</html>\n"
        )
    };
    Reply::new(status, Body::text(html)).with(header::CONTENT_TYPE, HeaderValue::from_static("text/html;charset=utf-8"))
}

/// The vendor's own failures: JSON for 500, for a lock and for an account on the move, a page for the gateway's.
/// How 423 and 477 are worded was not captured (ledger: `hubspot.faults.wording`).
pub(crate) fn failure(status: StatusCode, correlation: Uuid) -> Reply {
    let message = match status.as_u16() {
        500 => "internal error",
        423 => "This record is locked. Please try again later.",
        477 => "This account is being migrated. Please try again later.",
        _ => return page(status),
    };
    json_reply(status, move || json!({"correlationId": correlation.to_string(), "message": message, "status": "error"}))
}

/// The statuses that Cloudflare answers with of itself, by a page of its own (facts/hubspot-limits-webhooks-auth.md §3).
pub(crate) fn is_of_edge(status: StatusCode) -> bool {
    (520..=530).contains(&status.as_u16())
}

/// Headers that stand on every answer (facts/hubspot-limits-webhooks-auth.md §1).
pub(crate) fn seal(reply: &mut Reply, correlation: Uuid, request_id: Uuid) {
    const ALWAYS: [(HeaderName, HeaderValue); 6] = [
        (header::SERVER, HeaderValue::from_static("cloudflare")),
        (HeaderName::from_static("cf-cache-status"), HeaderValue::from_static("DYNAMIC")),
        (header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains; preload")),
        (header::VARY, HeaderValue::from_static("origin, Accept-Encoding")),
        (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("false")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    reply.headers.extend(ALWAYS);
    for (name, id) in [("x-hubspot-correlation-id", correlation), ("x-request-id", request_id)] {
        let mut text = Uuid::encode_buffer();
        let text = id.hyphenated().encode_lower(&mut text);
        if let Ok(value) = HeaderValue::from_str(text) {
            reply.headers.push((HeaderName::from_static(name), value));
        }
    }
}
