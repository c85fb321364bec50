//! Jobs of a target: each with a time and a name of its own in the world, and none waited for in vain.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{said, standin, write};

const SCENARIO: &str = "scenario: a job
when:
  - run: nightly
then:
  - hubspot.contact: { email: nobody@example.com, absent: true }
";

/// Runs a target of these words through the scenario.
fn run(target: &str) -> (Option<i32>, String, Value) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "s.yaml", SCENARIO);
    write(folder.path(), "standin.yaml", target);
    let began = Instant::now();
    let output = standin(folder.path(), &["run", "s.yaml", "--report", "json=r.json"]);
    assert!(began.elapsed() < Duration::from_secs(25), "it was waited for: {}", said(&output));
    let report = std::fs::read_to_string(folder.path().join("r.json")).unwrap_or_default();
    (output.status.code(), said(&output), serde_json::from_str(&report).unwrap_or_default())
}

#[test]
fn a_job_that_does_not_end_is_ended_and_told() {
    for time in ["real", "cooperating"] {
        let start = match time {
            "real" => "[sleep, \"100\"]".to_owned(),
            _ => SLEEPS_IN_THE_WORLD.to_owned(),
        };
        let (code, said, _) = run(&format!(
            "target:\n  time: {time}\n  start: {start}\n  job_within: 300ms\n  jobs: {{ nightly: [sh, -c, \"echo begun; exec sleep 86424.5\"] }}\n"
        ));
        assert_eq!(code, Some(1), "{said}");
        for text in ["the job nightly runs to its end does not hold", "had not ended after 0.3 s", "begun"] {
            assert!(said.contains(text), "`{text}` is not told:\n{said}");
        }
    }
}

#[test]
fn a_job_ends_with_the_target() {
    let (code, said, _) =
        run("target:\n  start: [sh, -c, \"sleep 0.3; exit 3\"]\n  jobs: { nightly: [sleep, \"86425.5\"] }\n");
    assert_eq!(code, Some(1), "{said}");
    for text in ["was ended, as the target has left", "the target ended with code 3"] {
        assert!(said.contains(text), "`{text}` is not told:\n{said}");
    }
}

/// A target that polls once a minute by the world's clock.
const SLEEPS_IN_THE_WORLD: &str = "[sh, -c, \"curl -sS -X POST '${control}/_standin/clock/parties/${party}?world=${world}'; while curl -sSf '${control}/_standin/clock/sleep?for=1m&party=${party}&world=${world}' -o polled; do :; done; exec sleep 100\"]";

#[test]
fn a_job_that_sleeps_by_the_worlds_clock_sleeps_as_itself() {
    let job = "test '${party}' = job-nightly && curl -sS -X POST '${control}/_standin/clock/parties/${party}?world=${world}' && curl -sSf '${control}/_standin/clock/sleep?for=1h&party=${party}&world=${world}' && curl -sS -X DELETE '${control}/_standin/clock/parties/${party}?world=${world}'; sleep 0.3";
    let (code, said, report) = run(&format!(
        "target:\n  time: cooperating\n  start: {SLEEPS_IN_THE_WORLD}\n  jobs: {{ nightly: [sh, -c, \"{job}\"] }}\n"
    ));
    assert_eq!(code, Some(0), "{said}");
    // The hour that it slept, and what the world takes to settle; not what passed since it left.
    let world_ms = report["cases"][0]["world_ms"].as_i64().expect("a report");
    let settled = 5 * 60_000;
    assert!((3_600_000..3_600_000 + settled + 2_000).contains(&world_ms), "{world_ms}");
}

#[test]
fn a_job_that_cannot_be_started_is_the_setups_fault() {
    for (job, told) in
        [("no-such-job", "`no-such-job` is not found"), ("./standin.yaml", "`./standin.yaml` is not found")]
    {
        let (code, said, report) =
            run(&format!("target:\n  start: [sleep, \"100\"]\n  jobs: {{ nightly: [{job}] }}\n"));
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(told), "{said}");
        assert_eq!(report["cases"][0]["verdict"], "error");
    }
    let (code, said, _) = run("target:\n  start: [./standin.yaml]\n");
    assert_eq!(code, Some(2), "{said}");
}
