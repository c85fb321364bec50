//! A sleep on world time, from its beginning to its wake or to its sleeper hanging up.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use super::schedule::Key;
use super::{Clock, ClockError};
use crate::Moment;

/// A sleep that has begun; resolves to the instant of waking. Dropped before, it never was: the
/// sleeper is not woken, and its party is gone until it sleeps or registers again.
///
/// Resolves to [`ClockError::Conflict`] if its party left, registered anew, or began another sleep.
#[must_use = "the sleep ends when it is dropped"]
pub struct Sleep {
    clock: Clock,
    /// Its place in the schedule, until it was awaited to its end.
    key: Option<Key>,
    party: Option<String>,
    woken: oneshot::Receiver<Result<Moment, ClockError>>,
}

impl Sleep {
    pub(super) const fn new(
        clock: Clock,
        key: Option<Key>,
        party: Option<String>,
        woken: oneshot::Receiver<Result<Moment, ClockError>>,
    ) -> Self {
        Self { clock, key, party, woken }
    }
}

impl Future for Sleep {
    type Output = Result<Moment, ClockError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.woken).poll(context).map(|woken| {
            self.key = None;
            woken.unwrap_or_else(|_| Err(ClockError::Conflict("the clock has stopped".to_owned())))
        })
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.clock.hang_up(key, self.party.as_deref());
        }
    }
}
