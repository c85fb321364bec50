//! From rows of the master to contacts: who is to be written, and that it is done. What HubSpot has already
//! is not sent again.

use std::collections::HashSet;

use super::contacts::{self, Job};
use super::content::{Content, Key};
use super::customers::Customer;
use super::hand::Hand;
use super::load::Summary;
use super::search;
use super::store::{Fate, Known};
use crate::{Bug, Error};

/// Those that take for done what has failed.
const CARELESS: [Bug; 5] =
    [Bug::GivesUp, Bug::AdvancesPastFailure, Bug::ReadsOne429, Bug::ChokesOnHtml, Bug::LockIsFinal];

/// Brings one page over.
pub(super) async fn carry(hand: &mut Hand, rows: Vec<Customer>, summary: &mut Summary) -> Result<(), Error> {
    let jobs = choose(hand, rows, &mut HashSet::new(), summary)?;
    write(hand, jobs, summary).await
}

pub(super) async fn write(hand: &mut Hand, jobs: Vec<Job>, summary: &mut Summary) -> Result<(), Error> {
    if hand.config.has(Bug::SearchBurst) {
        for email in jobs.iter().filter_map(|job| job.customer.email.as_deref()) {
            search::contacts(hand, "email", email).await?;
        }
    }
    let careless = CARELESS.into_iter().any(|bug| hand.config.has(bug));
    let done = |job: &Job| (job.customer.customer_id, Fate::Aside(job.content.hash()));
    let as_if_done: Vec<_> = if careless { jobs.iter().map(done).collect() } else { Vec::new() };
    match contacts::write(hand, jobs, summary).await {
        Err(error) if careless && error.may_pass() => {
            error.tell();
            hand.store.settle(as_if_done)
        }
        written => written,
    }
}

/// Those of some rows who are to be written. `seen` has the keys that were chosen and may not be written yet.
pub(super) fn choose(
    hand: &Hand,
    rows: Vec<Customer>,
    seen: &mut HashSet<Key>,
    summary: &mut Summary,
) -> Result<Vec<Job>, Error> {
    let live = rows.iter().filter(|row| row.merged_into.is_none());
    let keys: Vec<_> = live.filter_map(|row| Some((row.key()?.to_string(), row.customer_id))).collect();
    hand.store.index(&keys)?;
    for row in rows.iter().filter(|row| row.merged_into.is_some()) {
        hand.store.forget(row.customer_id)?;
    }
    let mut jobs = Vec::new();
    for row in rows {
        summary.read += 1;
        let known = known(hand, &row)?;
        let sends_back = hand.config.has(Bug::SendsBack) && known.is_some();
        if !(row.subscribed() || hand.config.has(Bug::LoadsEveryone) || sends_back) {
            summary.unsubscribed += 1;
            continue;
        }
        let content = Content::of(&row, &hand.config).filter(|_| row.merged_into.is_none());
        match content {
            Some(content)
                if (sends_back || is_news(hand, &row, &content, known.as_ref())?)
                    && !is_anothers(hand, &row, &content)?
                    && seen.insert(content.key.clone()) =>
            {
                jobs.push(Job { customer: row, content, known });
            }
            _ => summary.passed_over += 1,
        }
    }
    Ok(jobs)
}

/// What HubSpot was told of a customer, or has because the customer came from there.
fn known(hand: &Hand, row: &Customer) -> Result<Option<Known>, Error> {
    let known = hand.store.known(row.customer_id)?;
    match row.key() {
        Some(key) if known.is_none() => {
            let arrived = hand.store.arrival(&key.to_string())?;
            if let Some(arrived) = &arrived {
                hand.store.settle([(row.customer_id, Fate::Written(arrived.clone()))])?;
            }
            Ok(arrived)
        }
        _ => Ok(known),
    }
}

/// Whether HubSpot has neither taken nor refused just this.
fn is_news(hand: &Hand, row: &Customer, content: &Content, known: Option<&Known>) -> Result<bool, Error> {
    let hash = content.hash();
    if known.is_some_and(|known| known.hash == hash) {
        return Ok(false);
    }
    Ok(hand.store.aside(row.customer_id)?.is_none_or(|refused| refused != hash))
}

/// Whether the contact with this key is another customer's: the first one who was brought over by it.
fn is_anothers(hand: &Hand, row: &Customer, content: &Content) -> Result<bool, Error> {
    let key = content.key.to_string();
    for other in hand.store.with_key(&key)? {
        if other != row.customer_id && hand.store.known(other)?.is_some_and(|known| known.key == key) {
            return Ok(true);
        }
    }
    Ok(false)
}
