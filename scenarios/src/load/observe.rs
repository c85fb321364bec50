//! What a receiver says that it has taken: asked before and after, at an address or by a command, as nobody else
//! can know what it did with the events that it answered.

use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

/// Who tells how many events the receiver has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Answers a GET with the number, or with a JSON object that has it as `events`.
    Address(String),
    /// Prints the same; run by the shell.
    Command(String),
}

/// Why it was not told.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum NotObserved {
    #[error("--observe {address} does not answer: {why}")]
    #[diagnostic(help("it is to answer GET with a number, or with {{\"events\": NUMBER}}"))]
    NoAnswer { address: String, why: String },
    #[error("--observe `{command}` cannot be run: {why}")]
    #[diagnostic(help("it is to print a number, or {{\"events\": NUMBER}}"))]
    NotRun { command: String, why: String },
    #[error("--observe {of} tells no number, but `{told}`")]
    #[diagnostic(help("how many events the receiver has taken, as a number or as {{\"events\": NUMBER}}"))]
    NoNumber { of: String, told: String },
}

/// How long an answer or a command may take.
const WITHIN: Duration = Duration::from_secs(30);
/// How much of a wrong answer is told.
const TOLD_CHARS: usize = 80;

impl Source {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let is_address = text.starts_with("http://") || text.starts_with("https://");
        if is_address { Self::Address(text.to_owned()) } else { Self::Command(text.to_owned()) }
    }

    /// How many events have been taken by now.
    ///
    /// # Errors
    /// Nobody tells, or what is told is no number.
    pub async fn count(&self, client: &reqwest::Client) -> Result<u64, NotObserved> {
        let (of, told) = match self {
            Self::Address(address) => (address, asked(client, address).await?),
            Self::Command(command) => (command, printed(command).await?),
        };
        let number = match serde_json::from_str::<Value>(told.trim()) {
            Ok(Value::Object(members)) => members.get("events").and_then(Value::as_u64),
            Ok(number) => number.as_u64(),
            Err(_) => None,
        };
        let begins = || told.trim().chars().take(TOLD_CHARS).collect();
        number.ok_or_else(|| NotObserved::NoNumber { of: of.clone(), told: begins() })
    }
}

async fn asked(client: &reqwest::Client, address: &str) -> Result<String, NotObserved> {
    let none = |why: String| NotObserved::NoAnswer { address: address.to_owned(), why };
    let answer = client.get(address).timeout(WITHIN).send().await.map_err(|error| none(deepest(&error)))?;
    if !answer.status().is_success() {
        return Err(none(format!("it answers {}", answer.status())));
    }
    answer.text().await.map_err(|error| none(deepest(&error)))
}

async fn printed(command: &str) -> Result<String, NotObserved> {
    let none = |why: String| NotObserved::NotRun { command: command.to_owned(), why };
    let mut run = Command::new("sh");
    run.args(["-c", command]).stdin(std::process::Stdio::null()).kill_on_drop(true);
    let ended = tokio::time::timeout(WITHIN, run.output()).await;
    let ended = ended.map_err(|_| none(format!("it takes longer than {} s", WITHIN.as_secs())))?;
    let ended = ended.map_err(|error| none(error.to_string()))?;
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&ended.stderr);
        let said = said.lines().last().map(|line| format!(": {line}")).unwrap_or_default();
        return Err(none(format!("it ends with {}{said}", ended.status)));
    }
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}

/// The cause behind all others, which says what happened.
pub(super) fn deepest(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}
