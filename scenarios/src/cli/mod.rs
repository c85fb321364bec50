//! The command line: what may be asked, and how it ends. Each command is a file of its own.
//!
//! Exit codes: 0, all is well; 1, what was to be checked does not hold; 2, it was asked for or set
//! up wrongly; 3, a defect of ours.

mod contract;
mod demo;
mod end;
mod faults;
mod fidelity;
mod guard;
mod load;
mod out;
mod portal;
mod profiles;
mod receive;
mod reference;
mod run;
mod schema;
mod send;
mod serve;
mod tail;
mod values;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use end::End;
pub use out::Out;
use sim::SystemName;

/// Simulated HubSpot, Oracle and Retail Express servers, with the vendors' limits, tokens and bad days.
#[derive(Debug, Parser)]
#[command(name = "standin", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a world of simulated systems, and the control API, until told to end
    Serve(serve::Args),
    /// Follow the journal of a world that is being served
    Tail(tail::Args),
    /// Send a webhook receiver one event, signed as HubSpot signs it
    Send(send::Args),
    /// Put a webhook receiver through the hostile kit, with a verdict a case
    Receive(receive::Args),
    /// Put a target through scenarios, and say which promises it keeps
    Run(run::Args),
    /// Show in a minute what this is: the reference integration, the scenarios, and bugs that are caught
    Demo(demo::Args),
    /// Bring a population over, or send webhooks, and say what it took: rates, refusals, limits, latencies
    Load(load::Args),
    /// Tell what the simulated systems do, by whose word, and which test shows it
    Fidelity(fidelity::Args),
    /// List the bad days that a world can have, and what each can be told
    Faults(faults::Args),
    /// List the profiles: the tiers and policies that a system can have
    Profiles(profiles::Args),
    /// Check what was saved from a HubSpot portal
    Portal(portal::Args),
    /// Check or explain a contract
    Contract(contract::Args),
    /// Print the JSON Schema of a file that you write, or of a report
    Schema(schema::Args),
    #[command(hide = true)]
    Guard(guard::Args),
    #[command(hide = true)]
    Reference(reference::Args),
}

/// Runs the program with the arguments it was given.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match std::panic::catch_unwind(|| run(cli.command)) {
        Ok(ended) => ended.unwrap_or_else(End::tell),
        // The panic has said what it was.
        Err(_) => ExitCode::from(3),
    }
}

fn run(command: Command) -> Result<ExitCode, End> {
    let ended = match command {
        Command::Guard(args) => return guard::run(&args),
        Command::Serve(args) => serve::run(args),
        Command::Tail(args) => tail::run(&args),
        Command::Send(args) => send::run(&args),
        Command::Receive(args) => receive::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Load(args) => load::run(&args),
        Command::Fidelity(args) => fidelity::run(&args),
        Command::Faults(args) => faults::run(&args),
        Command::Profiles(args) => profiles::run(&args),
        Command::Reference(args) => reference::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Portal(args) => portal::run(&args),
        Command::Contract(args) => contract::run(&args),
        Command::Schema(args) => schema::run(&args),
    };
    ended.map(|()| ExitCode::SUCCESS)
}

/// A line on standard error, beside what the command is for.
fn warn(text: &str) {
    // If standard error is closed, nobody wants to know.
    let _ = writeln!(std::io::stderr(), "standin: {text}");
}

/// What stands after a name that is not known: the one that was meant, if one is near.
fn meant<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    contracts::nearest(name, known).map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
}

/// Reads a system's name.
fn system(name: &str) -> Result<SystemName, String> {
    SystemName::parse(name).ok_or_else(|| {
        let known = SystemName::ALL.map(SystemName::as_str).join(", ");
        let near = meant(name, SystemName::ALL.map(SystemName::as_str));
        format!("there is no system `{name}`{near}; the systems are: {known}")
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, End> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| End::Ours(miette::miette!("no threads can be started: {error}")))
}
