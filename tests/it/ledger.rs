//! The ledger against the source tree: what it names is there, and what it tells is told elsewhere
//! in the same words.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sim::ledger;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files under a folder of the source tree with this extension.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn every_test_that_the_ledger_names_is_there() {
    let mut functions = BTreeSet::new();
    for path in [files("sim/src", "rs"), files("tests", "rs")].concat() {
        let text = std::fs::read_to_string(path).unwrap();
        let mut is_test = false;
        for line in text.lines().map(str::trim) {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") || line == "proptest! {" {
                is_test = true;
            } else if let Some(name) = line.trim_start_matches("async ").strip_prefix("fn ") {
                if is_test {
                    functions.extend(name.split(['(', '<']).next().map(str::to_owned));
                }
                is_test = false;
            }
        }
    }
    assert!(functions.contains("every_test_that_the_ledger_names_is_there"), "the tree is read");
    let missing: Vec<_> = ledger::entries()
        .unwrap()
        .iter()
        .filter_map(|entry| entry.test.as_ref().filter(|test| !functions.contains(*test)).map(|test| (&entry.id, test)))
        .collect();
    assert!(missing.is_empty(), "the ledger names tests that are not there: {missing:#?}");
}

#[test]
fn every_entry_that_a_comment_names_is_there() {
    let known: BTreeSet<_> = ledger::entries().unwrap().iter().map(|entry| entry.id.as_str()).collect();
    let (mut named, mut unknown) = (0, Vec::new());
    for path in files("sim/src", "rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        for rest in text.split("(ledger: `").skip(1) {
            let id = rest.split('`').next().unwrap();
            named += 1;
            if !known.contains(id) {
                unknown.push(format!("{}: {id}", path.display()));
            }
        }
    }
    assert!(named > 3, "the tree is read");
    assert!(unknown.is_empty(), "comments name entries that no ledger has: {unknown:#?}");
}

#[test]
fn every_rooms_ledger_is_read() {
    let source = root().join("sim/src");
    let in_tree: BTreeSet<_> = files("sim/src", "yaml")
        .into_iter()
        .filter(|path| path.ends_with("ledger.yaml"))
        .map(|path| path.strip_prefix(&source).unwrap().to_str().unwrap().to_owned())
        .collect();
    let read: BTreeSet<_> = ledger::files().map(str::to_owned).collect();
    assert_eq!(read, in_tree, "list each file in sim/src/ledger.rs");
}
