//! From what happened to what the journal tells: one event for each change of a record, whatever number of
//! subscriptions asked for it.

use compact_str::CompactString;

use super::super::facts::{Fact, What};
use super::body::{Kind, LIFECYCLE};
use super::event::{Event, Told};
use super::filter;
use super::state::{Journal, Subscription};
use crate::hubspot::table::Table;
use crate::policy::HubspotSettings;
use crate::{Moment, Seed};

type Values = Vec<(CompactString, Option<CompactString>)>;

/// A change of one record, with all the values that it set.
struct Change<'a> {
    fact: &'a Fact,
    values: Values,
}

fn changes(facts: &[Fact]) -> Vec<Change<'_>> {
    let mut changes: Vec<Change<'_>> = Vec::new();
    for fact in facts {
        let What::Property { name, value, sensitive } = &fact.what else {
            changes.push(Change { fact, values: Values::new() });
            continue;
        };
        let told = if *sensitive { "REDACTED".into() } else { value.clone() };
        let value = (name.clone(), (!told.is_empty()).then_some(told));
        let same = |last: &&mut Change<'_>| {
            let of = (last.fact.place, last.fact.object) == (fact.place, fact.object);
            of && matches!(last.fact.what, What::Creation | What::Property { .. })
        };
        match changes.last_mut().filter(same) {
            Some(last) => last.values.push(value),
            None => changes.push(Change { fact, values: vec![value] }),
        }
    }
    changes
}

fn kind(what: &What) -> (Kind, &'static str) {
    match what {
        What::Creation => (Kind::Object, "CREATE"),
        What::Property { .. } => (Kind::Object, "UPDATE"),
        What::Deletion => (Kind::Object, "DELETE"),
        What::Restore => (Kind::Object, "RESTORE"),
        What::Merge(_) => (Kind::Object, "MERGE"),
        What::PrivacyDeletion => (Kind::Privacy, "GDPR_DELETE"),
        What::Tie(tie) => (Kind::Association, if tie.removed { "ASSOCIATION_REMOVED" } else { "ASSOCIATION_ADDED" }),
    }
}

impl Subscription {
    fn wants(&self, what: Kind, action: &str, fact: &Fact) -> bool {
        let ids = &self.object_ids;
        let other = match &fact.what {
            What::Tie(tie) => self.associated_type_ids.is_empty() || self.associated_type_ids.contains(&tie.to_type_id),
            _ => true,
        };
        self.kind == what
            && self.type_id == fact.type_id
            && (self.actions.is_empty() || self.actions.iter().any(|one| one == action))
            && (ids.is_empty() || ids.contains(&fact.object))
            && other
    }

    fn tells(&self, property: &str) -> bool {
        self.properties.is_empty() || self.properties.iter().any(|one| one == property)
    }
}

impl Journal {
    pub(in crate::hubspot::webhooks) fn is_listening(&self) -> bool {
        !self.subscriptions.is_empty()
    }

    /// Takes in what happened in this portal.
    pub(in crate::hubspot::webhooks) fn hear(
        &mut self,
        tables: &[Table],
        facts: &[Fact],
        portal: u64,
        (at, seed): (Moment, Seed),
        figures: &HubspotSettings,
    ) {
        for Change { fact, values } in changes(facts) {
            let (what, action) = kind(&fact.what);
            let told: Vec<_> = self.subscriptions.iter().filter(|one| one.wants(what, action, fact)).cloned().collect();
            let told: Vec<_> = told.into_iter().filter(|one| self.lets_through(one, tables, fact)).collect();
            if told.is_empty() {
                continue;
            }
            let of_values = ["CREATE", "UPDATE"].contains(&action);
            let changed: Values =
                values.into_iter().filter(|(name, _)| told.iter().any(|one| one.tells(name))).collect();
            if action == "UPDATE" && changed.is_empty() {
                continue;
            }
            let record = |merged| Told::Record { id: fact.object, changed: of_values.then_some(changed), merged };
            let what = match &fact.what {
                What::Tie(tie) => Told::Tie(tie.clone()),
                What::PrivacyDeletion => Told::Privacy(fact.object),
                What::Merge(merger) => {
                    let gone = [merger.primary, merger.merged].into_iter().filter(|id| *id != merger.new);
                    record(gone.collect())
                }
                _ => record(Vec::new()),
            };
            self.add(Event { portal, at, action, type_id: fact.type_id.clone(), what }, (at, seed), figures);
        }
    }

    /// Whether one of a subscription's filters lets the record through; without filters all pass.
    fn lets_through(&self, one: &Subscription, tables: &[Table], fact: &Fact) -> bool {
        let mut filters = self.filters.iter().filter(|filter| filter.subscription == one.id).peekable();
        if filters.peek().is_none() {
            return true;
        }
        let table = &tables[fact.place];
        let record = table.live().get(&fact.object).or_else(|| table.archived().get(&fact.object));
        let Some(record) = record else { return false };
        filters.any(|filter| filter.conditions.iter().all(|one| filter::holds(one, &table.of, record)))
    }

    /// Tells that the app came into an account, or was taken out of it.
    pub(crate) fn lifecycle(
        &mut self,
        action: &'static str,
        (app, portal): (u64, u64),
        (at, seed): (Moment, Seed),
        figures: &HubspotSettings,
    ) {
        let Some((type_id, _)) = LIFECYCLE.into_iter().find(|(_, known)| *known == action) else { return };
        if self.subscriptions.iter().any(|one| one.kind == Kind::Lifecycle && one.type_id == type_id) {
            let event = Event { portal, at, action, type_id: type_id.into(), what: Told::Lifecycle(app) };
            self.add(event, (at, seed), figures);
        }
    }
}
