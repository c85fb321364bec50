//! How each limit of a system was used, call by call. The counting is the meter's; what its readings come to is
//! told here.

use sim::gate::Decision;
use sim::journal::Entry;
use sim::{Meter, Moment};

use super::report::LimitUse;

/// A system's limits, as calls pass them.
#[derive(Debug)]
pub(super) struct Usage {
    meter: Meter,
    start: Moment,
    limits: Vec<Used>,
}

#[derive(Clone, Debug, Default)]
struct Used {
    counted: u64,
    refused: u64,
    peak: u64,
    peak_at: Option<Moment>,
}

impl Usage {
    pub(super) fn new(meter: Meter, start: Moment) -> Self {
        let limits = vec![Used::default(); meter.limits().len()];
        Self { meter, start, limits }
    }

    pub(super) fn take(&mut self, entry: &Entry) {
        let Some(decision) = self.meter.count(entry) else { return };
        let refused_by = match &decision {
            Decision::Refused { limit, .. } => Some(*limit),
            Decision::Passed(_) => None,
        };
        for reading in decision.readings() {
            let Some(used) = self.limits.get_mut(reading.limit) else { continue };
            let counts_refused = self.meter.limits().get(reading.limit).is_some_and(sim::policy::Limit::counts_refused);
            used.counted += u64::from(refused_by.is_none() || counts_refused);
            used.refused += u64::from(refused_by == Some(reading.limit));
            let now = reading.size.saturating_sub(reading.remaining);
            if now > used.peak {
                (used.peak, used.peak_at) = (now, Some(entry.at));
            }
        }
    }

    /// Those that met a call, after a drain that took so long.
    pub(super) fn told(&self, drain_ms: i64) -> Vec<LimitUse> {
        let used = self.meter.limits().iter().zip(&self.limits).filter(|(_, used)| used.counted + used.refused > 0);
        let told = used.map(|(limit, used)| {
            let (size, window_ms) = (limit.size.value.get(), limit.kind.per());
            let windows = window_ms.map_or(1, |per| drain_ms.max(0) / per.max(1) + 1);
            let allowed = size.saturating_mul(u64::try_from(windows).unwrap_or(1));
            LimitUse {
                limit: limit.id.clone(),
                size,
                window_ms,
                enforced: limit.is_enforced(),
                counted: used.counted,
                refused: used.refused,
                peak: used.peak,
                peak_share: share(used.peak, size),
                peak_at_ms: used.peak_at.map_or(0, |at| at.since(self.start)),
                allowed,
                used_share: share(used.counted, allowed),
            }
        });
        told.collect()
    }
}

/// A part of a whole, to four places.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { rounded(part as f64 / whole as f64, 4) }
}

pub(super) fn rounded(figure: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    (figure * scale).round() / scale
}
