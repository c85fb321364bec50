//! `standin demo`: the demonstration, on a runtime of its own.

use miette::Report;

use super::{End, runtime};
use crate::demo::{self, Failed};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where all chance comes from: the same seed tells the same story
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    runtime()?.block_on(demo::run(args.seed)).map_err(|failed| match failed {
        Failed::Unexpected { .. } => End::Ours(Report::new(failed)),
        Failed::NotRun(_) => End::setup(failed),
    })
}
