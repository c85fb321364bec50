//! Events that no world has told: made for a receiver that is tried alone, in the words of those that one tells.

use serde_json::{Value, json};

use super::apps::Merger;
use super::event::Event;
use super::facts::{Fact, Tie, What};
use super::kind::{self, Happening, Whose};
use crate::Moment;
use crate::deliver::Event as _;

/// What an event is to say. What its type does not tell is left out of it.
///
/// ```
/// use standin_sim::SampleEvent;
/// let event = SampleEvent { object_id: 551, ..SampleEvent::of("contact.creation") }.event();
/// assert_eq!(event.map(|event| event["changeFlag"].clone()), Some("CREATED".into()));
/// assert_eq!(SampleEvent::of("contact.created").event(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleEvent {
    pub subscription_type: String,
    pub event_id: u64,
    pub subscription_id: u64,
    pub portal_id: u64,
    pub app_id: u64,
    /// Milliseconds since 1970.
    pub occurred_at: i64,
    pub attempt: u32,
    pub object_id: u64,
    /// Of `object.*` alone.
    pub object_type_id: String,
    /// The other record of a merge or an association.
    pub other_id: u64,
    pub property_name: String,
    pub property_value: String,
}

/// The type of a record by the singular that stands in front of the dot (facts/hubspot-crm.md §1).
const TYPE_IDS: [(&str, &str); 6] = [
    ("contact", "0-1"),
    ("company", "0-2"),
    ("deal", "0-3"),
    ("ticket", "0-5"),
    ("product", "0-7"),
    ("line_item", "0-8"),
];

impl SampleEvent {
    /// An event of a type about a contact, told for the first time.
    #[must_use]
    pub fn of(subscription_type: &str) -> Self {
        Self {
            subscription_type: subscription_type.to_owned(),
            event_id: 1,
            subscription_id: 5_001,
            portal_id: 4_200_001,
            app_id: 9_001,
            occurred_at: 0,
            attempt: 0,
            object_id: 551,
            object_type_id: "0-1".to_owned(),
            other_id: 700,
            property_name: "firstname".to_owned(),
            property_value: "Kim".to_owned(),
        }
    }

    /// The event; none where HubSpot has no such type.
    #[must_use]
    pub fn event(&self) -> Option<Value> {
        let (whose, happening) = kind::find(&self.subscription_type)?;
        let (singular, type_id) = match whose {
            Whose::Classic(singular) => {
                (singular, TYPE_IDS.iter().find(|(known, _)| *known == singular).map_or("", |(_, id)| id))
            }
            _ => ("contact", self.object_type_id.as_str()),
        };
        let what = match happening {
            Happening::Creation | Happening::Elsewhere => What::Creation,
            Happening::Deletion => What::Deletion,
            Happening::PrivacyDeletion => What::PrivacyDeletion,
            Happening::Restore => What::Restore,
            Happening::Merge => What::Merge(Merger {
                object_type: singular.into(),
                primary: self.object_id,
                merged: self.other_id,
                new: self.object_id,
                moved: 1,
            }),
            Happening::Property => What::Property {
                name: self.property_name.as_str().into(),
                value: self.property_value.as_str().into(),
                sensitive: false,
            },
            Happening::Association => self.tie(singular),
        };
        let fact = Fact { place: 0, type_id: type_id.into(), object: self.object_id, what };
        let event = Event {
            number: 0,
            id: self.event_id,
            subscription: self.subscription_id,
            subscription_type: self.subscription_type.as_str().into(),
            generic: whose == Whose::Generic,
            portal: self.portal_id,
            app: self.app_id,
            at: Moment(self.occurred_at),
            fact,
            source: if happening == Happening::Association { "USER" } else { "CRM_UI" },
            source_id: Some("userId:77".to_owned()),
        };
        let mut text = Vec::new();
        event.write(self.attempt, &mut text);
        let mut event: Value = serde_json::from_slice(&text).ok()?;
        if let (Whose::Nobodys, Some(members)) = (whose, event.as_object_mut()) {
            members.shift_remove("changeFlag");
            if self.subscription_type == "conversation.newMessage" {
                members.insert("messageId".to_owned(), json!(format!("{:032x}", self.event_id)));
                members.insert("messageType".to_owned(), json!("MESSAGE"));
            }
        }
        Some(event)
    }

    /// To a company; of a company, to a deal.
    fn tie(&self, singular: &str) -> What {
        let (to, to_type_id, type_id) = match singular {
            "company" => ("DEAL", "0-3", 342),
            "deal" => ("COMPANY", "0-2", 341),
            "ticket" => ("COMPANY", "0-2", 339),
            "line_item" => ("DEAL", "0-3", 20),
            _ => ("COMPANY", "0-2", 279),
        };
        What::Tie(Tie {
            name: compact_str::format_compact!("{}_TO_{to}", singular.to_uppercase()),
            from_id: self.object_id,
            to_id: self.other_id,
            to_type_id: to_type_id.into(),
            category: "HUBSPOT_DEFINED",
            type_id,
            primary: false,
            removed: false,
        })
    }
}

/// The names of all types of events, as HubSpot's own list has them.
#[must_use]
pub fn webhook_event_types() -> Vec<String> {
    kind::names()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_an_event_that_says_which_it_is() {
        for name in webhook_event_types() {
            let event = SampleEvent::of(&name).event().expect("it is a type");
            assert_eq!(event["subscriptionType"], name.as_str());
            assert_eq!(event["objectId"].is_null(), name.ends_with(".associationChange"), "{event}");
            assert_eq!(event["propertyName"] == "firstname", name.ends_with(".propertyChange"), "{event}");
            assert_eq!(event["objectTypeId"].is_string(), name.starts_with("object.") && !name.contains("assoc"));
        }
    }

    #[test]
    fn an_event_reads_as_the_fact_sheets_sample() {
        let sample = SampleEvent {
            event_id: 1_000_000_002,
            occurred_at: 1_767_225_600_977,
            ..SampleEvent::of("object.propertyChange")
        };
        let sample = SampleEvent {
            subscription_id: 5_002,
            property_name: "email".into(),
            property_value: "a@example.test".into(),
            ..sample
        };
        let wanted = concat!(
            r#"{"eventId":1000000002,"subscriptionId":5002,"portalId":4200001,"appId":9001,"occurredAt":1767225600977,"#,
            r#""subscriptionType":"object.propertyChange","attemptNumber":0,"objectId":551,"objectTypeId":"0-1","#,
            r#""propertyName":"email","propertyValue":"a@example.test","changeSource":"CRM_UI","sourceId":"userId:77","isSensitive":false}"#
        );
        assert_eq!(sample.event().expect("a type").to_string(), wanted);
    }
}
