//! `standin tail`: the journal of a world that is being served, a line an entry.

use super::End;

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: Args) -> Result<(), End> {
    Ok(())
}
