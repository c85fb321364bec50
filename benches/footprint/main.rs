//! What a world takes: to start, to fork, and in memory, idle and after a million calls.
//!
//! `cargo bench --bench footprint [-- start|worlds|fork|journal]`

#[allow(dead_code, reason = "the other benchmark uses the rest")]
#[path = "../side_by_side/client.rs"]
mod client;
#[allow(dead_code, reason = "the other benchmark uses the rest")]
#[path = "../side_by_side/process.rs"]
mod process;

use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

// Links the allocator that the program has.
use standin as _;

use process::{Process, Result, instruction};
use serde_json::json;
use sim::{ClockMode, SystemName, World};

const STARTS: usize = 20;
const FORKS: usize = 50;
const RECORDS: usize = 10_000;
const WORLDS: usize = 100;
const GETS: u64 = 1_000_000;
/// At some 20,000 calls a second this leaves about a hundred in the ten-second window of 190.
const SCALE: f64 = 30_000.0;

fn main() -> Result<()> {
    if process::role().is_some() {
        return serve();
    }
    let wanted: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if wanted("start") {
        start()?;
    }
    if wanted("worlds") {
        worlds()?;
    }
    if wanted("fork") {
        runtime.block_on(fork())?;
    }
    if wanted("journal") {
        runtime.block_on(journal())?;
    }
    Ok(())
}

/// From the start of the program to its ready line, and what it then holds.
fn start() -> Result<()> {
    let (mut took, mut held) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let started = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
        let mut process = Process::start(command.args(["serve", "--json", "--ports", "auto"]))?;
        process.hear()?;
        took.push(started.elapsed());
        held.push(process.rss()?);
    }
    tell("start", &format!("{} to the ready line (goal 50 ms)", millis(median(&mut took))));
    tell("start", &format!("{:.1} MiB resident when idle (goal 20 MiB)", held[0] / MIB));
    Ok(())
}

/// What each further empty world holds, with all its listeners.
fn worlds() -> Result<()> {
    let mut process = Process::in_role("worlds", &json!({"worlds": 1}))?;
    process.hear()?;
    let one = process.rss()?;
    process.say(&json!({"worlds": WORLDS}))?;
    process.hear()?;
    let more = process.rss()?;
    let each = (more - one) / WORLDS as f64 / 1_000.0;
    tell("worlds", &format!("{:.1} MiB with one, {each:.1} kB for each of {WORLDS} more (goal 50 kB)", one / MIB));
    Ok(())
}

/// A fork of ten thousand records: what it remembers alone, and with its listeners bound.
async fn fork() -> Result<()> {
    let world = World::builder().clock(ClockMode::Manual).start().await?;
    world.given(&json!([{"hubspot.contacts": {"count": RECORDS}}]))?;
    let (mut state, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..FORKS {
        let started = Instant::now();
        let _ = world.snapshot();
        state.push(started.elapsed());
        let started = Instant::now();
        let forked = world.fork(None).await?;
        whole.push(started.elapsed());
        let found = forked.records(SystemName::Hubspot, "contacts", 0, 1)?.total;
        if found != RECORDS {
            return Err(format!("the fork has {found} records").into());
        }
    }
    let (state, whole) = (median(&mut state), median(&mut whole));
    tell("fork", &format!("{} with its listeners, {} of it the records (goal 10 ms)", millis(whole), millis(state)));
    Ok(())
}

/// Memory as calls add up, past the journal's budget of 64 MiB.
async fn journal() -> Result<()> {
    let mut process = Process::in_role("calls", &json!({"worlds": 1}))?;
    let ready = process.hear()?;
    let (url, token) = (&ready["url"], &ready["token"]);
    let (url, token) = (url.as_str().ok_or("no url")?, token.as_str().ok_or("no token")?);
    let id = ready["contact"].as_str().ok_or("no contact")?;
    let address = url.trim_start_matches("http://");
    let request = format!(
        "GET /crm/v3/objects/contacts/{id} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    let request: Rc<dyn Fn(u64) -> Vec<u8>> = Rc::new(move |_| request.clone().into_bytes());
    let mut held = vec![process.rss()? / MIB];
    for _ in 0..4 {
        client::drive(address, GETS / 4, request.clone()).await?;
        held.push(process.rss()? / MIB);
    }
    let held: Vec<_> = held.iter().map(|mib| format!("{mib:.1}")).collect();
    process.say(&json!({"worlds": 0}))?;
    let health = process.hear()?["journal"].take();
    tell(
        "journal",
        &format!("{} MiB resident after 0, 1, 2, 3, 4 quarters of {GETS} reads; {health}", held.join(", ")),
    );
    Ok(())
}

/// The child: worlds as many as it is told, until it is told no more.
fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut worlds: Vec<World> = Vec::new();
    while let Some(told) = instruction()? {
        for _ in 0..told["worlds"].as_u64().unwrap_or_default() {
            worlds.push(runtime.block_on(World::builder().clock(ClockMode::Scaled(SCALE)).start())?);
        }
        let Some(first) = worlds.first() else { continue };
        if first.records(SystemName::Hubspot, "contacts", 0, 1)?.total == 0 {
            first.put(SystemName::Hubspot, "contacts", vec![json!({"properties": {"email": "mia@example.com"}})])?;
        }
        let contact = first.records(SystemName::Hubspot, "contacts", 0, 1)?.records;
        let hubspot = &first.ready()["systems"]["hubspot"];
        say(&json!({
            "url": hubspot["url"], "token": hubspot["token"], "contact": contact[0]["id"],
            "journal": first.journal().health(),
        }));
    }
    Ok(())
}

const MIB: f64 = 1_048_576.0;

fn median(spans: &mut [Duration]) -> Duration {
    spans.sort();
    spans[spans.len() / 2]
}

fn millis(span: Duration) -> String {
    format!("{:.2} ms", span.as_secs_f64() * 1e3)
}

fn tell(name: &str, figures: &str) {
    say(&format_args!("{name:8} {figures}"));
}

#[expect(clippy::print_stdout, reason = "its figures are what a benchmark is for")]
fn say(line: &dyn std::fmt::Display) {
    println!("{line}");
}
