//! Changes to a type while its account lives. A property keeps its place for ever, so that records and
//! indexes stay good; an archived one is merely not found any more.

use rustc_hash::FxHashMap;

use super::{ObjectType, Property, PropertyId, Rule};
use crate::Moment;

impl ObjectType {
    /// Adds a property, or puts it in the place of the archived one of its name.
    pub(crate) fn define(&mut self, property: Property) -> PropertyId {
        let archived = self.ids().find(|id| self.property(*id).name == property.name);
        let id = match archived {
            Some(id) => {
                self.properties[usize::from(id.0)] = property;
                id
            }
            None => {
                self.properties.push(property);
                PropertyId(u16::try_from(self.properties.len() - 1).unwrap_or(u16::MAX))
            }
        };
        self.settle();
        id
    }

    /// Puts properties in the place of those of their names, or behind all.
    pub(crate) fn put_all(&mut self, properties: Vec<Property>) {
        let known: FxHashMap<_, _> = self.ids().map(|id| (self.property(id).name.clone(), usize::from(id.0))).collect();
        for property in properties {
            match known.get(&property.name) {
                Some(place) => self.properties[*place] = property,
                None => self.properties.push(property),
            }
        }
        self.settle();
    }

    /// Changes what a property says of itself; its name may not change.
    pub(crate) fn redefine(&mut self, id: PropertyId, change: impl FnOnce(&mut Property)) {
        change(&mut self.properties[usize::from(id.0)]);
        self.settle();
    }

    /// Takes a property away, with a date by which it can be told.
    pub(crate) fn retire(&mut self, id: PropertyId, at: Moment) {
        self.redefine(id, |property| property.archived = Some(at));
    }

    /// An archived property by its name.
    pub(crate) fn find_archived(&self, name: &str) -> Option<PropertyId> {
        self.ids().find(|id| {
            let property = self.property(*id);
            property.archived.is_some() && property.name == name
        })
    }

    /// Works out again what follows from the list of properties.
    pub(super) fn settle(&mut self) {
        let mut ordered: Vec<_> = self.ids().collect();
        ordered.sort_by(|a, b| self.property(*a).name.cmp(&self.property(*b).name));
        self.rank = vec![0; ordered.len()];
        for (place, id) in ordered.iter().enumerate() {
            self.rank[usize::from(id.0)] = u16::try_from(place).unwrap_or(u16::MAX);
        }
        ordered.retain(|id| self.property(*id).archived.is_none());
        let properties = &self.properties;
        for known in [&mut self.required, &mut self.queried, &mut self.display.secondary, &mut self.display.searchable]
        {
            known.retain(|id| properties[usize::from(id.0)].archived.is_none());
        }
        self.index = ordered.iter().map(|id| (self.property(*id).name.clone(), *id)).collect();
        let having = |has: &dyn Fn(&Property) -> bool| {
            ordered.iter().copied().filter(|id| has(self.property(*id))).collect::<Vec<_>>()
        };
        let ruled = |rule| having(&|property| property.rule == Some(rule)).first().copied();
        let (computed, defaulted) =
            (having(&|property| property.computed.is_some()), having(&|property| property.on_create.is_some()));
        let (staged, address, opted_out) =
            (ruled(Rule::Forward).or(ruled(Rule::Stage)), ruled(Rule::Email), ruled(Rule::OptedOut));
        let (more_addresses, merged_ids) = (ruled(Rule::MoreAddresses), ruled(Rule::MergedIds));
        let (pipeline, stage) = (ruled(Rule::Pipeline), ruled(Rule::Stage));
        let told_by_stage = having(&|property| property.rule.is_some_and(Rule::follows_the_stage));
        (self.computed, self.defaulted) = (computed, defaulted);
        (self.staged, self.address, self.opted_out) = (staged, address, opted_out);
        (self.more_addresses, self.merged_ids) = (more_addresses, merged_ids);
        (self.pipeline, self.stage, self.told_by_stage) = (pipeline, stage, told_by_stage);
        let rank = &self.rank;
        self.defaults.sort_by_key(|id| rank[usize::from(id.0)]);
        self.always.sort_by_key(|id| rank[usize::from(id.0)]);
    }
}
