//! Waiting: on the machine's time, or on the time of the world that the systems live in.

use std::time::Duration;

use reqwest::{Client, RequestBuilder};

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

impl Clock {
    /// The clock at a control address; without a world, the first one's.
    #[must_use]
    pub fn new(control_url: &str, world: Option<String>, party: String) -> Self {
        Self { url: format!("{}/_standin/clock", control_url.trim_end_matches('/')), world, party }
    }

    async fn send(&self, request: RequestBuilder) -> Result<(), Error> {
        let request = request.query(&self.world.iter().map(|id| ("world", id)).collect::<Vec<_>>());
        request.send().await.and_then(reqwest::Response::error_for_status).map_err(Error::Clock)?;
        Ok(())
    }

    fn party_url(&self) -> String {
        format!("{}/parties/{}", self.url, self.party)
    }
}

impl Pace {
    /// From here on the world's time stands still, except while we sleep.
    pub(crate) async fn join(&self, client: &Client) -> Result<(), Error> {
        match self {
            Self::Machine => Ok(()),
            Self::World(clock) => clock.send(client.post(clock.party_url())).await,
        }
    }

    pub(crate) async fn leave(&self, client: &Client) -> Result<(), Error> {
        match self {
            Self::Machine => Ok(()),
            Self::World(clock) => clock.send(client.delete(clock.party_url())).await,
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
                clock.send(request).await
            }
        }
    }
}
