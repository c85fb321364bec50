//! `standin load` as users run it: populations under quotas, receivers under webhooks, and the meters behind both.

mod meters;
mod receivers;
mod targets;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// The program, in a folder.
fn standin(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_standin")).args(args).current_dir(folder).output().expect("the program starts")
}

/// Both ways out, on one line.
fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr].concat();
    let text = String::from_utf8_lossy(&both);
    text.lines().map(|line| line.trim().trim_start_matches('│').trim()).collect::<Vec<_>>().join(" ")
}

/// The report that a load has written; it has the form that is published.
fn report(folder: &Path) -> Value {
    let report: Value = serde_json::from_slice(&std::fs::read(folder.join("load.json")).unwrap()).unwrap();
    let schema: Value = serde_json::from_slice(&standin(folder, &["schema", "load"]).stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<_> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?} in {report}");
    report
}
