//! `standin contract`: whether a contract's file is one, and what it promises in plain words.

use std::path::PathBuf;

use contracts::Contract;

use super::{End, Out, run::contract};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Say all that is wrong with a contract's file
    Check { file: PathBuf },
    /// Tell each promise in a sentence, with the clause that checks it
    Explain {
        /// The embedded retail contract if there is none
        file: Option<PathBuf>,
    },
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    match &args.what {
        What::Check { file } => {
            contract(file, None)?;
            Ok(Out.say(&format!("{} is a contract", file.display()))?)
        }
        What::Explain { file: None } => Ok(Out.say(&Contract::retail().explain())?),
        What::Explain { file: Some(file) } => Ok(Out.say(&contract(file, None)?.explain())?),
    }
}
