//! The destination: HubSpot contacts, written in batches. What is refused is narrowed down to the record it
//! is about; what was written is remembered before anything else is done.

use std::collections::HashMap;

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::content::{Content, Key};
use super::customers::Customer;
use super::hand::Hand;
use super::load::{Failed, Summary};
use super::store::{Fate, Known};
use super::{fallback, singly};
use crate::call::{Answer, Tries};
use crate::{Bug, Config, Error};

/// The most inputs that HubSpot takes at once.
const BATCH_INPUTS_MAX: usize = 100;

/// The most inputs that we send at once.
pub(super) fn batch_max(config: &Config) -> usize {
    BATCH_INPUTS_MAX + usize::from(config.has(Bug::BatchOf101))
}

/// A customer who is to be written.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) customer: Customer,
    pub(super) content: Content,
    /// What HubSpot was told last, if anything.
    pub(super) known: Option<Known>,
}

/// A batch operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// By the address.
    Upsert,
    /// By the contact's id.
    Update,
    Create,
}

#[derive(Deserialize)]
struct Told {
    results: Vec<Contact>,
    #[serde(default)]
    errors: Vec<Rejected>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Contact {
    id: String,
    #[serde(default)]
    new: bool,
    #[serde(default)]
    object_write_trace_id: String,
}

/// One input of a batch that was taken otherwise.
#[derive(Deserialize)]
struct Rejected {
    message: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    context: Context,
}

impl Rejected {
    /// Whether it was refused for what it holds. Whatever else a batch tells of an input may pass.
    fn is_for_good(&self) -> bool {
        ["VALIDATION_ERROR", "CONFLICT", "OBJECT_NOT_FOUND", "BAD_REQUEST"].contains(&self.category.as_str())
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Context {
    #[serde(rename = "objectWriteTraceId")]
    traces: Vec<String>,
}

/// A customer who was written, to which contact, and whether it is a new one.
pub(super) struct Written {
    pub(super) job: Job,
    pub(super) contact: u64,
    pub(super) new: bool,
}

/// What an answer says of each input.
#[derive(Default)]
pub(super) struct Sorted {
    pub(super) written: Vec<Written>,
    pub(super) refused: Vec<(Job, String)>,
    /// Those that failed for the moment.
    pub(super) again: Vec<Job>,
    /// Those that are taken for written though they are not, as only a bug does.
    pub(super) believed: Vec<Job>,
    /// Those the answer does not speak of.
    pub(super) passed_over: Vec<Job>,
}

/// Writes all of them and adds to the summary what came of it.
pub(super) async fn write(hand: &mut Hand, jobs: Vec<Job>, summary: &mut Summary) -> Result<(), Error> {
    let (mut by_id, mut by_email, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for job in jobs {
        match (&job.known, &job.content.key) {
            // Whoever has another address now is still the same contact.
            (Some(known), key) if known.key != key.to_string() || matches!(key, Key::Mobile(_)) => by_id.push(job),
            (_, Key::Email(_)) => by_email.push(job),
            (_, Key::Mobile(_)) => others.push(job),
        }
    }
    let gone = batches(hand, Operation::Update, by_id, summary).await?;
    let (followed, gone) = follow(hand, gone).await?;
    batches(hand, Operation::Update, followed, summary).await?;
    for mut gone in gone {
        hand.store.forget(gone.customer.customer_id)?;
        gone.known = None;
        match gone.content.key {
            Key::Email(_) => by_email.push(gone),
            Key::Mobile(_) => others.push(gone),
        }
    }
    if hand.config.has(Bug::AsksFirst) {
        ask(hand, &by_email).await?;
    }
    if hand.config.has(Bug::OneByOne) {
        singly::write(hand, by_email, summary).await?;
    } else {
        batches(hand, Operation::Upsert, by_email, summary).await?;
    }
    fallback::write(hand, others, summary).await
}

/// Finds where contacts went that are not there any more: a batch does not follow an id that went into another, and a
/// read of one does. Returns those that live on, by their new ids, and those that are gone.
async fn follow(hand: &mut Hand, jobs: Vec<Job>) -> Result<(Vec<Job>, Vec<Job>), Error> {
    let (mut followed, mut gone) = (Vec::new(), Vec::new());
    for mut job in jobs {
        let Some(known) = job.known.as_mut().filter(|_| !hand.config.has(Bug::ForgetsMerged)) else {
            gone.push(job);
            continue;
        };
        let url = format!("{}/crm/v3/objects/contacts/{}", hand.config.hubspot_url, known.contact);
        let answer = hand.hubspot("a contact that was merged", |client| client.get(&url)).await?;
        if answer.status == StatusCode::NOT_FOUND {
            gone.push(job);
            continue;
        }
        match answer.good()?.json::<Contact>()?.id.parse() {
            Ok(id) if id != known.contact => {
                known.contact = id;
                followed.push(job);
            }
            _ => gone.push(job),
        }
    }
    Ok((followed, gone))
}

/// Looks each of them up by the address, as only a bug does: a batch finds them by itself.
async fn ask(hand: &Hand, jobs: &[Job]) -> Result<(), Error> {
    for email in jobs.iter().filter_map(|job| job.customer.email.as_deref()) {
        let url = format!("{}/crm/v3/objects/contacts/{email}", hand.config.hubspot_url);
        hand.hubspot("a contact by its address", |client| client.get(&url).query(&[("idProperty", "email")])).await?;
    }
    Ok(())
}

/// What a batch came to of which some inputs failed for the moment.
pub(super) fn failed_in_part() -> Error {
    let body = "some of its inputs failed for the moment".to_owned();
    Error::Refused { what: "a batch of contacts", status: StatusCode::INTERNAL_SERVER_ERROR, attempts: 1, body }
}

/// Sends batches, each halved as long as it is refused for what it holds: HubSpot may take a batch whole
/// or not at all. Returns those whose contact is gone.
pub(super) async fn batches(
    hand: &mut Hand,
    operation: Operation,
    jobs: Vec<Job>,
    summary: &mut Summary,
) -> Result<Vec<Job>, Error> {
    let (mut waiting, mut gone) = (chunks(jobs, batch_max(&hand.config)), Vec::new());
    let mut tries = Tries::default();
    while let Some(batch) = waiting.pop() {
        let (url, body) = operation.call(hand, &batch);
        let answer = hand.hubspot("a batch of contacts", |client| client.post(&url).json(&body)).await?;
        match sorted(answer, batch, hand.config.has(Bug::Ignores207))? {
            Ok(mut sorted) => {
                let passed_over = std::mem::take(&mut sorted.passed_over);
                if operation == Operation::Update {
                    gone.extend(passed_over);
                }
                let again = std::mem::take(&mut sorted.again);
                remember(hand, sorted, summary)?;
                if !again.is_empty() {
                    hand.to_hubspot.back_off(&mut tries, failed_in_part()).await?;
                    waiting.push(again);
                }
            }
            Err([first, rest]) => waiting.extend([rest, first]),
        }
    }
    Ok(gone)
}

/// The last of them first, to be popped.
pub(super) fn chunks(mut jobs: Vec<Job>, size: usize) -> Vec<Vec<Job>> {
    let mut chunks = Vec::with_capacity(jobs.len().div_ceil(size));
    while !jobs.is_empty() {
        let rest = jobs.split_off(jobs.len().min(size));
        chunks.push(std::mem::replace(&mut jobs, rest));
    }
    chunks.reverse();
    chunks
}

impl Operation {
    /// The address and the body of a call.
    pub(super) fn call(self, hand: &Hand, batch: &[Job]) -> (String, Value) {
        let name = match self {
            Self::Upsert => "upsert",
            Self::Update => "update",
            Self::Create => "create",
        };
        let url = format!("{}/crm/v3/objects/contacts/batch/{name}", hand.config.hubspot_url);
        (url, json!({"inputs": batch.iter().map(|job| self.input(job)).collect::<Vec<_>>()}))
    }

    fn input(self, job: &Job) -> Value {
        let mut input = Map::new();
        match (self, &job.content.key, &job.known) {
            (Self::Upsert, Key::Email(email), _) => {
                input.insert("idProperty".to_owned(), "email".into());
                input.insert("id".to_owned(), email.as_str().into());
            }
            (Self::Update, _, Some(known)) => drop(input.insert("id".to_owned(), known.contact.to_string().into())),
            _ => {}
        }
        input.insert("objectWriteTraceId".to_owned(), job.customer.customer_id.to_string().into());
        input.insert("properties".to_owned(), job.properties());
        Value::Object(input)
    }
}

impl Job {
    /// What has a value, and what had one when it was last written and has none now.
    pub(super) fn properties(&self) -> Value {
        let set = self.content.properties.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into()));
        let mut properties: Map<_, _> = set.collect();
        for name in self.known.iter().flat_map(|known| &known.filled) {
            properties.entry(name.as_str()).or_insert_with(|| "".into());
        }
        Value::Object(properties)
    }
}

/// What an answer says of each input; the two halves of a batch that was refused for something in it.
pub(super) fn sorted(
    answer: Answer,
    mut batch: Vec<Job>,
    believes: bool,
) -> Result<Result<Sorted, [Vec<Job>; 2]>, Error> {
    match answer.status {
        StatusCode::OK | StatusCode::CREATED | StatusCode::MULTI_STATUS => {}
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT if batch.len() > 1 => {
            let rest = batch.split_off(batch.len() / 2);
            return Ok(Err([batch, rest]));
        }
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT => {
            let refused = batch.into_iter().map(|job| (job, answer.text())).collect();
            return Ok(Ok(Sorted { refused, ..Sorted::default() }));
        }
        _ => return Err(answer.refused()),
    }
    let told: Told = answer.json()?;
    let written: HashMap<_, _> =
        told.results.iter().map(|contact| (contact.object_write_trace_id.as_str(), contact)).collect();
    let refused: HashMap<_, _> = told
        .errors
        .iter()
        .flat_map(|error| error.context.traces.iter().map(move |trace| (trace.as_str(), error)))
        .collect();
    let mut sorted = Sorted::default();
    for job in batch {
        let trace = job.customer.customer_id.to_string();
        match (written.get(trace.as_str()), refused.get(trace.as_str())) {
            (Some(contact), _) => match contact.id.parse() {
                Ok(id) => sorted.written.push(Written { job, contact: id, new: contact.new }),
                Err(_) => sorted.passed_over.push(job),
            },
            (None, Some(_)) if believes => sorted.believed.push(job),
            (None, Some(error)) if error.is_for_good() => sorted.refused.push((job, error.message.clone())),
            (None, Some(_)) => sorted.again.push(job),
            (None, None) => sorted.passed_over.push(job),
        }
    }
    Ok(Ok(sorted))
}

/// Notes what came of writes, on disk and in the summary.
pub(super) fn remember(hand: &mut Hand, sorted: Sorted, summary: &mut Summary) -> Result<(), Error> {
    let mut fates = Vec::with_capacity(sorted.written.len());
    for Written { job, contact, new } in sorted.written {
        *(if new { &mut summary.created } else { &mut summary.updated }) += 1;
        fates.push((job.customer.customer_id, Fate::Written(Known::new(&job.content, contact))));
    }
    fates.extend(sorted.believed.iter().map(|job| (job.customer.customer_id, Fate::Aside(job.content.hash()))));
    for (job, why) in sorted.refused {
        let id = job.customer.customer_id;
        summary.failed.push(Failed { customer: id.to_string(), why });
        if hand.config.has(Bug::RepeatsRefused) {
            hand.refused.push(job.customer);
        } else {
            fates.push((id, Fate::Aside(job.content.hash())));
        }
    }
    hand.store.settle(fates)
}
