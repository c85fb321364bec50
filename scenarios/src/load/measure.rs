//! From a journal to figures: what the target called from its start to its last write, what of it was useful, and
//! how near it came to each limit. A pure function of the entries; it knows no process and no clock.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use contracts::Contract;
use sim::journal::{Actor, Entry, Exchanged, Kind, Reader, What};
use sim::{Meter, Moment, SystemName};

use super::ideal::least_ms;
use super::report::{Moment429, SystemLoad, Tightest, Useful};
use super::usage::{Usage, rounded, share};
use crate::entries::each;
use crate::play::Haul;

/// A record that was written less than this before the end may be half written.
const SETTLES_MS: i64 = 5_000;
/// The most spans that the course of the drain is told in.
const SPANS_MAX: i64 = 30;

/// What was measured.
#[derive(Clone, Debug)]
pub struct Measured {
    pub moved: u64,
    pub wrong: u64,
    pub drain_ms: i64,
    pub ideal_ms: i64,
    pub records_per_second: Option<f64>,
    pub tightest: Option<Tightest>,
    pub systems: Vec<SystemLoad>,
    pub over_time: Vec<Moment429>,
    pub span_ms: i64,
}

/// The target's writes to the copy.
#[derive(Default)]
struct Writes {
    /// By the records' ids, with the last to each.
    records: BTreeMap<String, Moment>,
    calls: BTreeSet<u64>,
    /// The last of them.
    last: Option<(u64, Moment)>,
}

/// The calls to one system.
#[derive(Default)]
struct Calls {
    calls: u64,
    refused: u64,
    failed: u64,
    /// One that was let through; to the copy, one that wrote.
    like: Option<Entry>,
}

/// Reads the figures of a haul.
///
/// # Errors
/// The journal cannot be read.
pub fn measure(haul: &Haul, contract: &Contract, records: u64) -> io::Result<Measured> {
    let (began, start) = haul.began;
    let (master, copy) = (contract.topology.master, contract.topology.copy);
    let writes = writes(&haul.journal, began, copy.system)?;
    let (last, ended) = writes.last.unwrap_or((haul.journal.latest(), haul.ended));
    let drain_ms = ended.since(start);
    let span_ms = span(drain_ms);

    let mut by_system: BTreeMap<SystemName, (Calls, Usage)> = BTreeMap::new();
    let mut over_time: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    each(&haul.journal, began, Kind::Exchange, |entry| {
        let (What::Exchange(exchange), Some(system)) = (&entry.what, entry.system) else { return };
        // What a gateway asked of its back end is told by the gateway's own entry.
        if entry.n > last || exchange.connection == 0 {
            return;
        }
        let Some(meter) = haul.meters.iter().find(|meter| meter.system == system) else { return };
        let fresh = || (Calls::default(), Usage::new(meter.clone(), start));
        let (calls, usage) = by_system.entry(system).or_insert_with(fresh);
        usage.take(&entry);
        let refused = exchange.limit.is_some();
        calls.calls += 1;
        calls.refused += u64::from(refused);
        calls.failed += u64::from(!refused && exchange.status >= 400);
        let (all, of_them) = over_time.entry(entry.at.since(start) / span_ms).or_default();
        *all += 1;
        *of_them += u64::from(refused);
        if calls.like.is_none() && is_example(exchange) && (system != copy.system || writes.calls.contains(&entry.n)) {
            calls.like = Some(entry);
        }
    })?;

    let is_wrong = |id: &String| haul.wrong.contains_key(id);
    let moved = writes.records.keys().filter(|id| !is_wrong(id)).count() as u64;
    let settled = |at: Moment| haul.ended.since(at) >= SETTLES_MS || haul.lacks.is_none();
    let wrong = writes.records.iter().filter(|(id, at)| is_wrong(id) && settled(**at)).count() as u64;
    let meter = |system| haul.meters.iter().find(|meter| meter.system == system);
    let mut systems = Vec::new();
    for (system, (calls, usage)) in by_system {
        let fewest = if system == copy.front() {
            meter(copy.system).and_then(|meter| fewest_writes(meter, moved))
        } else if system == master.front() {
            meter(master.system).and_then(|meter| fewest_reads(meter, records))
        } else {
            None
        };
        let useful =
            fewest.zip(calls.like.as_ref()).zip(meter(system)).map(|(((fewest, formula), like), meter)| Useful {
                calls: fewest,
                formula,
                share: share(fewest.min(calls.calls), calls.calls),
                least_ms: least_ms(meter.clone(), like, fewest, start).unwrap_or(i64::MAX),
            });
        let written = (system == copy.system && !writes.calls.is_empty()).then_some(writes.calls.len() as u64);
        systems.push(SystemLoad {
            system: system.as_str(),
            calls: calls.calls,
            refused: calls.refused,
            refused_share: share(calls.refused, calls.calls),
            failed: calls.failed,
            failed_share: share(calls.failed, calls.calls),
            writes: written,
            records_per_write: written.map(|calls| rounded(moved as f64 / calls as f64, 1)),
            useful,
            limits: usage.told(drain_ms),
        });
    }
    let spans = over_time.into_iter();
    Ok(Measured {
        moved,
        wrong,
        drain_ms,
        ideal_ms: systems.iter().filter_map(|system| Some(system.useful.as_ref()?.least_ms)).max().unwrap_or(0),
        records_per_second: (drain_ms > 0).then(|| rounded(moved as f64 * 1_000.0 / drain_ms as f64, 1)),
        tightest: tightest(&systems),
        systems,
        over_time: spans.map(|(at, (calls, refused))| Moment429 { at_ms: at * span_ms, calls, refused }).collect(),
        span_ms,
    })
}

fn writes(journal: &Reader, began: u64, copy: SystemName) -> io::Result<Writes> {
    let mut writes = Writes::default();
    each(journal, began, Kind::Change, |entry| {
        let What::Change(change) = entry.what else { return };
        if entry.system != Some(copy) || change.actor != Actor::Integration {
            return;
        }
        writes.records.insert(change.id, entry.at);
        writes.calls.extend(change.exchange);
        writes.last = Some((entry.n, entry.at));
    })?;
    Ok(writes)
}

fn is_example(exchange: &Exchanged) -> bool {
    exchange.limit.is_none() && exchange.fault.is_none() && exchange.status < 400
}

fn fewest_writes(meter: &Meter, moved: u64) -> Option<(u64, String)> {
    let max = meter.write_max? as u64;
    let formula = format!("ceil({moved} records / {max} in a call)");
    Some((moved.div_ceil(max.max(1)), formula))
}

fn fewest_reads(meter: &Meter, records: u64) -> Option<(u64, String)> {
    let max = meter.read_max? as u64;
    let formula = format!("a token, and ceil({records} records / {max} on a page)");
    Some((records.div_ceil(max.max(1)) + 1, formula))
}

/// A span of whole seconds, so that a drain is told in no more than so many.
fn span(drain_ms: i64) -> i64 {
    let steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400];
    let fits = steps.into_iter().map(|seconds| seconds * 1_000).find(|span| drain_ms / span < SPANS_MAX);
    fits.unwrap_or(drain_ms / SPANS_MAX + 1)
}

/// Of the limits that refuse calls, the one that was fullest; of several the one that was used most over the drain.
fn tightest(systems: &[SystemLoad]) -> Option<Tightest> {
    let limits = systems.iter().flat_map(|of| of.limits.iter().map(move |limit| (of.system, limit)));
    let enforced = limits.filter(|(_, limit)| limit.enforced);
    let key = |limit: &super::LimitUse| (limit.peak_share, limit.used_share);
    let fullest = enforced.max_by(|(_, one), (_, other)| {
        let ((a, b), (c, d)) = (key(one), key(other));
        a.total_cmp(&c).then(b.total_cmp(&d))
    });
    fullest.map(|(system, limit)| Tightest {
        system,
        limit: limit.limit.clone(),
        peak_share: limit.peak_share,
        used_share: limit.used_share,
    })
}
