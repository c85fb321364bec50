//! A population on its way: the target is started in a world whose master holds it, and waited for until the copy
//! holds what the contract asks. It measures nothing: what the way cost is read off the journal afterwards.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sim::journal::{Actor, ChangeKind, Entry, Kind, Reader, What};
use sim::{Host, Meter, Moment, SystemName};

use super::case::{Case, NotPlayed, Plan, placed};
use super::stage::Stage;
use crate::entries::each;
use crate::script::Script;
use crate::target::TimeMode;

/// The first wait between two looks at the journal where the clock waits for its parties, and the longest, in
/// world time.
const LOOK_EVERY_MS: (i64, i64) = (200, 10_000);
/// Elsewhere: so many of the shortest waits.
const SHORTEST_WAITS: i64 = 20;

/// After how long in real time progress is told first; then ever more seldom.
const TELL_AFTER: Duration = Duration::from_secs(2);

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
    /// Records of the copy that are not as the contract asks, by their ids, with why.
    pub wrong: BTreeMap<String, String>,
    /// It was asked to end.
    pub interrupted: bool,
    /// Why it ended before its time.
    pub broke_off: Option<String>,
    /// The last lines that the target said, where it ended before its time.
    pub said: Vec<String>,
}

/// How far it has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Records of the copy that the target has made.
    pub written: u64,
    /// World time since its start.
    pub world_ms: i64,
    /// Real time since then.
    pub real: Duration,
}

/// Who waits for it: asked to end by `until`, and told of its progress.
pub struct Company<'a> {
    pub until: Pin<&'a mut dyn Future<Output = ()>>,
    pub told: &'a dyn Fn(Progress),
}

/// Brings the population over, or as much of it as there is time for.
///
/// # Errors
/// The world or the target does not start, or the master takes no such population.
pub async fn haul(
    plan: &Plan,
    host: &Host,
    control_url: &str,
    asked: Asked,
    company: Company<'_>,
) -> Result<Haul, NotPlayed> {
    let none = Vec::new;
    let name = || "load".to_owned();
    let script = Script { name: name(), file: name(), title: name(), given: none(), when: none(), then: none() };
    let case = Case::new(Arc::new(script), asked.seed);
    let mut stage = Stage::open(plan, host, control_url, &case).await.map_err(|error| placed(plan, error))?;
    let hauled = carry(&mut stage, asked, company).await;
    stage.close(host, plan.keep_worlds).await;
    hauled.map_err(|error| placed(plan, error))
}

async fn carry(stage: &mut Stage<'_>, asked: Asked, mut company: Company<'_>) -> Result<Haul, NotPlayed> {
    let people = json!({"count": asked.records, "subscribed": true});
    seed(stage, &people)?;
    let (meters, journal) = (stage.world.meters(), stage.world.journal());
    let began = (journal.latest(), stage.world.clock().now());
    let started = tokio::select! {
        started = stage.start_target() => started.map(|()| true)?,
        () = &mut company.until => false,
    };
    let over = if started { wait(stage, &journal, began, asked.within_ms, company).await? } else { Over::Interrupted };
    let lacks = if matches!(over, Over::Drained) { None } else { stage.not_synced() };
    let said = if matches!(over, Over::Gone(_)) { stage.last_lines().await } else { Vec::new() };
    Ok(Haul {
        journal,
        meters,
        began,
        ended: stage.world.clock().now(),
        lacks,
        wrong: stage.wrong(),
        interrupted: matches!(over, Over::Interrupted),
        broke_off: match over {
            Over::Gone(why) => Some(why),
            Over::Interrupted => Some("as it was interrupted".to_owned()),
            Over::Drained | Over::Late => None,
        },
        said,
    })
}

/// How the waiting ends.
enum Over {
    /// Everything is there.
    Drained,
    /// There was no more time.
    Late,
    Interrupted,
    /// Nobody is there to wait for.
    Gone(String),
}

fn seed(stage: &Stage<'_>, people: &Value) -> Result<(), NotPlayed> {
    let master = stage.plan.contract.topology.master.system;
    let seeded = match master {
        SystemName::Ords | SystemName::RetailExpress => stage.seed(master, "customers", people),
        other => Err(format!("the contract's master is {other}, and customers are put into ords or retail_express")),
    };
    seeded.map_err(|what| NotPlayed::NoPopulation { what })
}

async fn wait(
    stage: &mut Stage<'_>,
    journal: &Reader,
    (began, at): (u64, Moment),
    within_ms: i64,
    mut company: Company<'_>,
) -> Result<Over, NotPlayed> {
    let deadline = at.plus(within_ms);
    let (first, longest) = match stage.plan.file.target.time {
        TimeMode::Cooperating => LOOK_EVERY_MS,
        TimeMode::Real | TimeMode::Faketime => {
            let wait = stage.shortest_wait_ms() * SHORTEST_WAITS;
            (wait, wait * 10)
        }
    };
    let (mut wait, mut seen, mut unchecked) = (first, began, true);
    let (begun, mut tell_in, mut written) = (Instant::now(), TELL_AFTER, 0);
    loop {
        // Whether everything is there takes a look at every record: not while they still come.
        let latest = journal.latest();
        let mut moves = false;
        each(journal, seen, Kind::Change, |entry| {
            (moves, seen) = (true, entry.n);
            written += u64::from(stage.copied(&entry));
        })?;
        seen = seen.max(latest);
        let left = deadline.since(stage.world.clock().now());
        if begun.elapsed() >= tell_in {
            let world_ms = stage.world.clock().now().since(at);
            (company.told)(Progress { written, world_ms, real: begun.elapsed() });
            tell_in = begun.elapsed() + (tell_in / 2).clamp(TELL_AFTER, TELL_AFTER * 10);
        }
        if moves {
            (wait, unchecked) = (first, true);
        }
        if unchecked && (!moves || left <= 0) {
            unchecked = false;
            if stage.not_synced().is_none() {
                return Ok(Over::Drained);
            }
        }
        if left <= 0 {
            return Ok(Over::Late);
        }
        let stuck = tokio::select! {
            passed = stage.pass(wait.min(left)) => passed.err(),
            () = &mut company.until => return Ok(Over::Interrupted),
        };
        if let Some(gone) = stage.deserted() {
            return Ok(Over::Gone(gone.0));
        }
        // It may work for long without a sleep, as long as it works.
        if let Some(stuck) = stuck.filter(|_| journal.latest() == latest) {
            return Ok(Over::Gone(stuck.0));
        }
        wait = (wait * 2).min(longest);
    }
}

impl Stage<'_> {
    /// Whether the target has made a record of the copy.
    fn copied(&self, entry: &Entry) -> bool {
        let What::Change(change) = &entry.what else { return false };
        let of_copy = entry.system == Some(self.plan.contract.topology.copy.system);
        of_copy && change.actor == Actor::Integration && change.change == ChangeKind::Created
    }
}
