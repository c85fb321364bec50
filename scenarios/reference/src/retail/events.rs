//! What a webhook event says, and what it makes us do in the master.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::content::{Content, Key};
use super::customers::{self, Customer};
use super::hand::Hand;
use super::store::{Fate, Known};
use crate::{Bug, Error};

/// An event as HubSpot sends it, as far as it matters here (facts/hubspot-limits-webhooks-auth.md §6.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    subscription_type: String,
    #[serde(default)]
    pub(super) object_id: u64,
    #[serde(default)]
    property_name: Option<String>,
    #[serde(default)]
    property_value: Option<String>,
    #[serde(default)]
    occurred_at: i64,
    #[serde(default)]
    change_source: Option<String>,
    #[serde(default)]
    source_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    OptedOut,
    /// Of an opt-out that may still be told.
    CameBack,
    Created,
    Nothing,
}

impl Event {
    /// Whether there is something to do about it.
    pub(super) fn is_news(&self, app_id: &str, bug: Option<Bug>) -> bool {
        let ours = self.change_source.as_deref() == Some("INTEGRATION") && self.source_id.as_deref() == Some(app_id);
        self.meaning() != Meaning::Nothing && (!ours || bug == Some(Bug::SendsBack))
    }

    fn meaning(&self) -> Meaning {
        let (name, value) = (self.property_name.as_deref(), self.property_value.as_deref());
        match (self.subscription_type.as_str(), name, value) {
            ("contact.creation", ..) => Meaning::Created,
            ("contact.propertyChange", Some("hs_email_optout"), Some("true")) => Meaning::OptedOut,
            ("contact.propertyChange", Some("hs_email_optout"), _) => Meaning::CameBack,
            _ => Meaning::Nothing,
        }
    }
}

/// What is asked of a contact.
const PROPERTIES: [&str; 6] = ["email", "firstname", "lastname", "mobilephone", "hs_email_optout", "hs_legal_basis"];
/// One of the options of `hs_legal_basis`: nobody's consent is taken for granted.
const CONSENT: &str = "Freely given consent from contact";

#[derive(Debug, Deserialize)]
pub(super) struct Contact {
    id: String,
    properties: HashMap<String, Option<String>>,
}

#[derive(Deserialize)]
struct Contacts {
    results: Vec<Contact>,
}

impl Contact {
    fn property(&self, name: &str) -> Option<&str> {
        self.properties.get(name)?.as_deref().filter(|value| !value.is_empty())
    }

    fn key(&self) -> Option<Key> {
        Key::new(self.property("email"), self.property("mobilephone"))
    }

    fn consents(&self) -> bool {
        self.property("hs_legal_basis").is_some_and(|bases| bases.split(';').any(|basis| basis == CONSENT))
            && self.property("hs_email_optout") != Some("true")
    }
}

/// Fetches contacts by their ids: an event carries none of a contact, and search does not know it yet.
pub(super) async fn contacts(hand: &Hand, ids: &[u64]) -> Result<HashMap<u64, Contact>, Error> {
    if hand.config.has(Bug::LeavesScopeIdle) {
        return remembered(hand, ids);
    }
    let url = format!("{}/crm/v3/objects/contacts/batch/read", hand.config.hubspot_url);
    let inputs: Vec<Value> = ids.iter().map(|id| json!({"id": id.to_string()})).collect();
    let body = json!({"properties": PROPERTIES, "inputs": inputs});
    let answer = hand.hubspot("the contacts of events", |client| client.post(&url).json(&body)).await?;
    let found: Contacts = answer.good()?.json()?;
    Ok(found.results.into_iter().filter_map(|contact| Some((contact.id.parse().ok()?, contact))).collect())
}

/// Those whom we wrote ourselves, by the address that we gave them.
fn remembered(hand: &Hand, ids: &[u64]) -> Result<HashMap<u64, Contact>, Error> {
    let mut contacts = HashMap::new();
    for id in ids {
        let Some(customer) = hand.store.customer_of(*id)? else { continue };
        let email = hand.store.known(customer)?.and_then(|known| known.key.strip_prefix("email:").map(str::to_owned));
        contacts.insert(*id, Contact { id: id.to_string(), properties: HashMap::from([("email".to_owned(), email)]) });
    }
    Ok(contacts)
}

/// Does what an event asks for. It may come twice, late, and after others.
pub(super) async fn act(hand: &mut Hand, event: &Event, contact: &Contact) -> Result<(), Error> {
    let meaning = event.meaning();
    if matches!(meaning, Meaning::OptedOut | Meaning::CameBack) {
        // Events come in any order: one that is older than what was heard has nothing to say any more.
        let latest = hand.store.heard(&format!("{} opt-out", event.object_id), event.occurred_at)?;
        if !latest && !hand.config.has(Bug::BelievesLate) {
            return Ok(());
        }
    }
    match meaning {
        Meaning::OptedOut if hand.config.has(Bug::BelievesLate) => leaves(hand, contact).await,
        Meaning::OptedOut if !hand.config.has(Bug::IgnoresOptOut) => opted_out(hand, contact).await,
        Meaning::Created => created(hand, event.object_id, contact).await,
        _ => Ok(()),
    }
}

/// The address takes no more mail, so that all who have it don't.
async fn opted_out(hand: &mut Hand, contact: &Contact) -> Result<(), Error> {
    // Whoever has come back since is not sent away by an event that was late.
    if contact.property("hs_email_optout") == Some("false") {
        return Ok(());
    }
    leaves(hand, contact).await
}

async fn leaves(hand: &mut Hand, contact: &Contact) -> Result<(), Error> {
    let Some(key @ Key::Email(_)) = contact.key() else { return Ok(()) };
    for customer in customers::with_key(hand, &key).await? {
        customers::opt_out(hand, customer.customer_id).await?;
    }
    Ok(())
}

/// A contact that came in by HubSpot becomes a customer, unless the master has them.
async fn created(hand: &mut Hand, id: u64, contact: &Contact) -> Result<(), Error> {
    let Some(key) = contact.key() else { return Ok(()) };
    let known = hand.store.customer_of(id)?.is_some() || !customers::with_key(hand, &key).await?.is_empty();
    if known && !hand.config.has(Bug::DoesItAgain) {
        return Ok(());
    }
    let text = |name: &str| contact.property(name).map(str::to_owned);
    let customer = Customer {
        email: text("email"),
        mobile: text("mobilephone"),
        first_name: text("firstname"),
        last_name: text("lastname"),
        marketing_opt_in: Some(if contact.consents() { "Y" } else { "N" }.to_owned()),
        ..Customer::default()
    };
    let Some(content) = Content::of(&customer, &hand.config) else { return Ok(()) };
    // On disk before the master has it: the next poll is to know whose it is.
    hand.store.arriving(&Known::new(&content, id))?;
    let members = json!({
        "email": customer.email,
        "mobile": customer.mobile,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "marketing_opt_in": customer.marketing_opt_in,
    });
    let made = customers::create(hand, &key, &members).await?;
    hand.store.settle([(made.customer_id, Fate::Written(Known::new(&content, id)))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: Value) -> Event {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn only_what_others_did_is_news() {
        let created = |source: &str, id: &str| {
            event(
                json!({"subscriptionType": "contact.creation", "objectId": 1, "changeSource": source, "sourceId": id}),
            )
        };
        assert!(created("CRM_UI", "userId:77").is_news("9001", None));
        assert!(created("INTEGRATION", "9002").is_news("9001", None));
        assert!(!created("INTEGRATION", "9001").is_news("9001", None));
        assert!(created("INTEGRATION", "9001").is_news("9001", Some(Bug::SendsBack)));
        let changed = |name: &str, value: &str| {
            event(json!({"subscriptionType": "contact.propertyChange", "propertyName": name, "propertyValue": value}))
        };
        assert!(changed("hs_email_optout", "true").is_news("9001", None));
        assert!(changed("hs_email_optout", "false").is_news("9001", None));
        assert!(!changed("email", "true").is_news("9001", None));
    }
}
