//! The worlds of one process, by id. The first one made answers where none is named, while it lives. Holds no socket of
//! its own; the control API works on it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use indexmap::IndexMap;
use parking_lot::Mutex;

use crate::journal::Budget;
use crate::world::{Builder, StartError, World};

/// Worlds that live side by side and share nothing but the memory for their journals: together these hold
/// what the base's may.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use standin_sim::{Host, SystemName, World};
///
/// let host = Host::new(World::builder().seed(7));
/// let first = host.create(host.base()).await?;
/// let second = host.create(host.base().id("second")).await?;
///
/// assert_ne!(first.url(SystemName::Hubspot), second.url(SystemName::Hubspot));
/// assert_eq!(host.get(None)?.id(), "1");
/// host.delete("1").await?;
/// assert!(host.get(None).is_err(), "no other world is meant by no name");
/// assert_eq!(host.get(Some("second"))?.id(), "second");
/// # Ok(())
/// # }
/// ```
pub struct Host {
    base: Builder,
    /// What the journals of all worlds may hold together.
    budget: Arc<Budget>,
    worlds: Mutex<Worlds>,
    /// The first that was made, which is meant where none is named.
    first: OnceLock<Weak<World>>,
    counted: AtomicU64,
}

/// By id, in the order in which they were made.
type Worlds = IndexMap<String, Arc<World>>;

/// A world that is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownWorld {
    #[error("there is no world `{id}`; there are: {known}")]
    Named { id: String, known: String },
    #[error("there is no world")]
    None,
    /// None was named, and the first is gone.
    #[error("the first world was ended, so name one by `?world=`; there are: {known}")]
    FirstGone { known: String },
}

impl Host {
    /// No worlds yet. `base` is what they are unless told otherwise, but for its id, its ports and
    /// its public addresses: those belong to the first world alone. Raises the limit of open files
    /// as far as the machine lets it, because each connection is one.
    #[must_use]
    pub fn new(base: Builder) -> Self {
        // Where it cannot be raised, the limit shows when it is reached.
        let _ = crate::serve::raise_open_files();
        let budget = Budget::new(base.journal_bytes_max());
        let (base, worlds) = (base.beside(), Mutex::default());
        Self { base, budget, worlds, first: OnceLock::new(), counted: AtomicU64::new(0) }
    }

    /// What a further world is, unless told otherwise.
    #[must_use]
    pub fn base(&self) -> Builder {
        self.base.clone()
    }

    /// Starts a world; one without an id gets the next free number from 1.
    ///
    /// # Errors
    /// The id is taken, or the world does not start.
    pub async fn create(&self, asked: Builder) -> Result<Arc<World>, StartError> {
        let id = self.free_id(asked.given_id())?;
        self.keep(asked.id(id).sharing(self.budget.clone()).start().await?)
    }

    /// Starts a fork of a world, as [`World::fork`] does.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub async fn fork(&self, parent: &World, id: Option<&str>) -> Result<Arc<World>, StartError> {
        let id = self.free_id(id)?;
        self.keep(parent.fork(Some(id)).await?)
    }

    /// The world of that id; without one, the first that was made, while it lives.
    ///
    /// # Errors
    /// There is none: another one is never meant by no name.
    pub fn get(&self, id: Option<&str>) -> Result<Arc<World>, UnknownWorld> {
        let worlds = self.worlds.lock();
        let found = match id {
            Some(id) => worlds.get(id).cloned(),
            None => self.first.get().and_then(Weak::upgrade).filter(|first| holds(&worlds, first)),
        };
        found.ok_or_else(|| unknown(id, &worlds))
    }

    /// Every world, in the order in which they were made.
    #[must_use]
    pub fn worlds(&self) -> Vec<Arc<World>> {
        self.worlds.lock().values().cloned().collect()
    }

    /// Ends a world; when this returns, its addresses are free.
    ///
    /// # Errors
    /// There is none of that id.
    pub async fn delete(&self, id: &str) -> Result<(), UnknownWorld> {
        let removed = {
            let mut worlds = self.worlds.lock();
            worlds.shift_remove(id).ok_or_else(|| unknown(Some(id), &worlds))?
        };
        removed.close().await;
        Ok(())
    }

    fn free_id(&self, given: Option<&str>) -> Result<String, StartError> {
        if let Some(id) = given {
            return match self.worlds.lock().contains_key(id) {
                true => Err(StartError::SameId(id.to_owned())),
                false => Ok(id.to_owned()),
            };
        }
        loop {
            let id = (self.counted.fetch_add(1, Ordering::Relaxed) + 1).to_string();
            if !self.worlds.lock().contains_key(&id) {
                return Ok(id);
            }
        }
    }

    /// Takes a started world in. Another may have taken its id meanwhile; then this one ends.
    fn keep(&self, world: World) -> Result<Arc<World>, StartError> {
        let mut worlds = self.worlds.lock();
        if worlds.contains_key(world.id()) {
            return Err(StartError::SameId(world.id().to_owned()));
        }
        let world = Arc::new(world);
        worlds.insert(world.id().to_owned(), world.clone());
        self.first.get_or_init(|| Arc::downgrade(&world));
        Ok(world)
    }
}

/// Whether it is this very world that has its id, and not a later one.
fn holds(worlds: &Worlds, world: &Arc<World>) -> bool {
    worlds.get(world.id()).is_some_and(|here| Arc::ptr_eq(here, world))
}

fn unknown(id: Option<&str>, worlds: &Worlds) -> UnknownWorld {
    /// A process may hold a thousand.
    const NAMED_MAX: usize = 20;
    if worlds.is_empty() {
        return UnknownWorld::None;
    }
    let mut known = worlds.keys().take(NAMED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    if worlds.len() > NAMED_MAX {
        known.push_str(&format!(" and {} more", worlds.len() - NAMED_MAX));
    }
    match id {
        Some(id) => UnknownWorld::Named { id: id.to_owned(), known },
        None => UnknownWorld::FirstGone { known },
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("worlds", &self.worlds.lock().len()).finish_non_exhaustive()
    }
}
