//! `standin reference`: a reference integration as a process of its own. It is told everything by
//! environment variables and sees the systems by HTTP alone.

use miette::{IntoDiagnostic as _, Report};

use super::{End, Out, runtime};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The topology that it is for
    #[arg(value_enum)]
    topology: Topology,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Topology {
    /// Customers of the Oracle master become HubSpot contacts
    Retail,
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    let Topology::Retail = args.topology;
    let summary = runtime()?.block_on(load()).map_err(End::Setup)?;
    Out.say(&summary)?;
    Ok(())
}

/// Its summary is one line of JSON.
async fn load() -> Result<String, Report> {
    let config = reference::Config::from_env().into_diagnostic()?;
    let summary = reference::retail::load(&config).await.into_diagnostic()?;
    serde_json::to_string(&summary).into_diagnostic()
}
