//! What the gateway itself answers, and what it puts on every answer (facts/oci-api-gateway.md §8).
//! The one place for its wording; it may not decide when a request is refused.

use http::header::{
    CONTENT_TYPE, RETRY_AFTER, SERVER, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    X_XSS_PROTECTION,
};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::message::{Body, Reply};
use crate::policy::{ErrorForm, GatewaySettings};

pub(super) const OPC_REQUEST_ID: HeaderName = HeaderName::from_static("opc-request-id");

/// Seen alike on answers of 2019 to 2022; on errors `[inferred]`.
const STANDING: [(HeaderName, HeaderValue); 5] = [
    (SERVER, HeaderValue::from_static("Oracle API Gateway")),
    (STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000")),
    (X_XSS_PROTECTION, HeaderValue::from_static("1; mode=block")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("sameorigin")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// Why the gateway answers in a back end's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    NoRoute,
    WrongMethod,
    HeaderTooLarge,
    BodyTooLarge,
    OverLimit,
    UrlInvalid,
    BackendRefused,
    BackendTimedOut,
}

impl Refusal {
    pub(super) fn status(self, figures: &GatewaySettings) -> StatusCode {
        match self {
            Self::NoRoute => StatusCode::NOT_FOUND,
            Self::WrongMethod => figures.wrong_method.value.0,
            Self::HeaderTooLarge => figures.header_too_large.value.0,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::OverLimit => StatusCode::TOO_MANY_REQUESTS,
            Self::UrlInvalid => figures.url_invalid.value.0,
            Self::BackendRefused => StatusCode::BAD_GATEWAY,
            Self::BackendTimedOut => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    pub(super) fn reply(self, figures: &GatewaySettings) -> Reply {
        error(self.status(figures), figures)
    }
}

/// An error in the gateway's own form.
pub(super) fn error(status: StatusCode, figures: &GatewaySettings) -> Reply {
    match figures.error_form.value {
        ErrorForm::Empty => Reply::empty(status),
        ErrorForm::CodeAndMessage => {
            let message = status.canonical_reason().unwrap_or("Error");
            let body = move || format!(r#"{{"code":{},"message":"{message}"}}"#, status.as_u16());
            Reply::new(status, Body::text(body)).with(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        }
    }
}

/// A call over a limit that frees up after `wait_ms`: whole seconds, rounded up.
pub(super) fn over_limit(wait_ms: i64, figures: &GatewaySettings) -> Reply {
    let seconds = wait_ms.max(1).saturating_add(999) / 1000;
    Refusal::OverLimit.reply(figures).with(RETRY_AFTER, HeaderValue::from(seconds))
}

/// Puts the gateway's own headers on, in the place of any of the same name; the request id only
/// where the reply has none. Doing it twice is doing it once.
pub(super) fn seal(reply: &mut Reply, request_id: impl FnOnce() -> HeaderValue) {
    reply.headers.retain(|(name, _)| STANDING.iter().all(|(standing, _)| standing != name));
    reply.headers.extend(STANDING);
    if reply.headers.iter().all(|(name, _)| name != OPC_REQUEST_ID) {
        reply.headers.push((OPC_REQUEST_ID, request_id()));
    }
}
