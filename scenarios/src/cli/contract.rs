//! `standin contract`: whether a contract's file is one, and what it promises in plain words.

use std::path::PathBuf;

use contracts::Contract;
use sim::OrdsTable;

use super::run::{contract, target_file};
use super::{End, Out};
use crate::play;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Say all that is wrong with a contract's file
    Check {
        file: PathBuf,
        /// The target file whose tables and portal it is held against; the built-in tables if there is none
        #[arg(long, value_name = "FILE")]
        target: Option<String>,
    },
    /// Tell each promise in a sentence, with the clause that checks it
    Explain {
        /// The embedded retail contract if there is none
        file: Option<PathBuf>,
    },
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    match &args.what {
        What::Check { file, target: Some(target) } => {
            let target = target_file(target)?;
            let tables = play::tables(&target).map_err(End::setup)?;
            contract(file, Some((&tables, target.portal().map_err(End::setup)?)))?;
            Ok(Out.say(&format!("{} is a contract", file.display()))?)
        }
        What::Check { file, target: None } => {
            let tables = OrdsTable::built_in();
            let built_in = |name: &str| tables.iter().any(|table| table.name() == name);
            let whole = contract(file, None)?;
            let mut said = format!("{} is a contract", file.display());
            match whole.objects.iter().find(|object| !built_in(&object.master.record_type)) {
                None => drop(contract(file, Some((&tables, None)))?),
                Some(object) => said.push_str(&format!(
                    "; its columns were not looked at, as `{}` is none of the built-in tables: --target FILE says where \
                     they are declared",
                    object.master.record_type
                )),
            }
            Ok(Out.say(&said)?)
        }
        What::Explain { file: None } => Ok(Out.say(&Contract::retail().explain())?),
        What::Explain { file: Some(file) } => Ok(Out.say(&contract(file, None)?.explain())?),
    }
}
