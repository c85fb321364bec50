//! Integrations in other languages, in the real time of Python and the faster time of Node, judged by the
//! same contract as the reference: whole they keep it, and with one line broken they are found out.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A program under test, and what its machine needs.
struct Integration {
    name: &'static str,
    file: &'static str,
    needs: fn() -> Result<(), String>,
}

const PYTHON: Integration = Integration { name: "python", file: "integration.py", needs: || has("python3") };
const NODE: Integration = Integration {
    name: "node",
    file: "integration.mjs",
    needs: || {
        has("node")?;
        if faketime() { Ok(()) } else { Err("there is no libfaketime".to_owned()) }
    },
};

/// What a run said and reported.
struct Run {
    output: Output,
    report: Value,
}

fn has(program: &str) -> Result<(), String> {
    let asked = Command::new(program).arg("--version").output();
    asked.map(drop).map_err(|error| format!("{program}: {error}"))
}

/// Where Debian puts the library, or where it is said to be.
fn faketime() -> bool {
    let mut folders = vec![PathBuf::from("/usr/lib/faketime"), PathBuf::from("/usr/local/lib/faketime")];
    folders.extend(fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path().join("faketime")));
    std::env::var_os("STANDIN_FAKETIME").is_some()
        || folders.iter().any(|folder| folder.join("libfaketime.so.1").is_file())
}

impl Integration {
    /// Its folder with one of its lines in other words, or none. What the machine lacks is told where no
    /// test harness swallows it.
    fn copied(&self, line: Option<(&str, &str)>) -> Option<TempDir> {
        if let Err(lacks) = (self.needs)() {
            let skipped = format!("\nskipped: the integration in {} is not tried: {lacks}\n", self.name);
            std::io::stderr().write_all(skipped.as_bytes()).expect("standard error takes it");
            return None;
        }
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integrations").join(self.name);
        let to = tempfile::tempdir().expect("a folder");
        fs::copy(from.join("standin.yaml"), to.path().join("standin.yaml")).expect("a target file");
        let mut program = fs::read_to_string(from.join(self.file)).expect("a program");
        if let Some((right, wrong)) = line {
            assert_eq!(program.matches(right).count(), 1, "`{right}` is to stand there once");
            program = program.replace(right, wrong);
        }
        fs::write(to.path().join(self.file), program).expect("the folder takes it");
        Some(to)
    }
}

/// Puts the integration in a folder through scenarios of the retail library, all at once: they mostly wait.
fn run(folder: &Path, scenarios: &[&str]) -> Run {
    let report = folder.join("report.json");
    let output = Command::new(env!("CARGO_BIN_EXE_standin"))
        .arg("run")
        .args(scenarios.iter().map(|name| format!("scenarios/library/retail/{name}.yaml")))
        .arg("--target")
        .arg(folder.join("standin.yaml"))
        .arg("--report")
        .arg(format!("json={}", report.display()))
        .args(["--jobs", "3"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program starts");
    let report = fs::read_to_string(report).unwrap_or_default();
    Run { report: serde_json::from_str(&report).unwrap_or_default(), output }
}

impl Run {
    /// It ended with this code; what it said is told where it did not.
    #[track_caller]
    fn ends_with(&self, code: i32) {
        let (out, err) = (String::from_utf8_lossy(&self.output.stdout), String::from_utf8_lossy(&self.output.stderr));
        assert_eq!(self.output.status.code(), Some(code), "{out}\n{err}");
    }

    fn verdict(&self, scenario: &str, clause: &str) -> &str {
        let of = |list: &'static str, member: &'static str, name: &str, within: &'_ Value| -> Value {
            let found = within[list].as_array().into_iter().flatten().find(|each| each[member] == name);
            found.cloned().unwrap_or_default()
        };
        let case = of("cases", "scenario", scenario, &self.report);
        match of("clauses", "clause", clause, &case)["verdict"].as_str() {
            Some("kept") => "kept",
            Some("broken") => "broken",
            Some("untested") => "untested",
            other => panic!("{scenario} has {other:?} for {clause}: {}", self.report),
        }
    }

    #[track_caller]
    fn keeps(&self, clauses: &[(&str, &[&str])]) {
        for (scenario, clauses) in clauses {
            for clause in *clauses {
                assert_eq!(self.verdict(scenario, clause), "kept", "{clause} in {scenario}");
            }
        }
    }
}

const SCENARIOS: [&str; 6] = ["initial-load", "delta", "opt-out", "burst-429", "error-burst", "webhook-signature"];

/// What each of the scenarios exercises.
const KEPT: [(&str, &[&str]); 6] = [
    ("initial-load", &["batch.size", "batch.used", "auth.reuse", "consent.only-subscribed", "privacy.excluded"]),
    ("delta", &["data.no-duplicates", "ownership.single-writer"]),
    ("opt-out", &["ownership.no-echo"]),
    ("burst-429", &["batch.size"]),
    ("error-burst", &["retry.transient"]),
    ("webhook-signature", &["webhook.signature"]),
];

#[test]
fn an_integration_in_python_that_lives_by_real_time_keeps_the_contract() {
    let Some(folder) = PYTHON.copied(None) else { return };
    let run = run(folder.path(), &SCENARIOS);
    run.ends_with(0);
    run.keeps(&KEPT);
    run.keeps(&[("burst-429", &["limits.respect"])]);
}

#[test]
fn an_integration_in_python_that_does_not_wait_as_long_as_it_is_told_is_found_out() {
    let line = ("time.sleep(told_to_wait(error.headers, text))", "time.sleep(0.2)");
    let Some(folder) = PYTHON.copied(Some(line)) else { return };
    let run = run(folder.path(), &["burst-429"]);
    run.ends_with(1);
    assert_eq!(run.verdict("burst-429", "limits.respect"), "broken");
}

#[test]
fn an_integration_in_node_that_lives_by_faster_time_keeps_the_contract() {
    let Some(folder) = NODE.copied(None) else { return };
    let run = run(folder.path(), &SCENARIOS);
    run.ends_with(0);
    run.keeps(&KEPT);
    // What needs minutes: its minutes are short.
    run.keeps(&[
        ("initial-load", &["data.complete", "data.mapped"]),
        ("delta", &["data.no-lost-update", "freshness.promise"]),
        ("opt-out", &["consent.opt-out"]),
    ]);
}

#[test]
fn an_integration_in_node_that_checks_no_signature_is_found_out() {
    let line = ("if (!genuine(request, body)) return answer(401);", "");
    let Some(folder) = NODE.copied(Some(line)) else { return };
    let run = run(folder.path(), &["webhook-signature"]);
    run.ends_with(1);
    assert_eq!(run.verdict("webhook-signature", "webhook.signature"), "broken");
}
