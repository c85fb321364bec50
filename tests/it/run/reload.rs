//! Tokens that are rotated under a target: it is told as its file says, or when it is started again.

use super::{said, standin, write};

const ROTATED: &str = "  - hubspot.rotate_token: { app: private, variant: later }\n";

fn scenario(steps: &[&str]) -> String {
    format!("scenario: a token is rotated\nwhen:\n{}then:\n  - clauses: [auth.rotation]\n", steps.concat())
}

#[test]
fn a_target_is_told_a_new_token_while_it_runs_or_when_it_is_started_again() {
    let (told, not_used) = (" $HUBSPOT_TOKEN >>told']", "made no call after the token before the new one had ended");
    let target = format!(
        "target:\n  start: [sleep, \"100\"]\n  reload: [sh, -c, 'echo reloaded{told}\n  jobs: {{ note: [sh, -c, 'echo \
         noted{told} }}\n  env: {{ HUBSPOT_TOKEN: \"${{hubspot.token}}\" }}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "standin.yaml", &target);
    write(folder.path(), "s.yaml", &scenario(&["  - run: note\n", ROTATED, "  - run: note\n"]));
    let output = standin(folder.path(), &["run", "s.yaml"]);
    assert!(said(&output).contains(not_used), "{}", said(&output));
    let told = std::fs::read_to_string(folder.path().join("told")).unwrap();
    let told: Vec<_> = told.lines().filter_map(|line| line.split_once(' ')).collect();
    assert_eq!(told.iter().map(|(word, _)| *word).collect::<Vec<_>>(), ["noted", "reloaded", "noted"]);
    assert!(told.iter().all(|(_, token)| token.starts_with("pat-na1-")), "{told:?}");
    assert_ne!(told[0].1, told[1].1);
    assert_eq!(told[1].1, told[2].1);

    write(folder.path(), "standin.yaml", "target:\n  start: [sleep, \"100\"]\n");
    write(folder.path(), "s.yaml", &scenario(&[ROTATED, "  - restart:\n"]));
    let output = standin(folder.path(), &["run", "s.yaml"]);
    assert!(said(&output).contains(not_used), "{}", said(&output));
}

#[test]
fn one_that_cannot_be_told_is_untested_and_one_that_does_not_listen_is_the_setups_fault() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "s.yaml", &scenario(&[ROTATED]));
    write(folder.path(), "standin.yaml", "target:\n  start: [sleep, \"100\"]\n");
    let output = standin(folder.path(), &["run", "s.yaml"]);
    assert!(said(&output).contains("its file has no `reload`"), "{}", said(&output));
    for (reload, told) in [
        ("\"http://127.0.0.1:${port}/reload\"", "does not answer"),
        ("[]", "`reload` names no program"),
        ("127.0.0.1/reload", "is no address"),
    ] {
        write(folder.path(), "standin.yaml", &format!("target:\n  start: [sleep, \"100\"]\n  reload: {reload}\n"));
        let output = standin(folder.path(), &["run", "s.yaml"]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(told) && said(&output).contains("reload"), "{}", said(&output));
    }
}
