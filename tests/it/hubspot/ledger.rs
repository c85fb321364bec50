//! The ledger names tests that exist.

use std::collections::BTreeSet;

#[test]
fn every_test_that_the_ledger_names_exists() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut tests = BTreeSet::new();
    for folder in ["tests/it", "sim/src"] {
        gather(&std::path::Path::new(root).join(folder), &mut tests);
    }
    let ledger = std::fs::read_to_string(format!("{root}/sim/src/hubspot/ledger.yaml")).unwrap();
    let rows: Vec<_> = ledger.lines().filter(|line| line.starts_with("- ")).collect();
    let mut ids = BTreeSet::new();
    for row in &rows {
        let id = row.split_once("id: ").unwrap().1.split(',').next().unwrap();
        assert!(id.starts_with("hubspot.") && ids.insert(id), "{id}");
        let mark = row.split_once("mark: ").unwrap().1.split([',', ' ']).next().unwrap();
        let marks = ["docs", "spec", "thread", "client-code", "inferred", "difference"];
        assert!(marks.contains(&mark), "{id}: {mark}");
        if let Some((_, test)) = row.split_once("test: ") {
            let test = test.trim_end_matches(" }");
            assert!(tests.contains(test), "{id}: there is no test {test}");
        } else {
            assert_eq!(mark, "difference", "{id} has no test");
        }
    }
    assert!(rows.len() > 50, "{}", rows.len());
}

/// The names of all functions in a folder's sources.
fn gather(folder: &std::path::Path, names: &mut BTreeSet<String>) {
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
