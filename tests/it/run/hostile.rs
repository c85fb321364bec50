//! The hostile kit in a world: every case is sent as it says, and the correct integration bears it.

use contracts::Clause;
use serde_json::Value;
use standin::kit::Hostile;

use super::{said, standin};

#[test]
fn the_correct_integration_bears_every_case_in_a_world() {
    let folder = tempfile::tempdir().unwrap();
    let find = "find: { email: \"${customers[2].email}\" }";
    let about = "property: hs_email_optout, value: \"false\", earlier: \"true\"";
    let steps: String = Hostile::ALL
        .iter()
        .map(|case| {
            format!("  - deliver: {{ event: contact.propertyChange, {find}, {about}, hostile: {} }}\n", case.name())
        })
        .collect();
    let lead = "  - hubspot.create: { set: { email: lead@example.com, firstname: Ada, mobilephone: \"+61255501040\" } }\n  - advance: 1m\n";
    // What comes late is judged once nothing followed it.
    let last = format!("  - deliver: {{ event: contact.propertyChange, {find}, {about}, hostile: reorder }}\n");
    let again =
        "  - deliver: { event: contact.creation, find: { email: lead@example.com }, hostile: duplicates, count: 3 }\n";
    let given = "given:\n  - ords.customers: { count: 10, subscribed: true }\n  - synced: { within: 10m }\n";
    let then = "then:\n  - ords.customer: { id: \"${customers[2].id}\", has: { marketing_opt_in: Y } }\n";
    let scenario = format!("scenario: all of it\n{given}when:\n{lead}{steps}{again}{last}  - advance: 10m\n{then}");
    std::fs::write(folder.path().join("s.yaml"), scenario).unwrap();
    let ran = standin(folder.path(), &["run", "s.yaml", "--target", "reference", "--report", "json=r.json"]);
    assert_eq!(ran.status.code(), Some(0), "{}", said(&ran));
    let report: Value = serde_json::from_slice(&std::fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    let clauses = report["cases"][0]["clauses"].as_array().unwrap();
    for clause in contracts::Family::Webhook.clauses().map(Clause::as_str) {
        let found = clauses.iter().find(|found| found["clause"] == clause).unwrap();
        assert_eq!(found["verdict"], "kept", "{found}");
    }
}

#[test]
fn a_case_that_cannot_be_told_as_it_is_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let find = "find: { email: \"${customers[2].email}\" }";
    let given = "given:\n  - ords.customers: { count: 10, subscribed: true }\n  - synced: { within: 10m }\n";
    for (event, told) in [
        ("event: event.completed", "event.propertyChange too"),
        ("event: contact.propertyChange, property: firstname", "`reorder` needs `earlier`"),
    ] {
        let step = format!("deliver: {{ {event}, {find}, hostile: reorder }}");
        let scenario = format!("scenario: none of it\n{given}when:\n  - {step}\n");
        std::fs::write(folder.path().join("s.yaml"), scenario).unwrap();
        let ran = standin(folder.path(), &["run", "s.yaml", "--target", "reference"]);
        assert_eq!(ran.status.code(), Some(2), "{}", said(&ran));
        assert!(said(&ran).contains(told), "{}", said(&ran));
    }
}
