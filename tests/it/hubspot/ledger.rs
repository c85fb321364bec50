//! HubSpot's ledger: what it names as proof is there, and what has none is a difference.

use std::collections::BTreeSet;
use std::path::Path;

use sim::SystemName;
use sim::ledger::{Mark, entries};

#[test]
fn every_behaviour_is_shown_by_a_test_or_is_a_difference() {
    let mut tests = BTreeSet::new();
    for folder in ["tests/it/hubspot", "sim/src/hubspot"] {
        gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut tests);
    }
    let of_hubspot = entries().unwrap().iter().filter(|entry| entry.system() == Some(SystemName::Hubspot));
    for entry in of_hubspot {
        match &entry.test {
            Some(test) => assert!(tests.contains(test), "{}: there is no test `{test}`", entry.id),
            None => assert_eq!(entry.mark, Mark::Difference, "{}", entry.id),
        }
    }
}

/// The names of all functions in a folder's sources.
fn gather(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(path).unwrap();
            let functions = text.lines().filter_map(|line| line.trim().split_once("fn "));
            names.extend(functions.filter_map(|(_, rest)| Some(rest.split_once('(')?.0.to_owned())));
        }
    }
}
