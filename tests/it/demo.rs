//! The demonstration, run as the program that users run.

use std::process::Command;

fn demo(seed: &str) -> String {
    let ran = Command::new(env!("CARGO_BIN_EXE_standin"))
        .args(["demo", "--seed", seed])
        .output()
        .expect("the program starts");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_eq!(ran.status.code(), Some(0), "{out}\n{err}");
    out.into_owned()
}

/// The story without what differs from run to run: ports and the machine's time.
fn told(out: &str) -> Vec<&str> {
    out.lines().filter(|line| !line.contains("http://") && !line.contains("of yours")).collect()
}

#[test]
fn the_demonstration_meets_every_refusal_it_is_about() {
    let out = demo("7");
    for line in [
        "== An initial load: the Oracle master to HubSpot",
        "it backed off 1 s and then 2 s and lost nobody; that took 3 s of world time",
        "Contact already exists. Existing ID: ",
        "     found 0",
        "     found 1",
        "The maximum number of inputs supported in a batch is 100.",
        "190 x GET hubspot /crm/v3/objects/contacts: all 200, the last with 0 remaining",
        "\"policyName\":\"TEN_SECONDLY_ROLLING\"",
        "x-hubspot-ratelimit-remaining: 0",
        "-- 60:00.000: ",
        "answered with 504, and took effect",
        "== All of it stands in the journal, in one order",
        "Every answer was the expected one: 60 min 26 s of world time",
    ] {
        assert!(out.contains(line), "the demonstration does not say `{line}`:\n{out}");
    }
    assert_eq!(told(&out), told(&demo("7")), "the same seed tells another story");
}
