//! The words of the token endpoint for what it does not give: RFC 6749's members beside the vendor's older
//! ones (facts/hubspot-limits-webhooks-auth.md §4.3).

use http::StatusCode;
use serde_json::json;

use crate::hubspot::errors::json_reply;
use crate::message::Reply;

/// A status word, its RFC error, and its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: &'static str,
    error: &'static str,
    message: &'static str,
}

pub(super) const BAD_REFRESH_TOKEN: Refusal =
    of("BAD_REFRESH_TOKEN", "invalid_grant", "refresh token is invalid, expired or revoked");
pub(super) const BAD_AUTH_CODE: Refusal = of("BAD_AUTH_CODE", "invalid_grant", "missing or unknown auth code");
pub(super) const EXPIRED_AUTH_CODE: Refusal = of("EXPIRED_AUTH_CODE", "invalid_grant", "auth code is expired");
pub(super) const BAD_REDIRECT_URI: Refusal =
    of("BAD_REDIRECT_URI", "invalid_request", "missing or invalid redirect uri");
pub(super) const BAD_CLIENT_ID: Refusal = of("BAD_CLIENT_ID", "invalid_client", "missing or invalid client id");
pub(super) const BAD_CLIENT_SECRET: Refusal =
    of("BAD_CLIENT_SECRET", "invalid_client", "missing or invalid client secret");
pub(super) const BAD_GRANT_TYPE: Refusal =
    of("BAD_GRANT_TYPE", "unsupported_grant_type", "missing or unknown grant type");
pub(super) const BAD_CODE_VERIFIER: Refusal =
    of("BAD_CODE_VERIFIER", "invalid_grant", "missing or invalid code verifier");
pub(super) const BAD_SCOPES: Refusal = of("BAD_SCOPES", "invalid_scope", "missing or invalid scopes");
pub(super) const BAD_HUB: Refusal = of("BAD_HUB", "access_denied", "missing or unknown hub id");

const fn of(status: &'static str, error: &'static str, message: &'static str) -> Refusal {
    Refusal { status, error, message }
}

impl Refusal {
    pub(super) fn reply(self) -> Reply {
        let Self { status, error, message } = self;
        json_reply(StatusCode::BAD_REQUEST, move || {
            // That of a portal that is gone was seen without a description, and in another order.
            if self == BAD_HUB {
                return json!({"status": status, "message": message, "error": error});
            }
            json!({"error": error, "error_description": message, "status": status, "message": message})
        })
    }
}
