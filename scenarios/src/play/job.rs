//! Commands that are run to their end beside the target: its jobs, and what resets it. Each has a time by
//! which it is to have ended, and is a party of an auto clock by a name of its own.

use std::future::{Future, pending};
use std::time::Duration;

use sim::World;

use super::case::Plan;
use super::launch::launch;
use super::stage::RUNNER;
use crate::target::{Failure, Scope, TimeMode, told};

/// How long a command may take, in real time, unless the target's file says otherwise.
const WITHIN: Duration = Duration::from_secs(300);
/// The first and the longest wait between two looks at whether a job has left the clock, in world time.
const LOOK_EVERY_MS: (i64, i64) = (50, 1_000);

/// Runs a command to its end; `lost` comes about when the target ends, and ends the command too.
pub(super) async fn to_its_end(
    plan: &Plan,
    world: &World,
    scope: &Scope,
    job: &str,
    command: &[String],
    lost: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let cooperates = plan.file.target.time == TimeMode::Cooperating;
    let told_within = plan.file.target.job_within.and_then(|span| u64::try_from(span.0).ok());
    let within = told_within.map_or(WITHIN, Duration::from_millis);
    let party = format!("job-{job}");
    let mut scope = scope.clone();
    scope.set("party", party.as_str());
    let launch = launch(plan, world, &scope, command)?;
    let mut running = launch.start(&plan.standin)?;
    if cooperates {
        // It works from its first moment on. One that is too long a name is waited for by the runner alone.
        let _ = world.clock().register(&party);
    }
    let job = job.to_owned();
    // The runner is awake again before the last look at the job is given up: the clock is to stand by then.
    let awake = || {
        if cooperates {
            let _ = world.clock().register(RUNNER);
        }
    };
    let ended = tokio::select! {
        ended = async { (running.wait().await, awake()).0 } => match ended {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Failure::Job { job, how: told(status), lines: running.last_lines() }),
            Err(source) => Err(Failure::NotStarted { program: job, source }),
        },
        () = async { (tokio::time::sleep(within).await, awake()).1 } => Err(Failure::Endless { job, within, lines: running.last_lines() }),
        () = async { (lost.await, awake()).1 } => Err(Failure::Outlived { job }),
        () = let_pass(world, &party), if cooperates => Ok(()),
    };
    if cooperates {
        // It may have left by itself.
        let _ = world.clock().leave(&party);
    }
    running.kill().await;
    ended
}

/// Sleeps as long as the job is a party, a little at a time: once it has left, the clock is not to run on
/// until its process has ended. Never comes to an end.
async fn let_pass(world: &World, party: &str) {
    let (mut wait, longest) = LOOK_EVERY_MS;
    while world.clock().standing().1.iter().any(|known| known.name == party) {
        let Ok(sleep) = world.clock().sleep(wait, Some(RUNNER)) else { break };
        if sleep.await.is_err() {
            break;
        }
        wait = (wait * 2).min(longest);
    }
    pending().await
}
