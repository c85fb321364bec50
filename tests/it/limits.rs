//! The gate's limits against their definitions, and at the edges that vendors publish.

mod brute;
mod presets;

use std::num::NonZeroU64;

use brute::{Call, History, Standing, applies, moment};
use jiff::civil::time;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use sim::Moment;
use sim::gate::{Charge, Decision, Limits, Reading, advertised};
use sim::policy::{Anchor, Figure, GatePolicy, HubspotSettings, Limit, LimitKind, Millis, Profile, Scope, Zone};

fn figure<T>(value: T) -> Figure<T> {
    Figure::given(value, "this test")
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

/// Zones, and an instant shortly before their clocks change.
const CHANGES: [(&str, &str); 10] = [
    ("America/New_York", "2026-11-01T02:30:00Z"),
    ("America/New_York", "2027-03-14T02:30:00Z"),
    ("Australia/Sydney", "2026-10-03T12:00:00Z"),
    ("Australia/Sydney", "2027-04-03T12:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T12:00:00Z"),
    ("Australia/Lord_Howe", "2027-04-03T12:00:00Z"),
    ("Africa/Cairo", "2026-04-23T20:00:00Z"),
    ("America/St_Johns", "2006-10-29T00:00:00Z"),
    ("America/Sao_Paulo", "2018-11-04T00:00:00Z"),
    ("Pacific/Apia", "2011-12-29T20:00:00Z"),
];

fn kinds() -> impl Strategy<Value = LimitKind> {
    let per = select(vec![1_i64, 7, 100, 1_000, 10_000, 86_400_000]);
    let anchor = select(vec![Anchor::Epoch, Anchor::FirstCall, Anchor::AccountStart]);
    let resets_at = select(vec![time(0, 0, 0, 0), time(0, 30, 0, 0), time(2, 15, 0, 0), time(23, 45, 0, 0)]);
    let of = prop_oneof![Just(Zone::Account), select(CHANGES.to_vec()).prop_map(|(name, _)| Zone::Named(zone(name))),];
    prop_oneof![
        per.clone().prop_map(|per| LimitKind::RollingWindow { per: figure(Millis(per)) }),
        (per, anchor)
            .prop_map(|(per, anchor)| LimitKind::FixedWindow { per: figure(Millis(per)), anchor: figure(anchor) }),
        (resets_at, of).prop_map(|(resets_at, zone)| LimitKind::DailyQuota {
            resets_at: figure(resets_at),
            time_zone: figure(zone)
        }),
    ]
}

prop_compose! {
    fn limits()(
        kind in kinds(),
        mut scope in subsequence(vec![Scope::Account, Scope::App, Scope::Client], 0..=3),
        classes in subsequence(vec!["a", "b"], 0..=1),
        exempt in subsequence(vec!["c"], 0..=1),
        enforced in prop::bool::weighted(0.8),
        counts_refused: bool,
        slack in select(vec![0_u64, 0, 1, 3]),
        size in 1_u64..6,
    ) -> Limit {
        let of_account = matches!(&kind, LimitKind::DailyQuota { time_zone, .. } if time_zone.value == Zone::Account);
        if of_account && !scope.contains(&Scope::Account) {
            scope.push(Scope::Account);
        }
        let mut limit = Limit::new("some", kind, &scope, figure(NonZeroU64::new(size).unwrap()));
        limit.classes = classes.into_iter().map(str::to_owned).collect();
        limit.exempt = exempt.into_iter().map(str::to_owned).collect();
        limit.enforced = Some(figure(enforced));
        limit.counts_refused = Some(figure(counts_refused));
        limit.slack = Some(figure(slack));
        limit
    }
}

/// The time since the call before, and the call.
type Arrival = (i64, [u64; 3], Vec<&'static str>);

fn arrivals(count: usize) -> impl Strategy<Value = Vec<Arrival>> {
    let edge = (select(vec![1_i64, 7, 100, 1_000, 10_000]), -1_i64..=1).prop_map(|(per, by)| per + by);
    let gap = prop_oneof![
        8 => Just(0_i64),
        4 => 0_i64..4,
        4 => 0_i64..2_000,
        4 => edge,
        2 => select(vec![30_i64, 60, 120]).prop_map(|minutes| minutes * 60_000),
        1 => 0_i64..30 * 3_600_000,
    ];
    let who = (0_u64..2, 0_u64..2, 0_u64..2).prop_map(|(account, app, client)| [account, app, client]);
    prop::collection::vec((gap, who, subsequence(vec!["a", "b", "c"], 0..=3)), 0..count)
}

/// One gate and its history side by side.
#[derive(Clone)]
struct Pair {
    limits: Limits,
    history: History,
    zones: [TimeZone; 2],
    now: i64,
}

impl Pair {
    /// Asks both, and holds the gate to what the history says.
    fn ask(&mut self, policy: &GatePolicy, (gap, who, classes): &Arrival) -> Result<(), TestCaseError> {
        self.now += gap;
        let call = Call { at: self.now, who: *who, classes: classes.clone() };
        let time_zone = self.zones[usize::try_from(who[0]).unwrap()].clone();
        let charge = Charge { classes, account: who[0], app: who[1], client: who[2], time_zone: &time_zone };
        let at = Moment(self.now);

        prop_assert_eq!(&*self.limits.usage(policy, &charge, at), self.expected(policy, &call), "usage before");
        let refused_by = self.history.refusal(&policy.limits, &call);
        let decision = self.limits.decide(policy, &charge, at);
        self.history.calls.push((call.clone(), refused_by.is_none()));

        let expected = self.expected(policy, &call);
        prop_assert_eq!(decision.readings(), &*expected, "readings");
        match (decision, refused_by) {
            (Decision::Passed(_), None) => {}
            (Decision::Refused { limit, frees_at, .. }, Some(by)) => {
                prop_assert_eq!(limit, by);
                prop_assert_eq!(Some(frees_at), expected.iter().find(|r| r.limit == by).map(|r| r.frees_at));
            }
            (decision, by) => prop_assert!(false, "{decision:?}, but by definition {by:?} refuses it"),
        }
        prop_assert_eq!(&*self.limits.usage(policy, &charge, at), &*expected, "usage after");
        Ok(())
    }

    fn expected(&self, policy: &GatePolicy, call: &Call) -> Vec<Reading> {
        let apply = policy.limits.iter().enumerate().filter(|(_, limit)| applies(limit, call));
        apply
            .map(|(index, limit)| {
                let Standing { counted, frees_at } = self.history.standing(&policy.limits, index, call);
                let size = limit.size.value.get();
                let remaining = size.saturating_sub(counted);
                Reading { limit: index, size, remaining, frees_at: Moment(frees_at) }
            })
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every limit decides and reads as its definition has it, whatever the arrivals; and a fork goes
    /// on from where it was made, untouched by what its origin does.
    #[test]
    fn limits_hold_to_their_definitions(
        limits in prop::collection::vec(limits(), 1..8),
        (home, start) in select(CHANGES.to_vec()),
        away in select(CHANGES.to_vec()),
        trunk in arrivals(40),
        branches in [arrivals(20), arrivals(20)],
    ) {
        let policy = GatePolicy { limits, ..GatePolicy::default() };
        let now = moment(start);
        let started = now - 12_345;
        let all = trunk.iter().chain(branches.iter().flatten());
        let until = now + all.map(|(gap, ..)| gap).sum::<i64>();
        let zones = [zone(home), zone(away.0)];
        let history = History::new(&policy.limits, &zones, started, until);
        let mut origin = Pair { limits: Limits::starting(Moment(started)), history, zones, now };
        for arrival in &trunk {
            origin.ask(&policy, arrival)?;
        }
        let mut fork = origin.clone();
        for (pair, branch) in [&mut origin, &mut fork].into_iter().zip(&branches) {
            for arrival in branch {
                pair.ask(&policy, arrival)?;
            }
        }
    }
}

/// A HubSpot account and the calls of one app.
struct HubSpot {
    policy: std::sync::Arc<GatePolicy>,
    limits: Limits,
    zone: TimeZone,
    start: Moment,
}

impl HubSpot {
    fn new(profile: &Profile<HubspotSettings>) -> Self {
        let zone = profile.settings.account_time_zone.value.zone.clone();
        Self { policy: profile.gate.clone(), limits: Limits::default(), zone, start: Moment::START }
    }

    /// The limit that refuses a call of `app` so many milliseconds after the start.
    fn refusal(&mut self, app: u64, classes: &[&str], after: i64) -> Option<&str> {
        match self.call(app, classes, after) {
            Decision::Passed(_) => None,
            Decision::Refused { limit, .. } => Some(&self.policy.limits[limit].id),
        }
    }

    fn call(&mut self, app: u64, classes: &[&str], after: i64) -> Decision {
        let charge = Charge { classes, account: 1, app, client: 9, time_zone: &self.zone };
        self.limits.decide(&self.policy, &charge, self.start.plus(after))
    }

    fn headers(&mut self, classes: &[&str], after: i64) -> Vec<String> {
        let decision = self.call(1, classes, after);
        let headers = advertised(&self.policy, classes, decision.readings());
        headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    }
}

const SEARCH: &[&str] = &["search", "ten_secondly_exempt"];

#[test]
fn the_ten_second_window_of_a_professional_account() {
    let mut hubspot = HubSpot::new(&Profile::embedded(None).unwrap());
    for call in 1..=189 {
        assert_eq!(hubspot.refusal(1, &[], 0), None, "call {call}");
    }
    assert_eq!(hubspot.refusal(1, &[], 0), None, "call 190");
    assert_eq!(hubspot.refusal(1, &[], 0), Some("ten_secondly"), "call 191");
    assert_eq!(hubspot.refusal(2, &[], 0), None, "another app has a window of its own");
    assert_eq!(hubspot.refusal(1, SEARCH, 0), None, "a search is exempt");
    assert_eq!(hubspot.refusal(1, &[], 9_999), Some("ten_secondly"));
    assert_eq!(hubspot.refusal(1, &[], 10_000), None);
    for _ in 0..189 {
        assert_eq!(hubspot.refusal(1, &[], 10_001), None, "refused calls used nothing up");
    }
    assert_eq!(hubspot.refusal(1, &[], 10_001), Some("ten_secondly"));
    assert_eq!(hubspot.refusal(1, &[], 20_000), None, "one call leaves with its own age");
    assert_eq!(hubspot.refusal(1, &[], 20_000), Some("ten_secondly"));
}

#[test]
fn searches_are_five_a_second_for_the_whole_account() {
    let mut hubspot = HubSpot::new(&Profile::embedded(Some("enterprise")).unwrap());
    for app in [1, 2, 1, 2, 3] {
        assert_eq!(hubspot.refusal(app, SEARCH, 0), None);
    }
    assert_eq!(hubspot.refusal(4, SEARCH, 999), Some("search"));
    assert_eq!(hubspot.refusal(4, SEARCH, 1_000), None);
}

#[test]
fn a_day_is_shared_by_the_account_and_turns_at_its_midnight() {
    let text = "
name: tiny
system: hubspot
extends: professional
limits:
  - { id: daily, size: { value: 3, source: this test, date: 2026-11-20 } }
";
    let mut hubspot = HubSpot::new(&Profile::parse("tiny.yaml", text).unwrap());
    for (app, classes) in [(1, &[] as &[&str]), (2, &[]), (3, SEARCH)] {
        assert_eq!(hubspot.refusal(app, classes, 0), None);
    }
    assert_eq!(hubspot.refusal(1, SEARCH, 0), Some("daily"));
    assert_eq!(hubspot.refusal(1, &["daily_exempt"], 0), None);
    // The world starts at midnight UTC; US/Eastern is five hours behind in November.
    let midnight = 5 * 3_600_000;
    assert_eq!(hubspot.refusal(1, &[], midnight - 1), Some("daily"));
    assert_eq!(hubspot.refusal(1, &[], midnight), None);
}

#[test]
fn rate_headers_are_those_seen_on_the_wire() {
    let mut hubspot = HubSpot::new(&Profile::embedded(None).unwrap());
    insta::assert_snapshot!(hubspot.headers(&[], 0).join("\n"), @r#"
    x-hubspot-ratelimit-daily: 625000
    x-hubspot-ratelimit-daily-remaining: 624999
    x-hubspot-ratelimit-interval-milliseconds: 10000
    x-hubspot-ratelimit-max: 190
    x-hubspot-ratelimit-remaining: 189
    x-hubspot-ratelimit-secondly: 19
    x-hubspot-ratelimit-secondly-remaining: 18
    "#);
    for _ in 0..189 {
        hubspot.call(1, &[], 0);
    }
    insta::assert_snapshot!(hubspot.headers(&[], 5_000).join("\n"), @r#"
    x-hubspot-ratelimit-daily: 625000
    x-hubspot-ratelimit-daily-remaining: 624810
    x-hubspot-ratelimit-interval-milliseconds: 10000
    x-hubspot-ratelimit-max: 190
    x-hubspot-ratelimit-remaining: 0
    x-hubspot-ratelimit-secondly: 19
    x-hubspot-ratelimit-secondly-remaining: 0
    "#);
    assert_eq!(hubspot.headers(SEARCH, 5_000), Vec::<String>::new());

    let knob = "
name: knob
system: hubspot
extends: professional
settings:
  search_headers: { value: daily_only, source: this test, date: 2026-11-20 }
";
    let mut hubspot = HubSpot::new(&Profile::parse("knob.yaml", knob).unwrap());
    insta::assert_snapshot!(hubspot.headers(SEARCH, 0).join("\n"), @r#"
    x-hubspot-ratelimit-daily: 625000
    x-hubspot-ratelimit-daily-remaining: 624999
    "#);
}
