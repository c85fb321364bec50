//! `standin reference`: a reference integration as a process of its own. It is told everything by
//! environment variables and sees the systems by HTTP alone.

use miette::{IntoDiagnostic as _, Report};

use super::serve::signals;
use super::{End, Out, runtime};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The topology that it is for
    #[arg(value_enum)]
    topology: Topology,
    /// Bring everyone over, say in a line of JSON what came of it, and end
    #[arg(long)]
    once: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Topology {
    /// Customers of the Oracle master become HubSpot contacts; opt-outs and new people flow back
    Retail,
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    let Topology::Retail = args.topology;
    let runtime = runtime()?;
    if args.once {
        let summary = runtime.block_on(load()).map_err(End::Setup)?;
        Out.say(&summary)?;
    } else {
        runtime.block_on(serve())?;
    }
    Ok(())
}

/// Its summary is one line of JSON.
async fn load() -> Result<String, Report> {
    let config = reference::Config::from_env().into_diagnostic()?;
    let summary = reference::retail::load(&config).await.into_diagnostic()?;
    serde_json::to_string(&summary).into_diagnostic()
}

/// Runs until a signal ends it. It says on which port it listens.
async fn serve() -> Result<(), End> {
    let ended = signals()?;
    let config = reference::Config::from_env().into_diagnostic().map_err(End::Setup)?;
    let ready = |port| drop(Out.say(&format!("{{\"port\":{port}}}")));
    reference::retail::serve(config, ready, ended).await.into_diagnostic().map_err(End::Setup)
}
