//! `standin receive` and `standin send` on receivers in four languages: right ones, and such with one mistake each.

mod answers;
mod eyes;
mod rust;
mod send;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

const SECRET: &str = "a secret of theirs";
/// What the cases that need eyes are called.
const OBSERVED: &str = "duplicates,dropped-after-body,repeated-event-id,reorder,property-change-before-creation";
/// Enough to tell the defects apart.
const SOME: &str = "re-encoded-body,query-string,wrong-secret,tampered-body,stale-timestamp,nearly-stale";

/// A program that serves receivers, ended with the test.
struct Serving {
    port: u16,
    child: Option<Child>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Starts one; none where the machine lacks its language, which is told where no test harness swallows it.
fn serving(program: &str, file: &str) -> Option<Serving> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/receivers").join(file);
    let started = Command::new(program).arg(path).arg(SECRET).stdout(Stdio::piped()).spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(lacks) => {
            let skipped = format!("\nskipped: the receiver {file} is not tried: {program}: {lacks}\n");
            std::io::stderr().write_all(skipped.as_bytes()).unwrap();
            return None;
        }
    };
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Some(Serving {
        port: line.trim().parse().unwrap_or_else(|_| panic!("{program} {file} is not serving")),
        child: Some(child),
    })
}

fn standin(args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
    command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

fn run(args: &[&str]) -> Output {
    standin(args).wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A receiver put through some cases: the exit code, the report, and what was printed.
struct Trial {
    child: Child,
    report: PathBuf,
    _folder: tempfile::TempDir,
}

fn trial(port: u16, defect: &str, more: &[&str]) -> Trial {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let url = format!("http://127.0.0.1:{port}/{defect}/hs");
    let args = [&["receive", &url, "--secret", SECRET, "--json", report.to_str().unwrap()], more].concat();
    Trial { child: standin(&args), report, _folder: folder }
}

impl Trial {
    /// What is broken, as `case: clause`, with the exit code.
    fn broken(self) -> (Option<i32>, Vec<String>, Value) {
        let output = self.child.wait_with_output().unwrap();
        let report = std::fs::read(&self.report).unwrap_or_else(|_| panic!("{}", text(&output)));
        let report: Value = serde_json::from_slice(&report).unwrap();
        let cases = report["cases"].as_array().unwrap().iter().filter(|case| case["verdict"] == "broken");
        let broken =
            cases.map(|case| format!("{}: {}", case["case"].as_str().unwrap(), case["clause"].as_str().unwrap()));
        (output.status.code(), broken.collect(), report)
    }
}

/// The mistakes that every language's receivers can have, and what each breaks.
const DEFECTS: [(&str, &str); 4] = [
    ("wrong-header", "genuine: webhook.signature"),
    ("path-only", "genuine: webhook.signature"),
    ("re-serialised", "re-encoded-body: webhook.signature"),
    ("no-age-check", "stale-timestamp: webhook.stale"),
];

/// The right one keeps all of it, and each mistake is found, and nothing else.
fn judged(language: &str, port: u16) {
    // One of its own: what another trial does in between would be seen.
    let state = format!("http://127.0.0.1:{port}/seen/state");
    let whole = trial(port, "right", &["--public-url", "https://hooks.example.com/right/hs"]);
    let observed = trial(port, "seen", &["--first-id", "7", "--only", OBSERVED, "--observe", &state]);
    let defects = DEFECTS.map(|(defect, breaks)| (defect, breaks, trial(port, defect, &["--only", SOME])));
    let (code, broken, report) = whole.broken();
    assert_eq!((code, broken), (Some(0), Vec::new()), "{language}: {report:#}");
    let untested = |report: &Value| {
        let cases = report["cases"].as_array().unwrap().iter();
        cases.filter(|case| case["verdict"] == "untested").map(|case| case["case"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(untested(&report), OBSERVED.split(',').collect::<Vec<_>>(), "{language}");
    for (defect, breaks, trial) in defects {
        let (code, broken, report) = trial.broken();
        assert_eq!((code, broken), (Some(1), vec![breaks.to_owned()]), "{language}, {defect}: {report:#}");
    }
    let (code, broken, report) = observed.broken();
    assert_eq!((code, broken), (Some(0), Vec::new()), "{language}: {report:#}");
    assert_eq!(untested(&report), Vec::<Value>::new(), "{language}: {report:#}");
}

#[test]
fn receivers_in_python_are_judged_rightly() {
    let Some(serving) = serving("python3", "receiver.py") else { return };
    let effects = [
        ("every-time", vec!["duplicates: webhook.once", "dropped-after-body: webhook.once"]),
        ("by-event-id", vec!["repeated-event-id: webhook.once"]),
        ("as-they-come", vec!["reorder: webhook.order"]),
        ("empties", vec!["property-change-before-creation: webhook.order"]),
    ];
    let trials = effects.map(|(defect, breaks)| {
        let state = format!("http://127.0.0.1:{}/{defect}/state", serving.port);
        (defect, breaks, trial(serving.port, defect, &["--only", OBSERVED, "--observe", &state]))
    });
    // Six seconds cannot be had for less.
    let late = trial(serving.port, "late", &[]);
    judged("python", serving.port);
    for (defect, breaks, trial) in trials {
        let (code, broken, report) = trial.broken();
        assert_eq!((code, broken), (Some(1), breaks.into_iter().map(str::to_owned).collect()), "{defect}: {report:#}");
    }
    let (code, broken, report) = late.broken();
    assert_eq!((code, broken), (Some(1), vec!["genuine: webhook.deadline".to_owned()]), "{report:#}");
}

#[test]
fn receivers_in_node_are_judged_rightly() {
    let Some(serving) = serving("node", "receiver.mjs") else { return };
    judged("node", serving.port);
}

#[test]
fn receivers_in_java_are_judged_rightly() {
    let Some(serving) = serving("java", "Receiver.java") else { return };
    judged("java", serving.port);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receivers_in_rust_are_judged_rightly() {
    let port = rust::serve(SECRET).await;
    tokio::task::spawn_blocking(move || judged("rust", port)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_has_the_published_form_and_tells_what_was_sent() {
    let port = rust::serve(SECRET).await;
    let (report, junit) = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        let junit = folder.path().join("report.xml");
        let to = format!("junit={}", junit.display());
        let trial = trial(port, "no-age-check", &["--only", SOME, "--report", &to]);
        (trial.broken().2, std::fs::read_to_string(&junit))
    })
    .await
    .unwrap();
    let schema: Value = serde_json::from_slice(&run(&["schema", "receive"]).stdout).unwrap();
    let wrong: Vec<_> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&report).map(|e| e.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let stale = report["cases"].as_array().unwrap().iter().find(|case| case["case"] == "stale-timestamp").unwrap();
    assert_eq!(stale["what"], "it was believed: answered with 204");
    let sent = &stale["sent"][0];
    assert!(sent["request"].as_str().unwrap().contains("X-HubSpot-Request-Timestamp: "), "{sent}");
    assert_eq!((&sent["wanted"], &sent["status"]), (&"refused".into(), &204.into()));
    // The folder is gone with the trial; what was read before it went is what was written.
    let junit = junit.unwrap();
    assert!(junit.contains(r#"<testcase name="stale-timestamp" classname="webhook.stale""#), "{junit}");
    assert!(junit.contains("<failure"), "{junit}");
}
