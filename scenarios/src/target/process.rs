//! A process in a group of its own, which ends with us whatever happens: between us and it stands a
//! guard (`standin guard`), which ends the group once it hears no more from us.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::json;
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Faketime, Output, end_descendants, programs};

/// How long a process that was asked to end may take, in real time.
const END_MAX: Duration = Duration::from_secs(2);

/// How many of its last lines are told.
pub(crate) const LINES_TOLD: usize = 12;

/// A command and what it needs.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    pub(crate) command: Vec<String>,
    pub(crate) folder: PathBuf,
    pub(crate) env: Vec<(String, String)>,
    /// The time that only the program lives by, not the guard before it.
    pub(crate) faketime: Option<Faketime>,
}

/// Why a target is not running.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum Failure {
    #[error("the program `{program}` is not found")]
    #[diagnostic(help("install it, or write its path from the target file's folder, {}, in `start`", folder.display()))]
    Missing { program: String, folder: PathBuf },
    #[error("`{program}` cannot be started")]
    NotStarted {
        program: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the target ended before it was ready, {how}{}", said(lines))]
    Ended { how: String, lines: Vec<String> },
    #[error("the target was not ready after {} s: {address} {answered}{}", within.as_secs_f64(), said(lines))]
    #[diagnostic(help("`ready` names an address that answers 2xx; `ready_within` gives it longer"))]
    NeverReady { address: String, answered: String, within: Duration, lines: Vec<String> },
    #[error("the target was not ready after {} s: party `{party}` of the world's clock is not registered, though `time` is `cooperating`{}", within.as_secs_f64(), said(lines))]
    #[diagnostic(help(
        "the program registers by POST ${{control}}/_standin/clock/parties/${{party}}?world=${{world}} and sleeps by \
         GET ${{control}}/_standin/clock/sleep?for=10s&party=${{party}}&world=${{world}}; hand it these in `env`, as \
         REGISTER: \"${{control}}/_standin/clock/parties/${{party}}?world=${{world}}\", and have it begin with \
         curl -X POST \"$REGISTER\"; or write `time: real`; `ready_within` gives it longer"
    ))]
    NeverJoined { party: &'static str, within: Duration, lines: Vec<String> },
    #[error("`reset` at {address} {answered}")]
    #[diagnostic(help("it is to answer 2xx once the program has forgotten the case before"))]
    NotReset { address: String, answered: String },
    #[error("no folder {} can be made for what the target is to remember: {source}", folder.display())]
    NoState { folder: PathBuf, source: std::io::Error },
    #[error("the job `{job}` ended {how}{}", said(lines))]
    Job { job: String, how: String, lines: Vec<String> },
    #[error("the job `{job}` had not ended after {} s, and was ended{}", within.as_secs_f64(), said(lines))]
    #[diagnostic(help("`job_within` in the target file gives it longer"))]
    Endless { job: String, within: Duration, lines: Vec<String> },
    #[error("the job `{job}` was ended, as the target has left")]
    Outlived { job: String },
    #[error("there is no libfaketime on this machine")]
    #[diagnostic(help("install it (Debian: apt-get install faketime), or name the library in STANDIN_FAKETIME"))]
    NoFaketime,
    #[error("the program does not load libfaketime, and would live by the machine's time in a faster world")]
    #[diagnostic(help(
        "what is linked statically, as Go's programs are, loads no library: write `time: real`, or check STANDIN_FAKETIME"
    ))]
    NotFaked,
    #[error(transparent)]
    #[diagnostic(transparent)]
    Unexpanded(#[from] super::Unexpanded),
}

impl Failure {
    /// Whether the program under test did it, and not whoever set it up.
    pub(crate) fn is_targets(&self) -> bool {
        use Failure::{Ended, Endless, Job, NeverJoined, NeverReady, Outlived};
        matches!(
            self,
            Ended { .. } | Endless { .. } | Job { .. } | NeverJoined { .. } | NeverReady { .. } | Outlived { .. }
        )
    }
}

fn said(lines: &[String]) -> String {
    if lines.is_empty() { String::new() } else { format!("; it said last:\n  {}", lines.join("\n  ")) }
}

/// A process group that runs. Dropping it ends it at once.
#[derive(Debug)]
pub struct Running {
    guard: Child,
    /// What the guard listens to: it closes when we are gone.
    _line: Option<ChildStdin>,
    group: Option<Pid>,
    output: Output,
    /// Those that read what it says, until nobody is left who could say more.
    readers: Vec<JoinHandle<()>>,
    faketime: Option<Faketime>,
}

impl Launch {
    /// Starts the program under a guard, which is `standin` itself.
    pub(crate) fn start(&self, standin: &Path) -> Result<Running, Failure> {
        let (program, arguments) = self.command.split_first().ok_or_else(|| self.missing(""))?;
        let found = self.find(program).ok_or_else(|| self.missing(program))?;
        let mut command = Command::new(standin);
        command.arg("guard");
        if let Some(faketime) = &self.faketime {
            command.arg("--faketime").arg(json!(faketime).to_string());
        }
        command.arg("--").arg(found).args(arguments);
        command.current_dir(&self.folder).envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        let not_started = |source| Failure::NotStarted { program: program.clone(), source };
        let mut guard = command.spawn().map_err(not_started)?;
        let output = Output::default();
        let out = guard.stdout.take().map(|out| output.take(out));
        let err = guard.stderr.take().map(|err| output.take(err));
        let group = guard.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let readers = out.into_iter().chain(err).collect();
        Ok(Running { _line: guard.stdin.take(), guard, group, output, readers, faketime: self.faketime.clone() })
    }

    fn missing(&self, program: &str) -> Failure {
        Failure::Missing { program: program.to_owned(), folder: self.folder.clone() }
    }

    /// A path from the folder, or a name that is looked for where programs lie.
    fn find(&self, program: &str) -> Option<PathBuf> {
        if program.contains('/') {
            return Some(self.folder.join(program)).filter(|path| can_run(path));
        }
        let path = self.env.iter().find(|(name, _)| name == "PATH").map(|(_, path)| path.into());
        let path = path.or_else(|| std::env::var_os("PATH"))?;
        std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| can_run(path))
    }
}

/// Whether it is a file that somebody may run.
fn can_run(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

impl Running {
    #[must_use]
    pub fn output(&self) -> &Output {
        &self.output
    }

    pub(crate) fn last_lines(&self) -> Vec<String> {
        self.output.last_lines(LINES_TOLD).0
    }

    /// Whether the program has taken in libfaketime, as it was started to; `None` while that cannot be told.
    pub(crate) fn is_faked(&self) -> Option<bool> {
        let (guard, faketime) = (self.group?, self.faketime.as_ref()?);
        let told: Vec<bool> = programs(guard).into_iter().filter_map(|process| faketime.is_in(process)).collect();
        (!told.is_empty()).then(|| told.contains(&true))
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<String> {
        self.guard.try_wait().ok().flatten().map(told)
    }

    /// Waits until the program has ended; it can be given up and begun again.
    pub(crate) async fn gone(&mut self) {
        // Whoever cannot be waited for is gone.
        let _ = self.guard.wait().await;
    }

    /// Waits until the program has ended; what it has left behind is ended too.
    pub(crate) async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.guard.wait().await;
        self.crash();
        self.read_to_end().await;
        status
    }

    /// Waits until all that it has said is taken; for one that has ended.
    pub(crate) async fn read_to_end(&mut self) {
        for reader in self.readers.drain(..) {
            // What still holds on to its ways out was not to be found, and is not waited for.
            let _ = timeout(END_MAX, reader).await;
        }
    }

    /// Ends all of it at once, as a crash would.
    pub(crate) async fn kill(mut self) {
        self.crash();
        // It is gone already: there is nothing left to fail.
        let _ = self.guard.wait().await;
    }

    /// Asks it to end, and ends it if it does not.
    pub(crate) async fn end(mut self) {
        self.signal(Signal::TERM);
        let _ = timeout(END_MAX, self.guard.wait()).await;
        self.kill().await;
    }

    /// First what the guard has taken in, then the guard: without it nobody finds the others.
    fn crash(&self) {
        if let Some(guard) = self.group.filter(|_| self.guard.id().is_some()) {
            end_descendants(guard);
        }
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // The group may be gone, which is what is wanted.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.crash();
    }
}

/// `with code 3`, `by signal 9`
pub(crate) fn told(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("with code {code}"),
        (None, Some(signal)) => format!("by signal {signal}"),
        (None, None) => "nobody knows how".to_owned(),
    }
}
