//! A subscription: as the tester makes it in HubSpot's screens, and as it is kept.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::kind::{self, Happening, Whose};
use crate::Moment;
use crate::hubspot::table::Table;
use crate::hubspot::types::{Kind, ObjectType};

/// One subscription, in HubSpot's names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Subscription {
    /// `contact.creation`, `deal.associationChange`, `object.propertyChange` and the like.
    pub subscription_type: String,
    /// Which property's changes; with `propertyChange`, and only with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_name: Option<String>,
    /// Which type's, like `0-1`; with `object.*`, and only with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_type_id: Option<String>,
    /// Whether it sends anything; it does unless told otherwise.
    #[serde(default = "yes")]
    pub active: bool,
}

const fn yes() -> bool {
    true
}

/// A subscription as an app has it.
#[derive(Clone, Debug)]
pub(super) struct Subscribed {
    pub(super) id: u64,
    pub(super) name: CompactString,
    pub(super) whose: Whose,
    pub(super) happening: Happening,
    pub(super) property: Option<CompactString>,
    pub(super) type_id: Option<CompactString>,
    pub(super) event_type_name: Option<CompactString>,
    pub(super) active: bool,
    pub(super) created: Moment,
    pub(super) updated: Moment,
}

/// Properties that HubSpot lets no one subscribe to, and those that are left out of `object.*` (§5).
const NEVER: [&str; 2] = ["num_unique_conversion_events", "hs_lastmodifieddate"];
const NEVER_GENERIC: [&str; 4] = ["hs_email_html", "hs_email_text", "hs_email_subject", "hs_communication_body"];

pub(super) fn is_never_told(property: &str) -> bool {
    NEVER.contains(&property)
}

impl Subscription {
    /// Understands it, or says in the tester's words what is wrong with it. As in HubSpot's screens one chooses
    /// among what the portal has.
    pub(super) fn understood(&self, id: u64, tables: &[Table], at: Moment) -> Result<Subscribed, String> {
        let asked = &self.subscription_type;
        let Some((whose, happening)) = kind::find(asked) else {
            let known = kind::names().join(", ");
            return Err(format!("`{asked}` is no subscription type; those are {known}"));
        };
        let mut types = tables.iter().map(|table| &*table.of).filter(|of| !of.gone);
        let found = match (whose, &self.object_type_id) {
            (Whose::Generic, Some(type_id)) => {
                let found = types.find(|known| known.type_id == **type_id);
                Some(found.ok_or_else(|| format!("there is no object type `{type_id}` in this portal"))?)
            }
            (Whose::Generic, None) => return Err(format!("`{asked}` needs an objectTypeId, like 0-1")),
            (_, Some(_)) => return Err(format!("objectTypeId goes with object.*, not with `{asked}`")),
            (Whose::Classic(singular), None) => types.find(|known| known.singular == singular),
            (Whose::Nobodys, None) => None,
        };
        match (happening, &self.property_name) {
            (Happening::Property, Some(name)) if is_never_told(name) => {
                return Err(format!("HubSpot lets no one subscribe to changes of `{name}`"));
            }
            (Happening::Property, Some(name)) => {
                if let Some(of) = found {
                    of.find(name).ok_or_else(|| format!("{} have no property `{name}`", of.name))?;
                }
            }
            (Happening::Property, None) => return Err(format!("`{asked}` needs a propertyName")),
            (_, Some(_)) => return Err(format!("propertyName goes with propertyChange, not with `{asked}`")),
            _ => {}
        }
        Ok(Subscribed {
            id,
            name: asked.into(),
            whose,
            happening,
            property: self.property_name.as_deref().map(Into::into),
            type_id: self.object_type_id.as_deref().map(Into::into),
            event_type_name: None,
            active: self.active,
            created: at,
            updated: at,
        })
    }
}

impl Subscribed {
    pub(super) fn asked(&self) -> Subscription {
        Subscription {
            subscription_type: self.name.to_string(),
            property_name: self.property.as_ref().map(ToString::to_string),
            object_type_id: self.type_id.as_ref().map(ToString::to_string),
            active: self.active,
        }
    }

    /// Whether records of this type are meant.
    pub(super) fn is_about(&self, of: &ObjectType) -> bool {
        match self.whose {
            Whose::Classic(singular) => of.singular == singular && of.type_id.starts_with("0-"),
            Whose::Generic => self.type_id.as_ref() == Some(&of.type_id),
            Whose::Nobodys => false,
        }
    }

    /// Whether a property's changes are told by it.
    pub(super) fn tells(&self, property: &str) -> bool {
        let generic = self.whose == Whose::Generic;
        self.property.as_deref() == Some(property) && !(generic && NEVER_GENERIC.contains(&property))
    }
}

/// A stored value as an event tells it: instants and days as epoch milliseconds.
pub(super) fn told(of: &ObjectType, property: &str, value: &str) -> CompactString {
    let kind = of.find(property).map(|id| of.property(id).kind);
    let instant = match kind {
        Some(Kind::Datetime) => value.parse::<jiff::Timestamp>().ok(),
        Some(Kind::Date) => format!("{value}T00:00:00Z").parse::<jiff::Timestamp>().ok(),
        _ => None,
    };
    instant.map_or_else(|| value.into(), |at| compact_str::format_compact!("{}", at.as_millisecond()))
}
