//! A load on an integration: the population, the way, the figures, put together. It neither counts nor tells.

use std::time::Instant;

use sim::SystemName;
use sim::policy::profile_names;

use super::measure::measure;
use super::report::TargetLoad;
use crate::play::{self, Asked, Company, NotPlayed, Plan};
use crate::run::Grounds;
use crate::target::TimeMode;

/// What is to be brought over.
#[derive(Clone, Copy, Debug)]
pub struct Population {
    pub records: u64,
    pub seed: u64,
    /// How long it may take, in world time; a day where the target follows it, and a minute where it lives by the
    /// machine's, if absent.
    pub within_ms: Option<i64>,
}

const DAY_MS: i64 = 24 * 60 * 60_000;
const MINUTE_MS: i64 = 60_000;

/// Has the target bring a population over, and reads off the journal what it cost. Answers the last lines that the
/// target said too, where it ended before its time.
///
/// # Errors
/// The world or the target does not start.
pub async fn carry(
    plan: &Plan,
    grounds: &Grounds,
    population: Population,
    company: Company<'_>,
) -> Result<(TargetLoad, Vec<String>), NotPlayed> {
    let began = Instant::now();
    let Population { records, seed, within_ms } = population;
    let time = plan.file.target.time;
    let within_ms = within_ms.unwrap_or(if time == TimeMode::Real { MINUTE_MS } else { DAY_MS });
    let asked = Asked { records, seed, within_ms };
    let haul = play::haul(plan, grounds.host(), &grounds.control_url(), asked, company).await?;
    let measured = measure(&haul, &plan.contract, records).map_err(NotPlayed::NoJournal)?;
    let usual = || profile_names(SystemName::Hubspot).first().copied().unwrap_or_default().to_owned();
    let load = TargetLoad {
        standin: env!("CARGO_PKG_VERSION").to_owned(),
        target: plan.target.clone().unwrap_or_else(|| plan.file.name.clone()),
        seed,
        profile: plan.file.world.hubspot.profile.clone().unwrap_or_else(usual),
        time: time.to_string(),
        within_ms,
        records,
        moved: measured.moved,
        wrong: measured.wrong,
        drained: haul.lacks.is_none() && haul.broke_off.is_none(),
        lacks: haul.lacks,
        broke_off: haul.broke_off,
        interrupted: haul.interrupted,
        drain_ms: measured.drain_ms,
        ideal_ms: measured.ideal_ms,
        records_per_second: measured.records_per_second,
        tightest: measured.tightest,
        systems: measured.systems,
        over_time: measured.over_time,
        span_ms: measured.span_ms,
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    Ok((load, haul.said))
}
