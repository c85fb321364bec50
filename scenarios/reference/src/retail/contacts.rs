//! The destination: HubSpot contacts, written by their e-mail address in batches.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::customers::Customer;
use super::load::{Failed, Summary};
use crate::call::{Answer, Caller};
use crate::{Config, Error};

/// The most inputs that HubSpot takes at once.
pub(super) const BATCH_INPUTS_MAX: usize = 100;

#[derive(Deserialize)]
struct Upserted {
    results: Vec<Contact>,
    #[serde(default)]
    errors: Vec<Rejected>,
}

#[derive(Deserialize)]
struct Contact {
    new: bool,
}

/// One input of a batch that was taken otherwise.
#[derive(Deserialize)]
struct Rejected {
    message: String,
    #[serde(default)]
    context: Context,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Context {
    #[serde(rename = "objectWriteTraceId")]
    traces: Vec<String>,
}

/// Writes all of them and adds to the summary what came of it. A batch that is refused for what it
/// holds is halved until the refusal is about one record: by e-mail HubSpot takes a batch whole or
/// not at all.
pub(super) async fn upsert(
    caller: &Caller,
    config: &Config,
    customers: &[Customer],
    summary: &mut Summary,
) -> Result<(), Error> {
    let mut waiting: Vec<&[Customer]> = customers.chunks(BATCH_INPUTS_MAX).rev().collect();
    while let Some(batch) = waiting.pop() {
        let answer = send(caller, config, batch).await?;
        match answer.status {
            StatusCode::OK | StatusCode::MULTI_STATUS => count(&answer.json()?, summary),
            StatusCode::BAD_REQUEST if batch.len() > 1 => {
                let (first, rest) = batch.split_at(batch.len() / 2);
                waiting.extend([rest, first]);
            }
            StatusCode::BAD_REQUEST => {
                let why = answer.text();
                summary
                    .failed
                    .extend(batch.iter().map(|one| Failed { customer: one.customer_id.to_string(), why: why.clone() }));
            }
            _ => return Err(answer.refused()),
        }
    }
    Ok(())
}

async fn send(caller: &Caller, config: &Config, batch: &[Customer]) -> Result<Answer, Error> {
    let url = format!("{}/crm/v3/objects/contacts/batch/upsert", config.hubspot_url);
    let body = json!({"inputs": batch.iter().map(input).collect::<Vec<_>>()});
    caller.send("a batch of contacts", |client| client.post(&url).bearer_auth(&config.hubspot_token).json(&body)).await
}

/// What the master does not know is left out: an empty value would blank what HubSpot knows.
fn input(customer: &Customer) -> Value {
    let known =
        [("firstname", &customer.first_name), ("lastname", &customer.last_name), ("mobilephone", &customer.mobile)];
    let properties: serde_json::Map<_, _> =
        known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value.as_deref()?)))).collect();
    json!({
        "idProperty": "email",
        "id": customer.email,
        "objectWriteTraceId": customer.customer_id.to_string(),
        "properties": properties,
    })
}

fn count(upserted: &Upserted, summary: &mut Summary) {
    let created = upserted.results.iter().filter(|contact| contact.new).count();
    summary.created += created;
    summary.updated += upserted.results.len() - created;
    for Rejected { message, context } in &upserted.errors {
        summary.failed.push(Failed { customer: context.traces.join(" "), why: message.clone() });
    }
}
