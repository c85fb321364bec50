//! Many worlds in one process: each for itself, none the wiser of the others.

use std::sync::Arc;

use serde_json::{Value, json};
use sim::journal::{JournalOptions, Kind, Kinds};
use sim::{ClockMode, Host, SystemName, World};

const WORLDS: u64 = 1_000;

/// A thousand worlds hold four thousand listeners, and as many connections while they are called.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_worlds_share_nothing() {
    sim::raise_open_files().unwrap();
    let mut worlds = Vec::new();
    for seed in 0..WORLDS {
        // Two worlds of each seed: what tells them apart is the world's own.
        worlds.push(World::builder().seed(seed / 2).clock(ClockMode::Manual).start().await.unwrap());
    }
    let worlds = Arc::new(worlds);
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();

    let mut calls = tokio::task::JoinSet::new();
    for (place, world) in worlds.iter().enumerate() {
        let other = &worlds[(place + 1) % worlds.len()];
        let contacts = format!("{}/crm/v3/objects/contacts", world.url(SystemName::Hubspot).unwrap());
        let (token, foreign) = (token(world), token(other));
        assert_ne!(token, foreign);
        let client = client.clone();
        calls.spawn(async move {
            let email = format!("world-{place}@example.com");
            let body = json!({"properties": {"email": email}});
            let made = client.post(&contacts).bearer_auth(&token).json(&body).send().await.unwrap();
            assert_eq!(made.status(), 201);

            let listed: Value = client.get(&contacts).bearer_auth(&token).send().await.unwrap().json().await.unwrap();
            let emails: Vec<_> =
                listed["results"].as_array().unwrap().iter().map(|one| one["properties"]["email"].clone()).collect();
            assert_eq!(emails, [json!(email)]);

            let refused = client.get(&contacts).bearer_auth(&foreign).send().await.unwrap();
            assert_eq!(refused.status(), 401);
            let body: Value = refused.json().await.unwrap();
            assert_eq!(body["category"], "INVALID_AUTHENTICATION");
        });
    }
    while let Some(called) = calls.join_next().await {
        called.unwrap();
    }

    for world in worlds.iter() {
        let entries = world.journal().since(0, Kinds::ALL, 100).unwrap();
        let kinds: Vec<_> = entries.iter().map(sim::journal::Entry::kind).collect();
        assert_eq!(kinds, [Kind::Exchange, Kind::Change, Kind::Exchange, Kind::Exchange]);
    }
}

#[tokio::test]
async fn the_journals_of_all_worlds_hold_no_more_than_one_budget() {
    const TOTAL: usize = 1024 * 1024;
    let journal = JournalOptions { memory_bytes_max: TOTAL, spill_dir: None };
    let host = Host::new(World::builder().clock(ClockMode::Manual).journal(journal));
    for place in 0..6 {
        let world = match host.worlds().last() {
            Some(parent) if place % 2 == 1 => host.fork(parent, None).await.unwrap(),
            _ => host.create(World::builder().clock(ClockMode::Manual)).await.unwrap(),
        };
        world.given(&json!([{"ords.customers": {"count": 2_000, "from": 2_000 * place}}])).unwrap();
        let held: usize = host.worlds().iter().map(|world| world.journal().health().memory_bytes).sum();
        assert!(held <= TOTAL, "{held} bytes are held");
    }
    for world in host.worlds() {
        assert_eq!(world.journal().since(0, Kinds::ALL, usize::MAX).unwrap().len(), 2_000);
    }
}

fn token(world: &World) -> String {
    world.ready()["systems"]["hubspot"]["token"].as_str().unwrap().to_owned()
}
