//! Why something came to nothing, told so that whoever runs it knows what to do.

use http::StatusCode;

use crate::call::is_for_now;

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
    #[error("the state cannot be kept: {0}")]
    Store(#[from] Box<redb::Error>),
    #[error("the state cannot be read")]
    State(#[source] serde_json::Error),
    #[error("the folder for the state cannot be made")]
    Folder(#[source] std::io::Error),
    #[error("nobody can be listened to on port {port}")]
    Listen { port: u16, source: std::io::Error },
}

/// As much of an answer as belongs into a line.
const LINE_CHARS_MAX: usize = 300;

impl Error {
    /// Says it on stderr, in one line.
    pub(crate) fn tell(&self) {
        tell(&self.to_string());
    }

    /// Whether there is no going on without what failed: it is the integration's own.
    pub(crate) const fn is_ours(&self) -> bool {
        matches!(self, Self::Clock(_) | Self::Store(_) | Self::State(_) | Self::Folder(_) | Self::Listen { .. })
    }

    /// Whether the same may well be taken later. A database that refuses what it is told (555) says so for good.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::NoAnswer { .. } | Self::DailyLimit => true,
            Self::Refused { status, .. } => {
                (is_for_now(*status) && status.as_u16() != 555)
                    || [StatusCode::TOO_MANY_REQUESTS, StatusCode::UNAUTHORIZED].contains(status)
            }
            _ => false,
        }
    }
}

/// Says something on stderr, in one line.
pub(crate) fn tell(text: &str) {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    eprintln!("retail: {}", line.chars().take(LINE_CHARS_MAX).collect::<String>());
}
