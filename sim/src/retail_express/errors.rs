//! The two dialects of refusal on this host: the gateway's `statusCode` and `message`, and the
//! service's problem details.

use std::borrow::Cow;

use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::state::State;
use crate::message::{Body, Reply};
use crate::world::step::Stage;

const GATEWAY_JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json; charset=utf-8");

/// A refusal by the gateway, spaced as the product writes it.
pub(crate) fn gateway(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Reply {
    let message = message.into();
    let body = move || format!(r#"{{ "statusCode": {}, "message": "{message}" }}"#, status.as_u16());
    Reply::new(status, Body::text(body)).with(CONTENT_TYPE, GATEWAY_JSON)
}

pub(crate) fn resource_not_found() -> Reply {
    gateway(StatusCode::NOT_FOUND, "Resource not found")
}

/// No API key, or one that opens nothing. `api` is the address of the version that was asked.
pub(crate) fn key_refused(sent: bool, api: &str) -> Reply {
    let message = if sent {
        "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."
    } else {
        "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API."
    };
    let challenge = format!(r#"AzureApiManagementKey realm="{api}",name="x-api-key",type="header""#);
    let reply = gateway(StatusCode::UNAUTHORIZED, message);
    match HeaderValue::try_from(challenge) {
        Ok(challenge) => reply.with(WWW_AUTHENTICATE, challenge),
        Err(_) => reply,
    }
}

/// A bearer token that is missing, expired or garbled.
pub(crate) fn token_refused() -> Reply {
    Reply::empty(StatusCode::UNAUTHORIZED)
        .with(WWW_AUTHENTICATE, HeaderValue::from_static(r#"Bearer error="invalid_token""#))
}

/// Too many calls for the moment.
pub(crate) fn rate_exceeded(wait_s: i64) -> Reply {
    let unit = if wait_s == 1 { "second" } else { "seconds" };
    gateway(StatusCode::TOO_MANY_REQUESTS, format!("Rate limit is exceeded. Try again in {wait_s} {unit}."))
}

/// No calls left for the day.
pub(crate) fn quota_exceeded(status: StatusCode, wait_s: i64) -> Reply {
    let (hours, minutes, seconds) = (wait_s / 3600, wait_s / 60 % 60, wait_s % 60);
    let message =
        format!("Out of call volume quota. Quota will be replenished in {hours:02}:{minutes:02}:{seconds:02}.");
    gateway(status, message)
}

/// A failure of the gateway's own.
pub(crate) fn gateway_failure(status: StatusCode, stage: &Stage<'_, State>) -> Reply {
    let message = match status {
        StatusCode::INTERNAL_SERVER_ERROR => "Internal server error",
        other => other.canonical_reason().unwrap_or("Internal server error"),
    };
    let activity = stage.seed.uuid4("retail_express.activity", stage.exchange);
    let body = move || {
        format!(r#"{{ "statusCode": {}, "message": "{message}", "activityId": "{activity}" }}"#, status.as_u16())
    };
    Reply::new(status, Body::text(body)).with(CONTENT_TYPE, GATEWAY_JSON)
}

/// A refusal by the service; what is wrong, before it is known which exchange it answers.
#[derive(Debug, PartialEq)]
pub(crate) struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    errors: Map<String, Value>,
}

impl Problem {
    fn plain(status: StatusCode, kind: &'static str, title: &'static str) -> Self {
        Self { status, kind, title, errors: Map::new() }
    }

    pub(crate) fn not_found() -> Self {
        Self::plain(StatusCode::NOT_FOUND, "https://tools.ietf.org/html/rfc7231#section-6.5.4", "Not Found")
    }

    pub(crate) fn too_large() -> Self {
        let kind = "https://tools.ietf.org/html/rfc7231#section-6.5.11";
        Self::plain(StatusCode::PAYLOAD_TOO_LARGE, kind, "Payload Too Large")
    }

    pub(crate) fn unsupported_media_type() -> Self {
        let kind = "https://tools.ietf.org/html/rfc7231#section-6.5.13";
        Self::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, kind, "Unsupported Media Type")
    }

    /// Nothing wrong yet; see [`Self::found`].
    pub(crate) fn validation() -> Self {
        let kind = "https://tools.ietf.org/html/rfc7231#section-6.5.1";
        Self::plain(StatusCode::BAD_REQUEST, kind, "One or more validation errors occurred.")
    }

    /// A value that cannot be read as what the parameter is.
    pub(crate) fn bad_value(parameter: &str, value: &str) -> Self {
        let mut problem = Self::validation();
        problem.add(parameter, format!("The value '{value}' is not valid for {parameter}."));
        problem
    }

    pub(crate) fn add(&mut self, member: &str, message: String) {
        if let Value::Array(messages) = self.errors.entry(member).or_insert_with(|| json!([])) {
            messages.push(message.into());
        }
    }

    /// Whether anything is wrong.
    pub(crate) fn found(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The members at fault and what is wrong with them, for the tester.
    pub(crate) fn summary(&self) -> String {
        Value::Object(self.errors.clone()).to_string()
    }

    pub(crate) fn reply(self, stage: &Stage<'_, State>) -> Reply {
        let draw = |part: &str| stage.seed.draw(part, stage.exchange);
        let trace = format!(
            "00-{:016x}{:016x}-{:016x}-00",
            draw("retail_express.trace.high"),
            draw("retail_express.trace.low"),
            draw("retail_express.span")
        );
        let Self { status, kind, title, errors } = self;
        let body = Body::later(move |out| {
            let mut body = json!({"type": kind, "title": title, "status": status.as_u16(), "traceId": trace});
            if !errors.is_empty() {
                body["errors"] = errors.into();
            }
            out.extend_from_slice(body.to_string().as_bytes());
        });
        Reply::new(status, body).with(CONTENT_TYPE, PROBLEM_JSON)
    }
}
