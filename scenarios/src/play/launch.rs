//! The target in a world: its port, its state, its environment, and how it is started, found ready,
//! killed and started again. It knows nothing of steps.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use sim::World;
use tempfile::TempDir;

use super::case::Plan;
use super::job::to_its_end;
use crate::target::{Failure, Faketime, LINES_TOLD, Launch, Output, Reset, Running, Scope, TimeMode};

/// How long a target may take to be ready, in real time, unless its file says otherwise.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// How long a program may take to load what makes its time faster, once it is ready; in real time.
const FAKED_WITHIN: Duration = Duration::from_secs(2);
/// Between two looks at whether it is ready.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// The name under which a cooperating target is a party of the clock.
pub(super) const PARTY: &str = "target";

/// A target that is started, or was running already.
#[derive(Debug)]
pub(super) struct Launched {
    running: Option<Running>,
    output: Output,
    /// Whether its reset has been done.
    reset: bool,
    /// Removed when the case is over.
    _state: TempDir,
}

impl Launched {
    /// Nothing runs yet: what is only known once it does is put into the scope.
    pub(super) fn prepare(world: &World, control_url: &str, scope: &mut Scope) -> std::io::Result<Self> {
        let state = tempfile::Builder::new().prefix("standin-state-").tempdir()?;
        let port = free_port()?;
        scope.set("port", port);
        scope.set("state", state.path().display().to_string());
        scope.set("control", control_url);
        scope.set("world", world.id());
        scope.set("party", PARTY);
        if let Some(systems) = world.ready()["systems"].as_object() {
            for (name, system) in systems {
                scope.set(name, system.clone());
            }
        }
        Ok(Self { running: None, output: Output::default(), reset: false, _state: state })
    }

    /// Starts it and waits until it is ready. Without a command it is running already.
    pub(super) async fn start(&mut self, plan: &Plan, world: &World, scope: &Scope) -> Result<(), Failure> {
        let target = &plan.file.target;
        if let Some(folder) = &target.state_dir {
            let folder = plan.file.folder.join(scope.fill(folder)?);
            std::fs::create_dir_all(&folder).map_err(|source| Failure::NoState { folder, source })?;
        }
        // Started again within its case, it is to remember.
        let reset = target.reset.as_ref().filter(|_| !std::mem::replace(&mut self.reset, true));
        let Some(command) = &target.start else {
            self.ready(plan, scope).await?;
            forget(reset, plan, world, scope).await?;
            return self.joined(plan, world).await;
        };
        if let Some(Reset::Command(_)) = reset {
            forget(reset, plan, world, scope).await?;
        }
        let running = launch(plan, world, scope, command)?.start(&plan.standin)?;
        self.output = running.output().clone();
        self.running = Some(running);
        self.ready(plan, scope).await?;
        if target.time == TimeMode::Faketime {
            self.faked().await?;
        }
        if let Some(Reset::Url(_)) = reset {
            forget(reset, plan, world, scope).await?;
        }
        self.joined(plan, world).await
    }

    /// A program that lives by the machine's time in a faster world would be accused of what our clock does.
    async fn faked(&mut self) -> Result<(), Failure> {
        let began = Instant::now();
        while cfg!(target_os = "linux") && began.elapsed() < FAKED_WITHIN {
            match self.running.as_ref().and_then(Running::is_faked) {
                Some(true) => return Ok(()),
                // What has ended is told as that.
                _ if self.ended().is_some() => return Ok(()),
                _ => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
        match self.running.as_ref().and_then(Running::is_faked) {
            Some(false) => Err(Failure::NotFaked),
            _ => Ok(()),
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Runs a job of the target to its end.
    pub(super) async fn job(&mut self, plan: &Plan, world: &World, scope: &Scope, job: &str) -> Result<(), Failure> {
        let command = plan.file.target.jobs.get(job).map(|job| job.0.as_slice()).unwrap_or_default();
        to_its_end(plan, world, scope, job, command, self.lost()).await
    }

    fn last_lines(&self) -> Vec<String> {
        self.output.last_lines(LINES_TOLD).0
    }

    /// What it said last; of one that has ended, to its end.
    pub(super) async fn last_words(&mut self) -> Vec<String> {
        if self.ended().is_some()
            && let Some(running) = &mut self.running
        {
            running.read_to_end().await;
        }
        self.last_lines()
    }

    /// Comes about when it ends by itself; never, where nothing of ours runs.
    pub(super) async fn lost(&mut self) {
        match &mut self.running {
            Some(running) => running.gone().await,
            None => std::future::pending().await,
        }
    }

    /// How it ended by itself, if it has.
    pub(super) fn ended(&mut self) -> Option<String> {
        self.running.as_mut()?.ended()
    }

    /// As a crash: at once, with all its children.
    pub(super) async fn kill(&mut self, world: &World) {
        if let Some(running) = self.running.take() {
            running.kill().await;
        }
        self.leave(world);
    }

    /// The clock waits for it no more.
    pub(super) fn leave(&self, world: &World) {
        for party in world.clock().standing().1.iter().filter(|party| party.name.starts_with(PARTY)) {
            // It may have left in this very moment.
            let _ = world.clock().leave(&party.name);
        }
    }

    /// At the end of a case.
    pub(super) async fn end(&mut self) {
        if let Some(running) = self.running.take() {
            running.end().await;
        }
    }

    async fn ready(&mut self, plan: &Plan, scope: &Scope) -> Result<(), Failure> {
        let Some(address) = &plan.file.target.ready else { return Ok(()) };
        let address = scope.fill(address)?;
        let within = within(plan);
        let began = Instant::now();
        loop {
            let answered = match plan.client.get(&address).timeout(within).send().await {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => format!("answers {}", answer.status()),
                Err(_) => "does not answer".to_owned(),
            };
            let why = |lines| Failure::NeverReady { address: address.clone(), answered, within, lines };
            self.still(began, within, why).await?;
        }
    }

    /// A cooperating target is ready when the clock waits for it.
    async fn joined(&mut self, plan: &Plan, world: &World) -> Result<(), Failure> {
        if plan.file.target.time != TimeMode::Cooperating {
            return Ok(());
        }
        let (began, within) = (Instant::now(), within(plan));
        while !world.clock().standing().1.iter().any(|party| party.name == PARTY) {
            let why = |lines| Failure::NeverJoined { party: PARTY, within, lines };
            self.still(began, within, why).await?;
        }
        Ok(())
    }

    /// Waits for the next look, unless it has ended or there has been time enough.
    async fn still(
        &mut self,
        began: Instant,
        within: Duration,
        why: impl FnOnce(Vec<String>) -> Failure,
    ) -> Result<(), Failure> {
        if let Some(how) = self.ended() {
            return Err(Failure::Ended { how, lines: self.last_words().await });
        }
        if began.elapsed() >= within {
            return Err(why(self.last_lines()));
        }
        tokio::time::sleep(LOOK_EVERY).await;
        Ok(())
    }
}

/// A port that is free now, below those that machines give out by themselves: nobody who asks for any
/// free port takes it before the target does, or meets a target's callers on it afterwards.
fn free_port() -> std::io::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const FIRST: u16 = 10_000;
    const COUNT: u16 = 20_000;
    // Processes begin far apart.
    let begin = (std::process::id() as u16).wrapping_mul(7_919);
    let mut last = None;
    for _ in 0..COUNT {
        let place = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        match TcpListener::bind((Ipv4Addr::LOCALHOST, FIRST + place)) {
            Ok(_) => return Ok(FIRST + place),
            Err(taken) => last = Some(taken),
        }
    }
    Err(last.unwrap_or_else(|| std::io::Error::other("no port is free")))
}

/// Has the target forget the case before, and tells it of the world that comes now.
async fn forget(reset: Option<&Reset>, plan: &Plan, world: &World, scope: &Scope) -> Result<(), Failure> {
    let address = match reset {
        None => return Ok(()),
        Some(Reset::Command(command)) => {
            return to_its_end(plan, world, scope, "reset", command, std::future::pending()).await;
        }
        Some(Reset::Url(address)) => scope.fill(address)?,
    };
    let env: serde_json::Map<_, _> = env(plan, scope)?.into_iter().map(|(name, value)| (name, value.into())).collect();
    let asked = plan.client.post(&address).timeout(within(plan)).json(&env).send().await;
    let answered = match asked {
        Ok(answer) if answer.status().is_success() => return Ok(()),
        Ok(answer) => format!("answers {}", answer.status()),
        Err(_) => "does not answer".to_owned(),
    };
    Err(Failure::NotReset { address, answered })
}

fn within(plan: &Plan) -> Duration {
    let told = plan.file.target.ready_within.and_then(|span| u64::try_from(span.0).ok());
    told.map_or(READY_WITHIN, Duration::from_millis)
}

fn env(plan: &Plan, scope: &Scope) -> Result<Vec<(String, String)>, Failure> {
    let ours = plan.env.iter().map(|(name, value)| (name, value));
    let all = plan.file.target.env.iter().chain(ours);
    all.map(|(name, value)| Ok((name.clone(), scope.fill(value)?))).collect()
}

pub(super) fn launch(plan: &Plan, world: &World, scope: &Scope, command: &[String]) -> Result<Launch, Failure> {
    let target = &plan.file.target;
    let command = command.iter().map(|part| scope.fill(part)).collect::<Result<_, _>>()?;
    let env = env(plan, scope)?;
    let faketime = match target.time {
        TimeMode::Faketime => {
            let library = crate::target::find_faketime().ok_or(Failure::NoFaketime)?;
            Some(Faketime::from_now(library, world.clock().now(), crate::target::scale(target)))
        }
        TimeMode::Real | TimeMode::Cooperating => None,
    };
    let folder = target.folder.as_ref().map_or_else(|| plan.file.folder.clone(), |own| plan.file.folder.join(own));
    Ok(Launch { command, folder, env, faketime })
}
