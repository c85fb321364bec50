//! How a program shows what it has come to: by the answer of an address, or by what a command prints. What is made of
//! it is the business of whoever looks.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

/// Whether a text names an address, and no command.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// The answer to a GET.
///
/// # Errors
/// Why there is none, in words that go behind the address.
pub async fn asked(client: &reqwest::Client, address: &str, within: Duration) -> Result<String, String> {
    let none = |error: &reqwest::Error| format!("does not answer: {}", deepest(error));
    let answer = client.get(address).timeout(within).send().await.map_err(|error| none(&error))?;
    if !answer.status().is_success() {
        return Err(format!("answers {}", answer.status()));
    }
    answer.text().await.map_err(|error| format!("breaks off: {}", deepest(&error)))
}

/// What a command for the shell prints.
///
/// # Errors
/// Why it prints nothing, in words that go behind the command.
pub async fn printed(command: &str, within: Duration) -> Result<String, String> {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::null()).kill_on_drop(true);
    let ended = timeout(within, shell.output()).await;
    let ended = ended.map_err(|_| format!("does not end within {} s", within.as_secs()))?;
    let ended = ended.map_err(|error| format!("cannot be run: {error}"))?;
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&ended.stderr);
        let said = said.lines().last().map(|line| format!(": {line}")).unwrap_or_default();
        return Err(format!("ends with {}{said}", ended.status));
    }
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}

/// The cause behind all others, which says what happened.
pub(crate) fn deepest(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}
