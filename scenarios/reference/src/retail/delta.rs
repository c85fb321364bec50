//! Polling: what changed in the master since it was last read. The watermark passes only what was written.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::carry::carry;
use super::customers;
use super::hand::Desk;
use super::load::{Summary, everyone};
use super::store::Store;
use crate::error::tell;
use crate::{Bug, Error};

const EVERY: Duration = Duration::from_secs(60);
const EVERY_HOUR: Duration = Duration::from_secs(3_600);
const FOR_GOOD: Duration = Duration::from_secs(30 * 86_400);
/// Stamps hold whole seconds, and a row may be committed later than it was stamped.
const OVERLAP_MS: i64 = 10_000;

/// Polls until there is no going on.
pub(super) async fn run(desk: &Desk, store: &Store, bug: Option<Bug>) -> Error {
    let every = if bug == Some(Bug::PollsHourly) { EVERY_HOUR } else { EVERY };
    let mut outage = 0;
    loop {
        let mut summary = Summary::default();
        let polled = poll(desk, store, &mut summary).await;
        for failed in &summary.failed {
            tell(&format!("customer {} is set aside: {}", failed.customer, failed.why));
        }
        match polled {
            Err(error) if error.is_ours() => return error,
            Err(error) => {
                outage += 1;
                error.tell();
            }
            Ok(()) => outage = 0,
        }
        if let Err(error) =
            desk.sleep(if bug == Some(Bug::EndsInOutage) && outage > 1 { FOR_GOOD } else { every }).await
        {
            return error;
        }
    }
}

/// Brings over what changed; everyone, as long as that has never come to its end.
async fn poll(desk: &Desk, store: &Store, summary: &mut Summary) -> Result<(), Error> {
    let Some(mark) = store.watermark()?.and_then(|mark| mark.parse::<Timestamp>().ok()) else {
        return everyone(desk, summary).await;
    };
    let mut from = From::Stamp(Timestamp::from_millisecond(mark.as_millisecond() - OVERLAP_MS).unwrap_or(mark));
    loop {
        let mut hand = desk.turn().await?;
        let page = customers::page(&mut hand, &from.filter()).await?;
        let last = page.items.last().and_then(|row| Some((row.last_updated?, row.customer_id)));
        let mut rows = std::mem::take(&mut hand.refused);
        rows.extend(page.items);
        carry(&mut hand, rows, summary).await?;
        let Some((stamp, id)) = last else { return Ok(()) };
        if stamp > mark {
            store.set_watermark(&stamp.to_string())?;
        }
        if !page.has_more {
            return Ok(());
        }
        from = From::Row(stamp, id);
    }
}

/// Where to go on reading, in the order of stamps and, within one, of ids.
enum From {
    Stamp(Timestamp),
    /// After this row.
    Row(Timestamp, u64),
}

impl From {
    fn filter(&self) -> Value {
        let order = json!({"last_updated": "asc", "customer_id": "asc"});
        let date = |stamp: &Timestamp| json!({"$date": stamp.to_string()});
        match self {
            Self::Stamp(stamp) => json!({"last_updated": {"$gte": date(stamp)}, "$orderby": order}),
            Self::Row(stamp, id) => json!({
                "$or": [
                    {"last_updated": {"$gt": date(stamp)}},
                    {"last_updated": {"$eq": date(stamp)}, "customer_id": {"$gt": id}},
                ],
                "$orderby": order,
            }),
        }
    }
}
