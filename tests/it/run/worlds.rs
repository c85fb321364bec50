//! How a target meets its world: one that runs already, one that is to be waited out, and a master with
//! tables of one's own.

use super::{said, standin, write};

const SLEEPS: &str = "  start: [sleep, \"100\"]\n";

#[test]
fn a_target_that_runs_already_is_told_of_each_world() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.yaml", "b.yaml"] {
        write(folder.path(), name, "scenario: x\nthen:\n  - ords.customer: { count: 0 }\n  - clauses: all\n");
    }
    let target = "target:
  env: { URL: \"${hubspot.url}\" }
  state_dir: what/it/remembers
  reset: [sh, -c, 'echo \"$URL\" >> told']
";
    write(folder.path(), "standin.yaml", target);
    let output = standin(folder.path(), &["run", "a.yaml", "b.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let told = std::fs::read_to_string(folder.path().join("told")).unwrap();
    let told: Vec<_> = told.lines().collect();
    assert!(told.len() == 2 && told[0] != told[1] && told[0].starts_with("http://127.0.0.1:"), "{told:?}");
    assert!(folder.path().join("what/it/remembers").is_dir());

    write(folder.path(), "standin.yaml", "target:\n  reset: \"http://127.0.0.1:${port}/reset\"\n");
    let output = standin(folder.path(), &["run", "a.yaml"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("/reset does not answer"), "{}", said(&output));
}

#[test]
fn short_spans_are_waited_out_where_time_is_the_machines() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "short.yaml",
        "scenario: x\nwhen:\n  - repeat: { times: 2, steps: [{ advance: 100ms }] }\nthen:\n  - ords.customer: { count: 0 }\n",
    );
    write(folder.path(), "long.yaml", "scenario: x\nwhen:\n  - repeat: { times: 4, steps: [{ advance: 10s }] }\n");
    write(folder.path(), "standin.yaml", &format!("target:\n{SLEEPS}"));
    let output = standin(folder.path(), &["run", "short.yaml", "long.yaml"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("short ................. ok") && said.contains("lets more than 30 s of it pass"), "{said}");
}

#[test]
fn a_table_of_ones_own_is_changed_and_looked_at_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let columns = "name: boutiques
key: [store_id]
columns:
  - { name: store_id, type: number(6), nullable: false }
  - { name: city, type: varchar(40) }
";
    write(folder.path(), "boutiques.yaml", columns);
    write(folder.path(), "boutiques.csv", "store_id,city\n1,Perth\n2,Sydney\n");
    let target =
        format!("world:\n  ords:\n    tables: [{{ columns: boutiques.yaml, rows: boutiques.csv }}]\ntarget:\n{SLEEPS}");
    write(folder.path(), "standin.yaml", &target);
    let scenario = "scenario: x
when:
  - ords.update: { type: boutiques, find: { city: Perth }, set: { city: Hobart } }
  - ords.create: { type: boutiques, set: { store_id: 3, city: Cairns } }
then:
  - ords.customer: { type: boutiques, store_id: 1, has: { city: Hobart } }
  - ords.customer: { type: boutiques, count: 3 }
  - ords.customer: { type: boutiques, city: Perth, absent: true }
";
    write(folder.path(), "s.yaml", scenario);
    let output = standin(folder.path(), &["run", "s.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    write(folder.path(), "s.yaml", &scenario.replace("Hobart }}", "Darwin }}").replace("count: 3", "count: 4"));
    assert_eq!(standin(folder.path(), &["run", "s.yaml"]).status.code(), Some(1));
}

#[test]
fn every_record_that_is_found_is_to_have_it_and_those_that_have_it_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let columns = "name: boutiques
key: [store_id]
columns:
  - { name: store_id, type: number(6), nullable: false }
  - { name: city, type: varchar(40) }
";
    write(folder.path(), "boutiques.yaml", columns);
    write(folder.path(), "boutiques.csv", "store_id,city\n1,Perth\n2,Sydney\n3,Perth\n");
    let target =
        format!("world:\n  ords:\n    tables: [{{ columns: boutiques.yaml, rows: boutiques.csv }}]\ntarget:\n{SLEEPS}");
    write(folder.path(), "standin.yaml", &target);
    for (step, against) in [
        ("city: Sydney, has: { store_id: 2 }", None),
        ("city: Perth, has: { store_id: 1 }", Some("one of 2 like {\"city\":\"Perth\"} has store_id 3, not 1")),
        ("count: 2, has: { city: Perth }", None),
        ("count: 3, has: { city: Perth }", Some("there are 2 of {\"city\":\"Perth\"}, not 3")),
        ("city: Perth, has: { store_id: 2 }, absent: true", None),
        ("city: Perth, has: { store_id: 3 }, absent: true", Some("ords has {\"city\":\"Perth\",\"store_id\":3}")),
    ] {
        write(
            folder.path(),
            "s.yaml",
            &format!("scenario: x\nthen:\n  - ords.customer: {{ type: boutiques, {step} }}\n"),
        );
        let output = standin(folder.path(), &["run", "s.yaml"]);
        assert_eq!(output.status.code(), Some(against.map_or(0, |_| 1)), "{step}: {}", said(&output));
        assert!(said(&output).contains(against.unwrap_or_default()), "{step}: {}", said(&output));
    }
}

#[test]
fn a_kill_waits_for_a_call_since_the_step_before_and_a_repeat_fills_in_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let target = "target:
  start: [sh, -c, \"curl -sS ${hubspot.url}/first; echo first >> calls; sleep 1; echo second >> calls; curl -sS ${hubspot.url}/second; sleep 100\"]
  jobs:
    first: [sh, -c, \"while ! grep -q first calls; do sleep 0.01; done\"]
    second: [grep, -q, second, calls]
";
    write(folder.path(), "standin.yaml", target);
    let scenario = "scenario: x
given:
  - ords.customers: { count: 1, subscribed: false, set: { first_name: K } }
when:
  - repeat:
      times: 3
      steps:
        - ords.update: { find: { id: \"${customers[0].id}\" }, set: { first_name: \"${customers[0].first_name}o\" } }
        - synced: { within: 1s }
  - run: first
  - kill: { once: { system: hubspot } }
  - run: second
then:
  - ords.customer: { has: { first_name: Kooo } }
";
    write(folder.path(), "s.yaml", scenario);
    let output = standin(folder.path(), &["run", "s.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_cannot_begin_leaves_no_world() {
    use std::sync::Arc;

    use standin::play::{Case, Plan};
    use standin::run::{Grounds, Options};

    let client = reqwest::Client::new();
    let target = "target:\n  start: [sleep, \"100\"]\n  observe: { logs: \"${nothing}/*.log\" }\n";
    let plan = Plan {
        file: standin::target::TargetFile::parse("t.yaml", target).unwrap(),
        target: None,
        contract: contracts::Contract::retail().clone(),
        standin: env!("CARGO_BIN_EXE_standin").into(),
        env: Vec::new(),
        client: client.clone(),
        keep_worlds: false,
    };
    let script = standin::script::Script::parse("s.yaml", "scenario: x\n").unwrap();
    let grounds = Grounds::open().await.unwrap();
    let cases = vec![(Arc::new(plan), Case::new(Arc::new(script), 1))];
    let outcomes = grounds.run(cases, Options { jobs: 1, fail_fast: false }, |_, _| {}).await;
    assert!(outcomes[0].error.as_ref().unwrap().what.contains("t.yaml, line 3"), "{:?}", outcomes[0].error);
    let worlds = client.get(format!("{}/_standin/worlds", grounds.control_url())).send().await.unwrap();
    let worlds = worlds.text().await.unwrap();
    assert!(!worlds.contains("\"id\""), "{worlds}");
}

#[test]
fn a_table_of_ones_own_is_in_step_only_when_its_copies_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let columns = "name: boutiques
key: [store_id]
columns:
  - { name: store_id, type: number(6), nullable: false }
  - { name: city, type: varchar(40) }
";
    write(folder.path(), "boutiques.yaml", columns);
    write(folder.path(), "boutiques.csv", "store_id,city\n1,Perth\n");
    let retail = include_str!("../../../contracts/files/retail.yaml");
    let from = |section: &str| retail.find(section).unwrap();
    let contract = format!(
        "{}objects:
  - {{ name: boutique, master: {{ type: boutiques, id: store_id }}, copy: {{ type: companies }} }}
mapping:
  - object: boutique
    match: {{ key: {{ column: city, property: name }} }}
    fields: [{{ from: city, to: name, owner: master }}]
{}governance: {{}}
",
        &retail[..from("objects:")],
        &retail[from("source_api:")..from("governance:")],
    );
    write(folder.path(), "contract.yaml", &contract);
    let target = format!(
        "world:
  ords:
    tables: [{{ columns: boutiques.yaml, rows: boutiques.csv }}]
contract: contract.yaml
target:
{SLEEPS}"
    );
    write(folder.path(), "standin.yaml", &target);
    write(folder.path(), "s.yaml", "scenario: x\ngiven:\n  - synced: { within: 100ms }\n");
    let output = standin(folder.path(), &["run", "s.yaml"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("not in step: the boutique 1 (Perth) has no copy"), "{}", said(&output));

    let copied = "scenario: x
when:
  - hubspot.create: { type: companies, set: { name: \"${boutiques[0].city}\" } }
then:
  - synced: { within: 100ms }
";
    write(folder.path(), "s.yaml", copied);
    let output = standin(folder.path(), &["run", "s.yaml"]);
    assert!(said(&output).contains("s ..................... ok"), "{}", said(&output));
}
