//! Sends deliveries, one after the other or several at once.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::task::JoinSet;

use super::letter::{Part, Request, Sender};
use super::wire::{Answer, send};

/// Milliseconds since 1970, by the machine's clock.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Sends deliveries, so many at once, in their order, each signed when it leaves; `trace` is the first of the numbers by
/// which they are told apart. One that has no answer in time ends it: HubSpot's other deliveries would wait for it too.
pub async fn post_all(sender: &Sender, parts: &[Part], at_once: usize, trace: u64) -> Vec<(Request, Answer)> {
    let mut waiting = parts.iter().enumerate();
    let mut flying = JoinSet::new();
    let mut landed = Vec::with_capacity(parts.len());
    let mut lost = false;
    loop {
        while !lost
            && flying.len() < at_once
            && let Some((place, part)) = waiting.next()
        {
            let request = sender.request(&part.letter, now_ms(), trace + place as u64);
            flying.spawn(async move {
                let answer = post(&request).await;
                (place, request, answer)
            });
        }
        match flying.join_next().await {
            None => break,
            Some(Ok((place, request, answer))) => {
                lost |= answer.is_late();
                landed.push((place, request, answer));
            }
            // It was cut off together with all that runs.
            Some(Err(_)) => {}
        }
    }
    landed.sort_by_key(|(place, ..)| *place);
    landed.into_iter().map(|(_, request, answer)| (request, answer)).collect()
}

/// Sends one request.
pub(super) async fn post(request: &Request) -> Answer {
    send(&request.address, &request.headers, &request.body, request.manner).await
}
