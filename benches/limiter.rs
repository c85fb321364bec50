//! One decision against the limits of a HubSpot account, its ten-second window nearly full; and the
//! headers that tell of it.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::tz::TimeZone;
use sim::Moment;
use sim::gate::{Charge, Decision, Limits, advertised};
use sim::policy::{GatePolicy, HubspotSettings, Profile};

/// 188 of 190 calls count at any instant, so that every call passes.
const STEADY_MS: i64 = 53;
/// More than 190 in ten seconds: most calls are refused.
const HASTY_MS: i64 = 5;

struct Caller {
    limits: Limits,
    zone: TimeZone,
    at: Moment,
}

impl Caller {
    fn call(&mut self, policy: &GatePolicy, classes: &[&str], gap_ms: i64) -> Decision {
        self.at = self.at.plus(gap_ms);
        let charge = Charge { classes, account: 1, app: 1, client: 1, time_zone: &self.zone };
        self.limits.decide(policy, &charge, self.at)
    }
}

fn decision(criterion: &mut Criterion) {
    // The daily quota is out of the way, as it is for most of a day.
    let text = "
name: bench
system: hubspot
extends: professional
limits:
  - { id: daily, size: { value: 1000000000000, source: this benchmark, date: 2026-11-20 } }
";
    let profile = Profile::<HubspotSettings>::parse("bench.yaml", text).unwrap_or_else(|error| panic!("{error}"));
    let zone = profile.settings.account_time_zone.value.zone.clone();
    let search: &[&str] = &["search", "ten_secondly_exempt"];
    for (name, classes, gap_ms) in
        [("steady", &[] as &[&str], STEADY_MS), ("refused", &[], HASTY_MS), ("search", search, 200)]
    {
        let mut caller = Caller { limits: Limits::default(), zone: zone.clone(), at: Moment::START };
        for _ in 0..1_000 {
            caller.call(&profile.gate, classes, gap_ms);
        }
        criterion.bench_function(&format!("limiter/hubspot/{name}"), |bencher| {
            bencher.iter(|| caller.call(&profile.gate, classes, gap_ms));
        });
    }
    let mut caller = Caller { limits: Limits::default(), zone, at: Moment::START };
    let decision = caller.call(&profile.gate, &[], 0);
    criterion.bench_function("limiter/hubspot/headers", |bencher| {
        bencher.iter(|| advertised(&profile.gate, &[], black_box(decision.readings())).count());
    });
}

criterion_group!(benches, decision);
criterion_main!(benches);
