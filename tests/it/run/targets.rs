//! Programs that will not be what a target is to be: missing, silent, talkative, dying, leaving children
//! behind. The runner says so, and leaves nothing running.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{said, standin, write};

const SCENARIO: &str = "scenario: nothing is brought over
given:
  - ords.customers: { count: 1, subscribed: true }
then:
  - within: 300ms
    hubspot.contact: { email: \"${customers[0].email}\" }
";

fn run(folder: &Path, target: &str) -> std::process::Output {
    write(folder, "s.yaml", SCENARIO);
    write(folder, "standin.yaml", target);
    standin(folder, &["run", "s.yaml"])
}

#[test]
fn a_target_that_cannot_be_used_is_the_setups_fault_and_told_so() {
    let never = "target:\n  start: [sleep, \"100\"]\n  ready: \"http://127.0.0.1:${port}/\"\n  ready_within: 200ms\n";
    let cases: [(&str, &str, &[&str]); 6] = [
        (
            "missing",
            "target:\n  start: [no-such-program]\n",
            &["the program `no-such-program` is not found", "install it"],
        ),
        ("missing here", "target:\n  start: [./server]\n", &["the program `./server` is not found"]),
        ("never ready", never, &["was not ready after 0.2 s", "does not answer", "ready_within"]),
        (
            "exits at once",
            "target:\n  start: [sh, -c, \"echo no database; exit 7\"]\n  ready: \"http://127.0.0.1:${port}/\"\n",
            &["ended before it was ready, with code 7", "no database"],
        ),
        (
            "cooperates with nobody",
            "target:\n  start: [sleep, \"100\"]\n  time: cooperating\n  ready_within: 200ms\n",
            &[
                "party `target` of the world's clock is not registered, though `time` is `cooperating`",
                "POST ${control}/_standin/clock/parties/${party}?world=${world}",
                "GET ${control}/_standin/clock/sleep?for=10s&party=${party}&world=${world}",
                "curl -X POST \"$REGISTER\"",
                "`time: real`",
            ],
        ),
        ("a name for nothing", "target:\n  start: [sleep, \"${prot}\"]\n", &["${prot}", "stands for nothing", "port"]),
    ];
    for (what, target, told) in cases {
        let folder = tempfile::tempdir().unwrap();
        let output = run(folder.path(), target);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{what}: {said}");
        for text in told {
            assert!(said.contains(text), "{what} is not told `{text}`:\n{said}");
        }
    }
}

#[test]
fn a_program_that_takes_no_faster_time_is_not_judged_by_it() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "s.yaml", SCENARIO);
    write(folder.path(), "no-library.so", "nothing that can be loaded");
    let run = |target: &str| {
        write(folder.path(), "standin.yaml", target);
        let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
        command.args(["run", "s.yaml"]).current_dir(folder.path());
        command.env("STANDIN_FAKETIME", folder.path().join("no-library.so")).output().expect("the program starts")
    };
    for start in ["[sleep, \"100\"]", "[sh, -c, \"sleep 100; echo\"]"] {
        let output = run(&format!("target:\n  time: faketime\n  start: {start}\n"));
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("does not load libfaketime"), "{}", said(&output));
    }
    let slow = run("target:\n  time: faketime\n  start: [sleep, \"100\"]\n  scale: 60\n  shortest_timeout: 5s\n");
    let told = "standin.yaml: at `scale: 60` the shortest time-out, 5000 ms, is 83 ms of real time";
    assert!(said(&slow).contains(told) && said(&slow).contains("at most `scale: 16`"), "{}", said(&slow));
    let fast = run("target:\n  time: faketime\n  start: [sleep, \"100\"]\n  scale: 16\n  shortest_timeout: 5s\n");
    assert!(!said(&fast).contains("shortest time-out"), "{}", said(&fast));
}

#[test]
fn a_cooperating_program_that_runs_already_is_waited_for_too() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), "target:\n  time: cooperating\n  ready_within: 200ms\n");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("party `target` of the world's clock is not registered"), "{}", said(&output));
}

#[test]
fn a_program_is_found_from_the_folder_of_its_target_file() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("integration");
    std::fs::create_dir_all(own.join("bin")).unwrap();
    write(folder.path(), "s.yaml", &SCENARIO.replace("hubspot.contact: {", "hubspot.contact: { absent: true,"));
    program(&own, "server", "#!/bin/sh\nexec sleep 100\n");
    program(&own, "bin/server", "#!/bin/sh\nexec sleep 100\n");
    for target in ["  start: [./server]\n", "  start: [./server]\n  folder: bin\n"] {
        write(&own, "standin.yaml", &format!("target:\n{target}"));
        let output = standin(folder.path(), &["run", "s.yaml", "--target", "integration/standin.yaml"]);
        assert_eq!(output.status.code(), Some(0), "{target}: {}", said(&output));
    }
}

/// A program of its own.
fn program(folder: &Path, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    write(folder, name, text);
    std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_target_that_does_nothing_breaks_what_is_to_hold() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), "target:\n  start: [sh, -c, \"echo all is well; exec sleep 100\"]\n");
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for text in ["BROKEN line 6", "hubspot has no", "all is well", "replay: standin run s.yaml --seed 1"] {
        assert!(said.contains(text), "`{text}` is not told:\n{said}");
    }
}

#[test]
fn a_target_that_dies_is_told_with_its_last_words() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), "target:\n  start: [sh, -c, \"echo out of luck >&2; sleep 0.1; exit 9\"]\n");
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the target ended with code 9") && said.contains("out of luck"), "{said}");
}

#[test]
fn what_a_target_says_last_is_told_to_its_end_and_moves_no_cursor() {
    let folder = tempfile::tempdir().unwrap();
    let target = "target:\n  start: [sh, -c, 'seq 1 2000; printf \"\\033[2J\\007wiped\\n\"; for i in 1 2 3; do sleep 0.01; echo word $i; done; exit 9']\n";
    let output = run(folder.path(), target);
    assert!(said(&output).contains("word 3") && said(&output).contains("wiped"), "{}", said(&output));
    assert!(!output.stdout.contains(&0x1b) && !output.stdout.contains(&7), "{}", said(&output));
}

#[test]
fn a_gigabyte_of_output_is_taken_and_only_its_end_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let target = "target:
  start: [sh, -c, \"head -c 1000000000 /dev/zero; echo; echo that was all; touch said; exec sleep 100\"]
  jobs: { wait: [sh, -c, \"while [ ! -e said ]; do sleep 0.05; done\"] }
";
    write(folder.path(), "s.yaml", &SCENARIO.replace("then:", "when:\n  - run: wait\nthen:"));
    write(folder.path(), "standin.yaml", target);
    let output = standin(folder.path(), &["run", "s.yaml"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("that was all") && said.len() < 200_000, "{} bytes", said.len());
}

#[test]
fn a_job_may_ask_for_a_token_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let target = "target:
  start: [sleep, \"100\"]
  jobs:
    nightly:
      - curl
      - -sSf
      - --noproxy
      - '*'
      - -u
      - '${ords.client_id}:${ords.client_secret}'
      - -d
      - grant_type=client_credentials
      - '${oci_gateway.url}${oci_gateway.prefixes[0]}/oauth/token'
";
    write(folder.path(), "standin.yaml", target);
    let scenario = "scenario: x\nwhen:\n  - run: nightly\n  - run: nightly\nthen:\n  - clauses: [auth.reuse]\n";
    write(folder.path(), "s.yaml", scenario);
    let output = standin(folder.path(), &["run", "s.yaml", "--report", "json=r.json"]);
    let said = said(&output);
    assert!(!said.contains("BROKEN"), "{said}");
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    let finding = &report["cases"][0]["clauses"][0];
    assert_eq!((&finding["clause"], &finding["verdict"]), (&"auth.reuse".into(), &"untested".into()), "{report}");
}

/// Processes whose command line has this in it.
fn alive(mark: &str) -> usize {
    let processes = std::fs::read_dir("/proc").expect("Linux").flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).contains(mark)).count()
}

fn gone(mark: &str) -> bool {
    let began = Instant::now();
    while alive(mark) > 0 {
        if began.elapsed() > Duration::from_secs(20) {
            return false;
        }
        std::thread::yield_now();
    }
    true
}

#[test]
fn children_that_a_target_leaves_behind_are_ended_with_it() {
    let folder = tempfile::tempdir().unwrap();
    // A span of sleep that no other process asks for.
    let target = "target:\n  start: [sh, -c, \"setsid sleep 86421.5 & sleep 86421.5 & echo started\"]\n";
    let output = run(folder.path(), target);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(gone("86421.5"), "a child is still there");
}

#[test]
fn a_runner_that_is_killed_takes_the_target_with_it() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "s.yaml", SCENARIO.replace("300ms", "1h").as_str());
    write(folder.path(), "standin.yaml", "target:\n  start: [sh, -c, \"setsid sleep 86422.5 & exec sleep 86422.5\"]\n");
    let mut runner = Command::new(env!("CARGO_BIN_EXE_standin"))
        .args(["run", "s.yaml"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The guard's command line has the mark too, and so has the shell's until it is the sleep.
    while alive("86422.5") < 3 {
        assert!(runner.try_wait().unwrap().is_none(), "the runner ended before its target ran");
        std::thread::yield_now();
    }
    runner.kill().unwrap();
    runner.wait().unwrap();
    assert!(gone("86422.5"), "the target outlives its runner");
}

#[test]
fn a_runner_that_is_asked_to_end_leaves_neither_target_nor_state() {
    let folder = tempfile::tempdir().unwrap();
    let state = tempfile::tempdir().unwrap();
    write(folder.path(), "s.yaml", SCENARIO.replace("300ms", "1h").as_str());
    write(folder.path(), "standin.yaml", "target:\n  start: [sleep, \"86423.5\"]\n");
    let mut runner = Command::new(env!("CARGO_BIN_EXE_standin"))
        .args(["run", "s.yaml"])
        .current_dir(folder.path())
        .env("TMPDIR", state.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while alive("86423.5") < 2 {
        assert!(runner.try_wait().unwrap().is_none(), "the runner ended before its target ran");
        std::thread::yield_now();
    }
    assert!(Command::new("kill").arg(runner.id().to_string()).status().unwrap().success());
    assert_eq!(runner.wait().unwrap().code(), Some(2));
    assert!(gone("86423.5"), "the target outlives its runner");
    let left: Vec<_> = std::fs::read_dir(state.path()).unwrap().flatten().map(|entry| entry.path()).collect();
    assert!(left.is_empty(), "{left:?}");
}
