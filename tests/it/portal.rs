//! A portal of one's own by the program: checked, served, and begun with in a run.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn standin(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_standin")).args(args).current_dir(folder).output().unwrap()
}

/// The exit code, standard output, and standard error without what a terminal's width does to lines.
fn said(output: &Output) -> (Option<i32>, String, String) {
    let told = String::from_utf8_lossy(&output.stderr);
    let told: Vec<_> = told.lines().map(|line| line.trim().trim_start_matches('│').trim()).collect();
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), told.join(" "))
}

fn save(folder: &Path, name: &str, body: &str) {
    let file = folder.join("portal").join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, body).unwrap();
}

fn tier() -> String {
    let option = |value: &str| json!({"label": value, "value": value, "displayOrder": 0, "hidden": false});
    json!({"results": [{
        "name": "tier", "label": "Tier", "type": "enumeration", "fieldType": "select", "groupName": "contactinformation",
        "options": [option("gold"), option("tin")], "hasUniqueValue": false, "sensitiveDataCategories": [],
    }]})
    .to_string()
}

#[test]
fn check_tells_what_a_folder_holds_and_all_that_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    save(folder, "crm/v3/properties/contacts.json", &tier());
    save(folder, "notes.md", "by hand");
    save(folder, ".git/config", "none of ours");
    let (code, table, told) = said(&standin(folder, &["portal", "check", "portal"]));
    assert_eq!(code, Some(0), "{told}");
    let lines: Vec<_> = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(lines[0], "file found new changed as known aside holds");
    assert_eq!(lines[1], "crm/v3/properties/contacts.json 1 1 0 0 0 properties of contacts");
    assert_eq!(lines[2], "members without effect here: sensitiveDataCategories (1)");
    assert!(lines[3] == "notes.md" && lines[4].starts_with("passed over"), "{table}");
    assert!(!table.contains("git") && lines.last().unwrap() == "portal can be loaded", "{table}");

    let profile =
        "extends: professional\nsettings:\n  custom_properties_max: { value: 0, source: ours, date: 2026-11-28 }\n";
    std::fs::write(folder.join("own.yaml"), profile).unwrap();
    let (code, table, _) = said(&standin(folder, &["portal", "check", "portal", "--profile", "own.yaml"]));
    assert!(code == Some(0) && table.contains("beyond the plan: 1 custom properties of contacts"), "{table}");

    save(folder, "crm/v3/pipelines/deals.json", "<html>");
    save(folder, "crm/v3/schemas.json", r#"{"status":"error","message":"No.","category":"INVALID_AUTHENTICATION"}"#);
    let (code, table, told) = said(&standin(folder, &["portal", "check", "portal"]));
    assert_eq!(code, Some(2), "{told}");
    assert!(table.contains("properties of contacts") && !told.contains("portal check"), "{table}{told}");
    for what in [
        "the portal in portal cannot be loaded",
        "crm/v3/pipelines/deals.json:1:1: a web page was saved",
        "crm/v3/schemas.json:1:1: the GET failed, and its refusal was saved: INVALID_AUTHENTICATION: No.",
        "run the GET again with a token of this portal",
    ] {
        assert!(told.contains(what), "{what}: {told}");
    }
    for args in [&["serve", "--ports", "auto", "--portal", "portal"][..], &["portal", "check", "nowhere"]] {
        let (code, _, told) = said(&standin(folder, args));
        let what = if args[0] == "serve" { "a web page was saved" } else { "nowhere: cannot be read" };
        assert!(code == Some(2) && told.contains(what), "{args:?}: {told}");
        assert_eq!(told.contains("portal check"), args[0] == "serve", "{args:?}: {told}");
    }
    let (code, _, told) = said(&standin(folder, &["serve", "--systems", "ords", "--portal", "portal/"]));
    assert!(code == Some(2) && told.contains("--portal is about hubspot"), "{told}");
}

#[tokio::test]
async fn what_is_served_begins_with_it_and_so_do_further_worlds() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "crm/properties/2026-03/contacts.json", &tier());
    let mut child = Command::new(env!("CARGO_BIN_EXE_standin"))
        .args(["serve", "--ports", "auto", "--json", "--portal", "portal"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let first: Value = serde_json::from_str(&line).unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let control = first["control"].as_str().unwrap();
    let made = client.post(format!("{control}/_standin/worlds")).json(&json!({"id": "b"})).send().await.unwrap();
    let second: Value = made.json().await.unwrap();
    let mut found = Vec::new();
    for world in [&first, &second] {
        let hubspot = &world["systems"]["hubspot"];
        let url = format!("{}/crm/v3/properties/contacts/tier", hubspot["url"].as_str().unwrap());
        let answer = client.get(url).bearer_auth(hubspot["token"].as_str().unwrap()).send().await.unwrap();
        found.push((answer.status().as_u16(), answer.json::<Value>().await.unwrap()["options"][0]["value"].clone()));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(found, [(200, json!("gold")), (200, json!("gold"))]);
}

/// The folder starts from the target file's own; the target and the contract know what is in it.
#[test]
fn a_run_begins_with_the_targets_portal() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    save(folder, "crm/v3/properties/contacts.json", &tier());
    let put = "curl -s --fail-with-body -X POST -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \
               -d '{\"properties\":{\"email\":\"kim@example.com\",\"tier\":\"VALUE\"}}' \"$URL/crm/v3/objects/contacts\"";
    let target = |value: &str| {
        let command = put.replace("VALUE", value);
        json!({
            "world": {"hubspot": {"portal": "portal"}},
            "target": {
                "start": ["sleep", "100"],
                "env": {"TOKEN": "${hubspot.token}", "URL": "${hubspot.url}"},
                "jobs": {"put": ["sh", "-c", command]},
            },
        })
        .to_string()
    };
    std::fs::write(folder.join("gold.yaml"), target("gold")).unwrap();
    std::fs::write(folder.join("lead.yaml"), target("lead")).unwrap();
    let scenario = "scenario: x\nwhen:\n  - run: put\nthen:\n  - hubspot.contact: { email: kim@example.com, has: { tier: gold } }\n";
    std::fs::write(folder.join("x.yaml"), scenario).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let run = |target: &str| {
        let [target, scenario] = [target, "x.yaml"].map(|name| folder.join(name).display().to_string());
        said(&standin(elsewhere.path(), &["run", &scenario, "--target", &target]))
    };
    let (code, out, told) = run("gold.yaml");
    assert_eq!(code, Some(0), "{out}{told}");
    let (code, out, told) = run("lead.yaml");
    assert!(code != Some(0), "a value that the portal has not is refused: {out}{told}");

    save(folder, "crm/v3/properties/deals.json", "<html>");
    let (code, _, told) = run("gold.yaml");
    assert!(code == Some(2) && told.contains("crm/v3/properties/deals.json:1:1: a web page was saved"), "{told}");
}
