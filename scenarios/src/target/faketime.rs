//! libfaketime: where it lies, and what a process has to be told to live at the world's pace
//! (facts/time.md). Starts nothing.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sim::Moment;

/// Real time that the shortest time-out must keep, in milliseconds: so long did the first `fetch` of a
/// Node process take on two busy cores, as it loads its client then. Whoever is given less is accused of
/// what our clock did.
const REAL_MS_MIN: f64 = 300.0;
/// With no time-out told.
const SCALE_DEFAULT: f64 = 60.0;

/// The greatest pace that leaves the shortest time-out enough real time.
pub(super) fn scale(shortest_timeout_ms: Option<i64>) -> f64 {
    shortest_timeout_ms.map_or(SCALE_DEFAULT, |ms| (ms as f64 / REAL_MS_MIN).floor().max(1.0))
}

/// Where the library is: the variant for threads before the other, and `STANDIN_FAKETIME` before both.
pub(super) fn library() -> Option<PathBuf> {
    if let Some(told) = std::env::var_os("STANDIN_FAKETIME") {
        return Some(PathBuf::from(told)).filter(|path| path.is_file());
    }
    let mut folders: Vec<PathBuf> = ["/usr/lib/faketime", "/usr/local/lib/faketime"].map(PathBuf::from).into();
    if let Ok(libraries) = std::fs::read_dir("/usr/lib") {
        folders.extend(libraries.flatten().map(|folder| folder.path().join("faketime")));
    }
    folders.sort();
    let names = ["libfaketimeMT.so.1", "libfaketime.so.1"];
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()))
}

/// Where the world stood at an instant of the wall's, and its pace: enough to tell where it stands at
/// any other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Faketime {
    library: PathBuf,
    /// When the world stood at `world_ms`, in seconds since 1970.
    wall: f64,
    world_ms: i64,
    scale: f64,
}

impl Faketime {
    pub(crate) fn from_now(library: PathBuf, world: Moment, scale: f64) -> Self {
        Self { library, wall: wall(), world_ms: world.0, scale }
    }

    /// Whether a process has taken the library in; `None` where that cannot be told.
    pub(super) fn is_in(&self, process: i32) -> Option<bool> {
        let path = self.library.canonicalize().ok()?;
        let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).ok()?;
        Some(maps.lines().any(|line| line.ends_with(&*path.to_string_lossy())))
    }

    /// What a process that starts now has to be told. The library counts from the process's own start,
    /// and a start that takes 50 ms is seconds of world time: so this is asked at the last moment.
    pub(crate) fn variables(&self) -> [(&'static str, String); 2] {
        [("LD_PRELOAD", self.library.display().to_string()), ("FAKETIME", self.told_at(wall()))]
    }

    fn told_at(&self, wall: f64) -> String {
        let world = self.world_ms as f64 / 1_000.0 + (wall - self.wall) * self.scale;
        format!("{:+.3} x{}", world - wall, self.scale)
    }
}

fn wall() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_time_out_keeps_its_real_time() {
        for (timeout, pace) in
            [(None, 60.0), (Some(10_000), 33.0), (Some(30_000), 100.0), (Some(300), 1.0), (Some(10), 1.0)]
        {
            assert_eq!(scale(timeout), pace, "{timeout:?}");
        }
    }

    #[test]
    fn whoever_starts_later_starts_where_the_world_is_by_then() {
        let faketime = Faketime { library: "lib.so".into(), wall: 1_000.0, world_ms: 5_000_000, scale: 60.0 };
        assert_eq!(faketime.told_at(1_000.0), "+4000.000 x60");
        assert_eq!(faketime.told_at(1_000.5), "+4029.500 x60");
        let behind = Faketime { world_ms: 400_000, ..faketime };
        assert_eq!(behind.told_at(1_000.5), "-570.500 x60");
    }
}
