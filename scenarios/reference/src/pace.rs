//! Time: the machine's, or that of the world that the systems live in.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::{Client, RequestBuilder, Response};
use serde::Deserialize;

use crate::Error;

/// By which time an integration waits.
#[derive(Clone, Debug)]
pub enum Pace {
    Machine,
    /// It cooperates: it is a party of the world's clock, which need not run while nobody works.
    World(Clock),
}

/// A world's clock, as its control API has it.
#[derive(Clone, Debug)]
pub struct Clock {
    /// `http://HOST:PORT/_standin/clock`
    url: String,
    world: Option<String>,
    party: String,
}

#[derive(Deserialize)]
struct Shown {
    now: jiff::Timestamp,
}

impl Clock {
    /// The clock at a control address; without a world, the first one's.
    #[must_use]
    pub fn new(control_url: &str, world: Option<String>, party: String) -> Self {
        Self { url: format!("{}/_standin/clock", control_url.trim_end_matches('/')), world, party }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        let request = request.query(&self.world.iter().map(|id| ("world", id)).collect::<Vec<_>>());
        request.send().await.and_then(Response::error_for_status).map_err(Error::Clock)
    }

    fn party_url(&self) -> String {
        format!("{}/parties/{}", self.url, self.party)
    }
}

impl Pace {
    /// The same time for another party, of this name and an ending.
    pub(crate) fn of_party(&self, ending: &str) -> Self {
        match self {
            Self::Machine => Self::Machine,
            Self::World(clock) => Self::World(Clock { party: format!("{}{ending}", clock.party), ..clock.clone() }),
        }
    }

    /// From here on the world's time stands still, except while we sleep.
    pub(crate) async fn join(&self, client: &Client) -> Result<(), Error> {
        match self {
            Self::Machine => Ok(()),
            Self::World(clock) => clock.send(client.post(clock.party_url())).await.map(drop),
        }
    }

    pub(crate) async fn leave(&self, client: &Client) -> Result<(), Error> {
        match self {
            Self::Machine => Ok(()),
            Self::World(clock) => clock.send(client.delete(clock.party_url())).await.map(drop),
        }
    }

    /// Milliseconds since 1970.
    pub(crate) async fn now(&self, client: &Client) -> Result<i64, Error> {
        match self {
            Self::Machine => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Ok(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::World(clock) => {
                let shown: Shown = clock.send(client.get(&clock.url)).await?.json().await.map_err(Error::Clock)?;
                Ok(shown.now.as_millisecond())
            }
        }
    }

    pub(crate) async fn sleep(&self, client: &Client, span: Duration) -> Result<(), Error> {
        match self {
            Self::Machine => {
                tokio::time::sleep(span).await;
                Ok(())
            }
            Self::World(clock) => {
                let span = format!("{}ms", span.as_millis());
                let request = client.get(format!("{}/sleep", clock.url));
                let request = request.query(&[("for", span.as_str()), ("party", clock.party.as_str())]);
                clock.send(request).await.map(drop)
            }
        }
    }
}
