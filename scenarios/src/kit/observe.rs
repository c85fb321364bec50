//! What the receiver has come to, as its owner shows it: the answer of an address, or what a command prints. Nothing
//! is made of it but whether it changed, and whether a value stands in it.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::eyes;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(50);
/// What has not come to rest after so many of the spans that it is given moves by itself.
const RESTLESS: u32 = 5;

/// Where to look.
#[derive(Clone, Debug)]
pub enum Observer {
    Url(reqwest::Client, String),
    /// For the shell.
    Command(String),
}

/// What was to be seen over a while.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// In the end.
    pub state: String,
    /// When it last changed, if it did.
    pub changed: Option<Duration>,
    pub rested: bool,
}

impl Observer {
    /// An address, or else a command.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn new(text: &str) -> Result<Self, reqwest::Error> {
        if eyes::is_address(text) {
            let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
            return Ok(Self::Url(client, text.to_owned()));
        }
        Ok(Self::Command(text.to_owned()))
    }

    /// What is to be seen now.
    ///
    /// # Errors
    /// Nothing is, and why.
    pub async fn look(&self) -> Result<String, String> {
        let text = match self {
            Self::Url(client, url) => eyes::asked(client, url, PATIENCE).await.map_err(|why| format!("{url} {why}"))?,
            Self::Command(command) => {
                eyes::printed(command, PATIENCE).await.map_err(|why| format!("`{command}` {why}"))?
            }
        };
        Ok(plain(&text))
    }

    /// Looks on until nothing has changed for a span: `within` where nothing changes at all, and once something has, what
    /// `quiet` makes of how long that took since `began`.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub async fn watch(
        &self,
        before: Option<&str>,
        began: Instant,
        within: Duration,
        quiet: impl Fn(Duration) -> Duration,
    ) -> Result<Sighting, String> {
        let start = Instant::now();
        let mut state = match before {
            Some(before) => before.to_owned(),
            None => self.look().await?,
        };
        let (mut changed, mut since) = (None, start);
        loop {
            let (seen, now) = (self.look().await?, Instant::now());
            if seen != state {
                state = seen;
                changed = Some(now - began);
                since = now;
            }
            let span = changed.map_or(within, &quiet);
            let rested = now - since >= span;
            if rested || now - start >= RESTLESS * span.max(within) {
                return Ok(Sighting { state, changed, rested });
            }
            sleep(POLL).await;
        }
    }
}

/// JSON without the accidents of its writing; any other text without blanks at its ends.
fn plain(text: &str) -> String {
    let read: Result<Value, _> = serde_json::from_str(text);
    read.map_or_else(|_| text.trim().to_owned(), |value| sorted(value).to_string())
}

/// With the members of each object in the order of their names.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(members.into_iter().collect())
        }
        scalar => scalar,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn json_is_compared_by_what_it_says() {
        assert_eq!(super::plain("{ \"b\": 1, \"a\": [ {\"d\":2,\"c\":3} ] }\n"), r#"{"a":[{"c":3,"d":2}],"b":1}"#);
        assert_eq!(super::plain("  17 events\n"), "17 events");
    }
}
