//! Many cases: side by side in worlds of their own, and told as each is over. It neither plays a case
//! itself nor writes a report.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::pin::pin;
use std::sync::Arc;

use sim::{Control, Host, World};
use tokio::task::JoinSet;

use crate::play::{Case, CaseVerdict, Interrupted, Outcome, Plan, play};

/// How cases are played.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many at once.
    pub jobs: usize,
    /// No further case is begun once one is broken.
    pub fail_fast: bool,
}

/// The worlds of a run and the control API that targets reach them by.
pub struct Grounds {
    host: Arc<Host>,
    control: Control,
}

impl Grounds {
    /// On free ports of the loopback address.
    ///
    /// # Errors
    /// No port can be bound.
    pub async fn open() -> Result<Self, sim::StartError> {
        let host = Arc::new(Host::new(World::builder()));
        let control = Control::start(host.clone(), Ipv4Addr::LOCALHOST.into(), 0).await?;
        Ok(Self { host, control })
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    #[must_use]
    pub fn control_url(&self) -> String {
        self.control.url().to_owned()
    }

    /// Plays cases, and has each told when it is over; answers them in the order they were given in,
    /// without those that were not begun. A case that could not be played is an outcome too, and takes
    /// nothing from the others. Dropping the future ends every target.
    pub async fn run(
        &self,
        cases: Vec<(Arc<Plan>, Case)>,
        options: Options,
        over: impl FnMut(usize, &Outcome),
    ) -> Vec<Outcome> {
        self.run_until(cases, options, std::future::pending(), over).await
    }

    /// The same, until it is to stop: then every target is ended, and what was not played to its end is an
    /// outcome that says so.
    pub async fn run_until(
        &self,
        cases: Vec<(Arc<Plan>, Case)>,
        options: Options,
        stop: impl Future<Output = ()>,
        mut over: impl FnMut(usize, &Outcome),
    ) -> Vec<Outcome> {
        let mut stop = pin!(stop);
        let (mut stopped, mut begun, all) = (false, 0, cases.clone());
        let mut playing = JoinSet::new();
        let mut worlds: BTreeMap<String, usize> = BTreeMap::new();
        for (_, case) in &cases {
            *worlds.entry(case.world()).or_default() += 1;
        }
        let mut outcomes = BTreeMap::new();
        let mut waiting = cases.into_iter().enumerate();
        loop {
            // Begun here alone, so that they begin in their order, and none after one that ends the run.
            while playing.len() < options.jobs.max(1)
                && let Some((place, (plan, mut case))) = waiting.next()
            {
                case.place = worlds.get(&case.world()).is_some_and(|count| *count > 1).then_some(place);
                begun = place + 1;
                let (host, control_url) = (self.host.clone(), self.control_url());
                playing.spawn(async move {
                    let played = play(&plan, &host, &control_url, &case).await;
                    (place, played.unwrap_or_else(|error| Outcome::unplayed(&plan, &case, &error)))
                });
            }
            let joined = tokio::select! {
                biased;
                () = &mut stop, if !stopped => {
                    stopped = true;
                    waiting.by_ref().for_each(drop);
                    playing.abort_all();
                    continue;
                }
                joined = playing.join_next() => joined,
            };
            let (place, outcome) = match joined {
                None => break,
                Some(Ok(played)) => played,
                Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Some(Err(_)) => continue,
            };
            if options.fail_fast && matches!(outcome.case_verdict(), CaseVerdict::Broken | CaseVerdict::Error) {
                waiting.by_ref().for_each(drop);
            }
            over(place, &outcome);
            outcomes.insert(place, outcome);
        }
        for (place, (plan, case)) in all.iter().enumerate().filter(|_| stopped) {
            let how = if place < begun { Interrupted::NotEnded } else { Interrupted::NotBegun };
            outcomes.entry(place).or_insert_with(|| Outcome::not_played(plan, case, how));
        }
        outcomes.into_values().collect()
    }
}
