//! Deliveries written for a receiver that no world tells of anything: what a load on it is made of. They read
//! and are signed as those of a world are; when they leave, and what comes of them, is the sender's business.

use http::Uri;

use super::channel::{Channel, as_called};
use super::envelope::Public;
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
/// let (called, public) = ("http://127.0.0.1:3000/events", "https://hooks.example.com/events");
/// let letters = Letters::new(Seed(1), "secret", called, Some(public), 7_000)?;
/// let body = letters.body(1, 2, Moment(1_767_225_600_000));
/// let events: serde_json::Value = serde_json::from_slice(&body)?;
/// assert_eq!(events[1]["subscriptionType"], "contact.creation");
/// assert_eq!(events[1]["eventId"], 7_001);
/// let headers = letters.headers(&body, Moment(1_767_225_601_000), 1);
/// assert!(headers.contains(&("Host".to_owned(), "hooks.example.com".to_owned())));
/// assert!(headers.iter().any(|(name, _)| name == "X-HubSpot-Signature-v3"));
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
    /// Letters of an app with this secret to the address that is called; signed for the `public` one, which a proxy tells,
    /// where the receiver knows itself by that. Ids of events and of their records are counted from the first one on.
    ///
    /// # Errors
    /// One of them is no address.
    pub fn new(seed: Seed, secret: &str, called: &str, public: Option<&str>, first_id: u64) -> Result<Self, NoLetters> {
        let url = read(called)?;
        public.map(read).transpose()?;
        let signed_url = as_called(public.unwrap_or(called));
        let profile = Profile::<HubspotSettings>::embedded(None)?;
        let portal = seed.between("hubspot.portal", 0, 4_000_000, 49_999_999);
        let app = seed.between("hubspot.app", 0, 1_000_000, 29_999_999);
        let (of_portal, of_app, secret) = (portal.to_string(), app.to_string(), secret.to_owned());
        let (app_name, barred, public) = (String::new(), None, public.and_then(Public::of));
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

    /// What stands in front of a body that is sent at an instant, as the `number`th.
    #[must_use]
    pub fn headers(&self, body: &[u8], at: Moment, number: u64) -> Vec<(String, String)> {
        let headers = self.channel.headers(body, Stamp { at, number, forgery: None });
        headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn event(&self, number: u64, at: Moment) -> Given {
        let SampleEvent { event_id, object_id, .. } = self.event;
        let (event_id, object_id, occurred_at) = (event_id + number - 1, object_id + number - 1, at.0);
        let event = SampleEvent { event_id, object_id, occurred_at, ..self.event.clone() };
        // Of a type that there is there is an event.
        Given { number, event: event.event().unwrap_or_default() }
    }
}

fn read(address: &str) -> Result<Uri, NoLetters> {
    let url: Option<Uri> = address.parse().ok();
    let whole = url.filter(|url| url.host().is_some() && url.scheme().is_some());
    whole.ok_or_else(|| NoLetters::Address(address.to_owned()))
}
