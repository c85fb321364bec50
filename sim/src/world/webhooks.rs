//! Webhooks on a world: set up as in HubSpot's screens, and deliveries by the tester's own hand, the
//! hostile ones among them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::access::AccessError;
use crate::deliver::{self, By, Dispatch, DispatchState, Forgery, Landed};
use crate::hubspot::{self, Subscription, WebhooksAsked, WebhooksShown};

/// Where an app of HubSpot's has its events sent, and which.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Webhooks {
    /// The address that is called: `http://HOST:PORT/PATH`.
    pub target_url: String,
    /// The address that is signed, and that the app calls its target, where a proxy stands between: `https://HOST/PATH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// How many requests are under way at once; the profile's figure, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrent_requests: Option<usize>,
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
    /// How it differs from a plain one; it does not, unless told otherwise.
    #[serde(default)]
    pub forged: Option<Forgery>,
    /// Whose webhook it is: `private`, `narrow`, `public` or an app's id; the private app's, if absent.
    #[serde(default)]
    pub app: Option<String>,
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
        let (target_url, subscriptions) = (target_url.to_owned(), subscriptions.to_vec());
        self.set_webhooks(None, &Webhooks { target_url, subscriptions, ..Webhooks::default() })
    }

    /// As [`Self::webhooks`], of any app: `private`, `narrow`, `public` or an app's id; the private one, if none is
    /// named.
    ///
    /// # Errors
    /// Also where there is no such app.
    pub fn set_webhooks(&self, app: Option<&str>, webhooks: &Webhooks) -> Result<(), AccessError> {
        let room = &self.inner.rooms.hubspot;
        let mut memory = self.inner.core.memory();
        let at = memory.tick(self.inner.core.clock.now());
        let state = &mut memory.slots.hubspot.state;
        let asked = WebhooksAsked {
            target: &webhooks.target_url,
            public_url: webhooks.public_url.as_deref(),
            in_flight_max: webhooks.max_concurrent_requests,
            subscriptions: &webhooks.subscriptions,
        };
        let app = room.hooked(state, app).map_err(AccessError::Unfit)?;
        room.set_up(state, app, &asked, (at, self.seed())).map_err(AccessError::Unfit)?;
        memory.touch();
        memory.announce(room, By::Hand, (at, self.seed()), &self.inner.core.clock);
        Ok(())
    }

    /// The webhooks of the private app that were set up, if any were.
    #[must_use]
    pub fn webhooks_set_up(&self) -> Option<Webhooks> {
        self.webhooks_of(None).ok().flatten()
    }

    /// The webhooks of an app, by the tester's hand or by the API, if it has a target.
    ///
    /// # Errors
    /// There is no such app.
    pub fn webhooks_of(&self, app: Option<&str>) -> Result<Option<Webhooks>, AccessError> {
        let (room, memory) = (&self.inner.rooms.hubspot, self.inner.core.memory());
        let state = &memory.slots.hubspot.state;
        let app = room.hooked(state, app).map_err(AccessError::Unfit)?;
        let told = |shown: WebhooksShown| {
            let WebhooksShown { target: target_url, public_url, in_flight_max, subscriptions } = shown;
            Webhooks { target_url, public_url, max_concurrent_requests: Some(in_flight_max), subscriptions }
        };
        Ok(room.shown(state, app).map(told))
    }

    /// Sends a delivery by the tester's hand and waits until it has landed. The journal says in
    /// `forged` how it differs from a genuine one.
    ///
    /// # Errors
    /// No webhooks are set up, it carries nothing, there is no such event, or no `public_url` for a
    /// [`Forgery::ChangedHost`].
    pub async fn deliver(&self, delivery: Delivery) -> Result<Landed, AccessError> {
        let unfit = |why: &str| AccessError::Unfit(why.to_owned());
        let room = &self.inner.rooms.hubspot;
        let landed = {
            let mut memory = self.inner.core.memory();
            let at = memory.tick(self.inner.core.clock.now());
            let state = &mut memory.slots.hubspot.state;
            let app = room.hooked(state, delivery.app.as_deref()).map_err(AccessError::Unfit)?;
            let shown = room.shown(state, app).ok_or_else(|| unfit("no webhooks are set up"))?;
            if delivery.forged == Some(Forgery::ChangedHost) && shown.public_url.is_none() {
                return Err(unfit(
                    "changed-host is signed over the `publicUrl`, and there is none: set it up, or say unknown-host",
                ));
            }
            let mut events: Vec<_> = delivery.events.into_iter().map(|event| hubspot::given(state, event)).collect();
            if let Some(Occurrence { subscription_type, property_name, object_type_id, object_id, property_value }) =
                delivery.event
            {
                let object =
                    object_id.parse().map_err(|_| AccessError::Unfit(format!("`{object_id}` is no record id")))?;
                let asked = Subscription { subscription_type, property_name, object_type_id, active: true };
                let made = room.made(state, (app, &asked), (object, property_value), (at, self.seed()));
                events.push(made.map_err(AccessError::Unfit)?);
            }
            if events.is_empty() {
                return Err(unfit("it carries nothing: give `events`, or an `event` of a record"));
            }
            memory.touch();
            drop(memory);
            deliver::deliver(&self.inner, app, events, delivery.forged)
        };
        let landed = landed.ok_or_else(|| unfit("no webhooks are set up"))?;
        landed.await.map_err(|_| unfit("the world was ended meanwhile"))
    }

    /// What became of HubSpot's deliveries, in the order of their numbers: some of those after one, of one state if it
    /// is named. What has been over for long is forgotten; the journal keeps every attempt.
    #[must_use]
    pub fn dispatches(&self, after: u64, limit: usize, state: Option<DispatchState>) -> Vec<Dispatch> {
        let notes = self.inner.core.memory().post.dispatches(after, limit, state);
        notes.into_iter().map(Dispatch::from).collect()
    }

    /// Sends a delivery once more by the tester's hand, signed anew, and waits until it has landed. If it arrives,
    /// nothing is tried again; if not, nothing else changes.
    ///
    /// # Errors
    /// There is no delivery of that number, or no target now.
    pub async fn redeliver(&self, id: u64) -> Result<Landed, AccessError> {
        if !self.inner.core.memory().post.knows(id) {
            return Err(AccessError::UnknownDelivery(id));
        }
        let unfit = |why: &str| AccessError::Unfit(why.to_owned());
        let landed = deliver::redeliver(&self.inner, id).ok_or_else(|| unfit("its app has no target now"))?;
        landed.await.map_err(|_| unfit("the world was ended meanwhile"))
    }
}
