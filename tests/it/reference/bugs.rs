//! Each bug of the reference integration shows, where it is looked for.

use reference::Bug;
use serde_json::json;
use sim::SystemName;

use super::Stage;

const UPSERT: &str = "batch/upsert";
const GRANT: &str = "/oauth/token";

/// A world in which everything was met that a poll can meet, and the bug at work in it.
async fn after_a_bad_start(bug: Bug) -> Stage {
    let stage = Stage::with_bug(Some(bug), 120).await;
    stage.put(json!([
        {"email": "no address", "first_name": "Nobody", "marketing_opt_in": "Y"},
        {"email": "no@example.com", "first_name": "Never", "marketing_opt_in": "N"},
        {"mobile": "+61491570000", "first_name": "Ann", "last_name": "Lee", "marketing_opt_in": "Y"},
    ]));
    let running = stage.serve().await;
    stage.wait("200s").await;
    running.kill().await;
    stage
}

fn statuses(calls: &[(i64, u16)], wanted: u16) -> usize {
    calls.iter().filter(|(_, status)| *status == wanted).count()
}

#[tokio::test]
async fn without_one_all_is_well() {
    let stage = Stage::with_bug(None, 120).await;
    let running = stage.serve().await;
    stage.wait("200s").await;
    running.kill().await;
    assert_eq!(stage.exchanges(GRANT).len(), 2, "one at the gateway, one behind it");
    assert_eq!(statuses(&stage.exchanges(UPSERT), 400), 0);
}

#[tokio::test]
async fn bugs_of_calling_show() {
    let refused = |stage: &Stage| statuses(&stage.exchanges(UPSERT), 400);
    let usual = refused(&after_a_bad_start(Bug::PollsHourly).await);
    assert!(refused(&after_a_bad_start(Bug::RepeatsRefused).await) >= usual + 3);
    assert!(refused(&after_a_bad_start(Bug::BatchOf101).await) > usual);
    assert!(after_a_bad_start(Bug::TokenPerCall).await.exchanges(GRANT).len() > 10);
    let single = after_a_bad_start(Bug::OneByOne).await;
    assert_eq!((single.contacts(), single.exchanges(UPSERT).len()), (121, 0));
    let searches = after_a_bad_start(Bug::SearchBurst).await.exchanges("/search");
    assert!(statuses(&searches, 429) > 0);
}

#[tokio::test]
async fn bugs_of_data_show() {
    assert_eq!(after_a_bad_start(Bug::PollsHourly).await.contacts(), 121);
    assert_eq!(after_a_bad_start(Bug::LoadsEveryone).await.contacts(), 122);
    assert_eq!(after_a_bad_start(Bug::SkipsLastPage).await.contacts(), 100);
    assert_eq!(after_a_bad_start(Bug::TrustsSearch).await.contacts(), 122);
    let last = |stage: &Stage, name: &str| stage.told(&[name]).pop().unwrap().remove(0);
    assert_eq!(last(&after_a_bad_start(Bug::SwapsNames).await, "firstname"), "Lee");
    assert_eq!(last(&after_a_bad_start(Bug::WritesLifecycle).await, "lifecyclestage"), "customer");
    assert!(after_a_bad_start(Bug::ShipsLoyalty).await.told(&["message"])[0][0].len() > 3);
}

#[tokio::test]
async fn bugs_after_a_failure_show() {
    for (bug, tries) in [(None, 4), (Some(Bug::AdvancesPastFailure), 4), (Some(Bug::GivesUp), 1)] {
        let stage = Stage::with_bug(bug, 10).await;
        let _running = stage.serve().await;
        stage.wait("10s").await;
        stage.arm("5xx-burst", if bug == Some(Bug::GivesUp) { 1 } else { 4 }, SystemName::Hubspot, "/crm");
        stage.put(json!([{"customer_id": 3, "first_name": "Kim"}]));
        stage.wait("70s").await;
        stage.put(json!([{"customer_id": 4, "first_name": "Lou"}]));
        stage.wait("150s").await;
        let carried = stage.told(&["firstname"]);
        assert_eq!(carried[2] == ["Kim"], bug.is_none(), "{bug:?}");
        assert_eq!(carried[3], ["Lou"], "{bug:?}");
        let first = stage.exchanges(UPSERT);
        assert_eq!(first[1..].iter().filter(|(at, _)| *at < 80).count(), tries, "{bug:?}: {first:?}");
    }
}

#[tokio::test]
async fn a_429_is_not_waited_out() {
    let stage = Stage::with_bug(Some(Bug::NoBackoff), 10).await;
    stage.world.spend(SystemName::Hubspot, "ten_secondly", None, 0).unwrap();
    let _running = stage.serve().await;
    stage.wait("5s").await;
    assert!(statuses(&stage.exchanges(UPSERT), 429) > 2);
}

#[tokio::test]
async fn a_dead_token_is_kept() {
    for (bug, grants) in [(None, 4), (Some(Bug::KeepsDeadToken), 2)] {
        let stage = Stage::with_bug(bug, 10).await;
        let _running = stage.serve().await;
        stage.wait("65m").await;
        assert_eq!(stage.exchanges(GRANT).len(), grants, "{bug:?}");
    }
}
