//! The program as it is used: a process that serves, says so, and ends as it is told.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use reqwest::Client;
use serde_json::{Value, json};

fn standin(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
    command.args(args).stdin(Stdio::null());
    command
}

/// Runs to the end; answers the exit code and what was said on both outputs.
fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = standin(args).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A process that serves. It ends with the test.
struct Served {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    fn start(args: &[&str]) -> Self {
        let mut child = standin(&["serve", "--ports", "auto"]).args(args).stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    fn json(args: &[&str]) -> (Self, Value) {
        let mut served = Self::start(&[&["--json"], args].concat());
        let mut line = String::new();
        served.out.read_line(&mut line).unwrap();
        (served, serde_json::from_str(&line).unwrap())
    }

    /// Sends it a signal; answers its exit code and what more it said.
    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

async fn get(url: String) -> Value {
    client().get(url).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn the_first_line_says_everything_a_client_needs() {
    let (served, ready) = Served::json(&["--seed", "7", "--clock", "manual", "--profile", "hubspot=free"]);
    assert_eq!(ready.as_object().unwrap().keys().collect::<Vec<_>>(), ["ready", "id", "control", "systems"]);
    assert_eq!(ready["ready"], true);
    let control = ready["control"].as_str().unwrap();
    assert_eq!(get(format!("{control}/_standin/clock")).await["mode"], "manual");

    let systems = &ready["systems"];
    let text = |system: &str, name: &str| systems[system][name].as_str().unwrap().to_owned();
    let contacts = format!("{}/crm/v3/objects/contacts", text("hubspot", "url"));
    let answer = client().get(contacts).bearer_auth(text("hubspot", "token")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-hubspot-ratelimit-max"], "100", "the free tier's");

    let token_url = format!("{}/ords/{}/oauth/token", text("ords", "url"), text("ords", "schema"));
    let (id, secret) = (text("ords", "client_id"), text("ords", "client_secret"));
    let form = [("grant_type", "client_credentials")];
    let answer = client().post(token_url).basic_auth(id, Some(secret)).form(&form).send().await.unwrap();
    let token: Value = answer.json().await.unwrap();
    let prefix = systems["oci_gateway"]["prefixes"][0].as_str().unwrap();
    let customers = format!("{}{prefix}/customers/", text("oci_gateway", "url"));
    let through = client().get(customers).bearer_auth(token["access_token"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(through.status(), 200);

    let exchange = client().get(format!("{}/v2.1/auth/token", text("retail_express", "url")));
    let answer = exchange.header("x-api-key", text("retail_express", "api_key")).send().await.unwrap();
    assert_eq!(answer.status(), 200);

    assert_eq!(served.end("-TERM"), (Some(0), String::new()));
}

#[tokio::test]
async fn options_reach_the_world() {
    let (served, ready) = Served::json(&[
        "--id",
        "mine",
        "--systems",
        "ords,hubspot",
        "--clock",
        "scaled",
        "--scale",
        "60",
        "--start",
        "2026-11-21T00:00:00+11:00",
        "--public-url",
        "hubspot=https://hub.example.com/",
        "--journal-memory",
        "1",
        "--bind",
        "127.0.0.1",
        "--control-port",
        "0",
    ]);
    assert_eq!(ready["id"], "mine");
    assert_eq!(ready["systems"].as_object().unwrap().keys().collect::<Vec<_>>(), ["hubspot", "ords"]);
    assert_eq!(ready["systems"]["hubspot"]["url"], "https://hub.example.com");
    let control = ready["control"].as_str().unwrap();
    let clock = get(format!("{control}/_standin/clock?world=mine")).await;
    assert_eq!((&clock["mode"], &clock["scale"]), (&json!("scaled"), &json!(60)));
    assert!(clock["now"].as_str().unwrap().starts_with("2026-11-20T13:"), "{clock}");

    // A further world is as this one, but with addresses of its own.
    let further = client().post(format!("{control}/_standin/worlds")).send().await.unwrap();
    let further: Value = further.json().await.unwrap();
    assert_eq!(further["systems"].as_object().unwrap().keys().collect::<Vec<_>>(), ["hubspot", "ords"]);
    assert!(further["systems"]["hubspot"]["url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(served.end("-INT").0, Some(0));
}

/// What people are told can be pasted into a shell.
#[test]
fn the_line_to_try_works() {
    for (systems, answer) in [
        ("hubspot,ords,retail_express", "kim@example.com"),
        ("ords,retail_express", "access_token"),
        ("ords", "access_token"),
        ("oci_gateway", "\"mode\":\"real\""),
    ] {
        let mut served = Served::start(&["--systems", systems]);
        let mut told = String::new();
        while !told.contains("Ctrl-C ends it") {
            assert!(served.out.read_line(&mut told).unwrap() > 0, "{told}");
        }
        assert!(told.starts_with("Standin is ready"), "{told}");
        let line = told.lines().find(|line| line.trim_start().starts_with("curl")).expect("a line to try");
        let tried = Command::new("sh").args(["-c", &line.replacen("curl", "curl --silent --noproxy '*'", 1)]).output();
        let tried = String::from_utf8(tried.unwrap().stdout).unwrap();
        assert!(tried.contains(answer), "{line}\n{tried}");
        assert_eq!(served.end("-TERM").0, Some(0));
    }
}

#[test]
fn what_is_set_up_wrongly_ends_with_2_and_says_how_to_mend_it() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let of_hubspot = format!("hubspot={port}");
    let table: &[(&[&str], &[&str])] = &[
        (
            &["serve", "--ports", "auto", "--control-port", &port],
            &["the port", &port, "control is taken", "--control-port, where 0"],
        ),
        (
            &["serve", "--ports", "auto", "--port", &of_hubspot],
            &["the port", &port, "hubspot is taken", "--port hubspot=0"],
        ),
        (&["serve", "--port", "hubspot=4010", "--port", "hubspot=4011"], &["--port is given twice for hubspot"]),
        (&["serve", "--port", "hubspot=65536"], &["'hubspot=65536'", "--port", "from 0", "to 65535"]),
        (
            &["serve", "--profile", "hubspot=free", "--profile", "hubspot=starter"],
            &["--profile is given twice for hubspot", "give it once"],
        ),
        (
            &["serve", "--systems", "hubspot", "--deployment", "/erp/v2=customers.json"],
            &["--deployment is about oci_gateway, and --systems leaves that out", "add oci_gateway to --systems"],
        ),
        (&["serve", "--systems", "hubspot", "--profile", "ords=default"], &["--profile is about ords"]),
        (&["serve", "--clock", "scaled", "--scale", "-3"], &["'-3'", "--scale", "above 0 and at most 1000000"]),
        (&["serve", "--seed", "-7"], &["'-7'", "--seed", "a whole number from 0"]),
        (&["serve", "--control-port", "-1"], &["--control-port", "0 (any that is free) to 65535"]),
        (&["serve", "--journal-memory", "-1"], &["--journal-memory", "a whole number from 0"]),
        (&["serve", "--bind", "localhost"], &["--bind", "write 127.0.0.1"]),
        (&["serve", "--bind", "here"], &["--bind", "an address in digits"]),
        (
            &["serve", "--ports", "auto", "--journal-dir", "no/such/folder"],
            &["the journal cannot be kept in no/such/folder", "exists and can be written"],
        ),
        (&["tail", "--since", "-1"], &["--since", "a whole number from 0"]),
        (&["serve", "--ports", "auto", "--bind", "192.0.2.1"], &["192.0.2.1", "--bind"]),
        (&["serve", "--ports", "auto", "--profile", "hubspot=huge"], &["no profile `huge`", "starter", "enterprise"]),
        (&["serve", "--profile", "hub=x"], &["no system `hub`", "hubspot, oci_gateway, ords, retail_express"]),
        (&["serve", "--profile", "hubspot"], &["SYSTEM=VALUE"]),
        (&["serve", "--systems", "hubspot,jd"], &["no system `jd`"]),
        (&["serve", "--public-url", "hubspot=hub.example.com"], &["`hub.example.com` is no URL", "https://"]),
        (&["serve", "--ports", "auto", "--clock", "fast"], &["`fast` is not a clock mode"]),
        (&["serve", "--ports", "auto", "--clock", "scaled"], &["needs a `scale`"]),
        (&["serve", "--ports", "auto", "--start", "2026-11-20T00:00:00Z"], &["takes no `start`"]),
        (&["serve", "--start", "noon"], &["`noon` is not an instant"]),
        (&["serve", "--ports", "auto", "--id", "a b"], &["`a b` is no world id"]),
        (&["serve", "--ports", "none"], &["none", "auto, default"]),
        (&["serve", "--port", "1"], &["--port"]),
        (&["tail", "--kind", "calls"], &["no kind `calls`", "exchange"]),
        (&["fidelity", "--system", "x"], &["no system `x`"]),
        (&["dance"], &["dance"]),
        (&[], &["Usage"]),
    ];
    for (args, told) in table {
        let (code, out, err) = run(args);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{args:?}: {err}");
        // Long messages are wrapped.
        let flat = err.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        for part in *told {
            assert!(flat.contains(part), "{args:?}: {part:?} is not in {err}");
        }
    }
}

#[tokio::test]
async fn tail_tells_the_journal_in_lines() {
    let (served, ready) = Served::json(&["--clock", "manual"]);
    let control = ready["control"].as_str().unwrap().to_owned();
    let hubspot = &ready["systems"]["hubspot"];
    let contacts = format!("{}/crm/v3/objects/contacts", hubspot["url"].as_str().unwrap());
    let create = || {
        let call = client().post(&contacts).bearer_auth(hubspot["token"].as_str().unwrap());
        call.json(&json!({"properties": {"email": "kim@example.com"}})).send()
    };
    assert_eq!(create().await.unwrap().status(), 201);

    let (code, told, err) = run(&["tail", "--url", &control, "--no-follow"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines[0], "2026-11-20T00:00:00.000Z  hubspot         POST   /crm/v3/objects/contacts  201  took effect");
    assert!(lines[1].trim_start().starts_with("created contacts ") && lines[1].starts_with("          "), "{told}");
    assert!(lines[1].contains("email=kim@example.com"), "{told}");
    let (_, told, _) = run(&["tail", "--url", &control, "--no-follow", "--kind", "change", "--since", "1"]);
    assert_eq!(told.lines().count(), 1);
    // Its call is not told, so it says itself when and where.
    assert!(told.starts_with("2026-11-20T00:00:00.000Z  hubspot         created contacts "), "{told}");

    let mut tail = standin(&["tail", "--url", &control, "--kind", "exchange", "--since", "1"]);
    let mut tail = tail.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(tail.stdout.take().unwrap());
    assert_eq!(create().await.unwrap().status(), 409);
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.trim_end().ends_with("409  no effect"), "{line}");

    let (code, _, err) = run(&["tail", "--url", &control, "--world", "b"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("there is no world `b`; there are: 1"), "{err}");

    assert_eq!(served.end("-TERM").0, Some(0));
    let ended = tail.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "a follower is told to the end");
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(told, format!("standin: the world at {control} has ended, or the server with it\n"));
    let (code, _, err) = run(&["tail", "--url", &control]);
    assert_eq!(code, Some(2));
    assert!(err.contains("no standin answers") && err.contains("standin serve"), "{err}");
}

#[tokio::test]
async fn a_port_for_one_system_is_that_systems() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let (served, ready) = Served::json(&["--port", &format!("ords={free}"), "--port", "hubspot=0"]);
    assert_eq!(ready["systems"]["ords"]["url"], format!("http://127.0.0.1:{free}"));
    let control = ready["control"].as_str().unwrap();
    let further: Value =
        client().post(format!("{control}/_standin/worlds")).send().await.unwrap().json().await.unwrap();
    assert_ne!(further["systems"]["ords"]["url"], ready["systems"]["ords"]["url"]);
    assert_eq!(served.end("-TERM").0, Some(0));
}

#[tokio::test]
async fn a_journal_that_the_disk_does_not_take_is_told_once_and_in_its_health() {
    let folder = tempfile::tempdir().unwrap();
    let journals = folder.path().join("journals");
    std::fs::create_dir(&journals).unwrap();
    let args = ["--clock", "manual", "--journal-memory", "0", "--journal-dir", journals.to_str().unwrap(), "--json"];
    let mut child = standin(&["serve", "--ports", "auto"]);
    let mut child = child.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut line, mut err) = (String::new(), BufReader::new(child.stderr.take().unwrap()));
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let served = Served { child, out };
    let ready: Value = serde_json::from_str(&line).unwrap();
    let control = ready["control"].as_str().unwrap();
    let health = async || get(format!("{control}/_standin/worlds")).await["worlds"][0]["health"].clone();
    assert_eq!(health().await["error"], Value::Null);

    std::fs::remove_dir(&journals).unwrap();
    let seed = json!([{"ords.customers": {"count": 200}}]).to_string();
    for _ in 0..2 {
        let seeded = client().post(format!("{control}/_standin/seed")).body(seed.clone()).send().await.unwrap();
        assert_eq!(seeded.status(), 200);
    }
    assert!(health().await["error"].is_string());
    assert_eq!(served.end("-TERM").0, Some(0));
    let mut told = String::new();
    err.read_to_string(&mut told).unwrap();
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.starts_with("standin: the journal of world `1` cannot be moved to disk"), "{told}");
}

#[test]
fn an_address_for_everyone_is_served_with_a_warning() {
    let args = ["--bind", "0.0.0.0", "--systems", "ords", "--json"];
    let mut child = standin(&["serve", "--ports", "auto"]);
    let mut child = child.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut line, mut err) = (String::new(), BufReader::new(child.stderr.take().unwrap()));
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    assert_eq!(Served { child, out }.end("-TERM").0, Some(0));
    let mut told = String::new();
    err.read_to_string(&mut told).unwrap();
    assert_eq!(told, "standin: anyone who can reach 0.0.0.0 may use everything here, the control API too\n");
}

#[test]
fn help_is_given_for_each_command() {
    let (code, text, _) = run(&["help"]);
    assert!(code == Some(0) && text.contains("serve") && text.contains("tail"), "{text}");
    let (code, text, _) = run(&["help", "serve"]);
    assert!(code == Some(0) && text.contains("--journal-dir") && text.contains("gone with the process"), "{text}");
}

#[test]
fn the_ledger_and_the_profiles_are_printed() {
    let (code, text, _) = run(&["fidelity", "--json"]);
    assert_eq!(code, Some(0));
    let all: Value = serde_json::from_str(&text).unwrap();
    let entries = all["entries"].as_array().unwrap();
    let of = |system: &str| entries.iter().filter(|entry| entry["id"].as_str().unwrap().starts_with(system)).count();
    for (system, counts) in all["counts"].as_object().unwrap() {
        assert_eq!(counts["total"], of(&format!("{system}.")), "{system}");
        let marks = counts["marks"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum::<u64>();
        assert_eq!(counts["total"], marks);
    }
    let (_, text, _) = run(&["fidelity", "--system", "ords"]);
    assert!(text.contains("\n  ords.collection.envelope\n") && !text.contains("retail_express."), "{text}");
    let unproven = entries.iter().filter(|entry| entry["test"].is_null()).count();
    let (_, text, _) = run(&["fidelity"]);
    assert_eq!(text.lines().filter(|line| line.ends_with("  unproven")).count(), unproven);
    assert!(unproven > 0);

    let (code, text, _) = run(&["profiles", "--json"]);
    assert_eq!(code, Some(0));
    let names: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(names["hubspot"][0], "professional");
    let (_, text, _) = run(&["profiles"]);
    assert!(text.starts_with("hubspot\n  professional  (default)\n"), "{text}");
}

/// `standin fidelity | head` is no failure.
#[test]
fn a_reader_who_has_gone_is_no_failure() {
    for args in [&["fidelity"][..], &["profiles"], &["serve", "--ports", "auto", "--json"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = standin(args).stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(
            (output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()),
            (Some(0), ""),
            "{args:?}"
        );
    }
}
