//! One event as HubSpot words it, in the order of members in which it was seen
//! (facts/hubspot-limits-webhooks-auth.md §6.2).

use serde_json::{Map, Value};

use super::subscription::Happening;
use crate::Moment;
use crate::deliver;
use crate::hubspot::record::Source;

/// Something that happened to a record, for one subscription.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// Counted in its world.
    pub(super) number: u64,
    pub(super) id: u64,
    pub(super) subscription: u64,
    pub(super) subscription_type: String,
    pub(super) portal: u64,
    pub(super) app: u64,
    pub(super) at: Moment,
    pub(super) object: u64,
    pub(super) type_id: Option<String>,
    pub(super) happening: Happening,
    /// The property's new value; empty where it was cleared.
    pub(super) value: String,
    pub(super) source: Source,
    /// The person behind a change in HubSpot's screens.
    pub(super) user: u64,
}

impl deliver::Event for Event {
    fn number(&self) -> u64 {
        self.number
    }

    fn write(&self, attempt: u32, out: &mut Vec<u8>) {
        let mut event = Map::new();
        let mut set = |name: &str, value: Value| event.insert(name.to_owned(), value);
        set("eventId", self.id.into());
        set("subscriptionId", self.subscription.into());
        set("portalId", self.portal.into());
        set("appId", self.app.into());
        set("occurredAt", self.at.0.into());
        set("subscriptionType", self.subscription_type.as_str().into());
        set("attemptNumber", attempt.into());
        set("objectId", self.object.into());
        if let Some(type_id) = &self.type_id {
            set("objectTypeId", type_id.as_str().into());
        }
        match &self.happening {
            Happening::Creation => set("changeFlag", "CREATED".into()),
            Happening::Deletion => set("changeFlag", "DELETED".into()),
            Happening::Property(name) => {
                set("propertyName", name.as_str().into());
                set("propertyValue", self.value.as_str().into())
            }
        };
        set("changeSource", self.source.label().into());
        match self.source {
            Source::Integration { app } => set("sourceId", app.to_string().into()),
            Source::CrmUi => set("sourceId", format!("userId:{}", self.user).into()),
            Source::Email | Source::Merge => None,
        };
        if matches!(self.happening, Happening::Property(_)) {
            set("isSensitive", false.into());
        }
        // Writing to memory does not fail.
        let _ = serde_json::to_writer(out, &event);
    }
}

/// An event as the tester gives it, told word for word.
pub(super) struct Given {
    pub(super) number: u64,
    pub(super) text: String,
}

impl deliver::Event for Given {
    fn number(&self) -> u64 {
        self.number
    }

    fn write(&self, _attempt: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(self.text.as_bytes());
    }
}
