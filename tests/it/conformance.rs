//! Every operation of HubSpot's own API documents that is here: driven over HTTP to one success that is not
//! empty and one refusal, and held against the documents' statuses, fields and types.
//!
//! `surface.json` beside this is what the documents say of these operations: it makes a clone prove as much as
//! this checkout does. Where the whole table of the documents lies beside the checkout, the two are compared,
//! and the share of the table that is here is told. `STANDIN_UPDATE=1` writes the file anew from the table.

mod check;
mod drive;
mod records;
mod surface;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use drive::Portal;
use surface::{Operation, Surface, Table};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Operations that answer otherwise than their document says: the document, the path, and why.
const OTHERWISE: &[(&str, &str, &str)] = &[
    (
        "crm-commerce-subscriptions.v3",
        "/crm/v3/objects/subscriptions",
        "a create is documented to wrap the record in `entity` here alone; every other type answers the record",
    ),
    (
        "crm-properties.2026-09",
        "/crm/properties/2026-09/{objectType}/batch/create",
        "documented as 200; 201 was seen (ledger: `hubspot.properties.batch`)",
    ),
];

const WORLDS_AT_ONCE: usize = 8;

fn tell(line: &str) {
    // Past the harness, which would swallow it.
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

#[test]
fn the_surface_is_what_the_documents_say() {
    let Some(table) = Table::read() else {
        tell("\nskipped: the table of HubSpot's API documents is not beside this checkout\n");
        return;
    };
    let said = Surface::of(&table);
    if std::env::var_os("STANDIN_UPDATE").is_some() {
        said.write();
    }
    let kept = Surface::read();
    for (kept, said) in kept.operations.iter().zip(&said.operations) {
        assert_eq!(kept, said, "write surface.json anew: STANDIN_UPDATE=1 cargo test --test it conformance");
    }
    assert!(kept == said, "write surface.json anew: STANDIN_UPDATE=1 cargo test --test it conformance");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_as_its_document_says() {
    let surface = Arc::new(Surface::read());
    let mut plays = JoinSet::new();
    let room = Arc::new(Semaphore::new(WORLDS_AT_ONCE));
    for place in 0..surface.operations.len() {
        let (surface, room) = (surface.clone(), room.clone());
        plays.spawn(async move {
            let _room = room.acquire_owned().await.unwrap();
            // In a task of its own, so that one which cannot be set up does not end the others.
            let found = tokio::spawn(async move { faults(&surface, &surface.operations[place]).await }).await;
            (place, found.unwrap_or_else(|panicked| vec![format!("it could not be played: {panicked}")]))
        });
    }
    let mut found: BTreeMap<usize, Vec<String>> = plays.join_all().await.into_iter().collect();
    let otherwise = |operation: &Operation| {
        let is = |(document, path, _): &&(&str, &str, &str)| *document == operation.document && *path == operation.path;
        operation.method == "POST" && OTHERWISE.iter().any(|one| is(&one))
    };
    let mut by_document: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut differences = Vec::new();
    for (place, operation) in surface.operations.iter().enumerate() {
        let faults = found.remove(&place).unwrap_or_default();
        let (good, all) = by_document.entry(&operation.document).or_default();
        *all += 1;
        *good += usize::from(faults.is_empty());
        let name = format!("{}: {} {}", operation.document, operation.method, operation.path);
        if otherwise(operation) {
            if faults.is_empty() {
                differences.push(format!("{name}: it answers as documented, and is said not to"));
            }
        } else {
            differences.extend(faults.into_iter().map(|fault| format!("{name}: {fault}")));
        }
    }
    let good: usize = by_document.values().map(|(good, _)| good).sum();
    let here = surface.operations.len();
    let all = Table::read().map_or(String::new(), |table| format!(" of the {} in the table", table.operations()));
    tell(&format!("\nconformance: {good} of {here} operations{all} answer as documented\n"));
    for (document, (good, all)) in by_document.iter().filter(|(_, (good, all))| good < all) {
        tell(&format!("conformance: {document}: {good} of {all}\n"));
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

/// What is other than documented, of one operation in a world of its own.
async fn faults(surface: &Surface, operation: &Operation) -> Vec<String> {
    let mut portal = Portal::open().await;
    let Some(played) = drive::play(&mut portal, operation).await else { return vec!["nothing drives it".to_owned()] };
    let mut found = check::success(surface, operation, &played.success);
    found.extend(check::refusal(surface, operation, &played.refusal));
    found
}
