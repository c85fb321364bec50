//! Calls spread over time, so that a system's limit of seconds is not met: the calls of the last window are
//! counted, and the next one waits until there is room. Where a system tells its limit it is believed, less a
//! tenth for clocks that differ.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use reqwest::Client;

use crate::{Error, Pace};

/// How many calls of one system are made within a window.
#[derive(Debug)]
pub(crate) struct Pacer {
    window: Duration,
    /// The answers' header that tells the limit.
    told_by: Option<&'static str>,
    counted: Mutex<Counted>,
}

#[derive(Debug)]
struct Counted {
    most: usize,
    /// When the calls of the window were begun, in milliseconds since 1970.
    begun: VecDeque<i64>,
}

impl Pacer {
    /// HubSpot's: ten seconds of an app, at the start as many as the smallest plan has.
    pub(crate) fn of_hubspot() -> Self {
        Self::new(Duration::from_secs(10), 100, Some("x-hubspot-ratelimit-max"))
    }

    /// The gateway's: the second that its deployment lays down, which no answer tells.
    pub(crate) fn of_gateway() -> Self {
        Self::new(Duration::from_secs(1), 100, None)
    }

    fn new(window: Duration, limit: usize, told_by: Option<&'static str>) -> Self {
        let counted = Mutex::new(Counted { most: less_a_tenth(limit), begun: VecDeque::new() });
        Self { window, told_by, counted }
    }

    /// Waits for room for a call, and takes it.
    pub(crate) async fn turn(&self, pace: &Pace, client: &Client) -> Result<(), Error> {
        loop {
            let now = pace.now(client).await?;
            let Some(wait) = self.counted().take(now, self.window) else { return Ok(()) };
            pace.sleep(client, wait).await?;
        }
    }

    /// Believes what an answer tells of the limit.
    pub(crate) fn heed(&self, headers: &HeaderMap) {
        let told = self.told_by.and_then(|name| headers.get(name)?.to_str().ok()?.parse().ok());
        if let Some(limit) = told {
            self.counted().most = less_a_tenth(limit);
        }
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    /// Takes room for a call, or says how long there is none.
    fn take(&mut self, now: i64, window: Duration) -> Option<Duration> {
        let window = i64::try_from(window.as_millis()).unwrap_or(i64::MAX);
        while self.begun.front().is_some_and(|begun| now - begun > window) {
            self.begun.pop_front();
        }
        if self.begun.len() < self.most {
            self.begun.push_back(now);
            return None;
        }
        // The limit may have been told to be smaller since.
        let leaves = self.begun[self.begun.len() - self.most];
        Some(Duration::from_millis(u64::try_from(leaves + window + 1 - now).unwrap_or(1)))
    }
}

fn less_a_tenth(limit: usize) -> usize {
    (limit - limit / 10).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(10);

    #[test]
    fn a_window_has_room_for_so_many_and_the_next_waits_for_the_first_to_leave_it() {
        let mut counted = Counted { most: 2, begun: VecDeque::new() };
        assert_eq!(counted.take(0, WINDOW), None);
        assert_eq!(counted.take(4_000, WINDOW), None);
        assert_eq!(counted.take(4_000, WINDOW), Some(Duration::from_millis(6_001)));
        assert_eq!(counted.take(10_001, WINDOW), None);
        assert_eq!(counted.take(10_001, WINDOW), Some(Duration::from_millis(4_000)));
    }

    #[test]
    fn a_limit_that_is_told_is_believed_less_a_tenth() {
        let pacer = Pacer::of_hubspot();
        assert_eq!(pacer.counted().most, 90);
        for (told, most) in [("190", 171), ("250", 225), ("5", 5), ("0", 1), ("many", 1)] {
            pacer.heed(&HeaderMap::from_iter([(
                http::HeaderName::from_static("x-hubspot-ratelimit-max"),
                http::HeaderValue::from_static(told),
            )]));
            assert_eq!(pacer.counted().most, most, "{told}");
        }
    }

    #[test]
    fn a_limit_that_became_smaller_is_waited_for() {
        let mut counted = Counted { most: 1, begun: [0, 1_000, 2_000].into() };
        assert_eq!(counted.take(2_000, WINDOW), Some(Duration::from_millis(10_001)));
    }
}
