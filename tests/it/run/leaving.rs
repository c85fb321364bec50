//! Targets that end uninvited: told with how and when, by whatever time they live, and nothing waits
//! for them.

use std::time::{Duration, Instant};

use super::{said, standin, write};

/// The program's words when a target of these words was put through a scenario of these steps.
fn left(target: &str, steps: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "s.yaml",
        &format!("scenario: it leaves\ngiven:\n  - ords.customers: {{ count: 1 }}\n{steps}"),
    );
    write(folder.path(), "standin.yaml", target);
    let began = Instant::now();
    let output = standin(folder.path(), &["run", "s.yaml"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(began.elapsed() < Duration::from_secs(25), "it was waited for: {said}");
    said
}

const CLAUSES: &str = "then:\n  - clauses: all\n";
const ADVANCE: &str = "when:\n  - advance: 20s\nthen:\n  - clauses: all\n";
/// It takes part in the clock, and is gone while the clock waits for it.
const COOPERATING: &str = "target:
  time: cooperating
  start: [sh, -c, \"curl -sS -X POST '${control}/_standin/clock/parties/target?world=${world}'; sleep 0.3; echo no memory; exit 3\"]
";

#[test]
fn a_target_that_ends_uninvited_is_a_failed_expectation_whatever_is_judged() {
    let said = left("target:\n  start: [sh, -c, \"echo no memory; exit 3\"]\n", CLAUSES);
    assert!(said.contains("the target ended with code 3") && said.contains("no memory"), "{said}");
}

#[test]
fn a_cooperating_target_that_ends_is_not_waited_for() {
    for steps in [CLAUSES, ADVANCE] {
        let said = left(COOPERATING, steps);
        assert!(said.contains("the target ended with code 3") && said.contains("no memory"), "{said}");
    }
}

#[test]
fn what_happens_while_the_clock_does_not_wait_for_the_target_is_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    let party = "'${control}/_standin/clock/parties/target?world=${world}'";
    let target = format!(
        "target:
  time: cooperating
  start: [sh, -c, \"curl -sS -X POST {party}; sleep 0.3; curl -sS -X DELETE {party}; exec sleep 100\"]
"
    );
    write(folder.path(), "standin.yaml", &target);
    let scenario = "scenario: x
given:
  - ords.customers: { count: 1, subscribed: true }
when:
  - advance: 20m
then:
  - clauses: [data.complete]
";
    write(folder.path(), "s.yaml", scenario);
    let output = standin(folder.path(), &["run", "s.yaml", "--report", "json=r.json"]);
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    let finding = &report["cases"][0]["clauses"][0];
    assert_eq!((&finding["clause"], &finding["verdict"]), (&"data.complete".into(), &"untested".into()), "{report}");
    assert!(!said(&output).contains("BROKEN"), "{}", said(&output));
}
