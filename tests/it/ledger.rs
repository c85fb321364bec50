//! The ledger against the source tree: what it names is there, and what it tells is told elsewhere
//! in the same words.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sim::ledger::{self, Mark, Never, When};

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

/// A test as it stands in the tree.
struct Test {
    file: PathBuf,
    /// It returns before its end, as one does that lacks something on this machine: it may show nothing.
    may_skip: bool,
}

/// Every test, by the name of its function.
fn tests() -> BTreeMap<String, Vec<Test>> {
    let mut found: BTreeMap<String, Vec<Test>> = BTreeMap::new();
    for file in [files("sim/src", "rs"), files("tests", "rs")].concat() {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut is_test = false;
        let mut rest = text.as_str();
        while let Some((line, after)) = rest.split_once('\n') {
            let (start, line) = (rest, line.trim());
            rest = after;
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") || line == "proptest! {" {
                is_test = true;
            } else if let Some(name) = line.trim_start_matches("async ").strip_prefix("fn ") {
                if let Some(name) = name.split(['(', '<']).next().filter(|_| is_test) {
                    let indent = &start[..start.len() - start.trim_start().len()];
                    let body = start.split(&format!("\n{indent}}}\n")).next().unwrap_or_default();
                    let may_skip = ["return;", "{ return }"].iter().any(|early| body.contains(early));
                    found.entry(name.to_owned()).or_default().push(Test { file: file.clone(), may_skip });
                }
                is_test = false;
            }
        }
    }
    found
}

#[test]
fn every_test_that_the_ledger_names_is_there_once_and_shows_something_everywhere() {
    let tests = tests();
    let own = &tests["every_test_that_the_ledger_names_is_there_once_and_shows_something_everywhere"];
    assert!(own.len() == 1 && !own[0].may_skip, "the tree is read");
    let skips = &tests["the_other_shared_specifications_are_refused_for_what_they_use"];
    assert!(skips[0].may_skip, "a test that returns early is known");
    let mut wrong = Vec::new();
    for entry in ledger::entries().unwrap() {
        let Some(name) = &entry.test else { continue };
        match tests.get(name).map(Vec::as_slice) {
            None => wrong.push(format!("{}: there is no test {name}", entry.id)),
            Some([test]) if test.may_skip => {
                wrong.push(format!("{}: {name} in {} may show nothing", entry.id, test.file.display()));
            }
            Some([_]) => {}
            Some(several) => wrong.push(format!("{}: there are {} tests {name}", entry.id, several.len())),
        }
    }
    assert!(wrong.is_empty(), "the ledger names tests that show nothing:\n{}", wrong.join("\n"));
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

#[test]
fn what_is_inferred_says_what_leans_on_it_and_nothing_else_does() {
    let wrong: Vec<_> = ledger::entries()
        .unwrap()
        .iter()
        .filter(|entry| match &entry.when {
            None => entry.mark == Mark::Inferred,
            Some(When::Any(any)) => entry.mark != Mark::Inferred || any.is_empty(),
            Some(When::Never(Never { never })) => entry.mark != Mark::Inferred || never.trim().is_empty(),
        })
        .map(|entry| &entry.id)
        .collect();
    assert!(wrong.is_empty(), "give these a `when`, or take it from those that are not inferred: {wrong:#?}");
}
