//! What a target file says of its world, and the files that it names: each mistake is told when it is read, with
//! its file, its line and how to mend it, and nothing is played.

use super::{said, standin, write};

const COLUMNS: &str = "name: boutiques\nkey: [store_id]\ncolumns:\n  - { name: store_id, type: number(6), nullable: false }\n  - { name: city, type: varchar(40) }\n";
const ROWS: &str = "store_id,city\n1,Perth\n";
const SCENARIO: &str = "scenario: x\nthen:\n  - ords.customer: { type: boutiques, store_id: 1 }\n";

/// What is said of a target file and the files beside it; nothing is played.
fn told_of(target: &str, files: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "s.yaml", SCENARIO);
    write(folder.path(), "t.yaml", &format!("{target}target:\n  start: [sh, -c, \"echo x > played; exec sleep 9\"]\n"));
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    let output = standin(folder.path(), &["run", "s.yaml", "--target", "t.yaml"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(!folder.path().join("played").exists() && !said.contains("NOT PLAYED"), "it was begun:\n{said}");
    said
}

fn holds(what: &str, said: &str, texts: &[&str]) {
    for text in texts {
        assert!(said.contains(text), "{what} is not told `{text}`:\n{said}");
    }
}

#[test]
fn mistakes_under_world_are_told_at_their_place_before_anything_is_played() {
    let cases: [(&str, &str, &[&str]); 10] = [
        (
            "a profile",
            "world:\n  hubspot: { profile: profesional }\n",
            &["t.yaml:2:23", "hubspot has no profile `profesional`", "did you mean `professional`?"],
        ),
        (
            "another's profile",
            "world:\n  ords: { profile: starter }\n",
            &["t.yaml:2:20", "ords has no profile `starter`", "it has: ", "ends in .yaml"],
        ),
        (
            "a profile's file",
            "world:\n  hubspot: { profile: own.yaml }\n",
            &["t.yaml:2:23", "own.yaml cannot be read", "start from its own folder"],
        ),
        (
            "a zone",
            "world:\n  hubspot: { time_zone: Australia/Sidney }\n",
            &["t.yaml:2:25", "unknown time zone `Australia/Sidney`", "an IANA name"],
        ),
        (
            "a portal",
            "world:\n  hubspot: { portal: portal/ }\n",
            &["t.yaml:2:22", "there is no folder portal/", "start from its own folder"],
        ),
        (
            "a system",
            "world:\n  hubspt: { profile: starter }\n",
            &["t.yaml:2:3", "there is no `hubspt` here", "did you mean `hubspot`?"],
        ),
        (
            "a deployment",
            "world:\n  oci_gateway:\n    deployments: { /erp/v2: gateway.json }\n",
            &["t.yaml:3:29", "gateway.json cannot be read"],
        ),
        (
            "a listed deployment",
            "world:\n  oci_gateway:\n    deployments: [gateway.json]\n",
            &["t.yaml:3:19", "gateway.json cannot be read"],
        ),
        (
            "a table",
            "world:\n  ords:\n    tables:\n      - { columns: none.yaml, rows: none.csv }\n",
            &["t.yaml:4:20", "none.yaml cannot be read", "t.yaml:4:37", "none.csv cannot be read"],
        ),
        (
            "tables by a pattern",
            "world:\n  ords: { tables: ords/*.yaml }\n",
            &["t.yaml:2:19", "no file like ords/*.yaml", "start from its own folder"],
        ),
    ];
    for (what, target, texts) in cases {
        holds(what, &told_of(target, &[]), texts);
    }
}

#[test]
fn a_file_that_the_world_names_tells_its_own_places() {
    let profile = "extends: starter\nlimits:\n  - { id: dialy }\n";
    let said = told_of("world:\n  hubspot: { profile: own.yaml }\n", &[("own.yaml", profile)]);
    holds("a profile", &said, &["own.yaml:3:11", "did you mean `daily`?"]);
    let gateway = r#"{"requestPolicies": {"cors": {}}, "routes": []}"#;
    let target = "world:\n  oci_gateway: { deployments: { /erp/v2: gateway.json } }\n";
    let said = told_of(target, &[("gateway.json", gateway)]);
    holds("a deployment", &said, &["gateway.json cannot be taken as it stands", "/requestPolicies/cors"]);
    assert!(!said.contains("oci_gateway::specification"), "a word of the code's own:\n{said}");
    let target = "world:\n  ords: { tables: [{ columns: b.yaml }, { columns: c.yaml }] }\n";
    let said = told_of(target, &[("b.yaml", COLUMNS), ("c.yaml", COLUMNS)]);
    holds("two tables", &said, &["t.yaml:2:", "the master has two tables `boutiques`", "another name"]);
}

#[test]
fn a_tables_files_are_told_with_file_line_and_mending() {
    let yaml = |from: &str, to: &str| COLUMNS.replace(from, to);
    let columns: [(&str, String, &[&str]); 9] = [
        ("a member", yaml("type: varchar", "tpye: varchar"), &["b.yaml:5:", "no `tpye`", "did you mean `type`?"]),
        ("a type", yaml("varchar(40)", "text"), &["b.yaml:5:", "`text` is no type; write number(p)"]),
        ("a key", yaml("[store_id]", "[stor_id]"), &["b.yaml:2:", "`stor_id`", "did you mean `store_id`?"]),
        ("no key", yaml("[store_id]", "[]"), &["b.yaml:2:", "has no key", "tell its rows apart"]),
        ("no columns", "name: x\nkey: [a]\n".to_owned(), &["b.yaml:", "`columns` is missing", "`key: [store_id]`"]),
        ("twice", yaml("name: city", "name: store_id"), &["b.yaml:5:", "declared twice", "another name"]),
        ("a name", yaml("name: boutiques", "name: a b"), &["b.yaml:1:", "no table name", "use letters"]),
        ("nothing", "# later\n".to_owned(), &["b.yaml:", "the file is empty", "`name: boutiques`"]),
        ("no YAML", "name: [\n".to_owned(), &["b.yaml:", "a single value belongs here"]),
    ];
    let target = "world:\n  ords: { tables: [{ columns: b.yaml, rows: b.csv }] }\n";
    for (what, columns, texts) in columns {
        holds(what, &told_of(target, &[("b.yaml", &columns), ("b.csv", ROWS)]), texts);
    }
    let rows: [(&str, &str, &[&str]); 5] = [
        ("a column", "store_id,ctiy\n1,Perth\n", &["b.csv:1:", "no such column", "did you mean `city`?"]),
        (
            "cells",
            "store_id,city\n1,Perth\n2,Perth, WA\n",
            &["b.csv:3:", "there are 3 cells here, and the first line names 2 columns", "double quotes"],
        ),
        ("a value", "store_id,city\nnorth,Perth\n", &["b.csv:2:", "`north` is no number(6)", "write a number(6)"]),
        ("a row twice", "store_id,city\n1,Perth\n1,Perth\n", &["b.csv:3:", "a row 1 already", "take it out"]),
        ("nothing", "", &["b.csv:1:", "the file is empty", "the first line names the columns"]),
    ];
    for (what, rows, texts) in rows {
        holds(what, &told_of(target, &[("b.yaml", COLUMNS), ("b.csv", rows)]), texts);
    }
}

#[test]
fn an_empty_file_is_told_what_it_is_to_hold() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "good.yaml", SCENARIO);
    write(folder.path(), "t.yaml", "target:\n  start: [sleep, \"9\"]\n");
    for text in ["", "\n\n", "# what is to come\n---\n"] {
        write(folder.path(), "empty.yaml", text);
        let scenario = said(&standin(folder.path(), &["run", "empty.yaml", "--target", "t.yaml"]));
        holds("a scenario", &scenario, &["empty.yaml", "the file is empty", "`scenario: TITLE`", "`standin schema"]);
        let target = said(&standin(folder.path(), &["run", "good.yaml", "--target", "empty.yaml"]));
        holds("a target", &target, &["empty.yaml", "the file is empty", "start: [node", "`standin schema target`"]);
    }
    for (text, texts) in [
        ("given: []\n", &["`scenario` is missing", "write it here: `scenario: ...`"][..]),
        ("scenario: x\n  then: y\n", &["broken.yaml:2", "a file is YAML"]),
    ] {
        write(folder.path(), "broken.yaml", text);
        holds("a scenario", &said(&standin(folder.path(), &["run", "broken.yaml", "--target", "t.yaml"])), texts);
    }
}

#[test]
fn a_place_beyond_the_list_is_told_how_many_there_are() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "standin.yaml", "target:\n  start: [sleep, \"9\"]\n");
    let steps = "given:\n  - ords.customers: { count: 50 }\nwhen:\n  - hubspot.unsubscribe: { email: \"${customers[300].email}\" }\n";
    write(folder.path(), "s.yaml", &format!("scenario: x\n{steps}"));
    let output = standin(folder.path(), &["run", "s.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    let texts = ["s.yaml, line 5", "`${customers[300].email}`", "there are 50 of `customers`", "`customers[49]`"];
    holds("a place", &said(&output), &texts);
}

#[test]
fn a_delivery_step_is_told_in_its_own_words() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "standin.yaml",
        "world:\n  hubspot:\n    webhooks: [{ subscriptionType: contact.creation }]\ntarget:\n  start: [sleep, \"9\"]\n  receivers: { hubspot: \"http://127.0.0.1:1/\" }\n",
    );
    let steps = "given:\n  - hubspot.contacts: { count: 1 }\nwhen:\n  - deliver: { event: contact.propertyChange, find: { email: \"${contacts[0].email}\" } }\n";
    write(folder.path(), "s.yaml", &format!("scenario: x\n{steps}"));
    let said = said(&standin(folder.path(), &["run", "s.yaml"]));
    holds("a delivery", &said, &["s.yaml, line 5", "`contact.propertyChange` needs a `property`"]);
    assert!(!said.contains("propertyName"), "{said}");
}
