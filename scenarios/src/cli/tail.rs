//! `standin tail`: the journal of a world that is being served, a line an entry.

use std::fmt::Write as _;

use miette::{Report, miette};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use sim::journal::{Actor, Changed, Delivered, Entry, Exchanged, FaultEvent, Kind, What, WorldEvent};

use super::{End, Out, meant, values, warn};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where the control API answers
    #[arg(long, default_value = "http://127.0.0.1:4000")]
    url: String,
    /// The world's id; the first world unless told otherwise
    #[arg(long)]
    world: Option<String>,
    /// Entries of this kind only, and of others given so
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = kind)]
    kind: Vec<Kind>,
    /// Entries after this number
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = values::whole, allow_negative_numbers = true)]
    since: u64,
    /// End with the last entry there is, instead of waiting for more
    #[arg(long)]
    no_follow: bool,
}

fn kind(name: &str) -> Result<Kind, String> {
    let known = || Kind::ALL.map(Kind::as_str).join(", ");
    Kind::parse(name).ok_or_else(|| {
        let near = meant(name, Kind::ALL.map(Kind::as_str));
        format!("there is no kind `{name}` of entry{near}; the kinds are {}", known())
    })
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| End::Ours(miette!("no thread can be started: {error}")))?.block_on(tail(args))
}

async fn tail(args: &Args) -> Result<(), End> {
    let mut answer = ask(args).await.map_err(End::Setup)?;
    let mut line = Vec::new();
    let mut call = None;
    loop {
        let piece = match answer.chunk().await {
            Ok(Some(piece)) => piece,
            // Who follows is told to the end; the end of the server is one.
            Ok(None) | Err(_) if !args.no_follow => {
                warn(&format!("the world at {} has ended, or the server with it", args.url));
                return Ok(());
            }
            Ok(None) => return Ok(()),
            Err(error) => return Err(End::Setup(miette!("the journal broke off: {error}"))),
        };
        for &byte in &piece {
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            let entry: Entry = serde_json::from_slice(&line)
                .map_err(|error| End::Setup(miette!("{} answered what is no journal: {error}", args.url)))?;
            if matches!(entry.what, What::Exchange(_)) {
                call = Some(entry.n);
            }
            Out.say(&told(&entry, call))?;
            line.clear();
        }
    }
}

async fn ask(args: &Args) -> Result<Response, Report> {
    let mut query = vec![("since", args.since.to_string()), ("follow", (!args.no_follow).to_string())];
    query.extend(args.world.iter().map(|world| ("world", world.clone())));
    query.extend(args.kind.iter().map(|kind| ("kind", kind.as_str().to_owned())));
    // A proxy for the outer world has no business between two programs of one machine.
    let client = Client::builder().no_proxy().build().map_err(|error| miette!("{error}"))?;
    if !args.url.contains("://") {
        return Err(miette!(
            help = format!("write http://{}", args.url),
            "`{}` is no URL: its scheme is missing",
            args.url
        ));
    }
    let url = format!("{}/_standin/journal", args.url.trim_end_matches('/'));
    let answer = client.get(&url).query(&query).send().await.map_err(|_| {
        let help = "start one with `standin serve`; it says its control address, which goes to --url";
        miette!(help = help, "no standin answers at {}", args.url)
    })?;
    if answer.status() == StatusCode::OK {
        return Ok(answer);
    }
    let status = answer.status();
    let refusal: Value = answer.json().await.unwrap_or_default();
    let text = |name: &str| refusal["error"][name].as_str().map(str::to_owned);
    let message = text("message").unwrap_or_else(|| format!("{url} answered {status}"));
    Err(miette!(help = text("help").unwrap_or_else(|| "is this the control address?".to_owned()), "{message}"))
}

/// An entry in a line; changes stand under the call that made them, if that was the last call told.
fn told(entry: &Entry, call: Option<u64>) -> String {
    let system = entry.system.map_or("", |system| system.as_str());
    let front = format!("{}  {system:<14}", entry.at);
    match &entry.what {
        What::Exchange(exchange) => format!("{front}  {}", exchanged(exchange, entry.took_effect)),
        What::Delivery(delivery) => format!("{front}  {}", delivered(delivery)),
        What::Change(change) if change.exchange.is_some() && change.exchange == call => {
            format!("{:26}{:14}    {}", "", "", changed(change))
        }
        What::Change(change) => format!("{front}  {}", changed(change)),
        What::Clock(clock) if clock.from == clock.to => format!("{front}  clock: {}", clock.mode),
        What::Clock(clock) => format!("{front}  clock: {} from {}", clock.mode, clock.from),
        What::Fault(fault) => {
            let event = match fault.event {
                FaultEvent::Armed => "armed",
                FaultEvent::Struck => "struck",
                FaultEvent::Cleared => "cleared",
            };
            format!("{front}  fault {} {event}", plain(&fault.name))
        }
        What::World(world) => {
            let event = match world.event {
                WorldEvent::Reset => "emptied",
                WorldEvent::Snapshot => "put by as",
                WorldEvent::Restored => "restored from",
            };
            let snapshot = world.snapshot.as_deref().map(|id| format!(" {}", plain(id))).unwrap_or_default();
            format!("{front}  world {event}{snapshot}")
        }
    }
}

fn exchanged(exchange: &Exchanged, took_effect: bool) -> String {
    let effect = if took_effect { "took effect" } else { "no effect" };
    let mut text = format!("{:<6} {}  {}  {effect}", plain(&exchange.method), plain(&exchange.target), exchange.status);
    for (what, name) in [("limit", &exchange.limit), ("fault", &exchange.fault)] {
        if let Some(name) = name {
            let _ = write!(text, "  {what} {}", plain(name));
        }
    }
    text
}

fn delivered(delivery: &Delivered) -> String {
    let came = match (delivery.status, &delivery.failure) {
        (Some(status), _) => status.to_string(),
        (None, Some(failure)) => plain(failure),
        (None, None) => "no answer".to_owned(),
    };
    let events = if delivery.events == 1 { "event" } else { "events" };
    let mut text = format!("-> {}  {came}  {} {events}", plain(&delivery.url), delivery.events);
    if delivery.attempt > 0 {
        let _ = write!(text, "  retry {}", delivery.attempt);
    }
    if let Some(forged) = &delivery.forged {
        let _ = write!(text, "  forged: {}", plain(forged));
    }
    text
}

fn changed(change: &Changed) -> String {
    let actor = match change.actor {
        Actor::Integration => "",
        Actor::Tester => " by the tester",
        Actor::System => " by the system",
    };
    let verb = serde_json::to_value(change.change).unwrap_or_default();
    let mut text =
        format!("{} {} {}{actor}", verb.as_str().unwrap_or("changed"), plain(&change.record_type), plain(&change.id));
    for (place, (name, value)) in change.values.iter().enumerate() {
        let _ = write!(text, "{}{}={}", if place == 0 { ": " } else { ", " }, plain(name), plain(value));
    }
    text
}

/// On one line, and without what a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_line_and_a_change_stands_under_its_call() {
        let front = r#""account":"7","took_effect":true"#;
        let lines = [
            (
                format!(
                    r#"{{"n":1,"at":"2026-11-20T00:00:00.000Z","kind":"exchange","system":"hubspot",{front},"method":"POST","target":"/crm/v3/objects/contacts?a=b","operation":"o","status":504,"app":null,"limit":null,"fault":"commit-then-timeout","correlation":null,"user_agent":null}}"#
                ),
                "2026-11-20T00:00:00.000Z  hubspot         POST   /crm/v3/objects/contacts?a=b  504  took effect  fault commit-then-timeout",
            ),
            (
                format!(
                    r#"{{"n":2,"at":"2026-11-20T00:00:00.000Z","kind":"change","system":"hubspot",{front},"actor":"integration","exchange":1,"change":"created","type":"contacts","id":"101","values":{{"email":"kim@example.com","note":"a\u001b[2Jb\nc"}}}}"#
                ),
                r"                                            created contacts 101: email=kim@example.com, note=a\u{1b}[2Jb\nc",
            ),
            (
                format!(
                    r#"{{"n":3,"at":"2026-11-20T00:00:00.000Z","kind":"change","system":"ords",{front},"actor":"tester","exchange":null,"change":"archived","type":"customers","id":"9","values":{{}}}}"#
                ),
                "2026-11-20T00:00:00.000Z  ords            archived customers 9 by the tester",
            ),
            (
                format!(
                    r#"{{"n":6,"at":"2026-11-20T00:00:06.000Z","kind":"delivery","system":"hubspot",{front},"app":"7","url":"http://127.0.0.1:9/events","sent_at":"2026-11-20T00:00:01.000Z","attempt":1,"events":3,"forged":null,"status":null,"failure":"deadline"}}"#
                ),
                "2026-11-20T00:00:06.000Z  hubspot         -> http://127.0.0.1:9/events  deadline  3 events  retry 1",
            ),
            (
                r#"{"n":4,"at":"2026-11-20T01:01:00.000Z","kind":"clock","system":null,"account":null,"took_effect":true,"from":"2026-11-20T00:00:00.000Z","to":"2026-11-20T01:01:00.000Z","mode":"manual"}"#.to_owned(),
                "2026-11-20T01:01:00.000Z                  clock: manual from 2026-11-20T00:00:00.000Z",
            ),
            (
                r#"{"n":5,"at":"2026-11-20T01:01:00.000Z","kind":"fault","system":null,"account":null,"took_effect":true,"name":"5xx-burst","event":"armed"}"#.to_owned(),
                "2026-11-20T01:01:00.000Z                  fault 5xx-burst armed",
            ),
            (
                r#"{"n":6,"at":"2026-11-20T01:01:00.000Z","kind":"world","system":null,"account":null,"took_effect":true,"event":"restored","snapshot":"snapshot-1"}"#.to_owned(),
                "2026-11-20T01:01:00.000Z                  world restored from snapshot-1",
            ),
            (
                r#"{"n":7,"at":"2026-11-20T01:01:00.000Z","kind":"world","system":null,"account":null,"took_effect":true,"event":"reset","snapshot":null}"#.to_owned(),
                "2026-11-20T01:01:00.000Z                  world emptied",
            ),
        ];
        for (json, line) in lines {
            assert_eq!(told(&serde_json::from_str(&json).unwrap(), Some(1)), line);
        }
    }
}
