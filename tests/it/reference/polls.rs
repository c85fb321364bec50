//! The reference integration as it polls: what changed, once, and nothing lost on the way.

use serde_json::json;
use sim::SystemName;

use super::Stage;

const UPSERT: &str = "batch/upsert";
const NAMES: [&str; 2] = ["email", "firstname"];

fn row(email: &str, name: &str) -> serde_json::Value {
    json!({"email": email, "first_name": name, "marketing_opt_in": "Y"})
}

#[tokio::test]
async fn what_changes_is_brought_over_and_nothing_else() {
    let stage = Stage::with_bug(None, 0).await;
    stage.put(json!([row("a@example.com", "Ann"), row("b@example.com", "Bo")]));
    let _running = stage.serve().await;
    stage.wait("90s").await;
    assert_eq!(stage.exchanges(UPSERT), [(0, 200)], "what was written is not written again");

    stage.put(json!([{"customer_id": 2, "first_name": "Bea"}, row("c@example.com", "Cy")]));
    stage.put(json!([{"customer_id": 1, "status": "DORMANT"}, {"email": "no@example.com", "marketing_opt_in": "N"}]));
    stage.wait("60s").await;
    assert_eq!(stage.exchanges(UPSERT), [(0, 200), (120, 200)]);
    let told = [["a@example.com", "Ann"], ["b@example.com", "Bea"], ["c@example.com", "Cy"]];
    assert_eq!(stage.told(&NAMES), told);
    stage.wait("5m").await;
    assert_eq!(stage.exchanges(UPSERT).len(), 2);
}

#[tokio::test]
async fn rows_of_one_second_are_read_page_by_page() {
    let stage = Stage::with_bug(None, 1).await;
    let _running = stage.serve().await;
    stage.wait("10s").await;
    stage.put((0..250).map(|n| row(&format!("{n}@example.com"), "Kim")).collect());
    stage.wait("60s").await;
    assert_eq!(stage.contacts(), 251);
    let page = "/erp/v1/customers/";
    // The stamp, the load, and three pages of changes.
    assert_eq!(stage.exchanges(page).len(), 5);
}

#[tokio::test]
async fn what_could_not_be_written_is_written_by_a_later_poll() {
    let stage = Stage::with_bug(None, 1).await;
    let _running = stage.serve().await;
    stage.wait("10s").await;
    stage.put(json!([row("a@example.com", "Ann")]));
    stage.arm("5xx-burst", 4, SystemName::Hubspot, "/crm");
    stage.wait("60s").await;
    assert_eq!(stage.contacts(), 1, "it backs off for 1 s, 2 s and 4 s");
    stage.wait("60s").await;
    assert_eq!(stage.contacts(), 2);
    let tries = [(60, 502), (61, 503), (63, 504), (67, 502), (127, 200)];
    assert_eq!(stage.exchanges(UPSERT)[1..], tries);
}

#[tokio::test]
async fn a_restart_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::with_bug(None, 30).await;
    stage.config.state_dir = Some(folder.path().to_owned());
    let running = stage.serve().await;
    stage.wait("10s").await;
    running.kill().await;
    stage.put(json!([{"customer_id": 7, "first_name": "Kim"}]));
    let _again = stage.serve().await;
    stage.wait("10s").await;
    assert_eq!(stage.exchanges(UPSERT), [(0, 200), (10, 200)]);
    assert_eq!(stage.told(&["firstname"])[6], ["Kim"]);
}

#[tokio::test]
async fn a_refused_record_is_not_sent_again_until_it_changes() {
    let stage = Stage::with_bug(None, 3).await;
    stage.put(json!([row("no address", "Nobody")]));
    let _running = stage.serve().await;
    stage.wait("150s").await;
    let refused = [(0, 400), (0, 200), (0, 400), (0, 200), (0, 400)];
    let calls = stage.exchanges(UPSERT);
    assert_eq!(calls, refused[..calls.len()]);
    assert_eq!(stage.contacts(), 3);
    stage.put(json!([{"customer_id": 4, "email": "some@example.com"}]));
    stage.wait("60s").await;
    assert_eq!(stage.contacts(), 4);
}

#[tokio::test]
async fn another_address_is_still_the_same_contact() {
    let stage = Stage::with_bug(None, 0).await;
    stage.put(json!([row("old@example.com", "Ann")]));
    let _running = stage.serve().await;
    stage.wait("10s").await;
    stage.put(json!([{"customer_id": 1, "email": "New@example.com", "mobile": "+61491570006"}]));
    stage.wait("60s").await;
    let told = stage.told(&["email", "firstname", "mobilephone"]);
    assert_eq!(told, [["new@example.com", "Ann", "+61491570006"]]);
    stage.put(json!([{"customer_id": 1, "mobile": null}]));
    stage.wait("60s").await;
    assert_eq!(stage.told(&["email", "mobilephone"]), [["new@example.com", ""]], "the master has taken it back");
}

#[tokio::test]
async fn who_has_no_address_is_matched_by_the_mobile() {
    let stage = Stage::with_bug(None, 0).await;
    let known = json!({"properties": {"firstname": "Known", "mobilephone": "+61491570006"}});
    stage.world.put(SystemName::Hubspot, "contacts", vec![known]).unwrap();
    let _running = stage.serve().await;
    stage.wait("10s").await;
    stage.put(json!([
        {"mobile": "+61491570006", "first_name": "Ann", "marketing_opt_in": "Y"},
        {"mobile": "+61491570156", "first_name": "Bo", "marketing_opt_in": "Y"},
    ]));
    stage.arm("commit-then-timeout", 1, SystemName::Hubspot, "/crm/v3/objects/contacts/batch/create");
    stage.wait("2m").await;
    let names = ["firstname", "mobilephone"];
    assert_eq!(stage.told(&names), [["Ann", "+61491570006"], ["Bo", "+61491570156"]]);
    assert_eq!(stage.exchanges("batch/create").len(), 1, "it looked before it would have created again");
    stage.put(json!([{"customer_id": 2, "first_name": "Bea", "email": "bea@example.com"}]));
    stage.wait("60s").await;
    assert_eq!(stage.told(&["firstname", "email"]), [["Ann", ""], ["Bea", "bea@example.com"]]);
}
