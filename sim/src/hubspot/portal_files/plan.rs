//! What a portal has beyond what a profile's plan allows. It is loaded all the same: the portal is there.

use super::HubspotPortal;
use crate::hubspot::types::Property;
use crate::policy::{HubspotSettings, Profile};

impl HubspotPortal {
    /// Where it has more than the plan of a profile allows, a sentence each. More of it cannot be made then.
    #[must_use]
    pub fn beyond(&self, profile: &Profile<HubspotSettings>) -> Vec<String> {
        let settings = &profile.settings;
        let mut beyond = Vec::new();
        let mut hold = |count: usize, max: usize, what: &str| {
            if count > max {
                beyond.push(format!("{count} {what}, where {} allows {max}", profile.name));
            }
        };
        let portal = &self.state.portal;
        let own_types = portal.schemas.all().filter(|(_, schema)| !schema.archived).count();
        hold(own_types, settings.custom_object_types_max.value, "object types of its own");
        for table in self.state.tables() {
            let of = &table.of;
            let count = |has: &dyn Fn(&Property) -> bool| of.own_properties().filter(|known| has(known)).count();
            let name = &of.name;
            hold(count(&|_| true), settings.custom_properties_max.value, &format!("custom properties of {name}"));
            let unique = format!("unique properties of {name}");
            hold(count(&|known| known.unique), settings.unique_properties_max.value, &unique);
            let pipelines = portal.pipelines.of(&of.type_id).len();
            hold(pipelines, settings.pipelines_max.value, &format!("pipelines of {name}"));
        }
        for ([from, to], labels) in portal.associations.own_labels() {
            hold(labels, settings.association_labels_max.value, &format!("labels from {from} to {to}"));
        }
        beyond
    }
}
