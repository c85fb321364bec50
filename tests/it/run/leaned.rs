//! What a run's reports say of inferred behaviours: those that the target leaned on, and no others.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{said, standin, write};

const SCENARIO: &str = "scenario: x\nwhen:\n  - run: look\nthen:\n  - hubspot.contact: { count: 0 }\n";

/// Plays a target whose job sends these searches of contacts.
fn searched(folder: &Path, bodies: &[&str]) -> (Value, String) {
    let calls = bodies.iter().map(|body| {
        let body = body.replace('"', "\\\"");
        format!("curl -sS -o answer -H 'Authorization: Bearer ${{hubspot.token}}' -H 'Content-Type: application/json' -d '{body}' '${{hubspot.url}}/crm/v3/objects/contacts/search'")
    });
    let job = calls.collect::<Vec<_>>().join(" && ");
    write(folder, "s.yaml", SCENARIO);
    write(
        folder,
        "standin.yaml",
        &format!("target:\n  start: [sleep, \"100\"]\n  jobs: {{ look: [sh, -c, \"{job}\"] }}\n"),
    );
    let output =
        standin(folder, &["run", "s.yaml", "--seeds", "2", "--report", "json=r.json", "--report", "junit=r.xml"]);
    let report = std::fs::read(folder.join("r.json")).unwrap_or_else(|_| panic!("{}", said(&output)));
    (serde_json::from_slice(&report).unwrap(), said(&output))
}

/// Ids and counts.
fn leaned(list: &Value) -> Vec<(String, u64)> {
    let one = |one: &Value| (one["id"].as_str().unwrap().to_owned(), one["calls"].as_u64().unwrap());
    list.as_array().unwrap().iter().map(one).collect()
}

#[test]
fn a_run_names_what_it_leaned_on_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (report, told) = searched(folder.path(), &[r#"{"limit":1}"#]);
    let of_any_search = ["hubspot.search.overtaken", "hubspot.writes.index-lag"].map(|id| (id.to_owned(), 1));
    assert_eq!(leaned(&report["cases"][0]["leaned_on"]), of_any_search, "{told}");
    assert!(told.contains("leaned on 2 inferred behaviours of hubspot: "), "{told}");

    let unknown = r#"{"filterGroups":[{"filters":[{"propertyName":"nickname","operator":"EQ","value":"a"}]}]}"#;
    let (report, told) = searched(folder.path(), &[unknown, r#"{"limit":1}"#, unknown]);
    let case = leaned(&report["cases"][0]["leaned_on"]);
    let refusal = "hubspot.search.unknown-property".to_owned();
    let ids: Vec<_> = case.iter().map(|(id, _)| id.as_str()).collect();
    // A pattern does not know that `nickname` is no date.
    let wanted = [
        "hubspot.limits.errors-count",
        "hubspot.search.date-refused",
        "hubspot.search.unknown-property",
        "hubspot.search.overtaken",
        "hubspot.writes.index-lag",
    ];
    assert_eq!(ids, wanted, "{told}");
    assert!(case.contains(&(refusal.clone(), 2)), "{case:?} {told}");
    assert!(case.contains(&("hubspot.limits.errors-count".to_owned(), 2)), "{case:?}");
    assert!(case.contains(&("hubspot.search.overtaken".to_owned(), 1)), "{case:?}");
    let one =
        |list: &Value| list.as_array().unwrap().iter().find(|one| one["id"] == refusal.as_str()).cloned().unwrap();
    let in_case = one(&report["cases"][0]["leaned_on"]);
    let in_all = one(&report["leaned_on"]);
    assert_eq!((&in_all["calls"], &in_all["cases"]), (&4.into(), &2.into()), "{in_all}");
    assert!(in_case["first"].as_u64().is_some_and(|first| first > 0), "{in_case}");
    assert_eq!((&in_case["what"], &in_case["source"]), (&in_all["what"], &in_all["source"]));

    let schema: Value = serde_json::from_slice(&standin(folder.path(), &["schema", "report"]).stdout).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<_> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?} in {report}");
    let xml = std::fs::read_to_string(folder.path().join("r.xml")).unwrap();
    assert!(xml.contains("name=\"leaned_on\"") && xml.contains(&refusal), "{xml}");
}

#[test]
fn a_run_that_calls_nobody_leans_on_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "s.yaml",
        "scenario: x\ngiven:\n  - ords.customers: { count: 1 }\nthen:\n  - hubspot.contact: { count: 0 }\n",
    );
    write(folder.path(), "standin.yaml", "target:\n  start: [sleep, \"100\"]\n");
    let output = standin(folder.path(), &["run", "s.yaml", "--report", "json=r.json"]);
    let report: Value = serde_json::from_slice(&std::fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    assert_eq!(leaned(&report["leaned_on"]), [], "{}", said(&output));
    assert!(!said(&output).contains("leaned on"), "{}", said(&output));
}

#[test]
fn fidelity_looks_one_up_by_its_id() {
    let ask = |id: &str| Command::new(env!("CARGO_BIN_EXE_standin")).args(["fidelity", id]).output().unwrap();
    let told = said(&ask("hubspot.search.unknown-property"));
    assert!(told.contains("leaned on by: ") && !told.contains("hubspot.search.overtaken"), "{told}");
    assert!(said(&ask("hubspot.search")).contains("hubspot.search.overtaken"));
    let unknown = ask("hubspot.search.unknown-propery");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(said(&unknown).contains("did you mean `hubspot.search.unknown-property`?"), "{}", said(&unknown));
}
