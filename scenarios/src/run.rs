//! Many cases: side by side in worlds of their own, and told as each is over. It neither plays a case
//! itself nor writes a report.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use sim::{Control, Host, World};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::play::{Case, CaseVerdict, Outcome, Plan, play};

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
        mut over: impl FnMut(usize, &Outcome),
    ) -> Vec<Outcome> {
        let room = Arc::new(Semaphore::new(options.jobs.max(1)));
        let mut playing = JoinSet::new();
        let mut worlds: BTreeMap<String, usize> = BTreeMap::new();
        for (_, case) in &cases {
            *worlds.entry(case.world()).or_default() += 1;
        }
        for (place, (plan, mut case)) in cases.into_iter().enumerate() {
            case.place = worlds.get(&case.world()).is_some_and(|count| *count > 1).then_some(place);
            let (room, host, control_url) = (room.clone(), self.host.clone(), self.control_url());
            playing.spawn(async move {
                // Closed only when no more are to begin.
                let Ok(_place) = room.acquire().await else { return None };
                let played = play(&plan, &host, &control_url, &case).await;
                let outcome = played.unwrap_or_else(|error| Outcome::unplayed(&plan, &case, &error));
                // While its place is still taken: no other begins in between.
                if options.fail_fast && matches!(outcome.case_verdict(), CaseVerdict::Broken | CaseVerdict::Error) {
                    room.close();
                }
                Some((place, outcome))
            });
        }
        let mut outcomes = BTreeMap::new();
        while let Some(joined) = playing.join_next().await {
            let (place, outcome) = match joined {
                Ok(Some(played)) => played,
                Ok(None) => continue,
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Err(_) => continue,
            };
            over(place, &outcome);
            outcomes.insert(place, outcome);
        }
        outcomes.into_values().collect()
    }
}
