//! `standin schema`: what the files that people write may hold, and the form of the JSON reports.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Value, json};

use super::{End, Out};
use crate::load::LoadReport;
use crate::report::{MatrixReport, RunReport};
use crate::target::TargetFile;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Of which file
    #[arg(value_enum)]
    file: File,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum File {
    /// standin.yaml
    Target,
    /// A contract
    Contract,
    /// A scenario
    Scenario,
    /// What `run --report json=FILE` writes
    Report,
    /// What `receive --json FILE` writes
    Receive,
    /// What `demo` writes to demo.json
    Matrix,
    /// What `load --report json=FILE` writes
    Load,
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    let schema = match args.file {
        File::Target => json!(schemars::schema_for!(TargetFile)),
        File::Contract => json!(contracts::Contract::schema()),
        File::Scenario => crate::script::schema(),
        File::Report => json!(written().into_root_schema_for::<RunReport>()),
        File::Receive => json!(written().into_root_schema_for::<crate::kit::ReceiveReport>()),
        File::Matrix => json!(written().into_root_schema_for::<MatrixReport>()),
        File::Load => json!(written().into_root_schema_for::<LoadReport>()),
    };
    Ok(Out.say(&pretty(&schema))?)
}

/// For what we write, not read: what may be left out need not be there.
fn written() -> SchemaGenerator {
    SchemaSettings::draft2020_12().for_serialize().into_generator()
}

fn pretty(schema: &Value) -> String {
    format!("{schema:#}")
}
