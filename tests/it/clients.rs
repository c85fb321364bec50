//! HubSpot's official clients, which nobody here wrote, against the served program.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// `standin serve`, ended when dropped.
struct Served {
    process: Child,
    ready: Value,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// On a profile that has everything the scripts call.
fn serve(profile: &str) -> Served {
    let mut process = Command::new(env!("CARGO_BIN_EXE_standin"))
        .args(["serve", "--json", "--ports", "auto", "--clock", "manual", "--profile", &format!("hubspot={profile}")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let out = process.stdout.take().expect("it is piped");
    BufReader::new(out).read_line(&mut line).expect("a line that says it is ready");
    Served { process, ready: serde_json::from_str(&line).expect("the ready line is JSON") }
}

/// Says where no test harness swallows it that something is not here to be tried.
fn skipped(what: &str, why: &str) {
    let skipped = format!("\nskipped: the official {what} client is not tried: {why}\n");
    std::io::stderr().write_all(skipped.as_bytes()).expect("standard error takes it");
}

/// Why a program did not answer as it should; none if it did.
fn lacks(asked: std::io::Result<std::process::Output>) -> Option<String> {
    match asked {
        Ok(answer) if answer.status.success() => None,
        Ok(answer) => Some(String::from_utf8_lossy(&answer.stderr).lines().last().unwrap_or_default().to_owned()),
        Err(error) => Some(error.to_string()),
    }
}

/// The interpreter with the client's package. One that was named has to have it; the machine's own
/// may lack it.
fn python() -> Option<String> {
    let named = env::var("STANDIN_PYTHON").ok();
    let python = named.clone().unwrap_or_else(|| "python3".to_owned());
    let asked = Command::new(&python).args(["-c", "import hubspot.crm.contacts"]).output();
    let Some(lacks) = lacks(asked) else { return Some(python) };
    assert!(named.is_none(), "STANDIN_PYTHON does not have the client: {lacks}");
    skipped("Python", &format!("{python}: {lacks}"));
    None
}

/// The folder with the client's package for Node, which STANDIN_NODE_MODULES names.
fn node_modules() -> Option<PathBuf> {
    let Some(named) = env::var_os("STANDIN_NODE_MODULES").map(PathBuf::from) else {
        skipped("Node", "STANDIN_NODE_MODULES names no folder that has it");
        return None;
    };
    let asked = Command::new("node").args(["-e", "require('@hubspot/api-client')"]).env("NODE_PATH", &named).output();
    let lacks = lacks(asked);
    assert!(lacks.is_none(), "STANDIN_NODE_MODULES does not have the client: {lacks:?}");
    Some(named)
}

/// Runs a script against a world of its own; it says at its end that all of it holds.
fn holds(mut command: Command, script: &str, profile: &str) {
    let served = serve(profile);
    let hubspot = &served.ready["systems"]["hubspot"];
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let ran = command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script))
        .env("HUBSPOT_URL", text(&hubspot["url"]))
        .env("HUBSPOT_TOKEN", text(&hubspot["token"]))
        .env("HUBSPOT_READY", hubspot.to_string())
        .env("CONTROL_URL", text(&served.ready["control"]))
        .output()
        .expect("the interpreter starts");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{}\n{out}\n{err}", ran.status);
    assert!(out.lines().last() == Some("all of it holds"), "it did not come to its end:\n{out}\n{err}");
}

#[test]
fn the_official_python_client_works_with_a_world_and_is_limited_by_it() {
    let Some(python) = python() else { return };
    holds(Command::new(python), "python/contacts.py", "professional");
}

#[test]
fn the_official_python_client_finds_the_whole_of_the_crm() {
    let Some(python) = python() else { return };
    let mut command = Command::new(python);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    holds(command, "python/crm.py", "enterprise");
}

#[test]
fn the_official_node_client_finds_the_whole_of_the_crm() {
    let Some(modules) = node_modules() else { return };
    let mut command = Command::new("node");
    command.env("NODE_PATH", modules);
    holds(command, "node/crm.cjs", "enterprise");
}

#[test]
fn the_official_python_client_sets_webhooks_up_and_knows_their_signatures() {
    let Some(python) = python() else { return };
    let mut command = Command::new(python);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    holds(command, "python/webhooks.py", "professional");
}

#[test]
fn the_official_node_client_sets_webhooks_up_and_knows_their_signatures() {
    let Some(modules) = node_modules() else { return };
    let mut command = Command::new("node");
    command.env("NODE_PATH", modules);
    holds(command, "node/webhooks.cjs", "professional");
}

#[test]
fn the_official_python_client_waits_a_429_out() {
    let Some(python) = python() else { return };
    holds(Command::new(python), "python/retry.py", "professional");
}

#[test]
fn the_official_node_client_waits_a_429_out() {
    let Some(modules) = node_modules() else { return };
    let mut command = Command::new("node");
    command.env("NODE_PATH", modules);
    holds(command, "node/retry.cjs", "professional");
}

#[test]
fn the_official_python_client_gets_tokens_by_its_own_helpers() {
    let Some(python) = python() else { return };
    holds(Command::new(python), "python/oauth.py", "professional");
}

#[test]
fn the_official_node_client_gets_tokens_by_its_own_helpers() {
    let Some(modules) = node_modules() else { return };
    let mut command = Command::new("node");
    command.env("NODE_PATH", modules);
    holds(command, "node/oauth.cjs", "professional");
}
