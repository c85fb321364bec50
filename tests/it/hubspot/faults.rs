//! A fault counts what it strikes and nothing else, wherever the fault door stands.

use serde_json::json;
use sim::{SystemName, World};

use super::{CONTACTS, Portal};
use crate::caller::{arm, last};
use crate::support::still;

/// How often each armed fault has struck.
fn struck(world: &World) -> Vec<u64> {
    world.faults().iter().map(|armed| armed.struck).collect()
}

/// The status and the fault of the last exchange, and whether it took effect.
fn told(world: &World) -> (u16, Option<String>, bool) {
    let (entry, exchange) = last(world, SystemName::Hubspot);
    (exchange.status, exchange.fault, entry.took_effect)
}

#[tokio::test]
async fn a_call_refused_before_its_act_keeps_its_refusal_and_leaves_the_fault_armed() {
    let portal = Portal::open().await;
    arm(&portal.world, "commit-then-timeout", SystemName::Hubspot, "POST", 1);
    let contact = json!({"properties": {"email": "kim@example.test"}});
    portal.client.bearing("pat-na1-x").post(CONTACTS, &contact).await.must(401);
    assert_eq!((struck(&portal.world), told(&portal.world)), (vec![0], (401, None, false)));
    let inputs: Vec<_> = (0..101).map(|_| contact.clone()).collect();
    portal.batch("create", json!(inputs)).await.must(400);
    assert_eq!((struck(&portal.world), told(&portal.world)), (vec![0], (400, None, false)));
    while portal.client.get(CONTACTS).await.status == 200 {}
    portal.client.post(CONTACTS, &contact).await.must(429);
    assert_eq!((struck(&portal.world), told(&portal.world)), (vec![0], (429, None, false)));

    crate::support::pass(&portal.world, "10s").await;
    portal.client.post(CONTACTS, &contact).await.must(504);
    assert_eq!(told(&portal.world), (504, Some("commit-then-timeout".to_owned()), true));
    assert_eq!((struck(&portal.world), portal.total().await), (vec![], 1));
}

async fn behind(doors: &str) -> Portal {
    let text = format!(
        "name: other\nsystem: hubspot\nextends: professional\n\
         doors: {{ value: [{doors}], source: \"this test\", date: 2026-11-20 }}\n"
    );
    Portal::of(still().profile_text(SystemName::Hubspot, "other.yaml", &text).start().await.unwrap())
}

#[tokio::test]
async fn a_fault_strikes_where_its_door_stands() {
    let portal = behind("authenticate, limit, fault, size, act").await;
    for fault in ["5xx-burst", "commit-then-timeout"] {
        arm(&portal.world, fault, SystemName::Hubspot, "GET", 1);
    }
    portal.client.bearing("pat-na1-x").get(CONTACTS).await.must(401);
    assert_eq!((struck(&portal.world), told(&portal.world)), (vec![0, 0], (401, None, false)));
    portal.client.get(CONTACTS).await.must(502);
    assert_eq!((struck(&portal.world), told(&portal.world).1.as_deref()), (vec![0], Some("5xx-burst")));
    portal.client.get(CONTACTS).await.must(504);
    assert_eq!(struck(&portal.world), Vec::<u64>::new());
    portal.client.get(CONTACTS).await.must(200);
}

#[tokio::test]
async fn without_a_fault_door_no_fault_strikes_or_is_used_up() {
    let portal = behind("authenticate, limit, size, act").await;
    for fault in ["5xx-burst", "commit-then-timeout"] {
        arm(&portal.world, fault, SystemName::Hubspot, "GET", 1);
    }
    portal.client.get(CONTACTS).await.must(200);
    assert_eq!((struck(&portal.world), told(&portal.world)), (vec![0, 0], (200, None, false)));
}
