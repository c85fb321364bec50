//! The steps of a script in their order. What each does to a world stands in `act.rs`; what is to hold
//! in `holds.rs`.

use serde_json::{Value, json};
use sim::journal::{Entry, Kind, Kinds, What};
use sim::{Subscription, SystemName, Webhooks, parse_span};

use super::case::NotPlayed;
use super::outcome::{Expectation, Outcome, Skipped};
use super::stage::{Stage, Stuck};
use crate::script::{Action, Step, Word, misfits};
use crate::target::{Failure, Webhook};

/// How long a step of `when` may wait for what it needs, in world time.
const ONCE_WITHIN_MS: i64 = 10 * 60_000;
/// Real time that may be spent on letting a world settle at the end.
const SETTLE_REAL_MAX: std::time::Duration = std::time::Duration::from_secs(20);

/// Where there is no time for that: how long a target that has just started may still end, in world time.
const LAST_LOOK_MS: i64 = 300;

/// What came of waiting for a call.
enum Once {
    Came,
    /// In all the time there was: that is no promise of the target.
    Never,
    Stuck(String),
}

/// Whether to go on.
type Held = Result<bool, NotPlayed>;

impl Stage<'_> {
    pub(super) async fn play(&mut self, outcome: &mut Outcome) -> Result<(), NotPlayed> {
        let script = self.case.script.clone();
        for step in &script.given {
            if step.word == Word::Synced && self.began.is_none() {
                self.begin().await?;
            }
            if !self.step(step, outcome).await? || !self.stays(outcome, step.line, None) {
                return Ok(());
            }
        }
        if self.began.is_none() {
            self.begin().await?;
        }
        for step in script.when.iter().chain(&script.then) {
            if !self.step(step, outcome).await? || !self.stays(outcome, step.line, None) {
                return Ok(());
            }
        }
        let deserted = self.settle().await;
        let line = script.steps().last().map_or(0, |step| step.line);
        self.stays(outcome, line, deserted);
        Ok(())
    }

    /// Books that the target has left, if it has; whether it has not.
    fn stays(&mut self, outcome: &mut Outcome, line: u64, deserted: Option<Stuck>) -> bool {
        let Some(Stuck(why)) = deserted.or_else(|| self.deserted()) else { return true };
        let text = "the target goes on running".to_owned();
        outcome.expectations.push(Expectation { line, text, failed: Some(why) });
        false
    }

    async fn begin(&mut self) -> Result<(), NotPlayed> {
        self.name_records();
        self.since = self.world.journal().latest();
        Ok(self.start_target().await?)
    }

    /// Time for all that is under way to arrive, so that it can be judged. `Some` if the target left.
    async fn settle(&mut self) -> Option<Stuck> {
        let contract = &self.plan.contract;
        let span = contract.freshness.within.0.max(contract.source_api.backoff.longest.0);
        let short = self.real(span).is_none_or(|real| real <= SETTLE_REAL_MAX);
        // Whoever does not let time pass is judged as things stand.
        let _ = self.pass(if short { span } else { LAST_LOOK_MS }).await;
        self.deserted()
    }

    async fn step(&mut self, step: &Step, outcome: &mut Outcome) -> Held {
        let held = self.carry_out(step, outcome).await;
        self.since = self.world.journal().latest();
        held
    }

    /// What follows the word, all filled in and again as it is to be. The steps of a `repeat` are filled in
    /// each time anew.
    fn filled(&self, step: &Step) -> Result<Value, NotPlayed> {
        let mut what = step.what.clone();
        match what.as_object_mut().filter(|_| step.word == Word::Repeat) {
            Some(members) => {
                for (_, value) in members.iter_mut().filter(|(name, _)| *name != "steps") {
                    *value = self.scope.fill_all(value).map_err(|error| self.unfilled(step.line, &error))?;
                }
            }
            None => what = self.scope.fill_all(&what).map_err(|error| self.unfilled(step.line, &error))?,
        }
        match misfits(step.word, &what, true).into_iter().next() {
            Some(misfit) => {
                let mend = misfit.mend.map(|mend| format!("; {mend}")).unwrap_or_default();
                Err(self.misfit(step.line, format!("{}{mend}", misfit.what)))
            }
            None => Ok(what),
        }
    }

    async fn carry_out(&mut self, step: &Step, outcome: &mut Outcome) -> Held {
        let what = self.filled(step)?;
        let span = |what: &Value| what.as_str().and_then(|text| parse_span(text).ok()).unwrap_or_default();
        match step.word {
            Word::Seed(system, records) => {
                self.seed(system, records, &what).map_err(|error| self.misfit(step.line, error))?;
                self.name_records();
            }
            Word::Act(system, action) => {
                self.act(system, action, &what).map_err(|error| self.misfit(step.line, error))?;
                if action == Action::RotateToken {
                    self.tell_token().await?;
                }
            }
            Word::Fault => self.arm(&what).map_err(|error| self.misfit(step.line, error))?,
            Word::Spend => self.spend(&what).map_err(|error| self.misfit(step.line, error))?,
            Word::Deliver => self.deliver(&what).await.map_err(|error| self.misfit(step.line, error))?,
            Word::Clock | Word::Clauses => {}
            Word::Advance => {
                // That it passes promises nothing.
                if let Err(stuck) = self.pass(span(&what)).await {
                    return self.expected(outcome, step, "world time passes", Some(stuck.0));
                }
            }
            Word::Synced => {
                let within = span(&what["within"]);
                let against = self.until(within, |stage| Ok(stage.not_synced())).await?;
                self.name_records();
                return self.expected(outcome, step, &format!("synced within {}", text(&what["within"])), against);
            }
            Word::Holds(system, record_type) => {
                let within = step.within_ms.unwrap_or_default();
                let line = step.line;
                let against = self
                    .until(within, |stage| {
                        stage.not_so(system, record_type, &what).map_err(|error| stage.misfit(line, error))
                    })
                    .await?;
                self.names_are_known(system, record_type, &what).map_err(|error| self.misfit(line, error))?;
                return self.expected(outcome, step, &format!("{} {what}", step.word), against);
            }
            Word::Run => {
                let job = text(&what);
                let ended = self.run_job(&job).await;
                let outlived = matches!(ended, Err(Failure::Outlived { .. }));
                let held = self.done(outcome, step, &format!("the job {job} runs to its end"), ended);
                if outlived {
                    self.stays(outcome, step.line, None);
                }
                return held;
            }
            Word::Kill => {
                if let Some(once) = what.get("once") {
                    match self.once(once).await? {
                        Once::Came => {}
                        Once::Never => {
                            let why = format!(
                                "the target was to be killed at a call {once} (line {}), and made none within {} min of \
                                 world time",
                                step.line,
                                ONCE_WITHIN_MS / 60_000
                            );
                            outcome.skipped = Some(Skipped(why));
                            return Ok(false);
                        }
                        Once::Stuck(why) => {
                            let text = format!("a call {once} to kill the target at");
                            return self.expected(outcome, step, &text, Some(why));
                        }
                    }
                }
                self.kill_target().await;
            }
            Word::Restart => {
                if self.launched.is_running() {
                    self.kill_target().await;
                }
                let started = self.start_target().await;
                return self.done(outcome, step, "the target starts again", started);
            }
            Word::Repeat => {
                for _ in 0..what["times"].as_u64().unwrap_or_default() {
                    for step in &step.steps {
                        if !Box::pin(self.step(step, outcome)).await? {
                            return Ok(false);
                        }
                    }
                }
            }
        }
        Ok(true)
    }

    /// What the target failed to do does not hold; all other failures are the setup's.
    fn done(&self, outcome: &mut Outcome, step: &Step, text: &str, done: Result<(), Failure>) -> Held {
        match done {
            Err(failure) if !failure.is_targets() => Err(failure.into()),
            done => self.expected(outcome, step, text, done.err().map(|failure| failure.to_string())),
        }
    }

    fn expected(&self, outcome: &mut Outcome, step: &Step, text: &str, failed: Option<String>) -> Held {
        let goes_on = failed.is_none();
        outcome.expectations.push(Expectation { line: step.line, text: text.to_owned(), failed });
        Ok(goes_on)
    }

    /// Waits for a call of the target that is like this, since the end of the step before: what comes while
    /// the runner turns to this step counts too.
    async fn once(&mut self, once: &Value) -> Result<Once, NotPlayed> {
        let mut seen = self.since;
        let once = once.clone();
        let deadline = self.world.clock().now().plus(ONCE_WITHIN_MS);
        let against = self.until(ONCE_WITHIN_MS, |stage| {
            let entries = stage.world.journal().since(seen, Kinds::from(Kind::Exchange), usize::MAX)?;
            if entries.iter().any(|entry| is_like(entry, &once)) {
                return Ok(None);
            }
            seen = entries.last().map_or(seen, |entry| entry.n);
            Ok(Some(format!("there was no call {once}")))
        });
        Ok(match against.await? {
            None => Once::Came,
            Some(_) if self.world.clock().now() >= deadline => Once::Never,
            Some(why) => Once::Stuck(why),
        })
    }

    /// HubSpot's webhooks go to the target's receiver.
    pub(super) fn subscribe(&self) -> Result<(), NotPlayed> {
        let (file, webhooks) = (&self.plan.file, &self.plan.file.world.hubspot.webhooks);
        let Some(receiver) = file.target.receivers.hubspot.as_deref().filter(|_| !webhooks.is_empty()) else {
            return Ok(());
        };
        let url = self.scope.fill(receiver).map_err(Failure::from)?;
        let subscribe = |webhooks: &[Webhook]| {
            let subscriptions: Vec<Subscription> =
                serde_json::from_value(json!(webhooks)).map_err(|e| e.to_string())?;
            let (target_url, public_url) = (url.clone(), file.world.hubspot.public_url.clone());
            let webhooks = Webhooks { target_url, public_url, subscriptions, ..Webhooks::default() };
            self.world.set_webhooks(None, &webhooks).map_err(|error| error.to_string())
        };
        let Err(what) = subscribe(webhooks) else { return Ok(()) };
        let (place, what) = match subscribe(&[]) {
            Err(receiver) => (None, receiver),
            Ok(()) => {
                let each = webhooks.iter().enumerate();
                let wrong = each.filter_map(|(place, one)| Some((place, subscribe(std::slice::from_ref(one)).err()?)));
                wrong.map(|(place, what)| (Some(place), what)).next().unwrap_or((Some(0), what))
            }
        };
        let mend = "`standin schema target` says how receivers and webhooks are written".to_owned();
        Err(NotPlayed::File { file: file.name.clone(), line: file.line_of_webhook(place), what, mend })
    }
}

fn is_like(entry: &Entry, once: &Value) -> bool {
    let What::Exchange(exchange) = &entry.what else { return false };
    let asked = |name: &str| once.get(name).filter(|value| !value.is_null());
    asked("system").is_none_or(|system| entry.system.map(SystemName::as_str) == system.as_str())
        && asked("path").is_none_or(|path| path.as_str().is_some_and(|path| exchange.path().starts_with(path)))
        && asked("method").is_none_or(|method| method.as_str() == Some(&exchange.method))
        && asked("status").is_none_or(|status| status.as_u64() == Some(exchange.status.into()))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
