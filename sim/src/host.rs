//! The worlds of one process, by id. The first one answers where none is named. Holds no socket of
//! its own; the control API works on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indexmap::IndexMap;
use parking_lot::Mutex;

use crate::world::{Builder, StartError, World};

/// Worlds that live side by side and share nothing.
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
/// assert_eq!(host.get(None)?.id(), "second");
/// # Ok(())
/// # }
/// ```
pub struct Host {
    base: Builder,
    worlds: Mutex<IndexMap<String, Arc<World>>>,
    counted: AtomicU64,
}

/// A world that is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownWorld {
    #[error("there is no world `{id}`; there are: {known}")]
    Named { id: String, known: String },
    #[error("there is no world")]
    None,
}

impl Host {
    /// No worlds yet. `base` is what they are unless told otherwise, but for its id, its ports and
    /// its public addresses: those belong to the first world alone. Raises the limit of open files
    /// as far as the machine lets it, because each connection is one.
    #[must_use]
    pub fn new(base: Builder) -> Self {
        // Where it cannot be raised, the limit shows when it is reached.
        let _ = crate::serve::raise_open_files();
        Self { base: base.beside(), worlds: Mutex::default(), counted: AtomicU64::new(0) }
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
        self.keep(asked.id(id).start().await?)
    }

    /// Starts a fork of a world, as [`World::fork`] does.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub async fn fork(&self, parent: &World, id: Option<&str>) -> Result<Arc<World>, StartError> {
        let id = self.free_id(id)?;
        self.keep(parent.fork(Some(id)).await?)
    }

    /// The world of that id; without one, the first.
    ///
    /// # Errors
    /// There is none.
    pub fn get(&self, id: Option<&str>) -> Result<Arc<World>, UnknownWorld> {
        let worlds = self.worlds.lock();
        let found = match id {
            Some(id) => worlds.get(id),
            None => worlds.first().map(|(_, first)| first),
        };
        found.cloned().ok_or_else(|| unknown(id, &worlds))
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
        Ok(world)
    }
}

fn unknown(id: Option<&str>, worlds: &IndexMap<String, Arc<World>>) -> UnknownWorld {
    /// A process may hold a thousand.
    const NAMED_MAX: usize = 20;
    let Some(id) = id.filter(|_| !worlds.is_empty()) else { return UnknownWorld::None };
    let mut known = worlds.keys().take(NAMED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    if worlds.len() > NAMED_MAX {
        known.push_str(&format!(" and {} more", worlds.len() - NAMED_MAX));
    }
    UnknownWorld::Named { id: id.to_owned(), known }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("worlds", &self.worlds.lock().len()).finish_non_exhaustive()
    }
}
