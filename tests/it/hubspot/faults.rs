//! A fault counts what it strikes and nothing else, wherever the fault door stands.

use reqwest::Method;
use serde_json::{Value, json};
use sim::faults::Arm;
use sim::journal::What;
use sim::{SystemName, World};

use super::oauth::Installed;
use super::{CONTACTS, Portal};
use crate::caller::{arm, last};
use crate::support::{entries, pass, still};

const COMPANIES: &str = "/crm/v3/objects/companies";

fn armed(world: &World, fault: Value) {
    world.arm(serde_json::from_value::<Arm>(fault).unwrap()).unwrap();
}

/// How often the journal says that a fault has struck.
fn booked(world: &World, fault: &str) -> usize {
    let told = |what: &What| matches!(what, What::Fault(told) if told.name == fault && told.event == sim::journal::FaultEvent::Struck);
    entries(world).iter().filter(|entry| told(&entry.what)).count()
}

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

    pass(&portal.world, "10s").await;
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

/// What waits for a token or a contact lets other faults strike meanwhile, and strikes beside them.
#[tokio::test]
async fn what_touches_an_act_stands_in_no_other_faults_way() {
    for (first, then) in
        [("early-expiry", "5xx-burst"), ("merge-under-your-feet", "429-storm"), ("search-lag", "477-migration")]
    {
        let portal = Portal::open().await;
        armed(&portal.world, json!({"name": first, "where": {"system": "hubspot"}}));
        armed(&portal.world, json!({"name": then, "count": 2}));
        for refused in [true, true, false] {
            assert_eq!(portal.client.get(CONTACTS).await.status != 200, refused, "{first} before {then}");
        }
        assert_eq!(struck(&portal.world), [0], "{first}");
    }
    let portal = Portal::open().await;
    for fault in ["merge-under-your-feet", "search-lag", "commit-then-timeout"] {
        armed(&portal.world, json!({"name": fault}));
    }
    portal.client.post(CONTACTS, &json!({"properties": {"email": "kim@example.test"}})).await.must(504);
    assert_eq!((struck(&portal.world), told(&portal.world).1.as_deref()), (vec![], Some("commit-then-timeout")));
    assert_eq!(["merge-under-your-feet", "search-lag"].map(|fault| booked(&portal.world, fault)), [1, 1]);
}

#[tokio::test]
async fn a_storm_of_a_limit_stands_in_no_way_of_calls_that_it_does_not_count() {
    let portal = Portal::open().await;
    armed(
        &portal.world,
        json!({"name": "429-storm", "flavour": "search", "count": 2, "after": 1, "where": {"system": "hubspot"}}),
    );
    armed(&portal.world, json!({"name": "5xx-burst", "count": 2, "where": {"method": "GET"}}));
    for status in [502, 503, 200, 200] {
        portal.client.get(CONTACTS).await.must(status);
    }
    assert_eq!(struck(&portal.world), [0]);
    let search = async || portal.client.post(&format!("{CONTACTS}/search"), &json!({})).await.status;
    // The reads before were none that it counts.
    assert_eq!([search().await, search().await, search().await, search().await], [200, 429, 429, 200]);
}

#[tokio::test]
async fn a_merge_has_struck_when_a_contact_was_merged() {
    let portal = Portal::open().await;
    armed(&portal.world, json!({"name": "merge-under-your-feet"}));
    for path in ["/crm/v3/objects/products", COMPANIES] {
        portal.client.post(path, &json!({"properties": {"name": "Pen"}})).await.must(201);
        assert_eq!((struck(&portal.world), told(&portal.world)), (vec![0], (201, None, true)), "{path}");
    }
    portal.client.post(CONTACTS, &json!({"properties": {"email": "kim@example.test"}})).await.must(201);
    assert_eq!(told(&portal.world).1.as_deref(), Some("merge-under-your-feet"));
    assert_eq!((struck(&portal.world), booked(&portal.world, "merge-under-your-feet")), (vec![], 1));
}

#[tokio::test]
async fn an_answer_without_a_body_is_neither_cut_nor_slow() {
    for fault in ["truncated-body", "slow-body"] {
        let portal = Portal::open().await;
        let id = portal.contact(json!({"email": "kim@example.test"})).await;
        armed(&portal.world, json!({"name": fault}));
        portal.client.send(Method::HEAD, CONTACTS, None, "").await.must(200);
        assert_eq!((struck(&portal.world), told(&portal.world)), (vec![0], (200, None, false)), "{fault}");
        portal.client.delete(&format!("{CONTACTS}/{id}")).await.must(204);
        assert_eq!((struck(&portal.world), told(&portal.world)), (vec![0], (204, None, true)), "{fault}");
    }
}

#[tokio::test]
async fn a_lock_holds_the_records_that_a_call_would_write_for_two_seconds() {
    let portal = Portal::open().await;
    let client = &portal.client;
    let id = portal.contact(json!({"email": "kim@example.test"})).await;
    armed(&portal.world, json!({"name": "423-lock"}));
    client.get("/account-info/v3/details").await.must(200);
    client.get(&format!("{CONTACTS}/{id}")).await.must(200);
    assert_eq!(struck(&portal.world), [0], "only writes are struck");
    let city = json!({"properties": {"city": "Perth"}});
    let upsert = |email: &str| json!([{"id": email, "idProperty": "email", "properties": {"city": "Perth"}}]);
    client.patch(&format!("{CONTACTS}/{id}"), &city).await.must(423);
    assert_eq!((struck(&portal.world), told(&portal.world)), (vec![], (423, Some("423-lock".to_owned()), false)));
    for span in ["0ms", "1999ms"] {
        pass(&portal.world, span).await;
        client.patch(&format!("{CONTACTS}/kim@example.test?idProperty=email"), &city).await.must(423);
        portal.batch("upsert", upsert("kim@example.test")).await.must(423);
        client.delete(&format!("{CONTACTS}/{id}")).await.must(423);
        client.get(&format!("{CONTACTS}/{id}")).await.must(200);
        portal.batch("upsert", upsert(&format!("{span}@example.test"))).await.must(200);
    }
    assert_eq!(booked(&portal.world, "423-lock"), 1, "it is one lock");
    pass(&portal.world, "1ms").await;
    client.patch(&format!("{CONTACTS}/{id}"), &city).await.must(200);

    // One that is to be made is held by its address.
    armed(&portal.world, json!({"name": "423-lock", "hold": "5s"}));
    let lee = json!({"properties": {"email": "Lee@example.test"}});
    client.post(CONTACTS, &lee).await.must(423);
    pass(&portal.world, "4999ms").await;
    portal.batch("upsert", upsert("lee@example.test")).await.must(423);
    pass(&portal.world, "1ms").await;
    client.post(CONTACTS, &lee).await.must(201);
}

#[tokio::test]
async fn while_an_account_is_moved_every_call_fails() {
    for (fault, retry_after, lasts) in [
        (json!({"name": "477-migration", "retry_after": "24h"}), "86400", "86399s"),
        (json!({"name": "477-migration", "retry_after": "30s", "for": "2m"}), "30", "119s"),
        (json!({"name": "477-migration"}), "60", "59s"),
    ] {
        let portal = Portal::open().await;
        armed(&portal.world, fault);
        for span in ["0s", lasts] {
            pass(&portal.world, span).await;
            for path in [CONTACTS, "/account-info/v3/details"] {
                assert_eq!(portal.client.get(path).await.must(477).header("retry-after"), Some(retry_after));
            }
        }
        pass(&portal.world, "1s").await;
        portal.client.get(CONTACTS).await.must(200);
    }
}

#[tokio::test]
async fn whose_maker_has_left_writes_no_associations() {
    let app = Installed::open().await;
    let (world, client) = (&app.portal.world, &app.portal.client);
    let id = app.portal.contact(json!({"email": "kim@example.test"})).await;
    let company = client.post(COMPANIES, &json!({"properties": {"name": "Pen"}})).await.must(201).json();
    let path =
        format!("/crm/v4/objects/contacts/{id}/associations/default/companies/{}", company["id"].as_str().unwrap());
    armed(world, json!({"name": "owner-removed", "for": "1h"}));
    let put = async |client: &crate::support::Client| client.send(Method::PUT, &path, None, "").await;
    for token in [app.text("service_key").to_owned(), app.access_token().await] {
        put(&app.nobody.bearing(&token)).await.must(200);
    }
    let refused = put(client).await.must(400).json();
    assert_eq!(
        (&refused["message"], &refused["category"]),
        (&json!("one or more associations are not valid"), &json!("BAD_REQUEST"))
    );
    assert_eq!(refused["errors"][0]["context"]["validationResult"], json!(["USER_DOES_NOT_HAVE_PERMISSIONS"]));
    assert_eq!(told(world), (400, Some("owner-removed".to_owned()), false));
    client.get(&format!("/crm/v4/objects/contacts/{id}/associations/companies")).await.must(200);
    client.patch(&format!("{CONTACTS}/{id}"), &json!({"properties": {"city": "Perth"}})).await.must(200);
}
