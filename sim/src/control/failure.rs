//! How the control API says no: a status, what is wrong, and what to do about it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use miette::Diagnostic;
use serde::Serialize;
use utoipa::ToSchema;

use crate::faults::BadFault;
use crate::host::UnknownWorld;
use crate::{AccessError, ClockError, StartError};

/// What is wrong, and what to do about it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Error", example = json!({"error": {
    "message": "there is no world `b`; there are: 1",
    "help": "GET /_standin/worlds lists the worlds; POST makes one",
}}))]
pub(super) struct Refused {
    error: Told,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Told {
    message: String,
    help: String,
}

#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    message: String,
    help: String,
}

impl Failure {
    pub(super) fn new(status: StatusCode, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { status, message: message.into(), help: help.into() }
    }

    pub(super) fn bad(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message, help)
    }

    pub(super) fn missing(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message, help)
    }

    /// A task of ours that did not come back.
    pub(super) fn ours(why: impl std::fmt::Display) -> Self {
        let help = "this is a defect of standin; its standard error says more";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, why.to_string(), help)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self { status, message, help } = self;
        (status, Json(Refused { error: Told { message, help } })).into_response()
    }
}

impl From<UnknownWorld> for Failure {
    fn from(unknown: UnknownWorld) -> Self {
        Self::missing(unknown.to_string(), "GET /_standin/worlds lists the worlds; POST makes one")
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let status = match &error {
            StartError::SameId(_) => StatusCode::CONFLICT,
            // Ports are chosen freely here, so it is the machine that has no more of them.
            StartError::Taken { .. } | StartError::Bind { .. } => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(source) = cause {
            message = format!("{message}: {source}");
            cause = source.source();
        }
        let help = match (&error, error.help()) {
            (StartError::Profile(_), _) => "name one of these under `profiles`, or leave it out".to_owned(),
            (_, Some(help)) => help.to_string(),
            (_, None) => "GET /_standin/openapi.json has the shape of a new world, with an example".to_owned(),
        };
        Self::new(status, message, help)
    }
}

impl From<ClockError> for Failure {
    fn from(error: ClockError) -> Self {
        let (status, help) = match &error {
            ClockError::Back { .. } => (StatusCode::BAD_REQUEST, "give a later instant, or start another world"),
            ClockError::Bad(_) => {
                (StatusCode::BAD_REQUEST, "spans are like 1ms, 10s, 61m, 24h; instants like 2026-11-21T00:00:00+11:00")
            }
            ClockError::Conflict(_) => (StatusCode::CONFLICT, "GET /_standin/clock says what the clock does now"),
            ClockError::UnknownParty(_) => {
                (StatusCode::NOT_FOUND, "register it first: POST /_standin/clock/parties/NAME")
            }
        };
        Self::new(status, error.to_string(), help)
    }
}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Self {
        let (status, help) = match &error {
            AccessError::UnknownType { .. } => (StatusCode::NOT_FOUND, "name one of these types in the path"),
            AccessError::Unfit(_) => (StatusCode::BAD_REQUEST, "nothing was put in; mend it and send all of it again"),
            AccessError::UnknownLimit { .. } => (StatusCode::NOT_FOUND, "name one of these limits"),
            AccessError::UnfitLimit(_) => (StatusCode::BAD_REQUEST, "GET /_standin/limits tells of every limit"),
            AccessError::UnknownDelivery(_) => {
                (StatusCode::NOT_FOUND, "GET /_standin/hubspot/deliveries lists those that are known")
            }
            AccessError::UnknownSnapshot(_) => {
                (StatusCode::NOT_FOUND, "POST /_standin/snapshot makes one and answers its id")
            }
        };
        Self::new(status, error.to_string(), help)
    }
}

impl From<BadFault> for Failure {
    fn from(error: BadFault) -> Self {
        Self::bad(error.to_string(), "GET /_standin/faults tells what each fault does")
    }
}
