//! `standin send`: one delivery to a receiver, signed as HubSpot signs it, or one case of the hostile kit. It needs no
//! world.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};
use miette::miette;
use serde_json::Value;
use sim::SampleEvent;

use super::run::read;
use super::{End, Out, runtime, warn};
use crate::kit::{
    self, Address, BATCH_MAX, Basis, Failure, Hostile, Judged, Letter, Part, Sender, Sent, Signature, Wanted,
};

/// What a hostile case tells where no event is named.
const EVENT: &str = "contact.propertyChange";
const DAY_MS: i64 = 86_400_000;
/// More than a run has.
const IDS_OF_A_RUN: u64 = 20_000;

/// The secret where none is told.
const SECRET: &str = "standin-secret";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A type of event as HubSpot names it, like contact.propertyChange, which a hostile case tells if none is named
    #[arg(value_name = "EVENT", value_parser = event, required_unless_present_any = ["json", "hostile"], conflicts_with = "json")]
    event: Option<String>,
    #[command(flatten)]
    whither: Whither,
    #[command(flatten)]
    about: About,
    /// With what it is signed
    #[arg(long, value_enum, default_value_t)]
    signature: Signature,
    /// So many events, about records one after the other; a request holds up to 100
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    count: u64,
    /// The attempt that it says to be: 0 to 10
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=10))]
    attempt: u32,
    /// A case of the hostile kit
    #[arg(long, value_name = "NAME", value_parser = hostile(), conflicts_with_all = ["json", "count", "attempt", "signature"])]
    hostile: Option<Hostile>,
    /// The body, as it stands in a file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Where it goes.
#[derive(Debug, clap::Args)]
struct Whither {
    /// The receiver's address
    #[arg(long, value_name = "URL", value_parser = Address::parse)]
    to: Address,
    /// The app's client secret, by which it is signed
    #[arg(long, value_name = "TEXT")]
    secret: Option<String>,
    /// The address that HubSpot calls and signs, where a proxy stands in front of the receiver
    #[arg(long, value_name = "URL", value_parser = public)]
    public_url: Option<String>,
}

/// What events tell, for `send` and `receive`.
#[derive(Debug, clap::Args)]
pub(super) struct About {
    /// The record's id
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) object_id: Option<u64>,
    /// The record's type, with object.* events
    #[arg(long, value_name = "TYPE", default_value = "0-1")]
    pub(super) object_type_id: String,
    /// The property that has changed
    #[arg(long, value_name = "NAME", default_value = "firstname")]
    pub(super) property: String,
    /// Its value
    #[arg(long, value_name = "TEXT")]
    pub(super) value: Option<String>,
    /// Its value before, where the kit tells one
    #[arg(long, value_name = "TEXT")]
    pub(super) earlier: Option<String>,
    /// The portal's id
    #[arg(long, value_name = "ID", default_value_t = 4_200_001)]
    pub(super) portal: u64,
    /// The app's id
    #[arg(long, value_name = "ID", default_value_t = 9_001)]
    pub(super) app: u64,
    /// The first eventId; made from the time of day, and so a new one each time, if absent
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000_000_000))]
    pub(super) first_id: Option<u64>,
}

/// A type of event, or what was perhaps meant by it.
pub(super) fn event(name: &str) -> Result<String, String> {
    let known = sim::webhook_event_types();
    if known.iter().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    Err(match contracts::nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("HubSpot has no such event; did you mean `{near}`?"),
        None => format!("HubSpot has no such event; it has {}", known.join(", ")),
    })
}

pub(super) fn hostile() -> impl clap::builder::TypedValueParser<Value = Hostile> {
    let named = Hostile::ALL.iter().map(|case| PossibleValue::new(case.name()).help(case.stands_for()));
    PossibleValuesParser::new(named.collect::<Vec<_>>())
        .try_map(|name| Hostile::find(&name).ok_or("there is no such case"))
}

/// An address that is signed, of either scheme.
pub(super) fn public(url: &str) -> Result<String, String> {
    match url.split_once("://") {
        Some(("http" | "https", rest)) if !rest.is_empty() && !rest.starts_with('/') => Ok(url.to_owned()),
        _ => Err("write it like https://hooks.example.com/hubspot/events".to_owned()),
    }
}

impl About {
    /// The ids of one run are others than those of the run before, and of one that begins in the same millisecond, so that
    /// a receiver that remembers takes them for new.
    pub(super) fn first_id(&self) -> u64 {
        let of_the_day = (kit::now_ms() % DAY_MS).unsigned_abs();
        let beside = u64::from(std::process::id() % 200) * 100;
        self.first_id.unwrap_or_else(|| 1_000_000_000 + of_the_day * IDS_OF_A_RUN + beside)
    }

    pub(super) fn basis(&self, event: &str, first_id: u64) -> Basis {
        let event = SampleEvent {
            event_id: first_id,
            object_id: self.object_id.unwrap_or_default(),
            object_type_id: self.object_type_id.clone(),
            occurred_at: kit::now_ms(),
            portal_id: self.portal,
            app_id: self.app,
            property_name: self.property.clone(),
            property_value: self.value.clone().unwrap_or_default(),
            ..SampleEvent::of(event)
        };
        Basis { event, earlier: self.earlier.clone().unwrap_or_default() }
    }
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    let Whither { to, secret, public_url } = &args.whither;
    if secret.is_none() {
        warn(&format!("signed with the secret `{SECRET}`, as --secret tells none"));
    }
    let secret = secret.clone().unwrap_or_else(|| SECRET.to_owned());
    let sender = Sender { address: to.clone(), public_url: public_url.clone(), secret, signature: args.signature };
    if args.hostile == Some(Hostile::ChangedHost) && public_url.is_none() {
        return Err(End::Setup(miette!(
            help = "name the address that HubSpot calls, like https://hooks.example.com/hubspot/events",
            "{} needs --public-url",
            Hostile::ChangedHost.name()
        )));
    }
    let first_id = args.about.first_id();
    let parts = parts(args, first_id)?;
    if let Some(case) = args.hostile {
        let (name, stands, right) = (case.name(), case.stands_for(), case.right());
        Out.say(&format!("{name}: {stands}\na right receiver {right}\n"))?;
    }
    let at_once = args.hostile.map_or(1, Hostile::at_once);
    let sent = runtime()?.block_on(send(&sender, &parts, at_once, first_id));
    match args.hostile.map(|case| (case.judged(), case.name())) {
        Some((Judged::NoEffect | Judged::Effect, name)) => {
            let does = format!("`standin receive --only {name} --observe ...` does");
            Out.say(&format!("what effect it had is not judged here: {does}"))?;
            sent
        }
        // Advice breaks nothing.
        Some((Judged::Advice, _)) => sent.or_else(|end| if matches!(end, End::Broken) { Ok(()) } else { Err(end) }),
        _ => sent,
    }
}

fn parts(args: &Args, first_id: u64) -> Result<Vec<Part>, End> {
    if let Some(file) = &args.json {
        let text = read(file, "name a file with the body: an array of events")?;
        let events = serde_json::from_str::<Value>(&text).ok();
        let events = events.as_ref().and_then(Value::as_array).map(Vec::len);
        if events.is_none_or(|count| count == 0 || count > BATCH_MAX) {
            warn(&format!("{} is no array of 1 to {BATCH_MAX} events, which HubSpot sends alone", file.display()));
        }
        let letter = Letter { body: text.into_bytes(), events: events.unwrap_or(1), ..Letter::default() };
        return Ok(vec![letter.wants(Wanted::Accepted)]);
    }
    let event = args.event.as_deref().unwrap_or(EVENT);
    let mut basis = args.about.basis(event, first_id);
    basis.event.attempt = args.attempt;
    for (value, usual) in [(&mut basis.event.property_value, "Kim"), (&mut basis.earlier, "Kit")] {
        if value.is_empty() {
            usual.clone_into(value);
        }
    }
    if basis.event.object_id == 0 {
        basis.event.object_id = 551;
    }
    if let Some(case) = args.hostile {
        if let Some(lacking) = basis.lacks(case) {
            let help = "name an event of a type of record, like contact.propertyChange";
            return Err(End::Setup(miette!(
                help = help,
                "{} tells {lacking} too, which HubSpot does not have",
                case.name()
            )));
        }
        return Ok(basis.parts(case));
    }
    let events: Vec<_> = (0..args.count).filter_map(|n| basis.nth(n).event()).collect();
    Ok(events.chunks(BATCH_MAX).map(|events| Letter::of(events).wants(Wanted::Accepted)).collect())
}

/// How many requests are told in full, and of those that were not answered as wanted.
const TOLD: usize = 3;

async fn send(sender: &Sender, parts: &[Part], at_once: usize, trace: u64) -> Result<(), End> {
    let all = kit::post_all(sender, parts, at_once, trace).await;
    let mut unwell = 0;
    for (place, (request, answer)) in all.iter().enumerate() {
        if let Err(Failure::Unreachable(why)) = &answer.got {
            let help = "is the receiver running, and is it its own address that --to names?";
            return Err(End::Setup(miette!(help = help, "{} cannot be reached: {why}", request.address)));
        }
        let part = &parts[place];
        let sent = Sent::new(request, part.wanted, answer);
        unwell += usize::from(!sent.well);
        if place < TOLD || (!sent.well && unwell <= TOLD) {
            Out.say(&told(&sent, part, place, parts.len()))?;
        }
    }
    if all.len() > TOLD {
        let slowest = all.iter().map(|(_, answer)| answer.took).max().unwrap_or_default();
        let taken = all.iter().filter(|(_, answer)| answer.is_success()).count();
        let (count, slowest) = (all.len(), slowest.as_secs_f64());
        let more = if unwell > 0 { format!(", {unwell} not as they should be") } else { String::new() };
        Out.say(&format!("{count} requests, {taken} answered 2xx{more}, the slowest after {slowest:.2} s"))?;
    }
    if unwell == 0 { Ok(()) } else { Err(End::Broken) }
}

fn told(sent: &Sent, part: &Part, place: usize, count: usize) -> String {
    let front = if count > 1 { format!("-- {} of {count}\n", place + 1) } else { String::new() };
    let answer = if sent.answer.is_empty() { String::new() } else { format!("\n{}", sent.answer.trim_end()) };
    let success = sent.status.is_some_and(|status| (200..300).contains(&status));
    let verdict = match part.wanted {
        Wanted::Nothing => "the caller went away on purpose",
        Wanted::Refused if success => "NOT as it should be: it was believed",
        Wanted::Refused if sent.well => "as it should be: it was turned away",
        Wanted::Refused | Wanted::Answered if sent.status.is_some() && !sent.well => {
            "NOT as it should be: it was not turned away, which is a 4xx other than 429"
        }
        Wanted::Answered if sent.well => "either answer is right",
        _ if success => "HubSpot would take it as told, and not try again",
        _ => "HubSpot would try it again: up to 10 times in the next 24 hours",
    };
    format!("{front}{}\n\n=> {}{answer}\n   {verdict}\n", sent.request, sent.answered())
}
