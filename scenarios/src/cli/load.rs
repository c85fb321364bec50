//! `standin load`: an integration brings a population over under its quota, or a receiver is sent webhooks.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use miette::miette;
use sim::Seed;

use super::run::{json, plan, save};
use super::serve::signals;
use super::values::{span, whole};
use super::{End, Out, runtime, warn};
use crate::load::{self, LoadReport, Population, Sending, Source};
use crate::play::{Company, Progress};
use crate::report;
use crate::run::Grounds;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The target file of the integration that brings customers over; the reference integration if absent
    #[arg(long, value_name = "FILE", default_value = "reference", conflicts_with = "receiver")]
    target: String,
    /// How many customers the master holds, all of them subscribed
    #[arg(long, value_name = "N", default_value_t = 16_000, value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "receiver")]
    records: u64,
    /// HubSpot's tier: a profile's name, or a file that ends in .yaml; the target file's if absent
    #[arg(long, value_name = "NAME", conflicts_with = "receiver")]
    profile: Option<String>,
    /// How long it may take, in world time, like 30m; 24h, or 60s where the target lives by the machine's time
    #[arg(long = "for", value_name = "SPAN", value_parser = span, conflicts_with = "receiver")]
    within: Option<i64>,
    /// The address of a receiver of HubSpot's webhooks, which is put under load instead of an integration
    #[arg(long, value_name = "URL")]
    receiver: Option<String>,
    /// How many events are sent
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..), requires = "receiver")]
    events: u64,
    /// Events a second, whatever became of those before; 10,000 if absent: HubSpot's ten requests of a hundred at once, each answered within 100 ms
    #[arg(long, value_name = "N", value_parser = rate, requires = "receiver")]
    rate: Option<f64>,
    /// Requests at once; 10 as HubSpot has them, if absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), requires = "receiver")]
    concurrency: Option<u16>,
    /// The app's secret, by which events are signed; one is made up and told, if absent
    #[arg(long, value_name = "S", requires = "receiver")]
    secret: Option<String>,
    /// The address that is signed and told by Host and X-Forwarded-*, where a proxy stands in front of the receiver
    #[arg(long, value_name = "URL", requires = "receiver")]
    public_url: Option<String>,
    /// Who tells how many events the receiver has taken, and how many of them were distinct: an address, or a command for the shell
    #[arg(long, value_name = "URL|CMD", requires = "receiver")]
    observe: Option<String>,
    /// The first eventId; made from the time of day if absent
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u64).range(1..=FIRST_IDS.1), requires = "receiver")]
    first_id: Option<u64>,
    /// Where all chance comes from
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole)]
    seed: u64,
    /// Write a report: json=FILE
    #[arg(long, value_name = "json=FILE", value_parser = report_file)]
    report: Option<PathBuf>,
}

/// Between which the first id lies that is made up: nearly 32 bits, as HubSpot's.
const FIRST_IDS: (u64, u64) = (1_000_000_000, 4_000_000_000);

/// The ids of one run are others than those of the run before, so that a receiver that remembers takes them for new.
fn first_id() -> u64 {
    let of_the_day = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
    Seed(of_the_day ^ u64::from(std::process::id()).rotate_left(40)).between(
        "load.first-id",
        0,
        FIRST_IDS.0,
        FIRST_IDS.1,
    )
}

fn rate(text: &str) -> Result<f64, String> {
    let within = |rate: &f64| *rate > 0.0 && rate.is_finite();
    text.parse().ok().filter(within).ok_or_else(|| "it is to be a number of events above 0".to_owned())
}

fn report_file(text: &str) -> Result<PathBuf, String> {
    let file = text.strip_prefix("json=").filter(|file| !file.is_empty());
    file.map(PathBuf::from).ok_or_else(|| "write json=FILE".to_owned())
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    let runtime = runtime()?;
    runtime.block_on(async {
        match &args.receiver {
            Some(receiver) => receive(args, receiver).await,
            None => carry(args).await,
        }
    })
}

async fn carry(args: &Args) -> Result<(), End> {
    let mut plan = plan(&args.target)?;
    if let Some(profile) = &args.profile {
        plan.file.world.hubspot.profile = Some(of_profile(profile)?);
    }
    let grounds = Grounds::open().await.map_err(End::setup)?;
    let population = Population { records: args.records, seed: args.seed, within_ms: args.within };
    let mut asked = std::pin::pin!(signals()?);
    let company = Company { until: asked.as_mut(), told: &|progress| warn(&so_far(progress, args.records)) };
    let (mut load, said) = load::carry(&plan, &grounds, population, company).await.map_err(End::setup)?;
    if let Some(profile) = &args.profile {
        load.profile.clone_from(profile);
    }
    let follows = load.time != "real";
    let well = load.broke_off.is_none() && load.moved > 0 && (load.drained || (!follows && load.wrong == 0));
    let interrupted = load.interrupted;
    let told = load::target_told(&load);
    write(args, &LoadReport::Target(Box::new(load)))?;
    Out.tell(&told)?;
    if !said.is_empty() {
        Out.tell(&format!("the target said last:\n  {}", said.join("\n  ")))?;
    }
    if interrupted {
        return Err(End::Setup(miette!("interrupted; every target has been ended")));
    }
    if well { Ok(()) } else { Err(End::Broken) }
}

fn so_far(progress: Progress, records: u64) -> String {
    let Progress { written, world_ms, real } = progress;
    let (world, real) = (report::world_time(world_ms), real.as_secs());
    format!("{written} of {records} records written after {real} s, {world} of world time")
}

/// A profile's name, or a file of the caller's folder and not of the target's.
fn of_profile(profile: &str) -> Result<String, End> {
    let is_file = profile.ends_with(".yaml") || profile.ends_with(".yml");
    if !is_file {
        return Ok(profile.to_owned());
    }
    let path = std::path::absolute(Path::new(profile));
    let path = path.map_err(|error| End::Setup(miette!("the folder of {profile} cannot be told: {error}")))?;
    Ok(path.display().to_string())
}

async fn receive(args: &Args, receiver: &str) -> Result<(), End> {
    let secret = args.secret.clone().unwrap_or_else(|| load::made_up_secret(args.seed));
    let sending = Sending {
        receiver: receiver.to_owned(),
        public_url: args.public_url.clone(),
        secret: secret.clone(),
        events: args.events,
        rate: args.rate,
        concurrency: args.concurrency.map(usize::from),
        observe: args.observe.as_deref().map(Source::parse),
        seed: args.seed,
        first_id: args.first_id.unwrap_or_else(first_id),
    };
    let load = load::send(&sending, signals()?).await.map_err(End::setup)?;
    let interrupted = load.interrupted;
    let observed_well =
        load.observed.is_none_or(|observed| observed.missing == 0 && observed.doubled.unwrap_or(0) == 0);
    let well = load.lost == 0 && observed_well;
    let told = load::receiver_told(&load);
    write(args, &LoadReport::Receiver(Box::new(load)))?;
    Out.tell(&told)?;
    if args.secret.is_none() {
        Out.tell(&format!("\nsigned with the secret {secret}; --secret takes the receiver's own"))?;
    }
    if interrupted {
        return Err(End::Setup(miette!("interrupted: the rest was not sent")));
    }
    if well { Ok(()) } else { Err(End::Broken) }
}

fn write(args: &Args, report: &LoadReport) -> Result<(), End> {
    match &args.report {
        Some(file) => save(file, &json(report)?),
        None => Ok(()),
    }
}
