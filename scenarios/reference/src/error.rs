//! Why a load came to nothing, told so that whoever runs it knows what to do.

use http::StatusCode;

/// Why an integration gave up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{what}: no answer after {attempts} attempts")]
    NoAnswer { what: &'static str, attempts: u32, source: reqwest::Error },
    /// The last of several transient refusals, or one that waiting does not mend.
    #[error("{what} was answered with {status} after {attempts} attempts: {body}")]
    Refused { what: &'static str, status: StatusCode, attempts: u32, body: String },
    #[error("the day's calls to HubSpot are used up")]
    DailyLimit,
    #[error("the answer to {what} cannot be read")]
    Unreadable { what: &'static str, source: serde_json::Error },
    #[error("{what} says that there is more, but sends nothing")]
    Endless { what: &'static str },
    #[error("no HTTP client can be made")]
    Client(#[source] reqwest::Error),
    #[error("the world's clock does not answer")]
    Clock(#[source] reqwest::Error),
}
