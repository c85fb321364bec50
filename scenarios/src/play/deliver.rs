//! Deliveries by the tester's hand: one, forged or genuine, or a case of the hostile kit. The world signs and stamps them
//! in its own time, which is the target's wherever a stamp is judged.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use sim::{Delivery, Forgery, SampleEvent, SystemName};
use tokio::task::JoinSet;

use super::act::{Done, told};
use super::stage::Stage;
use crate::kit::{Basis, Hostile, Letter, Manner, Signature};

/// Where the ids of the kit's events begin, and how many a case has at most.
const FIRST_ID: u64 = 900_000_000;
const IDS_OF_A_CASE: u64 = 10_000;

impl Stage<'_> {
    pub(super) async fn deliver(&self, what: &Value) -> Done {
        let contact = self.the_one(SystemName::Hubspot, "contacts", &what["find"])?;
        let Some(name) = what["hostile"].as_str() else {
            if let Some(name) = ["earlier", "count"].into_iter().find(|name| !what[*name].is_null()) {
                return Err(format!("`{name}` goes with `hostile` alone"));
            }
            return self.deliver_one(what, &contact).await;
        };
        let case = Hostile::find(name).ok_or_else(|| format!("the hostile kit has no `{name}`"))?;
        if !what["forged"].is_null() {
            return Err("`hostile` and `forged` both say what the delivery is like: leave one out".to_owned());
        }
        for _ in 0..what["count"].as_u64().unwrap_or(1) {
            self.deliver_case(case, what, &contact).await?;
        }
        Ok(())
    }

    async fn deliver_one(&self, what: &Value, contact: &Value) -> Done {
        let asked = json!({
            "forged": what["forged"],
            "event": {
                "subscriptionType": what["event"],
                "propertyName": what["property"],
                "propertyValue": what["value"],
                "objectId": contact["id"],
            },
        });
        let delivery: Delivery = serde_json::from_value(asked).map_err(told)?;
        // In the words of the step, which has no objectTypeId: what it tells of is a contact.
        let told = |error| told(error).replace("propertyName", "`property`").replace("objectTypeId", "type id");
        self.world.deliver(delivery).await.map(drop).map_err(told)
    }

    async fn deliver_case(&self, case: Hostile, what: &Value, contact: &Value) -> Done {
        let basis = self.basis(what, contact)?;
        if let Some(lacking) = basis.lacks(case) {
            return Err(format!("{} tells {lacking} too, which HubSpot does not have", case.name()));
        }
        if case == Hostile::Reorder && what["earlier"].is_null() {
            return Err("`reorder` needs `earlier`: what the earlier event says of the property".to_owned());
        }
        let has_public_url = self.world.webhooks_set_up().is_some_and(|webhooks| webhooks.public_url.is_some());
        let mut waiting = basis.parts(case).into_iter().zip(basis.events(case));
        let mut flying = JoinSet::new();
        loop {
            while flying.len() < case.at_once()
                && let Some((part, events)) = waiting.next()
            {
                let forged = forgery(case, &part.letter, has_public_url);
                let world = self.world.clone();
                let sent = async move { world.deliver(Delivery { forged, events, ..Delivery::default() }).await };
                let mut sent = Box::pin(sent);
                // Begun here, so that those that are under way together are sent in their order.
                tokio::select! {
                    biased;
                    landed = &mut sent => landed.map(drop).map_err(told)?,
                    () = std::future::ready(()) => drop(flying.spawn(sent)),
                }
            }
            match flying.join_next().await {
                None => return Ok(()),
                Some(Ok(landed)) => {
                    landed.map_err(told)?;
                }
                Some(Err(error)) => return Err(told(error)),
            }
        }
    }

    /// What the case's events are about: the contact, as the world's own events tell of it.
    fn basis(&self, what: &Value, contact: &Value) -> Result<Basis, String> {
        let hubspot = &self.world.ready()["systems"]["hubspot"];
        let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        let event = what["event"].as_str().unwrap_or_default();
        let text = |name: &str| what[name].as_str().unwrap_or_default().to_owned();
        let own = || contact[text("property")].as_str().unwrap_or_default().to_owned();
        let sample = SampleEvent {
            event_id: FIRST_ID + self.hostile.fetch_add(IDS_OF_A_CASE, Ordering::Relaxed),
            object_id: number(&contact["id"]).ok_or("the contact has no id")?,
            portal_id: number(&hubspot["portal_id"]).unwrap_or_default(),
            app_id: number(&hubspot["private_app_id"]).unwrap_or_default(),
            occurred_at: self.world.clock().now().0,
            property_name: text("property"),
            property_value: what["value"].as_str().map_or_else(own, str::to_owned),
            ..SampleEvent::of(event)
        };
        sample.event().ok_or_else(|| format!("HubSpot has no event `{event}`"))?;
        Ok(Basis { event: sample, earlier: text("earlier") })
    }
}

/// How a delivery of a case differs from a plain one, as the world has it.
fn forgery(case: Hostile, letter: &Letter, has_public_url: bool) -> Option<Forgery> {
    match case {
        Hostile::Stale => Some(Forgery::Stale),
        Hostile::NearlyStale => Some(Forgery::NearlyStale),
        Hostile::ReEncoded => Some(Forgery::ReEncoded),
        Hostile::QueryString => Some(Forgery::QueryString),
        Hostile::EscapedQuery => Some(Forgery::EscapedQuery),
        // Without a public address that its owner has told, the receiver knows of one by the proxy alone.
        Hostile::ChangedHost if has_public_url => Some(Forgery::ChangedHost),
        Hostile::ChangedHost => Some(Forgery::UnknownHost),
        Hostile::V1Only if letter.by_stranger => Some(Forgery::V1WrongSecret),
        Hostile::V1Only => Some(Forgery::V1Only),
        _ if letter.by_stranger => Some(Forgery::WrongSecret),
        _ if letter.signature == Some(Signature::None) => Some(Forgery::Unsigned),
        _ if letter.tampered => Some(Forgery::Altered),
        _ => match letter.manner {
            Manner::Orderly => None,
            Manner::SlowSending => Some(Forgery::SlowSending),
            Manner::SlowReading => Some(Forgery::SlowReading),
            Manner::Dropped => Some(Forgery::DroppedAfterBody),
        },
    }
}
