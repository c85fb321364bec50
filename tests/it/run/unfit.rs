//! What a target or a contract is not made for: told as untested with its reason, or refused before anything is played.

use super::{said, standin, write};

const RETAIL: &str = include_str!("../../../contracts/files/retail.yaml");
const TARGET: &str = "target:\n  start: [sleep, \"100\"]\n  receivers: { hubspot: \"http://127.0.0.1:9/events\" }\ncontract: contract.yaml\n";

#[test]
fn a_call_to_be_killed_at_that_never_comes_breaks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let kill = "when:\n  - kill: { once: { system: hubspot, status: 429 } }\nthen:\n  - clauses: all\n";
    write(folder.path(), "s.yaml", &format!("scenario: x\ngiven:\n  - ords.customers: {{ count: 2 }}\n{kill}"));
    let output = standin(folder.path(), &["run", "s.yaml", "--target", "reference"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    let why = "untested: the target was to be killed at a call {\"status\":429,\"system\":\"hubspot\"} (line 5), and made none";
    let other = why.replace("\"status\":429,\"system\":\"hubspot\"", "\"system\":\"hubspot\",\"status\":429");
    assert!(said.contains(why) || said.contains(&other), "{said}");
    assert!(!said.contains("BROKEN"), "{said}");
}

#[test]
fn what_a_target_or_its_contract_has_not_is_untested_and_says_how_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "contract.yaml", &RETAIL.replace(", new_to_master: true", ""));
    write(folder.path(), "standin.yaml", TARGET);
    for (args, told) in [
        (
            ["run", "scenarios/library/retail/webhook-signature.yaml", "--filter", ""],
            "`world.hubspot.webhooks` of the target",
        ),
        (["run", "scenarios/library/retail", "--filter", "new-lead"], "`new_to_master: true`"),
    ] {
        let output = standin(folder.path(), &args);
        let said = said(&output);
        assert!(said.contains("untested: ") && said.contains(told), "{said}");
        assert!(!said.contains("NOT PLAYED"), "{said}");
    }
}

#[test]
fn what_is_no_scenario_is_called_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "contract.yaml", RETAIL);
    write(folder.path(), "standin.yaml", TARGET);
    for (path, told) in [
        (".", "contract.yaml is a contract, no scenario"),
        ("standin.yaml", "standin.yaml is a target's file, no scenario"),
        ("scenarios/library/retail/nope.yaml", "retail/opt-out.yaml"),
    ] {
        let output = standin(folder.path(), &["run", path]);
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains(told), "{}", said(&output));
    }
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_anything_is_played() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "s.yaml", "scenario: x\nthen:\n  - hubspot.contact: { email: a@example.com }\n");
    write(folder.path(), "standin.yaml", "target:\n  start: [sleep, \"100\"]\n");
    let output = standin(folder.path(), &["run", "s.yaml", "--report", "json=r.json", "--report", "junit=none/r.xml"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("none/r.xml cannot be written") && !said.contains("BROKEN"), "{said}");
    assert!(!folder.path().join("r.json").exists(), "nothing is left behind");
}

#[test]
fn a_contracts_columns_are_checked_or_said_not_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let boutiques = RETAIL.replace("type: customers, id: customer_id", "type: boutiques, id: boutique_id");
    write(folder.path(), "good.yaml", RETAIL);
    write(folder.path(), "typo.yaml", &RETAIL.replace("from: first_name", "from: first_nam"));
    write(folder.path(), "own.yaml", &boutiques);
    write(folder.path(), "standin.yaml", "target:\n  start: [sleep, \"100\"]\n");
    for (args, code, told) in [
        (&["good.yaml"][..], 0, "good.yaml is a contract"),
        (&["typo.yaml"], 2, "first_nam"),
        (&["own.yaml"], 0, "columns were not looked at, as `boutiques` is none of the built-in tables"),
        (&["own.yaml", "--target", "standin.yaml"], 2, "boutiques"),
    ] {
        let output = standin(folder.path(), &[&["contract", "check"], args].concat());
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        assert!(said(&output).contains(told), "{}", said(&output));
    }
}

#[test]
fn small_slips_of_the_command_line_are_told() {
    let folder = tempfile::tempdir().unwrap();
    for (args, told) in [
        (&["tail", "--url", "127.0.0.1:9"][..], "write http://127.0.0.1:9"),
        (
            &["fidelity", "--system", "ords", "hubspot.search"],
            "there is no behaviour of ords with the id hubspot.search",
        ),
    ] {
        let output = standin(folder.path(), args);
        assert_ne!(output.status.code(), Some(0));
        assert!(said(&output).contains(told), "{}", said(&output));
    }
}
