//! Webhooks set up by the tester, as an app's owner does it in HubSpot's screens, and events by the tester's hand.

use std::sync::Arc;

use http::Uri;
use serde_json::Value;

use super::apps::{App, Config, Hooks, Settings};
use super::channel::Channel;
use super::envelope::Public;
use super::event::Given;
use super::facts::{Fact, What, property};
use super::kind::Happening;
use super::subscription::{Subscribed, Subscription};
use crate::deliver::{self, By, Rules};
use crate::hubspot::room::{Hubspot, State};
use crate::policy::HubspotSettings;
use crate::{Moment, Seed};

/// What the tester sets up.
pub(crate) struct Asked<'a> {
    /// The address that is called.
    pub(crate) target: &'a str,
    /// The one that is told and signed, where it is another.
    pub(crate) public_url: Option<&'a str>,
    /// `maxConcurrentRequests`
    pub(crate) in_flight_max: Option<usize>,
    pub(crate) subscriptions: &'a [Subscription],
}

/// Webhooks as they are shown to the tester: the target, its other address, its throttle, and what is subscribed to.
pub(crate) struct Shown {
    pub(crate) target: String,
    pub(crate) public_url: Option<String>,
    pub(crate) in_flight_max: usize,
    pub(crate) subscriptions: Vec<Subscription>,
}

/// An address that can be called.
fn callable(target: &str) -> Result<Uri, String> {
    let url: Uri = target.parse().map_err(|_| format!("`{target}` is no address: write http://HOST:PORT/PATH"))?;
    if url.scheme_str() != Some("http") || url.host().is_none() {
        return Err(format!("`{target}` is not called: write http://HOST:PORT/PATH (there is no TLS here)"));
    }
    Ok(url)
}

impl Hubspot {
    /// The app that the tester means: the private one, unless told otherwise.
    ///
    /// # Errors
    /// There is no such app, or it can have no webhooks.
    pub(crate) fn hooked(&self, state: &State, name: Option<&str>) -> Result<u64, String> {
        let apps = &state.portal.apps;
        let app = match name {
            None => apps.private(),
            Some(name) => {
                let found = apps.named(name).or_else(|| apps.get(name.parse().ok()?));
                let known: Vec<_> = apps.iter().map(|app| app.name).collect();
                found.ok_or_else(|| format!("there is no app `{name}`; those are {}", known.join(", ")))?
            }
        };
        match app.kind {
            crate::hubspot::apps::Kind::ServiceKey => Err("a service key has no webhooks".to_owned()),
            _ => Ok(app.id),
        }
    }

    /// Sets up an app's webhooks, in place of those before.
    ///
    /// # Errors
    /// What is wrong with the target or a subscription, in the tester's words.
    pub(crate) fn set_up(
        &self,
        state: &mut State,
        app: u64,
        asked: &Asked<'_>,
        (at, seed): (Moment, Seed),
    ) -> Result<(), String> {
        let settings = self.settings();
        let url = callable(asked.target)?;
        let told = asked.public_url.unwrap_or(asked.target);
        let public: Uri = told.parse().map_err(|_| format!("`{told}` is no address"))?;
        if public.host().is_none() {
            return Err(format!("`{told}` is no address: write https://HOST/PATH"));
        }
        if settings.webhook_https_only.value && public.scheme_str() != Some("https") {
            return Err(format!("`{told}` is not https, which this profile asks for: say so in `publicUrl`"));
        }
        let max = settings.webhook_subscriptions_max.value;
        if asked.subscriptions.len() > max {
            return Err(format!("an app has at most {max} subscriptions, and these are {}", asked.subscriptions.len()));
        }
        let least = settings.webhook_in_flight_least.value;
        let in_flight_max = asked.in_flight_max.unwrap_or(settings.webhook_in_flight_max.value.get());
        if in_flight_max < least {
            return Err(format!("maxConcurrentRequests is to be at least {least}, and this is {in_flight_max}"));
        }
        let first = first_subscription(app == self.app, app, seed);
        let (tables, portal) = state.with_portal();
        let understood = |(place, one): (usize, &Subscription)| {
            let id = first + place as u64;
            one.understood(id, tables, at).map(Arc::new).map_err(|why| format!("subscription {place}: {why}"))
        };
        let subscribed = asked.subscriptions.iter().enumerate().map(understood).collect::<Result<Vec<_>, _>>()?;
        let made = subscribed.len() as u64;
        let secret = portal.apps.get(app).map(|app| app.client_secret.to_string()).unwrap_or_default();
        let hooks = &mut portal.webhooks;
        let known = hooks.apps.entry(app).or_default();
        *known = App::of(made);
        if asked.public_url.is_some() {
            known.doors.insert(told.to_owned(), url);
        }
        let settings = Settings { target: told.to_owned(), in_flight_max, created: at, updated: at };
        known.say(at, Config { settings: Some(settings), subscribed });
        self.announce_target(hooks, (app, &secret), at, seed);
        Ok(())
    }

    /// Tells the post where an app's events go from an instant on.
    pub(super) fn announce_target(&self, hooks: &mut Hooks, (app, secret): (u64, &str), from: Moment, seed: Seed) {
        let Some(known) = hooks.apps.get(&app) else { return };
        let target = known.shown().settings.as_ref().map(|settings| {
            let channel = self.channel_of(known, settings, (app, secret), seed);
            Arc::new(channel) as Arc<dyn deliver::Channel>
        });
        hooks.news.push((app, from, target));
    }

    fn channel_of(&self, known: &App, settings: &Settings, (app, secret): (u64, &str), seed: Seed) -> Channel {
        let figures = self.settings();
        let own = || settings.target.parse().unwrap_or_default();
        Channel {
            portal: self.portal.to_string(),
            app: app.to_string(),
            url: known.doors.get(&settings.target).cloned().unwrap_or_else(own),
            signed_url: settings.target.clone(),
            public: known.doors.get(&settings.target).and_then(|_| Public::of(&settings.target)),
            secret: secret.to_owned(),
            seed,
            rules: Rules::of(figures, settings.in_flight_max),
        }
    }

    /// An app's webhooks, if it has a target.
    pub(crate) fn shown(&self, state: &State, app: u64) -> Option<Shown> {
        let known = state.portal.webhooks.app(app)?;
        let config = known.shown();
        let Settings { target, in_flight_max, .. } = config.settings.clone()?;
        let subscriptions = config.subscribed.iter().map(|one| one.asked()).collect();
        let (target, public_url) = match known.doors.get(&target) {
            Some(called) => (called.to_string(), Some(target)),
            None => (target, None),
        };
        Some(Shown { target, public_url, in_flight_max, subscriptions })
    }

    /// An event as if a record had changed, whether or not anything is subscribed to.
    ///
    /// # Errors
    /// There is no such record or type of event.
    pub(crate) fn made(
        &self,
        state: &mut State,
        (app, asked): (u64, &Subscription),
        (object, value): (u64, Option<String>),
        (at, seed): (Moment, Seed),
    ) -> Result<Arc<dyn deliver::Event>, String> {
        let (tables, portal) = state.with_portal();
        let hooks = &mut portal.webhooks;
        let Some(known) = hooks.apps.get(&app) else { return Err("no webhooks are set up".to_owned()) };
        let wanted = asked.understood(first_subscription(app == self.app, app, seed) + known.made, tables, at)?;
        let place = tables.iter().position(|table| !table.of.gone && wanted.is_about(&table.of));
        let place = place.ok_or_else(|| format!("there are no records that `{}` tells of", wanted.name))?;
        let table = &tables[place];
        let record = table.live().get(&object).or_else(|| table.archived().get(&object));
        let record = record.ok_or_else(|| format!("{} have no record {object}", table.of.name))?;
        let what = match (wanted.happening, &wanted.property) {
            (Happening::Creation, _) => What::Creation,
            (Happening::Deletion, _) => What::Deletion,
            (Happening::Restore, _) => What::Restore,
            (Happening::PrivacyDeletion, _) => What::PrivacyDeletion,
            (Happening::Property, Some(name)) => {
                let has = table.of.find(name).and_then(|id| table.of.value(record, id)).unwrap_or_default();
                property(&table.of, name, &value.unwrap_or_else(|| has.into_owned()))
            }
            _ => return Err(format!("`{}` is about more than one record: give it word for word", wanted.name)),
        };
        let same = |one: &&Arc<Subscribed>| {
            (&one.name, &one.property, &one.type_id) == (&wanted.name, &wanted.property, &wanted.type_id)
        };
        let one = known.shown().subscribed.iter().find(same).map_or(wanted, |one| Subscribed::clone(one));
        let source = self.source_of(By::Hand, &what, seed);
        let fact = Fact { place, type_id: table.of.type_id.clone(), object, what };
        Ok(Arc::new(self.event(hooks, &one, (app, fact), source, at, seed)))
    }
}

/// Where the ids of an app's subscriptions begin.
pub(super) fn first_subscription(private: bool, app: u64, seed: Seed) -> u64 {
    seed.between("hubspot.subscription", if private { 0 } else { app }, 1_000_000, 9_000_000)
}

/// An event in the tester's own words.
pub(crate) fn given(state: &mut State, event: Value) -> Arc<dyn deliver::Event> {
    Arc::new(Given { number: state.portal.webhooks.next_event(), event })
}

impl Rules {
    /// The vendor's figures for webhooks, with so many at once.
    pub(super) fn of(figures: &HubspotSettings, in_flight_max: usize) -> Self {
        let retries = figures.webhook_retry_after.value.iter().take(figures.webhook_retries_max.value);
        let within = figures.webhook_retry_within.value.0;
        Self {
            batch_max: figures.webhook_batch_max.value.get(),
            in_flight_max,
            gather_ms: figures.webhook_gather.value.0,
            deadline_ms: figures.webhook_deadline.value.0,
            retries_ms: retries.map(|span| span.0).filter(|span| *span <= within).collect(),
            retry_within_ms: within,
            jitter_percent: figures.webhook_retry_jitter_percent.value,
            duplicate_percent: figures.webhook_duplicate_percent.value,
            reorder: figures.webhook_reorder.value,
        }
    }
}
