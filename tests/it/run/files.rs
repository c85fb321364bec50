//! What people write wrongly, and what they are told: the place, what is wrong, how to mend it.

use serde_json::Value;

use super::{said, standin, write};

const SCENARIO: &str = "scenario: nothing happens\ngiven:\n  - ords.customers: { count: 1 }\n";

#[test]
fn each_mistake_in_a_file_is_told_with_its_place_and_its_mending() {
    let target = "target:\n  start: [sleep, \"100\"]\n";
    let cases: [(&str, &str, &str, &[&str]); 37] = [
        (
            "a step",
            "scenario: x\nwhen:\n  - advanse: 5m\n",
            target,
            &["s.yaml:3:5", "no step `advanse`", "did you mean `advance`?"],
        ),
        ("a part", "scenario: x\nthen:\n  - advance: 5m\n", target, &["s.yaml:3:5", "stands in `when`, not in `then`"]),
        ("a span", "scenario: x\nwhen:\n  - advance: soon\n", target, &["s.yaml:3:14", "no span of time", "10s"]),
        (
            "a clause",
            "scenario: x\nthen:\n  - clauses: [batch.sise]\n",
            target,
            &["no clause `batch.sise`", "did you mean `batch.size`?"],
        ),
        ("no clauses", "scenario: x\nthen:\n  - clauses: []\n", target, &["s.yaml:3:14", "names none", "write `all`"]),
        (
            "clauses twice",
            "scenario: x\nthen:\n  - clauses: [batch.size]\n  - clauses: [batch.used]\n",
            target,
            &["s.yaml:4:5", "a second `clauses`"],
        ),
        (
            "a hostile case",
            "scenario: x\nwhen:\n  - deliver: { event: contact.creation, find: { email: a@example.com }, hostile: duplicate }\n",
            target,
            &["s.yaml:3:14", "`hostile` is a case of the hostile kit", "did you mean `duplicates`?"],
        ),
        (
            "a member",
            "scenario: x\ngiven:\n  - synced: { witin: 5m }\n",
            target,
            &["takes no `witin`", "did you mean `within`?", "needs `within`"],
        ),
        (
            "a name",
            "scenario: x\nwhen:\n  - hubspot.unsubscribe: { email: \"${customer[0].email}\" }\n",
            target,
            &["line 3", "${customer[0].email}", "stands for nothing"],
        ),
        ("no mapping", "scenario: x\nwhen: 5\n", target, &["s.yaml:2"]),
        ("no YAML", "scenario: [x\n", target, &["s.yaml:1"]),
        (
            "the target's word",
            SCENARIO,
            "target:\n  strat: [x]\n",
            &["t.yaml:2:3", "no `strat`", "did you mean `start`?"],
        ),
        ("the target's time", SCENARIO, "target:\n  time: fast\n", &["t.yaml", "real", "faketime", "cooperating"]),
        ("a scale", SCENARIO, "target:\n  start: [x]\n  scale: 0.5\n", &["t.yaml:3:10", "from 1 to"]),
        ("no program", SCENARIO, "target:\n  start: []\n", &["t.yaml:2:10", "names no program", "[node, server.js]"]),
        ("a job of nothing", SCENARIO, "target:\n  jobs: { load: [] }\n", &["t.yaml:2:17", "`load` names no program"]),
        ("a reset", SCENARIO, "target:\n  reset: [[a]]\n", &["t.yaml:2:11", "a single value belongs here"]),
        (
            "a command as a text",
            SCENARIO,
            "target:\n  start: go\n",
            &["t.yaml:2:10", "a list belongs here", "[ONE, TWO]"],
        ),
        (
            "a list of values",
            SCENARIO,
            "target:\n  env: [x]\n",
            &["t.yaml:2:8", "a mapping belongs here", "NAME: VALUE"],
        ),
        (
            "a misspelt span",
            "scenario: x\nthen:\n  - witin: 5m\n    clauses: all\n",
            "target:\n  start: [x]\n",
            &["s.yaml:3:5", "no `witin`", "did you mean `within`?"],
        ),
        (
            "a reset of nothing",
            SCENARIO,
            "target:\n  reset: {}\n",
            &["t.yaml:2:10", "a command as a list of texts, or an address"],
        ),
        ("a reset nowhere", SCENARIO, "target:\n  reset: reset.sh\n", &["t.yaml:2:10", "`reset.sh` is no address"]),
        (
            "no receiver",
            SCENARIO,
            "world:\n  hubspot:\n    webhooks: [{ subscriptionType: contact.creation }]\n",
            &["t.yaml:3:15", "no receiver for them"],
        ),
        (
            "another's time",
            SCENARIO,
            "target:\n  time: faketime\n",
            &["t.yaml:2:9", "cannot be given another time", "`time: real`"],
        ),
        (
            "a subscription",
            SCENARIO,
            "world:\n  hubspot:\n    webhooks:\n      - { subscriptionType: contact.creation }\n      - { subscriptionType: contact.create }\n\
             target:\n  start: [sleep, \"100\"]\n  receivers: { hubspot: \"http://127.0.0.1:1/\" }\n",
            &["t.yaml, line 5", "`contact.create` is no subscription type"],
        ),
        (
            "a name in the target file",
            SCENARIO,
            "target:\n  start: [sleep, \"9\"]\n  env:\n    A: \"${prot}\"\n",
            &["t.yaml, line 4", "${prot}"],
        ),
        (
            "a dead letter",
            SCENARIO,
            "target:\n  observe: { dead_letters: dead }\n",
            &["t.yaml:2:28", "`dead` is no address"],
        ),
        ("logs", SCENARIO, "target:\n  observe: { log: x }\n", &["t.yaml:2:14", "did you mean `logs`?"]),
        (
            "later",
            SCENARIO,
            "world:\n  upstream.sms: { stub: sms.yaml }\n",
            &["t.yaml:2:3", "`upstream.sms`: stubs of other systems are not there yet"],
        ),
        (
            "a zone",
            SCENARIO,
            "world:\n  hubspot: { time_zone: Sydney }\ntarget:\n  start: [sleep, \"9\"]\n",
            &["t.yaml:2:25", "unknown time zone `Sydney`", "an IANA name"],
        ),
        (
            "a zone beside a profile",
            SCENARIO,
            "world:\n  hubspot: { profile: own.yaml, time_zone: Australia/Sydney }\n",
            &["t.yaml:2:44", "says the time zone itself", "account_time_zone"],
        ),
        (
            "a system",
            "scenario: x\nwhen:\n  - kill: { once: { sytem: hubspot } }\n",
            target,
            &["s.yaml:3:11", "takes no `sytem`", "did you mean `system`?"],
        ),
        (
            "no system",
            "scenario: x\nwhen:\n  - spend: { system: hubspt, limit: daily }\n",
            target,
            &["s.yaml:3:12", "the systems are: hubspot"],
        ),
        (
            "a clock to fill",
            "scenario: x\ngiven:\n  - clock: \"${start}\"\n",
            target,
            &["s.yaml:3:12", "before there is anything to fill in"],
        ),
        ("a contract", SCENARIO, "target: {}\ncontract: c.yaml\n", &["c.yaml", "hs_nonsense"]),
        (
            "a column",
            SCENARIO,
            "target: {}\ncontract: d.yaml\n",
            &["d.yaml", "customers has no column `frist_name`", "did you mean `first_name`?"],
        ),
        ("a missing file", SCENARIO, "target: {}\ncontract: none.yaml\n", &["none.yaml cannot be read"]),
    ];
    let retail = include_str!("../../../contracts/files/retail.yaml");
    let contract = retail.replace("to: firstname", "to: hs_nonsense");
    let column = retail.replace("from: first_name", "from: frist_name");
    assert!(contract.contains("hs_nonsense"));
    for (what, scenario, target, told) in cases {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "s.yaml", scenario);
        write(folder.path(), "t.yaml", target);
        write(folder.path(), "c.yaml", &contract);
        write(folder.path(), "d.yaml", &column);
        let output = standin(folder.path(), &["run", "s.yaml", "--target", "t.yaml"]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{what}: {said}");
        for text in told {
            assert!(said.contains(text), "{what} is not told `{text}`:\n{said}");
        }
    }
}

#[test]
fn what_is_filled_in_is_held_to_the_same_forms_and_names_are_those_of_records() {
    let given = "scenario: x\ngiven:\n  - ords.customers: { count: 1 }\n  - hubspot.contacts: { count: 1 }\n";
    let (when, then) = ("when:\n  - ", "then:\n  - ");
    let cases = [
        (when, "advance: \"${customers[0].email}\"", "is no span of time"),
        (when, "repeat: { times: \"${customers[0].email}\", steps: [{ advance: 1ms }] }", "`times` is a whole number"),
        (when, "kill: { once: { status: \"${customers[0].email}\" } }", "`status` is a whole number"),
        (then, "ords.customer: { emial: x, absent: true }", "customers of ords have no `emial`: did you mean `email`?"),
        (then, "ords.customer: { has: { first_nam: x }, count: 0 }", "have no `first_nam`: did you mean `first_name`?"),
        (then, "hubspot.contact: { first_name: x, absent: true }", "contacts of hubspot have no `first_name`"),
    ];
    for (part, step, told) in cases {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "s.yaml", &format!("{given}{part}{step}\n"));
        write(folder.path(), "t.yaml", "target:\n  start: [sleep, \"100\"]\n");
        let output = standin(folder.path(), &["run", "s.yaml", "--target", "t.yaml"]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{step}: {said}");
        assert!(said.contains("s.yaml, line 6") && said.contains(told), "{step} is not told `{told}`:\n{said}");
    }
}

/// Bad and good files, each put to the schema and to the program.
#[test]
fn a_schema_and_its_reader_take_the_same_files() {
    let scenarios: [(&str, bool); 16] = [
        ("when: [{ advance: \"${customers[0].id}\" }]", true),
        ("when: [{ advance: soon }]", false),
        ("then: [{ within: 1s, ords.customer: { count: 0 } }]", true),
        ("then: [{ within: \"${customers[0].id}\", ords.customer: { count: 0 } }]", false),
        ("when: [{ repeat: { times: \"${customers[0].id}\", steps: [{ advance: 1s }] } }]", true),
        ("when: [{ repeat: { times: 2, steps: \"${customers[0].id}\" } }]", false),
        ("when: [{ repeat: { times: 2, steps: [] } }]", false),
        ("when: [{ repeat: { times: -1, steps: [{ advance: 1s }] } }]", false),
        ("when: [{ kill: { once: { system: hubspot, status: 429 } } }, { restart: }]", true),
        ("when: [{ kill: { once: { sytem: hubspot } } }]", false),
        ("given: [{ fault: { name: 5xx-burst, where: { system: hubspot, method: POST } } }]", true),
        ("given: [{ fault: { name: 5xx-burst, where: { methd: POST } } }]", false),
        ("given: [{ clock: \"${now}\" }]", false),
        ("then: [{ clauses: [limits.burst, batch.size] }]", true),
        ("then: [{ clauses: [] }]", false),
        ("then: [{ clauses: all }, { clauses: all }]", false),
    ];
    let targets: [(&str, bool); 16] = [
        ("target: { start: [node, server.js], reset: [node, reset.js] }", true),
        ("target: { start: [node], reset: \"http://127.0.0.1:${port}/\" }", true),
        ("target: { start: [] }", false),
        ("target: { start: node }", false),
        ("target: { reset: [] }", false),
        ("target: { reset: 5 }", false),
        ("target: { start: [x], time: faketime, scale: 60 }", true),
        ("target: { start: [x], time: faketime, scale: 0.5 }", false),
        ("target: { start: [x], time: faketime, scale: 2000000 }", false),
        ("target: { jobs: { load: [] } }", false),
        ("target: { ready_within: 5 s }", false),
        ("target: { job_within: 10m }", true),
        ("target: { observe: { logs: logs/*.log } }", true),
        ("target: { observe: { logs: \"\" } }", false),
        ("world: { hubspot: { time_zone: Australia/Sydney } }", true),
        ("world: { hubspot: { portal: portal/ } }", true),
    ];
    let folder = tempfile::tempdir().unwrap();
    let schema = |name: &str| {
        let schema: Value = serde_json::from_slice(&standin(folder.path(), &["schema", name]).stdout).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    };
    let (of_scenarios, of_targets) = (schema("scenario"), schema("target"));
    let valid = |schema: &jsonschema::Validator, text: &str| {
        schema.is_valid(&serde_saphyr::from_str::<Value>(text).expect("YAML"))
    };
    for (text, good) in scenarios {
        let text = format!("scenario: x\n{text}\n");
        assert_eq!(valid(&of_scenarios, &text), good, "the schema on {text}");
        let read = standin::script::Script::parse("s.yaml", &text);
        assert_eq!(read.is_ok(), good, "the reader on {text}: {read:?}");
    }
    for (text, good) in targets {
        assert_eq!(valid(&of_targets, text), good, "the schema on {text}");
        let read = standin::target::TargetFile::parse("t.yaml", text);
        assert_eq!(read.is_ok(), good, "the reader on {text}: {read:?}");
    }
}

#[test]
fn the_schemas_hold_for_every_file_of_the_library() {
    let folder = tempfile::tempdir().unwrap();
    let schema = |name: &str| -> Value {
        let output = standin(folder.path(), &["schema", name]);
        serde_json::from_slice(&output.stdout).expect("a schema is JSON")
    };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut held = 0;
    let mut hold = |schema: &Value, path: &std::path::Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let file: Value = serde_saphyr::from_str(&text).unwrap();
        let validator = jsonschema::validator_for(schema).expect("a schema");
        let wrong: Vec<_> = validator.iter_errors(&file).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", path.display());
        held += 1;
    };
    let scenario = schema("scenario");
    for entry in std::fs::read_dir(root.join("scenarios/library/retail")).unwrap() {
        hold(&scenario, &entry.unwrap().path());
    }
    hold(&schema("target"), &root.join("scenarios/library/retail.yaml"));
    hold(&schema("contract"), &root.join("contracts/files/retail.yaml"));
    assert!(held > 12, "{held}");
    let wrong: Value = serde_json::json!({"scenario": "x", "when": [{"advanse": "5m"}]});
    assert!(!jsonschema::validator_for(&scenario).unwrap().is_valid(&wrong));
}

#[test]
fn a_contract_is_checked_and_told_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    let retail = include_str!("../../../contracts/files/retail.yaml");
    write(folder.path(), "good.yaml", retail);
    write(folder.path(), "bad.yaml", &retail.replace("topology:", "topolgy:"));
    let good = standin(folder.path(), &["contract", "check", "good.yaml"]);
    assert_eq!(good.status.code(), Some(0), "{}", said(&good));
    let bad = standin(folder.path(), &["contract", "check", "bad.yaml"]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(said(&bad).contains("did you mean `topology`?"), "{}", said(&bad));
    let explained = said(&standin(folder.path(), &["contract", "explain", "good.yaml"]));
    for clause in ["limits.respect", "data.complete", "consent.opt-out", "webhook.signature", "privacy.excluded"] {
        assert!(explained.contains(clause), "{clause} is not explained");
    }
}
