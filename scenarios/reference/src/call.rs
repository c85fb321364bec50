//! One call and what may be done when it fails. A call that may be repeated is sent until it is answered
//! for good; for another a time-out does not say whether it was carried out, and who sent it has to look.

use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::pacer::Pacer;
use crate::{Bug, Config, Error, Pace};

/// Sends calls to one system, and waits where it is told to.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) client: Client,
    /// For a call that is made at the same time as another: it waits for no connection of the other's.
    pub(crate) beside: Client,
    pub(crate) pace: Pace,
    pacer: Pacer,
    timeout: Duration,
    failures_max: u32,
    waits: bool,
    bug: Option<Bug>,
}

/// An answer that repeating the call would not change.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) what: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Bytes,
    attempts: u32,
}

/// What came of one try.
pub(crate) type Received = Result<Answer, reqwest::Error>;

/// What came of a call that was sent once.
pub(crate) enum Sent {
    Answered(Answer),
    /// A failure of the system's own, or no answer: it may have been carried out.
    Unsure(Error),
}

/// How often one call was tried.
#[derive(Default)]
pub(crate) struct Tries {
    failures: u32,
    refusals: u32,
    /// How long the last failure told to stay away at the least.
    told: Duration,
}

/// Retries of a call that met a failure of the system's own or none to answer it.
const FAILURES_MAX: u32 = 3;
/// Refusals for too many calls that are waited out, one after the other.
const REFUSALS_MAX: u32 = 6;
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_secs(60);
/// A lock of HubSpot's lasts two seconds.
const LOCK: Duration = Duration::from_secs(2);
/// As long as it waits that does not wait.
const IMPATIENCE: Duration = Duration::from_millis(60);

impl Caller {
    pub(crate) fn new(config: &Config, pacer: Pacer) -> Result<Self, Error> {
        let client = || Client::builder().no_proxy().build().map_err(Error::Client);
        Ok(Self {
            client: client()?,
            beside: client()?,
            pace: config.pace.clone(),
            pacer,
            timeout: if config.has(Bug::Impatient) { IMPATIENCE } else { config.timeout },
            failures_max: if config.has(Bug::GivesUp) { 0 } else { FAILURES_MAX },
            waits: !config.has(Bug::NoBackoff),
            bug: config.bug,
        })
    }

    /// Sends until there is an answer that says more than that it failed for the moment. Only for calls that may be repeated.
    pub(crate) async fn send(
        &self,
        what: &'static str,
        make: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Answer, Error> {
        let mut tries = Tries::default();
        loop {
            match self.send_once(what, &mut tries, &make).await? {
                Sent::Answered(answer) => return Ok(answer),
                Sent::Unsure(error) => self.back_off(&mut tries, error).await?,
            }
        }
    }

    /// Sends until there is an answer other than 429, which says that nothing was done.
    pub(crate) async fn send_once(
        &self,
        what: &'static str,
        tries: &mut Tries,
        make: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Sent, Error> {
        self.go_on(what, tries, None, make).await
    }

    /// The same, where the first try was made already.
    pub(crate) async fn go_on(
        &self,
        what: &'static str,
        tries: &mut Tries,
        mut first: Option<Received>,
        make: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Sent, Error> {
        loop {
            let attempts = tries.failures + tries.refusals + 1;
            let came = match first.take() {
                Some(received) => received,
                None => {
                    self.turns(1).await?;
                    received(what, attempts, make(&self.client).timeout(self.timeout)).await
                }
            };
            if let Ok(answer) = &came {
                self.pacer.heed(&answer.headers);
            }
            match came {
                Ok(answer) if self.takes_for_good(&answer) => return Err(answer.refused()),
                Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                    tries.refusals += 1;
                    let wait = answer.wait(tries.refusals)?;
                    if self.waits {
                        self.sleep(wait).await?;
                    }
                    if tries.refusals > REFUSALS_MAX {
                        return Err(answer.refused());
                    }
                }
                Ok(answer) if is_for_now(answer.status) => {
                    tries.told = answer.told();
                    return Ok(Sent::Unsure(answer.refused()));
                }
                Ok(answer) => return Ok(Sent::Answered(answer)),
                Err(source) => {
                    tries.told = Duration::ZERO;
                    return Ok(Sent::Unsure(Error::NoAnswer { what, attempts, source }));
                }
            }
        }
    }

    /// Waits until so many calls may be made.
    pub(crate) async fn turns(&self, calls: usize) -> Result<(), Error> {
        for _ in 0..calls {
            if self.bug != Some(Bug::Unpaced) {
                self.pacer.turn(&self.pace, &self.client).await?;
            }
        }
        Ok(())
    }

    /// Sends once, whatever comes of it. Its turn was taken.
    pub(crate) async fn attempt(&self, what: &'static str, request: RequestBuilder) -> Received {
        received(what, 1, request.timeout(self.timeout)).await
    }

    /// Waits for the next try, or gives the error back where it was the last.
    pub(crate) async fn back_off(&self, tries: &mut Tries, error: Error) -> Result<(), Error> {
        tries.failures += 1;
        if tries.failures > self.failures_max {
            return Err(error);
        }
        if self.bug == Some(Bug::Hammers) {
            return Ok(());
        }
        self.sleep(backoff(tries.failures).max(tries.told)).await
    }

    /// Whether a failure for the moment is taken for one for good, as only bugs do.
    fn takes_for_good(&self, answer: &Answer) -> bool {
        match self.bug {
            Some(Bug::LockIsFinal) => answer.status == StatusCode::LOCKED,
            Some(Bug::ReadsOne429) => {
                let limit: Limit = serde_json::from_slice(&answer.body).unwrap_or_default();
                answer.status == StatusCode::TOO_MANY_REQUESTS && limit.policy_name.is_empty()
            }
            Some(Bug::ChokesOnHtml) => {
                answer.status.is_server_error() && serde_json::from_slice::<IgnoredAny>(&answer.body).is_err()
            }
            _ => false,
        }
    }

    pub(crate) async fn sleep(&self, span: Duration) -> Result<(), Error> {
        self.pace.sleep(&self.client, span).await
    }
}

/// Whether a status says that the same may well be taken later: failures of the system's own, a locked record,
/// and HubSpot's 477 for an account that is being moved.
pub(crate) fn is_for_now(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status.as_u16(), 423 | 477)
}

/// The answer, read to its end: one that breaks off is none.
async fn received(what: &'static str, attempts: u32, request: RequestBuilder) -> Received {
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
    /// The answer, where it is one of success.
    pub(crate) fn good(self) -> Result<Self, Error> {
        if self.status.is_success() { Ok(self) } else { Err(self.refused()) }
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|source| Error::Unreadable { what: self.what, source })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn refused(self) -> Error {
        Error::Refused { what: self.what, status: self.status, attempts: self.attempts, body: self.text() }
    }

    /// What Retry-After says.
    fn retry_after(&self) -> Option<Duration> {
        self.headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
    }

    /// How long to stay away at the least after a failure.
    fn told(&self) -> Duration {
        let lock = if self.status == StatusCode::LOCKED { LOCK } else { Duration::ZERO };
        self.retry_after().unwrap_or_default().max(lock)
    }

    /// How long to stay away after a 429. HubSpot names the window and sends no Retry-After; the
    /// gateway and Retail Express send it. The word "secondly" stands in the message of both forms of
    /// HubSpot's search limit, but only one of them has a policy.
    fn wait(&self, refusals: u32) -> Result<Duration, Error> {
        let limit: Limit = serde_json::from_slice(&self.body).unwrap_or_default();
        Ok(match (limit.policy_name.as_str(), self.retry_after()) {
            ("DAILY", _) => return Err(Error::DailyLimit),
            (_, Some(told)) => told,
            ("TEN_SECONDLY_ROLLING", None) => Duration::from_secs(10),
            _ if limit.message == "You have reached your secondly limit." => Duration::from_secs(1),
            _ => backoff(refusals),
        })
    }
}
