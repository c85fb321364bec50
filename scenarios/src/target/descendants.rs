//! All that has come of a process, found by walking /proc and ended: also what has left its group. A
//! child whose parent has ended is found as long as the process above takes orphans in, as a guard does.
//! Elsewhere than on Linux nothing is found, and the group has to do.

use std::collections::BTreeSet;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// How often it is looked for what was begun meanwhile, or is slow to go.
const LOOKS_MAX: u32 = 200;
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// The process takes in the orphans among its descendants, so that they are still found below it.
pub(crate) fn take_in_orphans() {
    #[cfg(target_os = "linux")]
    // Where that is refused, the group has to do.
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Ends every descendant, and looks again until there is none.
pub(crate) fn end(above: Pid) {
    for _ in 0..LOOKS_MAX {
        let found = find(above.as_raw_nonzero().get());
        if found.is_empty() {
            return;
        }
        for process in found.into_iter().filter_map(Pid::from_raw) {
            // It may have gone by itself.
            let _ = kill_process(process, Signal::KILL);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Those that run now, without the shells where there are others: a shell that waits is not what is meant.
pub(crate) fn programs(above: Pid) -> BTreeSet<i32> {
    const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "zsh", "ksh"];
    let found = find(above.as_raw_nonzero().get());
    let is_shell = |process: &i32| {
        let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
        SHELLS.contains(&name.trim())
    };
    let programs: BTreeSet<i32> = found.iter().copied().filter(|process| !is_shell(process)).collect();
    if programs.is_empty() { found } else { programs }
}

/// Those that run; whoever has ended and is not taken away yet has no children left.
fn find(above: i32) -> BTreeSet<i32> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return BTreeSet::new() };
    let running: Vec<(i32, i32)> = processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|process| Some((process, parent(process)?)))
        .collect();
    let mut found = BTreeSet::new();
    let mut parents = vec![above];
    while let Some(parent) = parents.pop() {
        for (process, _) in running.iter().filter(|(_, of)| *of == parent) {
            if found.insert(*process) {
                parents.push(*process);
            }
        }
    }
    found
}

/// The parent of a process that runs.
fn parent(process: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // `PID (NAME) STATE PARENT ...`, and the name may hold anything.
    let mut members = stat.rsplit_once(')')?.1.split_whitespace();
    if members.next()? == "Z" { None } else { members.next()?.parse().ok() }
}
