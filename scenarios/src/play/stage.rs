//! A case under way: its world, its target, the names that `${...}` stands for, and time.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use contracts::{EndState, Trace};
use miette::Diagnostic as _;
use serde_json::Value;
use sim::journal::Kinds;
use sim::{ClockPartyState, Host, Moment, SystemName, World};
use tokio::time::timeout;

use super::case::{Case, NotPlayed, Plan};
use super::launch::{Launched, PARTY};
use super::observe::{Observed, Watch};
use super::world::{describe, pace};
use crate::target::{Scope, Unexpanded};

/// The runner's own name with the clock: while it is awake, an auto clock stands.
pub(super) const RUNNER: &str = "runner";
/// How long the target may neither sleep nor call, in real time.
const STUCK_AFTER: Duration = Duration::from_secs(30);
/// What the records that every world has are kept under, and what scripts call them.
const TYPES: [(SystemName, &str, &str); 3] = [
    (SystemName::Hubspot, "contacts", "contacts"),
    (SystemName::Ords, "customers", "customers"),
    (SystemName::RetailExpress, "customers", "retail_customers"),
];

pub(super) struct Stage<'a> {
    pub(super) plan: &'a Plan,
    pub(super) case: &'a Case,
    pub(super) world: Arc<World>,
    pub(super) launched: Launched,
    pub(super) scope: Scope,
    pub(super) started: Moment,
    /// The journal's last entry when the target was first started.
    pub(super) began: Option<u64>,
    pub(super) restarts: Vec<u64>,
    /// The journal's last entry at the end of the step before.
    pub(super) since: u64,
    /// Spans in which the target had been killed, and since when it is.
    down: Vec<(Moment, Moment)>,
    killed: Option<Moment>,
    /// Spans in which an auto clock did not wait for the target, though it was there.
    apart: Vec<(Moment, Moment)>,
    /// The journal's last entries before each job was started and before it had ended.
    jobs: Vec<(u64, u64)>,
    /// World time a millisecond of real time; `None` where the clock waits for its parties.
    pace: Option<f64>,
    watch: Watch,
    /// The ids that the hostile kit has given its events.
    pub(super) hostile: AtomicU64,
}

/// Why time did not pass.
#[derive(Debug)]
pub(super) struct Stuck(pub(super) String);

impl<'a> Stage<'a> {
    pub(super) async fn open(
        plan: &'a Plan,
        host: &Host,
        control_url: &str,
        case: &'a Case,
    ) -> Result<Self, NotPlayed> {
        let world = host.create(describe(&plan.file, case, &case.world())?).await?;
        let id = world.id().to_owned();
        match Self::set_up(plan, control_url, case, world) {
            Ok(stage) => Ok(stage),
            Err(error) => {
                // Nobody else deletes it.
                let _ = host.delete(&id).await;
                Err(error)
            }
        }
    }

    fn set_up(plan: &'a Plan, control_url: &str, case: &'a Case, world: Arc<World>) -> Result<Self, NotPlayed> {
        let mut scope = Scope::default();
        let launched = Launched::prepare(&world, control_url, &mut scope)?;
        scope.set("standin", plan.standin.display().to_string());
        let (started, pace) = (world.clock().now(), pace(&plan.file));
        let watch = Watch::begin(plan, &scope)?;
        let stage = Self {
            plan,
            case,
            world,
            launched,
            scope,
            started,
            began: None,
            restarts: Vec::new(),
            since: 0,
            down: Vec::new(),
            killed: None,
            apart: Vec::new(),
            jobs: Vec::new(),
            pace,
            watch,
            hostile: AtomicU64::new(0),
        };
        if stage.pace.is_none() {
            stage.world.clock().register(RUNNER).map_err(|error| stage.misfit(0, error))?;
        }
        stage.subscribe()?;
        Ok(stage)
    }

    /// A step that cannot be carried out as it is written.
    pub(super) fn misfit(&self, line: u64, what: impl ToString) -> NotPlayed {
        NotPlayed::Step { file: self.case.script.file.clone(), line, what: what.to_string() }
    }

    /// A step that names what is not there.
    pub(super) fn unfilled(&self, line: u64, unexpanded: &Unexpanded) -> NotPlayed {
        let mend = unexpanded.help().map(|help| help.to_string()).unwrap_or_default();
        NotPlayed::File { file: self.case.script.file.clone(), line, what: unexpanded.to_string(), mend }
    }

    /// World time since the beginning, as `hh:mm:ss`.
    pub(super) fn clock_text(&self) -> String {
        let seconds = self.world_ms() / 1_000;
        format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
    }

    pub(super) fn world_ms(&self) -> i64 {
        self.world.clock().now().since(self.started)
    }

    pub(super) async fn last_lines(&mut self) -> Vec<String> {
        self.launched.last_words().await
    }

    /// How a target that nobody has killed has ended, if it has; the clock waits for it no more.
    pub(super) fn deserted(&mut self) -> Option<Stuck> {
        let how = self.launched.ended()?;
        self.launched.leave(&self.world);
        Some(Stuck(format!("at {}: the target ended {how}", self.clock_text())))
    }

    /// Real time that a span of world time takes; `None` where it takes none.
    pub(super) fn real(&self, span_ms: i64) -> Option<Duration> {
        self.pace.map(|pace| Duration::from_secs_f64((span_ms.max(0) as f64 / pace / 1_000.0).min(1e9)))
    }

    /// The shortest wait that is worth while, in world time: a few milliseconds of real time.
    pub(super) fn shortest_wait_ms(&self) -> i64 {
        self.pace.map_or(50, |pace| (pace * 5.0) as i64 + 1)
    }

    /// Lets world time pass, and with it whatever falls due, for as long as the target is there.
    pub(super) async fn pass(&mut self, span_ms: i64) -> Result<(), Stuck> {
        let (began, apart) = (self.world.clock().now(), self.is_apart());
        let passed = self.sleep(span_ms).await;
        // Of one that left in between, nobody knows when.
        let ended = self.world.clock().now();
        if (apart || self.is_apart()) && began < ended {
            self.apart.push((began, ended));
        }
        passed
    }

    /// Whether the clock does not wait for a target that is there: then it jumps, and the target's own does not.
    fn is_apart(&self) -> bool {
        let attached = self.began.is_some() && self.plan.file.target.start.is_none();
        let parties = || self.world.clock().standing().1;
        self.pace.is_none()
            && (attached || self.launched.is_running())
            && !parties().iter().any(|party| party.name.starts_with(PARTY))
    }

    async fn sleep(&mut self, span_ms: i64) -> Result<(), Stuck> {
        let party = self.pace.is_none().then_some(RUNNER);
        let sleep = self.world.clock().sleep(span_ms, party).map_err(|error| Stuck(error.to_string()))?;
        let within = STUCK_AFTER + self.real(span_ms).unwrap_or_default();
        tokio::select! {
            slept = timeout(within, sleep) => match slept {
                Ok(slept) => slept.map(drop).map_err(|error| Stuck(error.to_string())),
                Err(_) => Err(Stuck(format!(
                    "world time stands at {}: for {} s the clock waits for {}",
                    self.clock_text(),
                    STUCK_AFTER.as_secs(),
                    self.awake(),
                ))),
            },
            () = self.launched.lost() => self.deserted().map_or(Ok(()), Err),
        }
    }

    fn awake(&self) -> String {
        let (_, parties) = self.world.clock().standing();
        let awake = parties.iter().filter(|party| party.state == ClockPartyState::Awake);
        let awake: Vec<_> = awake.map(|party| party.name.as_str()).collect();
        if awake.is_empty() { "what is open".to_owned() } else { awake.join(", ") }
    }

    pub(super) async fn start_target(&mut self) -> Result<(), crate::target::Failure> {
        let last = self.world.journal().latest();
        if self.began.is_none() {
            self.began = Some(last);
        } else {
            self.restarts.push(last);
        }
        self.launched.start(self.plan, &self.world, &self.scope).await?;
        self.down.extend(self.killed.take().map(|killed| (killed, self.world.clock().now())));
        Ok(())
    }

    pub(super) async fn kill_target(&mut self) {
        self.killed = self.killed.or(Some(self.world.clock().now()));
        self.launched.kill(&self.world).await;
    }

    /// Runs a job of the target to its end, and notes what of the journal it may have made.
    pub(super) async fn run_job(&mut self, job: &str) -> Result<(), crate::target::Failure> {
        let (at, apart) = (self.world.clock().now(), self.is_apart());
        let began = self.world.journal().latest();
        let ended = self.launched.job(self.plan, &self.world, &self.scope, job).await;
        self.jobs.push((began, self.world.journal().latest()));
        let now = self.world.clock().now();
        if (apart || self.is_apart()) && at < now {
            self.apart.push((at, now));
        }
        ended
    }

    /// The types whose records are looked at, and what scripts call them: those that every world has, and the
    /// contract's, which go by their own names.
    fn types(&self) -> Vec<(SystemName, &str, &str)> {
        let mut types = TYPES.to_vec();
        for (system, record_type) in self.plan.contract.types() {
            if !types.iter().any(|(known, of, _)| (*known, *of) == (system, record_type)) {
                types.push((system, record_type, record_type));
            }
        }
        types
    }

    /// What the systems hold now.
    pub(super) fn state(&self) -> EndState {
        let mut state = EndState::default();
        for (system, record_type, _) in self.types() {
            if let Ok(records) = self.world.records(system, record_type, 0, usize::MAX) {
                state.put(system, record_type, records.records);
            }
        }
        state
    }

    /// Has scripts name the records that there are now.
    pub(super) fn name_records(&mut self) {
        let state = self.state();
        // Where two systems have a type of one name, it is the first's.
        let named = self.types().into_iter().rev().map(|(system, record_type, name)| {
            let records = state.of(system, record_type).unwrap_or_default();
            (name.to_owned(), records.iter().map(|record| flat(system, record)).collect::<Vec<_>>())
        });
        for (name, records) in named.collect::<Vec<_>>() {
            self.scope.set(&name, records);
        }
    }

    pub(super) fn trace(&self) -> Result<Trace, NotPlayed> {
        let reader = self.world.journal();
        let mut entries = reader.since(0, Kinds::ALL, usize::MAX)?;
        reader.fill_bodies(&mut entries)?;
        let ended = self.world.clock().now();
        let down = self.down.iter().copied().chain(self.killed.map(|killed| (killed, ended)));
        Ok(Trace {
            entries,
            end: self.state(),
            restarts: self.restarts.clone(),
            began: self.began.unwrap_or_default(),
            ended,
            apart: self.apart.clone(),
            down: down.collect(),
            jobs: self.jobs.clone(),
            pace: self.pace.unwrap_or_default(),
        })
    }

    /// What the target file has observed, if it asks for it.
    pub(super) async fn observed(&self) -> Result<Option<Observed>, NotPlayed> {
        let asked = &self.plan.file.target.observe;
        if asked.logs.is_none() && asked.dead_letters.is_none() {
            return Ok(None);
        }
        Ok(Some(self.watch.end(self.plan, &self.scope).await?))
    }

    pub(super) async fn close(mut self, host: &Host, keep: bool) {
        self.launched.end().await;
        if !keep {
            // Nobody else deletes it.
            let _ = host.delete(self.world.id()).await;
        }
    }
}

/// A record as scripts see it: its values by name, and `id`.
pub(super) fn flat(system: SystemName, record: &Value) -> Value {
    let Some(members) = record.as_object() else { return record.clone() };
    let mut flat = members.clone();
    match system {
        SystemName::Hubspot => {
            if let Some(Value::Object(properties)) = flat.remove("properties") {
                properties.into_iter().for_each(|(name, value)| {
                    flat.entry(name).or_insert(value);
                });
            }
        }
        _ => {
            if let Some(key) = members.get("customer_id") {
                flat.entry("id").or_insert_with(|| key.clone());
            }
        }
    }
    Value::Object(flat)
}
