//! `standin guard`: stands between a runner and the program it started. When the program ends, so does
//! the guard, with its code; when the runner is gone, so is the program. Either way the guard ends all that
//! has come of it, in whatever group or session.

use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitCode, Stdio};

use miette::miette;
use rustix::process::{Signal, getpid, kill_current_process_group};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use super::{End, runtime};
use crate::target::{Faketime, end_descendants, take_in_orphans};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The time that the program lives by
    #[arg(long, value_name = "JSON", value_parser = faketime)]
    faketime: Option<Faketime>,
    #[arg(last = true, required = true)]
    command: Vec<std::ffi::OsString>,
}

fn faketime(json: &str) -> Result<Faketime, serde_json::Error> {
    serde_json::from_str(json)
}

pub(super) fn run(args: &Args) -> Result<ExitCode, End> {
    take_in_orphans();
    // A thread, as nothing can take back a read that waits; it ends with the process.
    std::thread::spawn(|| {
        let mut nothing = [0; 64];
        while matches!(std::io::stdin().read(&mut nothing), Ok(1..)) {}
        end_descendants(getpid());
        let _ = kill_current_process_group(Signal::KILL);
    });
    runtime()?.block_on(async {
        // Whoever asks the group to end means the program; the guard ends after it.
        let ours = |what: &str, error: std::io::Error| End::Ours(miette!("{what}: {error}"));
        let mut asked = signal(SignalKind::terminate()).map_err(|error| ours("no signals can be heard", error))?;
        let program = args.command[0].to_string_lossy();
        let mut command = Command::new(&args.command[0]);
        command.args(&args.command[1..]).stdin(Stdio::null());
        command.envs(args.faketime.iter().flat_map(Faketime::variables));
        let mut child = command.spawn().map_err(|error| End::Setup(miette!("{program} cannot be started: {error}")))?;
        loop {
            tokio::select! {
                status = child.wait() => {
                    let status = status.map_err(|error| ours("the program is lost", error))?;
                    end_descendants(getpid());
                    let code = status.code().or_else(|| Some(128 + status.signal()?)).unwrap_or(1);
                    return Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)));
                }
                _ = asked.recv() => {}
            }
        }
    })
}
