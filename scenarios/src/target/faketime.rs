//! libfaketime: where it lies, and what a process has to be told to live at the world's pace
//! (facts/time.md). Starts nothing.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use sim::Moment;

/// Real time that the shortest time-out must keep, in milliseconds.
const REAL_MS_MIN: f64 = 50.0;
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

/// What a process that starts now has to be told: each one anew, since its own start is what the
/// library counts from.
pub(super) fn variables(library: &Path, world: Moment, scale: f64) -> [(String, String); 2] {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
    let ahead = world.0 as f64 / 1_000.0 - wall;
    [("LD_PRELOAD".to_owned(), library.display().to_string()), ("FAKETIME".to_owned(), format!("{ahead:+.3} x{scale}"))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_time_out_keeps_fifty_milliseconds() {
        for (timeout, pace) in
            [(None, 60.0), (Some(5_000), 100.0), (Some(30_000), 600.0), (Some(60), 1.0), (Some(10), 1.0)]
        {
            assert_eq!(scale(timeout), pace, "{timeout:?}");
        }
    }
}
