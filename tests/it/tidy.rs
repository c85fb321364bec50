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
    for (file, text) in texts(SOURCES, ".rs") {
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

#[test]
fn arrows_point_down() {
    let dependencies = |file: &str| {
        let text = fs::read_to_string(root().join(file)).expect("a manifest");
        vec![(file.to_owned(), text)]
    };
    let upwards = ["sim", "contracts", "reference"];
    let mut all = Vec::new();
    for (manifest, allowed) in
        [("sim/Cargo.toml", &[][..]), ("contracts/Cargo.toml", &["sim"]), ("scenarios/reference/Cargo.toml", &[])]
    {
        let words: Vec<_> =
            upwards.iter().filter(|name| !allowed.contains(*name)).map(|name| format!("\n{name}.")).collect();
        for (file, text) in dependencies(manifest) {
            for word in words.iter().filter(|word| text.contains(*word)) {
                all.push(format!("{file}: `{}`: this crate may not know that one", word.trim()));
            }
        }
    }
    let outside = ["crate::serve", "crate::control", "crate::hubspot", "crate::oracle", "crate::retail_express"];
    for room in ROOMS {
        let own = format!("crate::{}", room.rsplit('/').next().unwrap_or_default());
        let words: Vec<_> = outside.into_iter().filter(|word| *word != own).collect();
        all.extend(complaints(&texts([room], ".rs"), &words, &[], "a room knows the step, not its neighbours"));
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
