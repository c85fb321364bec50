//! Deliveries written for a receiver that no world tells of anything: what a load on it is made of. They read
//! and are signed as those of a world are; when they leave, and what comes of them, is the sender's business.

use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use super::channel::Channel;
use super::event::Event;
use super::facts::{Fact, What};
use crate::deliver::{Channel as _, Rules, Stamp};
use crate::policy::{HubspotSettings, Profile, ProfileError};
use crate::{Moment, Seed};

/// Writes deliveries that tell of new contacts.
///
/// ```
/// use standin_sim::{Letters, Moment, Seed};
///
/// let letters = Letters::new(Seed(1), "secret", "http://127.0.0.1:3000/events")?;
/// let body = letters.body(1, 2, Moment(1_767_225_600_000));
/// let events: serde_json::Value = serde_json::from_slice(&body)?;
/// assert_eq!(events[1]["subscriptionType"], "contact.creation");
/// assert!(letters.headers(&body, Moment(1_767_225_601_000), 1).contains_key("x-hubspot-signature-v3"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Letters {
    channel: Channel,
    portal: u64,
    app: u64,
    seed: Seed,
}

/// Why nothing can be written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum NoLetters {
    #[error("`{0}` is no address")]
    #[diagnostic(help("write it like http://HOST:PORT/PATH"))]
    Address(String),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Profile(#[from] ProfileError),
}

impl Letters {
    /// Letters of an app with this secret, signed for this address: the one by which the receiver knows itself.
    ///
    /// # Errors
    /// It is no address.
    pub fn new(seed: Seed, secret: &str, address: &str) -> Result<Self, NoLetters> {
        let url: Uri = address.parse().map_err(|_| NoLetters::Address(address.to_owned()))?;
        if url.host().is_none() || url.scheme().is_none() {
            return Err(NoLetters::Address(address.to_owned()));
        }
        let profile = Profile::<HubspotSettings>::embedded(None)?;
        let portal = seed.between("hubspot.portal", 0, 4_000_000, 49_999_999);
        let app = seed.between("hubspot.app", 0, 1_000_000, 29_999_999);
        let (of_portal, of_app, secret) = (portal.to_string(), app.to_string(), secret.to_owned());
        let (signed_url, public) = (address.to_owned(), None);
        let rules = Rules::of(&profile.settings, profile.settings.webhook_in_flight_max.value.get());
        Ok(Self {
            channel: Channel { portal: of_portal, app: of_app, url, signed_url, public, secret, seed, rules },
            portal,
            app,
            seed,
        })
    }

    /// The most events that one carries.
    #[must_use]
    pub fn batch_max(&self) -> usize {
        self.channel.rules.batch_max
    }

    /// The most that are under way at once.
    #[must_use]
    pub fn in_flight_max(&self) -> usize {
        self.channel.rules.in_flight_max
    }

    /// Within how many milliseconds one is to be answered.
    #[must_use]
    pub fn deadline_ms(&self) -> i64 {
        self.channel.rules.deadline_ms
    }

    /// So many events, from the `first` on, counted from 1. Each is about a record of its own and has an id of its
    /// own, so that a receiver that knows what it has taken takes all of them.
    #[must_use]
    pub fn body(&self, first: u64, count: usize, at: Moment) -> Vec<u8> {
        let events: Vec<_> = (first..).take(count).map(|number| self.event(number, at)).collect();
        self.channel.write(&mut events.iter().map(|event| event as &dyn crate::deliver::Event), 0)
    }

    /// What stands in front of a body that is sent at an instant, as the `number`th; without the host's name.
    #[must_use]
    pub fn headers(&self, body: &[u8], at: Moment, number: u64) -> HeaderMap {
        let signed = self.channel.signed(body, Stamp { at, number, forgery: None });
        // What was written for a request can stand in one.
        let pair = |(name, value): (&str, String)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
        };
        signed.into_iter().filter_map(pair).collect()
    }

    fn event(&self, number: u64, at: Moment) -> Event {
        Event {
            number,
            id: self.seed.between("hubspot.event", 0, 1, u64::from(u32::MAX)) + number,
            subscription: self.seed.between("hubspot.subscription", 0, 1_000_000, 9_000_000),
            subscription_type: "contact.creation".into(),
            generic: false,
            portal: self.portal,
            app: self.app,
            at,
            fact: Fact { place: 0, type_id: "0-1".into(), object: 100 + number, what: What::Creation },
            source: "CRM_UI",
            source_id: Some(format!("userId:{}", self.seed.between("hubspot.user", 0, 1_000_000, 89_999_999))),
        }
    }
}
