//! Which limits of the profiles a call can reach: each is set to one call, and every kind of call is made twice.

use std::collections::BTreeSet;

use serde_json::json;
use sim::SystemName;
use sim::policy::{HubspotSettings, Profile, profile_names};

use super::oauth::Installed;
use super::{CONTACTS, Portal};
use crate::caller::exchanges;
use crate::support::still;

/// Limits that stand in the profiles ahead of their endpoints.
const WAITING: [&str; 3] = ["forms_public", "exports", "imports"];

/// The limits that refused a call where this one has room for one.
async fn refused_by(limit: &str) -> BTreeSet<String> {
    let figure = |value: &str| format!("{{ value: {value}, source: this test, date: 2026-11-28 }}");
    let profile = format!(
        "name: one\nsystem: hubspot\nextends: professional\nlimits:\n  - {{ id: {limit}, enforced: {}, size: {} }}\n",
        figure("true"),
        figure("1")
    );
    let world = still().profile_text(SystemName::Hubspot, "one.yaml", profile).start().await.unwrap();
    let app = Installed::of(Portal::of(world));
    let public = app.nobody.bearing(&app.access_token().await);
    app.refresh("v3", app.text("refresh_token")).await;
    for client in [&app.portal.client, &public] {
        for _ in 0..2 {
            client.get(CONTACTS).await;
            client.get("/crm/v4/objects/contacts/1/associations/companies").await;
            client.post(&format!("{CONTACTS}/search"), &json!({})).await;
        }
    }
    exchanges(&app.portal.world, SystemName::Hubspot).into_iter().filter_map(|(_, exchange)| exchange.limit).collect()
}

#[tokio::test]
async fn every_limit_of_a_profile_is_reached_but_those_that_wait_for_their_endpoints() {
    let mut limits = BTreeSet::new();
    for name in profile_names(SystemName::Hubspot) {
        let profile = Profile::<HubspotSettings>::embedded(Some(name)).unwrap();
        limits.extend(profile.gate.limits.iter().map(|limit| limit.id.clone()));
    }
    let mut never = BTreeSet::new();
    for limit in &limits {
        let by = refused_by(limit).await;
        assert!(by.is_empty() || by.contains(limit) && by.len() == 1, "{limit} set to one call: {by:?}");
        if by.is_empty() {
            never.insert(limit.as_str());
        }
    }
    assert_eq!(never, BTreeSet::from(WAITING), "limits that no call reaches");
}
