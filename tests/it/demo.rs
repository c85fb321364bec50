//! The demonstration, run as the program that users run.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

#[test]
fn the_reference_keeps_all_and_every_bug_is_caught_as_declared() {
    let folder = tempfile::tempdir().unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_standin"))
        .args(["demo", "--seed", "7", "--reports"])
        .arg(folder.path())
        .output()
        .expect("the program starts");
    let out = String::from_utf8_lossy(&ran.stdout);
    assert_eq!(ran.status.code(), Some(0), "{out}\n{}", String::from_utf8_lossy(&ran.stderr));

    let report: Value = serde_json::from_slice(&std::fs::read(folder.path().join("demo.json")).unwrap()).unwrap();
    let schema = Command::new(env!("CARGO_BIN_EXE_standin")).args(["schema", "matrix"]).output().unwrap();
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&report));

    let mut kept = BTreeMap::new();
    for case in report["reference"]["cases"].as_array().unwrap() {
        assert_eq!(case["verdict"], "kept", "{case}");
        for clause in case["clauses"].as_array().unwrap() {
            *kept.entry(clause["clause"].as_str().unwrap()).or_insert(0) += u32::from(clause["verdict"] == "kept");
        }
    }
    assert_eq!(kept.len(), 31);
    assert!(kept.values().all(|times| *times > 0), "the reference never exercises: {kept:?}");

    let cases = report["cases"].as_array().unwrap();
    let mut clauses: Vec<_> = cases.iter().map(|case| case["clause"].as_str().unwrap()).collect();
    for case in cases {
        assert_eq!(case["verdict"], "broken", "{case}");
        assert_eq!(case["undeclared"], Value::Array(Vec::new()), "{case}");
        assert!(!case["evidence"].as_array().unwrap().is_empty(), "{case}");
        assert!(case["consequences"].as_array().unwrap().len() <= 2, "{case}");
        let line = format!("BROKEN {}", case["clause"].as_str().unwrap());
        assert!(out.contains(&line), "the demonstration does not print `{line}`:\n{out}");
    }
    clauses.sort_unstable();
    clauses.dedup();
    let all: Vec<_> = kept.keys().copied().collect();
    assert_eq!(clauses, all, "a bug for each clause");
    assert!(std::fs::read_to_string(folder.path().join("demo.xml")).unwrap().contains("<testsuites"));
}
