//! Accepted events, from the moment they are on disk to the moment they are done. The world's time waits
//! while there are any.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify};

use super::events::{self, Event};
use super::hand::Desk;
use super::store::Store;
use crate::Error;
use crate::error::tell;

/// How many are done in one turn: as many contacts as HubSpot hands out at once.
const EVENTS_MAX: usize = 100;
/// After a failure that may pass.
const AGAIN: Duration = Duration::from_secs(60);

pub(super) struct Inbox {
    store: Arc<Store>,
    desk: Desk,
    /// Whether its party is one now; held while that changes.
    joined: Mutex<bool>,
    arrived: Notify,
    done: Notify,
}

impl Inbox {
    /// Joins, so that what an earlier life left behind is done before time goes on.
    pub(super) async fn open(store: Arc<Store>, desk: Desk) -> Result<Self, Error> {
        desk.join().await?;
        Ok(Self { store, desk, joined: Mutex::new(true), arrived: Notify::new(), done: Notify::new() })
    }

    /// Milliseconds since 1970, by which a stamp is judged.
    pub(super) async fn now(&self) -> Result<i64, Error> {
        self.desk.pace.now(&self.desk.client).await
    }

    /// Takes events in. When this returns they are safe, and the world waits for them.
    pub(super) async fn accept(&self, events: &[Event]) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        let mut joined = self.joined.lock().await;
        if !*joined {
            self.desk.join().await?;
            *joined = true;
        }
        self.store.accept(events)?;
        self.arrived.notify_one();
        Ok(())
    }

    /// Waits until all that came in is done.
    pub(super) async fn emptied(&self) -> Result<(), Error> {
        loop {
            let done = self.done.notified();
            if self.store.waiting::<Event>(1)?.is_empty() {
                return Ok(());
            }
            done.await;
        }
    }

    /// Does events as they come, until there is no going on.
    pub(super) async fn run(&self) -> Error {
        loop {
            if let Err(error) = self.round().await {
                return error;
            }
        }
    }

    async fn round(&self) -> Result<(), Error> {
        if self.is_empty().await? {
            self.done.notify_waiters();
            self.arrived.notified().await;
            return Ok(());
        }
        if !self.work().await? {
            self.desk.sleep(AGAIN).await?;
        }
        Ok(())
    }

    /// Whether there is nothing to do; then time goes on without us.
    async fn is_empty(&self) -> Result<bool, Error> {
        let mut joined = self.joined.lock().await;
        let empty = self.store.waiting::<Event>(1)?.is_empty();
        if empty && *joined {
            self.desk.leave().await?;
            *joined = false;
        }
        Ok(empty)
    }

    /// Does the first events. `false` if there is one that has to wait.
    async fn work(&self) -> Result<bool, Error> {
        let mut hand = self.desk.turn().await?;
        let waiting: Vec<(u64, Event)> = self.store.waiting(EVENTS_MAX)?;
        let mut ids: Vec<u64> = waiting.iter().map(|(_, event)| event.object_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let contacts = match events::contacts(&hand, &ids).await {
            Err(error) => return passed(error).map(|()| false),
            Ok(contacts) => contacts,
        };
        let (mut all, mut done) = (true, Vec::new());
        for (place, event) in &waiting {
            let acted = match contacts.get(&event.object_id) {
                Some(contact) => events::act(&mut hand, event, contact).await,
                // It is gone, and nobody is left whom the event could be about.
                None => Ok(()),
            };
            match acted {
                Err(error) if error.is_ours() || error.may_pass() => {
                    if let Err(ours) = passed(error) {
                        self.store.done(&done)?;
                        return Err(ours);
                    }
                    all = false;
                    continue;
                }
                Err(error) => tell(&format!("an event about contact {} is given up: {error}", event.object_id)),
                Ok(()) => {}
            }
            done.push(*place);
        }
        // Each may come twice: whoever is killed before this does them again.
        self.store.done(&done)?;
        Ok(all)
    }
}

/// Tells of a failure, unless it is one that ends us.
fn passed(error: Error) -> Result<(), Error> {
    if error.is_ours() {
        return Err(error);
    }
    error.tell();
    Ok(())
}
