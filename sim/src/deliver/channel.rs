//! What a room says of its deliveries: to whom they go, under which figures, and how they read.

use std::sync::Arc;

use http::Uri;

use super::forgery::Forgery;
use crate::{Moment, SystemName};

/// A vendor's figures for its deliveries. Spans are in milliseconds of world time.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// Events of one request.
    pub(crate) batch_max: usize,
    /// Requests that are under way at once.
    pub(crate) in_flight_max: usize,
    /// How long an event waits for others to go with.
    pub(crate) gather_ms: i64,
    /// How long an answer is waited for.
    pub(crate) deadline_ms: i64,
    /// When an event is tried again, counted from its first failure.
    pub(crate) retries_ms: Vec<i64>,
    /// Past which, counted likewise, nothing is tried again.
    pub(crate) retry_within_ms: i64,
    /// By how much of itself each of these spans may be shorter or longer.
    pub(crate) jitter_percent: u64,
    /// How many of a hundred events are told twice though they have arrived.
    pub(crate) duplicate_percent: u64,
    /// Whether events that leave together leave in an order of their own.
    pub(crate) reorder: bool,
}

/// One thing to be told.
pub(crate) trait Event: Send + Sync {
    /// Its own number in its world; draws depend on it.
    fn number(&self) -> u64;

    /// Writes it for its `attempt`th retry, 0 for none.
    fn write(&self, attempt: u32, out: &mut Vec<u8>);
}

/// Under whose hand a change was made, as far as events tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// An app, through the API.
    App(u32),
    /// A person in the vendor's screens: the tester's hand.
    Hand,
    /// Who was written to, by the link in an e-mail.
    Recipient,
}

/// An app, and where its events go from when on; nowhere where there is none.
pub(crate) type Redirected = (u64, Moment, Option<Arc<dyn Channel>>);

/// What a room has to tell after a step: where its apps' events go from when on, and what happened, each by the app
/// that is told.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) targets: Vec<Redirected>,
    pub(crate) events: Vec<(u64, Vec<Arc<dyn Event>>)>,
}

/// One app's receiver, as the room that tells it knows it.
pub(crate) trait Channel: Send + Sync {
    fn system(&self) -> SystemName;
    fn account(&self) -> &str;
    fn app(&self) -> &str;
    fn rules(&self) -> &Rules;

    /// Where it is called.
    fn url(&self) -> &Uri;

    /// The whole address that a delivery calls.
    fn called(&self, _forgery: Option<Forgery>) -> String {
        self.url().to_string()
    }

    /// The body that carries these events.
    fn write(&self, events: &mut dyn Iterator<Item = &dyn Event>, attempt: u32) -> Vec<u8>;

    /// What stands in front of it, the name of the host and the signatures among them.
    fn headers(&self, body: &[u8], stamp: Stamp) -> Vec<(&'static str, String)>;
}

/// What a delivery's headers depend on beside its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    pub(crate) at: Moment,
    /// The number of the delivery in its world.
    pub(crate) number: u64,
    pub(crate) forgery: Option<Forgery>,
}
