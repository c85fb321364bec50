//! What is remembered of the apps' webhooks: where each has its events sent, and what it subscribed to. HubSpot keeps
//! settings in a cache for a while, so what was said last and what holds now may differ.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use compact_str::CompactString;
use http::Uri;

use super::subscription::Subscribed;
use crate::{Moment, deliver};

/// The webhooks of a portal's apps, by the app's id. They belong to one world: a fork has none, and no reset
/// takes them away.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(super) apps: BTreeMap<u64, App>,
    /// Events made so far.
    pub(super) events: u64,
    /// Where events go from when on, as far as the post has not heard of it.
    pub(super) news: Vec<deliver::Redirected>,
    mergers: Vec<Merger>,
}

#[derive(Clone, Default)]
pub(super) struct App {
    /// What was said, and from when on it holds; the last is what is shown.
    said: VecDeque<(Moment, Arc<Config>)>,
    /// Subscriptions made so far.
    pub(super) made: u64,
    /// Where the tester has an address called that is told and signed: there, or at another.
    pub(super) doors: BTreeMap<String, Uri>,
}

/// An app's settings and subscriptions.
#[derive(Clone, Default)]
pub(super) struct Config {
    pub(super) settings: Option<Settings>,
    /// In the order of their making.
    pub(super) subscribed: Vec<Arc<Subscribed>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// As it is told and signed.
    pub(super) target: String,
    pub(super) in_flight_max: usize,
    pub(super) created: Moment,
    pub(super) updated: Moment,
}

/// Two records that became one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Merger {
    pub(crate) object_type: CompactString,
    pub(crate) primary: u64,
    pub(crate) merged: u64,
    pub(crate) new: u64,
    /// How many values came from the one that was merged.
    pub(crate) moved: u64,
}

impl Merger {
    pub(super) fn place(&self, id: u64, object_type: &str) -> bool {
        self.new == id && self.object_type == object_type
    }
}

impl Hooks {
    /// Takes note of a merge of the step that is under way.
    pub(crate) fn merged(&mut self, merger: Merger) {
        self.mergers.push(merger);
    }

    pub(super) fn take_mergers(&mut self) -> Vec<Merger> {
        std::mem::take(&mut self.mergers)
    }

    /// As a fork begins: nobody is told of anything.
    pub(crate) fn forget_all(&mut self) {
        *self = Self { events: self.events, ..Self::default() };
    }

    /// The number of a new event.
    pub(super) fn next_event(&mut self) -> u64 {
        self.events += 1;
        self.events
    }

    pub(super) fn app(&self, id: u64) -> Option<&App> {
        self.apps.get(&id)
    }
}

impl App {
    /// One that has made so many subscriptions, and says nothing.
    pub(super) fn of(made: u64) -> Self {
        Self { made, ..Self::default() }
    }

    /// What was said last.
    pub(super) fn shown(&self) -> Arc<Config> {
        self.said.back().map(|(_, config)| config.clone()).unwrap_or_default()
    }

    /// What holds at an instant.
    pub(super) fn holding(&mut self, at: Moment) -> Arc<Config> {
        while self.said.get(1).is_some_and(|(from, _)| *from <= at) {
            self.said.pop_front();
        }
        self.said.front().filter(|(from, _)| *from <= at).map(|(_, config)| config.clone()).unwrap_or_default()
    }

    /// Says how it is from an instant on, whatever was said of later ones.
    pub(super) fn say(&mut self, from: Moment, config: Config) {
        self.said.retain(|(later, _)| *later <= from);
        self.said.push_back((from, config.into()));
    }
}
