//! A child process of the benchmark's own: started in a role, told to end by the end of its input,
//! and asked what it costs. Linux only, as it reads `/proc`.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const ROLE: &str = "STANDIN_BENCH_ROLE";

/// The role this process was started in; none for the one that measures.
pub(crate) fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// A process that has said it is ready.
pub(crate) struct Process {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Process {
    /// Starts this very program in a role and writes its instructions, a line of JSON.
    pub(crate) fn in_role(name: &str, instructions: &Value) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = Self::start(command.env(ROLE, name))?;
        process.say(instructions)?;
        Ok(process)
    }

    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let lines = BufReader::new(child.stdout.take().ok_or("no output to read")?);
        Ok(Self { child, lines })
    }

    pub(crate) fn say(&mut self, line: &Value) -> Result<()> {
        Ok(writeln!(self.child.stdin.as_mut().ok_or("no input to write to")?, "{line}")?)
    }

    /// The next line that it prints, as JSON.
    pub(crate) fn hear(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.lines.read_line(&mut line)?;
        serde_json::from_str(&line).map_err(|error| format!("it said `{}`: {error}", line.trim()).into())
    }

    /// Processor time of all its threads so far, in user and kernel.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let mut sum = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let stat = std::fs::read_to_string(task?.path().join("schedstat"))?;
            sum += stat.split(' ').next().unwrap_or_default().parse::<u64>()?;
        }
        Ok(Duration::from_nanos(sum))
    }

    /// Resident memory in bytes.
    pub(crate) fn rss(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0)
    }
}

/// Both roles end with their input; a program that does not is ended.
impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The next instruction of the process that measures; `None` when it is gone.
pub(crate) fn instruction() -> Result<Option<Value>> {
    let mut line = String::new();
    // Byte by byte, so that nothing behind the line is taken with it.
    for byte in std::io::stdin().lock().bytes() {
        match byte? {
            b'\n' => return Ok(Some(serde_json::from_str(&line)?)),
            byte => line.push(char::from(byte)),
        }
    }
    Ok(None)
}
