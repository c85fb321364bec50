//! Webhooks on a world: set up as in HubSpot's screens, and deliveries by the tester's own hand, the
//! hostile ones among them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::access::AccessError;
use crate::deliver::{self, Forgery, Landed};
use crate::hubspot::Subscription;

/// Where HubSpot's private app has its events sent, and which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Webhooks {
    /// `http://HOST:PORT/PATH`
    pub target_url: String,
    #[serde(default)]
    pub subscriptions: Vec<Subscription>,
}

/// A delivery by the tester's hand: one attempt, beside the throttle, never tried again.
///
/// ```
/// use standin_sim::{Delivery, Forgery};
/// let delivery: Delivery = serde_json::from_str(
///     r#"{"forged":"stale","event":{"subscriptionType":"contact.creation","objectId":"101"}}"#,
/// )?;
/// assert_eq!(delivery.forged, Some(Forgery::Stale));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// How it differs from a genuine one; it does not, unless told otherwise.
    #[serde(default)]
    pub forged: Option<Forgery>,
    /// Events word for word.
    #[serde(default)]
    pub events: Vec<Value>,
    /// An event as if a record had changed just now.
    #[serde(default)]
    pub event: Option<Occurrence>,
}

/// Something that is said to have happened to a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Occurrence {
    pub subscription_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_type_id: Option<String>,
    /// The record's id.
    pub object_id: String,
    /// The value that a propertyChange tells; the one that the record has now, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_value: Option<String>,
}

impl World {
    /// Sets up the webhooks of HubSpot's private app, in place of those before. It tells changes from
    /// now on; events that wait go to the new target. They belong to this world: a fork has none, and
    /// a reset keeps the settings and drops what waits.
    ///
    /// # Errors
    /// The target cannot be called, or there is no such subscription.
    pub fn webhooks(&self, target_url: &str, subscriptions: &[Subscription]) -> Result<(), AccessError> {
        let room = &self.inner.rooms.hubspot;
        let made = room.webhooks(self.seed(), target_url, subscriptions).map_err(AccessError::Unfit)?;
        let mut memory = self.inner.core.memory();
        let made = made.after(memory.heralds.hubspot.as_ref());
        memory.post.direct(made.channel());
        memory.heralds.hubspot = Some(made);
        Ok(())
    }

    /// The webhooks that were set up, if any were.
    #[must_use]
    pub fn webhooks_set_up(&self) -> Option<Webhooks> {
        let memory = self.inner.core.memory();
        let webhooks = memory.heralds.hubspot.as_ref()?;
        let target_url = webhooks.channel().url().to_string();
        Some(Webhooks { target_url, subscriptions: webhooks.subscriptions() })
    }

    /// Sends a delivery by the tester's hand and waits until it has landed. The journal says in
    /// `forged` how it differs from a genuine one.
    ///
    /// # Errors
    /// No webhooks are set up, it carries nothing, or there is no such event.
    pub async fn deliver(&self, delivery: Delivery) -> Result<Landed, AccessError> {
        let unfit = |why: &str| AccessError::Unfit(why.to_owned());
        let landed = {
            let mut memory = self.inner.core.memory();
            let at = memory.tick(self.inner.core.clock.now());
            let super::core::Memory { heralds, slots, .. } = &mut *memory;
            let webhooks = heralds.hubspot.as_mut().ok_or_else(|| unfit("no webhooks are set up"))?;
            let mut events: Vec<_> = delivery.events.into_iter().map(|event| webhooks.given(event)).collect();
            if let Some(Occurrence { subscription_type, property_name, object_type_id, object_id, property_value }) =
                delivery.event
            {
                let object =
                    object_id.parse().map_err(|_| AccessError::Unfit(format!("`{object_id}` is no record id")))?;
                let asked = Subscription { subscription_type, property_name, object_type_id, active: true };
                let made = webhooks.made(&slots.hubspot.state, &asked, (object, property_value), at);
                events.push(made.map_err(AccessError::Unfit)?);
            }
            if events.is_empty() {
                return Err(unfit("it carries nothing: give `events`, or an `event` of a record"));
            }
            drop(memory);
            deliver::deliver(&self.inner, events, delivery.forged)
        };
        let landed = landed.ok_or_else(|| unfit("no webhooks are set up"))?;
        landed.await.map_err(|_| unfit("the world was ended meanwhile"))
    }
}
