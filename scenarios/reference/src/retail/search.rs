//! Looking contacts up. Search has a narrow limit of its own and lags behind what was written, so that what
//! it does not show may be there nonetheless.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::hand::Hand;
use crate::{Bug, Config, Error};

/// HubSpot takes five searches a second for the whole account; we leave one to others.
const GAP: Duration = Duration::from_millis(250);
/// After so long a contact that was created shows up: up to half a minute was reported.
const LAG: Duration = Duration::from_secs(31);
/// What it usually takes, and at times does not.
const USUAL_LAG: Duration = Duration::from_secs(4);

/// How long to wait until search shows what was created.
pub(super) fn lag(config: &Config) -> Duration {
    if config.has(Bug::LooksTooSoon) { USUAL_LAG } else { LAG }
}

#[derive(Deserialize)]
struct Found {
    results: Vec<Contact>,
}

#[derive(Deserialize)]
struct Contact {
    id: String,
}

/// The ids of the contacts that have a value, the oldest first.
pub(super) async fn contacts(hand: &mut Hand, property: &str, value: &str) -> Result<Vec<u64>, Error> {
    if !hand.config.has(Bug::SearchBurst) {
        hand.to_hubspot.sleep(GAP).await?;
    }
    let url = format!("{}/crm/v3/objects/contacts/search", hand.config.hubspot_url);
    let body = json!({
        "filterGroups": [{"filters": [{"propertyName": property, "operator": "EQ", "value": value}]}],
        "properties": [property],
        "limit": 100,
    });
    let found: Found = hand.hubspot("a search", |client| client.post(&url).json(&body)).await?.good()?.json()?;
    let mut ids: Vec<u64> = found.results.iter().filter_map(|contact| contact.id.parse().ok()).collect();
    ids.sort_unstable();
    Ok(ids)
}
