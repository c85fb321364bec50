//! One call, sent until it is answered for good. Only calls that may be repeated go through here: a
//! time-out does not say whether the first one was carried out.

use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Config, Error, Pace};

/// Sends calls, and waits where it is told to.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) client: Client,
    pub(crate) pace: Pace,
    timeout: Duration,
}

/// An answer that repeating the call would not change.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) what: &'static str,
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    attempts: u32,
}

/// Retries of a call that met a failure of the system's own or none to answer it.
const FAILURES_MAX: u32 = 3;
/// Refusals for too many calls that are waited out, one after the other.
const REFUSALS_MAX: u32 = 6;
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_secs(60);

impl Caller {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let client = Client::builder().no_proxy().build().map_err(Error::Client)?;
        Ok(Self { client, pace: config.pace.clone(), timeout: config.timeout })
    }

    /// Sends until there is an answer other than 429 and 5xx.
    pub(crate) async fn send(
        &self,
        what: &'static str,
        make: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Answer, Error> {
        let (mut failures, mut refusals) = (0, 0);
        loop {
            let attempts = failures + refusals + 1;
            let wait = match received(what, attempts, make(&self.client).timeout(self.timeout)).await {
                Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                    refusals += 1;
                    let wait = answer.wait(refusals)?;
                    if refusals > REFUSALS_MAX {
                        return Err(answer.refused());
                    }
                    wait
                }
                Ok(answer) if answer.status.is_server_error() => {
                    failures += 1;
                    if failures > FAILURES_MAX {
                        return Err(answer.refused());
                    }
                    backoff(failures)
                }
                Ok(answer) => return Ok(answer),
                Err(source) => {
                    failures += 1;
                    if failures > FAILURES_MAX {
                        return Err(Error::NoAnswer { what, attempts, source });
                    }
                    backoff(failures)
                }
            };
            self.pace.sleep(&self.client, wait).await?;
        }
    }
}

async fn received(what: &'static str, attempts: u32, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Answer { what, status, headers, body: response.bytes().await?, attempts })
}

/// 1 s, 2 s, 4 s, ... up to a minute.
fn backoff(attempt: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
    BACKOFF_FIRST.saturating_mul(doubled).min(BACKOFF_MAX)
}

/// What HubSpot says about the limit that was met.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Limit {
    message: String,
    policy_name: String,
}

impl Answer {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|source| Error::Unreadable { what: self.what, source })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn refused(self) -> Error {
        Error::Refused { what: self.what, status: self.status, attempts: self.attempts, body: self.text() }
    }

    /// How long to stay away after a 429. HubSpot names the window and sends no Retry-After; the
    /// gateway and Retail Express send it. The word "secondly" stands in the message of both forms of
    /// HubSpot's search limit, but only one of them has a policy.
    fn wait(&self, refusals: u32) -> Result<Duration, Error> {
        let limit: Limit = serde_json::from_slice(&self.body).unwrap_or_default();
        let told = self.headers.get(RETRY_AFTER).and_then(|seconds| seconds.to_str().ok()?.parse().ok());
        Ok(match (limit.policy_name.as_str(), told) {
            ("DAILY", _) => return Err(Error::DailyLimit),
            (_, Some(seconds)) => Duration::from_secs(seconds),
            ("TEN_SECONDLY_ROLLING", None) => Duration::from_secs(10),
            _ if limit.message == "You have reached your secondly limit." => Duration::from_secs(1),
            _ => backoff(refusals),
        })
    }
}
