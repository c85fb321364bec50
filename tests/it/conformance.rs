//! Every operation of HubSpot's own API documents that is here: driven over HTTP to one success that is not
//! empty and one refusal, and held against the documents' statuses, fields and types.
//!
//! `surface.json` beside this is what the documents say of these operations: it makes a clone prove as much as
//! this checkout does. Where the whole table of the documents lies beside the checkout, the two are compared,
//! and the share of the table that is here is told. `STANDIN_UPDATE=1` writes the file anew from the table.

mod check;
mod drive;
mod parameters;
mod partial;
mod records;
mod refusals;
mod required;
mod surface;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use drive::Portal;
use sim::ledger::Mark;
use surface::{NOT_HERE, Operation, Surface, Table};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// One fault that is meant: of which operation, by what its text has, and why. Its other faults are held.
struct Otherwise {
    document: &'static str,
    method: &'static str,
    path: &'static str,
    fault: &'static str,
    why: &'static str,
}

const OTHERWISE: &[Otherwise] = &[
    Otherwise {
        document: "crm-commerce-subscriptions.v3",
        method: "POST",
        path: "/crm/v3/objects/subscriptions",
        fault: "not wrapped as CreatedResponseSimplePublicObject",
        why: "a create is documented to wrap the record in `entity` here alone; every other type answers the record",
    },
    Otherwise {
        document: "crm-properties.2026-09",
        method: "POST",
        path: "/crm/properties/2026-09/{objectType}/batch/create",
        fault: "answered 201, not [200]",
        why: "documented as 200; 201 was seen (ledger: `hubspot.properties.batch`)",
    },
];

impl Otherwise {
    fn is_of(&self, operation: &Operation) -> bool {
        [self.document, self.method, self.path] == [&*operation.document, &*operation.method, &*operation.path]
    }
}

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

/// Everything of a table is either driven or named: nothing is left out by silence.
#[test]
fn what_is_not_here_is_named() {
    let surface = Surface::read();
    for (document, operations) in &surface.elsewhere {
        let why = NOT_HERE.iter().find(|(begins, _)| document.starts_with(begins)).map(|(_, why)| *why);
        let why = why.unwrap_or_else(|| panic!("{document} is neither driven nor named among what is not here"));
        tell(&format!("conformance: not here: {document}, {operations} operations: {why}\n"));
    }
    for (begins, _) in NOT_HERE {
        let known = surface.elsewhere.keys().any(|document| document.starts_with(begins));
        assert!(known, "{begins} is named among what is not here, and no document begins so");
    }
    let (documents, operations) = (surface.elsewhere.len(), surface.elsewhere.values().sum::<usize>());
    tell(&format!("conformance: {operations} operations of {documents} documents are not here\n"));
}

/// What is meant to differ is an operation's, and what is passed over is a parameter's that the ledger tells of.
#[test]
fn what_differs_and_what_is_passed_over_is_there_and_told() {
    let surface = Surface::read();
    for one in OTHERWISE {
        assert!(surface.operations.iter().any(|operation| one.is_of(operation)), "{} {}", one.document, one.path);
    }
    let ledger: BTreeMap<_, _> = sim::ledger::entries().unwrap().iter().map(|entry| (&*entry.id, entry.mark)).collect();
    for one in parameters::PASSED_OVER {
        let named =
            surface.operations.iter().any(|operation| operation.query.iter().any(|name| one.is(operation, name)));
        assert!(named, "{} {}: no operation has such a {}", one.method, one.path, one.name);
        let mark = ledger.get(one.ledger).unwrap_or_else(|| panic!("{} is no entry of the ledger", one.ledger));
        assert!(matches!(mark, Mark::Inferred | Mark::Difference), "{}: {mark:?}, and it is passed over", one.ledger);
    }
}

/// What was found of one operation.
#[derive(Default)]
struct Found {
    faults: Vec<String>,
    parameters: usize,
    passed_over: usize,
    required: usize,
    refusals: usize,
    partial: usize,
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
            let found = tokio::spawn(async move { play(&surface, &surface.operations[place]).await }).await;
            let lost =
                |panicked| Found { faults: vec![format!("it could not be played: {panicked}")], ..Found::default() };
            (place, found.unwrap_or_else(lost))
        });
    }
    let mut found: BTreeMap<usize, Found> = plays.join_all().await.into_iter().collect();
    let mut by_document: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut differences = Vec::new();
    let mut sums = Found::default();
    for (place, operation) in surface.operations.iter().enumerate() {
        let Found { mut faults, parameters, passed_over, required, refusals, partial } =
            found.remove(&place).unwrap_or_default();
        sums.parameters += parameters;
        sums.passed_over += passed_over;
        sums.required += required;
        sums.refusals += refusals;
        sums.partial += partial;
        let (good, all) = by_document.entry(&operation.document).or_default();
        *all += 1;
        *good += usize::from(faults.is_empty());
        let name = format!("{}: {} {}", operation.document, operation.method, operation.path);
        for Otherwise { fault, why, .. } in OTHERWISE.iter().filter(|one| one.is_of(operation)) {
            let before = faults.len();
            faults.retain(|found| !found.contains(fault));
            if faults.len() + 1 != before {
                let times = before - faults.len();
                differences.push(format!("{name}: it is said to be `{fault}` once ({why}), and is {times} times"));
            }
        }
        differences.extend(faults.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    let good: usize = by_document.values().map(|(good, _)| good).sum();
    let here = surface.operations.len();
    let all = here + surface.elsewhere.values().sum::<usize>();
    let documented: usize = surface.operations.iter().map(|operation| operation.query.len()).sum();
    let Found { parameters, passed_over, required, refusals, partial, .. } = sums;
    tell(&format!(
        "\nconformance: {all} operations in the table, {here} here, all of them exercised, {good} answer as documented\n\
         conformance: {documented} query parameters, {parameters} heeded, {passed_over} passed over and named\n\
         conformance: {required} required members left out and refused, {refusals} other refusals held, {partial} batches done in part\n"
    ));
    for (document, (good, all)) in by_document.iter().filter(|(_, (good, all))| good < all) {
        tell(&format!("conformance: {document}: {good} of {all}\n"));
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

/// Plays one operation in a world of its own, and each of its parameters in another.
async fn play(surface: &Surface, operation: &Operation) -> Found {
    let mut portal = Portal::open().await;
    let mut found = Found::default();
    let Some(played) = drive::play(&mut portal, operation).await else {
        found.faults.push("nothing drives it".to_owned());
        return found;
    };
    found.faults = check::success(surface, operation, &played.success);
    found.faults.extend(check::refusal(surface, operation, &played.refusal));
    portal.breathe().await;
    let (counts, faults) = required::drive(&portal, surface, operation, &played.success).await;
    found.required = counts.required;
    found.refusals = counts.others;
    found.faults.extend(faults);
    portal.breathe().await;
    for (refusals, faults) in [
        refusals::of_all(&portal, operation, &played.success).await,
        refusals::of_records(&mut portal, operation).await,
    ] {
        found.refusals += refusals;
        found.faults.extend(faults);
    }
    if let Some(faults) = partial::drive(&mut portal, surface, operation).await {
        found.partial = 1;
        found.faults.extend(faults);
    }
    for name in &operation.query {
        match parameters::drive(operation, name).await {
            None => found.faults.push(format!("nothing drives its parameter {name}")),
            Some(faults) if !faults.is_empty() => {
                found.faults.extend(faults.into_iter().map(|fault| format!("{name}: {fault}")));
            }
            Some(_) if parameters::is_passed_over(operation, name) => found.passed_over += 1,
            Some(_) => found.parameters += 1,
        }
    }
    found
}
