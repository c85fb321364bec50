//! What the journal has of all this, counted.

use std::collections::BTreeMap;
use std::time::Duration;

use sim::journal::{Kind, Kinds, What};
use sim::{Moment, SystemName};

use super::session::Session;
use super::{Failed, other};

pub(super) fn play(session: &Session, took: Duration) -> Result<(), Failed> {
    let entries = session.world.journal().since(0, Kinds::ALL, usize::MAX).map_err(other)?;
    let (mut kinds, mut systems, mut statuses) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for entry in &entries {
        *kinds.entry(entry.kind()).or_insert(0_u32) += 1;
        if let What::Exchange(exchange) = &entry.what {
            *statuses.entry(exchange.status).or_insert(0_u32) += 1;
            if let Some(system) = entry.system {
                *systems.entry(system).or_insert(0_u32) += 1;
            }
        }
    }
    let count = |kind: Kind| kinds.get(&kind).copied().unwrap_or_default();
    let list = |counts: Vec<String>| counts.join(", ");
    session.heading("All of it stands in the journal, in one order");
    session.say(&format!(
        "   {} entries: {} exchanges, {} changes of records, {} moves of the clock, {} about faults",
        entries.len(),
        count(Kind::Exchange),
        count(Kind::Change),
        count(Kind::Clock),
        count(Kind::Fault)
    ));
    let by_system =
        SystemName::ALL.into_iter().filter_map(|system| Some(format!("{} {system}", systems.get(&system)?)));
    session.say(&format!("   exchanges by system: {}", list(by_system.collect())));
    let by_status = statuses.iter().map(|(status, count)| format!("{count} x {status}"));
    session.say(&format!("   by status: {}", list(by_status.collect())));
    let world_time = session.world.clock().now().since(Moment::START) / 1000;
    session.say("");
    session.say(&format!(
        "Every answer was the expected one: {} min {} s of world time in {:.1} s of yours.",
        world_time / 60,
        world_time % 60,
        took.as_secs_f64()
    ));
    session.say("Next: standin serve, and point your own integration at it.");
    Ok(())
}
