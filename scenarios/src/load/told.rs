//! A load as people read it: what was done, by how many calls, and how near each limit was.

use super::report::{Latency, LimitUse, Moment429, Observed, ReceiverLoad, SystemLoad, TargetLoad, Useful};
use crate::report::world_time;

/// The widths of the columns of names.
const SYSTEM_WIDTH: usize = 15;
const LIMIT_WIDTH: usize = 38;

/// The report of a population that was brought over.
#[must_use]
pub fn target_told(load: &TargetLoad) -> String {
    let mut out = format!(
        "{} customers, HubSpot {}, seed {}; the target's time: {}\n\n",
        grouped(load.records),
        load.profile,
        load.seed,
        load.time
    );
    out.push_str(&moved(load));
    out.push_str(&format!(
        "\n{:SYSTEM_WIDTH$}{:>9}{:>17}{:>17}{:>9}  of which useful\n",
        "system", "calls", "429", "other errors", "writes"
    ));
    load.systems.iter().for_each(|system| out.push_str(&system_told(system)));
    out.push_str(&format!(
        "\n{:LIMIT_WIDTH$}{:>20}{:>10}{:>8}{:>9}{:>11}\n",
        "limit", "lets through", "counted", "429", "at peak", "over all"
    ));
    for system in &load.systems {
        system.limits.iter().for_each(|limit| out.push_str(&limit_told(system.system, limit)));
    }
    if let Some(tightest) = &load.tightest {
        out.push_str(&format!(
            "\ntightest: {} {}: {} of what it allows at its peak, {} over the whole drain\n",
            tightest.system,
            tightest.limit,
            percent(tightest.peak_share),
            percent(tightest.used_share)
        ));
    }
    out.push_str(&refusals(load));
    out
}

fn moved(load: &TargetLoad) -> String {
    let rate = match load.records_per_second {
        Some(rate) => format!("{} records a second", decimal(rate)),
        None => "all within one instant".to_owned(),
    };
    let took = world_time(load.drain_ms);
    let mut out = format!("moved {} in {took} of world time: {rate}\n", grouped(load.moved));
    if load.wrong > 0 {
        out.push_str(&format!("WRONG {} more: written, and not as the contract asks\n", grouped(load.wrong)));
    }
    out.push_str(&format!("the limits allow it in {} at the least", world_time(load.ideal_ms)));
    if load.ideal_ms > 0 {
        out.push_str(&format!(": it took {:.1} times that", load.drain_ms as f64 / load.ideal_ms as f64));
    }
    out.push('\n');
    if let Some(why) = &load.broke_off {
        out.push_str(&format!("BROKE OFF {why}\n"));
    }
    if let Some(lacks) = &load.lacks {
        out.push_str(&format!("NOT ALL of it within {}: {lacks}\n", world_time(load.within_ms)));
    }
    out
}

fn system_told(system: &SystemLoad) -> String {
    let some = |count: u64, share: f64| {
        if count == 0 { "0".to_owned() } else { format!("{} ({})", grouped(count), percent(share)) }
    };
    let writes = system.writes.map_or_else(String::new, grouped);
    let useful = system
        .useful
        .as_ref()
        .map(|useful: &Useful| format!("  {}, {}: {}", grouped(useful.calls), percent(useful.share), useful.formula));
    format!(
        "{:SYSTEM_WIDTH$}{:>9}{:>17}{:>17}{writes:>9}{}\n",
        system.system,
        grouped(system.calls),
        some(system.refused, system.refused_share),
        some(system.failed, system.failed_share),
        useful.unwrap_or_default()
    )
}

fn limit_told(system: &str, limit: &LimitUse) -> String {
    let window = limit.window_ms.map_or_else(|| "a day".to_owned(), |ms| format!("in {}", span(ms)));
    let advisory = if limit.enforced { "" } else { " (told only)" };
    format!(
        "{:LIMIT_WIDTH$}{:>20}{:>10}{:>8}{:>9}{:>11}\n",
        format!("{system} {}{advisory}", limit.limit),
        format!("{} {window}", grouped(limit.size)),
        grouped(limit.counted),
        grouped(limit.refused),
        percent(limit.peak_share),
        percent(limit.used_share)
    )
}

/// When it was refused, a line a span; nothing, if it never was.
fn refusals(load: &TargetLoad) -> String {
    let most = load.over_time.iter().map(|span| span.refused).max().unwrap_or_default();
    if most == 0 {
        return String::new();
    }
    let mut out = format!("\n429 over time, in spans of {}:\n", span(load.span_ms));
    for Moment429 { at_ms, calls, refused } in load.over_time.iter().filter(|span| span.refused > 0) {
        let bar = "#".repeat(usize::try_from((refused * 30).div_ceil(most)).unwrap_or_default());
        out.push_str(&format!("  from {:>12}  {refused:>6} of {calls:>6} calls  {bar}\n", world_time(*at_ms)));
    }
    out
}

/// The report of webhooks that were sent.
#[must_use]
pub fn receiver_told(load: &ReceiverLoad) -> String {
    let mut out = all_refused(load).unwrap_or_default();
    if load.interrupted {
        out.push_str("BROKE OFF as it was interrupted: these are the events that had been sent\n\n");
    }
    out.push_str(&format!(
        "{} events in {} requests to {}, ids from {} on\n{} at once, {} events each, {} events a second; {} of the requests twice, nothing is tried again\n\n",
        grouped(load.events),
        grouped(load.requests),
        load.receiver,
        load.first_id,
        load.concurrency,
        load.events_per_request,
        decimal(load.rate),
        grouped(load.repeated),
    ));
    out.push_str(&format!(
        "answered in time  {} of events: {}, within {} ms of being sent\n",
        percent(load.answered_share),
        grouped(load.answered),
        grouped(load.deadline_ms)
    ));
    out.push_str(&format!("lost              {}\n", grouped(load.lost)));
    match (load.observed, &load.not_observed) {
        (Some(observed), _) => out.push_str(&format!(
            "observed          {} taken: {} missing though answered 2xx, {}\n",
            grouped(observed.taken),
            grouped(observed.missing),
            doubled(observed)
        )),
        (None, Some(why)) => out.push_str(&format!("doubled           not observable: {why}\n")),
        (None, None) => {}
    }
    out.push_str(&format!(
        "pace              {} events a second, {} requests a second\n",
        decimal(load.events_per_second),
        decimal(load.requests_per_second)
    ));
    let outcomes: Vec<_> = load.outcomes.iter().map(|(what, count)| format!("{what}: {}", grouped(*count))).collect();
    out.push_str(&format!("requests          {}\n", outcomes.join(", ")));
    out.push_str(&format!("\n{:26}{:>10}{:>10}{:>10}{:>10}\n", "milliseconds", "p50", "p90", "p99", "max"));
    for (name, Latency { p50, p90, p99, max }) in
        [("since it was to be sent", load.latency), ("since it was sent", load.service)]
    {
        out.push_str(&format!("{name:26}{p50:>10.1}{p90:>10.1}{p99:>10.1}{max:>10.1}\n"));
    }
    out
}

/// Where one answer is that of all: what to look at first.
fn all_refused(load: &ReceiverLoad) -> Option<String> {
    let mut outcomes = load.outcomes.keys();
    let (Some(only), None) = (outcomes.next(), outcomes.next()) else { return None };
    let look = match only.as_str() {
        "401" | "403" => "is this its secret (--secret), and the address by which it knows itself (--public-url)?",
        "404" | "405" => "is this the address that it takes webhooks at?",
        other if other.starts_with('3') => "HubSpot follows no redirect: is this the address itself?",
        other if other.starts_with('4') => "what does it lack?",
        _ => return None,
    };
    Some(format!("ALL refused by {only}: {look}\n\n"))
}

/// What was taken twice, as far as it was told.
fn doubled(observed: Observed) -> String {
    match (observed.distinct, observed.doubled) {
        (Some(_), doubled) => format!("{} doubled", grouped(doubled.unwrap_or_default())),
        (None, Some(least)) => format!("{} doubled at the least", grouped(least)),
        (None, None) => "doubled: not told apart, as no `distinct` is told beside `events`".to_owned(),
    }
}

/// `16,000`
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// With one place below ten thousand unless it is whole, without above: `147.3`, `150`, `12,345`.
fn decimal(figure: f64) -> String {
    let whole = figure.fract() == 0.0 || figure >= 10_000.0;
    if whole { grouped(figure.round() as u64) } else { format!("{figure:.1}") }
}

/// `92 %`; `0.4 %` where whole ones would hide it.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        0.0 => "0 %".to_owned(),
        0.0..0.1 => "<0.1 %".to_owned(),
        0.1..10.0 => format!("{percent:.1} %"),
        _ => format!("{percent:.0} %"),
    }
}

/// `1 s`, `10 s`, `60 s`, `24 h`
fn span(ms: i64) -> String {
    match ms {
        ms if ms >= 3_600_000 && ms % 3_600_000 == 0 => format!("{} h", ms / 3_600_000),
        ms if ms % 1_000 == 0 => format!("{} s", ms / 1_000),
        ms => format!("{ms} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_people_read_them() {
        let told: Vec<_> = [0, 999, 1_000, 16_000, 1_048_576].into_iter().map(grouped).collect();
        assert_eq!(told, ["0", "999", "1,000", "16,000", "1,048,576"]);
        assert_eq!([0.0, 0.0003, 0.004, 0.923, 1.0].map(percent), ["0 %", "<0.1 %", "0.4 %", "92 %", "100 %"]);
        assert_eq!([147.34, 2_000.0, 12_345.6].map(decimal), ["147.3", "2,000", "12,346"]);
        assert_eq!([500, 10_000, 86_400_000].map(span), ["500 ms", "10 s", "24 h"]);
    }
}
