//! How ORDS words its refusals. Decides nothing.

use std::borrow::Cow;

use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

use crate::Seed;
use crate::message::{Body, Reply};

/// A refusal not yet written: the correlation id is known only in the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    code: &'static str,
    title: &'static str,
    message: Cow<'static, str>,
    /// The database's own words, where it was the database that refused.
    cause: Option<String>,
    allow: Option<&'static str>,
}

/// The alphabet of ORDS' execution context ids, tokens and client ids.
pub(crate) const URL_SAFE: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Problem {
    fn new(status: u16, code: &'static str, title: &'static str) -> Self {
        Self { status, code, title, message: Cow::Borrowed(title), cause: None, allow: None }
    }

    fn saying(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    pub(crate) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "BadRequest", "Bad Request").saying(message)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "NotFound", "Not Found")
    }

    /// The address names no schema.
    pub(crate) fn unmapped() -> Self {
        Self::not_found().saying(
            "The request could not be mapped to any database. Check the request URL is correct, and that URL to \
             database mappings have been correctly configured",
        )
    }

    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        Self { allow: Some(allow), ..Self::new(405, "MethodNotAllowed", "Method Not Allowed") }
    }

    pub(crate) fn precondition_failed() -> Self {
        Self::new(412, "PreconditionFailed", "Precondition Failed")
    }

    pub(crate) fn too_large() -> Self {
        Self::new(413, "PayloadTooLarge", "Payload Too Large")
    }

    /// The database refused the statement: ORA-`code`, with its text.
    pub(crate) fn sql(code: u32, text: impl std::fmt::Display) -> Self {
        let cause = format!(
            "An error occurred when evaluating the SQL statement associated with this resource. SQL Error Code {code}, \
             Error Message: ORA-{code:05}: {text}\n"
        );
        Self { cause: Some(cause), ..Self::failure(555) }
    }

    /// A failure of ORDS or its database, 500 to 599.
    pub(crate) fn failure(status: u16) -> Self {
        match status {
            502 => Self::new(502, "BadGateway", "Bad Gateway"),
            503 => Self::new(503, "ServiceUnavailable", "Service Unavailable"),
            504 => Self::new(504, "GatewayTimeout", "Gateway Timeout"),
            555 => Self::new(555, "UserDefinedResourceError", "User Defined Resource Error")
                .saying("The request could not be processed due to an error in a user defined resource"),
            571 => Self::new(571, "DatabasePoolUnavailable", "Database Pool Unavailable"),
            572 => Self::new(572, "DatabaseConnectionInvalid", "Database Connection Invalid"),
            573 => Self::new(573, "DatabaseUserUnavailable", "Database User Unavailable"),
            574 => Self::new(574, "DatabaseConnectionError", "Database Connection Error"),
            _ => Self::new(status, "InternalServerError", "Internal Server Error"),
        }
    }

    /// The answer, with the correlation id of this exchange.
    pub(crate) fn reply(self, seed: Seed, exchange: u64) -> Reply {
        let ecid = seed.text("ords.ecid", exchange, 22, URL_SAFE);
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let allow = self.allow;
        let body = Body::later(move |out| out.extend_from_slice(self.text(&ecid).as_bytes()));
        let reply = Reply::new(status, body).with(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match allow {
            Some(methods) => reply.with(ALLOW, HeaderValue::from_static(methods)),
            None => reply,
        }
    }

    fn text(&self, ecid: &str) -> String {
        let mut members = vec![("code", self.code), ("title", self.title), ("message", &self.message)];
        if let Some(cause) = &self.cause {
            members.push(("o:errorCode", "ORDS-25001"));
            members.push(("cause", cause));
            members.push(("action", ACTION));
        }
        let kind = format!("tag:oracle.com,2020:error/{}", self.code);
        let instance = format!("tag:oracle.com,2020:ecid/{ecid}");
        members.push(("type", &kind));
        members.push(("instance", &instance));
        pretty(&members)
    }
}

const ACTION: &str = "Ask the user defined resource author to check the SQL statement is correctly formed and executes \
                      without error";

/// One member a line, four spaces in: as every saved dump of a refusal shows, unlike the answers.
fn pretty(members: &[(&str, &str)]) -> String {
    let lines: Vec<_> = members.iter().map(|(name, value)| format!("    \"{name}\": {}", quoted(value))).collect();
    format!("{{\n{}\n}}", lines.join(",\n"))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
