//! From changes to events: for each change, what every app's subscriptions have to be told.

use std::sync::Arc;

use super::apps::Hooks;
use super::event::Event;
use super::facts::{Fact, What, facts};
use super::kind::Whose;
use super::subscription::Subscribed;
use crate::deliver::{self, By, Heard};
use crate::hubspot::apps::{Kind, REFRESH};
use crate::hubspot::room::{Hubspot, State};
use crate::journal::Changes;
use crate::world::slots::Slot;
use crate::{Moment, Seed};

/// Whose hand an event tells.
pub(super) type Source = (&'static str, Option<String>);

impl Hubspot {
    /// What is to be told of a step: new targets, and what happened.
    pub(crate) fn heard(&self, slot: &mut Slot<State>, changes: &Changes, by: By, at: Moment, seed: Seed) -> Heard {
        let Slot { state, tokens, .. } = slot;
        let (tables, portal) = state.with_portal();
        let (hooks, ties) = (&mut portal.webhooks, portal.associations.take_tied());
        let (mergers, targets) = (hooks.take_mergers(), std::mem::take(&mut hooks.news));
        let mut events = Vec::new();
        let apps: Vec<u64> = hooks.apps.keys().copied().collect();
        let nobody = apps.is_empty() && !portal.journal.is_listening();
        if (changes.is_empty() && ties.is_empty()) || nobody {
            return Heard { targets, events };
        }
        let facts = facts(tables, changes, mergers, ties);
        let public = portal.apps.public();
        let installed = tokens.has(public.id, REFRESH) && !public.deleted && !portal.apps.closed;
        if installed && portal.journal.is_listening() {
            portal.journal.hear(tables, &facts, self.portal, (at, seed), self.settings());
        }
        for app in apps {
            // A public app is told of the accounts that have installed it.
            let known = portal.apps.get(app).filter(|known| !known.deleted && !portal.apps.closed);
            let gone = known.is_none_or(|known| known.kind == Kind::Public && !tokens.has(app, REFRESH));
            let Some(config) = hooks.apps.get_mut(&app).map(|known| known.holding(at)) else { continue };
            if config.settings.is_none() || gone {
                continue;
            }
            let active: Vec<_> = config.subscribed.iter().filter(|one| one.active).collect();
            let mut told: Vec<Arc<dyn deliver::Event>> = Vec::new();
            for fact in &facts {
                let of = &tables[fact.place].of;
                for one in active.iter().filter(|one| fact.what.is_told_by(one) && one.is_about(of)) {
                    let source = self.source_of(by, &fact.what, seed);
                    told.push(Arc::new(self.event(hooks, one, (app, fact.clone()), source, at, seed)));
                }
            }
            if !told.is_empty() {
                events.push((app, told));
            }
        }
        Heard { targets, events }
    }

    /// How an event tells whose hand it was.
    pub(super) fn source_of(&self, by: By, what: &What, seed: Seed) -> Source {
        let user = || Some(format!("userId:{}", seed.between("hubspot.user", 0, 1_000_000, 89_999_999)));
        match (by, what) {
            (By::App(app), _) => ("INTEGRATION", Some(app.to_string())),
            (By::Hand, What::Tie(_)) => ("USER", user()),
            (By::Hand, _) => ("CRM_UI", user()),
            (By::Recipient, _) => ("EMAIL", None),
        }
    }

    pub(super) fn event(
        &self,
        hooks: &mut Hooks,
        of: &Subscribed,
        (app, fact): (u64, Fact),
        (source, source_id): Source,
        at: Moment,
        seed: Seed,
    ) -> Event {
        let number = hooks.next_event();
        Event {
            number,
            id: seed.between("hubspot.event", number, 1, u64::from(u32::MAX)),
            subscription: of.id,
            subscription_type: of.name.clone(),
            generic: of.whose == Whose::Generic,
            portal: self.portal,
            app,
            at,
            fact,
            source,
            source_id,
        }
    }
}
