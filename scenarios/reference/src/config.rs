//! Where the systems are and who we are to them, from environment variables.

use std::path::PathBuf;
use std::time::Duration;

use crate::bugs::{Bug, UnknownBug};
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
    /// The file that holds the token of now, once it is another than the one we were started with:
    /// `HUBSPOT_TOKEN_FILE`
    pub hubspot_token_file: Option<PathBuf>,
    /// What is needed to be told of changes in HubSpot; there where `PORT` is set.
    pub receiver: Option<Receiver>,
    /// Where it keeps what it must not forget: `STATE_DIR`. Without one it forgets all when it ends.
    pub state_dir: Option<PathBuf>,
    /// By which time it waits: the machine's, unless `STANDIN_CONTROL_URL` and `STANDIN_PARTY` are
    /// both set; `STANDIN_WORLD` names another world than the first.
    pub pace: Pace,
    /// How long an answer may take, in real time.
    pub timeout: Duration,
    /// What it gets wrong: `REFERENCE_BUG`.
    pub bug: Option<Bug>,
}

/// How HubSpot reaches us, and how we know that it is HubSpot.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// The port to listen on, on this machine; 0 takes any that is free: `PORT`.
    pub port: u16,
    /// Our own app, whose changes are no news: `HUBSPOT_APP_ID`.
    pub app_id: String,
    /// What deliveries are signed with: `HUBSPOT_WEBHOOK_SECRET`.
    pub secret: String,
}

/// What is wrong with the environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadConfig {
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    #[error("PORT is no port: {0}")]
    Port(String),
    #[error(transparent)]
    Bug(#[from] UnknownBug),
}

const TIMEOUT: Duration = Duration::from_secs(30);

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// A variable that is needed is missing or empty, or one says what it cannot say.
    pub fn from_env() -> Result<Self, BadConfig> {
        Ok(Self { bug: Bug::from_env()?, ..Self::from_vars(|name| std::env::var(name).ok())? })
    }

    fn from_vars(var: impl Fn(&'static str) -> Option<String>) -> Result<Self, BadConfig> {
        let var = |name| var(name).filter(|value| !value.is_empty());
        let needed = |name| var(name).ok_or(BadConfig::Missing(name));
        let address = |name| needed(name).map(|url| url.trim_end_matches('/').to_owned());
        let pace = match (var("STANDIN_CONTROL_URL"), var("STANDIN_PARTY")) {
            (Some(url), Some(party)) => Pace::World(Clock::new(&url, var("STANDIN_WORLD"), party)),
            _ => Pace::Machine,
        };
        let receiver = |port: String| -> Result<_, BadConfig> {
            Ok(Receiver {
                port: port.parse().map_err(|_| BadConfig::Port(port))?,
                app_id: needed("HUBSPOT_APP_ID")?,
                secret: needed("HUBSPOT_WEBHOOK_SECRET")?,
            })
        };
        Ok(Self {
            oracle_url: address("ORACLE_URL")?,
            client_id: needed("ORACLE_CLIENT_ID")?,
            client_secret: needed("ORACLE_CLIENT_SECRET")?,
            hubspot_url: address("HUBSPOT_BASE_URL")?,
            hubspot_token: needed("HUBSPOT_TOKEN")?,
            hubspot_token_file: var("HUBSPOT_TOKEN_FILE").map(PathBuf::from),
            receiver: var("PORT").map(receiver).transpose()?,
            state_dir: var("STATE_DIR").map(PathBuf::from),
            pace,
            timeout: TIMEOUT,
            bug: None,
        })
    }

    /// HubSpot's token as it is now: whoever rotates it need not start us again.
    pub(crate) fn hubspot_token(&self) -> String {
        let file = self.hubspot_token_file.as_ref().filter(|_| !self.has(Bug::ReadsTokenOnce));
        let text = file.and_then(|file| std::fs::read_to_string(file).ok());
        let told = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        told.unwrap_or_else(|| self.hubspot_token.clone())
    }

    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(vars: &[(&str, &str)]) -> Result<Config, BadConfig> {
        let needed = ["ORACLE_URL", "ORACLE_CLIENT_ID", "ORACLE_CLIENT_SECRET", "HUBSPOT_BASE_URL", "HUBSPOT_TOKEN"];
        Config::from_vars(|name| {
            let given = vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            given.or_else(|| needed.contains(&name).then(|| format!("{name}/")))
        })
    }

    #[test]
    fn the_token_of_now_is_the_files_once_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let mut config = config(&[("HUBSPOT_TOKEN_FILE", file.to_str().unwrap()), ("HUBSPOT_TOKEN", "first")]).unwrap();
        assert_eq!(config.hubspot_token(), "first");
        for (text, token) in [("", "first"), ("second\n", "second"), ("third", "third")] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(config.hubspot_token(), token);
        }
        config.bug = Some(Bug::ReadsTokenOnce);
        assert_eq!(config.hubspot_token(), "first");
    }

    #[test]
    fn a_receiver_needs_all_it_takes_to_know_hubspot() {
        assert!(config(&[]).unwrap().receiver.is_none());
        let named = [("PORT", "0"), ("HUBSPOT_APP_ID", "9001"), ("HUBSPOT_WEBHOOK_SECRET", "s")];
        assert_eq!(config(&named).unwrap().receiver.unwrap().app_id, "9001");
        assert_eq!(config(&named[..2]).unwrap_err(), BadConfig::Missing("HUBSPOT_WEBHOOK_SECRET"));
        assert_eq!(config(&[("PORT", "http")]).unwrap_err(), BadConfig::Port("http".to_owned()));
        assert_eq!(config(&[("ORACLE_URL", "")]).unwrap_err(), BadConfig::Missing("ORACLE_URL"));
    }
}
