//! Where the systems are and who we are to them, from environment variables.

use std::time::Duration;

use crate::pace::{Clock, Pace};

/// What the retail integration needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The gateway in front of the Oracle master, with the deployment's prefix: `ORACLE_URL`.
    pub oracle_url: String,
    /// `ORACLE_CLIENT_ID`
    pub client_id: String,
    /// `ORACLE_CLIENT_SECRET`
    pub client_secret: String,
    /// `HUBSPOT_BASE_URL`
    pub hubspot_url: String,
    /// `HUBSPOT_TOKEN`
    pub hubspot_token: String,
    /// By which time it waits: the machine's, unless `STANDIN_CONTROL_URL` and `STANDIN_PARTY` are
    /// both set; `STANDIN_WORLD` names another world than the first.
    pub pace: Pace,
    /// How long an answer may take, in real time.
    pub timeout: Duration,
}

/// An environment variable that has to be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is not set")]
pub struct Missing(pub &'static str);

const TIMEOUT: Duration = Duration::from_secs(30);

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// A variable that is needed is missing or empty.
    pub fn from_env() -> Result<Self, Missing> {
        Self::from_vars(|name| std::env::var(name).ok())
    }

    fn from_vars(var: impl Fn(&'static str) -> Option<String>) -> Result<Self, Missing> {
        let var = |name| var(name).filter(|value| !value.is_empty());
        let needed = |name| var(name).ok_or(Missing(name));
        let address = |name| needed(name).map(|url| url.trim_end_matches('/').to_owned());
        let pace = match (var("STANDIN_CONTROL_URL"), var("STANDIN_PARTY")) {
            (Some(url), Some(party)) => Pace::World(Clock::new(&url, var("STANDIN_WORLD"), party)),
            _ => Pace::Machine,
        };
        Ok(Self {
            oracle_url: address("ORACLE_URL")?,
            client_id: needed("ORACLE_CLIENT_ID")?,
            client_secret: needed("ORACLE_CLIENT_SECRET")?,
            hubspot_url: address("HUBSPOT_BASE_URL")?,
            hubspot_token: needed("HUBSPOT_TOKEN")?,
            pace,
            timeout: TIMEOUT,
        })
    }
}
