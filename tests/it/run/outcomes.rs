//! What a run tells and how it ends: replay lines, cases that cannot be played beside those that can,
//! runs in which nothing is played.

use serde_json::Value;

use super::{said, standin, write};

const SLEEPS: &str = "target:\n  start: [sleep, \"100\"]\n";
const BREAKS: &str =
    "scenario: It does Nothing\nthen:\n  - within: 100ms\n    hubspot.contact: { email: nobody@example.com }\n";
const UNKNOWN_JOB: &str = "scenario: b\nwhen:\n  - run: nightly\n";

#[test]
fn a_replay_line_names_the_target_wherever_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "s.yaml", BREAKS);
    write(folder.path(), "my target.yaml", SLEEPS);
    let args = ["run", "s.yaml", "--target", "my target.yaml", "--report", "json=r.json", "--report", "junit=r.xml"];
    let output = standin(folder.path(), &args);
    let line = "standin run s.yaml --seed 1 --target 'my target.yaml'";
    assert!(said(&output).contains(&format!("replay: {line}")), "{}", said(&output));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let json: Value = serde_json::from_str(&read("r.json")).unwrap();
    assert_eq!(json["cases"][0]["replay"], line);
    assert!(read("r.xml").replace("&apos;", "'").contains(line), "{}", read("r.xml"));
}

#[test]
fn a_case_that_cannot_be_played_takes_nothing_from_the_others() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.yaml", UNKNOWN_JOB);
    write(folder.path(), "b.yaml", BREAKS);
    write(folder.path(), "standin.yaml", &format!("{SLEEPS}  jobs: {{ daily: [\"true\"] }}\n"));
    let args = ["run", "a.yaml", "b.yaml", "--jobs", "1", "--report", "json=r.json", "--report", "junit=r.xml"];
    let output = standin(folder.path(), &args);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    let told = "a.yaml, line 3: the target has no job `nightly`; it has: daily";
    for text in [told, "BROKEN line 4", "1 of 2 cases could not be played"] {
        assert!(said.contains(text), "`{text}` is not told:\n{said}");
    }
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let json: Value = serde_json::from_str(&read("r.json")).unwrap();
    assert_eq!((&json["cases"][0]["verdict"], &json["cases"][0]["reason"]), (&"error".into(), &told.into()));
    assert_eq!(json["cases"][1]["verdict"], "broken");
    assert!(read("r.xml").contains("errors=\"1\""), "{}", read("r.xml"));
}

#[test]
fn a_run_in_which_nothing_is_played_has_not_gone_well() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "s.yaml", "scenario: x\nwhen:\n  - kill: {}\n");
    write(folder.path(), "standin.yaml", "target: {}\n");
    let output = standin(folder.path(), &["run", "s.yaml"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("nothing was played") && said.contains("was running already"), "{said}");
}

#[test]
fn what_was_neither_tested_nor_to_hold_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let given = "given:\n  - ords.customers: { count: 1 }\n";
    let no_rule = "scenario: x\nthen:\n  - clauses: [limits.shared-budget]\n";
    for (scenario, told) in [
        (no_rule, "this version has no rule for it"),
        (
            &format!("scenario: x\n{given}when:\n  - advance: 100ms\nthen:\n  - clauses: all\n"),
            "untested: it exercises no",
        ),
    ] {
        write(folder.path(), "s.yaml", scenario);
        write(folder.path(), "standin.yaml", SLEEPS);
        let output = standin(folder.path(), &["run", "s.yaml", "--report", "json=r.json", "--fail-fast"]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(told) && said.contains("nothing was tested"), "{said}");
        let report: Value = serde_json::from_slice(&std::fs::read(folder.path().join("r.json")).unwrap()).unwrap();
        assert_eq!((&report["kept"], &report["cases"][0]["verdict"]), (&false.into(), &"untested".into()), "{report}");
        let clauses = report["cases"][0]["clauses"].as_array().unwrap();
        assert!(!clauses.is_empty() && clauses.iter().all(|clause| clause["verdict"] == "untested"), "{report}");
    }
    // Beside one that is kept it takes nothing away.
    write(folder.path(), "t.yaml", "scenario: x\nthen:\n  - hubspot.contact: { email: a@example.com, absent: true }\n");
    write(folder.path(), "s.yaml", no_rule);
    let output = standin(folder.path(), &["run", "s.yaml", "t.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn both_reports_have_their_published_form_whatever_comes_of_a_case() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "kept.yaml", "scenario: x\nthen:\n  - hubspot.contact: { count: 0 }\n");
    write(folder.path(), "broken.yaml", BREAKS);
    write(folder.path(), "untested.yaml", "scenario: x\nthen:\n  - clauses: [limits.burst, batch.size]\n");
    write(folder.path(), "error.yaml", UNKNOWN_JOB);
    // Its last words are no XML.
    let said_last = "target:\n  start: [sh, -c, 'printf \"\\001\\033<&\\n\"; exec sleep 100']\n";
    write(folder.path(), "standin.yaml", said_last);
    let verdicts = ["broken", "error", "kept", "untested"];
    let mut args = vec!["run", "--report", "json=r.json", "--report", "junit=r.xml"];
    let files = verdicts.map(|verdict| format!("{verdict}.yaml"));
    args.extend(files.iter().map(String::as_str));
    let output = standin(folder.path(), &args);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));

    let report: Value = serde_json::from_slice(&std::fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    let schema: Value = serde_json::from_slice(&standin(folder.path(), &["schema", "report"]).stdout).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<_> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?} in {report}");
    let told: Vec<_> =
        report["cases"].as_array().unwrap().iter().map(|case| case["verdict"].as_str().unwrap()).collect();
    assert_eq!(told, verdicts);

    let xml = std::fs::read_to_string(folder.path().join("r.xml")).unwrap();
    let junit = quick_junit::Report::deserialize_from_str(&xml).expect("JUnit's form");
    let suites: Vec<_> = junit.test_suites.iter().map(|suite| (suite.tests, suite.failures, suite.errors)).collect();
    let clauses = report["cases"][2]["clauses"].as_array().unwrap().len();
    assert_eq!(suites, [(clauses + 1, 1, 0), (1, 0, 1), (clauses + 1, 0, 0), (2, 0, 0)], "{xml}");
    let skipped = |case: &quick_junit::TestCase| matches!(case.status, quick_junit::TestCaseStatus::Skipped { .. });
    assert!(junit.test_suites[3].test_cases.iter().all(skipped), "{xml}");
}

#[test]
fn scenarios_of_like_names_have_worlds_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let long = "a-name-that-is-longer-than-a-world-takes";
    let names = [format!("{long}-1.yaml"), format!("{long}-2.yaml"), "x.yaml".into(), "x-1.yaml".into()];
    for name in &names {
        write(
            folder.path(),
            name,
            "scenario: x\ngiven:\n  - ords.customers: { count: 1 }\nthen:\n  - ords.customer: { count: 1 }\n  - clauses: all\n",
        );
    }
    std::fs::create_dir(folder.path().join("more")).unwrap();
    write(
        &folder.path().join("more"),
        "x.yaml",
        "scenario: x\nthen:\n  - ords.customer: { count: 0 }\n  - clauses: all\n",
    );
    write(folder.path(), "standin.yaml", SLEEPS);
    let mut args = vec!["run", "more/x.yaml", "--jobs", "8", "--seeds", "2"];
    args.extend(names.iter().map(String::as_str));
    let output = standin(folder.path(), &args);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn a_scenario_is_found_by_a_part_of_its_title_in_any_case() {
    let folder = tempfile::tempdir().unwrap();
    let scenes = folder.path().join("scenes");
    std::fs::create_dir(&scenes).unwrap();
    write(&scenes, "a.yaml", BREAKS);
    write(&scenes, "b.yaml", "scenario: other\n");
    write(folder.path(), "standin.yaml", SLEEPS);
    let output = standin(
        folder.path(),
        &["run", "scenes", "--filter", "does nothing", "--seeds", "2", "--fail-fast", "--jobs", "1"],
    );
    let said = said(&output);
    assert!(!said.contains("  b ") && said.contains("a (1)") && said.contains("1 of 2 cases were not begun"), "{said}");
}

/// Nobody reads what it prints.
fn unread(folder: &std::path::Path, args: &[&str]) -> std::process::Output {
    use std::process::{Command, Stdio};
    let mut program = Command::new(env!("CARGO_BIN_EXE_standin"))
        .args(args)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(program.stdout.take());
    program.wait_with_output().expect("it ends")
}

#[test]
fn a_verdict_and_its_reports_stand_whether_or_not_anybody_reads_on() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "s.yaml", BREAKS);
    write(folder.path(), "standin.yaml", SLEEPS);
    let output = unread(folder.path(), &["run", "s.yaml", "--report", "json=r.json", "--report", "junit=r.xml"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let report = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
    assert_eq!(serde_json::from_str::<Value>(&report).unwrap()["cases"][0]["verdict"], "broken");
    assert!(folder.path().join("r.xml").exists());

    // The demonstration goes on to its end too: here to where it can have no reports.
    let output = unread(folder.path(), &["demo", "--reports", "r.json/reports"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}
