//! What a receiver shows while it is put through the kit. It may answer first and work later: how long its effects take
//! is learned from the genuine delivery, and whatever is judged by its effect stands between two rests of several times
//! that span, so that no effect is taken for another delivery's.

use std::time::Duration;

use tokio::time::Instant;

use super::observe::Observer;

/// How long an effect is waited for that is to come.
const FIRST: Duration = Duration::from_secs(10);
/// A rest is so long at least, and so many times what an effect took.
const REST_MIN: Duration = Duration::from_secs(2);
const REST_LAGS: u32 = 3;
/// An effect that is not judged has come when this long nothing more comes.
const MOMENT: Duration = Duration::from_millis(300);

const IDLE: &str = "what --observe shows did not change with the genuine delivery: name an event that has an effect by \
                    --event, --property and --value";
const RESTLESS: &str = "what --observe shows changes by itself";

/// A delivery, as far as its effect goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// When its answer came, or nobody waited for one any longer.
    pub(super) at: Instant,
    /// Whether it was accepted, and so is to have an effect.
    pub(super) owes: bool,
    pub(super) events: usize,
}

/// On a receiver, through all cases.
#[derive(Debug)]
pub(super) struct Eyes<'o> {
    observer: &'o Observer,
    /// The longest after an answer that one event's effect was seen to take.
    lag: Duration,
    state: Option<String>,
    at_rest: bool,
    /// What was accepted, and has shown no effect yet.
    owed: Option<Told>,
    /// Why nothing can be judged by what is shown.
    blind: Option<String>,
}

impl<'o> Eyes<'o> {
    pub(super) const fn on(observer: &'o Observer) -> Self {
        Self { observer, lag: Duration::ZERO, state: None, at_rest: false, owed: None, blind: None }
    }

    fn rest_of(lag: Duration) -> Duration {
        REST_MIN.max(lag * REST_LAGS)
    }

    /// Notes a delivery whose effect nobody judges.
    pub(super) fn pass(&mut self, told: Told) {
        self.at_rest = false;
        if told.owes {
            self.owed = Some(told);
        }
    }

    /// Waits for the effect of what was accepted last, as far as nobody has judged it.
    pub(super) async fn catch_up(&mut self) {
        let (None, Some(told)) = (&self.blind, self.owed) else { return };
        if self.look_on(told, Self::rest_of(self.lag), false).await.is_ok_and(|changed| changed) {
            self.owed = None;
        }
    }

    /// What is to be seen when all has come to rest.
    ///
    /// # Errors
    /// Nothing is, and why.
    pub(super) async fn rest(&mut self) -> Result<String, String> {
        if let Some(why) = &self.blind {
            return Err(why.clone());
        }
        if !self.at_rest {
            let nothing = Told { at: Instant::now(), owes: false, events: 0 };
            let told = self.owed.take().unwrap_or(nothing);
            let first = self.state.is_none();
            let rested = self.look_on(told, self.patience(told), true).await;
            if first && rested.is_err() {
                self.blind = rested.as_ref().err().cloned();
            }
            rested?;
        }
        Ok(self.state.clone().unwrap_or_default())
    }

    /// Learns from the genuine delivery what an effect is and how long it takes.
    pub(super) async fn learn(&mut self, told: Told) {
        let learned = match &self.blind {
            Some(_) => return,
            None if !told.owes => Err("the genuine delivery was not accepted".to_owned()),
            None => self.look_on(told, self.patience(told), true).await,
        };
        self.blind = match learned {
            Ok(true) => None,
            Ok(false) => Some(IDLE.to_owned()),
            Err(why) => Some(why),
        };
    }

    /// What is to be seen when a delivery has had all the time that its effect may take.
    ///
    /// # Errors
    /// Nothing is, and why.
    pub(super) async fn after(&mut self, told: Told) -> Result<String, String> {
        let changed = self.look_on(told, self.patience(told), true).await?;
        if told.owes && !changed {
            self.pass(told);
        }
        Ok(self.state.clone().unwrap_or_default())
    }

    /// Looks on until something has changed and, if `to_rest`, all is at rest; whether anything has.
    async fn look_on(&mut self, told: Told, within: Duration, to_rest: bool) -> Result<bool, String> {
        let quiet = |lag: Duration| match told {
            _ if !to_rest => MOMENT,
            Told { owes: true, events: 1, .. } => Self::rest_of(self.lag.max(lag)),
            _ => Self::rest_of(self.lag),
        };
        self.at_rest = false;
        let seen = self.observer.watch(self.state.as_deref(), told.at, within, quiet).await?;
        // Many take longer than one.
        if let (Told { owes: true, events: 1, .. }, Some(lag)) = (told, seen.changed) {
            self.lag = self.lag.max(lag);
        }
        self.state = Some(seen.state);
        self.at_rest = to_rest && seen.rested;
        if to_rest && !seen.rested {
            return Err(RESTLESS.to_owned());
        }
        Ok(seen.changed.is_some())
    }

    /// How long a delivery's effect is waited for.
    fn patience(&self, told: Told) -> Duration {
        let rest = Self::rest_of(self.lag);
        if told.owes { rest.max(FIRST) } else { rest }
    }
}
