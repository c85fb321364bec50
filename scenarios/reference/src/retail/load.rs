//! The initial load: every subscribed customer of the master, once.

use std::collections::HashSet;

use serde::Serialize;

use super::contacts;
use super::customers::{Customer, Customers};
use crate::call::Caller;
use crate::{Config, Error};

/// What a load did. It adds up: `read` is the sum of all others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Customers that the master handed out.
    pub read: usize,
    /// Those who do not take marketing, which stay where they are.
    pub unsubscribed: usize,
    /// Those without an address, and rows that live on in another or share one's address.
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

/// Brings every subscribed customer over. It may be repeated: contacts are found by their address.
///
/// # Errors
/// A system refused for good or stayed away for longer than waiting helps. What was written by then
/// stays written.
pub async fn load(config: &Config) -> Result<Summary, Error> {
    let caller = Caller::new(config)?;
    caller.pace.join(&caller.client).await?;
    let loaded = bring_over(&caller, config).await;
    let left = caller.pace.leave(&caller.client).await;
    let summary = loaded?;
    left.map(|()| summary)
}

async fn bring_over(caller: &Caller, config: &Config) -> Result<Summary, Error> {
    let mut summary = Summary::default();
    let mut customers = Customers::new(caller, config);
    let (mut seen, mut chosen) = (HashSet::new(), Vec::new());
    while let Some(rows) = customers.next().await? {
        for row in rows {
            summary.read += 1;
            if !row.subscribed() {
                summary.unsubscribed += 1;
            } else if let Some(address) = address(&row).filter(|_| row.merged_into.is_none())
                && seen.insert(address)
            {
                chosen.push(row);
            } else {
                summary.passed_over += 1;
            }
        }
        let full = chosen.len() - chosen.len() % contacts::BATCH_INPUTS_MAX;
        let batches: Vec<Customer> = chosen.drain(..full).collect();
        contacts::upsert(caller, config, &batches, &mut summary).await?;
    }
    contacts::upsert(caller, config, &chosen, &mut summary).await?;
    Ok(summary)
}

/// As HubSpot compares addresses: without spaces around it, in lower case.
fn address(customer: &Customer) -> Option<String> {
    let address = customer.email.as_deref()?.trim().to_lowercase();
    (!address.is_empty()).then_some(address)
}
