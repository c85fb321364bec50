//! `standin run` as users and pipelines run it: a target in a process of its own, verdicts, exit codes.

mod clauses;
mod files;
mod hostile;
mod hosts;
mod interrupted;
mod jobs;
mod leaned;
mod leaving;
mod observe;
mod outcomes;
mod reload;
mod slips;
mod targets;
mod unfit;
mod world_files;
mod worlds;

use std::path::Path;
use std::process::{Command, Output};

/// The program, in a folder.
fn standin(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_standin")).args(args).current_dir(folder).output().expect("the program starts")
}

/// Both ways out, without what a terminal's width does to lines.
fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr].concat();
    let text = String::from_utf8_lossy(&both);
    text.lines().map(|line| line.trim().trim_start_matches('│').trim()).collect::<Vec<_>>().join(" ")
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("a test's own folder takes files");
}
