//! The initial load: every subscribed customer of the master, once.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::carry::{choose, write};
use super::contacts;
use super::content::Content;
use super::customers::{self, Customer};
use super::hand::{Desk, Hand};
use super::store::{Fate, Store};
use crate::{Bug, Config, Error};

/// What a load did. It adds up: `read` is the sum of all others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Customers that the master handed out.
    pub read: usize,
    /// Those who do not take marketing, which stay where they are.
    pub unsubscribed: usize,
    /// Those without an address or a mobile, rows that live on in another or share one's address, and
    /// those whom HubSpot has as they are.
    pub passed_over: usize,
    pub created: usize,
    pub updated: usize,
    pub failed: Vec<Failed>,
}

/// A customer that HubSpot did not take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// The master's id.
    pub customer: String,
    /// HubSpot's words.
    pub why: String,
}

/// Brings every subscribed customer over, and remembers nothing. It may be repeated: contacts are found
/// by their address.
///
/// # Errors
/// A system refused for good or stayed away for longer than waiting helps. What was written by then
/// stays written.
pub async fn load(config: &Config) -> Result<Summary, Error> {
    let desk = Desk::new(Arc::new(config.clone()), Arc::new(Store::open(None)?))?;
    desk.join().await?;
    let mut summary = Summary::default();
    let loaded = everyone(&desk, &mut summary).await;
    let left = desk.leave().await;
    loaded?;
    left.map(|()| summary)
}

/// Reads everyone in the order of the key and chooses here: who does not take marketing is remembered too,
/// so that nobody is made a customer twice. From now on the master is read from where it stood at the start.
pub(super) async fn everyone(desk: &Desk, summary: &mut Summary) -> Result<(), Error> {
    let from = {
        let mut hand = desk.turn().await?;
        hand.opted_out.clear();
        customers::newest(&mut hand).await?
    };
    let (mut after, mut seen, mut chosen) = (None, HashSet::new(), Vec::new());
    loop {
        let mut hand = desk.turn().await?;
        let page = customers::page(&mut hand, &filter(after)).await?;
        after = page.items.last().map(|row| row.customer_id);
        if hand.config.has(Bug::SkipsLastPage) && !page.has_more {
            skip(&hand, &page.items)?;
        } else {
            chosen.extend(choose(&hand, page.items, &mut seen, summary)?);
        }
        // Between two turns somebody who was chosen may have opted out.
        chosen.retain(|job| !hand.opted_out.contains(&job.customer.customer_id));
        let batch = contacts::batch_max(&hand.config);
        let rest = chosen.split_off(if page.has_more { chosen.len() - chosen.len() % batch } else { chosen.len() });
        write(&mut hand, std::mem::replace(&mut chosen, rest), summary).await?;
        if !page.has_more {
            return from.map_or(Ok(()), |stamp| hand.store.set_watermark(&stamp.to_string()));
        }
    }
}

fn filter(after: Option<u64>) -> Value {
    let order = json!({"customer_id": "asc"});
    match after {
        Some(id) => json!({"customer_id": {"$gt": id}, "$orderby": order}),
        None => json!({"$orderby": order}),
    }
}

/// Takes rows for written that were not.
fn skip(hand: &Hand, rows: &[Customer]) -> Result<(), Error> {
    let hash = |row: &Customer| Some((row.customer_id, Fate::Aside(Content::of(row, &hand.config)?.hash())));
    hand.store.settle(rows.iter().filter_map(hash))
}
