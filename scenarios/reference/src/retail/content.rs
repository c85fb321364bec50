//! What HubSpot is told of a customer, and by which key the two are matched.

use std::fmt;

use sha2::{Digest, Sha256};

use super::customers::Customer;
use crate::{Bug, Config};

/// By what a customer and a contact are known to be one person.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// As HubSpot compares addresses: without spaces around it, in lower case.
    Email(String),
    /// The fallback, for who has no address.
    Mobile(String),
}

impl Key {
    pub(super) fn new(email: Option<&str>, mobile: Option<&str>) -> Option<Self> {
        let filled = |text: &&str| !text.is_empty();
        let email = email.map(str::trim).filter(filled).map(|email| Self::Email(email.to_lowercase()));
        email.or_else(|| mobile.map(str::trim).filter(filled).map(|mobile| Self::Mobile(mobile.to_owned())))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(email) => write!(f, "email:{email}"),
            Self::Mobile(mobile) => write!(f, "mobile:{mobile}"),
        }
    }
}

/// A customer in HubSpot's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) key: Key,
    /// Those that have a value: what the master never knew is not for us to blank.
    pub(super) properties: Vec<(&'static str, String)>,
}

impl Content {
    /// `None` for a customer whom nothing tells from others.
    pub(super) fn of(customer: &Customer, config: &Config) -> Option<Self> {
        let key = customer.key()?;
        let (mut first, mut last) = (&customer.first_name, &customer.last_name);
        if config.has(Bug::SwapsNames) {
            std::mem::swap(&mut first, &mut last);
        }
        let mut properties = Vec::with_capacity(6);
        if let Key::Email(email) = &key {
            properties.push(("email", email.clone()));
        }
        for (name, value) in [("firstname", first), ("lastname", last), ("mobilephone", &customer.mobile)] {
            properties.extend(value.clone().filter(|value| !value.is_empty()).map(|value| (name, value)));
        }
        if config.has(Bug::WritesLifecycle) {
            properties.push(("lifecyclestage", "customer".to_owned()));
        }
        if config.has(Bug::ShipsLoyalty) {
            properties.extend(customer.loyalty_no.clone().map(|number| ("message", number)));
        }
        Some(Self { key, properties })
    }

    /// The same for the same content, whenever and wherever it is computed.
    pub(super) fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for (name, value) in &self.properties {
            hash.update(name.as_bytes());
            hash.update([0]);
            hash.update(value.as_bytes());
            hash.update([0]);
        }
        hex::encode(hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Pace;

    fn config(bug: Option<Bug>) -> Config {
        Config {
            oracle_url: String::new(),
            client_id: String::new(),
            client_secret: String::new(),
            hubspot_url: String::new(),
            hubspot_token: String::new(),
            hubspot_token_file: None,
            receiver: None,
            state_dir: None,
            pace: Pace::Machine,
            timeout: std::time::Duration::ZERO,
            bug,
        }
    }

    fn content(row: Value, bug: Option<Bug>) -> Content {
        Content::of(&serde_json::from_value(row).unwrap(), &config(bug)).unwrap()
    }

    #[test]
    fn the_hash_tells_content_from_content_and_nothing_else() {
        let row = json!({"customer_id": 1, "email": " Kim@Example.com", "first_name": "Kim", "last_name": "Lee"});
        let hash = content(row.clone(), None).hash();
        let mut touched = row.clone();
        touched["last_updated"] = json!("2026-11-20T00:00:00Z");
        touched["marketing_opt_in"] = json!("N");
        touched["email"] = json!("kim@example.com");
        assert_eq!(content(touched, None).hash(), hash);
        let mut shifted = row.clone();
        shifted["first_name"] = json!("KimL");
        shifted["last_name"] = json!("ee");
        assert_ne!(content(shifted, None).hash(), hash);
        assert_ne!(content(row, Some(Bug::SwapsNames)).hash(), hash);
    }

    #[test]
    fn who_has_no_address_goes_by_the_mobile() {
        let key = |email: &str, mobile: &str| Key::new(Some(email), Some(mobile)).map(|key| key.to_string());
        assert_eq!(key(" A@B.c ", "+61").as_deref(), Some("email:a@b.c"));
        assert_eq!(key(" ", "+61 ").as_deref(), Some("mobile:+61"));
        assert_eq!(key("", ""), None);
    }
}
