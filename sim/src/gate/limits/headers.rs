//! Readings as the headers that a policy advertises them by.

use std::io::Write;

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
        let value = match (header.shows, &header.constant) {
            (Shown::Remaining, _) => {
                let at_most = header.at_most.and_then(reading).map_or(u64::MAX, |cap| cap.remaining);
                let over = header.ends_with.and_then(reading).is_some_and(|end| end.remaining == 0);
                decimal(if over { 0 } else { of.remaining.min(at_most) })?
            }
            (Shown::Size | Shown::IntervalMs, constant) => constant.clone()?,
        };
        Some((header.header.clone(), value))
    })
}

/// A number as a header value, with one allocation where `HeaderValue::from` has two.
fn decimal(number: u64) -> Option<HeaderValue> {
    let mut digits = [0; 20];
    let mut rest = &mut digits[..];
    write!(rest, "{number}").ok()?;
    let unused = rest.len();
    HeaderValue::from_bytes(&digits[..digits.len() - unused]).ok()
}
