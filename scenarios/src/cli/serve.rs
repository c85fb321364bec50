//! `standin serve`: one world and the control API, until a signal ends them.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::miette;
use serde_json::{Map, Value, json};
use sim::journal::JournalOptions;
use sim::oci_gateway::Deployment;
use sim::{Builder, ClockMode, Control, Host, HubspotPortal, Moment, Ports, StartError, SystemName, World};

use super::{End, Out, system, values, warn};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The known ports (control 4000, hubspot 4010, oci_gateway 4020, ords 4021, retail_express 4050), or any free ones
    #[arg(long, value_enum, default_value_t = PortsArg::Default)]
    ports: PortsArg,
    /// The control API's port; 0 takes any that is free
    #[arg(long, value_name = "N", value_parser = values::port, allow_negative_numbers = true)]
    control_port: Option<u16>,
    /// One system's port, whatever --ports says; give it again for another system
    #[arg(long, value_name = "SYSTEM=N", value_parser = values::port_of_system)]
    port: Vec<(SystemName, u16)>,
    /// The address to listen on; anyone who reaches it may use everything here
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_parser = values::address)]
    bind: IpAddr,
    /// The address by which callers reach a system, where that is another than it listens on
    #[arg(long, value_name = "SYSTEM=URL", value_parser = values::public_url)]
    public_url: Vec<(SystemName, String)>,
    /// Addresses of this machine that webhooks come from, in turn, like 127.0.0.2,127.0.0.3
    #[arg(long, value_name = "IP,IP", value_delimiter = ',', value_parser = values::address)]
    deliver_from: Vec<IpAddr>,
    /// Say it in one line of JSON, with every address and credential
    #[arg(long)]
    json: bool,
    /// Where all chance comes from
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::whole, allow_negative_numbers = true)]
    seed: u64,
    /// The world's id; its credentials depend on it
    #[arg(long)]
    id: Option<String>,
    /// How world time passes: real, scaled (with --scale), auto or manual
    #[arg(long, value_name = "MODE", default_value = "real")]
    clock: String,
    /// How many times the pace of the wall's
    #[arg(long, value_name = "N", value_parser = values::scale, allow_negative_numbers = true)]
    scale: Option<f64>,
    /// When the world begins, like 2026-11-20T00:00:00Z; not for a real clock
    #[arg(long, value_name = "INSTANT")]
    start: Option<Moment>,
    /// Which systems; all unless told otherwise
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = system)]
    systems: Vec<SystemName>,
    /// A system's profile by name (`standin profiles` lists them), or a file of your own, which ends in .yaml
    #[arg(long, value_name = "SYSTEM=NAME|FILE", value_parser = values::of_system)]
    profile: Vec<(SystemName, String)>,
    /// A folder of what was saved from your HubSpot portal by GETs, to begin with (`standin portal check` tells what it holds)
    #[arg(long, value_name = "FOLDER")]
    portal: Option<PathBuf>,
    /// An API deployment specification to put on the gateway under a path prefix, like /erp/v2=customers.json; the
    /// built-in one stays at /erp/v1 unless the prefix is that or above it
    #[arg(long, value_name = "PREFIX=FILE", value_parser = values::deployment)]
    deployment: Vec<(String, PathBuf)>,
    /// What the journals of all worlds together may hold in memory; the rest is on disk
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = values::whole, allow_negative_numbers = true)]
    journal_memory: u64,
    /// The folder for the part of a journal that is on disk: a private file without a name, gone with the process
    #[arg(long, value_name = "DIR")]
    journal_dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum PortsArg {
    Auto,
    Default,
}

pub(super) fn run(args: Args) -> Result<(), End> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| End::Ours(miette!("no threads can be started: {error}")))?;
    let ended = runtime.block_on(serve(args));
    // Calls under way are not waited for: whoever ends us has done with them.
    runtime.shutdown_background();
    ended
}

async fn serve(args: Args) -> Result<(), End> {
    // Before anyone is told: whoever reads the line may end us at once.
    let ended = signals()?;
    let base = builder(&args)?;
    let host = Arc::new(Host::new(base.clone()));
    let control_port = args.control_port.unwrap_or(match args.ports {
        PortsArg::Auto => 0,
        PortsArg::Default => Control::DEFAULT_PORT,
    });
    let failed = |error| not_started(error, &args);
    let control = Control::start(host.clone(), args.bind, control_port).await.map_err(failed)?;
    let world = host.create(base).await.map_err(failed)?;
    if !args.bind.is_loopback() {
        warn(&format!("anyone who can reach {} may use everything here, the control API too", args.bind));
    }
    let line = control.ready(&world);
    Out.say(&if args.json { line.to_string() } else { for_people(&line) })?;
    ended.await;
    drop(control);
    world.close().await;
    Ok(())
}

fn builder(args: &Args) -> Result<Builder, End> {
    check(args)?;
    let mode = ClockMode::parse(&args.clock, args.scale).map_err(|error| End::setup(StartError::from(error)))?;
    let mut builder = World::builder()
        .seed(args.seed)
        .clock(mode)
        .bind(args.bind)
        .ports(match args.ports {
            PortsArg::Auto => Ports::Auto,
            PortsArg::Default => Ports::Default,
        })
        .journal(JournalOptions {
            memory_bytes_max: usize::try_from(args.journal_memory).unwrap_or(usize::MAX).saturating_mul(1024 * 1024),
            spill_dir: args.journal_dir.clone(),
        })
        .on_journal_trouble(|world, why| {
            warn(&format!(
                "the journal of world `{world}` cannot be moved to disk ({why}); its entries stay in memory, which \
                 grows, and the move is tried again"
            ));
        });
    if let Some(id) = &args.id {
        builder = builder.id(id);
    }
    if let Some(start) = args.start {
        builder = builder.start_at(start);
    }
    if !args.systems.is_empty() {
        builder = builder.systems(args.systems.iter().copied());
    }
    for (system, name) in &args.profile {
        builder = if name.ends_with(".yaml") || name.ends_with(".yml") {
            builder.profile_text(*system, name, read(Path::new(name))?)
        } else {
            builder.profile(*system, name)
        };
    }
    if let Some(folder) = &args.portal {
        builder = builder.hubspot_portal(HubspotPortal::load(folder).map_err(End::setup)?);
    }
    for (prefix, file) in &args.deployment {
        let loaded = Deployment::load(&file.display().to_string(), prefix, &read(file)?);
        builder = builder.deployment(loaded.map_err(|error| End::setup(StartError::from(error)))?);
    }
    for (system, url) in &args.public_url {
        builder = builder.public_url(*system, url);
    }
    builder = builder.deliver_from(args.deliver_from.iter().copied());
    for (system, port) in &args.port {
        builder = builder.port(*system, *port);
    }
    Ok(builder)
}

/// What no option can see alone: a system that is told of twice, or told of and not there.
fn check(args: &Args) -> Result<(), End> {
    let of = |option, systems: &mut dyn Iterator<Item = SystemName>| -> Vec<_> {
        systems.map(|system| (option, system)).collect()
    };
    let mut told = of("--profile", &mut args.profile.iter().map(|(system, _)| *system));
    told.extend(of("--public-url", &mut args.public_url.iter().map(|(system, _)| *system)));
    told.extend(of("--port", &mut args.port.iter().map(|(system, _)| *system)));
    for (place, (option, system)) in told.iter().enumerate() {
        if told[..place].contains(&(*option, *system)) {
            let help = "give it once for each system";
            return Err(End::Setup(miette!(help = help, "{option} is given twice for {system}")));
        }
    }
    told.extend(args.deployment.first().map(|_| ("--deployment", SystemName::OciGateway)));
    told.extend(args.portal.iter().map(|_| ("--portal", SystemName::Hubspot)));
    match told.iter().find(|(_, system)| !args.systems.is_empty() && !args.systems.contains(system)) {
        Some((option, system)) => {
            let help = format!("add {system} to --systems, or leave {option} out");
            Err(End::Setup(miette!(help = help, "{option} is about {system}, and --systems leaves that out")))
        }
        None => Ok(()),
    }
}

/// A port that is taken is answered with the option that chose it.
fn not_started(error: StartError, args: &Args) -> End {
    let StartError::Taken { system, .. } = &error else { return End::setup(error) };
    let of_system = args.port.iter().any(|(named, _)| named.as_str() == *system);
    let choose = match *system {
        "control" if args.control_port.is_some() => {
            "give another to --control-port, where 0 is any that is free".into()
        }
        name if of_system => format!("give another to --port, like --port {name}=0 for any that is free"),
        _ => "let free ports be chosen: --ports auto".to_owned(),
    };
    End::Setup(miette!(help = format!("end the program that holds it, or {choose}"), "{error}"))
}

fn read(file: &Path) -> Result<String, End> {
    std::fs::read_to_string(file).map_err(|error| {
        End::Setup(miette!(help = "name a file that can be read", "{} cannot be read: {error}", file.display()))
    })
}

/// Resolves at Ctrl-C or SIGTERM; listens from now on.
#[cfg(unix)]
pub(super) fn signals() -> Result<impl Future<Output = ()>, End> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| End::Ours(miette!("signals cannot be heard: {error}")));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
pub(super) fn signals() -> Result<impl Future<Output = ()>, End> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

fn for_people(line: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut out =
        format!("Standin is ready: world {}\n\n  {:<15} {}\n", text(&line["id"]), "control", text(&line["control"]));
    let none = Map::new();
    let systems = line["systems"].as_object().unwrap_or(&none);
    for (name, system) in systems {
        out.push_str(&format!("  {name:<15} {}\n", text(&system["url"])));
        for (what, value) in system.as_object().unwrap_or(&none).iter().filter(|(what, _)| *what != "url") {
            out.push_str(&format!("  {:<15}   {what:<18} {}\n", "", text(value)));
        }
    }
    out.push_str(&format!("\nTry it:\n  {}\n\n", try_it(line, &text)));
    out.push_str(&format!("standin tail --url {} shows what is called. Ctrl-C ends it.\n", text(&line["control"])));
    out
}

/// A line for the shell that works as it stands.
fn try_it(line: &Value, text: &dyn Fn(&Value) -> String) -> String {
    let system = |name: &str| line["systems"].get(name).map(|system| (text(&system["url"]), system));
    if let Some((url, hubspot)) = system("hubspot") {
        let body = json!({"properties": {"email": "kim@example.com", "firstname": "Kim"}});
        return format!(
            "curl {url}/crm/v3/objects/contacts -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' -d '{body}'",
            text(&hubspot["token"])
        );
    }
    if let Some((url, retail)) = system("retail_express") {
        return format!("curl -H 'x-api-key: {}' {url}/v2.1/auth/token", text(&retail["api_key"]));
    }
    if let Some((url, ords)) = system("ords") {
        let (id, secret) = (text(&ords["client_id"]), text(&ords["client_secret"]));
        let schema = text(&ords["schema"]);
        return format!("curl -u '{id}:{secret}' -d grant_type=client_credentials {url}/ords/{schema}/oauth/token");
    }
    format!("curl {}/_standin/clock", text(&line["control"]))
}
