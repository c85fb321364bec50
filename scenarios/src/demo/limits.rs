//! The ten-second limit, to the call and to the millisecond.

use reqwest::Method;

use super::Failed;
use super::answer::Answer;
use super::session::Session;

/// What a private app of a Professional account may call in any ten seconds.
const CALLS_MAX: u32 = 190;
const WINDOW_MS: i64 = 10_000;
const LIST: &str = "/crm/v3/objects/contacts";

pub(super) async fn play(session: &Session) -> Result<(), Failed> {
    session.heading("190 calls in ten seconds, and one more");
    session.pass(WINDOW_MS, "ten quiet seconds pass").await?;
    for left in (0..CALLS_MAX).rev() {
        let left = left.to_string();
        let answer = session.quietly(Method::GET, LIST, None).await?.is(200)?;
        answer.header("x-hubspot-ratelimit-remaining", Some(&left))?;
    }
    session.say(&format!("   {CALLS_MAX} x GET hubspot {LIST}: all 200, the last with 0 remaining"));
    let refused = over(session.hubspot(Method::GET, LIST, None).await?)?;
    session.headers(
        &refused,
        &[
            "x-hubspot-ratelimit-max",
            "x-hubspot-ratelimit-remaining",
            "x-hubspot-ratelimit-interval-milliseconds",
            "x-hubspot-ratelimit-daily-remaining",
            "retry-after",
        ],
    );
    session.pass(WINDOW_MS - 1, "9.999 seconds pass").await?;
    over(session.hubspot(Method::GET, LIST, None).await?)?;
    session.pass(1, "one more millisecond").await?;
    session.hubspot(Method::GET, LIST, None).await?.is(200)?;
    session.so("there is no Retry-After to go by: `policyName` says which window to wait out");
    Ok(())
}

fn over(answer: Answer) -> Result<Answer, Failed> {
    answer
        .is(429)?
        .has("/message", "You have reached your ten_secondly_rolling limit.")?
        .has("/errorType", "RATE_LIMIT")?
        .has("/policyName", "TEN_SECONDLY_ROLLING")?
        .header("x-hubspot-ratelimit-max", Some("190"))?
        .header("x-hubspot-ratelimit-remaining", Some("0"))?
        .header("x-hubspot-ratelimit-interval-milliseconds", Some("10000"))?
        .header("retry-after", None)
}
