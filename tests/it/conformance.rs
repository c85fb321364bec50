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

use drive::Portal;
use surface::{Surface, Table};

/// What a document cannot be held to, with the reason. No operation may be here that a driver takes.
const NOT_HERE: &[(&str, &str)] = &[];

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
    let surface = Surface::read();
    let mut faults: Vec<String> = Vec::new();
    let mut driven = 0;
    let mut by_document: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut portal = Portal::open().await;
    for operation in &surface.operations {
        let name = format!("{}: {} {}", operation.document, operation.method, operation.path);
        let counted = by_document.entry(&operation.document).or_default();
        counted.1 += 1;
        if NOT_HERE.iter().any(|(path, _)| operation.path.contains(path)) {
            continue;
        }
        portal.breathe().await;
        let Some(played) = drive::play(&mut portal, operation).await else {
            faults.push(format!("{name}: nothing drives it"));
            continue;
        };
        let mut found = check::success(&surface, operation, &played.success);
        found.extend(check::refusal(&surface, operation, &played.refusal));
        if found.is_empty() {
            driven += 1;
            counted.0 += 1;
        }
        faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    let here = surface.operations.len();
    let all = Table::read().map_or(String::new(), |table| format!(" of the {} in the table", table.operations()));
    tell(&format!("\nconformance: {driven} of {here} operations answer as documented{all}\n"));
    for (document, (good, all)) in by_document.iter().filter(|(_, (good, all))| good < all) {
        tell(&format!("conformance: {document}: {good} of {all}\n"));
    }
    assert!(faults.is_empty(), "{} differences:\n{}", faults.len(), faults.join("\n"));
}
