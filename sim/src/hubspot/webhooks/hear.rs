//! From changes to events: for each change, what every subscription has to be told.

use std::sync::Arc;

use http::Uri;
use serde_json::Value;

use super::channel::Channel;
use super::event::{Event, Given};
use super::subscription::{Happening, Subscribed, Subscription, told};
use crate::deliver::{self, Rules};
use crate::hubspot::record::Source;
use crate::hubspot::room::{Hubspot, State};
use crate::hubspot::types::ObjectType;
use crate::journal::{ChangeKind, Changes};
use crate::policy::HubspotSettings;
use crate::{Moment, Seed};

/// What the private app subscribed to, and where that goes. It is set up from outside and belongs to
/// one world.
pub(crate) struct Webhooks {
    channel: Arc<Channel>,
    subscribed: Arc<[Subscribed]>,
    /// The id of one more subscription.
    next_subscription: u64,
    portal: u64,
    app: u64,
    user: u64,
    seed: Seed,
    /// Events made so far.
    events: u64,
}

impl Hubspot {
    /// Sets up the app's webhooks.
    ///
    /// # Errors
    /// What is wrong with the target or a subscription, in the tester's words.
    pub(crate) fn webhooks(&self, seed: Seed, target: &str, asked: &[Subscription]) -> Result<Webhooks, String> {
        let settings = self.settings();
        let url: Uri = target.parse().map_err(|_| format!("`{target}` is no address"))?;
        if url.scheme_str() != Some("http") || url.host().is_none() {
            return Err(format!("`{target}` is not called: write http://HOST:PORT/PATH (there is no TLS here)"));
        }
        let max = settings.webhook_subscriptions_max.value;
        if asked.len() > max {
            return Err(format!("an app has at most {max} subscriptions, and these are {}", asked.len()));
        }
        let first = seed.between("hubspot.subscription", 0, 1_000_000, 9_000_000);
        let understood = |(place, one): (usize, &Subscription)| {
            one.understood(first + place as u64).map_err(|why| format!("subscription {place}: {why}"))
        };
        let subscribed = asked.iter().enumerate().map(understood).collect::<Result<Vec<_>, _>>()?;
        let channel = Channel {
            portal: self.portal.to_string(),
            app: self.app.to_string(),
            url,
            secret: self.webhook_secret.clone(),
            seed,
            rules: Rules::of(settings),
        };
        let user = seed.between("hubspot.user", 0, 1_000_000, 89_999_999);
        let (portal, app) = (self.portal, self.app);
        let next_subscription = first + subscribed.len() as u64;
        let (channel, subscribed) = (Arc::new(channel), subscribed.into());
        Ok(Webhooks { channel, subscribed, next_subscription, portal, app, user, seed, events: 0 })
    }
}

impl Rules {
    /// The vendor's figures for webhooks.
    pub(super) fn of(settings: &HubspotSettings) -> Self {
        let retries = settings.webhook_retry_after.value.iter().take(settings.webhook_retries_max.value);
        let within = settings.webhook_retry_within.value.0;
        Self {
            batch_max: settings.webhook_batch_max.value.get(),
            in_flight_max: settings.webhook_in_flight_max.value.get(),
            gather_ms: settings.webhook_gather.value.0,
            deadline_ms: settings.webhook_deadline.value.0,
            retries_ms: retries.map(|span| span.0).filter(|span| *span <= within).collect(),
            jitter_percent: settings.webhook_retry_jitter_percent.value,
        }
    }
}

impl deliver::Herald for Webhooks {
    fn hear(&mut self, changes: &Changes, by: deliver::By, at: Moment) -> Vec<Arc<dyn deliver::Event>> {
        let source = match by {
            deliver::By::App(app) => Source::Integration { app },
            deliver::By::Hand => Source::CrmUi,
            deliver::By::Recipient => Source::Email,
        };
        self.events_of(changes, source, at)
    }
}

impl Webhooks {
    pub(crate) fn channel(&self) -> Arc<dyn deliver::Channel> {
        self.channel.clone()
    }

    pub(crate) fn subscriptions(&self) -> Vec<Subscription> {
        self.subscribed.iter().map(|one| one.asked.clone()).collect()
    }

    /// Goes on counting where another setting-up of the same app has stopped.
    pub(crate) fn after(mut self, former: Option<&Self>) -> Self {
        self.events = former.map_or(0, |former| former.events);
        self
    }

    /// The events of these changes, in their order. A creation is told ahead of the properties that
    /// were set with it.
    fn events_of(&mut self, changes: &Changes, source: Source, at: Moment) -> Vec<Arc<dyn deliver::Event>> {
        let subscribed = self.subscribed.clone();
        let mut events: Vec<Arc<dyn deliver::Event>> = Vec::new();
        for change in changes.each() {
            let Ok(object) = change.id.parse() else { continue };
            let Some(of) = ObjectType::standard().iter().find(|of| of.name == change.record_type) else { continue };
            let mut tell = |happening: &Happening, value: &str| {
                let wants =
                    |one: &&Subscribed| one.asked.active && one.record_type == of.name && one.happening == *happening;
                for one in subscribed.iter().filter(wants) {
                    events.push(Arc::new(self.event(one, object, value.to_owned(), source, at)));
                }
            };
            match change.kind {
                ChangeKind::Created => tell(&Happening::Creation, ""),
                ChangeKind::Updated | ChangeKind::Merged | ChangeKind::Absorbed => {}
                ChangeKind::Archived | ChangeKind::Deleted => tell(&Happening::Deletion, ""),
            }
            // What a merge changes is told as a merge, which is not told yet.
            let told_values = (change.kind != ChangeKind::Merged).then_some(&change.values);
            for (name, value) in told_values.into_iter().flatten() {
                tell(&Happening::Property(name.clone()), &told(of, name, value));
            }
        }
        events
    }

    /// An event as if a record had changed, whether or not anything is subscribed to.
    ///
    /// # Errors
    /// There is no such record or type of event.
    pub(crate) fn made(
        &mut self,
        state: &State,
        asked: &Subscription,
        (object, value): (u64, Option<String>),
        at: Moment,
    ) -> Result<Arc<dyn deliver::Event>, String> {
        let wanted = asked.understood(self.next_subscription)?;
        let unknown = || format!("{} have no record {object}", wanted.record_type);
        let table = &state.tables()[state.place(&wanted.record_type).ok_or_else(unknown)?];
        let known = table.live().get(&object).or_else(|| table.archived().get(&object)).ok_or_else(unknown)?;
        let value = match &wanted.happening {
            Happening::Property(name) => value.unwrap_or_else(|| {
                let value = table.of.find(name).and_then(|id| table.of.value(known, id));
                told(&table.of, name, &value.unwrap_or_default())
            }),
            _ => String::new(),
        };
        let same = |one: &&Subscribed| one.happening == wanted.happening && one.type_id == wanted.type_id;
        let one = self.subscribed.iter().find(same).cloned().unwrap_or(wanted);
        let event = self.event(&one, object, value, Source::CrmUi, at);
        Ok(Arc::new(event))
    }

    /// An event in the tester's own words.
    pub(crate) fn given(&mut self, event: Value) -> Arc<dyn deliver::Event> {
        self.events += 1;
        Arc::new(Given { number: self.events, event })
    }

    fn event(&mut self, of: &Subscribed, object: u64, value: String, source: Source, at: Moment) -> Event {
        self.events += 1;
        let number = self.events;
        Event {
            number,
            id: self.seed.between("hubspot.event", number, 1, u64::from(u32::MAX)),
            subscription: of.id,
            subscription_type: of.asked.subscription_type.clone(),
            portal: self.portal,
            app: self.app,
            at,
            object,
            type_id: of.type_id.clone(),
            happening: of.happening.clone(),
            value,
            source,
            user: self.user,
        }
    }
}
