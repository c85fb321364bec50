//! The public face of a world: its addresses, its clock, its journal, and the tester's hand.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;

use super::access::{AccessError, Records};
use super::builder::Builder;
use super::core::Origin;
use super::inner::Inner;
use super::ready::Ready;
use super::slots::Slots;
use super::start_error::StartError;
use super::{Clock, Seed};
use crate::SystemName;
use crate::faults::{Arm, Armed, BadFault};
use crate::journal::{FaultEvent, Journal, Parent, Reader, WorldEvent};
use crate::serve::Listener;

/// What a reset came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emptied {
    /// The number of its own entry in the journal.
    pub journal: u64,
    /// HubSpot's apps that stood otherwise, and stand as they began again.
    pub apps_as_first: Vec<String>,
}

/// A running world: every simulated system of one run under one clock, one seed and one journal.
/// Dropping it closes its listeners.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use standin_sim::journal::Kinds;
/// use standin_sim::{ClockChange, ClockMode, SystemName, World};
///
/// let world = World::builder().seed(7).clock(ClockMode::Manual).start().await?;
/// let hubspot = world.url(SystemName::Hubspot).ok_or("it has all systems")?;
/// println!("point your integration at {hubspot} with {}", world.ready()["systems"]["hubspot"]["token"]);
///
/// world.put(SystemName::Hubspot, "contacts", vec![serde_json::json!({"properties": {"email": "kim@example.com"}})])?;
/// world.clock().set(ClockChange::advance(60 * 60_000)).await?;
///
/// assert_eq!(world.records(SystemName::Hubspot, "contacts", 0, 10)?.total, 1);
/// for entry in world.journal().since(0, Kinds::ALL, 100)? {
///     println!("{}", serde_json::to_string(&entry)?);
/// }
/// # Ok(())
/// # }
/// ```
pub struct World {
    pub(super) inner: Arc<Inner>,
    listeners: Mutex<Vec<Listener>>,
    asked: Builder,
    ended: watch::Sender<bool>,
}

impl World {
    /// A world to be described and started.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn new(inner: Arc<Inner>, listeners: Vec<Listener>, asked: Builder) -> Self {
        Self { inner, listeners: Mutex::new(listeners), asked, ended: watch::Sender::new(false) }
    }

    #[must_use]
    pub fn id(&self) -> &str {
        &self.inner.core.id
    }

    #[must_use]
    pub fn seed(&self) -> Seed {
        self.inner.core.seed
    }

    /// Where a system answers, without a slash at its end; `None` for one this world does not have.
    #[must_use]
    pub fn url(&self, system: SystemName) -> Option<&str> {
        self.inner.url(system)
    }

    /// Addresses and credentials, as the line that `standin serve --json` prints.
    #[must_use]
    pub fn ready(&self) -> Value {
        Ready::of(&self.inner).into()
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.core.clock
    }

    /// Reads the journal, for as long as it is wanted.
    #[must_use]
    pub fn journal(&self) -> Reader {
        self.inner.core.memory().journal.reader()
    }

    /// Where this world was forked off, if it was.
    #[must_use]
    pub fn parent(&self) -> Option<Parent> {
        self.inner.core.memory().journal.parent().cloned()
    }

    /// Records as stored, in the order of their ids.
    ///
    /// # Errors
    /// The system has no such type.
    pub fn records(
        &self,
        system: SystemName,
        record_type: &str,
        offset: usize,
        limit: usize,
    ) -> Result<Records, AccessError> {
        self.inner.records(system, record_type, offset, limit)
    }

    /// Puts records in by the tester's hand: no limits, and the journal says who did it. A record
    /// that is there already (by id or unique value) is updated. Answers how many.
    ///
    /// # Errors
    /// The type is unknown or a record does not fit; then none is put in.
    pub fn put(&self, system: SystemName, record_type: &str, records: Vec<Value>) -> Result<usize, AccessError> {
        self.inner.put(system, record_type, records)
    }

    /// Fills the world with seeded people, in the form of a scenario's `given`:
    /// `[{"ords.customers": {"count": 50, "subscribed": true}}]`.
    ///
    /// # Errors
    /// A step that is none; nothing has been put in then.
    pub fn given(&self, steps: &Value) -> Result<usize, AccessError> {
        super::given::apply(&self.inner, steps)
    }

    /// Arms a fault; see [`faults::CATALOGUE`](crate::faults::CATALOGUE).
    ///
    /// # Errors
    /// The fault is unknown, or cannot be armed so.
    pub fn arm(&self, arm: Arm) -> Result<(), BadFault> {
        if let Some(system) = arm.at.system.filter(|system| self.url(*system).is_none()) {
            return Err(BadFault::Absent { world: self.id().to_owned(), system });
        }
        let mut memory = self.inner.core.memory();
        let at = memory.tick(self.inner.core.clock.now());
        let (name, system) = (arm.name.clone(), arm.at.system);
        memory.faults.arm(arm, at)?;
        memory.journal.fault(at, system, &name, FaultEvent::Armed);
        Ok(())
    }

    #[must_use]
    pub fn faults(&self) -> Vec<Armed> {
        let at = self.inner.core.clock.now();
        self.inner.core.memory().faults.armed(at)
    }

    /// Disarms every fault; answers how many there were.
    pub fn clear_faults(&self) -> usize {
        let mut memory = self.inner.core.memory();
        let at = memory.tick(self.inner.core.clock.now());
        memory.clear_faults(at)
    }

    /// Another world with listeners and credentials of its own, which shares this one's records until
    /// either writes them. Its journal starts empty and names this world.
    ///
    /// # Errors
    /// The id is taken or none, or no listener can be bound.
    pub async fn fork(&self, id: Option<String>) -> Result<Self, StartError> {
        let asked = Builder { id, ..self.asked.clone().beside() };
        asked.start_from(Some(self))
    }

    /// Puts by what the world remembers, under an id.
    #[must_use]
    pub fn snapshot(&self) -> String {
        let mut snapshots = self.inner.snapshots.lock();
        let id = format!("snapshot-{}", snapshots.len() + 1);
        let mut memory = self.inner.core.memory();
        let at = memory.tick(self.inner.core.clock.now());
        snapshots.insert(id.clone(), memory.slots.clone());
        memory.journal.world(at, WorldEvent::Snapshot, Some(&id));
        id
    }

    /// Brings back what was put by: records, counters, tokens. Time and journal go on, and armed
    /// faults stay.
    ///
    /// # Errors
    /// There is no such snapshot.
    pub fn restore(&self, snapshot: &str) -> Result<(), AccessError> {
        let slots = self.inner.snapshots.lock().get(snapshot).cloned();
        let slots = slots.ok_or_else(|| AccessError::UnknownSnapshot(snapshot.to_owned()))?;
        let mut memory = self.inner.core.memory();
        let at = memory.tick(self.inner.core.clock.now());
        let former = memory.slots.give_way_to(slots);
        memory.post.drop_waiting();
        memory.journal.world(at, WorldEvent::Restored, Some(snapshot));
        drop(memory);
        // To free a great many records takes a while, and nobody waits for it.
        drop(former);
        Ok(())
    }

    /// Empties the world: no records but those of the tester's own tables, nothing counted, no faults, only
    /// the first credentials. Time, journal and webhook settings go on; what waits to be delivered is
    /// dropped.
    pub fn reset(&self) -> Emptied {
        let now = self.inner.core.clock.now();
        let slots = self.inner.rooms.furnished(self.seed(), self.inner.started, now);
        let mut memory = self.inner.core.memory();
        let at = memory.tick(self.inner.core.clock.now());
        memory.clear_faults(at);
        let former = memory.slots.give_way_to(slots);
        memory.post.drop_waiting();
        let n = memory.journal.world(at, WorldEvent::Reset, None);
        self.inner.book_furnishing(&mut memory, at);
        self.inner.arm_standing(&mut memory);
        let told = |slots: &Slots| slots.hubspot.state.portal.apps.told(&slots.hubspot.tokens);
        let (before, first) = (told(&former), told(&memory.slots));
        drop(memory);
        drop(former);
        let changed = before.into_iter().zip(first).filter(|(before, first)| before != first);
        let apps_as_first = changed.map(|(_, app)| app.app).collect();
        Emptied { journal: n, apps_as_first }
    }

    /// Closes its listeners and the connections to them; when this returns, the addresses are free.
    pub async fn close(&self) {
        let listeners = std::mem::take(&mut *self.listeners.lock());
        self.ended.send_replace(true);
        for listener in listeners {
            listener.close().await;
        }
    }

    /// Resolves when the world is closed or dropped; holds nothing of it.
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut ended = self.ended.subscribe();
        async move {
            let _ = ended.wait_for(|ended| *ended).await;
        }
    }

    /// What a fork begins with, its clock too: all as of one instant between two steps.
    pub(super) fn origin(&self, journal: Journal) -> (Origin, Clock) {
        let memory = self.inner.core.memory();
        let clock = self.inner.core.clock.fork();
        let parent = Parent { world: self.id().to_owned(), n: memory.journal.last() };
        let mut slots = memory.slots.clone();
        slots.hubspot.state.portal.webhooks.forget_all();
        (Origin { journal: journal.of_parent(parent), slots, exchanges: memory.exchanges() }, clock)
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("id", &self.id())
            .field("addresses", &self.inner.addresses)
            .finish_non_exhaustive()
    }
}
