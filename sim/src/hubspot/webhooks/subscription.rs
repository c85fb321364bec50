//! What a private app may subscribe to, as it is set up in HubSpot's screens.

use serde::{Deserialize, Serialize};

use crate::hubspot::types::{Kind, ObjectType};

/// One subscription, in HubSpot's names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Subscription {
    /// `contact.creation`, `contact.deletion`, `contact.propertyChange`, or the same of `object`.
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

/// What happens to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Happening {
    Creation,
    Deletion,
    Property(String),
}

/// A subscription that was understood.
#[derive(Clone, Debug)]
pub(super) struct Subscribed {
    pub(super) id: u64,
    /// The plural name of the type.
    pub(super) record_type: String,
    /// Its id, where the subscription is to `object.*`: events tell it then.
    pub(super) type_id: Option<String>,
    pub(super) happening: Happening,
    pub(super) asked: Subscription,
}

/// Properties that HubSpot lets no one subscribe to (§5).
const NEVER: [&str; 2] = ["num_unique_conversion_events", "hs_lastmodifieddate"];

impl Subscription {
    /// Understands it, or says in the tester's words what is wrong with it.
    pub(super) fn understood(&self, id: u64) -> Result<Subscribed, String> {
        let asked = &self.subscription_type;
        let (of, what) = asked.split_once('.').unwrap_or((asked, ""));
        let types = ObjectType::standard();
        let generic = of == "object";
        let found = match (generic, &self.object_type_id) {
            (true, Some(type_id)) => types.iter().find(|known| known.type_id == *type_id),
            (true, None) => return Err(format!("`{asked}` needs an objectTypeId, like 0-1")),
            (false, Some(_)) => return Err(format!("objectTypeId goes with object.*, not with `{asked}`")),
            (false, None) => types.iter().find(|known| known.singular == of),
        };
        let kinds = ["creation", "deletion", "propertyChange"];
        let Some(of) = found.filter(|_| kinds.contains(&what)) else {
            let each = |name: &str| kinds.map(|kind| format!("{name}.{kind}")).join(", ");
            let known: Vec<_> = types.iter().map(|known| each(&known.singular)).collect();
            return Err(format!(
                "`{asked}` is no subscription type that is told here; those are {}, and the same of object",
                known.join(", ")
            ));
        };
        let happening = match (what, &self.property_name) {
            ("propertyChange", Some(name)) if NEVER.contains(&name.as_str()) => {
                return Err(format!("HubSpot lets no one subscribe to changes of `{name}`"));
            }
            ("propertyChange", Some(name)) => {
                of.find(name).ok_or_else(|| format!("{} have no property `{name}`", of.name))?;
                Happening::Property(name.clone())
            }
            ("propertyChange", None) => return Err(format!("`{asked}` needs a propertyName")),
            (_, Some(_)) => return Err(format!("propertyName goes with propertyChange, not with `{asked}`")),
            ("creation", None) => Happening::Creation,
            _ => Happening::Deletion,
        };
        let type_id = generic.then(|| of.type_id.to_string());
        Ok(Subscribed { id, record_type: of.name.to_string(), type_id, happening, asked: self.clone() })
    }
}

/// A stored value as an event tells it: instants and days as epoch milliseconds.
pub(super) fn told(of: &ObjectType, property: &str, value: &str) -> String {
    let kind = of.find(property).map(|id| of.property(id).kind);
    let instant = match kind {
        Some(Kind::Datetime) => value.parse::<jiff::Timestamp>().ok(),
        Some(Kind::Date) => format!("{value}T00:00:00Z").parse::<jiff::Timestamp>().ok(),
        _ => None,
    };
    instant.map_or_else(|| value.to_owned(), |at| at.as_millisecond().to_string())
}
