//! A population on its way: the target is started in a world whose master holds it, and waited for until the copy
//! holds what the contract asks. It measures nothing: what the way cost is read off the journal afterwards.

use std::sync::Arc;

use serde_json::{Value, json};
use sim::journal::{Kind, Kinds, Reader};
use sim::{Host, Meter, Moment, SystemName};

use super::case::{Case, NotPlayed, Plan, placed};
use super::stage::Stage;
use crate::script::Script;
use crate::target::TimeMode;

/// The first wait between two looks at the journal where the clock waits for its parties, and the longest, in
/// world time.
const LOOK_EVERY_MS: (i64, i64) = (200, 10_000);
/// Elsewhere: so many of the shortest waits.
const SHORTEST_WAITS: i64 = 20;

/// What is to be brought over.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// How many customers the master holds, all of them subscribed.
    pub records: u64,
    pub seed: u64,
    /// How long it may take, in world time.
    pub within_ms: i64,
}

/// A way that is over.
#[derive(Debug)]
pub struct Haul {
    pub journal: Reader,
    /// The limits of each system, with nothing counted.
    pub meters: Vec<Meter>,
    /// The journal's last entry when the target was started, and the time then.
    pub began: (u64, Moment),
    /// World time at the end.
    pub ended: Moment,
    /// Why the copy does not hold everything; `None` where it does.
    pub lacks: Option<String>,
    /// Why it ended before its time.
    pub broke_off: Option<String>,
    /// The last lines that the target said, where it ended before its time.
    pub said: Vec<String>,
}

/// Brings the population over.
///
/// # Errors
/// The world or the target does not start, or the master takes no such population.
pub async fn haul(plan: &Plan, host: &Host, control_url: &str, asked: Asked) -> Result<Haul, NotPlayed> {
    let none = Vec::new;
    let name = || "load".to_owned();
    let script = Script { name: name(), file: name(), title: name(), given: none(), when: none(), then: none() };
    let case = Case::new(Arc::new(script), asked.seed);
    let mut stage = Stage::open(plan, host, control_url, &case).await.map_err(|error| placed(plan, error))?;
    let hauled = carry(&mut stage, asked).await;
    stage.close(host, plan.keep_worlds).await;
    hauled.map_err(|error| placed(plan, error))
}

async fn carry(stage: &mut Stage<'_>, asked: Asked) -> Result<Haul, NotPlayed> {
    let people = json!({"count": asked.records, "subscribed": true});
    seed(stage, &people)?;
    let (meters, journal) = (stage.world.meters(), stage.world.journal());
    let began = (journal.latest(), stage.world.clock().now());
    stage.start_target().await?;
    let (lacks, broke_off) = wait(stage, &journal, began, asked.within_ms).await?;
    let said = if broke_off.is_some() { stage.last_lines().await } else { Vec::new() };
    Ok(Haul { journal, meters, began, ended: stage.world.clock().now(), lacks, broke_off, said })
}

fn seed(stage: &Stage<'_>, people: &Value) -> Result<(), NotPlayed> {
    let master = stage.plan.contract.topology.master.system;
    let seeded = match master {
        SystemName::Ords | SystemName::RetailExpress => stage.seed(master, "customers", people),
        other => Err(format!("the contract's master is {other}, and customers are put into ords or retail_express")),
    };
    seeded.map_err(|what| NotPlayed::NoPopulation { what })
}

/// Waits, and answers why the copy lacks something in the end and why there was no waiting on, if either is so.
async fn wait(
    stage: &mut Stage<'_>,
    journal: &Reader,
    (began, at): (u64, Moment),
    within_ms: i64,
) -> Result<(Option<String>, Option<String>), NotPlayed> {
    let deadline = at.plus(within_ms);
    let (first, longest) = match stage.plan.file.target.time {
        TimeMode::Cooperating => LOOK_EVERY_MS,
        TimeMode::Real | TimeMode::Faketime => {
            let wait = stage.shortest_wait_ms() * SHORTEST_WAITS;
            (wait, wait * 10)
        }
    };
    let (mut wait, mut seen, mut lacks, mut unchecked) = (first, began, None, true);
    loop {
        // Whether everything is there takes a look at every record: not while they still come.
        let latest = journal.latest();
        let moves = !journal.since(seen, Kinds::from(Kind::Change), 1)?.is_empty();
        seen = latest;
        let left = deadline.since(stage.world.clock().now());
        if moves {
            (wait, unchecked) = (first, true);
        }
        if unchecked && (!moves || left <= 0) {
            lacks = stage.not_synced();
            unchecked = false;
            if lacks.is_none() {
                return Ok((None, None));
            }
        }
        if left <= 0 {
            return Ok((lacks, None));
        }
        let stuck = stage.pass(wait.min(left)).await.err();
        if let Some(gone) = stage.deserted() {
            return Ok((stage.not_synced(), Some(gone.0)));
        }
        // It may work for long without a sleep, as long as it works.
        if let Some(stuck) = stuck.filter(|_| journal.latest() == latest) {
            return Ok((stage.not_synced(), Some(stuck.0)));
        }
        wait = (wait * 2).min(longest);
    }
}
