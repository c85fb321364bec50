//! What a receiver says that it has taken: asked before and after, at an address or by a command, as nobody else
//! can know what it did with the events that it answered.

use std::time::Duration;

use serde_json::Value;

use crate::eyes;

/// Who tells how many events the receiver has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Answers a GET with the number, or with a JSON object that has it as `events`.
    Address(String),
    /// Prints the same; run by the shell.
    Command(String),
}

/// How many events a receiver has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    pub events: u64,
    /// How many of them were another than all before, where it tells that too, as `distinct`.
    pub distinct: Option<u64>,
}

/// Why it was not told.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum NotObserved {
    #[error("--observe {of} {why}")]
    #[diagnostic(help(
        "it is to tell a number, {{\"events\": NUMBER}}, or {{\"events\": NUMBER, \"distinct\": NUMBER}}"
    ))]
    NotTold { of: String, why: String },
    #[error("--observe {of} tells no number, but `{told}`")]
    #[diagnostic(help(
        "how many events the receiver has taken, as a number, as {{\"events\": NUMBER}}, or as {{\"events\": NUMBER, \"distinct\": NUMBER}}"
    ))]
    NoNumber { of: String, told: String },
}

/// How long an answer or a command may take.
const WITHIN: Duration = Duration::from_secs(30);
/// How much of a wrong answer is told.
const TOLD_CHARS: usize = 80;

impl Source {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if eyes::is_address(text) { Self::Address(text.to_owned()) } else { Self::Command(text.to_owned()) }
    }

    /// How many events have been taken by now.
    ///
    /// # Errors
    /// Nobody tells, or what is told is no number.
    pub async fn count(&self, client: &reqwest::Client) -> Result<Taken, NotObserved> {
        let (of, told) = match self {
            Self::Address(address) => (address.clone(), eyes::asked(client, address, WITHIN).await),
            Self::Command(command) => (format!("`{command}`"), eyes::printed(command, WITHIN).await),
        };
        let told = told.map_err(|why| NotObserved::NotTold { of: of.clone(), why })?;
        let begins = || told.trim().chars().take(TOLD_CHARS).collect();
        Taken::read(&told).ok_or_else(|| NotObserved::NoNumber { of, told: begins() })
    }
}

impl Taken {
    fn read(told: &str) -> Option<Self> {
        match serde_json::from_str::<Value>(told.trim()).ok()? {
            Value::Object(members) => {
                let distinct = members.get("distinct").and_then(Value::as_u64);
                Some(Self { events: members.get("events")?.as_u64()?, distinct })
            }
            number => Some(Self { events: number.as_u64()?, distinct: None }),
        }
    }

    /// What was taken meanwhile.
    pub(super) fn since(self, before: Self) -> Self {
        let distinct = self.distinct.zip(before.distinct).map(|(now, before)| now.saturating_sub(before));
        Self { events: self.events.saturating_sub(before.events), distinct }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_alone_or_as_a_member() {
        let taken = |events, distinct| Some(Taken { events, distinct });
        for (told, wanted) in [
            (" 12\n", taken(12, None)),
            (r#"{"events": 12, "more": 1}"#, taken(12, None)),
            (r#"{"events": 12, "distinct": 9}"#, taken(12, Some(9))),
            (r#"{"distinct": 9}"#, None),
            ("some", None),
            ("-1", None),
        ] {
            assert_eq!(Taken::read(told), wanted, "{told}");
        }
    }
}
