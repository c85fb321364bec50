//! Deliveries written for a receiver that no world tells of anything: what a load on it is made of. They read
//! and are signed as those of a world are; when they leave, and what comes of them, is the sender's business.

use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use super::channel::{Channel, as_called};
use super::event::Given;
use super::sample::SampleEvent;
use crate::deliver::{Channel as _, Rules, Stamp};
use crate::policy::{HubspotSettings, Profile, ProfileError};
use crate::{Moment, Seed};

/// Writes deliveries that tell of new contacts.
///
/// ```
/// use standin_sim::{Letters, Moment, Seed};
///
/// let letters = Letters::new(Seed(1), "secret", "http://127.0.0.1:3000/events", 7_000)?;
/// let body = letters.body(1, 2, Moment(1_767_225_600_000));
/// let events: serde_json::Value = serde_json::from_slice(&body)?;
/// assert_eq!(events[1]["subscriptionType"], "contact.creation");
/// assert_eq!(events[1]["eventId"], 7_001);
/// assert!(letters.headers(&body, Moment(1_767_225_601_000), 1).contains_key("x-hubspot-signature-v3"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Letters {
    channel: Channel,
    /// Of all its events.
    event: SampleEvent,
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
    /// Letters of an app with this secret, signed for this address: the one by which the receiver knows itself. Ids of
    /// events and of their records are counted from the first one on.
    ///
    /// # Errors
    /// It is no address.
    pub fn new(seed: Seed, secret: &str, address: &str, first_id: u64) -> Result<Self, NoLetters> {
        let url: Uri = address.parse().map_err(|_| NoLetters::Address(address.to_owned()))?;
        if url.host().is_none() || url.scheme().is_none() {
            return Err(NoLetters::Address(address.to_owned()));
        }
        let profile = Profile::<HubspotSettings>::embedded(None)?;
        let portal = seed.between("hubspot.portal", 0, 4_000_000, 49_999_999);
        let app = seed.between("hubspot.app", 0, 1_000_000, 29_999_999);
        let (of_portal, of_app, secret) = (portal.to_string(), app.to_string(), secret.to_owned());
        let (app_name, barred, public, signed_url) = (String::new(), None, None, as_called(address));
        let rules = Rules::of(&profile.settings, profile.settings.webhook_in_flight_max.value.get());
        Ok(Self {
            channel: Channel {
                portal: of_portal,
                app: of_app,
                app_name,
                url,
                barred,
                public,
                signed_url,
                secret,
                seed,
                rules,
            },
            event: SampleEvent {
                event_id: first_id,
                subscription_id: seed.between("hubspot.subscription", 0, 1_000_000, 9_000_000),
                portal_id: portal,
                app_id: app,
                object_id: first_id,
                ..SampleEvent::of("contact.creation")
            },
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

    /// So many events that occurred then, from the `first` on, counted from 1. Each is about a record of its own and has
    /// an id of its own, so that a receiver that knows what it has taken takes all of them.
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

    fn event(&self, number: u64, at: Moment) -> Given {
        let SampleEvent { event_id, object_id, .. } = self.event;
        let (event_id, object_id, occurred_at) = (event_id + number - 1, object_id + number - 1, at.0);
        let event = SampleEvent { event_id, object_id, occurred_at, ..self.event.clone() };
        // Of a type that there is there is an event.
        Given { number, event: event.event().unwrap_or_default() }
    }
}
