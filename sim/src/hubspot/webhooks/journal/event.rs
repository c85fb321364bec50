//! One event as a file of the journal has it (facts/hubspot-limits-webhooks-auth.md §7).

use compact_str::CompactString;
use serde_json::{Map, Value, json};

use super::super::facts::Tie;
use crate::Moment;

/// Something that happened, written when its file is fetched.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) portal: u64,
    pub(super) at: Moment,
    pub(super) action: &'static str,
    /// The type of the record, or of the app's event.
    pub(super) type_id: CompactString,
    pub(super) what: Told,
}

#[derive(Clone, Debug)]
pub(super) enum Told {
    /// A record, with the values that were set; a cleared one has none.
    Record {
        id: u64,
        changed: Option<Vec<(CompactString, Option<CompactString>)>>,
        merged: Vec<u64>,
    },
    Tie(Tie),
    Privacy(u64),
    /// The app came into an account or was taken out of it.
    Lifecycle(u64),
}

/// What an event takes beside its names and values.
const AROUND: usize = 140;

impl Event {
    /// About how many bytes it takes.
    pub(super) fn length(&self) -> usize {
        let Told::Record { changed, .. } = &self.what else { return AROUND * 2 };
        let values = changed.iter().flatten();
        AROUND
            + values.map(|(name, value)| name.len() + value.as_ref().map_or(4, |value| value.len() + 6)).sum::<usize>()
    }

    pub(super) fn told(&self) -> Value {
        let kind = match &self.what {
            Told::Record { .. } => "crmObject",
            Told::Tie(_) => "association",
            Told::Privacy(_) => "gdprPrivacyDeletion",
            Told::Lifecycle(_) => "app_lifecycle_event",
        };
        let mut event = Map::new();
        let mut tell = |name: &str, value: Value| {
            event.insert(name.to_owned(), value);
        };
        tell("type", kind.into());
        tell("portalId", self.portal.into());
        tell("occurredAt", self.at.iso().as_str().into());
        tell("action", self.action.into());
        match &self.what {
            Told::Record { id, changed, merged } => {
                tell("objectTypeId", self.type_id.as_str().into());
                tell("objectId", (*id).into());
                if let Some(changed) = changed {
                    let changed: Map<String, Value> =
                        changed.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
                    tell("propertyChanges", changed.into());
                }
                if !merged.is_empty() {
                    tell("mergedObjectIds", json!(merged));
                }
            }
            Told::Tie(tie) => {
                tell("associationTypeId", tie.type_id.into());
                tell("associationCategory", tie.category.into());
                tell("fromObjectTypeId", self.type_id.as_str().into());
                tell("fromObjectId", tie.from_id.into());
                tell("toObjectTypeId", tie.to_type_id.as_str().into());
                tell("toObjectId", tie.to_id.into());
                tell("isPrimary", tie.primary.into());
            }
            Told::Privacy(id) => {
                tell("objectTypeId", self.type_id.as_str().into());
                tell("objectId", (*id).into());
            }
            Told::Lifecycle(app) => {
                tell("eventTypeId", self.type_id.as_str().into());
                tell("properties", json!({"hs_app_id": app, "hs_app_install_level": "PORTAL"}));
            }
        }
        Value::Object(event)
    }
}
