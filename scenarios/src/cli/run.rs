//! `standin run`: scenarios against a target, verdicts, reports.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use contracts::Contract;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use miette::{Report, miette};
use sim::{HubspotPortal, OrdsTable};

use super::serve::signals;
use super::{End, Out, runtime, warn};
use crate::library;
use crate::play::{self, Case, CaseVerdict, Outcome, Plan};
use crate::report::{self, RunReport};
use crate::run::{Grounds, Options};
use crate::script::Script;
use crate::target::{self, TargetFile};

/// The target file where none is named.
const USUAL: &str = "standin.yaml";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Scenario files and folders of them; the embedded retail library if there are none
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The target file; the reference integration if it is `reference`
    #[arg(long, value_name = "FILE", default_value = USUAL)]
    target: String,
    /// Where all chance comes from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// So many seeds, from --seed on
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// How many scenarios at once; one for each core if absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Only scenarios whose name or title contains this, in whatever case
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,
    /// Begin no further scenario once one is broken
    #[arg(long)]
    fail_fast: bool,
    /// Go on serving the worlds when all is over, to look around in them
    #[arg(long)]
    keep_world: bool,
    /// Write a report: json=FILE or junit=FILE
    #[arg(long, value_name = "FORM=FILE", value_parser = report_file)]
    report: Vec<(Form, PathBuf)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Json,
    Junit,
}

pub(super) fn report_file(text: &str) -> Result<(Form, PathBuf), String> {
    match text.split_once('=') {
        Some(("json", file)) if !file.is_empty() => Ok((Form::Json, file.into())),
        Some(("junit", file)) if !file.is_empty() => Ok((Form::Junit, file.into())),
        _ => Err("write json=FILE or junit=FILE".to_owned()),
    }
}

pub(super) fn run(args: &Args) -> Result<(), End> {
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let asked = signals()?;
        let (_grounds, ended) = all(args, asked).await?;
        if args.keep_world {
            signals()?.await;
        }
        ended
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}

/// Does it, unless a signal comes first: dropping what runs ends every target, and removes its state.
pub(super) async fn uninterrupted<T>(doing: impl Future<Output = Result<T, End>>) -> Result<T, End> {
    let asked = signals()?;
    tokio::select! {
        ended = doing => ended,
        () = asked => Err(End::Setup(miette!("interrupted; every target has been ended"))),
    }
}

/// Plays all, or what can be played until it is asked to end, and answers what serves the worlds that are kept, and how the command is to end.
async fn all(args: &Args, asked: impl Future<Output = ()>) -> Result<(Grounds, Result<(), End>), End> {
    let mut plan = plan(&args.target)?;
    plan.keep_worlds = args.keep_world;
    let plan = Arc::new(plan);
    let scripts = scripts(&args.paths, &args.filter)?;
    args.report.iter().try_for_each(|(_, file)| can_be_written(file))?;
    let cases: Vec<_> = (args.seed..args.seed.saturating_add(args.seeds))
        .flat_map(|seed| scripts.iter().map(move |script| Case::new(script.clone(), seed)))
        .map(|case| (plan.clone(), case))
        .collect();
    let grounds = Grounds::open().await.map_err(End::setup)?;
    // A program that runs already is in one world at a time, and a log tells of one case at a time.
    let alone = plan.file.target.start.is_none() || plan.file.shares_logs();
    let jobs = if alone { 1 } else { jobs(args.jobs) };
    let options = Options { jobs, fail_fast: args.fail_fast };
    let count = cases.len();
    let progress = progress(count);
    let outcomes = grounds
        .run_until(cases, options, asked, |_, outcome| {
            told(&progress, outcome, args.seeds > 1);
            progress.inc(1);
        })
        .await;
    progress.finish_and_clear();
    // Before anything else: whoever reads on may have gone away.
    let written = args.report.iter().try_for_each(|(form, file)| write(*form, file, &outcomes));
    Out.tell(&report::summary(&outcomes))?;
    let unplayed = outcomes.iter().filter(|outcome| outcome.interrupted.is_some()).count();
    if unplayed > 0 {
        written?;
        return Err(End::Setup(miette!(
            "interrupted: {unplayed} of {count} cases were not played; every target has been ended"
        )));
    }
    let not_begun = count - outcomes.len();
    if not_begun > 0 {
        Out.tell(&format!("{not_begun} of {count} cases were not begun, as --fail-fast asks"))?;
    }
    written?;
    if args.keep_world {
        Out.tell(&format!(
            "\nThe worlds are still there: {}/_standin/worlds. Ctrl-C ends them.",
            grounds.control_url()
        ))?;
    }
    Ok((grounds, judged(&outcomes)))
}

/// How a run ends. What was not played comes before what is broken: nobody knows what it hides.
fn judged(outcomes: &[Outcome]) -> Result<(), End> {
    let unplayed = outcomes.iter().filter(|outcome| outcome.error.is_some()).count();
    if unplayed > 0 {
        return Err(End::Setup(miette!("{unplayed} of {} cases could not be played, as told above", outcomes.len())));
    }
    if outcomes.iter().any(|outcome| outcome.case_verdict() == CaseVerdict::Broken) {
        return Err(End::Broken);
    }
    if outcomes.iter().any(Outcome::kept) {
        return Ok(());
    }
    let help = "each case's line says why";
    Err(End::Setup(if outcomes.iter().all(|outcome| outcome.skipped.is_some()) {
        miette!(help = help, "nothing was played to its end: no scenario fits this target")
    } else {
        miette!(help = help, "nothing was tested: no clause was kept, and nothing was to hold")
    }))
}

/// `seeds`: whether lines tell the seed.
pub(super) fn told(progress: &ProgressBar, outcome: &Outcome, seeds: bool) {
    let line = report::line(outcome, seeds);
    let details = report::details(outcome);
    // A reader that has gone away needs no line.
    progress.suspend(|| drop(Out.say(format!("{line}\n{details}").trim_end())));
}

/// A bar on a terminal, and nothing elsewhere: each case has a line of its own anyway.
pub(super) fn progress(count: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("  {bar:30} {pos}/{len}  {elapsed}");
    let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::stderr());
    style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
}

pub(super) fn jobs(told: Option<u16>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    told.map_or_else(cores, usize::from)
}

/// A target file, read; the reference's by that name.
pub(super) fn target_file(target: &str) -> Result<TargetFile, End> {
    Ok(match target {
        "reference" => library::reference().map_err(|error| End::Ours(Report::new(error)))?,
        path => {
            let path = Path::new(path);
            let text = read(path, "name a target file with --target; `standin schema target` says what it may hold")?;
            let mut file = TargetFile::parse(&path.display().to_string(), &text).map_err(End::setup)?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            // Programs are started inside it, where a relative one would be looked for once more.
            file.folder = std::path::absolute(folder.unwrap_or(Path::new(".")))
                .map_err(|error| End::Setup(miette!("the folder of {} cannot be told: {error}", path.display())))?;
            file
        }
    })
}

/// The plan of a target file.
pub(super) fn plan(target: &str) -> Result<Plan, End> {
    let file = target_file(target)?;
    if let Some(doubtful) = target::doubtful(&file) {
        warn(&doubtful);
    }
    play::foresee(&file).map_err(End::Setup)?;
    let portal = file.portal().map_err(End::setup)?;
    let contract = match &file.contract {
        None => Contract::retail().clone(),
        Some(path) => {
            let tables = play::tables(&file).map_err(End::setup)?;
            contract(&file.folder.join(path), Some((&tables, portal)))?
        }
    };
    let standin =
        std::env::current_exe().map_err(|error| End::Ours(miette!("where standin lies is unknown: {error}")))?;
    let client = reqwest::Client::builder().no_proxy().build();
    let client = client.map_err(|error| End::Ours(miette!("no HTTP client can be made: {error}")))?;
    let target = (target != USUAL).then(|| target.to_owned());
    Ok(Plan { file, target, contract, standin, env: Vec::new(), client, keep_worlds: false })
}

/// Reads a contract; `world` is what it is held against, where that is known: the master's tables, and HubSpot's
/// portal if it is not a new one.
pub(super) fn contract(path: &Path, world: Option<(&[OrdsTable], Option<&HubspotPortal>)>) -> Result<Contract, End> {
    let text = read(path, "`standin schema contract` says what a contract may hold")?;
    let name = path.display().to_string();
    let read = match world {
        Some((tables, portal)) => Contract::parse_with(&name, &text, tables, portal),
        None => Contract::parse(&name, &text),
    };
    read.map_err(End::setup)
}

/// The scenarios of these files and folders, in the order of their paths, and each but once.
fn scripts(paths: &[PathBuf], filters: &[String]) -> Result<Vec<Arc<Script>>, End> {
    let mut scripts = Vec::new();
    if paths.is_empty() {
        scripts = library::retail().map_err(|error| End::Ours(Report::new(error)))?;
    }
    let mut seen = BTreeSet::new();
    for path in paths {
        for file in files(path)? {
            if !seen.insert(file.clone()) {
                continue;
            }
            let name = file.display().to_string();
            let embedded = library::embedded(&name).filter(|_| !file.exists());
            let text = match embedded {
                Some((_, text)) => text.to_owned(),
                None if !file.exists() && file.starts_with(library::FOLDER) => {
                    let help = format!("embedded are {}", library::names().join(", "));
                    return Err(End::Setup(miette!(help = help, "there is no scenario {name}")));
                }
                None => read(&file, "name a scenario's file or a folder of them")?,
            };
            if let Some(what) = another(&text) {
                let help = "keep scenarios in a folder of their own, and name that";
                return Err(End::Setup(miette!(help = help, "{name} is {what}, no scenario")));
            }
            scripts.push(Arc::new(Script::parse(&name, &text).map_err(End::setup)?));
        }
    }
    if !filters.is_empty() {
        let filters: Vec<_> = filters.iter().map(|filter| filter.to_lowercase()).collect();
        scripts.retain(|script| {
            let names = [script.name.to_lowercase(), script.title.to_lowercase()];
            filters.iter().any(|filter| names.iter().any(|name| name.contains(filter.as_str())))
        });
    }
    if scripts.is_empty() {
        let help = "a scenario's file ends in .yaml; --filter takes a part of its name or title";
        return Err(End::Setup(miette!(help = help, "there is no scenario to play")));
    }
    Ok(scripts)
}

/// What a file is that is no scenario, where its members tell.
fn another(text: &str) -> Option<&'static str> {
    let has = |member: &str| text.lines().any(|line| line.starts_with(member));
    match (has("scenario:"), has("target:") || has("world:"), has("contract:")) {
        (true, ..) => None,
        (_, true, _) => Some("a target's file"),
        (_, _, true) => Some("a contract"),
        _ => None,
    }
}

fn files(path: &Path) -> Result<Vec<PathBuf>, End> {
    if !path.is_dir() {
        let embedded = if path.exists() { Vec::new() } else { library::within(path) };
        return Ok(if embedded.is_empty() { vec![path.to_owned()] } else { embedded });
    }
    let unreadable = |error| End::Setup(miette!("{} cannot be read: {error}", path.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?.path();
        if entry.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
            files.push(entry);
        }
    }
    files.sort();
    Ok(files)
}

fn write(form: Form, file: &Path, outcomes: &[Outcome]) -> Result<(), End> {
    let text = match form {
        Form::Json => json(&RunReport::new(outcomes))?,
        Form::Junit => {
            report::junit(outcomes).map_err(|error| End::Ours(miette!("the report cannot be written: {error}")))?
        }
    };
    save(file, &text)
}

pub(super) fn json(report: &impl serde::Serialize) -> Result<String, End> {
    serde_json::to_string_pretty(report).map_err(|error| End::Ours(miette!("the report cannot be written: {error}")))
}

pub(super) fn save(file: &Path, text: &str) -> Result<(), End> {
    std::fs::write(file, text).map_err(|error| unwritten(file, &error))
}

fn unwritten(file: &Path, error: &std::io::Error) -> End {
    End::Setup(miette!(help = "name a file in a folder that is there", "{} cannot be written: {error}", file.display()))
}

/// Tries a report's file before there is anything to write to it.
fn can_be_written(file: &Path) -> Result<(), End> {
    let new = !file.exists();
    let opened = std::fs::OpenOptions::new().append(true).create(true).open(file);
    if new && opened.is_ok() {
        drop(std::fs::remove_file(file));
    }
    opened.map(drop).map_err(|error| unwritten(file, &error))
}

pub(super) fn read(file: &Path, help: &'static str) -> Result<String, End> {
    std::fs::read_to_string(file)
        .map_err(|error| End::Setup(miette!(help = help, "{} cannot be read: {error}", file.display())))
}
