//! A run that is told to end: what was played is reported, what was not is said to be so, and no target stays.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::write;

/// It stays until it is ended; of its jobs one does too.
const TARGET: &str = r#"target:
  start: [sh, -c, "echo $$ >> pids; exec sleep 600"]
  folder: .
  ready: "${control}/_standin/worlds"
  jobs:
    short: ["true"]
    endless: [sh, -c, "echo in >> begun; exec sleep 600"]
"#;

fn scenario(job: &str) -> String {
    format!(
        "scenario: {job}\ngiven:\n  - ords.customers: {{ count: 1 }}\nwhen:\n  - run: {job}\nthen:\n  - ords.customer: {{ count: 1 }}\n"
    )
}

/// A program that has ended, or is no more than an entry that nobody has waited for.
fn gone(pid: &str) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    state.map_or(true, |stat| stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z')))
}

fn wait(what: &str, is: impl Fn() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what} never came");
        std::thread::yield_now();
    }
}

fn interrupted(folder: &Path, signal: &str) -> Value {
    write(folder, "standin.yaml", TARGET);
    for (name, job) in [("a.yaml", "short"), ("b.yaml", "endless"), ("c.yaml", "short")] {
        write(folder, name, &scenario(job));
    }
    let args = ["run", "a.yaml", "b.yaml", "c.yaml", "--jobs", "1", "--keep-world"];
    let mut run = Command::new(env!("CARGO_BIN_EXE_standin"))
        .args(args)
        .args(["--report", "json=r.json", "--report", "junit=r.xml"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut out = BufReader::new(run.stdout.take().unwrap());
    out.read_line(&mut first).unwrap();
    wait("the second case", || folder.join("begun").exists());
    assert!(Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap().success());
    let ended = run.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{first} {told}");
    assert!(told.contains("interrupted: 2 of 3 cases were not played"), "{told}");
    for pid in std::fs::read_to_string(folder.join("pids")).unwrap().lines() {
        wait("the target's end", || gone(pid));
    }
    serde_json::from_slice(&std::fs::read(folder.join("r.json")).unwrap()).unwrap()
}

#[test]
fn an_interrupted_run_reports_what_was_played_and_what_was_not() {
    for signal in ["-INT", "-TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let report = interrupted(folder.path(), signal);
        assert_eq!(report["kept"], false, "{report}");
        let cases: Vec<_> = report["cases"].as_array().unwrap().iter().collect();
        let verdicts: Vec<_> = cases.iter().map(|case| case["verdict"].as_str().unwrap()).collect();
        assert_eq!(verdicts, ["kept", "not_played", "not_played"], "{report}");
        let scenarios: Vec<_> = cases.iter().map(|case| case["scenario"].as_str().unwrap()).collect();
        assert_eq!(scenarios, ["a", "b", "c"]);
        assert_eq!(cases[1]["reason"], "the run was interrupted before it was over");
        assert_eq!(cases[2]["reason"], "the run was interrupted before it was begun");
        let xml = std::fs::read_to_string(folder.path().join("r.xml")).unwrap();
        assert_eq!(xml.matches("<testcase name=\"played\"").count(), 2, "{xml}");
        assert_eq!(xml.matches("the run was interrupted before").count(), 2, "{xml}");
        assert!(xml.contains("<testsuite name=\"a (seed 1)\""), "{xml}");
    }
}
