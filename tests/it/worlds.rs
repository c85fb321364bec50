//! Many worlds in one process: each for itself, none the wiser of the others.

use std::sync::Arc;

use serde_json::{Value, json};
use sim::journal::{JournalOptions, Kind, Kinds};
use sim::{ClockChange, ClockMode, Host, SystemName, World};

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

/// Its clock, its records and the number it names are its parent's between two steps.
#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_its_parent_at_one_instant() {
    let parent = Arc::new(World::builder().clock(ClockMode::Manual).start().await.unwrap());
    let (ended, mut end) = tokio::sync::oneshot::channel::<()>();
    let busy = tokio::spawn({
        let parent = parent.clone();
        async move {
            for n in 0.. {
                let contact = json!({"properties": {"email": format!("k{n}@example.com")}});
                parent.put(SystemName::Hubspot, "contacts", vec![contact]).unwrap();
                parent.clock().set(ClockChange::advance(1)).await.unwrap();
                if end.try_recv().is_ok() {
                    break;
                }
            }
        }
    });
    let mut forks = Vec::new();
    for _ in 0..60 {
        forks.push(parent.fork(None).await.unwrap());
        tokio::task::yield_now().await;
    }
    ended.send(()).unwrap();
    busy.await.unwrap();
    let entries = parent.journal().since(0, Kinds::ALL, usize::MAX).unwrap();
    for fork in forks {
        let (from, now) = (fork.parent().unwrap().n, fork.clock().now());
        let (before, after) = entries.split_at(usize::try_from(from).unwrap());
        assert!(before.last().is_none_or(|entry| entry.at <= now), "entry {from} is of a time after {now}");
        assert!(after.first().is_none_or(|entry| now <= entry.at), "the entry after {from} is of a time before {now}");
        let put = before.iter().filter(|entry| entry.kind() == Kind::Change).count();
        assert_eq!(fork.records(SystemName::Hubspot, "contacts", 0, 1).unwrap().total, put, "as of entry {from}");
    }
}

fn token(world: &World) -> String {
    world.ready()["systems"]["hubspot"]["token"].as_str().unwrap().to_owned()
}
