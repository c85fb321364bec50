//! Contacts written one by one, as only a bug does.

use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::contacts::{self, Job, Sorted, Written};
use super::content::Key;
use super::hand::Hand;
use super::load::Summary;
use crate::Error;

#[derive(Deserialize)]
struct Contact {
    id: String,
}

pub(super) async fn write(hand: &mut Hand, jobs: Vec<Job>, summary: &mut Summary) -> Result<(), Error> {
    let url = format!("{}/crm/v3/objects/contacts", hand.config.hubspot_url);
    for job in jobs {
        let Key::Email(email) = &job.content.key else { continue };
        let body = json!({"properties": job.properties()});
        let mut answer = hand.hubspot("a contact", |client| client.post(&url).json(&body)).await?;
        if answer.status == StatusCode::CONFLICT {
            let url = format!("{url}/{email}");
            let query = [("idProperty", "email")];
            answer = hand.hubspot("a contact", |client| client.patch(&url).query(&query).json(&body)).await?;
        }
        let mut sorted = Sorted::default();
        if answer.status == StatusCode::BAD_REQUEST {
            sorted.refused.push((job, answer.text()));
        } else {
            let answer = answer.good()?;
            let new = answer.status == StatusCode::CREATED;
            let contact = answer.json::<Contact>()?.id.parse().unwrap_or_default();
            sorted.written.push(Written { job, contact, new });
        }
        contacts::remember(hand, sorted, summary)?;
    }
    Ok(())
}
