//! Customers without an address: matched by their mobile, created where nobody has it. No key keeps a second
//! contact out and search lags, so the id of what was created is the only thing to go by.

use super::contacts::{self, Job, Operation, Sorted};
use super::content::Key;
use super::hand::Hand;
use super::load::Summary;
use super::search;
use super::store::Known;
use crate::call::{Sent, Tries};
use crate::{Bug, Error};

/// Writes customers whose contact is not known yet.
pub(super) async fn write(hand: &mut Hand, jobs: Vec<Job>, summary: &mut Summary) -> Result<(), Error> {
    for job in &jobs {
        if hand.store.was_creating(job.customer.customer_id)? {
            hand.to_hubspot.sleep(search::lag(&hand.config)).await?;
            break;
        }
    }
    let left = adopt(hand, jobs, summary).await?;
    let mut waiting = contacts::chunks(left, contacts::batch_max(&hand.config));
    while let Some(batch) = waiting.pop() {
        if let Some([first, rest]) = create(hand, batch, summary).await? {
            waiting.extend([rest, first]);
        }
    }
    Ok(())
}

/// Writes to the contacts that search shows. Returns those for whom it shows none.
async fn adopt(hand: &mut Hand, jobs: Vec<Job>, summary: &mut Summary) -> Result<Vec<Job>, Error> {
    let (mut found, mut left) = (Vec::new(), Vec::new());
    for mut job in jobs {
        match look(hand, &job).await? {
            Some(contact) => {
                job.known = Some(Known { contact, filled: Vec::new(), ..Known::new(&job.content, contact) });
                found.push(job);
            }
            None => left.push(job),
        }
    }
    // A contact that search shows and that is gone when it is written to: search lags here too.
    left.extend(contacts::batches(hand, Operation::Update, found, summary).await?);
    Ok(left)
}

/// The contact with a customer's mobile, unless it is another customer's.
async fn look(hand: &mut Hand, job: &Job) -> Result<Option<u64>, Error> {
    let Key::Mobile(mobile) = &job.content.key else { return Ok(None) };
    for contact in search::contacts(hand, "mobilephone", mobile).await? {
        if hand.store.customer_of(contact)?.is_none_or(|customer| customer == job.customer.customer_id) {
            return Ok(Some(contact));
        }
    }
    Ok(None)
}

/// Creates one batch; the two halves of one that was refused. After a failure search is given the time to
/// show what was created nonetheless.
async fn create(hand: &mut Hand, mut batch: Vec<Job>, summary: &mut Summary) -> Result<Option<[Vec<Job>; 2]>, Error> {
    let mut tries = Tries::default();
    let mut trusts = hand.config.has(Bug::TrustsSearch);
    while !batch.is_empty() {
        let ids: Vec<u64> = batch.iter().map(|job| job.customer.customer_id).collect();
        hand.store.creating(&ids)?;
        let (url, body) = Operation::Create.call(hand, &batch);
        let sent = hand.hubspot_once("new contacts", &mut tries, |client| client.post(&url).json(&body)).await?;
        match sent {
            Sent::Answered(_) if trusts => {
                trusts = false;
                batch = adopt(hand, batch, summary).await?;
            }
            Sent::Answered(answer) => match contacts::sorted(answer, batch, hand.config.has(Bug::Ignores207))? {
                Ok(mut sorted) => {
                    sorted.written.iter_mut().for_each(|written| written.new = true);
                    batch = std::mem::take(&mut sorted.again);
                    contacts::remember(hand, Sorted { passed_over: Vec::new(), ..sorted }, summary)?;
                    if !batch.is_empty() {
                        hand.to_hubspot.back_off(&mut tries, contacts::failed_in_part()).await?;
                    }
                }
                Err(halves) => return Ok(Some(halves)),
            },
            Sent::Unsure(error) => {
                hand.to_hubspot.back_off(&mut tries, error).await?;
                if hand.config.has(Bug::RepeatsBlindly) {
                    continue;
                }
                hand.to_hubspot.sleep(search::lag(&hand.config)).await?;
                batch = adopt(hand, batch, summary).await?;
            }
        }
    }
    Ok(None)
}
