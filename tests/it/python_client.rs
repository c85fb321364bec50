//! HubSpot's official Python client, which nobody here wrote, against the served program.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
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

fn serve() -> Served {
    let mut process = Command::new(env!("CARGO_BIN_EXE_standin"))
        .args(["serve", "--json", "--ports", "auto", "--clock", "manual"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let out = process.stdout.take().expect("it is piped");
    BufReader::new(out).read_line(&mut line).expect("a line that says it is ready");
    Served { process, ready: serde_json::from_str(&line).expect("the ready line is JSON") }
}

/// The interpreter with the client's package. One that was named has to have it; the machine's own
/// may lack it, which is told where no test harness swallows it.
fn python() -> Option<String> {
    let named = env::var("STANDIN_PYTHON").ok();
    let python = named.clone().unwrap_or_else(|| "python3".to_owned());
    let asked = Command::new(&python).args(["-c", "import hubspot.crm.contacts"]).output();
    let lacks = match asked {
        Ok(answer) if answer.status.success() => return Some(python),
        Ok(answer) => String::from_utf8_lossy(&answer.stderr).lines().last().unwrap_or_default().to_owned(),
        Err(error) => error.to_string(),
    };
    assert!(named.is_none(), "STANDIN_PYTHON does not have the client: {lacks}");
    let skipped = format!("\nskipped: the official Python client is not tried: {python}: {lacks}\n");
    std::io::stderr().write_all(skipped.as_bytes()).expect("standard error takes it");
    None
}

#[test]
fn the_official_python_client_works_with_a_world_and_is_limited_by_it() {
    let Some(python) = python() else { return };
    let served = serve();
    let hubspot = &served.ready["systems"]["hubspot"];
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/python/contacts.py");
    let ran = Command::new(python)
        .arg(script)
        .env("HUBSPOT_URL", text(&hubspot["url"]))
        .env("HUBSPOT_TOKEN", text(&hubspot["token"]))
        .env("CONTROL_URL", text(&served.ready["control"]))
        .output()
        .expect("Python starts");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{}\n{out}\n{err}", ran.status);
    assert!(out.lines().last() == Some("all of it holds"), "it did not come to its end:\n{out}\n{err}");
}
