//! One event as HubSpot words it, in the order of members in which it was seen
//! (facts/hubspot-limits-webhooks-auth.md §6.2).

use compact_str::CompactString;
use serde_json::{Map, Value};

use super::facts::{Fact, What};
use crate::Moment;
use crate::deliver;

/// Something that happened to a record, for one subscription.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// Counted in its world.
    pub(super) number: u64,
    pub(super) id: u64,
    pub(super) subscription: u64,
    pub(super) subscription_type: CompactString,
    /// It tells what it is about by the type's id.
    pub(super) generic: bool,
    pub(super) portal: u64,
    pub(super) app: u64,
    pub(super) at: Moment,
    pub(super) fact: Fact,
    pub(super) source: &'static str,
    pub(super) source_id: Option<String>,
}

impl deliver::Event for Event {
    fn number(&self) -> u64 {
        self.number
    }

    fn write(&self, attempt: u32, out: &mut Vec<u8>) {
        let mut event = Map::new();
        let mut set = |name: &str, value: Value| {
            event.insert(name.to_owned(), value);
        };
        set("eventId", self.id.into());
        set("subscriptionId", self.subscription.into());
        set("portalId", self.portal.into());
        set("appId", self.app.into());
        set("occurredAt", self.at.0.into());
        set("subscriptionType", self.subscription_type.as_str().into());
        set("attemptNumber", attempt.into());
        let Fact { object, type_id, what, .. } = &self.fact;
        if !matches!(what, What::Tie(_)) {
            set("objectId", (*object).into());
            if self.generic {
                set("objectTypeId", type_id.as_str().into());
            }
        }
        match what {
            What::Creation => set("changeFlag", "CREATED".into()),
            What::Deletion => set("changeFlag", "DELETED".into()),
            What::Restore => set("changeFlag", "RESTORED".into()),
            What::Property { name, value, sensitive } => {
                set("propertyName", name.as_str().into());
                set("propertyValue", if *sensitive { "REDACTED" } else { value.as_str() }.into());
            }
            What::PrivacyDeletion | What::Merge(_) | What::Tie(_) => {}
        }
        set("changeSource", self.source.into());
        match what {
            What::Merge(merger) => {
                set("primaryObjectId", merger.primary.into());
                set("mergedObjectIds", vec![Value::from(merger.merged)].into());
                set("newObjectId", merger.new.into());
                set("numberOfPropertiesMoved", merger.moved.into());
            }
            What::Tie(tie) => {
                set("associationType", tie.name.as_str().into());
                set("fromObjectId", tie.from_id.into());
                set("toObjectId", tie.to_id.into());
                if self.generic {
                    set("fromObjectTypeId", type_id.as_str().into());
                    set("toObjectTypeId", tie.to_type_id.as_str().into());
                    set("associationTypeId", tie.type_id.into());
                    set("associationCategory", tie.category.into());
                }
                set("associationRemoved", tie.removed.into());
                set("isPrimaryAssociation", tie.primary.into());
            }
            _ => {}
        }
        if let Some(source_id) = &self.source_id {
            set("sourceId", source_id.as_str().into());
        }
        if let What::Property { sensitive, .. } = what {
            set("isSensitive", (*sensitive).into());
        }
        // Writing to memory does not fail.
        let _ = serde_json::to_writer(out, &event);
    }
}

/// An event as the tester gives it, told word for word.
pub(super) struct Given {
    pub(super) number: u64,
    pub(super) event: Value,
}

impl deliver::Event for Given {
    fn number(&self) -> u64 {
        self.number
    }

    fn write(&self, _attempt: u32, out: &mut Vec<u8>) {
        // Writing to memory does not fail.
        let _ = serde_json::to_writer(out, &self.event);
    }
}
