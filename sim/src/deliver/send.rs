//! One delivery to a receiver, and what came of it. The time here is the wall's.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::Uri;

use super::channel::{Channel, Stamp};
use super::forgery::Forgery;
use super::wire::{Call, Failure, Manner, post};

/// What came of a delivery.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) status: Option<u16>,
    pub(super) failure: Option<&'static str>,
    pub(super) answer: Bytes,
    /// By the machine's clock.
    pub(super) took_ms: u64,
}

impl Outcome {
    /// The deadline passed, or what stands for it.
    pub(super) const DEADLINE: Self = Self::failed("deadline");

    pub(super) const fn failed(why: &'static str) -> Self {
        Self { status: None, failure: Some(why), answer: Bytes::new(), took_ms: 0 }
    }

    pub(super) fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// The least a receiver is given, in real time, and the most.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(60));

/// How long a deadline in world time is in real time, at the clock's pace; where time stands, at the wall's.
pub(super) fn patience(deadline_ms: i64, scale: f64) -> Duration {
    let seconds = deadline_ms.max(0) as f64 / 1_000.0 / if scale > 0.0 { scale } else { 1.0 };
    Duration::try_from_secs_f64(seconds).unwrap_or(PATIENCE.1).clamp(PATIENCE.0, PATIENCE.1)
}

/// Sends it from this address of the machine's, or from any, and waits so long for the head of the answer.
pub(super) async fn send(
    channel: &dyn Channel,
    body: &[u8],
    stamp: Stamp,
    (source, patience): (Option<IpAddr>, Duration),
) -> Outcome {
    let url = channel.url();
    let host = url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let port = url.port_u16().unwrap_or(80);
    let called = channel.called(stamp.forgery);
    let called: Uri = called.parse().unwrap_or_default();
    let query = called.query().map(|query| format!("?{query}")).unwrap_or_default();
    let target = format!("{}{query}", called.path());
    let headers: Vec<_> =
        channel.headers(body, stamp).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let manner = stamp.forgery.map_or(Manner::Orderly, Forgery::manner);
    let call = Call { host, port, target: &target, headers: &headers, body, manner, source };
    let (got, took) = post(call, patience).await;
    let outcome = match got {
        Ok(reply) => Outcome { status: Some(reply.status), failure: None, answer: reply.body.into(), took_ms: 0 },
        Err(Failure::Unreachable(_)) => Outcome::failed("refused"),
        Err(Failure::Broken) => Outcome::failed("broken"),
        Err(Failure::Deadline) => Outcome::DEADLINE,
        Err(Failure::Left) => Outcome::failed("left"),
    };
    Outcome { took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX), ..outcome }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_shrinks_with_the_scale_down_to_what_loopback_needs() {
        let ms = |scale| patience(5_000, scale).as_millis();
        assert_eq!([0.0, 1.0, 10.0, 60.0, 3_600.0, 0.01].map(ms), [5_000, 5_000, 500, 83, 50, 60_000]);
    }
}
