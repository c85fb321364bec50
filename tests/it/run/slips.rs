//! Names that are misspelt by a letter or two: the one that was meant is told beside those that there are.

use std::process::Command;

use super::{said, standin, write};

fn told(what: &str, said: &str, told: &[&str]) {
    for text in told {
        assert!(said.contains(text), "{what} is not told `{text}`:\n{said}");
    }
}

#[test]
fn a_slip_in_a_scenario_is_understood() {
    let cases: [(&str, &str, &[&str]); 6] = [
        (
            "a fault",
            "when:\n  - fault: { name: 5xx-brust }\n",
            &["s.yaml:3:12", "no fault `5xx-brust`", "did you mean `5xx-burst`?"],
        ),
        (
            "a forgery",
            "when:\n  - deliver: { event: contact.creation, find: { email: x }, forged: stael }\n",
            &["s.yaml:3:14", "no forgery `stael`", "did you mean `stale`?", "wrong-secret"],
        ),
        (
            "a system",
            "when:\n  - spend: { system: hubspto, limit: daily }\n",
            &["s.yaml:3:12", "did you mean `hubspot`?", "the systems are"],
        ),
        ("a job", "when:\n  - run: nigthly\n", &["no job `nigthly` (did you mean `nightly`?)"]),
        (
            "a limit",
            "when:\n  - spend: { system: hubspot, limit: dayly }\n",
            &["line 3", "hubspot has no limit `dayly` (did you mean `daily`?)"],
        ),
        (
            "a type",
            "when:\n  - hubspot.create: { type: contcats, set: { email: kim@example.com } }\n",
            &["line 3", "did you mean `contacts`?"],
        ),
    ];
    let target = "target:\n  start: [sleep, \"100\"]\n  jobs: { nightly: [\"true\"] }\n  receivers: { hubspot: \"http://127.0.0.1:1/\" }\n";
    for (what, steps, texts) in cases {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "s.yaml", &format!("scenario: x\n{steps}"));
        write(folder.path(), "standin.yaml", target);
        let output = standin(folder.path(), &["run", "s.yaml"]);
        assert_eq!(output.status.code(), Some(2), "{what}: {}", said(&output));
        told(what, &said(&output), texts);
    }
}

#[test]
fn a_slip_in_a_profile_is_understood() {
    let figure = r#"{ value: 5, source: "ours", date: 2026-11-01 }"#;
    let cases: [(&str, String, &[&str]); 5] = [
        (
            "a limit",
            format!("extends: professional\nlimits:\n  - {{ id: ten_secondely, size: {figure} }}\n"),
            &["own.yaml:3:11", "`ten_secondely` lacks", "did you mean `ten_secondly`?", "a new limit needs all three"],
        ),
        (
            "a header's limit",
            "extends: professional\nadvertise:\n  - { header: X-A, limit: dialy, shows: size }\n".to_owned(),
            &["own.yaml:3:27", "unknown limit `dialy`", "did you mean `daily`?"],
        ),
        (
            "what it extends",
            "extends: profesional\n".to_owned(),
            &["own.yaml:1:10", "no profile `profesional`", "did you mean `professional`?"],
        ),
        (
            "a member",
            format!("extends: professional\nlimits:\n  - {{ id: daily, siez: {figure} }}\n"),
            &["own.yaml:3", "no `siez`", "did you mean `size`?"],
        ),
        (
            "a setting",
            format!("extends: professional\nsettings: {{ account_time_zoen: {figure} }}\n"),
            &["own.yaml:2", "did you mean `account_time_zone`?"],
        ),
    ];
    for (what, profile, texts) in cases {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "own.yaml", &profile);
        let output = standin(folder.path(), &["serve", "--ports", "auto", "--profile", "hubspot=own.yaml"]);
        assert_eq!(output.status.code(), Some(2), "{what}: {}", said(&output));
        told(what, &said(&output), texts);
    }
}

#[test]
fn a_slip_on_the_command_line_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 3] = [
        (&["tail", "--kind", "chagne"], "did you mean `change`?"),
        (&["serve", "--systems", "hubspt"], "did you mean `hubspot`?"),
        (&["serve", "--ports", "auto", "--profile", "hubspot=startr"], "did you mean `starter`?"),
    ];
    for (args, text) in cases {
        let output = standin(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        told(&args.join(" "), &said(&output), &[text]);
    }
}

#[test]
fn a_slip_in_a_bugs_name_is_understood() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_standin"));
    program.args(["reference", "retail", "--once"]).env("REFERENCE_BUG", "no-bakoff");
    let output = program.output().unwrap();
    told("a bug", &said(&output), &["no bug `no-bakoff`", "did you mean `no-backoff`?"]);
}
