//! What the receiver has come to, as its owner shows it: the answer of an address, or what a command prints. Nothing
//! is made of it but whether it changed, and whether a value stands in it.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::eyes;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(50);
/// What stays so for so many looks has come to rest.
const LOOKS: u32 = 6;

/// Where to look.
#[derive(Clone, Debug)]
pub enum Observer {
    Url(reqwest::Client, String),
    /// For the shell.
    Command(String),
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

    /// What is to be seen once it is another than before and has come to rest; after a span, what is to be seen then.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub async fn changed(&self, before: &str, within: Duration) -> Result<String, String> {
        self.rested(within, |now| now != before).await.map(|(last, _)| last)
    }

    /// What is to be seen when nothing happens; none where it changes all the same.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub async fn calm(&self, within: Duration) -> Result<Option<String>, String> {
        self.rested(within, |_| true).await.map(|(last, rested)| rested.then_some(last))
    }

    async fn rested(&self, within: Duration, fits: impl Fn(&str) -> bool) -> Result<(String, bool), String> {
        let end = Instant::now() + within;
        let (mut last, mut looks) = (self.look().await?, 1);
        loop {
            if looks >= LOOKS && fits(&last) {
                return Ok((last, true));
            }
            if Instant::now() >= end {
                return Ok((last, false));
            }
            sleep(POLL).await;
            let now = self.look().await?;
            looks = if now == last { looks + 1 } else { 1 };
            last = now;
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
