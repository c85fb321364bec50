//! What a target file observes and how it has a target forget: log lines and dead letters in the report,
//! resets beside a start, the account's time zone.

use serde_json::{Value, json};

use super::{said, standin, write};

const NOTHING: &str = "scenario: nothing
then:
  - hubspot.contact: { email: nobody@example.com, absent: true }
";

/// Runs a target of these words; its report, which has the form that is published.
fn run(folder: &std::path::Path, target: &str, scenario: &str, code: i32) -> Value {
    write(folder, "s.yaml", scenario);
    write(folder, "standin.yaml", target);
    let output = standin(folder, &["run", "s.yaml", "--report", "json=r.json"]);
    assert_eq!(output.status.code(), Some(code), "{}", said(&output));
    let report: Value = serde_json::from_slice(&std::fs::read(folder.join("r.json")).unwrap()).unwrap();
    let schema: Value = serde_json::from_slice(&standin(folder, &["schema", "report"]).stdout).unwrap();
    let wrong: Vec<_> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&report).map(|e| e.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?} in {report}");
    report["cases"][0].clone()
}

#[test]
fn what_a_target_writes_to_its_logs_during_a_case_is_told_and_what_it_has_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("logs")).unwrap();
    write(folder.path(), "logs/app.log", "before\n");
    write(folder.path(), "logs/quiet.log", "before\n");
    write(folder.path(), "logs/turned.log", "much longer before it was begun anew\n");
    write(folder.path(), "logs/other.txt", "before\n");
    let target = "target:
  start: [sh, -c, \"echo during >> logs/app.log; echo there >> logs/other.txt; echo anew > logs/turned.log; echo first > logs/new.log; exec sleep 100\"]
  jobs: { wait: [sh, -c, \"while [ ! -e logs/new.log ]; do sleep 0.01; done\"] }
  observe: { dead_letters: \"${hubspot.url}/crm/v3/objects/contacts\", logs: logs/*.log }
";
    let scenario = NOTHING.replace("then:", "when:\n  - run: wait\nthen:");
    let observed = run(folder.path(), target, &scenario, 0)["observed"].clone();
    let logs = json!([
        {"file": "logs/app.log", "lines": ["during"], "bytes_left_out": 0},
        {"file": "logs/new.log", "lines": ["first"], "bytes_left_out": 0},
        {"file": "logs/turned.log", "lines": ["anew"], "bytes_left_out": 0},
    ]);
    assert_eq!(observed["logs"], logs);
    let letters = &observed["dead_letters"];
    assert_eq!(
        (&letters["status"], &letters["body"]["category"]),
        (&401.into(), &"INVALID_AUTHENTICATION".into()),
        "{letters}"
    );

    // It is looked at while the state is still there, and by a target that does not answer.
    let target = "target:
  start: [sh, -c, \"echo inside >> ${state}/own.log; exec sleep 100\"]
  jobs: { wait: [sh, -c, \"while [ ! -e ${state}/own.log ]; do sleep 0.01; done\"] }
  observe: { dead_letters: \"http://127.0.0.1:${port}/dead\", logs: \"${state}/*.log\" }
";
    let broken = scenario.replace(", absent: true", "");
    let observed = run(folder.path(), target, &broken, 1)["observed"].clone();
    assert_eq!(observed["logs"][0]["lines"], json!(["inside"]));
    assert_eq!(observed["dead_letters"]["why"], "it does not answer");
    let told = said(&standin(folder.path(), &["run", "s.yaml"]));
    assert!(told.contains("own.log said last: inside") && told.contains("/dead: it does not answer"), "{told}");
    assert_eq!(run(folder.path(), "target:\n  start: [sleep, \"100\"]\n", NOTHING, 0)["observed"], Value::Null);
}

#[test]
fn a_target_that_is_started_is_reset_once_and_before_its_start() {
    let folder = tempfile::tempdir().unwrap();
    let target = "target:
  start: [sh, -c, \"cat forgot >> saw; echo started >> saw; exec sleep 100\"]
  reset: [sh, -c, \"echo reset >> forgot\"]
  jobs:
    once: [sh, -c, \"while ! grep -q started saw; do sleep 0.01; done\"]
    twice: [sh, -c, \"while [ $(grep -c started saw) -lt 2 ]; do sleep 0.01; done\"]
";
    let scenario = NOTHING.replace("then:", "when:\n  - run: once\n  - restart:\n  - run: twice\nthen:");
    let case = run(folder.path(), target, &scenario, 0);
    let saw = std::fs::read_to_string(folder.path().join("saw")).unwrap();
    assert_eq!(saw, "reset\nstarted\nreset\nstarted\n");
    assert_eq!(std::fs::read_to_string(folder.path().join("forgot")).unwrap(), "reset\n");
    assert_eq!(case["reset_by"], "command");
    let case = run(folder.path(), "target:\n  start: [sleep, \"100\"]\n", NOTHING, 0);
    assert_eq!(case["reset_by"], "process");
    let asked = "target:\n  start: [sleep, \"100\"]\n  reset: \"http://127.0.0.1:${port}/reset\"\n";
    let case = run(folder.path(), asked, NOTHING, 2);
    assert!(case["reason"].as_str().unwrap().contains("/reset does not answer"), "{case}");
}

/// Six hours after the world's beginning it is past midnight in New York, and not yet in Sydney.
#[test]
fn the_accounts_day_ends_by_the_time_zone_that_the_target_file_names() {
    let start = "[sh, -c, \"curl -sS -X POST '${control}/_standin/clock/parties/target?world=${world}'; curl -sSf '${control}/_standin/clock/sleep?for=6h&party=target&world=${world}'; curl -sS -o answer -H 'Authorization: Bearer ${hubspot.token}' '${hubspot.url}/crm/v3/objects/contacts'; curl -sS '${control}/_standin/clock/sleep?for=9d&party=target&world=${world}'\"]";
    let scenario = "scenario: x
given:
  - spend: { system: hubspot, limit: daily, leave: 0 }
when:
  - advance: 7h
then:
  - hubspot.contact: { email: nobody@example.com, absent: true }
  - clauses: [limits.respect]
";
    for (hubspot, refused) in [
        ("{}", false),
        ("{ time_zone: Australia/Sydney }", true),
        ("{ profile: enterprise, time_zone: Australia/Sydney }", true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let target = format!("world: {{ hubspot: {hubspot} }}\ntarget:\n  time: cooperating\n  start: {start}\n");
        run(folder.path(), &target, scenario, 0);
        let answer = std::fs::read_to_string(folder.path().join("answer")).unwrap();
        assert_eq!(answer.contains("DAILY"), refused, "{hubspot}: {answer}");
    }
}

/// A file with all that a target file may say, but for the time that its program lives by.
#[test]
fn a_target_file_that_says_all_it_may_is_read_and_played() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["gateway", "ords", "contracts", "logs"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    let specification = json!({"routes": [{"path": "/status", "methods": ["GET"], "backend": {"type": "STOCK_RESPONSE_BACKEND", "status": 200, "body": "here"}}]});
    let body = json!({"displayName": "receivers", "pathPrefix": "/receivers", "specification": specification});
    write(folder.path(), "gateway/receivers.json", &body.to_string());
    write(
        folder.path(),
        "ords/boutiques.yaml",
        "name: boutiques\nkey: [store_id]\ncolumns:\n  - { name: store_id, type: number(6), nullable: false }\n  - { name: city, type: varchar(40) }\n",
    );
    write(folder.path(), "ords/boutiques.csv", "store_id,city\n1,Perth\n");
    write(folder.path(), "ords/customers.yaml", include_str!("../../../sim/src/oracle/ords/tables/customers.yaml"));
    write(folder.path(), "contracts/retail.yaml", include_str!("../../../contracts/files/retail.yaml"));
    let target = "world:
  hubspot: { profile: enterprise, time_zone: Australia/Sydney }
  oci_gateway: { deployments: [ gateway/receivers.json ] }
  ords: { tables: ords/*.yaml }
target:
  start: [sh, -c, \"curl -sSf -o got $RECEIVERS/status; exec sleep 100\"]
  time: real
  scale: 60
  shortest_timeout: 5s
  state_dir: ${state}
  reset: [sh, -c, \"echo $HUBSPOT_TOKEN > reset\"]
  env: { HUBSPOT_BASE_URL: \"${hubspot.url}\", HUBSPOT_TOKEN: \"${hubspot.token}\", RECEIVERS: \"${oci_gateway.url}/receivers\" }
  receivers: { hubspot: \"http://127.0.0.1:${port}/hubspot/events\" }
  jobs: { nightly: [sh, -c, \"while [ ! -s got ]; do sleep 0.01; done\"] }
  observe: { dead_letters: \"http://127.0.0.1:${port}/dead\", logs: logs/*.log }
contract: contracts/retail.yaml
";
    let scenario = "scenario: x
when:
  - run: nightly
then:
  - ords.customer: { type: boutiques, store_id: 1, has: { city: Perth } }
";
    run(folder.path(), target, scenario, 0);
    assert_eq!(std::fs::read_to_string(folder.path().join("got")).unwrap(), "here");
    assert!(std::fs::read_to_string(folder.path().join("reset")).unwrap().starts_with("pat-"));

    let bare = target.replace("gateway/receivers.json", "ords/boutiques.csv");
    write(folder.path(), "standin.yaml", &bare);
    let told = said(&standin(folder.path(), &["run", "s.yaml"]));
    assert!(told.contains("no `pathPrefix`") && told.contains("standin.yaml:"), "{told}");
    write(folder.path(), "standin.yaml", &target.replace("ords/*.yaml", "ords/*.yml"));
    let told = said(&standin(folder.path(), &["run", "s.yaml"]));
    assert!(told.contains("no file like ords/*.yml"), "{told}");
}
