//! Readings as the headers that a policy advertises them by.

use http::{HeaderName, HeaderValue};

use super::reading::Reading;
use crate::policy::{GatePolicy, Shown};

/// The rate headers of an answer to a call of these classes, in the policy's order.
pub fn advertised<'a>(
    policy: &'a GatePolicy,
    classes: &'a [&'a str],
    readings: &'a [Reading],
) -> impl Iterator<Item = (HeaderName, HeaderValue)> + 'a {
    let reading = |limit| readings.iter().find(|reading| reading.limit == limit);
    policy.advertise.iter().filter(|header| header.applies(classes)).filter_map(move |header| {
        let of = reading(header.limit)?;
        let value = match header.shows {
            Shown::Size => of.size,
            Shown::Remaining => {
                let cap = header.at_most.and_then(reading).map_or(u64::MAX, |cap| cap.remaining);
                of.remaining.min(cap)
            }
            Shown::IntervalMs => {
                let per = policy.limits.get(header.limit)?.kind.per()?;
                u64::try_from(per).ok()?
            }
        };
        Some((header.header.clone(), HeaderValue::from(value)))
    })
}
