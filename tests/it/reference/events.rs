//! The reference integration and what HubSpot tells it: opt-outs and new people reach the master, once, and
//! come from nobody else.

use reference::Bug;
use serde_json::json;
use sim::SystemName;

use super::Stage;

const MASTER: &str = "/erp/v1/customers/";
const UPSERT: &str = "batch/upsert";

fn lead(stage: &Stage, properties: serde_json::Value) {
    stage.world.put(SystemName::Hubspot, "contacts", vec![json!({"properties": properties})]).unwrap();
}

#[tokio::test]
async fn an_opt_out_reaches_every_row_of_the_address_and_does_not_come_back() {
    let stage = Stage::with_bug(None, 3).await;
    stage.put(json!([
        {"email": "Kim@Example.com", "first_name": "Kim", "loyalty_no": "L1", "marketing_opt_in": "Y"},
        {"email": "kim@example.com", "first_name": "Kim", "marketing_opt_in": "Y"},
    ]));
    let _running = stage.serve().await;
    stage.wait("10s").await;
    assert!(stage.world.unsubscribe("kim@example.com").unwrap());
    stage.wait("20s").await;
    assert_eq!(stage.column("marketing_opt_in")[3..], ["N", "N"]);
    assert_eq!(stage.column("loyalty_no")[3], "L1", "the rest of the row is as it was");
    stage.wait("5m").await;
    assert_eq!(stage.exchanges(UPSERT).len(), 1);
    // Twice told is done once.
    let puts = stage.changes_by_us("customers");
    let again = json!({"event": {"subscriptionType": "contact.propertyChange", "propertyName": "hs_email_optout",
        "objectId": stage.contact("kim@example.com"), "propertyValue": "true"}});
    stage.world.deliver(serde_json::from_value(again).unwrap()).await.unwrap();
    stage.wait("10s").await;
    assert_eq!((puts, stage.changes_by_us("customers")), (2, 2));
}

#[tokio::test]
async fn who_comes_in_by_hubspot_becomes_a_customer_once() {
    let stage = Stage::with_bug(None, 2).await;
    stage.put(json!([{"email": "Known@Example.com", "first_name": "Known", "marketing_opt_in": "N"}]));
    let _running = stage.serve().await;
    stage.wait("10s").await;
    stage.arm("commit-then-timeout", 1, SystemName::Ords, "/ords/crm/customers/");
    lead(&stage, json!({"email": "known@example.com"}));
    lead(&stage, json!({"email": "tove@example.com", "firstname": "Tove", "lastname": "Marsh"}));
    let consent = "Freely given consent from contact";
    lead(&stage, json!({"firstname": "Ida", "mobilephone": "+61491570006", "hs_legal_basis": consent}));
    stage.wait("30s").await;
    assert_eq!(stage.column("first_name")[3..], ["Tove", "Ida"]);
    assert_eq!(stage.column("email")[3..], [json!("tove@example.com"), json!(null)]);
    assert_eq!(stage.column("marketing_opt_in")[3..], ["N", "Y"], "nobody's consent is taken for granted");
    stage.wait("5m").await;
    assert_eq!((stage.contacts(), stage.exchanges(UPSERT).len()), (5, 1), "none of it comes back");
    stage.put(json!([{"customer_id": 5, "last_name": "Roth"}]));
    stage.wait("60s").await;
    assert_eq!(stage.told(&["lastname"])[4], ["Roth"]);
}

#[tokio::test]
async fn its_own_writes_are_no_news() {
    let stage = Stage::with_bug(None, 150).await;
    let _running = stage.serve().await;
    stage.wait("20s").await;
    assert!(stage.delivered().iter().all(|status| *status == Some(200)), "{:?}", stage.delivered());
    assert!(stage.delivered().len() >= 2);
    assert_eq!(stage.exchanges("batch/read").len(), 0);
}

#[tokio::test]
async fn a_forged_delivery_is_refused_and_nothing_is_done() {
    for (bug, answer, kept) in [(None, 401, "Y"), (Some(Bug::TrustsAnyone), 200, "N")] {
        let stage = Stage::with_bug(bug, 1).await;
        let _running = stage.serve().await;
        stage.wait("10s").await;
        let email = stage.column("email")[0].as_str().unwrap().to_owned();
        let before = stage.delivered().len();
        for forged in ["wrong-secret", "unsigned", "stale", "altered"] {
            let event = json!({"subscriptionType": "contact.propertyChange", "propertyName": "hs_email_optout",
                "objectId": stage.contact(&email), "propertyValue": "true"});
            let delivery = serde_json::from_value(json!({"forged": forged, "event": event})).unwrap();
            stage.world.deliver(delivery).await.unwrap();
        }
        stage.wait("10s").await;
        assert_eq!(stage.delivered()[before..], [Some(answer); 4], "{bug:?}");
        assert_eq!(stage.column("marketing_opt_in"), [kept], "{bug:?}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_done_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::with_bug(None, 2).await;
    stage.config.state_dir = Some(folder.path().to_owned());
    let running = stage.serve().await;
    stage.wait("10s").await;
    stage.arm("5xx-burst", 9, SystemName::OciGateway, MASTER);
    let email = stage.column("email")[0].as_str().unwrap().to_owned();
    stage.world.unsubscribe(&email).unwrap();
    stage.wait("5s").await;
    assert_eq!(stage.delivered().last(), Some(&Some(200)));
    running.kill().await;
    assert_eq!(stage.column("marketing_opt_in"), ["Y", "Y"]);
    stage.world.clear_faults();
    let _again = stage.serve().await;
    stage.wait("10s").await;
    assert_eq!(stage.column("marketing_opt_in"), ["N", "Y"]);
}

#[tokio::test]
async fn bugs_of_events_show() {
    for bug in [Bug::IgnoresOptOut, Bug::SendsBack] {
        let stage = Stage::with_bug(Some(bug), 3).await;
        let _running = stage.serve().await;
        stage.wait("10s").await;
        let email = stage.column("email")[0].as_str().unwrap().to_owned();
        stage.world.unsubscribe(&email).unwrap();
        lead(&stage, json!({"email": "tove@example.com", "firstname": "Tove"}));
        stage.wait("130s").await;
        let out = if bug == Bug::IgnoresOptOut { "Y" } else { "N" };
        assert_eq!(stage.column("marketing_opt_in")[0], out, "{bug:?}");
        assert_eq!(stage.exchanges(UPSERT).len() > 1, bug == Bug::SendsBack, "{bug:?}");
        assert_eq!(stage.contacts(), 4, "{bug:?}");
    }
}
