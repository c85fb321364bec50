//! The rules of the house that no compiler checks. Each complaint says where, and what to do instead.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const LINES_MAX: usize = 500;
const SOURCES: [&str; 4] = ["sim/src", "contracts/src", "scenarios/src", "scenarios/reference/src"];
const ROOMS: [&str; 3] = ["sim/src/hubspot", "sim/src/oracle", "sim/src/retail_express"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if ["target", ".git"].contains(&name.as_str()) || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The text files under some folders, named from the root.
fn texts<'a>(folders: impl IntoIterator<Item = &'a str>, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in folders {
        files(&root().join(folder), &mut found);
    }
    found.sort();
    let named = found.into_iter().filter_map(|path| {
        let text = fs::read_to_string(&path).ok()?;
        Some((path.strip_prefix(root()).expect("it is under the root").display().to_string(), text))
    });
    let texts: Vec<_> = named.filter(|(name, _)| name.ends_with(ending)).collect();
    assert!(!texts.is_empty(), "nothing to look at");
    texts
}

/// Complains about each line that holds one of the words, unless it is excused.
fn complaints(texts: &[(String, String)], words: &[&str], excused: &[&str], instead: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (file, text) in texts {
        for (place, line) in text.lines().enumerate() {
            let bare = excused.iter().fold(line.to_owned(), |line, excused| line.replace(excused, ""));
            if let Some(word) = words.iter().find(|word| bare.contains(**word)) {
                all.push(format!("{file}:{}: `{word}`: {instead}", place + 1));
            }
        }
    }
    all
}

fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut complaints = Vec::new();
    for (file, text) in texts(SOURCES.into_iter().chain(["tests", "benches"]), ".rs") {
        let lines = text.lines().count();
        if lines > LINES_MAX {
            complaints.push(format!("{file}:{LINES_MAX}: {lines} lines: move its second idea to a file of its own"));
        }
        if !text.starts_with("//! ") {
            complaints.push(format!("{file}:1: begin with `//! ` and what the module is for"));
        }
    }
    none(complaints);
}

#[test]
fn time_is_asked_of_the_worlds_clock() {
    let timeless = ROOMS.into_iter().chain(["sim/src/gate", "sim/src/policy", "sim/src/faults", "contracts/src"]);
    none(complaints(
        &texts(timeless, ".rs"),
        &["std::time", "tokio::time", "Instant::now", "SystemTime", "Timestamp::now", "Zoned::now"],
        &["std::time::Duration"],
        "take the time as a `Moment` from who calls",
    ));
}

/// The standard library's hash tables take their seeds from the operating system.
#[test]
fn chance_comes_from_the_seed() {
    none(complaints(
        &texts(["sim/src"], ".rs"),
        &["HashSet", "HashMap", "RandomState", "OsRng", "thread_rng", "rand::rng"],
        &["FxHashSet", "FxHashMap", "java.util.HashSet", "LinkedHashMap"],
        "take `FxHashSet` or `FxHashMap`, and draw from `Seed`",
    ));
}

/// Counters and tokens may be many, and a reading wants none of them.
#[test]
fn all_that_a_world_remembers_is_copied_for_forks_snapshots_and_loads_alone() {
    let mut copies: Vec<_> = texts(["sim/src"], ".rs")
        .iter()
        .flat_map(|(file, text)| text.lines().filter(|line| line.contains("slots.clone()")).map(|_| file.clone()))
        .collect();
    copies.sort();
    let (load, fork_and_snapshot) = ("sim/src/world/access.rs", "sim/src/world/handle.rs");
    assert_eq!(copies, [load, fork_and_snapshot, fork_and_snapshot], "clone the state that is asked for");
}

/// A body's bytes are made where no one waits for the world; what is passed on has been made before.
#[test]
fn no_body_is_written_under_a_worlds_lock() {
    let passed_on = ["Body::Bytes(body)", "Body::Bytes(stock.body)"];
    let instead = "say what is to be written: `Body::later`, `Body::text`";
    let mut all = complaints(&texts(ROOMS, ".rs"), &["Body::Bytes("], &passed_on, instead);
    let words = ["serde_json::to_", "event.to_string()"];
    let under_the_lock = ["sim/src/world", "sim/src/deliver/post.rs", "sim/src/hubspot/webhooks/hear.rs"];
    let under_the_lock = under_the_lock.into_iter().flat_map(|part| match part.ends_with(".rs") {
        true => vec![(part.to_owned(), fs::read_to_string(root().join(part)).expect("a source"))],
        false => texts([part], ".rs"),
    });
    // What a doc comment shows is a caller's.
    let code = |text: String| {
        let bare = |line: &str| if line.trim_start().starts_with("//") { String::new() } else { line.to_owned() };
        text.lines().map(bare).collect::<Vec<_>>().join("\n")
    };
    let under_the_lock: Vec<_> = under_the_lock.map(|(file, text)| (file, code(text))).collect();
    all.extend(complaints(&under_the_lock, &words, &[], "write it before the lock is taken, or after"));
    none(all);
}

/// What a manifest's tables of dependencies name, of whatever kind and for whatever target: each key
/// (`sim.workspace`, `[dependencies.sim]`, `"sim" = ...`), and each text beside it (`package = "..."`,
/// `path = "..."`).
fn depended_on(manifest: &str) -> Vec<String> {
    let parts = |key: &str| -> Vec<String> {
        key.split('.').map(|part| part.trim().trim_matches(['"', '\'']).to_owned()).collect()
    };
    let mut named = Vec::new();
    let mut depth = None;
    for line in manifest.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
        if let Some(header) = line.strip_prefix('[') {
            let header = parts(header.trim_matches(['[', ']']));
            depth = header.iter().position(|part| part.ends_with("dependencies"));
            named.extend(depth.into_iter().flat_map(|at| header[at + 1..].to_vec()));
        } else if depth.is_some() {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            named.extend(parts(key));
            named.extend(value.split(['"', '\'']).skip(1).step_by(2).map(str::to_owned));
        }
    }
    named
}

#[test]
fn no_way_of_writing_a_dependency_is_overlooked() {
    for manifest in [
        "[dependencies]\nsim.workspace = true",
        "[dependencies]\nsim = { path = \"x\" }",
        "[dependencies]\n\"sim\" . workspace = true",
        "[dependencies.sim]\nworkspace = true",
        "[dev-dependencies]\nsim = \"1\"",
        "[target.'cfg(unix)'.build-dependencies]\n  sim.workspace = true # here",
        "[dependencies]\nother = { package = 'sim' }",
    ] {
        assert!(depended_on(manifest).contains(&"sim".to_owned()), "{manifest}");
    }
    assert!(depended_on("[dependencies]\nother = { path = '../sim' }").contains(&"../sim".to_owned()));
    assert!(!depended_on("[features]\nsim = []\n[dependencies]\nother = \"1\" # sim").contains(&"sim".to_owned()));
}

#[test]
fn arrows_point_down() {
    let upwards = ["sim", "contracts", "reference"];
    let mut all = Vec::new();
    for (manifest, allowed) in
        [("sim/Cargo.toml", &[][..]), ("contracts/Cargo.toml", &["sim"]), ("scenarios/reference/Cargo.toml", &[])]
    {
        let text = fs::read_to_string(root().join(manifest)).expect("a manifest");
        let known = depended_on(&text);
        assert!(manifest != "sim/Cargo.toml" || known.contains(&"serde".to_owned()), "{known:?}");
        for name in upwards.iter().filter(|name| !allowed.contains(*name)) {
            let (package, folder) = (format!("standin-{name}"), format!("/{name}"));
            let is = |word: &&String| *word == name || **word == package || word.ends_with(&folder);
            all.extend(
                known.iter().filter(is).map(|word| format!("{manifest}: `{word}`: this crate may not know that one")),
            );
        }
    }
    let outside = ["crate::serve", "crate::control", "crate::hubspot", "crate::oracle", "crate::retail_express"];
    for room in ROOMS {
        let own = format!("crate::{}", room.rsplit('/').next().unwrap_or_default());
        let words: Vec<_> = outside.into_iter().filter(|word| *word != own).collect();
        all.extend(complaints(&texts([room], ".rs"), &words, &[], "a room knows the step, not its neighbours"));
    }
    let of_one = outside.into_iter().chain(["SystemName::"]).collect::<Vec<_>>();
    for part in ["step.rs", "core.rs"] {
        let part = texts(["sim/src/world"], ".rs").into_iter().filter(|(file, _)| file.ends_with(&format!("/{part}")));
        let part: Vec<_> = part.collect();
        assert_eq!(part.len(), 1);
        all.extend(complaints(&part, &of_one, &[], "the step knows no room: let `System` or `Heralds` say it"));
    }
    none(all);
}

#[test]
fn no_path_of_anyones_machine_stands_in_a_file() {
    let words = ["home", "root", "Users", "work", "tmp"].map(|folder| format!("/{folder}/"));
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    none(complaints(&texts(["."], ""), &words, &[], "write it relative to the checkout"));
}

#[test]
fn the_readme_tells_every_known_difference() {
    let ran = Command::new(env!("CARGO_BIN_EXE_standin"))
        .args(["fidelity", "--differences", "--markdown"])
        .output()
        .expect("the program starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let table = String::from_utf8(ran.stdout).expect("text");
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).expect("there is a README");
    let (begin, end) = ("<!-- differences -->\n", "<!-- /differences -->");
    let (before, rest) = readme.split_once(begin).expect("a mark where the table begins");
    let (_, after) = rest.split_once(end).expect("a mark where the table ends");
    let wanted = format!("{before}{begin}\n{}\n\n{end}{after}", table.trim_end());
    if readme != wanted && std::env::var_os("STANDIN_UPDATE").is_some() {
        fs::write(&path, wanted).expect("the README can be written");
    } else {
        assert!(readme == wanted, "README.md has another table: STANDIN_UPDATE=1 cargo test --test it readme");
    }
}
